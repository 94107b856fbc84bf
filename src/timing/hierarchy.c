/* SPDX-License-Identifier: BSD-2-Clause */
#include "timing/hierarchy.h"

#include <stdlib.h>
#include <string.h>

static size_t slots(const struct data_cache_config *c)
{
	return (size_t)c->sets * c->ways;
}

bool hierarchy_init(struct hierarchy *h, const struct timing_config *config)
{
	size_t bytes = 0;

	memset(h, 0, sizeof *h);
	h->fast_paths = config->fast_paths;
	for (unsigned id = 0; id < DATA_CACHES; id++)
		bytes += assoc_bytes(config->cache[id].sets, config->cache[id].ways) +
			 slots(&config->cache[id]) * sizeof(uint64_t);
	h->memory = calloc(1, bytes ? bytes : 1);
	if (!h->memory)
		return false;
	unsigned char *at = h->memory;

	for (unsigned id = 0; id < DATA_CACHES; id++) {
		const struct data_cache_config *c = &config->cache[id];
		struct data_cache *d = &h->cache[id];

		assoc_init(&d->assoc, c->sets, c->ways, c->hash, c->replacement,
			   config->seed + id, at);
		d->line = (uint64_t *)(at + assoc_bytes(c->sets, c->ways));
		d->inclusion = c->inclusion;
		at = (unsigned char *)(d->line + slots(c));
	}
	return true;
}

void hierarchy_destroy(struct hierarchy *h)
{
	free(h->memory);
	memset(h, 0, sizeof *h);
}

/* ---- One cache ---- */

static bool exists(const struct data_cache *d)
{
	return d->assoc.ways != 0;
}

static bool fills_on_miss(const struct data_cache *d)
{
	return exists(d) && d->inclusion != INCLUSION_VICTIM;
}

static bool look(struct data_cache *d, uint64_t line)
{
	int64_t slot = assoc_find(&d->assoc, line, line);

	if (slot == ASSOC_NONE)
		return false;
	assoc_touch(&d->assoc, (size_t)slot);
	d->last = line + 1;
	return true;
}

static void drop(struct data_cache *d, uint64_t line)
{
	int64_t slot = assoc_find(&d->assoc, line, line);

	if (slot == ASSOC_NONE)
		return;
	assoc_drop(&d->assoc, (size_t)slot);
	d->line[slot] = 0;
	if (d->last == line + 1)
		d->last = 0;
}

/* ---- Filling, and what gives way ---- */

static void insert(struct hierarchy *h, enum data_cache_id id, uint64_t line);

static void evicted(struct hierarchy *h, enum data_cache_id id, uint64_t line)
{
	/* First-level caches lie side by side; behind them L2, then LLC. */
	enum data_cache_id behind = id <= CACHE_L1D ? CACHE_L2 : id + 1;

	if (id >= CACHE_L2 && h->cache[id].inclusion == INCLUSION_INCLUSIVE)
		for (unsigned nearer = 0; nearer < id; nearer++)
			drop(&h->cache[nearer], line);
	while (behind < DATA_CACHES && !exists(&h->cache[behind]))
		behind++;
	if (behind < DATA_CACHES && h->cache[behind].inclusion == INCLUSION_VICTIM)
		insert(h, behind, line);
}

static void insert(struct hierarchy *h, enum data_cache_id id, uint64_t line)
{
	struct data_cache *d = &h->cache[id];
	size_t slot = assoc_insert(&d->assoc, line, line, 0, d->assoc.ways);
	uint64_t old = d->line[slot];

	d->line[slot] = line + 1;
	d->last = line + 1;
	if (old && old != line + 1)
		evicted(h, id, old - 1);
}

/* From the outside in, so that an inclusive cache never lacks what a nearer one
 * already has. */
static void fill(struct hierarchy *h, enum hierarchy_port port, enum timing_level from,
		 uint64_t line)
{
	enum data_cache_id first = port == PORT_FETCH ? CACHE_L1I : CACHE_L1D;

	if (from > LEVEL_LLC && fills_on_miss(&h->cache[CACHE_LLC]))
		insert(h, CACHE_LLC, line);
	if (from > LEVEL_L2 && fills_on_miss(&h->cache[CACHE_L2]))
		insert(h, CACHE_L2, line);
	if (port != PORT_L2 && exists(&h->cache[first]))
		insert(h, first, line);
}

/* Will fill() put the line nearer to the core than cache `id`? */
static bool moves_up(const struct hierarchy *h, enum hierarchy_port port, enum data_cache_id id)
{
	if (port != PORT_L2 && exists(&h->cache[port == PORT_FETCH ? CACHE_L1I : CACHE_L1D]))
		return true;
	return id == CACHE_LLC && fills_on_miss(&h->cache[CACHE_L2]);
}

enum timing_level hierarchy_search(struct hierarchy *h, enum hierarchy_port port, uint64_t line)
{
	enum timing_level level = LEVEL_MEMORY;

	if (port != PORT_L2 && look(&h->cache[port == PORT_FETCH ? CACHE_L1I : CACHE_L1D], line))
		return LEVEL_L1;
	for (enum data_cache_id id = CACHE_L2; id <= CACHE_LLC; id++) {
		struct data_cache *d = &h->cache[id];

		if (!look(d, line))
			continue;
		if (d->inclusion == INCLUSION_VICTIM && moves_up(h, port, id))
			drop(d, line);
		level = id == CACHE_L2 ? LEVEL_L2 : LEVEL_LLC;
		break;
	}
	fill(h, port, level, line);
	return level;
}
