/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_format.h"

void ept_walk(const struct ept *ept, const struct mem *mem, gpa_t gpa, struct ept_walk *w)
{
	ept_walk_from(ept, mem, ept->levels, ept->root, ~UINT64_C(0), gpa, w);
}

unsigned ept_walk_page_shift(const struct ept_walk *w)
{
	return walk_shift(ept_format.index_bits, w->level);
}

hpa_t ept_walk_hpa(const struct ept *ept, const struct ept_walk *w, gpa_t gpa)
{
	uint64_t offset = BIT(ept_walk_page_shift(w)) - 1;

	return hpa((w->entry[w->level] & ept->address & ~offset) | (gpa.v & offset));
}
