/* SPDX-License-Identifier: BSD-2-Clause */
#include "timing/core.h"

#include <string.h>

bool timing_init(struct timing *t, const struct timing_config *config)
{
	const struct data_cache_config *cache = config->cache;

	memset(t, 0, sizeof *t);
	t->config = *config;
	t->tick = config->core.width;
	t->latency[LEVEL_L1] = cache[CACHE_L1D].ways ? cache[CACHE_L1D].latency : 0;
	t->latency[LEVEL_L2] = cache[CACHE_L2].latency;
	t->latency[LEVEL_LLC] = cache[CACHE_LLC].latency;
	t->latency[LEVEL_MEMORY] = config->memory_latency;
	t->fetch_hit = cache[CACHE_L1I].ways ? cache[CACHE_L1I].latency : 0;
	return hierarchy_init(&t->hierarchy, config);
}

void timing_destroy(struct timing *t)
{
	hierarchy_destroy(&t->hierarchy);
	memset(t, 0, sizeof *t);
}

static bool windowed(const struct timing *t)
{
	return t->config.core.model == CORE_WINDOW;
}

void timing_instruction(struct timing *t, const struct timing_registers *registers)
{
	struct timing_instruction *c = &t->current;

	if (c->open && windowed(t))
		window_close(t);
	*c = (struct timing_instruction){ .open = true };
	if (registers) {
		c->registers = *registers;
		for (unsigned i = 0; i < TIMING_SOURCES; i++)
			c->sources = later(c->sources, t->ready[c->registers.source[i]]);
	}
	t->stats.instructions++;
	if (windowed(t))
		window_instruction(t);
	else
		serial_instruction(t);
}

void timing_access(struct timing *t, const struct timing_access *a)
{
	t->stats.accesses++;
	if (windowed(t))
		window_access(t, a);
	else
		serial_access(t, a);
}

/* ---- What interrupts ---- */

void timing_fault(struct timing *t, const struct ref *refs, size_t count)
{
	struct timing_instruction *c = &t->current;
	uint64_t begin = windowed(t) ? later(c->start, t->dispatched) : t->dispatched;
	uint64_t end = walker_walk(t, refs, count, begin + t->config.lookup.stlb * t->tick);

	t->stats.stlb_cycles += t->config.lookup.stlb * t->tick;
	if (windowed(t)) {
		c->faulted += end - begin;
		c->start = c->complete = end;
	} else {
		t->stats.translation_cycles += end - begin;
		t->dispatched = end;
	}
}

/* When all that was begun is over, stores that wait in their queue aside. */
static uint64_t all_done(const struct timing *t)
{
	if (!windowed(t))
		return t->dispatched;
	return later(later(t->dispatched, t->retired), t->current.open ? t->current.complete : 0);
}

void timing_cost(struct timing *t, enum timing_cost cost)
{
	uint64_t ticks = t->config.cost[cost] * t->tick;
	uint64_t end = all_done(t) + ticks;

	t->stats.cost_count[cost]++;
	t->stats.cost_cycles[cost] += ticks;
	t->dispatched = end;
	if (t->current.open)
		t->current.start = t->current.complete = t->current.fetch = end;
	else
		t->retired = end;
}

/* ---- Results ---- */

/* Time up to the end of the last instruction; a part of a cycle is one. */
static uint64_t elapsed(const struct timing *t)
{
	uint64_t end = t->dispatched;

	if (windowed(t))
		end = later(t->retired, t->current.open ? t->current.complete : 0);
	return (end - t->begun + t->tick - 1) / t->tick;
}

uint64_t timing_cycle(const struct timing *t)
{
	return elapsed(t);
}

static void to_cycles(struct served *s, uint64_t tick)
{
	s->cycles /= tick;
}

/* Each cache is asked what the one before it did not answer. */
static void count_caches(const struct timing *t, struct timing_stats *s)
{
	const struct served *all[3] = { &s->fetch, &s->data, &s->walk };

	for (unsigned i = 0; i < 3; i++) {
		const uint64_t *by = all[i]->by;
		uint64_t beyond = by[LEVEL_L2] + by[LEVEL_LLC] + by[LEVEL_MEMORY];
		bool at_l2 = i == 2 && t->config.walker.port == WALKER_PORT_L2;

		s->cache_hits[i ? CACHE_L1D : CACHE_L1I] += by[LEVEL_L1];
		s->cache_lookups[i ? CACHE_L1D : CACHE_L1I] += at_l2 ? 0 : by[LEVEL_L1] + beyond;
		s->cache_hits[CACHE_L2] += by[LEVEL_L2];
		s->cache_lookups[CACHE_L2] += beyond;
		s->cache_hits[CACHE_LLC] += by[LEVEL_LLC];
		s->cache_lookups[CACHE_LLC] += by[LEVEL_LLC] + by[LEVEL_MEMORY];
	}
}

/* A walk looks from the deepest level up, until it hits. */
static void count_structures(struct timing_stats *s)
{
	uint64_t guest = s->walks, ept = s->ept_walks;

	s->nested_lookups = s->nested_hits + s->ept_walks;
	for (unsigned level = 2; level <= 5; level++) {
		s->guest_psc_lookups[level] = guest;
		s->ept_psc_lookups[level] = ept;
		guest -= s->guest_psc_hits[level];
		ept -= s->ept_psc_hits[level];
	}
}

void timing_summary(const struct timing *t, struct timing_stats *out)
{
	*out = t->stats;
	out->cycles = elapsed(t);
	uint64_t *ticks[] = { &out->stlb_cycles,   &out->walk_cycles,        &out->walker_wait_cycles,
			      &out->joined_cycles, &out->translation_cycles, &out->flag_write_cycles,
			      &out->fill_buffer_wait_cycles };

	for (unsigned i = 0; i < sizeof ticks / sizeof *ticks; i++)
		*ticks[i] /= t->tick;
	for (unsigned row = 0; row < TIMING_ROWS; row++)
		for (unsigned column = 0; column < TIMING_COLUMNS; column++)
			to_cycles(&out->grid[row][column], t->tick);
	for (unsigned kind = 0; kind < REF_KINDS; kind++)
		to_cycles(&out->kind[kind], t->tick);
	to_cycles(&out->fetch, t->tick);
	to_cycles(&out->data, t->tick);
	to_cycles(&out->walk, t->tick);
	count_caches(t, out);
	count_structures(out);
	out->interruption_cycles = 0;
	for (unsigned cost = 0; cost < TIMING_COST_COUNT; cost++) {
		out->cost_cycles[cost] /= t->tick;
		out->interruption_cycles += out->cost_cycles[cost];
	}
}

void timing_end(struct timing *t)
{
	if (t->current.open && windowed(t))
		window_close(t);
	t->current.open = false;
}

void timing_restart(struct timing *t)
{
	timing_end(t);
	memset(&t->stats, 0, sizeof t->stats);
	t->begun = windowed(t) ? t->retired : t->dispatched;
}
