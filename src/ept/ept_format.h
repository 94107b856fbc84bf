/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The EPT instance of the walk, inlined where speed counts; ept_walk() is the
 * same for everybody else.
 */
#ifndef EPT_FORMAT_H
#define EPT_FORMAT_H

#include "base/walk.h"

#include <eptsim/ept.h>

/* Memory types that no leaf may have, by value (SDM 3C, "EPT Misconfigurations"). */
#define EPT_BAD_TYPES (1u << 2 | 1u << 3 | 1u << 7)

/* Does a present entry map a page? Bit 7 where pages are not supported is a
 * reserved bit of a table entry. */
static inline bool ept_entry_is_page(const struct ept *ept, unsigned level, uint64_t entry)
{
	if (level == 1)
		return true;
	return entry & EPT_PAGE && ((level == 2 && ept->page_2m) || (level == 3 && ept->page_1g));
}

/* Enough to say that a present entry is well-formed; ept_entry_rule() decides
 * about the others. */
static inline bool ept_entry_plainly_good(const struct ept *ept, unsigned level, uint64_t entry,
					  bool page)
{
	uint64_t reserved = (page ? ept->reserved_page : ept->reserved_table)[level];
	unsigned type = (entry & EPT_TYPE) >> EPT_TYPE_SHIFT;

	return entry & EPT_R && !(entry & reserved) && !(page && EPT_BAD_TYPES >> type & 1);
}

struct ept_walk_context {
	const struct ept *ept;
	const struct mem *mem;
	struct ept_walk *w;
};

static inline bool ept_locate(void *context, unsigned level, uint64_t slot, hpa_t *at)
{
	const struct ept_walk_context *c = context;

	*at = c->w->slot[level] = hpa(slot);
	return true;
}

static inline uint64_t ept_read(void *context, unsigned level, hpa_t at)
{
	const struct ept_walk_context *c = context;

	return c->w->entry[level] = mem_read64(c->mem, at);
}

static inline enum walk_end ept_judge(void *context, unsigned level, uint64_t slot, hpa_t at,
				      uint64_t entry)
{
	const struct ept_walk_context *c = context;

	(void)slot, (void)at;
	c->w->level = (uint8_t)level;
	c->w->upper = c->w->all;
	c->w->all &= entry;
	if (!(entry & c->ept->present)) {
		c->w->rule = RULE_EPT_NOT_PRESENT;
		return WALK_NOT_PRESENT;
	}
	bool page = ept_entry_is_page(c->ept, level, entry);

	c->w->rule = RULE_NONE;
	if (__builtin_expect(!ept_entry_plainly_good(c->ept, level, entry, page), 0)) {
		c->w->rule = (uint8_t)ept_entry_rule(c->ept, level, entry);
		if (c->w->rule != RULE_NONE)
			return WALK_BAD;
	}
	return page ? WALK_PAGE : WALK_TABLE;
}

static inline uint64_t ept_table(void *context, uint64_t entry)
{
	const struct ept_walk_context *c = context;

	return entry & c->ept->address;
}

static const struct walk_format ept_format = {
	.index_bits = 9,
	.entry_shift = 3,
	.locate = ept_locate,
	.read = ept_read,
	.judge = ept_judge,
	.table = ept_table,
};

/* The walk from the table at `table`, of `level`, where the entries above it
 * ANDed to `upper`: a paging-structure cache starts in the middle. */
static inline __attribute__((always_inline)) void
ept_walk_from(const struct ept *ept, const struct mem *mem, unsigned level, hpa_t table,
	      uint64_t upper, gpa_t gpa, struct ept_walk *w)
{
	struct ept_walk_context c = { ept, mem, w };

	w->top = (uint8_t)level;
	w->above = w->all = upper;
	w->end = (uint8_t)walk_run(&ept_format, &c, level, table.v, gpa.v);
}

#endif
