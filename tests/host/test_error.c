/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/error.h"

#include "suite.h"

#include <string.h>

START_TEST(formats_and_prefixes)
{
	struct error err;

	error_set(&err, "%d is %s", 3, "odd");
	ck_assert_str_eq(err.message, "3 is odd");
	error_prefix(&err, "%s:%d: ", "file.ini", 7);
	ck_assert_str_eq(err.message, "file.ini:7: 3 is odd");
	error_set(&err, "again: %s", err.message);
	ck_assert_str_eq(err.message, "again: file.ini:7: 3 is odd");
}
END_TEST

START_TEST(null_is_ignored)
{
	error_set(NULL, "%d", 1);
	error_prefix(NULL, "%d", 1);
}
END_TEST

START_TEST(hostile_text_stays_one_line)
{
	struct error err;

	error_set(&err, "bad \"%s\"", "a\nb\x1b[2J\x7f\xc3\xa4");
	ck_assert_str_eq(err.message, "bad \"a?b?[2J?\xc3\xa4\"");
}
END_TEST

START_TEST(long_text_is_cut)
{
	struct error err;
	char text[2 * ERROR_MESSAGE_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	error_set(&err, "%s", text);
	ck_assert_uint_eq(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
	ck_assert_str_eq(err.message + ERROR_MESSAGE_SIZE - 5, "x...");
	error_prefix(&err, "front: ");
	ck_assert_uint_eq(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
	ck_assert_int_eq(strncmp(err.message, "front: xxx", 10), 0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("error");

	tcase_add_test(tests, formats_and_prefixes);
	tcase_add_test(tests, null_is_ignored);
	tcase_add_test(tests, hostile_text_stays_one_line);
	tcase_add_test(tests, long_text_is_cut);
	return run_suite("error", tests);
}
