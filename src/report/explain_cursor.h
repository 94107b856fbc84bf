/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Private to explain*.c: where in a walk the next reference belongs.
 */
#ifndef REPORT_EXPLAIN_CURSOR_H
#define REPORT_EXPLAIN_CURSOR_H

#include "report/explain.h"

#define GROUP_NONE (-1) /* no group yet, or one of its own */
#define GROUP_FLAGS (-2)
#define GROUP_TABLES (-3) /* without EPT: all guest entries */

struct cursor {
	struct explanation *e;
	struct explained_group *group;
	int key;
	bool page2, restarted;
	bool hlat; /* in HLAT paging */
	uint64_t gva;
	gpa_t table; /* where the next guest entry is */
	gpa_t data;
	const char *flag_word; /* whose entries get flags: "guest" or "HLAT" */
	unsigned number;
};

/* Whose tables are walked: "guest" or "HLAT". */
static inline const char *explain_guest_word(const struct cursor *c)
{
	return c->hlat ? "HLAT" : "guest";
}

/* Fills in name, marks, decision and number of x->ref, and moves the cursor to where the
 * entry leads. */
void explain_reference(struct cursor *c, struct explained_ref *x);

#endif
