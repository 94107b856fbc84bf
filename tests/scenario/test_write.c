/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines written back: the same, and filled in.
 */
#include "scenario/compare.h"
#include "scenario/write.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES "tests/data/scenarios.jsonl"
#define SAMPLE_COUNT 1000

#define STATE "\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0"
#define ACCESS "\"type\":\"read\",\"gva\":0,\"size\":1"

/* What the scenario itself expects, as if it had been obtained. */
static struct step_result *as_expected(const struct scenario *s)
{
	struct step_result *results = calloc(s->step_count, sizeof(*results));

	for (size_t i = 0; i < s->step_count; i++)
		results[i] = (struct step_result){ s->steps[i].expect, s->steps[i].mem_after };
	return results;
}

static char *written(const struct scenario *s)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ck_assert_int_eq(scenario_write(f, s), 0);
	fclose(f);
	return text;
}

/* The samples are written in the style that we write: each comes back byte by
 * byte, and filled with what it expects it means the same. */
START_TEST(samples)
{
	struct scenario_reader *r = scenario_reader_create(NULL), *again = scenario_reader_create(NULL);
	const struct scenario *s, *t;
	FILE *f = fopen(SAMPLES, "r");
	char *line = NULL;
	size_t size = 0;
	int count = 0;

	ck_assert_msg(f != NULL, "no %s: run from the top of the source tree", SAMPLES);
	ck_assert_int_eq(scenario_reader_open(r, SAMPLES), 0);
	for (; getline(&line, &size, f) > 0; count++) {
		struct step_result *results;
		char *text, difference[256];

		ck_assert_msg(scenario_read(r, &s) == 1, "%s", scenario_reader_error(r));
		text = written(s);
		ck_assert_str_eq(text, line);
		free(text);
		results = as_expected(s);
		scenario_fill(s, results);
		text = written(s);
		scenario_reader_open_memory(again, "filled", text, strlen(text));
		ck_assert_msg(scenario_read(again, &t) == 1, "%s", scenario_reader_error(again));
		ck_assert_uint_eq(t->steps->expect.present, s->steps->expect.present);
		ck_assert_msg(scenario_compare(t, results, difference, sizeof(difference)), "%s", difference);
		free(text);
		free(results);
	}
	ck_assert_int_eq(count, SAMPLE_COUNT);
	ck_assert_int_eq(scenario_read(r, &s), 0);
	fclose(f);
	free(line);
	scenario_reader_free(r);
	scenario_reader_free(again);
}
END_TEST

static uint64_t log_entries[] = { 0x1000, 0x2000 };
static struct cell cells[] = { { { 0x1000 }, 0x107 }, { { 0xffffffffffff8 }, UINT64_MAX } };

#define EVERYTHING                                                                                          \
	{ .present = (1u << EXPECT_FIELDS) - 1, .outcome = OUTCOME_VE, .hpa = 10, .hpa2 = 0x2000,           \
	  .error_code = 31, .cr2 = UINT64_MAX, .qualification = 0x181, .gpa = 0, .gla = 11, .memtype = 6,   \
	  .memtype2 = 1, .pml_index = 65535, .pml_log = log_entries, .pml_log_count = 2,                    \
	  .ve_info = { .present = VE_INFO_ALL, .reason = 48, .busy = 0xffffffff, .qualification = 16,       \
	               .gla = 17, .gpa = 18, .eptp_index = 19 } }
#define EVERYTHING_TEXT                                                                                     \
	"{\"outcome\":\"ve\",\"hpa\":\"0xa\",\"hpa2\":\"0x2000\",\"error_code\":31,"                        \
	"\"cr2\":\"0xffffffffffffffff\",\"qualification\":\"0x181\",\"gpa\":\"0x0\",\"gla\":\"0xb\","       \
	"\"memtype\":6,\"memtype2\":1,\"pml_index\":65535,\"pml_log\":[\"0x1000\",\"0x2000\"],"             \
	"\"ve_info\":{\"reason\":48,\"busy\":\"0xffffffff\",\"qualification\":\"0x10\",\"gla\":\"0x11\","   \
	"\"gpa\":\"0x12\",\"eptp_index\":19}}"
