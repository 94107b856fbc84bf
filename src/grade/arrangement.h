/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Arrangements of guest and EPT on which lab_translate is compared with the
 * simulator's own processor: the same memory, the same access, every field of the
 * event and every flag.
 */
#ifndef GRADE_ARRANGEMENT_H
#define GRADE_ARRANGEMENT_H

#include "grade/exam.h"

/* One access on one arrangement. Not given: everything is allowed. */
struct arrangement {
	const char *what;
	unsigned type, user;
	uint64_t leaf;   /* guest flags of the page; 0: USER */
	unsigned page;   /* EPT rights of the page; 0: RWX */
	unsigned tables; /* EPT rights of the guest's tables; 0: read and write */
	unsigned cut;    /* the guest entry of this level is not present */
	unsigned lost;   /* the EPT lacks the table that holds the entry of this level */
	bool no_page;    /* the EPT lacks the page */
	bool upper;      /* the EPT entry above the page's withholds W */
	bool flags_set, ad;
	unsigned offset, size;
	int second; /* the second page: 0 as the first, 1 not in the guest, 2 not in the EPT,
	               3 read-only in the guest, 4 read-only in the EPT */
};

/* Each in a machine of its own. `m` is the mistake that shows where the events differ. */
void exam_arrangements(struct exam *x, enum mistake m, const struct arrangement *a, size_t count);

#endif
