/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of stores to tables that a processor may be walking.
 */
#include "grade/bench.h"

#include <string.h>

void bench_watch_begin(struct bench *b)
{
	b->stores = 0;
	memcpy(b->invept_mark, b->seen.invept, sizeof b->invept_mark);
}

static uint64_t *cells_of(const struct bench *b, unsigned frame)
{
	return (uint64_t *)(b->memory + frame * FRAME_SIZE);
}

static bool invalidated(struct bench *b)
{
	bool all = true;

	for (unsigned i = 0; i < PROCESSORS; i++)
		all &= b->seen.invept[i] > b->invept_mark[i];
	return all;
}

static void note(struct bench *b, hpa_t at, uint64_t old, uint64_t new, unsigned level)
{
	/* Flags that a processor set meanwhile are not the submission's. */
	if (b->stores == STORES_MAX || ((old ^ new) & ~(EPT_A | EPT_D)) == 0)
		return;
	b->store[b->stores++] = (struct store){ at, old, new, level, invalidated(b) };
	memcpy(b->invept_mark, b->seen.invept, sizeof b->invept_mark);
}

static void look_at(struct bench *b, unsigned frame, unsigned level)
{
	uint64_t *now = cells_of(b, frame);

	for (unsigned i = 0; i < 512; i++) {
		if (now[i] == b->shadow[frame][i])
			continue;
		note(b, hpa(b->tables.v + frame * FRAME_SIZE + 8 * i), b->shadow[frame][i], now[i],
		     level);
		b->shadow[frame][i] = now[i];
	}
}

static bool table_frame(const struct bench *b, uint64_t entry, unsigned level, unsigned *frame)
{
	uint64_t offset = (entry & EPT_ADDRESS) - b->tables.v;

	if (level < 2 || !(entry & EPT_RWX) || entry & EPT_PAGE || offset >= TABLES_SIZE)
		return false;
	*frame = (unsigned)(offset / FRAME_SIZE);
	return true;
}

/* Every table once, though entries may go in circles. */
static void visit(struct bench *b, unsigned frame, unsigned level, bool visited[TABLE_FRAMES],
                  uint16_t *linked, unsigned *count)
{
	const uint64_t *cells = cells_of(b, frame);
	unsigned below;

	visited[frame] = true;
	if (!b->linked[frame]) {
		b->linked[frame] = true;
		memcpy(b->shadow[frame], cells, FRAME_SIZE);
		linked[(*count)++] = (uint16_t)frame;
	} else {
		look_at(b, frame, level);
	}
	for (unsigned i = 0; i < 512 && level > 1; i++)
		if (table_frame(b, cells[i], level, &below) && !visited[below])
			visit(b, below, level - 1, visited, linked, count);
}

void bench_look(struct bench *b, uint16_t linked[TABLE_FRAMES], unsigned *count)
{
	bool visited[TABLE_FRAMES] = { false };

	*count = 0;
	visit(b, (unsigned)((b->ept.root.v - b->tables.v) / FRAME_SIZE % TABLE_FRAMES),
	      b->config.levels, visited, linked, count);
}

/* The stores to one entry: what it was before the first, and after the last. */
static unsigned ends(const struct bench *b, hpa_t at, uint64_t *first, uint64_t *last)
{
	unsigned count = 0;

	for (unsigned i = 0; i < b->stores; i++) {
		if (b->store[i].at.v != at.v)
			continue;
		if (count++ == 0)
			*first = b->store[i].old;
		*last = b->store[i].new;
	}
	return count;
}

const struct store *bench_transient(const struct bench *b)
{
	for (unsigned i = 0; i < b->stores; i++) {
		const struct store *s = &b->store[i];
		uint64_t first = 0, last = 0;

		if (ends(b, s->at, &first, &last) > 1 && s->new &EPT_RWX && s->new != first &&
		    s->new != last)
			return s;
	}
	return NULL;
}

static bool is_page(const struct store *s, uint64_t entry)
{
	return s->level == 1 || entry & EPT_PAGE;
}

const struct store *bench_size_change(const struct bench *b)
{
	for (unsigned i = 0; i < b->stores; i++) {
		const struct store *s = &b->store[i];
		uint64_t before = s->old;
		bool broken = false;

		if (s->level == 1 || !(s->new &EPT_RWX))
			continue;
		/* Not present now: what was there before, and who still knows it? */
		for (unsigned j = i; j-- > 0 && !(before & EPT_RWX);)
			if (b->store[j].at.v == s->at.v) {
				before = b->store[j].old;
				broken = true;
			}
		bool told = false;

		for (unsigned j = 0; j <= i && broken; j++)
			told |= b->store[j].invalidated && j > 0;
		if (before & EPT_RWX && is_page(s, before) != is_page(s, s->new) &&
		    !(broken && told))
			return s;
	}
	return NULL;
}
