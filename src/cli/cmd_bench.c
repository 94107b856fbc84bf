/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim bench: access patterns driven straight through the machine, and what
 * each access cost.
 */
#include "cli/commands.h"

#include "cli/setup.h"
#include "host/number.h"
#include "host/output.h"
#include "report/report.h"
#include "trace/generate.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "eptsim bench"
#define BLOCK 1024        /* records */
#define BASE (UINT64_C(1) << 32) /* linear address of the footprint */
#define FOOTPRINT_MAX (UINT64_C(1) << 44)
#define FOOTPRINTS_MAX 64
#define STRIDE_DEFAULT 4096
#define ACCESSES_DEFAULT 200000
#define ACCESSES_MAX (UINT64_C(1) << 40)

struct command {
	struct setup setup;
	enum pattern kind;
	bool kind_given;
	uint64_t footprint[FOOTPRINTS_MAX];
	unsigned footprints;
	uint64_t stride, accesses; /* 0: not given */
	const char *json_path, *csv_path;
	bool quiet;

	struct output json, csv, text;
	json_t *points;
	struct replay replay;
	struct generator generator;
	struct trace_record records[BLOCK];
};

/* ---- Options ---- */

enum { KEY_PATTERN = 1, KEY_FOOTPRINT, KEY_STRIDE, KEY_ACCESSES, KEY_JSON, KEY_CSV };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "The accesses:", 2 },
	{ "pattern", KEY_PATTERN, "NAME", 0, "seq, stride, random, zipf or chase", 2 },
	{ "footprint", KEY_FOOTPRINT, "LIST", 0, "Bytes that are touched, such as 64K,1M,1G", 2 },
	{ "stride", KEY_STRIDE, "SIZE", 0,
	  "stride: distance; chase: one line in each block of this size (default 4K)", 2 },
	{ "accesses", KEY_ACCESSES, "N", 0,
	  "Accesses measured, at least; whole sweeps (default 200000)", 2 },
	{ NULL, 0, NULL, 0, "What is written:", 3 },
	{ "json", KEY_JSON, "FILE", 0, "A report for each footprint as JSON", 3 },
	{ "csv", KEY_CSV, "FILE", 0, "The table as CSV", 3 },
	{ "quiet", 'q', NULL, 0, "No table on standard output", 3 },
	{ 0 },
};

static uint64_t parse_size(struct argp_state *state, const char *option, const char *arg,
			   uint64_t least, uint64_t most)
{
	uint64_t value = 0;
	char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];

	number_format_size(low, least);
	number_format_size(high, most);
	if (!number_parse_size(arg, &value) || value < least || value > most)
		argp_failure(state, 2, 0, "%s: expected a size from %s to %s, found \"%s\"", option,
			     low, high, arg);
	return value;
}

static void parse_footprints(struct command *c, struct argp_state *state, const char *arg)
{
	char *copy = strdup(arg), *rest = copy, *item;

	while (copy && (item = strsep(&rest, ","))) {
		if (c->footprints == FOOTPRINTS_MAX)
			argp_failure(state, 2, 0, "--footprint: at most %d", FOOTPRINTS_MAX);
		c->footprint[c->footprints++] =
			parse_size(state, "--footprint", item, 64, FOOTPRINT_MAX);
	}
	free(copy);
}

static void parse_pattern(struct command *c, struct argp_state *state, const char *arg)
{
	if (pattern_find(arg, &c->kind)) {
		c->kind_given = true;
		return;
	}
	argp_failure(state, 2, 0,
		     "--pattern: expected seq, stride, random, zipf or chase, found \"%s\"", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case KEY_PATTERN:
		parse_pattern(c, state, arg);
		return 0;
	case KEY_FOOTPRINT:
		parse_footprints(c, state, arg);
		return 0;
	case KEY_STRIDE:
		c->stride = parse_size(state, "--stride", arg, 8, FOOTPRINT_MAX);
		return 0;
	case KEY_ACCESSES:
		c->accesses = setup_number(state, "--accesses", arg);
		if (c->accesses == 0 || c->accesses > ACCESSES_MAX)
			argp_failure(state, 2, 0, "--accesses: expected 1 to 2^40, found \"%s\"", arg);
		return 0;
	case KEY_JSON:
		c->json_path = arg;
		return 0;
	case KEY_CSV:
		c->csv_path = arg;
		return 0;
	case 'q':
		c->quiet = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->setup;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "expected no argument, found \"%s\"", arg);
		return 0;
	case ARGP_KEY_END:
		if (!c->kind_given)
			argp_error(state, "expected --pattern seq, stride, random, zipf or chase");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &setup_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.doc = "Drive an access pattern through the machine and tell what an access costs, for each "
	       "size of memory touched.\v"
	       "The memory is mapped and touched before; then come one sweep (random and zipf: as "
	       "many accesses as are measured) that only warms the caches, and those that are "
	       "measured. The loads of a chase depend each on the one before.\n"
	       "Exit status: 0 done, 2 usage or bad input.",
	.children = children,
};

