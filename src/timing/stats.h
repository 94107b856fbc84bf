/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the timing model counts. Names, units and descriptions: stats.c.
 */
#ifndef TIMING_STATS_H
#define TIMING_STATS_H

#include "host/stats.h"
#include "timing/hierarchy.h"

#include <eptsim/ref.h>

#define TIMING_ROWS 6    /* for which guest entry: its level 5..1, REF_ROW_DATA */
#define TIMING_COLUMNS 6 /* which entry was read: 0 the guest's own, else the EPT's level */

/* References of one kind: who answered them, and how long they took in all. */
struct served {
	uint64_t by[TIMING_LEVELS];
	uint64_t cycles;
};

struct timing_stats {
	uint64_t cycles;       /* from the first instruction to the end of the last */
	uint64_t instructions;
	uint64_t accesses;     /* that succeeded: fetches, loads, stores */

	/* Translation. */
	uint64_t stlb_cycles;  /* lookups in the second-level TLB */
	uint64_t walks;        /* made, those that ended in a fault too */
	uint64_t walk_cycles;  /* from the miss to the translation, waiting included */
	uint64_t walk_references;
	uint64_t walk_memory;  /* references that no cache answered */
	uint64_t walker_waits, walker_wait_cycles; /* for a free walker */
	uint64_t joined, joined_cycles; /* hits on a translation whose walk was under way */
	uint64_t translation_cycles; /* that delayed the program: what hides behind other
				      * work does not count */
	struct histogram walk_latency;
	struct served grid[TIMING_ROWS][TIMING_COLUMNS];
	struct served kind[REF_KINDS]; /* sums; what has no place in the grid is only here */
	uint64_t flag_writes, flag_write_cycles;

	/* Structures that shorten walks: by the level of the entry cached, 2..5. */
	uint64_t guest_psc_hits[6], guest_psc_lookups[6], ept_psc_hits[6], ept_psc_lookups[6];
	uint64_t nested_hits, nested_lookups, ept_walks;

	/* Data caches: line references by purpose and by who answered. */
	struct served fetch, data, walk;
	uint64_t cache_hits[DATA_CACHES], cache_lookups[DATA_CACHES];
	uint64_t fill_buffer_waits, fill_buffer_wait_cycles;
	uint64_t merged; /* references to a line that was under way */

	uint64_t cost_count[TIMING_COST_COUNT], cost_cycles[TIMING_COST_COUNT];
	uint64_t interruption_cycles; /* sum of these */
};

extern const struct stat timing_stat_table[];
extern const size_t timing_stat_count;

/* Names of enum timing_level in reports: "l1d". */
extern const char *const timing_level_names[TIMING_LEVELS];

#endif
