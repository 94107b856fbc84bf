/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One access at a time. An instruction costs its share of a cycle, and an
 * access what it takes beyond a hit in the first-level cache; that hit itself
 * hides behind other instructions unless one waits for the register loaded.
 */
#include "timing/core.h"

static uint64_t result_delay(const struct timing *t, bool load)
{
	return t->tick * (load ? t->latency[LEVEL_L1] : 1);
}

static void set_results(struct timing *t, uint64_t ready)
{
	for (unsigned i = 0; i < TIMING_RESULTS; i++)
		if (t->current.registers.result[i])
			t->ready[t->current.registers.result[i]] = ready;
}

void serial_instruction(struct timing *t)
{
	struct timing_instruction *c = &t->current;

	c->start = later(t->dispatched, c->sources);
	t->dispatched = c->start + 1;
	set_results(t, c->start + result_delay(t, false));
}

void serial_access(struct timing *t, const struct timing_access *a)
{
	enum hierarchy_port port = a->kind == TIMING_FETCH ? PORT_FETCH : PORT_DATA;
	uint64_t now = t->dispatched;
	uint32_t left = a->size;

	for (unsigned i = 0; i < a->pages; i++) {
		const struct timing_page *page = &a->page[i];
		uint64_t room = PAGE_SIZE_4K - (page->hpa.v & (PAGE_SIZE_4K - 1));
		uint32_t here = a->pages == 2 && i == 0 && room < left ? (uint32_t)room : left;
		uint64_t known = walker_translate(t, page, now);

		t->stats.translation_cycles += known - now;
		now = memory_lines(t, port, page->hpa, here, known);
		left -= here;
	}
	t->dispatched = now;
	/* Without the instruction's own share, so that a chain of hits costs their
	 * latency and nothing beside. */
	if (a->kind == TIMING_LOAD || a->kind == TIMING_MODIFY)
		set_results(t, now - 1 + result_delay(t, true));
}
