/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The one walk: a loop down a tree of tables, each indexed by some bits of an
 * address. Guest paging, EPT, the sub-page-permission table and the software
 * that edits an EPT are instances of it: a constant `struct walk_format` each,
 * whose functions the compiler inlines because walk_run() is always inlined.
 */
#ifndef BASE_WALK_H
#define BASE_WALK_H

#include "base/bits.h"

#include <eptsim/addr.h>

#include <stdbool.h>

enum walk_end {
	WALK_TABLE,       /* the entry references a table: go on below */
	WALK_PAGE,        /* the entry maps a page: done */
	WALK_NOT_PRESENT, /* the entry is not present */
	WALK_BAD,         /* the entry is malformed: reserved bit, misconfiguration */
	WALK_RESTART,     /* HLAT: the translation starts again with ordinary paging */
	WALK_STOPPED      /* the entry could not be reached, or its A flag not be set */
};

#define WALK_MAX_LEVELS 5

struct walk_format {
	uint8_t index_bits;  /* of the address, one table */
	uint8_t entry_shift; /* log2 of an entry's bytes */
	/* Where the entry at address `slot` (of the space that the tables'
	 * addresses belong to) lies in memory; false: it cannot be reached. */
	bool (*locate)(void *w, unsigned level, uint64_t slot, hpa_t *at);
	uint64_t (*read)(void *w, unsigned level, hpa_t at);
	/* What the entry is. Level 1 must never answer WALK_TABLE. */
	enum walk_end (*judge)(void *w, unsigned level, uint64_t slot, hpa_t at, uint64_t entry);
	/* Address of the table that a WALK_TABLE entry references. */
	uint64_t (*table)(void *w, uint64_t entry);
};

/* Lowest address bit that indexes a table of this level. */
static inline unsigned walk_shift(unsigned index_bits, unsigned level)
{
	return PAGE_SHIFT_4K + index_bits * (level - 1);
}

/* Byte address of the entry for `address` in the table at `table`. */
static inline uint64_t walk_slot(unsigned index_bits, unsigned entry_shift, uint64_t table,
				 unsigned level, uint64_t address)
{
	uint64_t index = (address >> walk_shift(index_bits, level)) & (BIT(index_bits) - 1);

	return table + (index << entry_shift);
}

/* Walks `address` from the table at `table`, of `level`, until an entry is no
 * table. The state that the functions share is `w`. */
static inline __attribute__((always_inline)) enum walk_end
walk_run(const struct walk_format *f, void *w, unsigned level, uint64_t table, uint64_t address)
{
	for (;; level--) {
		uint64_t slot = walk_slot(f->index_bits, f->entry_shift, table, level, address);
		hpa_t at;

		if (!f->locate(w, level, slot, &at))
			return WALK_STOPPED;
		uint64_t entry = f->read(w, level, at);
		enum walk_end end = f->judge(w, level, slot, at, entry);

		if (end != WALK_TABLE)
			return end;
		table = f->table(w, entry);
	}
}

#endif
