/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

enum ept_error ept_find(const struct ept_space *s, gpa_t gpa, struct ept_walk *w)
{
	if (ept_gpa_too_wide(&s->ept, gpa))
		return EPT_BAD_ADDRESS;
	ept_walk(&s->ept, s->mem, gpa, w);
	return w->end == WALK_PAGE ? EPT_OK : EPT_NOT_EXIST;
}
