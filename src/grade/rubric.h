/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A course's rubric: which tests count, and how much. An INI file:
 *
 *     [points]
 *     table.map = 10
 *     random = 0             a family: each of its tests
 *     [aspect]
 *     hardware-legal = off
 *     [require]
 *     map_large = on         absent means failed, not left out
 *     [limits]
 *     cpu_seconds = 2
 */
#ifndef GRADE_RUBRIC_H
#define GRADE_RUBRIC_H

#include "grade/suite.h"
#include "host/error.h"

#include <stdio.h>

#define RUBRIC_TESTS_MAX 128u

struct rubric {
	double points[RUBRIC_TESTS_MAX]; /* in the order of the tests; below 0: as built in */
	bool interface, hardware_legal;
	bool require[FUNCTION_COUNT];
	bool warnings_cost; /* a test with a warning counts half */
	uint32_t cpu_seconds, wall_seconds, compile_seconds;
};

/* `path` null: the built-in one. False with a message that names file and line. */
bool rubric_load(struct rubric *r, const char *path, struct error *err)
	__attribute__((warn_unused_result));
/* As a file that can be changed and read back. */
bool rubric_print(const struct rubric *r, FILE *out);

/* What test number `index` is worth here; 0: it is left out. */
double rubric_points(const struct rubric *r, unsigned index, const struct test *t);

#endif
