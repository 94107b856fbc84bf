/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report as JUnit XML and as TAP 13.
 */
#include "grade/grade.h"

#include <stdlib.h>
#include <string.h>

/* ---- JUnit ---- */

/* Text for an attribute or an element. XML 1.0 has no control characters. */
static void xml(const char *text, FILE *out)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else if (c == '\n')
			fputc(c, out);
		else
			fputc(c >= ' ' && c < 0x7f ? c : '?', out);
	}
}

static size_t family_length(const char *id)
{
	return strcspn(id, ".");
}

static void junit_case(const struct test_result *r, bool wall_time, FILE *out)
{
	char *text = grade_report_findings_text(r);

	fprintf(out, "    <testcase classname=\"%.*s\" name=\"", (int)family_length(r->id), r->id);
	xml(r->id, out);
	fputs(": ", out);
	xml(r->title, out);
	if (wall_time)
		fprintf(out, "\" time=\"%.3f", r->seconds);
	fputs("\">\n", out);
	if (r->verdict == VERDICT_ABSENT)
		fputs("      <skipped message=\"the function is not there\"/>\n", out);
	if (r->verdict == VERDICT_FAILED) {
		const struct mistake_info *info = mistake_info(
			r->findings ? r->finding[r->findings - 1].mistake : MISTAKE_WRONG_RESULT);

		fputs("      <failure message=\"", out);
		xml(info->text, out);
		fprintf(out, "\" type=\"%s\">", info->name);
		xml(text ? text : "", out);
		fputs("</failure>\n", out);
	} else if (text && text[0]) {
		fputs("      <system-out>", out);
		xml(text, out);
		fputs("</system-out>\n", out);
	}
	fputs("    </testcase>\n", out);
	free(text);
}

static bool same_family(const char *a, const char *b)
{
	return family_length(a) == family_length(b) && strncmp(a, b, family_length(a)) == 0;
}

static unsigned junit_suite(const struct grade *g, unsigned first, bool wall_time, FILE *out)
{
	unsigned end = first, failures = 0, skipped = 0;

	while (end < g->count && same_family(g->result[first].id, g->result[end].id)) {
		failures += g->result[end].verdict == VERDICT_FAILED;
		skipped += g->result[end].verdict == VERDICT_ABSENT;
		end++;
	}
	fprintf(out,
	        "  <testsuite name=\"%.*s\" tests=\"%u\" failures=\"%u\" errors=\"0\" "
	        "skipped=\"%u\">\n",
	        (int)family_length(g->result[first].id), g->result[first].id, end - first, failures,
	        skipped);
	for (unsigned i = first; i < end; i++)
		junit_case(&g->result[i], wall_time, out);
	fputs("  </testsuite>\n", out);
	return end;
}

bool grade_report_junit(const struct grade *g, const struct grade_report_options *o, FILE *out,
                        struct error *err)
{
	(void)err;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"", out);
	xml(o->submission, out);
	fprintf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n", g->count + g->broken,
	        g->failed, (unsigned)g->broken);
	if (g->broken) {
		fputs("  <testsuite name=\"submission\" tests=\"1\" failures=\"0\" errors=\"1\" "
		      "skipped=\"0\">\n"
		      "    <testcase classname=\"submission\" name=\"it can be graded\">\n"
		      "      <error message=\"the submission cannot be graded\">",
		      out);
		xml(g->compiler, out);
		fputs("</error>\n    </testcase>\n  </testsuite>\n", out);
	}
	for (unsigned i = 0; i < g->count;)
		i = junit_suite(g, i, o->wall_time, out);
	fputs("</testsuites>\n", out);
	return true;
}

/* ---- TAP ---- */

static void tap_comment(const char *text, FILE *out)
{
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		fprintf(out, "# %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

bool grade_report_tap(const struct grade *g, const struct grade_report_options *o, FILE *out,
                      struct error *err)
{
	(void)err, (void)o;
	fputs("TAP version 13\n", out);
	if (g->broken) {
		fputs("1..1\nnot ok 1 - the submission can be graded\n", out);
		tap_comment(g->compiler, out);
		return true;
	}
	fprintf(out, "1..%u\n", g->count);
	for (unsigned i = 0; i < g->count; i++) {
		const struct test_result *r = &g->result[i];
		char *text = grade_report_findings_text(r);

		fprintf(out, "%s %u - %s: %s", r->verdict == VERDICT_FAILED ? "not ok" : "ok",
		        i + 1, r->id, r->title);
		fprintf(out,
		        r->verdict == VERDICT_ABSENT ? " # SKIP the function is not there\n"
		                                     : " (%g of %g)\n",
		        r->score, r->points);
		tap_comment(text, out);
		free(text);
	}
	fprintf(out, "# %g of %g points\n", g->score, g->max);
	return true;
}
