/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/number.h"

#include "suite.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>

struct number_case {
	const char *text;
	bool good;
	uint64_t value;
};

static void check_parser(bool (*parse)(const char *, uint64_t *), const struct number_case *c)
{
	uint64_t value = 0;
	bool good = parse(c->text, &value);

	ck_assert_msg(good == c->good, "\"%s\" taken: %d", c->text, good);
	if (good)
		ck_assert_msg(value == c->value, "\"%s\" is %" PRIu64, c->text, value);
}

static const struct number_case u64_cases[] = {
	{ "0", true, 0 },
	{ "007", true, 7 },
	{ "0x1F", true, 31 },
	{ "0Xab", true, 0xab },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "0xffffffffffffffff", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "0x10000000000000000", false, 0 },
	{ "", false, 0 },
	{ "0x", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ "1a", false, 0 },
	{ "1K", false, 0 },
};

START_TEST(parse_u64)
{
	check_parser(number_parse_u64, &u64_cases[_i]);
}
END_TEST

static const struct number_case size_cases[] = {
	{ "4096", true, 4096 },
	{ "0x1000", true, 4096 },
	{ "1K", true, 1 << 10 },
	{ "48k", true, 48 << 10 },
	{ "2M", true, 2 << 20 },
	{ "4G", true, UINT64_C(4) << 30 },
	{ "1T", true, UINT64_C(1) << 40 },
	{ "4P", true, UINT64_C(4) << 50 },
	{ "16383P", true, UINT64_C(16383) << 50 },
	{ "16384P", false, 0 },
	{ "1MiB", true, 1 << 20 },
	{ "1MB", false, 0 },
	{ "1Mi", false, 0 },
	{ "1.375M", true, 1408 << 10 },
	{ "1.5", false, 0 },
	{ "2.0", true, 2 },
	{ "0.0009765625K", true, 1 },
	{ "0.001K", false, 0 },
	{ "1.K", false, 0 },
	{ ".5K", false, 0 },
	{ "1.00000000000K", false, 0 },
	{ "K", false, 0 },
	{ "0x1K", false, 0 },
	{ "1X", false, 0 },
	{ "1\001", false, 0 },
	{ "99999999999999999999K", false, 0 },
};

START_TEST(parse_size)
{
	check_parser(number_parse_size, &size_cases[_i]);
}
END_TEST

START_TEST(format_size)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1000, "1000" },
		{ 1024, "1K" },
		{ 1025, "1025" },
		{ UINT64_C(1) << 32, "4G" },
		{ 3 << 20, "3M" },
		{ UINT64_C(1) << 60, "1024P" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[NUMBER_TEXT_SIZE];
		uint64_t back;

		number_format_size(text, cases[i].value);
		ck_assert_str_eq(text, cases[i].text);
		ck_assert(number_parse_size(text, &back));
		ck_assert_uint_eq(back, cases[i].value);
	}
}
END_TEST

START_TEST(parse_double)
{
	static const char *const good[] = { "0", "1", "-1.5", "3.86", "1e3", "2.5E-3", ".5", "5." };
	static const double value[] = { 0, 1, -1.5, 3.86, 1000, 0.0025, 0.5, 5 };
	static const char *const bad[] = { "",   "-",  "e",   "1e",    "nan", "inf",   "0x10",
		                           " 1", "1 ", "1,5", "1e999", "+1",  "1.2.3", "--1" };
	double parsed;

	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(number_parse_double(good[i], &parsed), "%s", good[i]);
		ck_assert_double_eq(parsed, value[i]);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!number_parse_double(bad[i], &parsed), "%s", bad[i]);
}
END_TEST

START_TEST(format_double)
{
	static const double values[] = {
		0, 0.1, 1.0 / 3, 3.86, 1e300, 5e-324, 123456789012345678.0, -0.5
	};
	char text[NUMBER_TEXT_SIZE];
	double back;

	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		number_format_double(text, values[i]);
		ck_assert(number_parse_double(text, &back) || values[i] < 1e-300);
		if (values[i] > 1e-300)
			ck_assert_double_eq(back, values[i]);
	}
	number_format_double(text, 0.1);
	ck_assert_str_eq(text, "0.1");
	number_format_fixed(text, 2.0 / 3, 4);
	ck_assert_str_eq(text, "0.6667");
	number_format_fixed(text, 1e300, 4);
	ck_assert_str_eq(text, "1e+300");
	number_format_fixed(text, 999999999999999999.0, 9);
	number_format_hex(text, 0xabc);
	ck_assert_str_eq(text, "0xabc");
}
END_TEST

/* A locale that writes a decimal comma changes nothing. Where the host has
 * none, there is nothing to see. */
START_TEST(locale_does_not_matter)
{
	static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8" };
	char text[NUMBER_TEXT_SIZE], native[NUMBER_TEXT_SIZE];
	double parsed;
	bool found = false;

	for (int i = 0; i < 3 && !found; i++)
		found = setlocale(LC_ALL, names[i]) != NULL;
	snprintf(native, sizeof(native), "%.1f", 0.5);
	number_format_double(text, 1.5);
	ck_assert_str_eq(text, "1.5");
	number_format_fixed(text, 1.5, 2);
	ck_assert_str_eq(text, "1.50");
	ck_assert(number_parse_double("2.5", &parsed));
	ck_assert_double_eq(parsed, 2.5);
	/* The locale of the program is as it was. */
	snprintf(text, sizeof(text), "%.1f", 0.5);
	ck_assert_str_eq(text, native);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("number");

	tcase_add_loop_test(tests, parse_u64, 0, sizeof(u64_cases) / sizeof(u64_cases[0]));
	tcase_add_loop_test(tests, parse_size, 0, sizeof(size_cases) / sizeof(size_cases[0]));
	tcase_add_test(tests, format_size);
	tcase_add_test(tests, parse_double);
	tcase_add_test(tests, format_double);
	tcase_add_test(tests, locale_does_not_matter);
	return run_suite("number", tests);
}
