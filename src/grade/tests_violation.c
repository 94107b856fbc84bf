/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The violation handler: the guest runs, and the handler gives it memory.
 */
#include "grade/exam_guest.h"
#include "grade/suite.h"

#include <inttypes.h>
#include <stdio.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static hpa_t backing(gpa_t at)
{
	/* Guest memory from 1G to 2G, its pages in another order. */
	return hpa(at.v >> 30 == 1 ? 0x600000000 + (at.v ^ 0x15000) : 0);
}

static bool start(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return false;
	x->bench->backing = backing;
	return true;
}

static bool handle(struct exam *x, const struct fault *f, uint64_t gva, unsigned processor)
{
	uint64_t a[4] = { f->qualification, f->gpa.v, gva, processor };

	snprintf(x->called, sizeof x->called,
	         "lab_on_violation(qualification 0x%" PRIx64 ", gpa 0x%" PRIx64 ", gva 0x%" PRIx64
	         ", processor %u)",
	         a[0], a[1], a[2], processor);
	if (!exam_call(x, FN_on_violation, 4, a))
		return false;
	size_t used = __builtin_strlen(x->called);

	snprintf(x->called + used, sizeof x->called - used, " -> %s", exam_result_text(answer(x)));
	return true;
}

/* A first access to a page: a violation, the handler, and it goes on. */
static bool run(struct exam *x, uint64_t at, uint64_t gva, enum access_type type,
                unsigned processor)
{
	struct access a = { .gva = { at }, .size = 8, .type = (uint8_t)type };
	struct page due = { at & ~UINT64_C(0xfff), backing(gpa(at)).v & ~UINT64_C(0xfff), RWX,
		            LAB_WB, 1 };
	struct mmu *m = x->bench->processor[processor];
	struct translation t;
	struct fault f;

	if (mmu_translate(m, &a, &t) != OUTCOME_EPT_VIOLATION)
		return exam_fail(x, MISTAKE_WRONG_RESULT, "a violation at gpa 0x%" PRIx64, at);
	f = t.fault;
	if (!handle(x, &f, gva, processor) ||
	    !must_answer(x, LAB_OK, x->context ? x->context : MISTAKE_WRONG_RESULT))
		return false;
	if (mmu_translate(m, &a, &t) == OUTCOME_EPT_VIOLATION && t.fault.gpa.v == f.gpa.v &&
	    t.fault.qualification == f.qualification) {
		exam_fail(x, x->context == MISTAKE_BY_GVA ? x->context : MISTAKE_NO_PROGRESS,
		          "that the guest gets on once the handler answers LAB_OK");
		exam_hardware(x,
		              "the access is tried again: %s, qualification 0x%" PRIx64
		              ", gpa 0x%" PRIx64 ": the same as before",
		              outcome_text(OUTCOME_EPT_VIOLATION), f.qualification, f.gpa.v);
		return false;
	}
	return must_translate(x, &due, at & 0xfff);
}

static void test_backs(struct exam *x)
{
	static const enum access_type types[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };

	if (!start(x))
		return;
	for (unsigned i = 0; i < 6; i++) {
		uint64_t at = 0x40000000 + i * 0x201000 + 0x238;

		if (!run(x, at, at, types[i % 3], i % 2))
			return;
	}
	exam_end(x);
}

/* Two gvas of one gpa: neither looks like it. */
static void test_alias(struct exam *x)
{
	struct page due = { 0x40003000, 0, RWX, LAB_WB, 1 };

	if (!start(x))
		return;
	due.hpa = backing(gpa(due.gpa)).v;
	x->context = MISTAKE_BY_GVA;
	x->situation = "the guest maps the page at two gvas";
	if (!run(x, due.gpa + 8, 0x7fff00001008, ACCESS_WRITE, 0) || !must_translate(x, &due, 0) ||
	    !run(x, due.gpa + 0x5008, 0x40009008, ACCESS_READ, 1))
		return;
	exam_end(x);
}

/* No memory there: the handler must say so. */
static void test_outside(struct exam *x)
{
	struct access a = { .gva = { 0xc0000000 }, .size = 8 };
	struct translation t;

	if (!start(x) || !run(x, 0x40000000, 0x40000000, ACCESS_READ, 0))
		return;
	if (mmu_translate(x->bench->processor[0], &a, &t) != OUTCOME_EPT_VIOLATION ||
	    !handle(x, &t.fault, a.gva.v, 0))
		return;
	if (answer(x) == LAB_OK) {
		exam_fail(x, MISTAKE_NO_PROGRESS,
		          "any answer but LAB_OK: the guest has no memory there");
		exam_hardware(x, "the same violation comes again, and again");
		return;
	}
	if (must_not_translate(x, a.gva.v))
		exam_end(x);
}

static void test_flushes(struct exam *x)
{
	const struct bench_seen *s = &x->bench->seen;

	if (!start(x))
		return;
	for (unsigned i = 0; i < 8; i++)
		if (!run(x, 0x41000000 + i * 0x1000, 0x1000, ACCESS_READ, 0))
			return;
	if (s->invept[0] + s->invept[1])
		exam_warn(x, MISTAKE_FLUSHES,
		          "no INVEPT for 8 violations at pages that were not mapped; %u were "
		          "executed",
		          s->invept[0] + s->invept[1]);
	exam_end(x);
}

const struct test tests_violation[] = {
	{ "violation.backs", ASPECT_INTERFACE, 4, FN_on_violation,
	  "the handler maps what is missing", test_backs },
	{ "violation.alias", ASPECT_INTERFACE, 2, FN_on_violation, "the handler goes by the gpa",
	  test_alias },
	{ "violation.outside", ASPECT_INTERFACE, 2, FN_on_violation,
	  "the handler says where there is no memory", test_outside },
	{ "violation.flushes", ASPECT_HARDWARE, 1, FN_on_violation, "the handler flushes nothing",
	  test_flushes },
	{ 0 },
};
