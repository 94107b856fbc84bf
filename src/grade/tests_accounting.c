/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Frames: what is in new tables, and where tables go.
 */
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static struct page page_at(uint64_t gpa)
{
	return (struct page){ gpa, 0x70000, RWX, LAB_WB, 1 };
}

/* Around one page nothing else is mapped: each of its tables has one entry. */
static void test_zeroed(struct exam *x)
{
	struct page p = page_at(0x40201000);

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
		return;
	x->context = MISTAKE_NOT_ZEROED;
	for (unsigned bit = 12; bit < 39; bit++)
		if (!must_not_translate(x, p.gpa ^ BIT(bit)))
			return;
	x->context = MISTAKE_NONE;
	exam_end(x);
}

static bool frames_are(struct exam *x, unsigned due, enum mistake m)
{
	if (x->bench->used == due)
		return true;
	return exam_fail(x, m, "%u frames allocated, the root included; there are %u", due,
	                 x->bench->used);
}

static void test_given_back(struct exam *x)
{
	static const struct {
		uint64_t gpa;
		unsigned frames; /* with it and those before */
	} row[] = { { 0x1000, 4 },
		    { 0x2000, 4 },
		    { 0x200000, 5 },
		    { 0x40000000, 7 },
		    { 0x7f8000000000, 10 } };
	unsigned rows = sizeof row / sizeof *row;

	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < rows; i++) {
		struct page p = page_at(row[i].gpa);

		if (!must_map(x, &p) || !frames_are(x, row[i].frames, MISTAKE_FRAME_LEAK))
			return;
	}
	while (rows-- > 0) {
		if (!call_unmap(x, row[rows].gpa) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) ||
		    !must_not_translate(x, row[rows].gpa) ||
		    !frames_are(x, rows ? row[rows - 1].frames : 1, MISTAKE_EMPTY_KEPT))
			return;
	}
	exam_end(x);
}

/* A call that fails leaves every frame and every entry as they were. */
static void test_errors(struct exam *x)
{
	struct page p = page_at(0x40201000);
	struct exam *e = x;
	unsigned used;

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
		return;
	used = x->bench->used;
	if (!call_map(e, p.gpa, 0x9000, RWX, LAB_WB) ||
	    !must_answer(e, LAB_DUPLICATED, MISTAKE_OVERWRITE) ||
	    !frames_are(x, used, MISTAKE_FRAME_LEAK) || !call_unmap(e, p.gpa + BIT(39)) ||
	    !must_answer(e, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT) ||
	    !frames_are(x, used, MISTAKE_FRAME_LEAK) || !call_gpa2hpa(e, p.gpa + BIT(30)) ||
	    !must_answer(e, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT) ||
	    !frames_are(x, used, MISTAKE_FRAME_LEAK) || !must_translate(x, &p, 0))
		return;
	exam_end(x);
}

const struct test tests_accounting[] = {
	{ "accounting.zeroed", ASPECT_INTERFACE, 3, NOT_OPTIONAL, "new tables are empty",
	  test_zeroed },
	{ "accounting.given-back", ASPECT_INTERFACE, 4, NOT_OPTIONAL,
	  "tables that become empty are freed", test_given_back },
	{ "accounting.errors", ASPECT_INTERFACE, 2, NOT_OPTIONAL, "errors take no frames",
	  test_errors },
	{ 0 },
};