static bool complain(const char *message)
{
	fprintf(stderr, COMMAND ": %s\n", message);
	return false;
}

/* Without --footprint: from inside the first TLB to beyond everything. */
static bool check(struct command *c)
{
	struct error error = { "" };
	bool strided = c->kind == PATTERN_STRIDE || c->kind == PATTERN_CHASE;
	uint64_t multiple;

	if (c->stride == 0)
		c->stride = STRIDE_DEFAULT;
	if (c->accesses == 0)
		c->accesses = ACCESSES_DEFAULT;
	for (unsigned i = 16; c->footprints == 0 || (i > 16 && i <= 30); i += 2)
		c->footprint[c->footprints++] = UINT64_C(1) << i;
	if (c->kind == PATTERN_CHASE && c->stride % 64)
		error_set(&error, "--stride: a chase needs a multiple of 64, found %" PRIu64, c->stride);
	else if (strided && c->stride % 8)
		error_set(&error, "--stride: expected a multiple of 8, found %" PRIu64, c->stride);
	multiple = strided ? c->stride : 64;
	for (unsigned i = 0; i < c->footprints && !error.message[0]; i++)
		if (c->footprint[i] % multiple)
			error_set(&error, "--footprint: expected a multiple of %" PRIu64 ", found %" PRIu64,
				  multiple, c->footprint[i]);
	return !error.message[0] || complain(error.message);
}

/* ---- Running ---- */

static bool run(struct command *c, uint64_t accesses)
{
	struct error error = { "" };

	while (accesses) {
		size_t done, count = accesses < BLOCK ? (size_t)accesses : BLOCK;

		generator_next(&c->generator, c->records, count);
		if (!replay_block(&c->replay, c->records, count, &done, &error))
			return complain(error.message);
		accesses -= count;
	}
	return true;
}

/* A write to each page, in ascending order, as a program fills its memory. */
static bool touch(struct command *c, uint64_t footprint)
{
	struct error error = { "" };

	for (uint64_t at = 0; at < footprint; at += 4096) {
		struct trace_record r = { .address = BASE + at, .size = 8,
					  .op = TRACE_WRITE, .cpl = TRACE_CPL_DEFAULT };
		size_t done;

		if (!replay_block(&c->replay, &r, 1, &done, &error))
			return complain(error.message);
	}
	return true;
}

static bool measure(struct command *c, uint64_t footprint)
{
	static const struct timing_registers chain = { .source = { 1 }, .result = { 1 } };
	struct generator *g = &c->generator;
	struct generate_config pattern = generate_defaults;
	struct error error = { "" };
	bool sweeps = c->kind != PATTERN_RANDOM && c->kind != PATTERN_ZIPF;
	uint64_t accesses = c->accesses;

	pattern.pattern = c->kind;
	pattern.base = BASE;
	pattern.footprint = footprint;
	pattern.stride = pattern.block = c->stride;
	pattern.seed = c->setup.configs.machine.seed;
	generator_destroy(g);
	if (!generator_init(g, &pattern, &error))
		return complain(error.message);
	uint64_t sweep = generator_sweep(g);

	if (sweeps)
		accesses = (accesses + sweep - 1) / sweep * sweep;
	if (!replay_init(&c->replay, &c->setup.configs, &error))
		return complain(error.message);
	if (!touch(c, footprint))
		return false;
	c->replay.registers = c->kind == PATTERN_CHASE ? &chain : NULL;
	if (!run(c, sweeps ? sweep : accesses))
		return false;
	replay_restart(&c->replay);
	if (!run(c, accesses))
		return false;
	replay_finish(&c->replay);
	return true;
}

/* ---- Results ---- */

static const char *const columns[] = { "footprint", "accesses", "cycles_per_access",
				       "ns_per_access", "stlb_hits_per_access", "walks_per_access",
				       "references_per_walk", "cycles_per_walk", "translation_percent" };
#define COLUMNS (sizeof columns / sizeof *columns)

static void row_of(const struct command *c, uint64_t footprint, const struct timing_stats *t,
		   char cell[COLUMNS][NUMBER_TEXT_SIZE])
{
	const struct walk_stats *w = &c->replay.machine.walk;
	double accesses = t->accesses ? (double)t->accesses : 1, walks = w->walks ? (double)w->walks : 1;
	double cycles = t->cycles ? (double)t->cycles : 1;
	double values[COLUMNS] = {
		[2] = (double)t->cycles / accesses,
		[3] = (double)t->cycles / accesses / c->setup.configs.machine.timing.core.clock,
		[4] = (double)w->stlb_hits / accesses,
		[5] = (double)w->walks / accesses,
		[6] = (double)w->references / walks,
		[7] = (double)t->walk_cycles / walks,
		[8] = 100 * (double)t->translation_cycles / cycles,
	};

	number_format_size(cell[0], footprint);
	snprintf(cell[1], sizeof cell[1], "%" PRIu64, t->accesses);
	for (unsigned i = 2; i < COLUMNS; i++)
		number_format_fixed(cell[i], values[i], i == 4 || i == 5 ? 4 : 2);
}