#define MISCONFIG { .present = EXPECT_HAS(EXPECT_OUTCOME) | EXPECT_HAS(EXPECT_GPA), \
		    .outcome = OUTCOME_EPT_MISCONFIG, .gpa = 8, .hpa = 9 }

static const struct {
	const char *line;
	struct step_result results[2];
	const char *filled;
} fills[] = {
	/* Every field, in its style. */
	{ "{" STATE ",\"access\":{" ACCESS "}}", { { EVERYTHING, { cells, 2 } } },
	  "{" STATE ",\"access\":{" ACCESS "},\"expect\":" EVERYTHING_TEXT
	  ",\"mem_after\":{\"0x1000\":\"0x107\",\"0xffffffffffff8\":\"0xffffffffffffffff\"}}\n" },
	/* In their old places; unknown keys stay, the old contents do not. */
	{ "{ \"expect\": {\"note\":1, \"outcome\":\"ok\"},\"zeta\":[1.5, null,\"\\u00e9\\n\"], \"mem_after\":{\"0x8\":1},"
	  STATE ",\"access\":{" ACCESS ",\"why\":{}}, \"alpha\": true}", { { MISCONFIG, { NULL, 0 } } },
	  "{\"expect\":{\"outcome\":\"ept_misconfig\",\"gpa\":\"0x8\"},\"zeta\":[1.5,null,\"\u00e9\\n\"],\"mem_after\":{},"
	  STATE ",\"access\":{" ACCESS ",\"why\":{}},\"alpha\":true}\n" },
	/* Steps: beside the operation, in either spelling of an access. */
	{ "{" STATE ",\"steps\":[{" ACCESS ",\"expect\":{}},{\"access\":{" ACCESS "},\"mem_after\":{},\"x\":1}],\"y\":2}",
	  { { MISCONFIG, { cells, 1 } }, { MISCONFIG, { NULL, 0 } } },
	  "{" STATE ",\"steps\":[{" ACCESS ",\"expect\":{\"outcome\":\"ept_misconfig\",\"gpa\":\"0x8\"},"
	  "\"mem_after\":{\"0x1000\":\"0x107\"}},{\"access\":{" ACCESS "},\"mem_after\":{},\"x\":1,"
	  "\"expect\":{\"outcome\":\"ept_misconfig\",\"gpa\":\"0x8\"}}],\"y\":2}\n" },
	/* An integer that no JSON library likes becomes the string that means the same. */
	{ "{" STATE ",\"access\":{" ACCESS "},\"seed\":18446744073709551615}", { { MISCONFIG, { NULL, 0 } } },
	  "{" STATE ",\"access\":{" ACCESS "},\"seed\":\"0xffffffffffffffff\","
	  "\"expect\":{\"outcome\":\"ept_misconfig\",\"gpa\":\"0x8\"},\"mem_after\":{}}\n" },
};

START_TEST(fill)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	char *text;

	scenario_reader_open_memory(r, "text", fills[_i].line, strlen(fills[_i].line));
	ck_assert_msg(scenario_read(r, &s) == 1, "%s", scenario_reader_error(r));
	scenario_fill(s, fills[_i].results);
	text = written(s);
	ck_assert_str_eq(text, fills[_i].filled);
	free(text);
	scenario_reader_free(r);
}
END_TEST

START_TEST(full_device)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	FILE *f = fopen("/dev/full", "w");

	if (f) {
		setvbuf(f, NULL, _IONBF, 0);
		scenario_reader_open_memory(r, "text", fills[0].line, strlen(fills[0].line));
		ck_assert_int_eq(scenario_read(r, &s), 1);
		ck_assert_int_eq(scenario_write(f, s), -1);
		fclose(f);
	}
	scenario_reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario write");
	TCase *t = tcase_create("write");
	SRunner *runner;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, samples);
	tcase_add_loop_test(t, fill, 0, (int)(sizeof(fills) / sizeof(fills[0])));
	tcase_add_test(t, full_device);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
