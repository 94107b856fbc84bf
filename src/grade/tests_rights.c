/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Rights of pages, and protect.
 */
#include "grade/suite.h"

#define RWX (LAB_R | LAB_W | LAB_X)

/* A page with few rights, then one with all in the same tables; and the other way. */
static void test_neighbours(struct exam *x)
{
	struct page few = { 0x600000, 0x11000, LAB_R, LAB_WB, 1 };
	struct page all = { 0x601000, 0x12000, RWX, LAB_WB, 1 };
	struct page less = { 0x602000, 0x13000, LAB_R | LAB_X, LAB_WB, 1 };

	if (exam_start(x, &BENCH_CONFIG) && must_map(x, &few) && must_map(x, &all) &&
	    must_map(x, &less) && must_translate(x, &few, 0) && must_translate(x, &all, 0))
		exam_end(x);
}

static void test_protect(struct exam *x)
{
	struct page p = { 0x600000, 0x11000, RWX, LAB_WT, 1 };
	struct page other = { 0x601000, 0x12000, RWX, LAB_WB, 1 };

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p) || !must_map(x, &other))
		return;
	for (unsigned perm = 1; perm <= RWX; perm++) {
		if (!call_protect(x, p.gpa + 0x123, perm) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
			return;
		p.perm = perm;
		if (!must_translate(x, &p, 0) || !must_translate(x, &other, 0))
			return;
	}
	if (!call_protect(x, p.gpa, 0) ||
	    !must_answer(x, LAB_BAD_PERMISSION, MISTAKE_NO_PERMISSION) ||
	    !must_translate(x, &p, 0) || !call_protect(x, p.gpa + 0x200000, LAB_R) ||
	    !must_answer(x, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT))
		return;
	exam_end(x);
}

static void test_protect_execute_only(struct exam *x)
{
	struct bench_config config = BENCH_CONFIG;
	struct page p = { 0x600000, 0x11000, RWX, LAB_WB, 1 };

	config.capabilities &= ~EPT_CAP_EXEC_ONLY;
	if (!exam_start(x, &config) || !must_map(x, &p))
		return;
	for (unsigned perm = LAB_W; perm <= LAB_X; perm *= 2) {
		p.perm = perm;
		if (!call_protect(x, p.gpa, perm) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !must_translate(x, &p, 0))
			return;
	}
	exam_end(x);
}

static void test_protect_large(struct exam *x)
{
	struct page p = { 0x40000000, 0x80000000, RWX, LAB_WB, 2 };

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p) ||
	    !call_protect(x, p.gpa + 0x5000, LAB_R) ||
	    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
		return;
	p.perm = LAB_R;
	if (must_translate(x, &p, 0x1fffff))
		exam_end(x);
}

const struct test tests_rights[] = {
	{ "rights.neighbours", ASPECT_INTERFACE, 4, NOT_OPTIONAL, "a page's rights are its own",
	  test_neighbours },
	{ "rights.protect", ASPECT_INTERFACE, 4, FN_protect,
	  "protect changes the rights and nothing else", test_protect },
	{ "rights.protect-legal", ASPECT_HARDWARE, 2, FN_protect, "protect makes no illegal entry",
	  test_protect_execute_only },
	{ "rights.protect-large", ASPECT_INTERFACE, 2, FN_protect, "protect of a large page",
	  test_protect_large },
	{ 0 },
};
