/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu/memory_type.h"

#include "mmu/regime.h"

uint8_t memory_type_of_leaf(const struct paging_state *s, uint64_t entry, bool large)
{
	unsigned index = (entry & PTE_PWT ? 1 : 0) | (entry & PTE_PCD ? 2 : 0) |
			 (entry & (large ? PTE_PAT_LARGE : PTE_PAT_4K) ? 4 : 0);

	return s->pat >> (8 * index) & 7;
}

uint8_t memory_type_effective(const struct paging_state *s, const struct memory_type_parts *p)
{
	enum { UC = MEMORY_UC, WC = MEMORY_WC, WT = MEMORY_WT, WP = MEMORY_WP, WB = MEMORY_WB };
	/* SDM 3A, "Effective Page-Level Memory Types for Pentium III and More Recent
	 * Processor Families", with the EPT type in the place of the MTRRs'. Rows: EPT type;
	 * columns: PAT type; 2 and 3 are reserved in both. */
	static const uint8_t table[8][8] = {
		/*       UC  WC  -   -   WT  WP  WB  UC- */
		[UC] = { UC, WC, 0, 0, UC, UC, UC, UC },
		[WC] = { UC, WC, 0, 0, UC, UC, WC, WC },
		[WT] = { UC, WC, 0, 0, WT, WP, WT, UC },
		[WP] = { UC, WC, 0, 0, WT, WP, WP, WC },
		[WB] = { UC, WC, 0, 0, WT, WP, WB, UC },
	};

	if (s->cr0 & CR0_CD)
		return UC;
	if (p->ipat)
		return p->ept;
	return table[p->ept & 7][p->pat & 7];
}
