/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Values taken apart: paging-structure entries, pointers, exit qualifications,
 * error codes, registers. One row a field (fields.c); what is reserved or a
 * misconfiguration is asked of the code that translates.
 */
#ifndef REPORT_DECODE_H
#define REPORT_DECODE_H

#include "host/json.h"
#include "mmu/regime.h"

#include <eptsim/fault.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* kind, name on the command line, what it is, values of an example */
#define DECODE_KINDS(X)                                                                          \
	X(DECODE_GUEST_ENTRY, "guest-entry", "a guest paging-structure entry",                   \
	  "--level 2 0x402000e7")                                                                \
	X(DECODE_EPT_ENTRY, "ept-entry", "an EPT paging-structure entry", "--level pte 0x9077")  \
	X(DECODE_EPTP, "eptp", "an extended-page-table pointer", "0x20005e")                     \
	X(DECODE_QUALIFICATION, "qualification", "the exit qualification of an EPT violation",   \
	  "0x182")                                                                               \
	X(DECODE_SPP_QUALIFICATION, "spp-qualification",                                         \
	  "the exit qualification of an SPP-related event", "0x800")                             \
	X(DECODE_ERROR_CODE, "error-code", "the error code of a page fault (#PF)", "0x7")        \
	X(DECODE_CAP, "cap", "the capability MSR IA32_VMX_EPT_VPID_CAP", "0xf0106334141")        \
	X(DECODE_CR0, "cr0", "control register CR0", "0x80010033")                               \
	X(DECODE_CR3, "cr3", "control register CR3", "0x1000")                                   \
	X(DECODE_CR4, "cr4", "control register CR4", "0x3006a0")                                 \
	X(DECODE_EFER, "efer", "the MSR IA32_EFER", "0xd01")                                     \
	X(DECODE_PKRU, "pkru", "the protection-key rights of user-mode addresses", "0x55555554") \
	X(DECODE_PKRS, "pkrs", "the protection-key rights of supervisor-mode addresses", "0x8")  \
	X(DECODE_PAT, "pat", "the page attribute table IA32_PAT", "0x7040600070406")             \
	X(DECODE_VE_AREA, "ve-area",                                                             \
	  "the virtualization-exception information area, 8 bytes a value",                      \
	  "0xffffffff00000030 0x182 0x7000 0x40403000 0")

enum decode_kind {
#define X(id, name, text, example) id,
	DECODE_KINDS(X)
#undef X
		DECODE_KIND_COUNT
};

const char *decode_kind_name(enum decode_kind kind);
const char *decode_kind_text(enum decode_kind kind);
const char *decode_kind_example(enum decode_kind kind);
/* False: there is no such kind. */
bool decode_kind_find(const char *name, enum decode_kind *kind);

/* In what context a value is read. */
struct decode_context {
	const struct regime *regime; /* paging mode, widths, controls, capabilities */
	uint8_t level;               /* of an entry, 5..1 */
	bool hlat;                   /* the guest entry was met in HLAT paging */
	uint8_t qword;               /* DECODE_VE_AREA: which 8 bytes of the area, 0..4 */
};

enum field_state {
	FIELD_COUNTS,  /* has its meaning */
	FIELD_IGNORED, /* takes no part as things are */
	FIELD_BROKEN   /* must not be set: reserved */
};

struct decoded_field {
	uint8_t hi, lo; /* bits */
	uint8_t state;  /* enum field_state */
	const char *name;
	uint64_t value;
	char text[160];
};

struct decoded {
	enum decode_kind kind;
	uint64_t value;
	char title[160]; /* what it is, in words */
	unsigned count;
	struct decoded_field field[68];
	char verdict[256]; /* what it leads to */
	bool bad;          /* reserved bits are set, a misconfiguration, a refusal */
	uint8_t rule;      /* enum rule that it breaks, if one says it */
};

/* Takes `value` apart. */
void decode(struct decoded *d, enum decode_kind kind, const struct decode_context *c,
            uint64_t value);

/* Bits of a present entry that are set and must not be. */
uint64_t decode_reserved(enum decode_kind kind, const struct decode_context *c, uint64_t value);

/* Names of the SDM: "PML5E", "PML4E", "PDPTE", "PDE", "PTE". */
const char *entry_name(unsigned level);
/* "4K", "2M", "4M", "1G". */
const char *page_size_name(unsigned shift);

/* The marks of an entry's fields that are set, as the column of a walk has them:
 * "P RW US A". `out` always ends in a null byte. */
void decode_marks(char *out, size_t size, enum decode_kind kind, const struct decode_context *c,
                  uint64_t value);

/* What an entry makes of a walk: "next table at GPA 0x2000". *bad: it ends the walk. */
void decode_decision(char *out, size_t size, enum decode_kind kind, const struct decode_context *c,
                     uint64_t value, bool *bad);

/* Fields that are clear and say nothing by that are left out. */
void decode_print(const struct decoded *d, FILE *out);
void decode_print_fields(const struct decoded *d, FILE *out); /* without heading and verdict */
json_t *decode_json(const struct decoded *d);

#endif
