/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which sets of the level-1 TLBs an access touched: what a fast path must know
 * that goes around the lookup without changing what the lookup would leave.
 *
 * A second hit on the most recently used entry of a set changes nothing that any
 * later access could see, under every replacement policy (LRU order, tree bits
 * and turn stay as they are; FIFO and random look at no hit).
 */
#ifndef MMU_LEVEL1_H
#define MMU_LEVEL1_H

#include <eptsim/mmu.h>

/* Sets of all level-1 TLBs, numbered through. */
unsigned mmu_level1_sets(const struct mmu *m);

/* After a translation of one page by `a` succeeded: the sets, at most
 * MMU_MAX_TLBS, in which the page's entry is now the most recently used, and the
 * TLB that will answer the next such access. 0: none will. */
unsigned mmu_level1_touched(struct mmu *m, const struct access *a, gva_t at,
			    uint32_t set[MMU_MAX_TLBS], unsigned *tlb);

#endif
