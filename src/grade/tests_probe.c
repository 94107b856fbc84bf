/* SPDX-License-Identifier: BSD-2-Clause
 *
 * gpa2hpa and gva2hpa.
 */
#include "grade/exam_guest.h"
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static const struct page first = { 0x123456789000, 0x2468ac000, RWX, LAB_WB, 1 };

static bool leads_to(struct exam *x, uint64_t hpa, enum mistake m)
{
	if (!must_answer(x, LAB_OK, m))
		return false;
	if (x->result[1] == hpa)
		return true;
	return exam_fail(x, m, "hpa 0x%" PRIx64 "; *hpa is 0x%" PRIx64, hpa, x->result[1]);
}

static bool leads_nowhere(struct exam *x, enum mistake m)
{
	if (!must_answer(x, LAB_NOT_EXIST, m))
		return false;
	if (x->result[1] == 0)
		return true;
	return exam_fail(x, MISTAKE_OUTPUT_UNSET, "*hpa 0 after an error");
}

/* ---- gpa2hpa ---- */

static void test_gpa2hpa(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	for (unsigned bit = 0; bit < 12; bit++)
		if (!call_gpa2hpa(x, first.gpa + BIT(bit)) ||
		    !leads_to(x, first.hpa + BIT(bit), MISTAKE_OFFSET_LOST))
			return;
	for (unsigned bit = 12; bit < 48; bit += 9)
		if (!call_gpa2hpa(x, first.gpa ^ BIT(bit)) ||
		    !leads_nowhere(x, MISTAKE_WRONG_RESULT))
			return;
	exam_end(x);
}

static void test_gpa2hpa_large(struct exam *x)
{
	static const struct page page[2] = { { 0x80000000, 0x140000000, RWX, LAB_WB, 3 },
		                             { 0x1fee00000, 0x2cc00000, RWX, LAB_WB, 2 } };

	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < 2; i++) {
		if (!must_map(x, &page[i]))
			return;
		for (unsigned bit = 0; bit < 12 + 9 * (page[i].level - 1); bit++)
			if (!call_gpa2hpa(x, page[i].gpa + BIT(bit)) ||
			    !leads_to(x, page[i].hpa + BIT(bit), MISTAKE_OFFSET_LOST))
				return;
	}
	exam_end(x);
}

/* ---- gva2hpa ---- */

/* A guest whose tables lie where no gpa equals its hpa. */
static bool start_guest(struct exam *x, struct exam_guest *g)
{
	return exam_start(x, &BENCH_CONFIG) && exam_guest_make(x, g, LAB_R | LAB_W);
}

static const uint64_t gvas[] = { 0x00005a7c3b2e1000, 0x00007fffffffe000, 0x1000 };

#define GVAS (sizeof gvas / sizeof *gvas)

static void test_gva2hpa(struct exam *x)
{
	struct exam_guest g;

	if (!start_guest(x, &g))
		return;
	for (unsigned i = 0; i < GVAS; i++) {
		uint64_t at = 0x40000000 + i * 0x7000;
		struct page p = { at, 0x90000000 + i * 0x3000, RWX, LAB_WB, 1 };

		exam_guest_map(x, &g, gvas[i], at, 1, PTE_P | PTE_RW | PTE_US);
		/* Where a gpa is taken for an hpa there is memory, but no entry. */
		if (!must_map(x, &p) || !call_gva2hpa(x, g.cr3, gvas[i] + 0x678) ||
		    !leads_to(x, p.hpa + 0x678,
		              answer(x) == LAB_NOT_EXIST ? MISTAKE_GUEST_AS_HPA
		                                         : MISTAKE_WRONG_RESULT))
			return;
	}
	exam_end(x);
}

