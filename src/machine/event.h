/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What happens besides plain accesses, told as it happens to whoever listens.
 */
#ifndef MACHINE_EVENT_H
#define MACHINE_EVENT_H

#include <eptsim/fault.h>
#include <eptsim/ref.h>

/* kind, name in reports, what it is */
#define EVENTS(X)                                                                        \
	X(EVENT_FAULT, "fault", "an exception was delivered to the guest")               \
	X(EVENT_EXIT, "exit", "a VM exit")                                               \
	X(EVENT_FAILED, "failed", "the access did not succeed: nobody saw to its fault") \
	X(EVENT_BACKED, "backed",                                                        \
	  "a VM exit: the guest kernel wrote to memory that was not backed yet")         \
	X(EVENT_FLAG, "flag", "an accessed or dirty flag was set")                       \
	X(EVENT_OPERATION, "operation", "an invalidation, or a switch of address space or VM")

enum event_kind {
#define X(id, name, text) id,
	EVENTS(X)
#undef X
		EVENT_KINDS
};

const char *event_kind_name(enum event_kind kind);

struct event {
	uint8_t kind;    /* enum event_kind */
	uint64_t access; /* number of the access from 1; of an operation, that of the last access */
	uint64_t cycle;  /* charged so far */
	const struct fault *fault; /* EVENT_FAULT, EVENT_EXIT, EVENT_FAILED */
	const struct ref *flag;    /* EVENT_FLAG: the update; ref.value is the new entry */
	uint64_t old;              /* EVENT_FLAG: the entry before */
	gpa_t gpa;                 /* EVENT_BACKED */
	const char *operation;     /* EVENT_OPERATION: "invlpg" */
	uint8_t outcome;           /* EVENT_OPERATION: enum outcome */
	uint64_t type, tag;        /* EVENT_OPERATION: as in the trace, where it has them */
	uint64_t address;
};

#endif
