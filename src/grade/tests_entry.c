/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One entry taken apart and put together. No machine is needed.
 */
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>
#include <stdio.h>

#define VALUES 64u

/* A mixture, of which no answer is 0 (so 0 is the skeleton's); then single bits,
 * which say the most when they fail; then more mixtures. */
static uint64_t value(struct exam *x, unsigned i)
{
	return i > 0 && i < 64 ? BIT(i) : random_next(&x->random) | 0x1010000000000010;
}

static bool call_entry(struct exam *x, enum function f, unsigned count, const uint64_t *a,
                       uint64_t expected, enum mistake m)
{
	static const char *const names[] = { "lab_entry_pa", "lab_entry_flags", "lab_entry_set_pa",
		                             "lab_entry_set_perm" };

	if (count == 1)
		snprintf(x->called, sizeof x->called, "%s(0x%" PRIx64 ")", names[f], a[0]);
	else
		snprintf(x->called, sizeof x->called, "%s(0x%" PRIx64 ", 0x%" PRIx64 ")", names[f],
		         a[0], a[1]);
	if (!exam_call(x, f, count, a))
		return false;
	if (x->result[0] == expected)
		return true;
	if (f == FN_entry_pa && x->result[0] == expected >> 12)
		m = MISTAKE_PFN_SHIFT;
	snprintf(x->called, sizeof x->called,
	         count == 1 ? "%s(0x%" PRIx64 ") -> 0x%" PRIx64
	                    : "%s(0x%" PRIx64 ", 0x%" PRIx64 ") -> 0x%" PRIx64,
	         names[f], a[0], count == 1 ? x->result[0] : a[1], x->result[0]);
	if (x->result[0] == 0 && a[0] & (a[0] - 1))
		m = MISTAKE_NOT_IMPLEMENTED;
	return exam_fail(x, m, "0x%" PRIx64, expected);
}

static void test_pa(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < 2 * VALUES; i++) {
		uint64_t v = value(x, i);

		if (!call_entry(x, FN_entry_pa, 1, &v, v & EPT_ADDRESS, MISTAKE_WRONG_RESULT))
			return;
	}
}

static void test_flags(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < 2 * VALUES; i++) {
		uint64_t v = value(x, i);

		if (!call_entry(x, FN_entry_flags, 1, &v, v & ~EPT_ADDRESS, MISTAKE_WRONG_RESULT))
			return;
	}
}

static void test_set_pa(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < VALUES; i++) {
		uint64_t a[2] = { value(x, 64), random_next(&x->random) & EPT_ADDRESS };

		if (!call_entry(x, FN_entry_set_pa, 2, a, (a[0] & ~EPT_ADDRESS) | a[1],
		                MISTAKE_WRONG_RESULT))
			return;
	}
}

static void test_set_perm(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned i = 0; i < VALUES; i++) {
		uint64_t a[2] = { value(x, 64), i % 8 };

		if (!call_entry(x, FN_entry_set_perm, 2, a, (a[0] & ~EPT_RWX) | a[1],
		                MISTAKE_WRONG_RESULT))
			return;
	}
}

const struct test tests_entry[] = {
	{ "entry.pa", ASPECT_INTERFACE, 2, NOT_OPTIONAL, "lab_entry_pa gives bits 51:12", test_pa },
	{ "entry.flags", ASPECT_INTERFACE, 2, NOT_OPTIONAL, "lab_entry_flags gives all other bits",
	  test_flags },
	{ "entry.set-pa", ASPECT_INTERFACE, 2, NOT_OPTIONAL,
	  "lab_entry_set_pa changes the address and nothing else", test_set_pa },
	{ "entry.set-perm", ASPECT_INTERFACE, 2, NOT_OPTIONAL,
	  "lab_entry_set_perm changes bits 2:0 and nothing else", test_set_perm },
	{ 0 },
};
