/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

/* The entry that maps what all pages of the table map, in one page of `level`;
 * false if there is none. `reference` is the entry that references the table. */
static bool merge_entry(const struct ept_space *s, hpa_t table, unsigned level, uint64_t reference,
                        uint64_t *large)
{
	/* Pages may differ in these: the large one has them if any has. */
	const uint64_t flags = EPT_A | EPT_D;
	/* Bit 7 is ignored in a 4K leaf. */
	const uint64_t ignored = flags | (level == 2 ? EPT_PAGE : 0);
	uint64_t first = mem_read64(s->mem, table) & ~ignored;
	uint64_t seen = 0;

	if (first & s->ept.address & (ept_size(level) - 1))
		return false;
	/* A large page has no sub-page permissions. */
	if (level == 2 && first & EPT_SPP)
		return false;
	/* Without the reference, rights that it withholds would come back. */
	if (first & s->ept.present & ~reference)
		return false;
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t entry = mem_read64(s->mem, ept_table_slot(table, i));

		if ((entry & ~ignored) != first + i * ept_size(level - 1))
			return false;
		seen |= entry & flags;
	}
	*large = first | seen | EPT_PAGE;
	return true;
}

enum ept_error ept_merge(struct ept_space *s, gpa_t gpa, unsigned level)
{
	struct ept_walk w;
	uint64_t large;

	if (!(level == 2 && s->ept.page_2m) && !(level == 3 && s->ept.page_1g))
		return EPT_BAD_SIZE;
	enum ept_error error = ept_find(s, gpa, &w);

	if (error == EPT_BAD_ADDRESS || (error == EPT_NOT_EXIST && w.level >= level))
		return error;
	if (error != EPT_OK || w.level != level - 1)
		return EPT_NOT_UNIFORM;

	hpa_t table = ept_table_of(w.slot[level - 1]);

	if (!merge_entry(s, table, level, w.entry[level], &large))
		return EPT_NOT_UNIFORM;
	mem_write64(s->mem, w.slot[level], large);
	ept_table_free(s, table);
	return EPT_OK;
}
