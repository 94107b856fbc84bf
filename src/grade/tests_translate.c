/* SPDX-License-Identifier: BSD-2-Clause
 *
 * lab_translate: the arrangements that are compared.
 */
#include "grade/arrangement.h"
#include "grade/suite.h"

#include "base/bits.h"
#include "mmu/regime.h" /* the format of guest entries */

#define USER (PTE_P | PTE_RW | PTE_US)

#define ALL(x, m, a) exam_arrangements(x, m, a, sizeof(a) / sizeof *(a))

static void test_done(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "everything is allowed", .type = LAB_READ },
		{ .what = "everything is allowed", .type = LAB_WRITE, .user = 1, .offset = 0xff8 },
		{ .what = "everything is allowed", .type = LAB_FETCH, .flags_set = true },
	};

	ALL(x, MISTAKE_WRONG_RESULT, a);
}

static void test_page_faults(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the guest's PTE is not present",
		  .type = LAB_READ,
		  .cut = 1,
		  .offset = 0x123 },
		{ .what = "the guest's PDE is not present",
		  .type = LAB_WRITE,
		  .user = 1,
		  .cut = 2 },
		{ .what = "the guest's PML4E is not present", .type = LAB_FETCH, .cut = 4 },
		{ .what = "a user access to a supervisor's page",
		  .user = 1,
		  .leaf = PTE_P | PTE_RW },
		{ .what = "a write to a read-only page",
		  .type = LAB_WRITE,
		  .leaf = PTE_P | PTE_US },
		{ .what = "a user's write to a supervisor's read-only page",
		  .type = LAB_WRITE,
		  .user = 1,
		  .leaf = PTE_P },
		{ .what = "a fetch from a page with XD",
		  .type = LAB_FETCH,
		  .user = 1,
		  .leaf = USER | PTE_XD },
		{ .what = "a reserved bit in the guest's PTE",
		  .type = LAB_WRITE,
		  .leaf = USER | BIT(50) },
	};

	ALL(x, MISTAKE_PAGE_FAULT, a);
}

static void test_order(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the guest forbids the write, and the EPT lacks the page",
		  .type = LAB_WRITE,
		  .leaf = PTE_P | PTE_US,
		  .no_page = true },
		{ .what = "the EPT lacks the guest's page table, whose PTE is not present",
		  .lost = 1,
		  .cut = 1 },
		{ .what = "the guest's PDE is not present, and the EPT lacks the page",
		  .cut = 2,
		  .no_page = true },
		{ .what = "the EPT lacks the page directory, and the page is read-only",
		  .type = LAB_WRITE,
		  .leaf = PTE_P,
		  .lost = 2 },
	};

	ALL(x, MISTAKE_FAULT_ORDER, a);
}

static void test_qualification(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the EPT lacks the page", .no_page = true, .offset = 0x678 },
		{ .what = "the EPT page is read-only",
		  .type = LAB_WRITE,
		  .page = LAB_R,
		  .offset = 0x18 },
		{ .what = "the EPT page is not executable",
		  .type = LAB_FETCH,
		  .page = LAB_R | LAB_W },
		{ .what = "the EPT page is execute-only", .type = LAB_READ, .page = LAB_X },
		{ .what = "the EPT entry above the page's lacks W",
		  .type = LAB_WRITE,
		  .upper = true },
		{ .what = "the EPT lacks the guest's page table", .type = LAB_WRITE, .lost = 1 },
		{ .what = "the EPT lacks the guest's top table",
		  .type = LAB_FETCH,
		  .lost = 4,
		  .user = 1 },
	};

	ALL(x, MISTAKE_QUALIFICATION, a);
}

static void test_structures(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the guest's tables are read-only in the EPT, their flags set already",
		  .type = LAB_READ,
		  .tables = LAB_R,
		  .flags_set = true,
		  .ad = true },
		{ .what = "everything is allowed, the guest's flags are set already",
		  .flags_set = true,
		  .ad = true },
	};

	ALL(x, MISTAKE_STRUCTURE_WRITE, a);
}

static void test_flags(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "a first read", .type = LAB_READ, .ad = true },
		{ .what = "a first write", .type = LAB_WRITE, .ad = true },
		{ .what = "a first read, EPT flags off", .type = LAB_READ },
		{ .what = "a first write, EPT flags off", .type = LAB_WRITE },
		{ .what = "a read that ends in a page fault", .cut = 1, .ad = true },
		{ .what = "a write that ends in an EPT violation",
		  .type = LAB_WRITE,
		  .page = LAB_R,
		  .ad = true },
	};

	ALL(x, MISTAKE_EPT_FLAGS, a);
}

static void test_flag_write(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the guest's tables are read-only in the EPT, their flags set already",
		  .type = LAB_WRITE,
		  .tables = LAB_R,
		  .flags_set = true },
		{ .what = "the guest's tables are read-only in the EPT, their flags clear",
		  .type = LAB_READ,
		  .tables = LAB_R },
	};

	ALL(x, MISTAKE_FLAG_WRITE, a);
}

static void test_crossing(struct exam *x)
{
	static const struct arrangement a[] = {
		{ .what = "the access crosses a page", .offset = 0xffc, .type = LAB_WRITE },
		{ .what = "the access crosses into a page that the guest lacks",
		  .offset = 0xffc,
		  .second = 1 },
		{ .what = "the access crosses into a page that the EPT lacks",
		  .offset = 0xffa,
		  .second = 2 },
		{ .what = "the write crosses into a page that is read-only for the guest",
		  .offset = 0xfff,
		  .type = LAB_WRITE,
		  .second = 3,
		  .user = 1 },
		{ .what = "the write crosses into a page that is read-only in the EPT",
		  .offset = 0xffd,
		  .type = LAB_WRITE,
		  .second = 4,
		  .ad = true },
	};

	ALL(x, MISTAKE_CROSSING, a);
}

#define TRANSLATE(id, points, title, run)                              \
	{                                                              \
		id, ASPECT_INTERFACE, points, FN_translate, title, run \
	}

const struct test tests_translate[] = {
	TRANSLATE("translate.done", 3, "an access that succeeds", test_done),
	TRANSLATE("translate.page-faults", 4, "page faults, error code and CR2", test_page_faults),
	TRANSLATE("translate.order", 3, "which of two events comes first", test_order),
	TRANSLATE("translate.qualification", 4, "EPT violations and their qualification",
	          test_qualification),
	TRANSLATE("translate.structures", 2, "accesses to guest tables with EPT A/D on",
	          test_structures),
	TRANSLATE("translate.flags", 3, "accessed and dirty flags", test_flags),
	TRANSLATE("translate.flag-write", 2, "setting a guest's flag is a write", test_flag_write),
	TRANSLATE("translate.crossing", 3, "accesses that cross a page", test_crossing),
	{ 0 },
};
