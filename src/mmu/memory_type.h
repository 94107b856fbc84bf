/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MMU_MEMORY_TYPE_H
#define MMU_MEMORY_TYPE_H

#include <eptsim/state.h>

/* The parts of a page's memory type, as a TLB entry keeps them. */
struct memory_type_parts {
	uint8_t pat; /* type that IA32_PAT gives, encoding 7 = UC- */
	uint8_t ept; /* type of the EPT leaf; WB without EPT */
	bool ipat;   /* ignore PAT */
};

/* The type that IA32_PAT gives for the leaf `entry`, `large` if it maps a large
 * page (SDM 3A, "Selecting a Memory Type from the PAT"). */
uint8_t memory_type_of_leaf(const struct paging_state *s, uint64_t entry, bool large);

/* The effective memory type (SDM 3C, "Memory Type Used for Translated
 * Guest-Physical Addresses"). */
uint8_t memory_type_effective(const struct paging_state *s, const struct memory_type_parts *p);

#endif
