/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A scenario's memory: sparse, in aligned 8-byte cells. Every HPA below 2^52
 * exists; a cell that was never written reads 0.
 */
#ifndef SCENARIO_CELLS_H
#define SCENARIO_CELLS_H

#include "scenario/pool.h"

#include <eptsim/mem.h>

#include <stdbool.h>

/* Cells lie at multiples of 8 below 2^HPA_BITS. */
#define HPA_BITS 52

struct cell {
	hpa_t at;
	uint64_t value;
};

/* Cells sorted by address, each address once. */
struct cell_list {
	struct cell *cells;
	size_t count;
};

/* Sorts by address, whatever the order before. */
void cell_list_sort(struct cell_list *list);

struct cells;

struct cells *cells_create(void);
void cells_free(struct cells *c); /* NULL is allowed */

/* Forgets every cell. Its cost does not depend on how many there were. */
void cells_reset(struct cells *c);

/* The memory as translation code sees it: no flat window, two callbacks.
 * Valid as long as `c`. Bits of an address outside 51:3 must be 0. */
struct mem cells_mem(struct cells *c);

uint64_t cells_read(const struct cells *c, hpa_t at);
void cells_write(struct cells *c, hpa_t at, uint64_t value);
void cells_write_list(struct cells *c, const struct cell_list *list);

/* "Changed" is judged against the memory as it was at the last mark (or
 * reset): a cell written with the value that it had then has not changed. */
void cells_mark(struct cells *c);

/* The changed cells with their present values, sorted by address; the list
 * lives in `a`. Does not mark. */
struct cell_list cells_changed(const struct cells *c, struct pool *a);

#endif
