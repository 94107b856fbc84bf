/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One memory access, as an instruction makes it.
 */
#ifndef EPTSIM_ACCESS_H
#define EPTSIM_ACCESS_H

#include <eptsim/addr.h>

#include <stdbool.h>

enum access_type {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_RMW,   /* read-modify-write: judged as a write */
	ACCESS_FETCH, /* instruction fetch */
	ACCESS_TYPES
};

struct access {
	gva_t gva;
	uint32_t size; /* bytes, 1..4096: at most two pages */
	uint8_t type;  /* enum access_type */
	/* Implicit supervisor access (descriptor tables, TSS): supervisor at
	 * every CPL. SDM 3A, "Access Rights". */
	bool implicit;
	bool stack;        /* a non-canonical address is #SS, not #GP */
	bool shadow_stack; /* CET shadow-stack access */
	bool user;         /* WRUSS: a user access at CPL < 3 */
};

static inline bool access_writes(const struct access *a)
{
	return a->type == ACCESS_WRITE || a->type == ACCESS_RMW;
}

#endif
