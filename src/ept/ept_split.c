/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

enum ept_error ept_split(struct ept_space *s, gpa_t gpa)
{
	struct ept_walk w;
	hpa_t table;
	enum ept_error error = ept_find(s, gpa, &w);

	if (error != EPT_OK)
		return error;
	if (w.level == 1 || (w.level == 3 && !s->ept.page_2m))
		return EPT_BAD_SIZE;
	if (!ept_table_alloc(s, &table))
		return EPT_NO_FRAME;

	/* A 4K leaf has no bit 7, and bit 61, which a large page ignores, would come to mean
	 * something there. */
	uint64_t child = w.entry[w.level] & ~(EPT_SPP | (w.level == 2 ? EPT_PAGE : 0));

	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		mem_write64(s->mem, ept_table_slot(table, i), child + i * ept_size(w.level - 1));
	ept_publish(s, w.slot[w.level], ept_table_entry(&s->ept, table));
	return EPT_OK;
}
