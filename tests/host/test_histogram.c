/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/histogram.h"

#include "suite.h"

/* Every value lies in the bucket whose bounds enclose it, and buckets follow
 * one another without a gap. */
START_TEST(buckets_tile_the_numbers)
{
	uint64_t low = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t high = histogram_bound(NULL, 0, i);

		check_true(high >= low);
		check_true(histogram_bucket(low) == i);
		check_true(histogram_bucket(high) == i);
		check_true(histogram_bucket(low + (high - low) / 2) == i);
		/* Right to one part in 32. */
		if (i < HISTOGRAM_BUCKETS - 1)
			check_true(high - low <= low / 32);
		low = high + 1;
	}
	ck_assert_uint_eq(low, 0); /* past UINT64_MAX */
	ck_assert_uint_eq(histogram_bucket(63), 63);
	ck_assert_uint_eq(histogram_bucket(64), 64);
	ck_assert_uint_eq(histogram_bucket(65), 64);
	ck_assert_uint_eq(histogram_bucket(UINT64_C(1) << 40), HISTOGRAM_BUCKETS - 1);
}
END_TEST

START_TEST(percentiles)
{
	struct histogram h = { 0 };

	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 500), 0);
	for (uint64_t v = 1; v <= 50; v++)
		histogram_add(&h, v);
	ck_assert_uint_eq(h.count, 50);
	ck_assert_uint_eq(h.sum, 1275);
	ck_assert_uint_eq(h.min, 1);
	ck_assert_uint_eq(h.max, 50);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 0), 1);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 500), 25);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 900), 45);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 990), 50);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 1000), 50);
	/* Never above the maximum: 1000 is in the bucket 992..1007. */
	histogram_add(&h, 1000);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 1000), 1000);
	histogram_add(&h, UINT64_MAX);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 1000), UINT64_MAX);
	ck_assert_uint_eq(histogram_percentile(&h, NULL, 0, 970), 1000 + 7);
}
END_TEST

START_TEST(given_bounds)
{
	static const uint64_t bounds[] = { 10, 20, 30 };
	static const uint64_t values[] = { 0, 10, 11, 20, 29, 30, 31, UINT64_MAX };
	static const uint64_t expected[] = { 2, 2, 2, 2 };
	struct histogram h = { 0 };

	for (unsigned i = 0; i < 8; i++)
		histogram_add_bounded(&h, bounds, 3, values[i]);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(h.bucket[i], expected[i]);
	ck_assert_uint_eq(histogram_percentile(&h, bounds, 3, 250), 10);
	ck_assert_uint_eq(histogram_percentile(&h, bounds, 3, 251), 20);
	ck_assert_uint_eq(histogram_bound(bounds, 3, 3), UINT64_MAX);
}
END_TEST

START_TEST(merging_is_adding)
{
	struct histogram a = { 0 }, b = { 0 }, both = { 0 }, other;

	for (uint64_t v = 5; v < 100000; v = v * 5 / 3) {
		histogram_add(v % 2 ? &a : &b, v);
		histogram_add(&both, v);
	}
	other = b;
	histogram_merge(&other, &a);
	ck_assert_mem_eq(&other, &both, sizeof(other));
	histogram_merge(&a, &b);
	ck_assert_mem_eq(&a, &both, sizeof(a));
	histogram_merge(&a, &(struct histogram){ 0 });
	ck_assert_mem_eq(&a, &both, sizeof(a));
	b = (struct histogram){ 0 };
	histogram_merge(&b, &both);
	ck_assert_mem_eq(&b, &both, sizeof(b));
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("histogram");

	tcase_add_test(tests, buckets_tile_the_numbers);
	tcase_add_test(tests, percentiles);
	tcase_add_test(tests, given_bounds);
	tcase_add_test(tests, merging_is_adding);
	return run_suite("histogram", tests);
}
