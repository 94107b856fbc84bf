/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/permutation.h"

#include "suite.h"

#include <stdbool.h>

/* Every number comes once, and the way back is the way back. */
static void check_exact(uint64_t count, uint64_t seed)
{
	struct permutation p;
	bool *seen = calloc(count, sizeof(*seen));

	ck_assert_ptr_nonnull(seen);
	permutation_init(&p, count, seed);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t value = permutation_at(&p, i);

		check_true(value < count);
		check_true(!seen[value]);
		seen[value] = true;
		check_true(permutation_index(&p, value) == i);
	}
	free(seen);
}

START_TEST(exact)
{
	for (uint64_t count = 1; count <= 300; count++)
		check_exact(count, count);
	check_exact(4095, 1);
	check_exact(4096, 1);
	check_exact(4097, 1);
	check_exact(100003, 9);
}
END_TEST

START_TEST(large_counts)
{
	static const uint64_t counts[] = { UINT64_C(1) << 40, (UINT64_C(1) << 62) - 5,
		                           UINT64_C(1) << 62 };

	for (int c = 0; c < 3; c++) {
		struct permutation p;

		permutation_init(&p, counts[c], 77);
		for (uint64_t i = 0; i < 1000; i++) {
			uint64_t value = permutation_at(&p, i);

			ck_assert_uint_lt(value, counts[c]);
			ck_assert_uint_eq(permutation_index(&p, value), i);
		}
	}
}
END_TEST

/* Neighbours end far apart, and another seed gives another order. */
START_TEST(looks_random)
{
	enum { COUNT = 1 << 16 };
	struct permutation p, q;
	unsigned near = 0, same = 0, upper = 0;

	permutation_init(&p, COUNT, 1);
	permutation_init(&q, COUNT, 2);
	for (uint64_t i = 1; i < COUNT; i++) {
		uint64_t a = permutation_at(&p, i - 1), b = permutation_at(&p, i);

		near += (a > b ? a - b : b - a) < 16;
		same += b == permutation_at(&q, i);
		upper += i < COUNT / 2 && b >= COUNT / 2;
	}
	ck_assert_uint_lt(near, 100); /* 31 expected */
	ck_assert_uint_lt(same, 20);  /* 1 expected */
	check_true(upper > COUNT / 4 - 1000 && upper < COUNT / 4 + 1000);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("permutation");

	tcase_add_test(tests, exact);
	tcase_add_test(tests, large_counts);
	tcase_add_test(tests, looks_random);
	return run_suite("permutation", tests);
}
