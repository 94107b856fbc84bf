/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim grade: grades an implementation of EPT.
 */
#include "cli/commands.h"

#include "grade/grade.h"
#include "grade/handout.h"
#include "host/number.h"
#include "host/output.h"

#include <eptsim/state.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_INIT = 256,
	OPTION_LIST,
	OPTION_ONLY,
	OPTION_SEED,
	OPTION_RUBRIC,
	OPTION_FORMAT,
	OPTION_WALL_TIME,
	OPTION_EPTP,
	OPTION_BASE,
	OPTION_CAP,
	OPTION_MAXPHYADDR,
	OPTION_EXPECT,
	OPTION_COMPILER,
	OPTION_WITHOUT_LANDLOCK,
	OPTION_COLOR,
};

struct arguments {
	const char *submission, *init, *rubric, *output;
	bool list, wall_time, color;
	enum grade_format format;
	struct grade_options grade;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "What is graded:", 1 },
	{ "only", OPTION_ONLY, "IDS", 0, "Only these tests or families, comma-separated", 1 },
	{ "rubric", OPTION_RUBRIC, "FILE", 0, "Points and limits of the course (INI)", 1 },
	{ "seed", OPTION_SEED, "N", 0, "Of the random tests (default 1)", 1 },
	{ "compiler", OPTION_COMPILER, "PATH", 0, "For a submission in C (default /usr/bin/gcc)",
	  1 },
	{ "without-landlock", OPTION_WITHOUT_LANDLOCK, NULL, 0,
	  "Grade on a kernel that cannot keep the compiler from reading files", 1 },
	{ NULL, 0, NULL, 0, "Memory images and store traces:", 2 },
	{ "eptp", OPTION_EPTP, "VALUE", 0,
	  "The SUBMISSION is a raw memory dump with this EPT pointer", 2 },
	{ "base", OPTION_BASE, "HPA", 0, "Of the dump's first byte (default 0)", 2 },
	{ "capabilities", OPTION_CAP, "VALUE", 0, "IA32_VMX_EPT_VPID_CAP (default: everything)",
	  2 },
	{ "maxphyaddr", OPTION_MAXPHYADDR, "BITS", 0, "36 to 52 (default 46)", 2 },
	{ "expect", OPTION_EXPECT, "FILE", 0, "What the image must map, a line a page", 2 },
	{ NULL, 0, NULL, 0, "Output:", 3 },
	{ "format", OPTION_FORMAT, "text|json|gradescope|junit|tap", 0,
	  "Of the report (default text)", 3 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE, which appears when it is complete",
	  3 },
	{ "wall-time", OPTION_WALL_TIME, NULL, 0,
	  "Report how long it took: no longer the same each time", 3 },
	{ "color", OPTION_COLOR, "WHEN", 0, "auto, always or never", 3 },
	{ NULL, 0, NULL, 0, "Instead of grading:", 4 },
	{ "init", OPTION_INIT, "DIR", 0, "Write a handout for students into DIR", 4 },
	{ "list", OPTION_LIST, NULL, 0, "Show the tests, with points and titles", 4 },
	{ 0 },
};

static uint64_t number(struct argp_state *state, const char *name, const char *text)
{
	uint64_t value = 0;

	if (!number_parse_u64(text, &value))
		argp_error(state, "--%s needs a number, not '%s'", name, text);
	return value;
}

