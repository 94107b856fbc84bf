/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim trace generate: a synthetic trace.
 */
#include "cli/trace_commands.h"

#include "cli/setup.h"
#include "host/number.h"
#include "trace/generate.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "eptsim trace generate"
#define BLOCK 1024 /* records */

struct command {
	struct generate_config config;
	bool has_pattern;
	const char *output;
	uint64_t count;
	struct trace_output out;
	struct generator generator;
	struct trace_record records[BLOCK];
};

enum { KEY_TO = 1, KEY_FOOTPRINT, KEY_BASE, KEY_STRIDE, KEY_SIZE, KEY_EXPONENT, KEY_MIX, KEY_SEED };

static const struct argp_option options[] = {
	{ "count", 'n', "N", 0, "Records to make (default: 1000000)", 0 },
	{ "footprint", KEY_FOOTPRINT, "SIZE", 0, "Bytes that are accessed, such as 64M (default)", 0 },
	{ "base", KEY_BASE, "ADDRESS", 0, "Where they begin (default: 0x40000000)", 0 },
	{ "size", KEY_SIZE, "BYTES", 0, "Of an access (default: 8)", 0 },
	{ "stride", KEY_STRIDE, "SIZE", 0, "stride: the step (default: 4K)", 0 },
	{ "exponent", KEY_EXPONENT, "X", 0, "zipf: of the law (default: 0.99)", 0 },
	{ "mix", KEY_MIX, "OP=N,...", 0,
	  "Weights of r, w, m (read-modify-write), x (fetch), such as r=3,w=1 (default: r=1)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of what is random (default: 1)", 0 },
	{ "to", KEY_TO, "NAME", 0, "Format to write (default: eptrace-binary)", 0 },
	{ "output", 'o', "FILE", 0, "Write there (default: standard output)", 0 },
	{ 0 },
};

static uint64_t size_argument(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t value = 0;

	if (!number_parse_size(arg, &value))
		argp_error(state, "%s: expected a size, such as 64M, found \"%s\"", option, arg);
	return value;
}

/* "r=3,w=1" */
static void parse_mix(struct command *c, const char *arg, struct argp_state *state)
{
	static const char letters[] = "rwmx"; /* in the order of enum access_type */
	char *copy = strdup(arg), *rest = copy, *part;

	memset(c->config.mix, 0, sizeof c->config.mix);
	while (copy && (part = strsep(&rest, ","))) {
		const char *op = *part ? strchr(letters, *part) : NULL;
		uint64_t weight;

		if (!op || part[1] != '=' || !number_parse_u64(part + 2, &weight) ||
		    weight > UINT32_MAX) {
			argp_error(state, "--mix: expected weights as r=3,w=1, found \"%s\"", part);
			break;
		}
		c->config.mix[op - letters] = weight;
	}
	free(copy);
}

static void parse_pattern(struct command *c, const char *arg, struct argp_state *state)
{
	if (c->has_pattern)
		argp_error(state, "one pattern at a time");
	c->has_pattern = pattern_find(arg, &c->config.pattern);
	if (!c->has_pattern)
		argp_error(state, "expected sequential, stride, random, zipf or chase, found \"%s\"",
		           arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case 'n':
		c->count = setup_number(state, "--count", arg);
		return 0;
	case 'o':
		c->output = arg;
		return 0;
	case KEY_TO:
		c->out.format = arg;
		return 0;
	case KEY_FOOTPRINT:
		c->config.footprint = size_argument(state, "--footprint", arg);
		return 0;
	case KEY_BASE:
		c->config.base = size_argument(state, "--base", arg);
		return 0;
	case KEY_STRIDE:
		c->config.stride = size_argument(state, "--stride", arg);
		return 0;
	case KEY_SIZE:
		c->config.size = size_argument(state, "--size", arg);
		return 0;
	case KEY_EXPONENT:
		if (!number_parse_double(arg, &c->config.exponent))
			argp_error(state, "--exponent: expected a number, found \"%s\"", arg);
		return 0;
	case KEY_MIX:
		parse_mix(c, arg, state);
		return 0;
	case KEY_SEED:
		c->config.seed = setup_number(state, "--seed", arg);
		return 0;
	case ARGP_KEY_ARG:
		parse_pattern(c, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected sequential, stride, random, zipf or chase");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&list, &size);
	if (!f)
		return NULL;
	fputs("Patterns:\n", f);
	for (unsigned i = 0; i < PATTERNS; i++)
		fprintf(f, "  %-10s %s\n", pattern_names[i], pattern_texts[i]);
	fputs("\nExit status: 0 done, 2 usage.", f);
	if (fclose(f)) {
		free(list);
		return NULL;
	}
	return list;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "PATTERN",
	.doc = "Make a synthetic trace.\v",
	.help_filter = help_filter,
};

static bool generate(struct command *c)
{
	if (!trace_output_open(&c->out, c->output, 0))
		return false;
	for (uint64_t left = c->count; left > 0;) {
		size_t n = left < BLOCK ? (size_t)left : BLOCK;

		generator_next(&c->generator, c->records, n);
		left -= n;
		if (!trace_output_put(&c->out, c->records, n))
			break;
	}
	return trace_output_commit(&c->out, false);
}

int trace_generate(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof *c);
	struct error error = { "" };
	int status = 2;

	if (!c)
		return 2;
	c->config = generate_defaults;
	c->output = "-";
	c->count = 1000000;
	c->out.command = COMMAND;
	c->out.format = "eptrace-binary";
	if (argp_parse(&argp, argc, argv, 0, NULL, c) == 0 &&
	    trace_output_check(COMMAND, c->out.format)) {
		if (!generator_init(&c->generator, &c->config, &error))
			fprintf(stderr, COMMAND ": %s\n", error.message);
		else if (generate(c))
			status = 0;
	}
	trace_output_abandon(&c->out);
	generator_destroy(&c->generator);
	free(c);
	return status;
}
