/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/table.h"

#include "capture.h"
#include "suite.h"

static void check_printed(enum table_format format, const char *expected)
{
	struct capture c;
	struct table t;

	table_init(&t, 3, (const char *[]){ "name", "n", "what" }, 2);
	table_add(&t, (const char *[]){ "a,b", "1", "x \"y\"" });
	table_add(&t, (const char *[]){ "long name", "1000", NULL });
	table_add(&t, (const char *[]){ "\xc3\xa4", NULL, "p|q" });
	ck_assert(table_print(&t, capture_begin(&c), format));
	ck_assert_str_eq(capture_end(&c), expected);
	free(c.text);
	table_destroy(&t);
}

START_TEST(text)
{
	check_printed(TABLE_TEXT, "name          n  what\n"
	                          "a,b           1  x \"y\"\n"
	                          "long name  1000\n"
	                          "\xc3\xa4                p|q\n");
}
END_TEST

START_TEST(csv)
{
	check_printed(TABLE_CSV, "name,n,what\n"
	                         "\"a,b\",1,\"x \"\"y\"\"\"\n"
	                         "long name,1000,\n"
	                         "\xc3\xa4,,p|q\n");
}
END_TEST

START_TEST(markdown)
{
	check_printed(TABLE_MARKDOWN, "| name | n | what |\n"
	                              "|---|---:|---|\n"
	                              "| a,b | 1 | x \"y\" |\n"
	                              "| long name | 1000 | |\n"
	                              "| \xc3\xa4 | | p\\|q |\n");
}
END_TEST

START_TEST(many_rows)
{
	struct capture c;
	struct table t;
	unsigned lines = 0;

	table_init(&t, 1, (const char *[]){ "x" }, 0);
	for (int i = 0; i < 1000; i++)
		table_add(&t, (const char *[]){ "y" });
	ck_assert(table_print(&t, capture_begin(&c), TABLE_TEXT));
	for (const char *s = capture_end(&c); *s; s++)
		lines += *s == '\n';
	ck_assert_uint_eq(lines, 1001);
	free(c.text);
	table_destroy(&t);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("table");

	tcase_add_test(tests, text);
	tcase_add_test(tests, csv);
	tcase_add_test(tests, markdown);
	tcase_add_test(tests, many_rows);
	return run_suite("table", tests);
}
