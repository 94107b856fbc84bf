/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The tests: what each is called and worth, and what became of it.
 */
#ifndef GRADE_SUITE_H
#define GRADE_SUITE_H

#include "grade/exam.h"

/* Scored apart: what the handout demands, and what a processor accepts. */
enum aspect { ASPECT_INTERFACE, ASPECT_HARDWARE };

struct test {
	const char *id; /* family.name */
	enum aspect aspect;
	unsigned points;
	int optional; /* enum function: scored only if that is there; -1: always */
	const char *title;
	void (*run)(struct exam *x);
};

/* Ends with a null id; the families in the order in which they are run. */
extern const struct test tests_entry[], tests_table[], tests_probe[], tests_legal[], tests_rights[],
	tests_large[], tests_invalidation[], tests_accounting[], tests_violation[],
	tests_translate[], tests_random[];
extern const struct test *const test_families[]; /* ends with null */

#define NOT_OPTIONAL (-1)

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED,
	VERDICT_ABSENT /* an optional function is not there */
};

struct test_result {
	const char *id, *title;
	enum aspect aspect;
	enum verdict verdict;
	double points, score;
	double seconds;
	struct finding finding[FINDINGS_MAX];
	unsigned findings;
	char printed[PRINTED_MAX + 1];
};

#endif
