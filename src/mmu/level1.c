/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu/level1.h"

#include "mmu/walk.h"

unsigned mmu_level1_sets(const struct mmu *m)
{
	unsigned sets = 0;

	for (unsigned i = 0; i < m->caches.tlbs; i++)
		if (m->caches.tlb[i].geometry.level == 1)
			sets += m->caches.tlb[i].assoc.sets;
	return sets;
}

static unsigned tlb_page_of(unsigned shift)
{
	unsigned page = 0;

	while (page + 1 < TLB_PAGES && tlb_page_shift[page] != shift)
		page++;
	return page;
}

unsigned mmu_level1_touched(struct mmu *m, const struct access *a, gva_t at,
			    uint32_t set[MMU_MAX_TLBS], unsigned *tlb)
{
	unsigned serves = a->type == ACCESS_FETCH ? TLB_FOR_FETCH :
			  a->type == ACCESS_READ  ? TLB_FOR_READ :
						    TLB_FOR_WRITE;
	const struct tlb_entry *e = caches_tlb_find(&m->caches, at, serves, true, tlb);
	unsigned count = 0;
	uint32_t first = 0;

	if (!e || m->caches.tlb[*tlb].geometry.level != 1 ||
	    (access_writes(a) && !(e->rights & RIGHT_D)))
		return 0;
	unsigned page = tlb_page_of(e->shift);
	uint64_t number = (at.v & BITS(56, 0)) >> e->shift;

	for (unsigned i = 0; i < m->caches.tlbs; i++) {
		const struct tlb *t = &m->caches.tlb[i];

		if (t->geometry.level != 1)
			continue;
		if (t->geometry.serves & serves && t->geometry.ways[page].count)
			set[count++] = first + assoc_set(&t->assoc, number);
		first += t->assoc.sets;
	}
	return count;
}
