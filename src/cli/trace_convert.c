/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim trace convert: a trace in another format.
 */
#include "cli/trace_commands.h"

#include "cli/setup.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "eptsim trace convert"
#define BLOCK 1024 /* records */

struct command {
	struct trace_options trace;
	const char *path, *output;
	bool quiet;
	uint64_t limit;
	struct trace_output out;
	struct trace *reader;
	struct trace_record records[BLOCK];
};

enum { KEY_FORMAT = 1, KEY_STRICT, KEY_MAX_ERRORS, KEY_TO, KEY_LIMIT };

static const struct argp_option options[] = {
	{ "to", KEY_TO, "NAME", 0, "Format to write (default: eptrace-binary)", 0 },
	{ "output", 'o', "FILE", 0, "Write there (default: standard output)", 0 },
	{ "limit", KEY_LIMIT, "N", 0, "Stop after N records", 0 },
	{ "format", KEY_FORMAT, "NAME", 0, "Format of the trace (default: recognised by content)", 0 },
	{ "strict", KEY_STRICT, NULL, 0, "Lines that are no records are errors", 0 },
	{ "max-errors", KEY_MAX_ERRORS, "N", 0, "Skip and count up to N malformed records", 0 },
	{ "quiet", 'q', NULL, 0, "Do not tell what the format could not hold", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case KEY_TO:
		c->out.format = arg;
		return 0;
	case 'o':
		c->output = arg;
		return 0;
	case 'q':
		c->quiet = true;
		return 0;
	case KEY_LIMIT:
		c->limit = setup_number(state, "--limit", arg);
		return 0;
	case KEY_FORMAT:
		c->trace.format = arg;
		return 0;
	case KEY_STRICT:
		c->trace.strict = true;
		return 0;
	case KEY_MAX_ERRORS:
		c->trace.max_errors = setup_number(state, "--max-errors", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (c->path)
			argp_error(state, "one trace at a time");
		c->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a trace, or - for standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "TRACE|-",
	.doc = "Write a trace in another format. What that format cannot hold is told.\v"
	       "'eptsim trace formats' lists the formats. Exit status: 0 done, 2 usage or bad input.",
};

static bool complain(const char *message)
{
	fprintf(stderr, COMMAND ": %s\n", message);
	return false;
}

/* Virtual and physical addresses do not become each other by renaming. */
static bool check_addresses(const struct command *c)
{
	bool from = trace_flags(c->reader) & TRACE_FORMAT_PHYSICAL;
	bool to = trace_format_flags(trace_format_find(c->out.format)) & TRACE_FORMAT_PHYSICAL;

	if (from == to || strcmp(c->out.format, "eptrace-binary") == 0)
		return true;
	fprintf(stderr, COMMAND ": the trace has %s addresses, %s has %s ones\n",
	        from ? "physical" : "virtual", c->out.format, to ? "physical" : "virtual");
	return false;
}

/* The first block is read before the output is opened: it tells the flags. */
static bool convert(struct command *c)
{
	size_t n = trace_next_block(c->reader, c->records, BLOCK);
	uint64_t done = 0;

	if (!check_addresses(c) ||
	    !trace_output_open(&c->out, c->output,
	                       trace_flags(c->reader) &
	                               (TRACE_FORMAT_PHYSICAL | TRACE_FORMAT_SAMPLED)))
		return false;
	while (n > 0 && done < c->limit) {
		if (n > c->limit - done)
			n = (size_t)(c->limit - done);
		done += n;
		if (!trace_output_put(&c->out, c->records, n))
			break;
		n = trace_next_block(c->reader, c->records, BLOCK);
	}
	if (trace_failed(c->reader) && done < c->limit)
		return complain(trace_failed(c->reader)->message);
	if (trace_tolerated(c->reader))
		fprintf(stderr, COMMAND ": %" PRIu64 " malformed records were skipped, the first: %s\n",
		        trace_counts(c->reader).errors, trace_tolerated(c->reader)->message);
	return trace_output_commit(&c->out, c->quiet);
}

int trace_convert(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof *c);
	struct trace_error error;
	int status = 2;

	if (!c)
		return 2;
	c->output = "-";
	c->limit = UINT64_MAX;
	c->out.command = COMMAND;
	c->out.format = "eptrace-binary";
	if (argp_parse(&argp, argc, argv, 0, NULL, c) == 0 &&
	    trace_output_check(COMMAND, c->out.format)) {
		c->reader = trace_open(c->path, &c->trace, &error);
		if (!c->reader)
			complain(error.message);
		else if (convert(c))
			status = 0;
	}
	trace_output_abandon(&c->out);
	trace_close(c->reader);
	free(c);
	return status;
}