static void test_gva2hpa_cr3(struct exam *x)
{
	static const uint64_t bits[] = { 0x18, 0xfff, 0x001 };
	struct page p = { 0x40000000, 0x90000000, RWX, LAB_WB, 1 };
	struct exam_guest g;

	if (!start_guest(x, &g))
		return;
	exam_guest_map(x, &g, gvas[0], p.gpa, 1, PTE_P | PTE_RW | PTE_US);
	if (!must_map(x, &p) || !call_gva2hpa(x, g.cr3, gvas[0]) ||
	    !leads_to(x, p.hpa, MISTAKE_WRONG_RESULT))
		return;
	for (unsigned i = 0; i < 3; i++)
		if (!call_gva2hpa(x, g.cr3 | bits[i], gvas[0] + 8) ||
		    !leads_to(x, p.hpa + 8, MISTAKE_CR3_BITS))
			return;
	exam_end(x);
}

static void test_gva2hpa_large(struct exam *x)
{
	struct exam_guest g;

	if (!start_guest(x, &g))
		return;
	for (unsigned level = 2; level <= 3; level++) {
		uint64_t size = BIT(12 + 9 * (level - 1)), at = 4 * size,
			 gva = 7 * size + level * BIT(39);
		uint64_t offset = 0x5000 + (size >> 1);
		struct page p = { at + offset, 0xa0000000 + level * 0x1000, RWX, LAB_WB, 1 };

		/* Bit 12 of such an entry is PAT, no address. */
		exam_guest_map(x, &g, gva, at | (level == 3 ? BIT(12) : 0), level,
		               PTE_P | PTE_RW | PTE_US | PTE_PS);
		if (!must_map(x, &p) || !call_gva2hpa(x, g.cr3, gva + offset + 0x9a) ||
		    !leads_to(x, p.hpa + 0x9a, MISTAKE_GUEST_LARGE))
			return;
	}
	exam_end(x);
}

/* Not present at each level of the guest, and then of the EPT. */
static void test_gva2hpa_errors(struct exam *x)
{
	struct page p = { 0x40000000, 0x90000000, RWX, LAB_WB, 1 };
	struct exam_guest g;

	if (!start_guest(x, &g))
		return;
	exam_guest_map(x, &g, gvas[0], p.gpa, 1, PTE_P | PTE_RW);
	exam_guest_map(x, &g, gvas[0] + 0x1000, p.gpa + 0x1000, 1, PTE_P | PTE_RW);
	if (!must_map(x, &p) || !call_gva2hpa(x, g.cr3, gvas[0]) ||
	    !leads_to(x, p.hpa, MISTAKE_WRONG_RESULT))
		return;
	for (unsigned bit = 13; bit < 48; bit += 9)
		if (!call_gva2hpa(x, g.cr3, gvas[0] ^ BIT(bit)) ||
		    !leads_nowhere(x, MISTAKE_WRONG_RESULT))
			return;
	if (!call_gva2hpa(x, g.cr3, gvas[0] + 0x1000) || !leads_nowhere(x, MISTAKE_WRONG_RESULT))
		return;
	exam_end(x);
}

#define PROBE(id, points, title, run)                                  \
	{                                                              \
		id, ASPECT_INTERFACE, points, NOT_OPTIONAL, title, run \
	}

const struct test tests_probe[] = {
	PROBE("probe.gpa2hpa", 4, "gpa2hpa of a 4K page", test_gpa2hpa),
	{ "probe.gpa2hpa-large", ASPECT_INTERFACE, 3, FN_map_large, "gpa2hpa of large pages",
	  test_gpa2hpa_large },
	PROBE("probe.gva2hpa", 5, "gva2hpa goes through the guest's tables", test_gva2hpa),
	PROBE("probe.gva2hpa-cr3", 2, "the low bits of CR3 are no address", test_gva2hpa_cr3),
	PROBE("probe.gva2hpa-large", 3, "gva2hpa of the guest's large pages", test_gva2hpa_large),
	PROBE("probe.gva2hpa-errors", 3, "gva2hpa of what is not there", test_gva2hpa_errors),
	{ 0 },
};
