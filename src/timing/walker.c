/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page walks: a free walker, then one reference after another, since each
 * entry says where the next one lies.
 */
#include "timing/core.h"

/* ---- Walks under way ---- */

static void remember(struct timing *t, uint64_t fill, uint64_t ready)
{
	t->pending[fill % TIMING_PENDING] = (struct timing_pending){ fill, ready };
	t->last_walk = later(t->last_walk, ready);
}

/* A hit on an entry that a walk is still fetching joins that walk. */
static uint64_t join(struct timing *t, uint64_t fill, uint64_t at)
{
	const struct timing_pending *p = &t->pending[fill % TIMING_PENDING];

	if (p->fill != fill || p->ready <= at)
		return at;
	t->stats.joined++;
	t->stats.joined_cycles += p->ready - at;
	return p->ready;
}

/* ---- One walk ---- */

/* One reference, or what a structure that saved some cost. */
static uint64_t step(struct timing *t, const struct ref *r, uint64_t at)
{
	static const struct served nothing;
	const struct lookup_config *lookup = &t->config.lookup;
	struct served one = nothing;
	enum hierarchy_port port = t->config.walker.port == WALKER_PORT_L2 ? PORT_L2 : PORT_DATA;
	uint64_t done = at;

	switch (r->kind) {
	case REF_FLAG_GUEST:
	case REF_FLAG_EPT:
		t->stats.flag_writes++;
		t->stats.flag_write_cycles += t->config.flag_write * t->tick;
		return at + t->config.flag_write * t->tick;
	case REF_SAVED_PSC:
		t->stats.guest_psc_hits[r->guest_level]++;
		return at + lookup->guest_psc * t->tick;
	case REF_SAVED_EPT_PSC:
		t->stats.ept_psc_hits[r->ept_level]++;
		return at + lookup->ept_psc * t->tick;
	case REF_SAVED_NESTED:
		t->stats.nested_hits++;
		return at + lookup->nested * t->tick;
	case REF_FULL_WALK:
		return at;
	default:
		done = memory_reference(t, port, r->hpa.v >> TIMING_LINE_SHIFT, at, &one);
		break;
	}
	struct served *sums[3] = { &t->stats.walk, &t->stats.kind[r->kind], NULL };

	if (r->kind == REF_GUEST || r->kind == REF_EPT)
		sums[2] = &t->stats.grid[r->guest_level][r->ept_level];
	for (unsigned i = 0; i < 3 && sums[i]; i++) {
		for (unsigned level = 0; level < TIMING_LEVELS; level++)
			sums[i]->by[level] += one.by[level];
		sums[i]->cycles += one.cycles;
	}
	t->stats.walk_references++;
	t->stats.walk_memory += one.by[LEVEL_MEMORY];
	return done;
}

uint64_t walker_walk(struct timing *t, const struct ref *refs, size_t count, uint64_t at)
{
	uint64_t *walker = &t->walker[0], time = at;

	for (unsigned i = 1; i < t->config.walker.count; i++)
		if (t->walker[i] < *walker)
			walker = &t->walker[i];
	if (*walker > at) {
		t->stats.walker_waits++;
		t->stats.walker_wait_cycles += *walker - at;
		time = *walker;
	}
	time += t->config.walker.start * t->tick;
	for (size_t i = 0; i < count; i++) {
		/* The references of one EPT walk lie side by side. */
		t->stats.ept_walks += refs[i].kind == REF_EPT &&
				      (i == 0 || refs[i - 1].kind != REF_EPT);
		time = step(t, &refs[i], time);
	}
	*walker = time;
	t->stats.walks++;
	t->stats.walk_cycles += time - at;
	histogram_add(&t->stats.walk_latency, (time - at) / t->tick);
	return time;
}

uint64_t walker_translate(struct timing *t, const struct timing_page *page, uint64_t at)
{
	uint64_t lookup = t->config.lookup.stlb * t->tick;

	if (page->source == TIMING_TLB1 || page->source == TIMING_UNTRANSLATED) {
		return t->last_walk > at && page->fill ? join(t, page->fill, at) : at;
	}
	t->stats.stlb_cycles += lookup;
	at += lookup;
	if (page->source == TIMING_TLB2)
		return t->last_walk > at && page->fill ? join(t, page->fill, at) : at;
	at = walker_walk(t, page->refs, page->count, at);
	if (page->fill)
		remember(t, page->fill, at);
	return at;
}
