/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/census.h"

#include "host/random.h"

#include <stdlib.h>
#include <string.h>

#define SET_SIZE (2 * CENSUS_EXACT_MAX)
/* 2^16 registers: a standard error of 1.04 / 2^8, 0.4 %. */
#define SKETCH_BITS 16
#define SKETCH_SIZE ((size_t)1 << SKETCH_BITS)

bool census_init(struct census *c)
{
	memset(c, 0, sizeof *c);
	c->lowest = c->last_page = UINT64_MAX;
	c->set = calloc(SET_SIZE, sizeof *c->set);
	c->sketch = calloc(SKETCH_SIZE, 1);
	if (c->set && c->sketch)
		return true;
	census_destroy(c);
	return false;
}

void census_destroy(struct census *c)
{
	free(c->set);
	free(c->sketch);
	c->set = NULL;
	c->sketch = NULL;
}

/* HyperLogLog (Flajolet and others, 2007): a register keeps the longest run of
 * zeros among the hashes that fall to it. */
static void add_to_sketch(struct census *c, uint64_t hash)
{
	size_t slot = hash >> (64 - SKETCH_BITS);
	uint64_t rest = hash << SKETCH_BITS | (uint64_t)1 << (SKETCH_BITS - 1);
	uint8_t run = (uint8_t)(__builtin_clzll(rest) + 1);

	if (c->sketch[slot] < run)
		c->sketch[slot] = run;
}

static void give_up_set(struct census *c)
{
	for (size_t i = 0; i < SET_SIZE; i++)
		if (c->set[i])
			add_to_sketch(c, random_mix(c->set[i]));
	free(c->set);
	c->set = NULL;
}

static void add_page(struct census *c, uint64_t page)
{
	uint64_t member = page + 1, hash = random_mix(member);
	size_t slot = hash % SET_SIZE;

	if (page == c->last_page)
		return;
	c->last_page = page;
	if (!c->set) {
		add_to_sketch(c, hash);
		return;
	}
	while (c->set[slot] && c->set[slot] != member)
		slot = (slot + 1) % SET_SIZE;
	if (c->set[slot])
		return;
	c->set[slot] = member;
	if (++c->members > CENSUS_EXACT_MAX)
		give_up_set(c);
}

void census_add(struct census *c, const struct trace_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct trace_record *r = &records[i];
		uint64_t last = r->address + r->size - 1;

		c->by_op[r->op]++;
		if (!trace_is_access(r))
			continue;
		add_page(c, r->address / PAGE_SIZE_4K);
		if (last / PAGE_SIZE_4K != r->address / PAGE_SIZE_4K) {
			c->crossing++;
			add_page(c, last / PAGE_SIZE_4K);
		}
		c->sizes += r->size;
		c->lowest = r->address < c->lowest ? r->address : c->lowest;
		c->highest = last > c->highest ? last : c->highest;
		c->any = true;
	}
}

uint64_t census_pages(const struct census *c, bool *exact)
{
	const double m = (double)SKETCH_SIZE;
	double sum = 0;

	*exact = c->set != NULL;
	if (c->set)
		return c->members;
	for (size_t i = 0; i < SKETCH_SIZE; i++)
		sum += 1.0 / (double)((uint64_t)1 << c->sketch[i]);
	return (uint64_t)(0.7213 / (1 + 1.079 / m) * m * m / sum + 0.5);
}
