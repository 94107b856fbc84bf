/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim vmx: the hosted side of the bare-metal image.
 *
 *   eptsim vmx compile SCENARIOS -o WORKLIST
 *   eptsim vmx results SCENARIOS OUTPUT      what the image wrote, as scenarios
 */
#include "cli/commands.h"

#include "host/output.h"
#include "scenario/write.h"
#include "vmxlist/list.h"
#include "vmxlist/result.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 64

struct vmx_command {
	const char *verb, *scenarios, *results, *output_path;
	struct scenario_reader *reader;
	struct planner *planner;
	struct list *list;
	struct output output;
	FILE *in;
	unsigned long line; /* of the image's output */
	unsigned long planned;
	struct {
		const char *why;
		unsigned long count;
	} reasons[REASONS_MAX];
};

/* --- options ------------------------------------------------------------- */

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE, which appears when it is complete", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct vmx_command *c = state->input;
	const char **places[] = { &c->verb, &c->scenarios, &c->results };

	switch (key) {
	case 'o':
		c->output_path = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= sizeof(places) / sizeof(places[0]))
			return ARGP_ERR_UNKNOWN;
		*places[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!c->verb || (strcmp(c->verb, "compile") && strcmp(c->verb, "results")))
			argp_error(state, "expected compile or results");
		else if (!c->scenarios)
			argp_error(state, "expected a file of scenarios");
		else if (!strcmp(c->verb, "results") != !!c->results)
			argp_error(state, c->results ? "too many arguments" : "expected the image's output");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "compile SCENARIOS\nresults SCENARIOS OUTPUT",
	.doc = "Run scenarios on a processor with VMX: compile them to the work list that the "
	       "bare-metal image takes as its boot module, and read what the image wrote as scenarios again."
	       "\vScenarios that no processor can carry out are left out of the list, counted by reason on "
	       "standard error, and named in the results (\"skipped\").\n"
	       "Exit status: 0 done, 2 bad input.",
};

static int complain(const char *message)
{
	fprintf(stderr, "eptsim vmx: %s\n", message);
	return -1;
}

/* --- compile ------------------------------------------------------------- */

static void count_reason(struct vmx_command *c, const char *why)
{
	for (unsigned i = 0; i < REASONS_MAX; i++) {
		if (c->reasons[i].why && strcmp(c->reasons[i].why, why))
			continue;
		c->reasons[i].why = why;
		c->reasons[i].count++;
		return;
	}
}

static int compile(struct vmx_command *c)
{
	const struct scenario *s;
	uint32_t index = 0;
	int got;

	while ((got = scenario_read(c->reader, &s)) == 1) {
		const struct plan *plan = plan_scenario(c->planner, s, index++);

		if (plan->why_not)
			count_reason(c, plan->why_not);
		else if (!list_add(c->list, plan))
			return complain("more scenarios than a work list holds; split the file");
		else
			c->planned++;
	}
	if (got < 0)
		return complain(scenario_reader_error(c->reader));
	fprintf(stderr, "%lu of %lu scenarios\n", c->planned, (unsigned long)index);
	for (unsigned i = 0; i < REASONS_MAX && c->reasons[i].why; i++)
		fprintf(stderr, "%8lu left out: %s\n", c->reasons[i].count, c->reasons[i].why);
	return list_write(c->list, c->output.stream);
}

/* --- results ------------------------------------------------------------- */

static void set_new(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0) {
		fputs("eptsim: out of memory\n", stderr);
		exit(2);
	}
}

static int write_skipped(struct vmx_command *c, const struct scenario *s, const char *why)
{
	json_object_del(s->json, "expect");
	json_object_del(s->json, "mem_after");
	set_new(s->json, "skipped", json_string(why));
	return scenario_write(c->output.stream, s);
}

/* An exit that is no outcome of scenarios. */
static void set_other(const struct scenario *s, size_t step, const struct measured *m)
{
	json_t *where = s->sequence ? json_array_get(json_object_get(s->json, "steps"), step) : s->json;
	json_t *other = json_object();

	set_new(other, "outcome", json_string("other"));
	set_new(other, "exit_reason", json_integer(m->reason));
	set_new(other, "vector", json_integer(m->vector));
	set_new(where, "expect", other);
}

static int write_measured(struct vmx_command *c, const struct plan *plan, const struct result *r)
{
	static struct measured m[WORK_OPS_MAX];
	static struct step_result steps[WORK_OPS_MAX];
	const struct scenario *s = plan->scenario;
	unsigned op = 0;

	for (size_t i = 0; i < s->step_count; i++) {
		op = measure(plan, op, r, &m[i]);
		if (m[i].skipped)
			return write_skipped(c, s, m[i].skipped);
		steps[i] = m[i].step;
	}
	scenario_fill(s, steps);
	for (size_t i = 0; i < s->step_count; i++) {
		if (m[i].other)
			set_other(s, i, &m[i]);
		else if (m[i].carried && s->sequence)
			set_new(json_array_get(json_object_get(s->json, "steps"), i), "executed", json_integer(0));
	}
	return scenario_write(c->output.stream, s);
}

/* The results of one item's operations. */
static int read_item(struct vmx_command *c, const struct plan *plan, struct result *results)
{
	const char *why;

	for (unsigned i = 0; i < plan->item.ops; i++) {
		int got = result_read(c->in, &c->line, &results[i], &why);

		if (got == 1 && results[i].index == plan->item.index && (results[i].skipped || results[i].op == i)) {
			if (results[i].skipped)
				return 0;
			continue;
		}
		fprintf(stderr, "eptsim vmx: %s:%lu: %s\n", c->results, c->line,
			got == 1 ? "the result of another scenario" : got == 0 ? "a result is missing" : why);
		return -1;
	}
	return 0;
}

static int results(struct vmx_command *c)
{
	static struct result r[WORK_OPS_MAX];
	const struct scenario *s;
	uint32_t index = 0;
	int got;

	while ((got = scenario_read(c->reader, &s)) == 1) {
		const struct plan *plan = plan_scenario(c->planner, s, index++);

		if (!plan->why_not && read_item(c, plan, r) < 0)
			return -1;
		if ((plan->why_not ? write_skipped(c, s, plan->why_not) : write_measured(c, plan, r)) < 0)
			return 0; /* output_commit() tells */
	}
	return got < 0 ? complain(scenario_reader_error(c->reader)) : 0;
}

static int run(struct vmx_command *c)
{
	if (scenario_reader_open(c->reader, c->scenarios) < 0)
		return complain(scenario_reader_error(c->reader));
	if (!c->results)
		return compile(c);
	c->in = fopen(c->results, "r");
	if (!c->in) {
		fprintf(stderr, "eptsim vmx: %s: %s\n", c->results, strerror(errno));
		return -1;
	}
	int status = results(c);

	fclose(c->in);
	return status;
}

int cmd_vmx(int argc, char **argv)
{
	struct vmx_command c = { .verb = NULL };
	struct error error = { "" };
	int status = -1;

	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &c) != 0)
		return 2;
	if (!output_open(&c.output, c.output_path ? c.output_path : "-", &error)) {
		complain(error.message);
		return 2;
	}
	c.reader = scenario_reader_create(NULL);
	c.planner = planner_create();
	c.list = list_create();
	if (c.reader && c.planner && c.list)
		status = run(&c);
	if (status == 0 && !output_commit(&c.output, &error))
		status = complain(error.message);
	output_abandon(&c.output);
	list_free(c.list);
	planner_free(c.planner);
	scenario_reader_free(c.reader);
	return status < 0 ? 2 : 0;
}
