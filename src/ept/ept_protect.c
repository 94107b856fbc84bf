/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

enum ept_error ept_protect(struct ept_space *s, gpa_t gpa, uint64_t perm)
{
	struct ept_walk w;
	enum ept_error error = ept_find(s, gpa, &w);

	if (error != EPT_OK)
		return error;
	if (!ept_perm_legal(&s->ept, w.level, w.entry[w.level], perm))
		return EPT_BAD_PERMISSION;
	mem_write64(s->mem, w.slot[w.level], ept_entry_set_perm(w.entry[w.level], perm));
	return EPT_OK;
}
