/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/assoc.h"

#include <eptsim/mmu.h>

/* Fully associative, LRU. */
static struct cache_geometry full(uint32_t entries)
{
	return (struct cache_geometry){ .sets = 1,
					.ways = entries,
					.hash = ASSOC_LINEAR,
					.policy = ASSOC_LRU };
}

struct mmu_geometry mmu_geometry_everything(void)
{
	enum { ENTRIES = 128 };
	struct mmu_geometry g = { .tlbs = 1, .nested = full(ENTRIES), .seed = 1 };

	g.tlb[0] = (struct tlb_geometry){ .name = "tlb",
					  .geometry = full(ENTRIES),
					  .serves = TLB_FOR_ALL,
					  .level = 1 };
	for (unsigned size = 0; size < TLB_PAGES; size++)
		g.tlb[0].ways[size].count = ENTRIES;
	for (unsigned level = 2; level <= 5; level++)
		g.guest_psc[level] = g.ept_psc[level] = full(ENTRIES);
	return g;
}

struct mmu_geometry mmu_geometry_none(void)
{
	return (struct mmu_geometry){ .tlbs = 0 };
}
