/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim trace info: what a trace holds.
 */
#include "cli/trace_commands.h"

#include "cli/setup.h"
#include "host/number.h"
#include "trace/census.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "eptsim trace info"
#define BLOCK 1024 /* records */

struct command {
	struct trace_options trace;
	const char *const *paths;
	int count;
	struct trace_record records[BLOCK];
};

enum { KEY_FORMAT = 1, KEY_STRICT, KEY_MAX_ERRORS };

static const struct argp_option options[] = {
	{ "format", KEY_FORMAT, "NAME", 0, "Format of the traces (default: recognised by content)", 0 },
	{ "strict", KEY_STRICT, NULL, 0, "Lines that are no records are errors", 0 },
	{ "max-errors", KEY_MAX_ERRORS, "N", 0, "Skip and count up to N malformed records", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case KEY_FORMAT:
		c->trace.format = arg;
		return 0;
	case KEY_STRICT:
		c->trace.strict = true;
		return 0;
	case KEY_MAX_ERRORS:
		c->trace.max_errors = setup_number(state, "--max-errors", arg);
		return 0;
	case ARGP_KEY_ARGS:
		c->paths = (const char *const *)state->argv + state->next;
		c->count = state->argc - state->next;
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
	.args_doc = "TRACE|-...",
	.doc = "Tell the format of traces, their records, and their footprint: the different pages "
	       "of 4 KiB that accesses touch, counted exactly up to a million and estimated above.\v"
	       "Exit status: 0 done, 2 usage or bad input.",
};

static void print_count(const char *name, uint64_t count, const char *unit)
{
	printf("  %-22s %14" PRIu64 "%s%s\n", name, count, unit ? " " : "", unit ? unit : "");
}

static void print_source(const struct trace *t, const char *path)
{
	const char *compression = trace_compression(t);
	unsigned flags = trace_flags(t);

	printf("%s: %s%s%s%s%s\n", strcmp(path, "-") ? path : "standard input",
	       trace_format_name(trace_format(t)), strcmp(compression, "none") ? ", " : "",
	       strcmp(compression, "none") ? compression : "",
	       flags & TRACE_FORMAT_PHYSICAL ? ", physical addresses" : "",
	       flags & TRACE_FORMAT_SAMPLED ? ", a sample" : "");
}

static void print_footprint(const struct census *c)
{
	char size[NUMBER_TEXT_SIZE];
	bool exact;
	uint64_t pages = census_pages(c, &exact);

	if (!c->any)
		return;
	number_format_fixed(size, (double)pages / 256, 2);
	print_count("bytes accessed", c->sizes, NULL);
	print_count("across two pages", c->crossing, NULL);
	print_count("pages of 4 KiB", pages, exact ? NULL : "(estimated, standard error 0.4 %)");
	printf("  %-22s %14s MiB\n", "footprint", size);
	printf("  %-22s 0x%" PRIx64 " to 0x%" PRIx64 "\n", "addresses", c->lowest, c->highest);
}

static void print_all(const struct trace *t, const struct census *c)
{
	struct trace_counts counts = trace_counts(t);
	static const char *const names[ACCESS_TYPES] = { "reads", "writes", "read-modify-writes",
		                                         "fetches" };

	print_count("records", counts.records, NULL);
	for (unsigned op = 0; op < TRACE_OPS; op++)
		if (c->by_op[op])
			print_count(op < ACCESS_TYPES ? names[op] : trace_op_name(op), c->by_op[op],
			            NULL);
	if (counts.lines)
		print_count("lines", counts.lines, NULL);
	print_count("bytes, decompressed", counts.bytes, NULL);
	if (counts.foreign)
		print_count("lines of another shape", counts.foreign, "(skipped)");
	if (counts.other)
		print_count("other items", counts.other, "(prefetches, escapes and the like)");
	if (counts.errors)
		print_count("malformed records", counts.errors, "(skipped)");
	print_footprint(c);
}

static bool inform(struct command *c, const char *path)
{
	struct trace_error error;
	struct trace *t = trace_open(path, &c->trace, &error);
	struct census census;
	bool good = t != NULL;
	size_t n;

	if (!t) {
		fprintf(stderr, COMMAND ": %s\n", error.message);
		return false;
	}
	if (!census_init(&census)) {
		fprintf(stderr, COMMAND ": out of memory\n");
		trace_close(t);
		return false;
	}
	while ((n = trace_next_block(t, c->records, BLOCK)) > 0)
		census_add(&census, c->records, n);
	print_source(t, path);
	print_all(t, &census);
	if (trace_tolerated(t))
		fprintf(stderr, COMMAND ": skipped: %s\n", trace_tolerated(t)->message);
	if (trace_failed(t)) {
		fprintf(stderr, COMMAND ": %s\n", trace_failed(t)->message);
		good = false;
	}
	census_destroy(&census);
	trace_close(t);
	return good;
}

int trace_info(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof *c);
	int status = 2;

	if (c && argp_parse(&argp, argc, argv, 0, NULL, c) == 0) {
		status = 0;
		for (int i = 0; i < c->count; i++)
			if (!inform(c, c->paths[i]))
				status = 2;
	}
	free(c);
	return status;
}
