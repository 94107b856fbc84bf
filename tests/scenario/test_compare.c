/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which difference is named, and how.
 */
#include "scenario/compare.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE "\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0"
#define ACCESS "\"type\":\"read\",\"gva\":0,\"size\":1"

static uint64_t log_entries[] = { 0x1000, 0x2000 };

/* What every scenario here got: each field, and two changed cells. */
static struct step_result result(void)
{
	static struct cell cells[] = { { { 0x1000 }, 0x107 }, { { 0x2008 }, 5 } };

	return (struct step_result){
		.got = { .present = (1u << EXPECT_FIELDS) - 1, .outcome = OUTCOME_EPT_VIOLATION, .hpa = 1,
			 .hpa2 = 0x2000, .error_code = 7, .cr2 = 3, .qualification = 0x81, .gpa = 4, .gla = 5,
			 .memtype = 6, .memtype2 = 0, .pml_index = 510, .pml_log = log_entries,
			 .pml_log_count = 2,
			 .ve_info = { .present = VE_INFO_ALL, .reason = 48, .busy = 0xffffffff,
				      .qualification = 0x81, .gla = 7, .gpa = 8, .eptp_index = 9 } },
		.changed = { cells, 2 },
	};
}

/* What is expected (`expect`, `mem_after`), and what is said; NULL: the same. */
static const struct {
	const char *expect, *mem_after, *text;
} cases[] = {
	{ "{}", NULL, NULL },
	{ NULL, NULL, NULL },
	{ "{\"outcome\":\"ept_violation\",\"hpa\":1,\"hpa2\":\"0x2000\",\"error_code\":7,\"cr2\":3,"
	  "\"qualification\":129,\"gpa\":4,\"gla\":5,\"memtype\":6,\"memtype2\":0,\"pml_index\":510,"
	  "\"pml_log\":[4096,8192],\"ve_info\":{\"reason\":48,\"busy\":4294967295,\"qualification\":129,"
	  "\"gla\":7,\"gpa\":8,\"eptp_index\":9}}",
	  "{\"0x2008\":5,\"0x1000\":\"0x107\"}", NULL },
	{ "{\"outcome\":\"ok\"}", NULL, "expect.outcome: expected ok, got ept_violation" },
	{ "{\"hpa\":0}", NULL, "expect.hpa: expected 0x0, got 0x1" },
	{ "{\"hpa2\":\"0xffffffffffffffff\"}", NULL, "expect.hpa2: expected 0xffffffffffffffff, got 0x2000" },
	{ "{\"error_code\":\"0x10\"}", NULL, "expect.error_code: expected 16, got 7" },
	{ "{\"cr2\":2}", NULL, "expect.cr2: expected 0x2, got 0x3" },
	{ "{\"qualification\":\"0x181\"}", NULL, "expect.qualification: expected 0x181, got 0x81" },
	{ "{\"gpa\":0}", NULL, "expect.gpa: expected 0x0, got 0x4" },
	{ "{\"gla\":0}", NULL, "expect.gla: expected 0x0, got 0x5" },
	{ "{\"memtype\":0}", NULL, "expect.memtype: expected 0, got 6" },
	{ "{\"memtype2\":6}", NULL, "expect.memtype2: expected 6, got 0" },
	{ "{\"pml_index\":65535}", NULL, "expect.pml_index: expected 65535, got 510" },
	{ "{\"pml_log\":[4096]}", NULL, "expect.pml_log[1]: expected no entry, got 0x2000" },
	{ "{\"pml_log\":[4096,4096]}", NULL, "expect.pml_log[1]: expected 0x1000, got 0x2000" },
	{ "{\"pml_log\":[4096,8192,12288]}", NULL, "expect.pml_log[2]: expected 0x3000, got no entry" },
	{ "{\"ve_info\":{}}", NULL, NULL },
	{ "{\"ve_info\":{\"reason\":49}}", NULL, "expect.ve_info.reason: expected 49, got 48" },
	{ "{\"ve_info\":{\"busy\":0}}", NULL, "expect.ve_info.busy: expected 0x0, got 0xffffffff" },
	{ "{\"ve_info\":{\"qualification\":0}}", NULL, "expect.ve_info.qualification: expected 0x0, got 0x81" },
	{ "{\"ve_info\":{\"gla\":0}}", NULL, "expect.ve_info.gla: expected 0x0, got 0x7" },
	{ "{\"ve_info\":{\"gpa\":0}}", NULL, "expect.ve_info.gpa: expected 0x0, got 0x8" },
	{ "{\"ve_info\":{\"eptp_index\":0}}", NULL, "expect.ve_info.eptp_index: expected 0, got 9" },
	/* The first field in the order of the language, whatever that of the line. */
	{ "{\"gla\":0,\"hpa\":0,\"cr2\":0}", NULL, "expect.hpa: expected 0x0, got 0x1" },
	{ "{\"gla\":0}", "{}", "expect.gla: expected 0x0, got 0x5" },
	/* Memory, exactly. */
	{ NULL, "{}", "mem_after[0x1000]: expected no change, got 0x107" },
	{ NULL, "{\"0x1000\":\"0x107\"}", "mem_after[0x2008]: expected no change, got 0x5" },
	{ NULL, "{\"0x1008\":\"0x107\",\"0x2008\":5}", "mem_after[0x1000]: expected no change, got 0x107" },
	{ NULL, "{\"0x2008\":5}", "mem_after[0x1000]: expected no change, got 0x107" },
	{ NULL, "{\"0x1000\":\"0x7\",\"0x2008\":5}", "mem_after[0x1000]: expected 0x7, got 0x107" },
	{ NULL, "{\"0x1000\":\"0x107\",\"0x2008\":5,\"0x3000\":0}", "mem_after[0x3000]: expected 0x0, got no change" },
	{ NULL, "{\"0x8\":1,\"0x1000\":\"0x107\",\"0x2008\":5}", "mem_after[0x8]: expected 0x1, got no change" },
};

