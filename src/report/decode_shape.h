/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Private to decode*.c: what an entry is, before its fields are looked at.
 */
#ifndef REPORT_DECODE_SHAPE_H
#define REPORT_DECODE_SHAPE_H

#include "report/fields.h"

struct shape {
	bool present, page;
	uint32_t holds;    /* the FOR_ and IF_ conditions that hold */
	uint64_t reserved; /* bits that must be 0 */
	unsigned page_shift;
};

/* An entry of PAE's page-directory-pointer table: loaded into registers, not walked. */
static inline bool decode_pae_pdpte(const struct decode_context *c)
{
	return c->regime->mode == PAGING_PAE && c->level == 3;
}

/* The IF_ conditions that hold. */
uint32_t decode_features(const struct decode_context *c);

struct shape decode_shape(enum decode_kind kind, const struct decode_context *c, uint64_t value);

/* The rule by which an entry ends a walk, RULE_NONE if it does not. */
enum rule decode_entry_rule(enum decode_kind kind, const struct decode_context *c, uint64_t value);

/* Address of what the entry points to. */
uint64_t decode_next_address(enum decode_kind kind, const struct decode_context *c,
                             const struct shape *s, uint64_t value);

/* Adds every field of the table, and the bits set that no row covers. */
void decode_rows(struct decoded *d, const struct field_table *t, const struct decode_context *c,
                 const struct shape *s, const char *idle);

/* Control registers, EFER, PKRU, IA32_PKRS, IA32_PAT. */
void decode_register(struct decoded *d, const struct decode_context *c);

#endif
