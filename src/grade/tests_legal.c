/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a processor accepts: the EPT pointer, and every entry that was stored.
 */
#include "grade/image.h"
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>
#include <stdio.h>

#define RWX (LAB_R | LAB_W | LAB_X)

/* ---- EPT pointer ---- */

static bool ask_eptp(struct exam *x)
{
	snprintf(x->called, sizeof x->called, "lab_eptp()");
	if (!exam_call(x, FN_eptp, 0, NULL))
		return false;
	snprintf(x->called, sizeof x->called, "lab_eptp() -> 0x%" PRIx64, x->result[0]);
	return true;
}

static bool judge_eptp(struct exam *x)
{
	const struct bench_config *c = &x->bench->config;
	uint64_t due = x->bench->eptp, is = x->result[0];
	enum rule rule = is ? bench_enter(x->bench, is) : RULE_EPTP_WALK_LENGTH;

	bench_enter(x->bench, due);
	if (rule != RULE_NONE) {
		exam_fail(x, eptp_mistake(rule), "0x%" PRIx64, due);
		exam_hardware(x, "%s: %s (%s)", outcome_text(OUTCOME_ENTRY_FAIL), rule_text(rule),
		              rule_name(rule));
		return false;
	}
	if ((is ^ due) & EPTP_WALK)
		return exam_fail(x, MISTAKE_EPTP_WALK_LENGTH, "0x%" PRIx64 " for %u levels", due,
		                 c->levels);
	if ((is ^ due) & EPTP_ADDRESS)
		return exam_fail(x, MISTAKE_EPTP_RESERVED,
		                 "0x%" PRIx64 ": the root is at 0x%" PRIx64, due,
		                 due & EPTP_ADDRESS);
	if ((is ^ due) & EPTP_AD) {
		exam_fail(x, MISTAKE_EPTP_AD, "0x%" PRIx64 ": these flags are %swanted", due,
		          due & EPTP_AD ? "" : "not ");
		exam_hardware(x, "a write leaves bits 8 and 9 of every entry %s",
		              due & EPTP_AD ? "as they are" : "changed");
		return false;
	}
	if (!(is & EPTP_TYPE) && due & EPTP_TYPE) {
		exam_warn(x, MISTAKE_EPTP_UNCACHED, "0x%" PRIx64, due);
		exam_hardware(x, "it accepts this and reads each entry from memory");
	} else if ((is ^ due) & ~EPTP_TYPE) {
		return exam_fail(x, MISTAKE_EPTP_RESERVED, "0x%" PRIx64, due);
	}
	return true;
}

static void test_eptp(struct exam *x)
{
	static const struct {
		unsigned levels, maxphyaddr;
		bool accessed_dirty;
		uint64_t without; /* capabilities */
	} row[] = {
		{ 4, 46, false, 0 },         { 5, 46, false, 0 },          { 4, 46, true, 0 },
		{ 4, 36, true, EPT_CAP_AD }, { 4, 52, false, EPT_CAP_WB }, { 4, 39, true, 0 },
	};

	for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
		struct bench_config config = { EPT_CAP_EVERYTHING & ~row[i].without,
			                       row[i].maxphyaddr, row[i].levels,
			                       row[i].accessed_dirty, .hide_eptp = true };
		char situation[160];

		snprintf(situation, sizeof situation, "a %u-level EPT, A/D flags %swanted%s%s",
		         row[i].levels, row[i].accessed_dirty ? "" : "not ",
		         row[i].without & EPT_CAP_AD ? ", not supported" : "",
		         row[i].without & EPT_CAP_WB ? ", write-back not supported" : "");
		x->situation = situation;
		bool good = exam_start(x, &config) && ask_eptp(x) && judge_eptp(x);

		x->situation = NULL;
		if (!good)
			return;
	}
	exam_end(x);
}

/* ---- Entries ---- */

/* Each level shares its tables once and has its own once. */
static void test_tables(struct exam *x)
{
	static const uint64_t gpas[] = { 0,          0x1000,       0x200000,
		                         0x40000000, 0x8000000000, 0x7fc0c0e0f000 };

	for (unsigned levels = 4; levels <= 5; levels++) {
		struct bench_config config = BENCH_CONFIG;

		config.levels = levels;
		if (!exam_start(x, &config))
			return;
		for (unsigned i = 0; i < sizeof gpas / sizeof *gpas; i++)
			if (!must_map(x, &(struct page){ gpas[i], 0x7000 + i * 0x1000, RWX, LAB_WB,
			                                 1 }))
				return;
		if (!exam_end(x))
			return;
	}
}

