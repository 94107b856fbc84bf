/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An out-of-order window. An instruction enters in order, so many a cycle, when
 * the one a reorder buffer's length before it has retired and the queues have
 * room; it starts when its source registers are there, and retires in order.
 * A store waits in its queue, after it retired, until its line is there.
 */
#include "timing/core.h"

void window_instruction(struct timing *t)
{
	const struct core_config *core = &t->config.core;
	struct timing_instruction *c = &t->current;

	c->fetch = t->dispatched;
	t->dispatched = later(t->dispatched + 1, t->rob[t->instructions % core->rob]);
	c->start = later(t->dispatched, c->sources);
	c->complete = c->start + t->tick;
}

static void enter(struct timing *t, uint64_t at)
{
	struct timing_instruction *c = &t->current;

	t->dispatched = later(t->dispatched, at);
	c->start = later(c->start, t->dispatched);
	c->complete = later(c->complete, c->start + t->tick);
}

static void take_queues(struct timing *t, const struct timing_access *a)
{
	const struct core_config *core = &t->config.core;
	struct timing_instruction *c = &t->current;

	if (a->kind != TIMING_STORE)
		enter(t, t->load_queue[(t->loads + c->loads++) % core->load_queue]);
	if (a->kind != TIMING_LOAD)
		enter(t, t->store_queue[(t->stores + c->stores++) % core->store_queue]);
}

/* In order, before the instruction enters: beyond a hit it delays all that follow. */
static void fetch(struct timing *t, const struct timing_page *page, uint32_t size)
{
	struct timing_instruction *c = &t->current;
	uint64_t known = walker_translate(t, page, c->fetch);
	uint64_t done = memory_lines(t, PORT_FETCH, page->hpa, size, known);
	uint64_t hit = t->fetch_hit * t->tick;

	c->translation = later(c->translation, known - c->fetch);
	c->fetch = done > known + hit ? done - hit : known;
	enter(t, c->fetch);
}

static void data(struct timing *t, const struct timing_access *a, const struct timing_page *page,
		 uint32_t size)
{
	struct timing_instruction *c = &t->current;
	uint64_t known = walker_translate(t, page, c->start);
	uint64_t done = memory_lines(t, PORT_DATA, page->hpa, size, known);

	c->translation = later(c->translation, known - c->start);
	if (a->kind != TIMING_STORE)
		c->complete = later(c->complete, done);
	if (a->kind != TIMING_LOAD)
		c->stored = later(c->stored, done);
	c->complete = later(c->complete, known);
}

void window_access(struct timing *t, const struct timing_access *a)
{
	uint32_t left = a->size;

	if (a->kind != TIMING_FETCH)
		take_queues(t, a);
	for (unsigned i = 0; i < a->pages; i++) {
		const struct timing_page *page = &a->page[i];
		uint64_t room = PAGE_SIZE_4K - (page->hpa.v & (PAGE_SIZE_4K - 1));
		uint32_t here = a->pages == 2 && i == 0 && room < left ? (uint32_t)room : left;

		if (a->kind == TIMING_FETCH)
			fetch(t, page, here);
		else
			data(t, a, page, here);
		left -= here;
	}
}

void window_close(struct timing *t)
{
	const struct core_config *core = &t->config.core;
	struct timing_instruction *c = &t->current;
	uint64_t in_order = t->retired + 1;
	uint64_t retired = later(in_order, c->complete);

	/* What the program lost is what retirement stood still for. */
	uint64_t stood = retired - in_order, translation = c->faulted + c->translation;

	t->stats.translation_cycles += stood < translation ? stood : translation;
	t->retired = retired;
	t->rob[t->instructions++ % core->rob] = retired;
	for (; c->loads; c->loads--)
		t->load_queue[t->loads++ % core->load_queue] = retired;
	if (c->stores)
		t->drained = later(later(t->drained + 1, retired), c->stored);
	for (; c->stores; c->stores--)
		t->store_queue[t->stores++ % core->store_queue] = t->drained;
	for (unsigned i = 0; i < TIMING_RESULTS; i++)
		if (c->registers.result[i])
			t->ready[c->registers.result[i]] = c->complete;
	c->open = false;
}
