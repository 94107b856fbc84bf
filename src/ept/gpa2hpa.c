/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

enum ept_error gpa2hpa(const struct ept_space *s, gpa_t gpa, hpa_t *hpa)
{
	struct ept_walk w;
	enum ept_error error = ept_find(s, gpa, &w);

	hpa->v = error == EPT_OK ? ept_walk_hpa(&s->ept, &w, gpa).v : 0;
	return error;
}