static void test_types(struct exam *x)
{
	static const unsigned types[] = { LAB_WB, LAB_UC, LAB_WC, LAB_WT, LAB_WP };
	static const unsigned bad[] = { 2, 3, 7, 8 };

	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < 5; i++)
		if (!must_map(x,
		              &(struct page){ 0x1000 * i, 0x7000 + i * 0x1000, RWX, types[i], 1 }))
			return;
	for (unsigned i = 0; i < 4; i++)
		if (!call_map(x, 0x9000, 0x9000, RWX, bad[i]) ||
		    !must_answer(x, LAB_BAD_TYPE, MISTAKE_BAD_TYPE) ||
		    !must_not_translate(x, 0x9000))
			return;
	exam_end(x);
}

static void test_address_width(struct exam *x)
{
	static const unsigned widths[] = { 46, 36, 39, 52 };

	for (unsigned i = 0; i < 4; i++) {
		unsigned n = widths[i];
		struct bench_config config = BENCH_CONFIG;

		config.maxphyaddr = n;
		if (!exam_start(x, &config) ||
		    !must_map(x, &(struct page){ 0x5000, BIT(n) - 0x1000, RWX, LAB_WB, 1 }))
			return;
		for (unsigned bit = n; bit < 64; bit += bit < 52 ? 1 : 4)
			if (!call_map(x, 0x6000, BIT(bit) | 0x3000, RWX, LAB_WB) ||
			    !must_answer(x, LAB_BAD_ADDRESS, MISTAKE_ADDRESS_WIDTH) ||
			    !must_not_translate(x, 0x6000))
				return;
		if (!exam_end(x))
			return;
	}
}

/* A gpa that is too wide: what it would be an alias of is mapped. */
static void test_gpa_width(struct exam *x)
{
	struct page p = { 0x4000, 0x7000, RWX, LAB_WB, 1 };

	for (unsigned levels = 4; levels <= 5; levels++) {
		struct bench_config config = BENCH_CONFIG;

		config.levels = levels;
		if (!exam_start(x, &config) || !must_map(x, &p))
			return;
		for (unsigned bit = levels == 5 ? 57 : 48; bit < 64; bit += 3) {
			uint64_t wide = BIT(bit) | 0x6000;

			if (!call_map(x, wide, 0x8000, RWX, LAB_WB))
				return;
			if (answer(x) != LAB_BAD_ADDRESS) {
				exam_fail(x, MISTAKE_GPA_WIDTH, "LAB_BAD_ADDRESS");
				exam_hardware(x,
				              "an access to gpa 0x%" PRIx64
				              ": VM exit: EPT violation before "
				              "any entry is read: %s (%s)",
				              wide, rule_text(RULE_EPT_GPA_WIDTH),
				              rule_name(RULE_EPT_GPA_WIDTH));
				return;
			}
			if (!call_gpa2hpa(x, BIT(bit) | p.gpa) ||
			    !must_answer(x, LAB_BAD_ADDRESS, MISTAKE_GPA_WIDTH))
				return;
		}
		if (!exam_end(x))
			return;
	}
}

/* Every permission is asked for, on processors with and without execute-only. */
static void test_permissions(struct exam *x)
{
	for (unsigned i = 0; i < 2; i++) {
		struct bench_config config = BENCH_CONFIG;

		if (i)
			config.capabilities &= ~EPT_CAP_EXEC_ONLY;
		if (!exam_start(x, &config))
			return;
		x->situation = i ? "the processor lacks execute-only entries" : NULL;
		for (unsigned perm = RWX; perm > 0; perm--)
			if (!must_map(x, &(struct page){ 0x1000 * perm, 0x90000, perm, LAB_WB, 1 }))
				return;
		x->situation = NULL;
		if (!exam_end(x))
			return;
	}
}

#define LEGAL(id, points, title, run)                                 \
	{                                                             \
		id, ASPECT_HARDWARE, points, NOT_OPTIONAL, title, run \
	}

const struct test tests_legal[] = {
	{ "legal.eptp", ASPECT_HARDWARE, 5, FN_eptp, "a VM entry accepts the EPT pointer",
	  test_eptp },
	LEGAL("legal.tables", 5, "entries that reference tables are well-formed", test_tables),
	LEGAL("legal.permissions", 4, "no entry has W or X alone where that is not legal",
	      test_permissions),
	LEGAL("legal.memory-types", 3, "memory types are legal ones", test_types),
	LEGAL("legal.address-width", 4, "addresses fit MAXPHYADDR", test_address_width),
	LEGAL("legal.gpa-width", 2, "gpas fit the EPT", test_gpa_width),
	{ 0 },
};
