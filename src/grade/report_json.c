/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report as JSON: our own, and Gradescope's results.json
 * (Gradescope Autograder Documentation, "Output Format").
 */
#include "grade/grade.h"

#include "host/json.h"

#include <stdlib.h>

static json_t *finding_json(const struct finding *f)
{
	const struct mistake_info *info = mistake_info(f->mistake);
	json_t *o = json_object();

	json_object_set_new(o, "rule", json_text(info->name));
	json_object_set_new(o, "mistake", info->number ? json_integer(info->number) : json_null());
	json_object_set_new(o, "warning", json_boolean(f->warning));
	json_object_set_new(o, "what", json_text(info->text));
	json_object_set_new(o, "called", json_text(f->called));
	json_object_set_new(o, "expected", json_text(f->expected));
	json_object_set_new(o, "processor", f->hardware[0] ? json_text(f->hardware) : json_null());
	json_object_set_new(o, "advice", json_text(info->advice));
	return o;
}

static const char *const verdicts[] = { "passed", "failed", "absent" };
static const char *const aspects[] = { "interface", "hardware-legal" };

static json_t *result_json(const struct test_result *r, bool wall_time)
{
	json_t *o = json_object(), *findings = json_array();

	json_object_set_new(o, "id", json_text(r->id));
	json_object_set_new(o, "title", json_text(r->title));
	json_object_set_new(o, "aspect", json_text(aspects[r->aspect]));
	json_object_set_new(o, "status", json_text(verdicts[r->verdict]));
	json_object_set_new(o, "score", json_double(r->score));
	json_object_set_new(o, "max_score", json_double(r->points));
	for (unsigned i = 0; i < r->findings; i++)
		json_array_append_new(findings, finding_json(&r->finding[i]));
	json_object_set_new(o, "findings", findings);
	if (r->printed[0])
		json_object_set_new(o, "printed", json_text(r->printed));
	if (wall_time)
		json_object_set_new(o, "seconds", json_double(r->seconds));
	return o;
}

static bool write(json_t *json, FILE *out, struct error *err)
{
	bool done = json && json_write(json, out, err);

	if (!json)
		error_set(err, "out of memory");
	json_decref(json);
	return done;
}

bool grade_report_json(const struct grade *g, const struct grade_report_options *o, FILE *out,
                       struct error *err)
{
	json_t *json = json_object(), *tests = json_array();

	json_object_set_new(json, "schema", json_text("eptsim-grade/1"));
	json_object_set_new(json, "submission", json_text(o->submission));
	json_object_set_new(json, "seed", json_u64(o->seed));
	json_object_set_new(json, "score", json_double(g->score));
	json_object_set_new(json, "max_score", json_double(g->max));
	json_object_set_new(json, "broken", g->broken ? json_text(g->compiler) : json_null());
	json_object_set_new(json, "warnings", json_integer(g->warnings));
	for (unsigned i = 0; i < g->count; i++)
		json_array_append_new(tests, result_json(&g->result[i], o->wall_time));
	json_object_set_new(json, "tests", tests);
	if (o->wall_time)
		json_object_set_new(json, "seconds", json_double(g->seconds));
	return write(json, out, err);
}

/* ---- Gradescope ---- */

static json_t *gradescope_test(const struct test_result *r, unsigned number)
{
	json_t *o = json_object(), *tags = json_array();
	char *text = grade_report_findings_text(r), name[200], numbers[16];

	json_object_set_new(o, "score", json_double(r->score));
	json_object_set_new(o, "max_score", json_double(r->points));
	json_object_set_new(o, "status",
	                    json_text(r->verdict == VERDICT_FAILED ? "failed" : "passed"));
	snprintf(name, sizeof name, "%s: %s", r->id, r->title);
	json_object_set_new(o, "name", json_text(name));
	snprintf(numbers, sizeof numbers, "%u", number);
	json_object_set_new(o, "number", json_text(numbers));
	json_object_set_new(o, "output", json_text(text ? text : ""));
	json_object_set_new(o, "output_format", json_text("text"));
	json_array_append_new(tags, json_text(aspects[r->aspect]));
	json_object_set_new(o, "tags", tags);
	json_object_set_new(o, "visibility", json_text("visible"));
	free(text);
	return o;
}

bool grade_report_gradescope(const struct grade *g, const struct grade_report_options *o, FILE *out,
                             struct error *err)
{
	json_t *json = json_object(), *tests = json_array();
	char summary[200];

	snprintf(summary, sizeof summary, "%g of %g points, %u failed, %u warnings", g->score,
	         g->max, g->failed, g->warnings);
	json_object_set_new(json, "score", json_double(g->score));
	/* Gradescope's is in whole seconds. */
	if (o->wall_time)
		json_object_set_new(json, "execution_time",
		                    json_integer((json_int_t)(g->seconds + 0.999)));
	json_object_set_new(json, "output", json_text(g->broken ? g->compiler : summary));
	json_object_set_new(json, "output_format", json_text("text"));
	json_object_set_new(json, "visibility", json_text("visible"));
	json_object_set_new(json, "stdout_visibility", json_text("hidden"));
	for (unsigned i = 0, number = 0; i < g->count; i++)
		if (g->result[i].verdict != VERDICT_ABSENT)
			json_array_append_new(tests, gradescope_test(&g->result[i], ++number));
	json_object_set_new(json, "tests", tests);
	return write(json, out, err);
}
