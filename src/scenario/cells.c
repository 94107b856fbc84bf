/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An open-addressing hash table with linear probing. A slot belongs to the
 * present scenario if its era is the table's: forgetting all is one increment.
 */
#include "scenario/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SLOTS_MIN 1024u /* a power of two, as every size of the table */

struct slot {
	uint64_t at;
	uint64_t value;
	uint64_t marked; /* value at the last mark, if written since then */
	uint32_t era;    /* of the table when the slot was taken; 0: never */
	uint32_t mark;   /* number of the mark after which `marked` was kept */
};

struct cells {
	struct slot *slots;
	size_t size, used;
	uint32_t era, mark;
	/* Hash seed, different in each process: nobody can write a scenario all
	 * of whose cells collide. It decides nothing that can be seen. */
	uint64_t seed;
	/* Addresses written since the last mark, each once. */
	uint64_t *written;
	size_t written_count, written_size;
};

static void *host_memory(void *p)
{
	if (!p) {
		fputs("eptsim: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

struct cells *cells_create(void)
{
	struct cells *c = host_memory(calloc(1, sizeof(*c)));

	c->size = SLOTS_MIN;
	c->slots = host_memory(calloc(c->size, sizeof(*c->slots)));
	c->era = c->mark = 1;
	c->seed = UINT64_C(0x9e3779b97f4a7c15);
	if (getrandom(&c->seed, sizeof(c->seed), GRND_NONBLOCK) < 0)
		c->seed ^= 1; /* no entropy yet: the constant serves */
	return c;
}

void cells_free(struct cells *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c->written);
	free(c);
}

void cells_mark(struct cells *c)
{
	c->written_count = 0;
	if (++c->mark == 0) { /* wrapped: old numbers would look new */
		for (size_t i = 0; i < c->size; i++)
			c->slots[i].mark = 0;
		c->mark = 1;
	}
}

void cells_reset(struct cells *c)
{
	c->used = 0;
	if (++c->era == 0) {
		memset(c->slots, 0, c->size * sizeof(*c->slots));
		c->era = 1;
	}
	cells_mark(c);
}

/* Where `at` is, or the free slot where it would go. */
static struct slot *find(const struct cells *c, uint64_t at)
{
	uint64_t h = (at ^ c->seed) * UINT64_C(0xff51afd7ed558ccd);
	size_t i;

	h = (h ^ (h >> 32)) * UINT64_C(0xc4ceb9fe1a85ec53);
	for (i = (h ^ (h >> 29)) & (c->size - 1);; i = (i + 1) & (c->size - 1)) {
		struct slot *s = &c->slots[i];

		if (s->era != c->era || s->at == at)
			return s;
	}
}

static void grow(struct cells *c)
{
	struct slot *old = c->slots;
	size_t old_size = c->size;

	c->size *= 2;
	c->slots = host_memory(calloc(c->size, sizeof(*c->slots)));
	for (size_t i = 0; i < old_size; i++)
		if (old[i].era == c->era)
			*find(c, old[i].at) = old[i];
	free(old);
}

uint64_t cells_read(const struct cells *c, hpa_t at)
{
	const struct slot *s = find(c, at.v);

	return s->era == c->era ? s->value : 0;
}

static void remember(struct cells *c, struct slot *s)
{
	s->mark = c->mark;
	s->marked = s->value;
	if (c->written_count == c->written_size) {
		c->written_size = c->written_size ? 2 * c->written_size : 64;
		c->written = host_memory(
			realloc(c->written, c->written_size * sizeof(*c->written)));
	}
	c->written[c->written_count++] = s->at;
}

void cells_write(struct cells *c, hpa_t at, uint64_t value)
{
	struct slot *s = find(c, at.v);

	if (s->era != c->era) {
		if (2 * (c->used + 1) > c->size) {
			grow(c);
			s = find(c, at.v);
		}
		*s = (struct slot){ .at = at.v, .era = c->era };
		c->used++;
	}
	if (s->mark != c->mark)
		remember(c, s);
	s->value = value;
}

void cells_write_list(struct cells *c, const struct cell_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		cells_write(c, list->cells[i].at, list->cells[i].value);
}

static uint64_t read64(void *ctx, hpa_t at)
{
	return cells_read(ctx, at);
}

static void write64(void *ctx, hpa_t at, uint64_t value)
{
	cells_write(ctx, at, value);
}

struct mem cells_mem(struct cells *c)
{
	return (struct mem){ .read64 = read64, .write64 = write64, .ctx = c };
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct cell *)a)->at.v, y = ((const struct cell *)b)->at.v;

	return (x > y) - (x < y);
}

struct cell_list cells_changed(const struct cells *c, struct pool *a)
{
	struct cell_list list = { 0 };

	if (!c->written_count)
		return list;
	list.cells = pool_alloc(a, c->written_count, sizeof(*list.cells));
	for (size_t i = 0; i < c->written_count; i++) {
		const struct slot *s = find(c, c->written[i]);

		if (s->value != s->marked)
			list.cells[list.count++] = (struct cell){ hpa(s->at), s->value };
	}
	cell_list_sort(&list);
	return list;
}

/* Most lists are short, and nearly in order. */
void cell_list_sort(struct cell_list *list)
{
	struct cell *c = list->cells;

	if (list->count > 64) {
		qsort(c, list->count, sizeof(*c), by_address);
		return;
	}
	for (size_t i = 1; i < list->count; i++) {
		struct cell moved = c[i];
		size_t j = i;

		for (; j && c[j - 1].at.v > moved.at.v; j--)
			c[j] = c[j - 1];
		c[j] = moved;
	}
}