static void print_row(const struct command *c, char cell[COLUMNS][NUMBER_TEXT_SIZE])
{
	for (unsigned i = 0; i < COLUMNS && c->csv.stream; i++)
		fprintf(c->csv.stream, "%s%s", cell[i], i + 1 < COLUMNS ? "," : "\n");
	if (c->text.stream)
		fprintf(c->text.stream, "%10s %10s %10s %10s %10s %10s %10s %10s %11s\n", cell[0], cell[1],
			cell[2], cell[3], cell[4], cell[5], cell[6], cell[7], cell[8]);
}

static bool add_point(struct command *c, uint64_t footprint, const struct timing_stats *t)
{
	char name[80], size[NUMBER_TEXT_SIZE];

	number_format_size(size, footprint);
	snprintf(name, sizeof name, "%s, %s", pattern_names[c->kind], size);
	struct report r = {
		.command = "bench",
		.settings = c->setup.settings,
		.input = name,
		.records = t->accesses,
		.machine = &c->replay.machine,
		.time = t,
		.part = { { NULL, { "", walk_stat_table, walk_stat_count, &c->replay.machine.walk } },
			  { NULL, { "", timing_stat_table, timing_stat_count, t } } },
		.parts = 2,
	};
	json_t *o = report_json_object(&r);

	json_put(&o, "pattern", json_string(pattern_names[c->kind]));
	json_put(&o, "footprint", json_u64(footprint));
	json_push(&c->points, o);
	return c->points || complain("out of memory");
}

static bool finish(struct command *c)
{
	struct error error = { "out of memory" };
	bool good = true;

	if (c->json.stream) {
		json_t *o = json_object();

		json_put(&o, "schema", json_string("eptsim-bench/1"));
		json_put(&o, "points", json_incref(c->points));
		good = o && json_write(o, c->json.stream, &error);
		json_decref(o);
	}
	good = good && (!c->json.stream || output_commit(&c->json, &error)) &&
	       (!c->csv.stream || output_commit(&c->csv, &error)) &&
	       (!c->text.stream || output_commit(&c->text, &error));
	return good || complain(error.message);
}

static bool bench(struct command *c)
{
	char heads[COLUMNS][NUMBER_TEXT_SIZE];
	struct timing_stats *time = malloc(sizeof *time);
	bool good = time != NULL;

	for (unsigned i = 0; i < COLUMNS && c->csv.stream; i++)
		fprintf(c->csv.stream, "%s%s", columns[i], i + 1 < COLUMNS ? "," : "\n");
	if (c->text.stream)
		fprintf(c->text.stream, "%10s %10s %10s %10s %10s %10s %10s %10s %11s\n", "footprint",
			"accesses", "cycles/", "ns/", "STLB hits/", "walks/", "references", "cycles/",
			"translation");
	if (c->text.stream)
		fprintf(c->text.stream, "%10s %10s %10s %10s %10s %10s %10s %10s %11s\n", "", "", "access",
			"access", "access", "access", "/walk", "walk", "%");
	for (unsigned i = 0; good && i < c->footprints; i++) {
		good = measure(c, c->footprint[i]);
		if (!good)
			break;
		timing_summary(&c->replay.machine.processor[0].timing, time);
		row_of(c, c->footprint[i], time, heads);
		print_row(c, heads);
		if (c->json.stream)
			good = add_point(c, c->footprint[i], time);
		replay_destroy(&c->replay);
	}
	free(time);
	return good && finish(c);
}

static bool open_output(struct output *o, const char *path)
{
	struct error error = { "" };

	return !path || output_open(o, path, &error) || complain(error.message);
}

/* Other than for a trace, whose own order of frames is kept. */
static bool scatter(struct setup *s)
{
	struct error error = { "" };

	return settings_set(s->settings, SETTING_DEFAULT, "host.frames", "random", "bench", 0,
			    "assumed: a host that has run for a while", &error) ||
	       complain(error.message);
}

int cmd_bench(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof *c);
	int status = 2;

	if (!c || !setup_init(&c->setup, COMMAND) || !scatter(&c->setup)) {
		free(c);
		return 2;
	}
	argp_err_exit_status = 2;
	c->points = json_array();
	if (argp_parse(&argp, argc, argv, 0, NULL, c) == 0 &&
	    setup_check(&c->setup, COMMAND, CORE_SERIAL) && check(c) &&
	    open_output(&c->json, c->json_path) && open_output(&c->csv, c->csv_path) &&
	    open_output(&c->text, c->quiet ? NULL : "-") && bench(c))
		status = 0;
	replay_destroy(&c->replay);
	generator_destroy(&c->generator);
	output_abandon(&c->json);
	output_abandon(&c->csv);
	output_abandon(&c->text);
	json_decref(c->points);
	setup_free(&c->setup);
	free(c);
	return status;
}
