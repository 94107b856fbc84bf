/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

enum ept_error ept_unmap(struct ept_space *s, gpa_t gpa, struct ept_mapping *was)
{
	struct ept_walk w;

	if (was)
		*was = (struct ept_mapping){ 0 };
	if (gpa.v & (PAGE_SIZE_4K - 1))
		return EPT_UNALIGNED;
	enum ept_error error = ept_find(s, gpa, &w);

	if (error != EPT_OK)
		return error;
	if (gpa.v & (ept_size(w.level) - 1))
		return EPT_UNALIGNED;
	if (was)
		*was = ept_mapping_of(&s->ept, &w);

	/* The highest entry below which nothing else is present: clearing it takes the page and
	 * the tables that only served it away at once. */
	unsigned level = w.level;

	while (level < s->ept.levels && ept_table_has_only(s, w.slot[level]))
		level++;
	mem_write64(s->mem, w.slot[level], 0);
	for (unsigned l = w.level; l < level; l++)
		ept_table_free(s, ept_table_of(w.slot[l]));
	return EPT_OK;
}