static unsigned choice(struct argp_state *state, const char *name, const char *const *names,
                       const char *text)
{
	for (unsigned i = 0; names[i]; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	argp_error(state, "--%s: there is no '%s'", name, text);
	return 0;
}

static error_t parse_image(int key, char *arg, struct argp_state *state, struct grade_options *o)
{
	uint64_t bits;

	switch (key) {
	case OPTION_EPTP:
		o->eptp = number(state, "eptp", arg);
		return 0;
	case OPTION_BASE:
		o->base = number(state, "base", arg);
		return 0;
	case OPTION_CAP:
		o->capabilities = number(state, "capabilities", arg);
		return 0;
	case OPTION_MAXPHYADDR:
		bits = number(state, "maxphyaddr", arg);
		if (bits < MAXPHYADDR_MIN || bits > MAXPHYADDR_MAX)
			argp_error(state, "--maxphyaddr is from 36 to 52");
		o->maxphyaddr = (unsigned)bits;
		return 0;
	case OPTION_EXPECT:
		o->expect = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	static const char *const when[] = { "auto", "always", "never", NULL };
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_ONLY:
		a->grade.only = arg;
		return 0;
	case OPTION_RUBRIC:
		a->rubric = arg;
		return 0;
	case OPTION_SEED:
		a->grade.seed = number(state, "seed", arg);
		return 0;
	case OPTION_COMPILER:
		a->grade.compiler = arg;
		return 0;
	case OPTION_WITHOUT_LANDLOCK:
		a->grade.without_landlock = true;
		return 0;
	case OPTION_FORMAT:
		a->format = (enum grade_format)choice(state, "format", grade_format_names, arg);
		return 0;
	case 'o':
		a->output = arg;
		return 0;
	case OPTION_WALL_TIME:
		a->wall_time = true;
		return 0;
	case OPTION_COLOR: {
		unsigned which = choice(state, "color", when, arg);

		a->color = which == 1 || (which == 0 && a->color);
		return 0;
	}
	case OPTION_INIT:
		a->init = arg;
		return 0;
	case OPTION_LIST:
		a->list = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->submission)
			argp_error(state, "one submission at a time");
		a->submission = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->submission && !a->init && !a->list)
			argp_error(state, "expected a submission: FILE.c, FILE.so, an image or a "
			                  "store trace");
		return 0;
	default:
		return parse_image(key, arg, state, &a->grade);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "SUBMISSION",
	.doc = "Grade an implementation of extended page tables: its C source or shared object "
	       "(FILE.c, FILE.so), an image of the memory it made (scenario lines in FILE.jsonl, "
	       "or a raw "
	       "dump with --eptp), or a trace of its stores (FILE.stores)."
	       "\vThe entries are judged by the simulated processor. docs/instructor.md tells how "
	       "to set "
	       "up a course.\n"
	       "Exit status: 0 full marks, 1 less, 2 a submission that cannot be graded, or usage.",
};

static int complain(const struct error *error)
{
	fprintf(stderr, "eptsim grade: %s\n", error->message);
	return 2;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool grade(struct grade *g, const struct arguments *a, struct error *error)
{
	if (ends_in(a->submission, ".stores"))
		return grade_trace(g, a->submission, &a->grade, error);
	if (a->grade.eptp || ends_in(a->submission, ".jsonl"))
		return grade_image(g, a->submission, &a->grade, error);
	if (ends_in(a->submission, ".c") || ends_in(a->submission, ".so"))
		return grade_submission(g, a->submission, &a->grade, error);
	error_set(
		error,
		"%s: expected a name that ends in .c, .so, .jsonl or .stores, or --eptp for a dump",
		a->submission);
	return false;
}

static bool report(const struct grade *g, const struct arguments *a, struct error *error)
{
	static bool (*const reports[])(const struct grade *, const struct grade_report_options *,
	                               FILE *,
	                               struct error *) = { grade_report_text, grade_report_json,
		                                           grade_report_gradescope,
		                                           grade_report_junit, grade_report_tap };
	const char *slash = strrchr(a->submission, '/');
	struct grade_report_options o = { .submission = slash ? slash + 1 : a->submission,
		                          .seed = a->grade.seed,
		                          .color = a->color && !a->output,
		                          .wall_time = a->wall_time };
	struct output output;
	bool done;

	if (!output_open(&output, a->output ? a->output : "-", error))
		return false;
	done = reports[a->format](g, &o, output.stream, error) && output_commit(&output, error);
	output_abandon(&output);
	return done;
}

int cmd_grade(int argc, char **argv)
{
	struct arguments a = { .color = isatty(STDOUT_FILENO),
		               .grade = { .seed = 1,
		                          .compiler = "/usr/bin/gcc",
		                          .capabilities = EPT_CAP_EVERYTHING,
		                          .maxphyaddr = MAXPHYADDR_DEFAULT } };
	struct error error = { "" };
	struct rubric rubric;
	struct grade g = { .result = NULL };
	int status = 2;

	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
		return 2;
	if (a.init)
		return handout_write(a.init, &error) ? 0 : complain(&error);
	if (!rubric_load(&rubric, a.rubric, &error))
		return complain(&error);
	if (a.list) {
		grade_list(stdout, &rubric);
		return 0;
	}
	a.grade.rubric = &rubric;
	if (!grade(&g, &a, &error) || !report(&g, &a, &error))
		complain(&error);
	else if (!g.broken)
		status = g.score < g.max;
	grade_free(&g);
	return status;
}
