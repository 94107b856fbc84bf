/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

struct ept_mapping ept_mapping_of(const struct ept *ept, const struct ept_walk *w)
{
	uint64_t leaf = w->entry[w->level];
	/* Bit 61 of a large page is ignored: it is no sub-page permission. */
	uint64_t flags = w->level == 1 ? EPT_LEAF_FLAGS : EPT_LEAF_FLAGS & ~EPT_SPP;

	return (struct ept_mapping){
		.hpa = ept_walk_hpa(ept, w, gpa(0)),
		.level = w->level,
		.type = (leaf & EPT_TYPE) >> EPT_TYPE_SHIFT,
		.ipat = leaf & EPT_IPAT,
		.perm = leaf & ept->present,
		.flags = leaf & flags,
	};
}

enum ept_error ept_lookup(const struct ept_space *s, gpa_t gpa, struct ept_mapping *m, hpa_t *slot)
{
	struct ept_walk w;
	enum ept_error error = ept_find(s, gpa, &w);

	*m = error == EPT_OK ? ept_mapping_of(&s->ept, &w) : (struct ept_mapping){ 0 };
	if (slot)
		*slot = error == EPT_OK ? w.slot[w.level] : hpa(0);
	return error;
}
