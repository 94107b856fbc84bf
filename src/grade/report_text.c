/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report for people.
 */
#include "grade/grade.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const grade_format_names[] = { "text", "json", "gradescope", "junit", "tap", NULL };

void grade_report_finding(const struct finding *f, const char *indent, FILE *out)
{
	const struct mistake_info *info = mistake_info(f->mistake);

	fprintf(out, "%s%s: %s [%s%s", indent, f->warning ? "warning" : "wrong", info->text,
	        info->name, info->number ? "" : "]");
	if (info->number)
		fprintf(out, ", mistake %u]", info->number);
	fprintf(out, "\n%s  called:    %s\n", indent, f->called);
	if (f->expected[0])
		fprintf(out, "%s  expected:  %s\n", indent, f->expected);
	if (f->hardware[0])
		fprintf(out, "%s  processor: %s\n", indent, f->hardware);
	fprintf(out, "%s  advice:    %s\n", indent, info->advice);
}

/* What it printed, quoted, so that it cannot look like a part of the report. */
static void report_printed(const char *printed, const char *indent, FILE *out)
{
	fprintf(out, "%snote: the submission printed (nobody reads it, it counts for nothing):\n",
	        indent);
	while (*printed) {
		size_t length = strcspn(printed, "\n");

		fprintf(out, "%s  | %.*s\n", indent, (int)length, printed);
		printed += length + (printed[length] == '\n');
	}
}

char *grade_report_findings_text(const struct test_result *r)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (unsigned i = 0; i < r->findings; i++)
		grade_report_finding(&r->finding[i], "", out);
	if (r->printed[0])
		report_printed(r->printed, "", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void report_test(const struct test_result *r, const struct grade_report_options *o,
                        FILE *out)
{
	static const char *const words[] = { "ok  ", "FAIL", "-   " };
	static const char *const colors[] = { "\033[32m", "\033[31m", "\033[2m" };
	bool warned = r->verdict == VERDICT_PASSED && r->findings;

	fprintf(out, "%s%s%s  %4g/%-4g %-26s %s\n",
	        o->color ? warned ? "\033[33m" : colors[r->verdict] : "",
	        warned ? "warn" : words[r->verdict], o->color ? "\033[0m" : "", r->score, r->points,
	        r->id, r->title);
	if (r->verdict == VERDICT_ABSENT)
		return;
	for (unsigned i = 0; i < r->findings; i++)
		grade_report_finding(&r->finding[i], "        ", out);
	if (r->printed[0])
		report_printed(r->printed, "        ", out);
}

bool grade_report_text(const struct grade *g, const struct grade_report_options *o, FILE *out,
                       struct error *err)
{
	double score[2] = { 0 }, max[2] = { 0 };

	(void)err;
	fprintf(out, "%s, seed %" PRIu64 "\n\n", o->submission, o->seed);
	if (g->broken)
		fprintf(out, "The submission cannot be graded:\n%s\n", g->compiler);
	for (unsigned i = 0; i < g->count; i++) {
		const struct test_result *r = &g->result[i];

		report_test(r, o, out);
		score[r->aspect] += r->score;
		max[r->aspect] += r->points;
	}
	fprintf(out, "\n%s%g of %g points%s", o->color ? "\033[1m" : "", g->score, g->max,
	        o->color ? "\033[0m" : "");
	fprintf(out, " (interface %g of %g, hardware-legal %g of %g), %u failed, %u warning%s\n",
	        score[0], max[0], score[1], max[1], g->failed, g->warnings,
	        g->warnings == 1 ? "" : "s");
	if (o->wall_time)
		fprintf(out, "%.2f s\n", g->seconds);
	return true;
}
