/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim check: runs scenarios and compares with what they expect, or fills in
 * what they get.
 */
#include "cli/commands.h"

#include "host/output.h"
#include "scenario/compare.h"
#include "scenario/run.h"
#include "scenario/write.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct check {
	bool fill, quiet, cold;
	const char *output_path; /* of the filled scenarios; NULL: standard output */
	char **files;
	int file_count;

	struct scenario_reader *reader;
	struct scenario_runner *runner;
	struct step_result *results;
	size_t results_size;
	struct output output;
	unsigned long passed, failed;
};

/* --- options ------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "fill", 'f', NULL, 0,
	  "Write the scenarios back with `expect' and `mem_after' as the simulator gets them", 0 },
	{ "output", 'o', "FILE", 0, "With --fill: write to FILE, which appears when it is complete", 0 },
	{ "cold", 'c', NULL, 0, "Without caches: the steps of a sequence find nothing cached", 0 },
	{ "quiet", 'q', NULL, 0, "Do not name the scenarios that fail, and do not warn", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct check *c = state->input;

	switch (key) {
	case 'f':
		c->fill = true;
		return 0;
	case 'o':
		c->output_path = arg;
		return 0;
	case 'c':
		c->cold = true;
		return 0;
	case 'q':
		c->quiet = true;
		return 0;
	case ARGP_KEY_ARGS:
		c->files = state->argv + state->next;
		c->file_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a file of scenarios, or - for standard input");
		return 0;
	case ARGP_KEY_SUCCESS:
		if (c->output_path && !c->fill)
			argp_error(state, "--output belongs to --fill");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "FILE...",
	.doc = "Run scenarios (JSON Lines; - is standard input) and compare with what they expect."
	       "\vThe first difference of each failing scenario is printed, and the counts at the end.\n"
	       "Exit status: 0 all passed, 1 some failed, 2 bad input.",
};

/* --- scenarios ----------------------------------------------------------- */

static int complain(struct check *c, const char *message)
{
	/* Results before a bad line stand; a file that --output names does not
	 * appear. */
	if (c->output.stream && !c->output_path)
		fflush(c->output.stream);
	fprintf(stderr, "eptsim check: %s\n", message);
	return -1;
}

static void run(struct check *c, const struct scenario *s)
{
	if (c->results_size < s->step_count) {
		free(c->results);
		c->results = calloc(s->step_count, sizeof(*c->results));
		if (!c->results) {
			fputs("eptsim: out of memory\n", stderr);
			exit(2);
		}
		c->results_size = s->step_count;
	}
	scenario_run(c->runner, s, c->results);
}

/* -1: the output takes no more. */
static int check_scenario(struct check *c, const struct scenario *s)
{
	char text[512];

	run(c, s);
	if (c->fill) {
		scenario_fill(s, c->results);
		return scenario_write(c->output.stream, s);
	}
	if (scenario_compare(s, c->results, text, sizeof(text))) {
		c->passed++;
		return 0;
	}
	c->failed++;
	if (!c->quiet)
		fprintf(c->output.stream, "%s\n", text);
	return ferror(c->output.stream) ? -1 : 0;
}

/* 0, or -1 after telling why; no count follows an error. */
static int check_file(struct check *c, const char *path)
{
	const struct scenario *s;
	int result;

	if (scenario_reader_open(c->reader, path) < 0)
		return complain(c, scenario_reader_error(c->reader));
	while ((result = scenario_read(c->reader, &s)) == 1)
		if (check_scenario(c, s) < 0)
			return 0; /* output_commit() tells */
	return result == 0 ? 0 : complain(c, scenario_reader_error(c->reader));
}

static int check_files(struct check *c)
{
	for (int i = 0; i < c->file_count && !output_failed(&c->output); i++)
		if (check_file(c, c->files[i]) < 0)
			return -1;
	if (!c->fill)
		fprintf(c->output.stream, "%lu passed, %lu failed\n", c->passed, c->failed);
	return 0;
}

int cmd_check(int argc, char **argv)
{
	struct check c = { .output_path = NULL };
	struct error error = { "" };
	int result;

	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &c) != 0)
		return 2;
	if (!output_open(&c.output, c.output_path ? c.output_path : "-", &error)) {
		complain(&c, error.message);
		return 2;
	}
	c.reader = scenario_reader_create(c.quiet ? NULL : stderr);
	struct mmu_geometry geometry = c.cold ? mmu_geometry_none() : mmu_geometry_everything();

	c.runner = scenario_runner_create_as(&geometry);
	result = check_files(&c);
	if (result == 0 && !output_commit(&c.output, &error))
		result = complain(&c, error.message);
	output_abandon(&c.output);
	scenario_runner_free(c.runner);
	scenario_reader_free(c.reader);
	free(c.results);
	return result < 0 ? 2 : c.failed > 0;
}
