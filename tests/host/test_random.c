/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/random.h"

#include "suite.h"

/* The first outputs of the authors' splitmix64.c with state 0, published in
 * many places. */
START_TEST(splitmix_reference)
{
	const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);

	ck_assert_uint_eq(random_mix(0), UINT64_C(0xe220a8397b1dcdaf));
	ck_assert_uint_eq(random_mix(step), UINT64_C(0x6e789e6aa1b965f4));
	ck_assert_uint_eq(random_mix(2 * step), UINT64_C(0x06c45d188009454f));
}
END_TEST

/* The authors' xoshiro256starstar.c with state 1, 2, 3, 4. */
START_TEST(xoshiro_reference)
{
	static const uint64_t expected[] = {
		11520,
		0,
		1509978240,
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
	};
	struct random r = { { 1, 2, 3, 4 } };

	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(random_next(&r), expected[i]);
}
END_TEST

START_TEST(seeds_decide)
{
	struct random a, b, c;

	random_seed(&a, 5);
	random_seed(&b, 5);
	random_seed(&c, 6);
	for (int i = 0; i < 100; i++) {
		uint64_t value = random_next(&a);

		ck_assert_uint_eq(value, random_next(&b));
		ck_assert_uint_ne(value, random_next(&c));
	}
}
END_TEST

/* Each of 7 values comes about equally often; 7 divides no power of two. */
START_TEST(below_is_even)
{
	enum { BOUND = 7, DRAWS = 700000 };
	unsigned seen[BOUND] = { 0 };
	struct random r;

	random_seed(&r, 1);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t value = random_below(&r, BOUND);

		ck_assert_uint_lt(value, BOUND);
		seen[value]++;
	}
	for (int i = 0; i < BOUND; i++)
		ck_assert_uint_lt((unsigned)abs((int)seen[i] - DRAWS / BOUND), 2000);
	ck_assert_uint_eq(random_below(&r, 0), 0);
	ck_assert_uint_eq(random_below(&r, 1), 0);
}
END_TEST

/* Three quarters of 2^64: without the second draw the lower third of the
 * results would come twice as often as the others. */
START_TEST(below_rejects)
{
	const uint64_t bound = UINT64_C(3) << 62;
	unsigned third[3] = { 0 };
	struct random r;

	random_seed(&r, 2);
	for (int i = 0; i < 300000; i++)
		third[random_below(&r, bound) >> 62]++;
	for (int i = 0; i < 3; i++)
		ck_assert_uint_lt((unsigned)abs((int)third[i] - 100000), 2000);
	/* In the whole range, values that only three quarters can miss. */
	unsigned residue[3] = { 0 };
	for (int i = 0; i < 300000; i++)
		residue[random_below(&r, bound) % 3]++;
	for (int i = 0; i < 3; i++)
		ck_assert_uint_lt((unsigned)abs((int)residue[i] - 100000), 2000);
}
END_TEST

START_TEST(double_in_range)
{
	struct random r;
	double sum = 0;

	random_seed(&r, 3);
	for (int i = 0; i < 100000; i++) {
		double value = random_double(&r);

		check_true(value >= 0 && value < 1);
		sum += value;
	}
	check_true(sum > 49000 && sum < 51000);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("random");

	tcase_add_test(tests, splitmix_reference);
	tcase_add_test(tests, xoshiro_reference);
	tcase_add_test(tests, seeds_decide);
	tcase_add_test(tests, below_is_even);
	tcase_add_test(tests, below_rejects);
	tcase_add_test(tests, double_in_range);
	return run_suite("random", tests);
}
