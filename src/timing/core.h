/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of the timing model that its files share. Times are ticks.
 */
#ifndef TIMING_CORE_H
#define TIMING_CORE_H

#include "timing/timing.h"

static inline uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* One reference to a line, begun at `at`: when the data is there. */
uint64_t memory_reference(struct timing *t, enum hierarchy_port port, uint64_t line, uint64_t at,
			  struct served *served);
/* All lines of an access to data or instructions. Serial: one after another, each
 * beyond a first-level hit. Window: at the same time. */
uint64_t memory_lines(struct timing *t, enum hierarchy_port port, hpa_t first, uint32_t size,
		      uint64_t at);

/* A translation begun at `at`: when the host-physical address is known. */
uint64_t walker_translate(struct timing *t, const struct timing_page *page, uint64_t at);
/* A walk, after the second-level TLB missed. */
uint64_t walker_walk(struct timing *t, const struct ref *refs, size_t count, uint64_t at);

void serial_instruction(struct timing *t);
void serial_access(struct timing *t, const struct timing_access *a);

/* Begins the instruction in t->current; the one before was closed. */
void window_instruction(struct timing *t);
void window_access(struct timing *t, const struct timing_access *a);
/* Works out when the instruction at hand retires. */
void window_close(struct timing *t);

#endif