/* The expectation in a scenario of its own, and in the last step of three. */
START_TEST(difference)
{
	for (int steps = 0; steps < 2; steps++) {
		struct scenario_reader *r = scenario_reader_create(NULL);
		struct step_result results[3] = { result(), result(), result() };
		const struct scenario *s;
		char line[1024], text[256], expected[256];
		const char *e = cases[_i].expect, *m = cases[_i].mem_after;

		snprintf(line, sizeof(line), "{\"id\":\"x\",%s,%s%s%s%s%s%s", STATE,
		         steps ? "\"steps\":[{\"vm_exit\":1},{\"vm_exit\":1},{" ACCESS : "\"access\":{" ACCESS "}",
		         e ? ",\"expect\":" : "", e ? e : "", m ? ",\"mem_after\":" : "", m ? m : "",
		         steps ? "}]}" : "}");
		scenario_reader_open_memory(r, "text", line, strlen(line));
		ck_assert_msg(scenario_read(r, &s) == 1, "%s", scenario_reader_error(r));
		if (!cases[_i].text) {
			ck_assert_msg(scenario_compare(s, results, text, sizeof(text)), "%s", text);
		} else {
			snprintf(expected, sizeof(expected), "x%s: %s", steps ? " step 2" : "", cases[_i].text);
			ck_assert(!scenario_compare(s, results, text, sizeof(text)));
			ck_assert_str_eq(text, expected);
		}
		scenario_reader_free(r);
	}
}
END_TEST

/* A field that is expected and that the outcome does not have. */
START_TEST(no_such_field)
{
	static const char *const values[EXPECT_FIELDS][2] = {
		[EXPECT_OUTCOME] = { "\"ok\"", "ok" },     [EXPECT_HPA] = { "0", "0x0" },
		[EXPECT_HPA2] = { "0", "0x0" },            [EXPECT_ERROR_CODE] = { "0", "0" },
		[EXPECT_CR2] = { "0", "0x0" },             [EXPECT_QUALIFICATION] = { "0", "0x0" },
		[EXPECT_GPA] = { "0", "0x0" },             [EXPECT_GLA] = { "0", "0x0" },
		[EXPECT_MEMTYPE] = { "0", "0" },           [EXPECT_MEMTYPE2] = { "0", "0" },
		[EXPECT_PML_INDEX] = { "0", "0" },         [EXPECT_PML_LOG] = { "[]", "it" },
		[EXPECT_VE_INFO] = { "{}", "it" },
	};
	static const char *const names[EXPECT_FIELDS] = {
		"outcome", "hpa", "hpa2", "error_code", "cr2", "qualification", "gpa",
		"gla", "memtype", "memtype2", "pml_index", "pml_log", "ve_info",
	};
	struct scenario_reader *r = scenario_reader_create(NULL);
	struct step_result none = { .got.present = 0 };
	const struct scenario *s;
	char line[1024], text[256], expected[256];

	snprintf(line, sizeof(line), "{\"id\":\"a\\nb\",%s,\"access\":{%s},\"expect\":{\"%s\":%s}}", STATE, ACCESS,
	         names[_i], values[_i][0]);
	snprintf(expected, sizeof(expected), "a?b: expect.%s: expected %s, got no such field", names[_i],
	         values[_i][1]);
	scenario_reader_open_memory(r, "text", line, strlen(line));
	ck_assert_msg(scenario_read(r, &s) == 1, "%s", scenario_reader_error(r));
	ck_assert(!scenario_compare(s, &none, text, sizeof(text)));
	ck_assert_str_eq(text, expected);
	scenario_reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario compare");
	TCase *t = tcase_create("compare");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t, difference, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(t, no_such_field, 0, EXPECT_FIELDS);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
