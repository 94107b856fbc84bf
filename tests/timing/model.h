/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Small timing models whose times can be worked out by hand.
 */
#ifndef TESTS_TIMING_MODEL_H
#define TESTS_TIMING_MODEL_H

#include "timing/timing.h"

#include "../host/suite.h"

#include <string.h>

/* One instruction a cycle; L1D of 4 cycles, nothing behind it but memory of 100;
 * nothing else costs anything. */
static inline struct timing_config small_config(void)
{
	return (struct timing_config){
		.cache[CACHE_L1D] = { .sets = 64, .ways = 8, .latency = 4 },
		.memory_latency = 100,
		.core = { .model = CORE_WINDOW, .width = 1, .rob = 8, .load_queue = 8,
			  .store_queue = 8, .fill_buffers = 8 },
		.walker = { .count = 2 },
		.fast_paths = true,
		.seed = 1,
	};
}

/* struct timing is large. */
static inline struct timing *model(const struct timing_config *config)
{
	struct timing *t = malloc(sizeof *t);

	check_true(t && timing_init(t, config));
	return t;
}

static inline void model_free(struct timing *t)
{
	timing_destroy(t);
	free(t);
}

static inline struct timing_access hit(enum timing_kind kind, uint64_t at, uint64_t fill)
{
	return (struct timing_access){
		.kind = (uint8_t)kind, .pages = 1, .size = 8,
		.page[0] = { .hpa = hpa(at), .fill = fill, .source = TIMING_TLB1 } };
}

/* A load whose translation is a walk of one reference, at `entry`. */
static inline struct timing_access walk(uint64_t at, struct ref *r, uint64_t entry, uint64_t fill)
{
	*r = (struct ref){ .hpa = hpa(entry), .kind = REF_GUEST, .guest_level = 1 };
	return (struct timing_access){
		.kind = TIMING_LOAD, .pages = 1, .size = 8,
		.page[0] = { .hpa = hpa(at), .fill = fill, .source = TIMING_WALK,
			     .refs = r, .count = 1 } };
}

static inline void one(struct timing *t, const struct timing_registers *r, struct timing_access a)
{
	timing_instruction(t, r);
	timing_access(t, &a);
}

static inline struct timing_stats summary(const struct timing *t)
{
	struct timing_stats s;

	timing_summary(t, &s);
	return s;
}

#endif
