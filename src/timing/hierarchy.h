/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The data caches: which level answers a reference to a line, and what that
 * changes. No time here. Lines are clean: what a cache writes back is neither
 * counted nor put anywhere (docs/timing.md).
 */
#ifndef TIMING_HIERARCHY_H
#define TIMING_HIERARCHY_H

#include "base/assoc.h"
#include "timing/config.h"

/* Who answered. */
enum timing_level { LEVEL_L1, LEVEL_L2, LEVEL_LLC, LEVEL_MEMORY, TIMING_LEVELS };

/* Where a reference enters. */
enum hierarchy_port { PORT_FETCH, PORT_DATA, PORT_L2 };

struct data_cache {
	struct assoc assoc; /* ways 0: there is none */
	uint64_t *line;     /* of each slot, plus 1; 0: empty */
	uint64_t last;      /* the line used last, plus 1; 0: not known */
	uint8_t inclusion;
};

struct hierarchy {
	struct data_cache cache[DATA_CACHES];
	bool fast_paths;
	void *memory;
};

/* The config must have passed timing_config_check(). False: out of memory. */
bool hierarchy_init(struct hierarchy *h, const struct timing_config *config)
	__attribute__((warn_unused_result));
/* Also right for all zero bytes. */
void hierarchy_destroy(struct hierarchy *h);

/* hierarchy_access() where the short cut below does not serve. */
enum timing_level hierarchy_search(struct hierarchy *h, enum hierarchy_port port, uint64_t line);

/*
 * One reference to the line of that number. The short cut: the line that a cache
 * saw last is the most recent of its set, and every replacement policy is left
 * as it is when the most recent way is used again.
 */
static inline enum timing_level hierarchy_access(struct hierarchy *h, enum hierarchy_port port,
						 uint64_t line)
{
	if (port != PORT_L2 && h->fast_paths &&
	    h->cache[port == PORT_FETCH ? CACHE_L1I : CACHE_L1D].last == line + 1)
		return LEVEL_L1;
	return hierarchy_search(h, port, line);
}

#endif
