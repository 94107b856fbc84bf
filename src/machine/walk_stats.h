/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics of translations, made from the list of references and from
 * nothing else.
 */
#ifndef MACHINE_WALK_STATS_H
#define MACHINE_WALK_STATS_H

#include "host/stats.h"
#include "machine/config.h"

#include <eptsim/ref.h>

/* Rows: for which guest entry, by its level 5..1, and REF_ROW_DATA; columns:
 * which entry was read, 0 the guest entry itself, else the EPT level. */
#define GRID_ROWS 6
#define GRID_COLUMNS 6

struct grid_cell {
	uint64_t made;          /* by walks that found the translation */
	uint64_t aborted;       /* by walks that ended in a fault or VM exit */
	uint64_t saved_psc;     /* by a guest paging-structure cache */
	uint64_t saved_nested;  /* by the nested TLB */
	uint64_t saved_ept_psc; /* by an EPT paging-structure cache */
};

struct walk_stats {
	/* Translations of one page each: found = TLB hits + walks + untranslated. */
	uint64_t translations;
	uint64_t tlb_hit[TLB_STRUCTURES];
	uint64_t tlb_hits, stlb_hits; /* sums of the above by level: walk_stats_sum() */
	uint64_t untranslated;        /* paging off and no EPT */

	uint64_t walks;         /* that found the translation */
	uint64_t references;    /* these made */
	uint64_t aborted_walks; /* that ended in a fault or VM exit */
	uint64_t aborted_references;
	uint64_t full_walks; /* of both: begun again without caches */

	uint64_t kind[REF_KINDS];                /* every entry of the lists */
	uint64_t guest_a, guest_d, ept_a, ept_d; /* flags set */

	struct grid_cell grid[GRID_ROWS][GRID_COLUMNS];
	struct histogram per_walk; /* references of each walk counted in `walks` */
};

extern const struct stat walk_stat_table[];
extern const size_t walk_stat_count;

/* What one page's walk made, refs[0..count). `found`: it found the translation.
 * Levels: of the guest's and EPT's tables; `ept_levels` 0: native. */
void walk_stats_add(struct walk_stats *s, const struct ref *refs, size_t count, bool found,
                    unsigned guest_levels, unsigned ept_levels);

/* Works out the fields that are sums of others. */
void walk_stats_sum(struct walk_stats *s);

#endif
