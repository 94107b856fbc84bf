/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a processor's accesses cost. The program is told in order:
 *
 *     timing_instruction(t, registers);   begins an instruction
 *     timing_fault(t, refs, count);       an attempt at translation that failed ...
 *     timing_cost(t, COST_FAULT);         ... and what it set in motion
 *     timing_access(t, access);           an access of it that succeeded
 *
 * Function is over when time is counted: the references of each walk are given,
 * and nothing here changes what any translation yields.
 */
#ifndef TIMING_TIMING_H
#define TIMING_TIMING_H

#include "timing/stats.h"

#include <eptsim/addr.h>

/* ---- What happened ---- */

/* Where a translation came from. */
enum timing_source {
	TIMING_TLB1,
	TIMING_TLB2,
	TIMING_WALK,
	TIMING_UNTRANSLATED /* nothing to look up: paging is off, and there is no EPT */
};

struct timing_page {
	hpa_t hpa;     /* of the access's first byte in this page */
	uint64_t fill; /* id of the fill: of this walk, or of the entry hit; 0: none */
	const struct ref *refs; /* TIMING_WALK */
	size_t count;
	uint8_t source; /* enum timing_source */
};

enum timing_kind { TIMING_FETCH, TIMING_LOAD, TIMING_STORE, TIMING_MODIFY };

struct timing_access {
	uint8_t kind;  /* enum timing_kind */
	uint8_t pages; /* 1; 2: the access goes on at the beginning of page[1].hpa's page */
	uint32_t size; /* bytes */
	struct timing_page page[2];
};

#define TIMING_SOURCES 8
#define TIMING_RESULTS 2

/* Registers 1..255 that an instruction needs and sets; 0: none. */
struct timing_registers {
	uint8_t source[TIMING_SOURCES], result[TIMING_RESULTS];
};

/* ---- The model ---- */

/* Times are in ticks: core.width of them make a cycle, so that an instruction's
 * share of the front end is a whole number. */
struct timing_instruction {
	struct timing_registers registers;
	uint64_t fetch;    /* when its fetch can begin */
	uint64_t sources;  /* when its source registers are there */
	uint64_t start;    /* of its execution */
	uint64_t complete; /* of all it has done so far */
	uint64_t stored;   /* when the lines that its stores need are there */
	uint64_t translation; /* the longest translation of its accesses */
	uint64_t faulted;     /* attempts before that ended in a fault */
	uint32_t loads, stores;
	bool open;
};

struct timing_fill_buffer { uint64_t line, ready; };
struct timing_pending { uint64_t fill, ready; };

/* Fills whose walks may be under way: more than a window's instructions make. */
#define TIMING_PENDING 8192

struct timing {
	struct timing_config config;
	struct hierarchy hierarchy;
	struct timing_stats stats; /* cycles are ticks in here: see timing_summary() */
	uint64_t tick;             /* ticks a cycle */
	uint32_t latency[TIMING_LEVELS]; /* cycles, of data; 0 for a cache that is not there */
	uint32_t fetch_hit;              /* the same of L1I */

	struct timing_instruction current;
	uint64_t dispatched; /* serial: the end of all before */
	uint64_t retired, drained;
	uint64_t begun; /* when counting began: timing_restart() */
	uint64_t ready[256]; /* by register */
	uint64_t walker[TIMING_WALKERS_MAX]; /* when it is free */

	/* The window's rings: when the entry that instruction, load or store number n
	 * takes, n modulo the size, is free again. */
	uint64_t rob[TIMING_ROB_MAX], load_queue[TIMING_QUEUE_MAX], store_queue[TIMING_QUEUE_MAX];
	uint64_t instructions, loads, stores;
	struct timing_fill_buffer fill_buffer[TIMING_FILL_BUFFERS_MAX];
	uint64_t last_fill; /* when the last of them is there */
	struct timing_pending pending[TIMING_PENDING];
	uint64_t last_walk; /* when the last of them is there */
};

/* The config must have passed timing_config_check(). False: out of memory. */
bool timing_init(struct timing *t, const struct timing_config *config)
	__attribute__((warn_unused_result));
/* Also right for all zero bytes. */
void timing_destroy(struct timing *t);

/* `registers` null: not known; the instruction depends on none before it. */
void timing_instruction(struct timing *t, const struct timing_registers *registers);
void timing_access(struct timing *t, const struct timing_access *a);
void timing_fault(struct timing *t, const struct ref *refs, size_t count);
/* Everything before is over when this begins, and nothing after begins before it
 * is over. */
void timing_cost(struct timing *t, enum timing_cost cost);

/* The program ends here, or is looked at as if it did. */
void timing_end(struct timing *t);

/* Cycles so far, the instruction at hand included. */
uint64_t timing_cycle(const struct timing *t);
/* The statistics so far, in cycles; after timing_end(). */
void timing_summary(const struct timing *t, struct timing_stats *out);

/* Forgets the statistics and begins to count time anew; what the caches hold stays. */
void timing_restart(struct timing *t);

#endif
