/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Grades a submission: what comes out is the same for the same submission,
 * rubric and seed.
 */
#ifndef GRADE_GRADE_H
#define GRADE_GRADE_H

#include "grade/rubric.h"
#include "grade/suite.h"
#include "host/error.h"

#include <stdio.h>

#define GRADE_TESTS_MAX 4096u
#define COMPILER_TEXT_MAX 6000

struct grade_options {
	const struct rubric *rubric;
	const char *only; /* ids or families, comma-separated; null: all */
	uint64_t seed;
	const char *compiler;
	const char *expect; /* images: file of expected mappings; null: none */
	uint64_t eptp;      /* raw dump; 0: not given */
	uint64_t capabilities;
	unsigned maxphyaddr;
	uint64_t base; /* raw dump: hpa of its first byte */
	bool without_landlock;
};

struct grade {
	struct test_result *result;
	unsigned count, room;
	char compiler[COMPILER_TEXT_MAX]; /* what it said, if it refused */
	bool broken;                      /* the submission cannot be graded at all */
	double score, max;
	double seconds; /* wall time of all */
	unsigned failed, warnings;
	char **kept; /* texts of results that are made here */
	unsigned kept_count;
};

/* False: not the submission's fault; `err` says what. */
bool grade_submission(struct grade *g, const char *path, const struct grade_options *o,
                      struct error *err) __attribute__((warn_unused_result));
bool grade_image(struct grade *g, const char *path, const struct grade_options *o,
                 struct error *err) __attribute__((warn_unused_result));
bool grade_trace(struct grade *g, const char *path, const struct grade_options *o,
                 struct error *err) __attribute__((warn_unused_result));
void grade_free(struct grade *g);

/* A new result, all zero; null without memory. */
struct test_result *grade_add(struct grade *g);
/* A result of an image or a trace, its id "family.name". */
struct test_result *grade_add_named(struct grade *g, const char *family, const char *name,
                                    const char *title, double points);
/* What is wrong with it: no more points. Null: no room for more. */
struct finding *grade_fail(struct test_result *r, enum mistake m);
/* Adds everything up. */
void grade_sum(struct grade *g);
/* Does --only select this test? */
bool grade_selected(const char *only, const char *id);

/* What the tests are, without a submission: id, points, title. */
void grade_list(FILE *out, const struct rubric *rubric);

/* ---- Reports ---- */

enum grade_format {
	GRADE_TEXT,
	GRADE_JSON,
	GRADE_GRADESCOPE,
	GRADE_JUNIT,
	GRADE_TAP,
	GRADE_FORMATS
};

extern const char *const grade_format_names[];

struct grade_report_options {
	const char *submission; /* its name */
	uint64_t seed;
	bool color, wall_time;
};

bool grade_report_text(const struct grade *g, const struct grade_report_options *o, FILE *out,
                       struct error *err);
bool grade_report_json(const struct grade *g, const struct grade_report_options *o, FILE *out,
                       struct error *err);
bool grade_report_gradescope(const struct grade *g, const struct grade_report_options *o, FILE *out,
                             struct error *err);
bool grade_report_junit(const struct grade *g, const struct grade_report_options *o, FILE *out,
                        struct error *err);
bool grade_report_tap(const struct grade *g, const struct grade_report_options *o, FILE *out,
                      struct error *err);

/* One finding in lines, each with `indent` in front. */
void grade_report_finding(const struct finding *f, const char *indent, FILE *out);
/* All findings of a result and what was printed, as one text; the caller frees. */
char *grade_report_findings_text(const struct test_result *r);

#endif
