/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From a line to the time when its data is there: the latency of the cache that
 * answers, fill buffers, and lines that are under way already.
 */
#include "timing/core.h"

static bool windowed(const struct timing *t)
{
	return t->config.core.model == CORE_WINDOW;
}

/* Caches are filled when a miss is begun; until the line comes a hit waits for it. */
static uint64_t wait_for_line(struct timing *t, uint64_t line, uint64_t at, uint64_t done)
{
	for (unsigned i = 0; i < t->config.core.fill_buffers; i++)
		if (t->fill_buffer[i].line == line && t->fill_buffer[i].ready > at) {
			t->stats.merged++;
			return later(done, t->fill_buffer[i].ready);
		}
	return done;
}

/* A miss in L1D takes the buffer that is free first, until its line is there. */
static uint64_t fill_buffer(struct timing *t, uint64_t line, uint64_t at, uint64_t latency)
{
	struct timing_fill_buffer *b = &t->fill_buffer[0];

	for (unsigned i = 1; i < t->config.core.fill_buffers; i++)
		if (t->fill_buffer[i].ready < b->ready)
			b = &t->fill_buffer[i];
	if (b->ready > at) {
		t->stats.fill_buffer_waits++;
		t->stats.fill_buffer_wait_cycles += b->ready - at;
		at = b->ready;
	}
	b->line = line;
	b->ready = at + latency;
	t->last_fill = later(t->last_fill, b->ready);
	return b->ready;
}

uint64_t memory_reference(struct timing *t, enum hierarchy_port port, uint64_t line, uint64_t at,
			  struct served *served)
{
	enum timing_level level = hierarchy_access(&t->hierarchy, port, line);
	uint64_t latency = t->latency[level] * t->tick;
	uint64_t done = at + latency;

	if (port == PORT_FETCH && level == LEVEL_L1)
		done = at + t->fetch_hit * t->tick;
	if (port == PORT_DATA && windowed(t)) {
		if (level != LEVEL_L1)
			done = fill_buffer(t, line, at, latency);
		else if (t->last_fill > at)
			done = wait_for_line(t, line, at, done);
	}
	served->by[level]++;
	served->cycles += done - at;
	return done;
}

uint64_t memory_lines(struct timing *t, enum hierarchy_port port, hpa_t first, uint32_t size,
		      uint64_t at)
{
	struct served *served = port == PORT_FETCH ? &t->stats.fetch : &t->stats.data;
	uint64_t hit = t->tick * (port == PORT_FETCH ? t->fetch_hit : t->latency[LEVEL_L1]);
	uint64_t line = first.v >> TIMING_LINE_SHIFT;
	uint64_t last = (first.v + (size ? size - 1 : 0)) >> TIMING_LINE_SHIFT;
	uint64_t done = at;

	for (; line <= last; line++) {
		if (windowed(t)) {
			done = later(done, memory_reference(t, port, line, at, served));
		} else {
			uint64_t end = memory_reference(t, port, line, done, served);

			done = later(done, end - hit);
		}
	}
	return done;
}
