/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

#include <eptsim/state.h>

enum ept_error ept_space_create(struct ept_space *s, const struct mem *mem,
                                struct ept_frames frames, unsigned levels, bool ad, uint64_t cap,
                                unsigned maxphyaddr, uint64_t *eptp)
{
	uint64_t fields =
		MEMORY_WB | (ad ? EPTP_AD : 0) | (uint64_t)(levels - 1) << EPTP_WALK_SHIFT;
	hpa_t root;

	*eptp = 0;
	*s = (struct ept_space){ .mem = mem, .frames = frames };
	if (maxphyaddr < MAXPHYADDR_MIN || maxphyaddr > MAXPHYADDR_MAX)
		return EPT_BAD_ADDRESS;
	if (levels != 4 && levels != 5)
		return EPT_BAD_SIZE;
	if (ept_init(&s->ept, fields, cap, maxphyaddr, false, false) != RULE_NONE)
		return EPT_BAD_SIZE;
	if (!ept_table_alloc(s, &root))
		return EPT_NO_FRAME;
	ept_table_clear(s, root);
	s->ept.root = root;
	*eptp = root.v | fields;
	return EPT_OK;
}

/* Goes through the address space and frees each table when the last address
 * below it is done, so that no walk meets a table that was freed. */
void ept_space_destroy(struct ept_space *s)
{
	unsigned top = s->ept.levels;
	uint64_t address = 0;

	while (address < ept_size(top + 1)) {
		struct ept_walk w;

		ept_walk(&s->ept, s->mem, gpa(address), &w);
		/* All of a lowest table is pages: nothing to look for in the rest of it. */
		address += ept_size(w.level == 1 ? 2 : w.level);
		for (unsigned l = w.level; l < top && address % ept_size(l + 1) == 0; l++)
			ept_table_free(s, ept_table_of(w.slot[l]));
	}
	ept_table_free(s, s->ept.root);
}
