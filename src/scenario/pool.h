/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory that lives as long as one scenario: taken piece by piece, given back
 * all at once. The next scenario reuses it.
 */
#ifndef SCENARIO_POOL_H
#define SCENARIO_POOL_H

#include <stddef.h>

struct pool_block;

struct pool {
	struct pool_block *blocks; /* the newest first; all zero is an empty pool */
};

/* `count` objects of `size` bytes, zeroed, aligned for any type. Ends the
 * program with status 2 if the host has no memory left. `count * size` must
 * not overflow: callers check counts against the limits of scenario.h. */
void *pool_alloc(struct pool *a, size_t count, size_t size);

/* Takes everything back; keeps one block for the next scenario. */
void pool_reset(struct pool *a);

/* Gives the memory back to the host. */
void pool_free(struct pool *a);

#endif
