/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs the tests on a submission in C, one process and more for each of them.
 */
#include "grade/grade.h"

#include "grade/compile.h"
#include "grade/confine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct test *const test_families[] = {
	tests_entry,     tests_table,     tests_probe,        tests_legal,
	tests_rights,    tests_large,     tests_invalidation, tests_accounting,
	tests_violation, tests_translate, tests_random,       NULL,
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- Results ---- */

struct test_result *grade_add(struct grade *g)
{
	if (g->count == g->room) {
		unsigned room = g->room ? 2 * g->room : 64;
		struct test_result *more =
			room <= GRADE_TESTS_MAX ? realloc(g->result, room * sizeof *more) : NULL;

		if (!more)
			return NULL;
		g->result = more;
		g->room = room;
	}
	memset(&g->result[g->count], 0, sizeof *g->result);
	return &g->result[g->count++];
}

static const char *keep(struct grade *g, char *text)
{
	char **more = text ? realloc(g->kept, (g->kept_count + 1) * sizeof *more) : NULL;

	if (!more) {
		free(text);
		return "?";
	}
	g->kept = more;
	return g->kept[g->kept_count++] = text;
}

struct test_result *grade_add_named(struct grade *g, const char *family, const char *name,
                                    const char *title, double points)
{
	struct test_result *r = grade_add(g);
	char *id;

	if (!r)
		return NULL;
	if (asprintf(&id, "%s.%.80s", family, name) < 0)
		id = NULL;
	r->id = keep(g, id);
	r->title = keep(g, strdup(title));
	r->aspect = ASPECT_HARDWARE;
	r->points = r->score = points;
	r->verdict = VERDICT_PASSED;
	return r;
}

struct finding *grade_fail(struct test_result *r, enum mistake m)
{
	r->verdict = VERDICT_FAILED;
	r->score = 0;
	if (r->findings == FINDINGS_MAX)
		return NULL;
	r->finding[r->findings] = (struct finding){ .mistake = m };
	return &r->finding[r->findings++];
}

void grade_sum(struct grade *g)
{
	g->score = g->max = 0;
	g->failed = g->warnings = 0;
	for (unsigned i = 0; i < g->count; i++) {
		const struct test_result *r = &g->result[i];

		g->score += r->score;
		g->max += r->points;
		g->failed += r->verdict == VERDICT_FAILED;
		for (unsigned j = 0; j < r->findings; j++)
			g->warnings += r->finding[j].warning;
	}
}

void grade_free(struct grade *g)
{
	for (unsigned i = 0; i < g->kept_count; i++)
		free(g->kept[i]);
	free(g->kept);
	free(g->result);
	*g = (struct grade){ .result = NULL };
}

bool grade_selected(const char *only, const char *id)
{
	size_t family = strcspn(id, ".");

	for (const char *at = only; at && *at; at += *at == ',') {
		size_t length = strcspn(at, ",");

		if ((length == strlen(id) || length == family) && memcmp(at, id, length) == 0)
			return true;
		at += length;
	}
	return !only;
}

void grade_list(FILE *out, const struct rubric *rubric)
{
	unsigned index = 0;

	for (unsigned f = 0; test_families[f]; f++)
		for (const struct test *t = test_families[f]; t->id; t++, index++)
			fprintf(out, "%-28s %4g  %-14s %s\n", t->id,
			        rubric_points(rubric, index, t),
			        t->aspect == ASPECT_HARDWARE ? "hardware-legal" : "interface",
			        t->title);
}

/* ---- One test ---- */

static bool optional_absent(const struct test *t, const struct exam *x, const struct rubric *rubric)
{
	return t->optional != NOT_OPTIONAL && !(x->functions >> t->optional & 1) &&
	       !rubric->require[t->optional];
}

static void run_test(const struct test *t, struct exam *x, struct test_result *r,
                     const struct rubric *rubric)
{
	double start = now();

	r->id = t->id;
	r->title = t->title;
	r->aspect = t->aspect;
	if (optional_absent(t, x, rubric)) {
		r->verdict = VERDICT_ABSENT;
		r->points = 0;
		return;
	}
	t->run(x);
	if (x->process.pid)
		exam_end(x);
	r->seconds = now() - start;
	r->verdict = x->failed ? VERDICT_FAILED : VERDICT_PASSED;
	r->score = x->failed ? 0 : r->points;
	memcpy(r->finding, x->finding, sizeof r->finding);
	r->findings = x->findings;
	memcpy(r->printed, x->printed, sizeof r->printed);
	if (!x->failed && x->findings && rubric->warnings_cost)
		r->score = r->points / 2;
}

