/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/json.h"

#include "capture.h"
#include "suite.h"

#include <math.h>

static void check_line(json_t *value, const char *expected)
{
	struct capture c;
	struct error err = { "" };

	ck_assert_msg(json_write_line(value, capture_begin(&c), &err), "%s", err.message);
	ck_assert_str_eq(capture_end(&c), expected);
	free(c.text);
	json_decref(value);
}

START_TEST(numbers)
{
	check_line(json_u64(0), "0\n");
	check_line(json_u64(INT64_MAX), "9223372036854775807\n");
	check_line(json_u64((uint64_t)INT64_MAX + 1), "\"0x8000000000000000\"\n");
	check_line(json_hex(0x1000), "\"0x1000\"\n");
	check_line(json_double(0.1), "0.1\n");
	check_line(json_double(2), "2.0\n");
	check_line(json_double(NAN), "null\n");
	check_line(json_double(INFINITY), "null\n");
}
END_TEST

START_TEST(text)
{
	check_line(json_text("a\"\n\xc3\xa4"), "\"a\\\"\\n\xc3\xa4\"\n");
	/* A lone byte, an overlong form, a surrogate, a cut sequence. */
	check_line(json_text("\xff"
	                     "b"),
	           "\"\xef\xbf\xbd"
	           "b\"\n");
	check_line(json_text("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"\n");
	check_line(json_text("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");
	check_line(json_text("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"\n");
	check_line(json_text("\xf4\x90\x80\x80"),
	           "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n");
	check_line(json_text("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"\n");
}
END_TEST

START_TEST(order_is_that_of_adding)
{
	json_t *object = json_object();

	json_object_set_new(object, "z", json_u64(1));
	json_object_set_new(object, "a", json_u64(2));
	json_object_set_new(object, "m", json_array());
	check_line(json_incref(object), "{\"z\":1,\"a\":2,\"m\":[]}\n");
	struct capture c;
	ck_assert(json_write(object, capture_begin(&c), NULL));
	ck_assert_str_eq(capture_end(&c), "{\n  \"z\": 1,\n  \"a\": 2,\n  \"m\": []\n}\n");
	free(c.text);
	json_decref(object);
}
END_TEST

START_TEST(reading)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {
		{ "5", true, 5 },
		{ "-1", false, 0 },
		{ "\"0xffffffffffffffff\"", true, UINT64_MAX },
		{ "\"12\"", false, 0 },
		{ "\"0x\"", false, 0 },
		{ "1.0", false, 0 },
		{ "null", false, 0 },
		{ "\"0x1\\u0000\"", false, 0 },
		{ "\"0x10000000000000000\"", false, 0 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *value = json_loads(cases[i].text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		uint64_t number = 0;

		ck_assert_ptr_nonnull(value);
		ck_assert_msg(json_u64_value(value, &number) == cases[i].good, "%s", cases[i].text);
		ck_assert_uint_eq(number, cases[i].value);
		json_decref(value);
	}
}
END_TEST

START_TEST(write_error)
{
	FILE *full = fopen("/dev/full", "w");
	struct error err = { "" };
	json_t *value = json_u64(1);

	if (!full)
		return; /* not on every host */
	setvbuf(full, NULL, _IONBF, 0);
	ck_assert(!json_write(value, full, &err));
	ck_assert_str_eq(err.message, "JSON cannot be written: No space left on device");
	fclose(full);
	json_decref(value);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("json");

	tcase_add_test(tests, numbers);
	tcase_add_test(tests, text);
	tcase_add_test(tests, order_is_that_of_adding);
	tcase_add_test(tests, reading);
	tcase_add_test(tests, write_error);
	return run_suite("json", tests);
}
