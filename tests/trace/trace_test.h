/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the tests of src/trace share: a whole trace, read at once.
 */
#ifndef EPTSIM_TESTS_TRACE_TEST_H
#define EPTSIM_TESTS_TRACE_TEST_H

#include "trace/trace.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 4096

struct reading {
	struct trace_record records[RECORDS_MAX];
	size_t count; /* of records; those beyond RECORDS_MAX are counted only */
	struct trace_counts counts;
	struct trace_error failed;    /* also of a failed open; kind 0: none */
	struct trace_error tolerated; /* kind 0: none */
	char format[32], compression[32];
};

/* Read `t` (NULL: it could not be opened) to its end, and close it. */
static inline void read_all(struct reading *r, struct trace *t, const struct trace_error *error)
{
	struct trace_record block[TRACE_BLOCK_MIN + 3];
	size_t n;

	memset(r, 0, sizeof *r);
	if (!t) {
		ck_assert_uint_ne(error->kind, TRACE_ERROR_NONE);
		r->failed = *error;
		return;
	}
	while ((n = trace_next_block(t, block, TRACE_BLOCK_MIN + 3)) > 0) {
		for (size_t i = 0; i < n; i++, r->count++)
			if (r->count < RECORDS_MAX)
				r->records[r->count] = block[i];
	}
	ck_assert_uint_eq(trace_next_block(t, block, TRACE_BLOCK_MIN), 0);
	r->counts = trace_counts(t);
	ck_assert_uint_eq(r->counts.records, r->count);
	if (trace_failed(t))
		r->failed = *trace_failed(t);
	if (trace_tolerated(t))
		r->tolerated = *trace_tolerated(t);
	snprintf(r->format, sizeof r->format, "%s", trace_format_name(trace_format(t)));
	snprintf(r->compression, sizeof r->compression, "%s", trace_compression(t));
	trace_close(t);
}

static inline void read_memory(struct reading *r, const void *bytes, size_t size,
                               const struct trace_options *options)
{
	struct trace_error error;
	struct trace *t = trace_open_memory(bytes, size, "t", options, &error);

	read_all(r, t, &error);
}

static inline void read_string(struct reading *r, const char *text,
                               const struct trace_options *options)
{
	read_memory(r, text, strlen(text), options);
}

/* Both readings hold the same. */
static inline void check_same(const struct reading *a, const struct reading *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_mem_eq(a->records, b->records, sizeof a->records);
	ck_assert_mem_eq(&a->counts, &b->counts, sizeof a->counts);
	ck_assert_str_eq(a->failed.message, b->failed.message);
	ck_assert_uint_eq(a->failed.kind, b->failed.kind);
	ck_assert_str_eq(a->tolerated.message, b->tolerated.message);
}

/* main() of a test file with one case. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
