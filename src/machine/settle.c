/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an attempt to translate did, put into statistics and told.
 */
#include "machine/machine.h"

#include "mmu/regime.h"

#include <eptsim/ept.h>

static void count_page(struct machine *m, const struct page_result *page, const struct ref *refs,
		       size_t count)
{
	const struct processor *p = &m->processor[0];

	switch (page->source) {
	case SOURCE_WALK:
		walk_stats_add(&m->walk, refs, count, true, p->guest_levels, p->ept_levels);
		break;
	case SOURCE_NONE:
		m->walk.untranslated++;
		break;
	default:
		m->walk.tlb_hit[p->tlb_structure[page->tlb]]++;
		break;
	}
}

static void tell_flags(struct machine *m, const struct ref *refs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct ref *r = &refs[i];
		bool guest = r->kind == REF_FLAG_GUEST;
		struct event e = { .kind = EVENT_FLAG, .flag = r };

		if (!guest && r->kind != REF_FLAG_EPT)
			continue;
		e.old = r->value & ~((r->flags & REF_A ? (guest ? PTE_A : EPT_A) : 0) |
				     (r->flags & REF_D ? (guest ? PTE_D : EPT_D) : 0));
		machine_tell(m, &e);
	}
}

/* Statistics of one call of mmu_translate(), page by page. A model of time is
 * charged here too. */
void machine_settle(struct machine *m, const struct translation *t)
{
	const struct processor *p = &m->processor[0];
	size_t count, first = 0;
	const struct ref *refs = mmu_refs(p->mmu, &count);
	unsigned good = t->outcome == OUTCOME_OK ? t->pages : t->fault.page2 ? 1 : 0;

	while (first < count && !(refs[first].flags & REF_PAGE2))
		first++;
	if (good >= 1)
		count_page(m, &t->page[0], refs, first);
	if (good == 2)
		count_page(m, &t->page[1], refs + first, count - first);
	else if (t->outcome != OUTCOME_OK && (good ? count - first : count))
		walk_stats_add(&m->walk, good ? refs + first : refs, good ? count - first : count,
			       false, p->guest_levels, p->ept_levels);
	if (m->listener)
		tell_flags(m, refs, count);
	mmu_refs_clear(p->mmu);
}