static bool run_tests(struct grade *g, struct exam *all, const struct grade_options *o,
                      struct error *err)
{
	unsigned index = 0;

	for (unsigned f = 0; test_families[f]; f++)
		for (const struct test *t = test_families[f]; t->id; t++, index++) {
			double points = rubric_points(o->rubric, index, t);
			struct test_result *r;

			if (points <= 0 || !grade_selected(o->only, t->id))
				continue;
			r = grade_add(g);
			struct exam *x = malloc(sizeof *x);

			if (!r || !x) {
				free(x);
				error_set(err, "out of memory");
				return false;
			}
			/* Each test has random numbers of its own, whatever else is run. */
			*x = *all;
			random_seed(&x->random, o->seed ^ random_mix(index));
			r->points = points;
			run_test(t, x, r, o->rubric);
			free(x);
		}
	if (g->count == 0) {
		error_set(err, "no test is selected; --list shows their ids");
		return false;
	}
	return true;
}

/* ---- The submission ---- */

/* Which functions are there? Asked once: a submission that answers otherwise
 * from process to process gains nothing. */
static bool look(struct exam *x, struct grade *g)
{
	char text[600];
	struct process p;

	if (process_start(&p, x->sandbox)) {
		x->functions = p.functions;
		process_stop(&p);
		return true;
	}
	process_stop(&p);
	if (p.death != DEATH_LOAD) {
		/* Perhaps it only dislikes this moment: let each test find out. */
		x->functions = ~UINT64_C(0);
		for (unsigned f = FN_eptp; f < FUNCTION_COUNT; f++)
			x->functions &= ~(UINT64_C(1) << f);
		return true;
	}
	process_death_text(&p, text, sizeof text);
	snprintf(g->compiler, sizeof g->compiler, "the submission %s\n", text);
	g->broken = true;
	return false;
}

static bool grade_object(struct grade *g, struct workdir *w, const struct grade_options *o,
                         bool confine, struct error *err)
{
	struct sandbox sandbox = { .workdir = w,
		                   .confine_files = confine,
		                   .cpu_seconds = o->rubric->cpu_seconds,
		                   .wall_seconds = o->rubric->wall_seconds };
	struct exam *x = calloc(1, sizeof *x);
	struct bench *b = calloc(1, sizeof *b);
	bool done = x && b && bench_create(b, err) &&
	            filter_make(FILTER_LOADING, &sandbox.loading, err) &&
	            filter_make(FILTER_RUNNING, &sandbox.running, err);

	if (done) {
		sandbox.memory = b->file;
		x->bench = b;
		x->sandbox = &sandbox;
		x->seed = o->seed;
		if (look(x, g))
			done = run_tests(g, x, o, err);
	}
	if (b)
		bench_destroy(b);
	filter_free(&sandbox.loading);
	filter_free(&sandbox.running);
	free(b);
	free(x);
	return done;
}

bool grade_submission(struct grade *g, const char *path, const struct grade_options *o,
                      struct error *err)
{
	bool confine = confine_landlock() > 0;
	struct compile_options how = { o->compiler, confine, o->rubric->compile_seconds };
	struct workdir w;
	enum compiled compiled;
	bool done = true;

	*g = (struct grade){ .seconds = now() };
	if (!confine && !o->without_landlock) {
		error_set(
			err,
			"this kernel has no Landlock (Linux 5.13, switched on): a submission could "
			"make the compiler read this machine's files; --without-landlock grades "
			"all the same");
		return false;
	}
	/* A submission that ends while it is written to must not end the grader. */
	signal(SIGPIPE, SIG_IGN);
	if (!workdir_create(&w, err)) {
		workdir_remove(&w);
		return false;
	}
	compiled = compile_submission(&w, path, &how, g->compiler, err);
	g->broken = compiled == COMPILE_REFUSED;
	if (compiled == COMPILED)
		done = grade_object(g, &w, o, confine, err);
	else if (compiled == COMPILE_FAILED)
		done = false;
	workdir_remove(&w);
	grade_sum(g);
	g->seconds = now() - g->seconds;
	return done;
}
