/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What every suite of this folder ends with.
 */
#ifndef TESTS_HOST_SUITE_H
#define TESTS_HOST_SUITE_H

#include <check.h>
#include <stdlib.h>

/* For inner loops: Check's own assertions make a system call each. */
#define check_true(condition)                           \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* Run one test case; the value for main to return. */
static inline int run_suite(const char *name, TCase *tests)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 120);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
