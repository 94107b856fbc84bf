/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/json.h"
#include "host/stats.h"

#include "capture.h"
#include "suite.h"

struct walk_stats {
	uint64_t walks, references, deepest;
	struct histogram latency, length;
};

static const uint64_t length_bounds[] = { 4, 24 };

static const struct stat table[] = {
	STAT_COUNT("walk.walks", struct walk_stats, walks, "walks", "Page walks begun"),
	STAT_COUNT("walk.references", struct walk_stats, references, "references", "Entries read"),
	STAT_LARGEST("walk.deepest", struct walk_stats, deepest, "levels", "Deepest walk"),
	STAT_QUOTIENT("walk.mean", struct walk_stats, references, walks, "references/walk",
	              "Mean references of a walk"),
	STAT_PERCENT("walk.share", struct walk_stats, walks, references, "Walks per reference"),
	STAT_SPREAD("walk.latency", struct walk_stats, latency, "cycles", "Cycles of each walk"),
	{ .name = "walk.length",
	  .type = STAT_HISTOGRAM,
	  .unit = "references",
	  .offset = offsetof(struct walk_stats, length),
	  .bounds = length_bounds,
	  .bound_count = 2,
	  .description = "References of each walk" },
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

static void fill(struct walk_stats *s)
{
	*s = (struct walk_stats){ .walks = 3, .references = 10, .deepest = 4 };
	histogram_add(&s->latency, 20);
	histogram_add(&s->latency, 40);
	histogram_add(&s->latency, 100);
	histogram_add_bounded(&s->length, length_bounds, 2, 3);
	histogram_add_bounded(&s->length, length_bounds, 2, 25);
}

static void check_printed(const struct walk_stats *s, const char *prefix, enum stats_format format,
                          const char *expected)
{
	struct stats_group group = { prefix, table, COUNT, s };
	struct capture c;

	ck_assert(stats_print(&group, 1, capture_begin(&c), format));
	ck_assert_str_eq(capture_end(&c), expected);
	free(c.text);
}

START_TEST(text)
{
	struct walk_stats s;

	fill(&s);
	check_printed(&s, "", STATS_TEXT,
	              "name                  value  unit             description\n"
	              "walk.walks                3  walks            Page walks begun\n"
	              "walk.references          10  references       Entries read\n"
	              "walk.deepest              4  levels           Deepest walk\n"
	              "walk.mean            3.3333  references/walk  Mean references of a walk\n"
	              "walk.share          30.0000  %                Walks per reference\n"
	              "walk.latency.count        3                   Cycles of each walk\n"
	              "walk.latency.mean   53.3333  cycles           Cycles of each walk\n"
	              "walk.latency.p50         40  cycles           Cycles of each walk\n"
	              "walk.latency.p90        100  cycles           Cycles of each walk\n"
	              "walk.latency.p99        100  cycles           Cycles of each walk\n"
	              "walk.latency.max        100  cycles           Cycles of each walk\n"
	              "walk.length.count         2                   References of each walk\n"
	              "walk.length.mean    14.0000  references       References of each walk\n"
	              "walk.length.p50           4  references       References of each walk\n"
	              "walk.length.p90          25  references       References of each walk\n"
	              "walk.length.p99          25  references       References of each walk\n"
	              "walk.length.max          25  references       References of each walk\n");
}
END_TEST

START_TEST(csv_and_nothing_to_divide_by)
{
	static const struct walk_stats none;

	check_printed(&none, "cpu0.", STATS_CSV,
	              "name,value,unit\n"
	              "cpu0.walk.walks,0,walks\n"
	              "cpu0.walk.references,0,references\n"
	              "cpu0.walk.deepest,0,levels\n"
	              "cpu0.walk.mean,,references/walk\n"
	              "cpu0.walk.share,,%\n"
	              "cpu0.walk.latency.count,0,\n"
	              "cpu0.walk.latency.mean,0,cycles\n"
	              "cpu0.walk.latency.p50,0,cycles\n"
	              "cpu0.walk.latency.p90,0,cycles\n"
	              "cpu0.walk.latency.p99,0,cycles\n"
	              "cpu0.walk.latency.max,0,cycles\n"
	              "cpu0.walk.length.count,0,\n"
	              "cpu0.walk.length.mean,0,references\n"
	              "cpu0.walk.length.p50,0,references\n"
	              "cpu0.walk.length.p90,0,references\n"
	              "cpu0.walk.length.p99,0,references\n"
	              "cpu0.walk.length.max,0,references\n");
}
END_TEST

START_TEST(markdown)
{
	check_printed(NULL, "", STATS_MARKDOWN,
	              "| statistic | unit | meaning |\n|---|---|---|\n"
	              "| `walk.walks` | walks | Page walks begun |\n"
	              "| `walk.references` | references | Entries read |\n"
	              "| `walk.deepest` | levels | Deepest walk |\n"
	              "| `walk.mean` | references/walk | Mean references of a walk |\n"
	              "| `walk.share` | % | Walks per reference |\n"
	              "| `walk.latency` | cycles | Cycles of each walk |\n"
	              "| `walk.length` | references | References of each walk |\n");
}
END_TEST

static void check_json(json_t *value, const char *expected)
{
	struct capture c;

	ck_assert_ptr_nonnull(value);
	ck_assert(json_write_line(value, capture_begin(&c), NULL));
	ck_assert_str_eq(capture_end(&c), expected);
	free(c.text);
	json_decref(value);
}

START_TEST(json)
{
	static const struct walk_stats none;
	struct walk_stats s;
	struct stats_group groups[] = { { "a.", table, 4, &s }, { "b.", table, 4, &none } };

	fill(&s);
	check_json(stats_json(groups, 2),
	           "{\"a.walk.walks\":3,\"a.walk.references\":10,\"a.walk.deepest\":4,"
	           "\"a.walk.mean\":3.33333333333333,"
	           "\"b.walk.walks\":0,\"b.walk.references\":0,\"b.walk.deepest\":0,\"b.walk."
	           "mean\":null}\n");
	groups[0].count = COUNT;
	check_json(stats_json_histograms(groups, 1),
	           "{\"a.walk.latency\":{\"unit\":\"cycles\",\"count\":3,\"sum\":160,\"min\":20,"
	           "\"mean\":53.3333333333333,\"p50\":40,\"p90\":100,\"p99\":100,\"max\":100,"
	           "\"buckets\":[[20,20,1],[40,40,1],[100,101,1]]},"
	           "\"a.walk.length\":{\"unit\":\"references\",\"count\":2,\"sum\":28,\"min\":3,"
	           "\"mean\":14.0,\"p50\":4,\"p90\":25,\"p99\":25,\"max\":25,"
	           "\"buckets\":[[0,4,1],[25,\"0xffffffffffffffff\",1]]}}\n");
}
END_TEST

START_TEST(merging)
{
	struct walk_stats a, b;

	fill(&a);
	fill(&b);
	b.deepest = 3;
	stats_merge(table, COUNT, &a, &b);
	ck_assert_uint_eq(a.walks, 6);
	ck_assert_uint_eq(a.references, 20);
	ck_assert_uint_eq(a.deepest, 4);
	ck_assert_uint_eq(a.latency.count, 6);
	ck_assert_uint_eq(a.length.bucket[2], 2);
	b.deepest = 9;
	stats_merge(table, COUNT, &a, &b);
	ck_assert_uint_eq(a.deepest, 9);
}
END_TEST

START_TEST(bad_tables_are_told)
{
	static const uint64_t falling[] = { 3, 2 };
	static const struct stat bad[] = {
		{ .name = "Upper", .description = "x" },
		{ .name = "", .description = "x" },
		{ .name = "a", .description = "" },
		{ .name = "a",
		  .description = "x",
		  .type = STAT_HISTOGRAM,
		  .bounds = falling,
		  .bound_count = 2 },
		{ .name = "a", .description = "x", .type = STAT_HISTOGRAM, .bounds = falling },
	};
	struct stats_group twice[] = { { "", table, COUNT, NULL }, { "", table, 1, NULL } };
	struct error err;

	ck_assert(stats_check(twice, 1, &err));
	ck_assert(!stats_check(twice, 2, &err));
	ck_assert_str_eq(err.message, "statistic walk.walks: the name is there twice");
	twice[1].prefix = "b.";
	ck_assert(stats_check(twice, 2, &err));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct stats_group group = { "", &bad[i], 1, NULL };

		ck_assert_msg(!stats_check(&group, 1, &err), "case %u", i);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("stats");

	tcase_add_test(tests, text);
	tcase_add_test(tests, csv_and_nothing_to_divide_by);
	tcase_add_test(tests, markdown);
	tcase_add_test(tests, json);
	tcase_add_test(tests, merging);
	tcase_add_test(tests, bad_tables_are_told);
	return run_suite("stats", tests);
}
