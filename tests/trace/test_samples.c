/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The samples of traces/ are what their README says. Runs in the project's
 * top directory.
 */
#include "trace_test.h"

static struct reading reading;

static const struct {
	const char *path, *format, *compression;
	uint64_t records, directives;
	const char *failed;
} samples[] = {
	{ "traces/busybox-sort.lackey.xz", "lackey", "xz", 2619244, 0, "" },
	{ "traces/directives.eptrace", "eptrace", "none", 28, 20, "" },
	{ "traces/two-spaces.eptrace", "eptrace", "none", 17, 7, "" },
	{ "traces/malformed.eptrace", "eptrace", "none", 3, 0,
	  "traces/malformed.eptrace:6: expected a size in bytes, 1 to 4096, found nothing more" },
};

START_TEST(samples_read)
{
	struct trace_options strict = { .strict = true };

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct trace_error error;
		struct trace *t = trace_open(samples[i].path, &strict, &error);

		read_all(&reading, t, &error);
		ck_assert_str_eq(reading.failed.message, samples[i].failed);
		ck_assert_str_eq(reading.format, samples[i].format);
		ck_assert_str_eq(reading.compression, samples[i].compression);
		ck_assert_uint_eq(reading.count, samples[i].records);
		ck_assert_uint_eq(reading.counts.directives, samples[i].directives);
		ck_assert_uint_eq(reading.counts.foreign, 0);
	}
}
END_TEST

/* One of each, by operation. */
START_TEST(operations)
{
	static const uint64_t busybox[ACCESS_TYPES] = { 435371, 279425, 3913, 1900535 };
	static struct trace_record records[1024];
	uint64_t counts[TRACE_OPS] = { 0 };
	struct trace_error error;
	struct trace *t = trace_open(samples[0].path, NULL, &error);
	size_t n;

	ck_assert_ptr_nonnull(t);
	while ((n = trace_next_block(t, records, 1024)) > 0)
		for (size_t i = 0; i < n; i++)
			counts[records[i].op]++;
	trace_close(t);
	ck_assert_mem_eq(counts, busybox, sizeof busybox);

	t = trace_open(samples[1].path, NULL, &error);
	ck_assert_ptr_nonnull(t);
	n = trace_next_block(t, records, 1024);
	trace_close(t);
	memset(counts, 0, sizeof counts);
	for (size_t i = 0; i < n; i++)
		counts[records[i].op]++;
	for (unsigned op = 0; op < TRACE_OPS; op++)
		ck_assert_msg(counts[op] > 0, "%s is missing", trace_op_name(op));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { samples_read, operations };

	return run_tests("trace/samples", tests, sizeof tests / sizeof *tests);
}
