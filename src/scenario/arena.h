/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that lives as long as one scenario: taken piece by piece, given back
 * all at once. The next scenario reuses it.
 */
#ifndef SCENARIO_ARENA_H
#define SCENARIO_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first; all zero is an empty arena */
};

/* `count` objects of `size` bytes, zeroed, aligned for any type. Ends the
 * program with status 2 if the host has no memory left. `count * size` must
 * not overflow: callers check counts against the limits of scenario.h. */
void *arena_alloc(struct arena *a, size_t count, size_t size);

/* Takes everything back; keeps one block for the next scenario. */
void arena_reset(struct arena *a);

/* Gives the memory back to the host. */
void arena_free(struct arena *a);

#endif
