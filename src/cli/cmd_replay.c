/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim replay: a trace's accesses through the machine, and the report.
 */
#include "cli/commands.h"

#include "cli/replay_report.h"
#include "cli/setup.h"
#include "host/digest.h"
#include "host/output.h"
#include "report/events.h"

#include <argp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMMAND "eptsim replay"
#define BLOCK 1024 /* records */

struct command {
	struct setup setup;
	const char *path;
	const char *json_path, *csv_path, *events_path;
	bool progress, quiet;
	uint64_t limit; /* records */
	struct trace_options trace;

	struct trace *reader;
	struct digest *digest;
	char sha256[DIGEST_TEXT_SIZE];
	struct replay replay;
	struct output json, csv, events, text;
	struct events_writer writer;
	struct trace_record records[BLOCK];
	uint64_t lines[BLOCK]; /* of the records; 0: a binary format */
	uint64_t replayed;     /* records */
	struct timespec start, told;
};

/* --- options ------------------------------------------------------------- */

enum {
	KEY_JSON = 1,
	KEY_CSV,
	KEY_EVENTS,
	KEY_PROGRESS,
	KEY_FORMAT,
	KEY_STRICT,
	KEY_MAX_ERRORS,
	KEY_LIMIT
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "The trace:", 2 },
	{ "format", KEY_FORMAT, "NAME", 0, "Format of the trace (default: recognised by content)",
	  2 },
	{ "strict", KEY_STRICT, NULL, 0, "Lines that are no records are errors", 2 },
	{ "max-errors", KEY_MAX_ERRORS, "N", 0, "Skip and count up to N malformed records", 2 },
	{ "limit", KEY_LIMIT, "N", 0, "Stop after N records", 2 },
	{ NULL, 0, NULL, 0, "What is written:", 3 },
	{ "json", KEY_JSON, "FILE", 0, "The report as JSON", 3 },
	{ "csv", KEY_CSV, "FILE", 0, "The statistics as CSV", 3 },
	{ "events", KEY_EVENTS, "FILE", 0,
	  "Faults, exits, flags set and invalidations, as JSON Lines", 3 },
	{ "progress", KEY_PROGRESS, NULL, 0,
	  "Tell how far it is, and the speed (default on a terminal)", 3 },
	{ "quiet", 'q', NULL, 0, "No report on standard output, no progress", 3 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case KEY_JSON:
		c->json_path = arg;
		return 0;
	case KEY_CSV:
		c->csv_path = arg;
		return 0;
	case KEY_EVENTS:
		c->events_path = arg;
		return 0;
	case KEY_PROGRESS:
		c->progress = true;
		return 0;
	case 'q':
		c->quiet = true;
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
	case KEY_LIMIT:
		c->limit = setup_number(state, "--limit", arg);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->setup;
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

static const struct argp_child children[] = { { &setup_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "TRACE|-",
	.doc = "Replay a memory-access trace through guest paging and EPT, and report what the "
	       "translations cost.\v"
	       "A trace of a program: valgrind --tool=lackey --trace-mem=yes PROGRAM 2>&1 | "
	       "eptsim replay -\n"
	       "Exit status: 0 done, 2 usage or bad input.",
	.children = children,
};

/* --- progress ------------------------------------------------------------ */

static double seconds(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + 1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

static void tell_speed(struct command *c, bool end)
{
	struct timespec now;

	if (!c->progress)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!end && seconds(&c->told, &now) < 0.5)
		return;
	c->told = now;
	double taken = seconds(&c->start, &now);

	fprintf(stderr, "%s%" PRIu64 " records in %.2f s, %.1f million a second%s",
	        isatty(STDERR_FILENO) ? "\r" : "", c->replayed, taken,
	        taken > 0 ? 1e-6 * (double)c->replayed / taken : 0.0,
	        end || !isatty(STDERR_FILENO) ? "\n" : "");
}

/* --- replaying ----------------------------------------------------------- */

static bool complain(const char *message)
{
	fprintf(stderr, COMMAND ": %s\n", message);
	return false;
}

static bool complain_at(struct command *c, size_t index, struct error *error)
{
	const char *name = strcmp(c->path, "-") ? c->path : "standard input";

	if (c->lines[index])
		error_prefix(error, "%s:%" PRIu64 ": ", name, c->lines[index]);
	else
		error_prefix(error, "%s: record %" PRIu64 ": ", name, c->replayed + index + 1);
	return complain(error->message);
}

static bool replay_all(struct command *c)
{
	struct error error = { "" };

	while (c->replayed < c->limit) {
		size_t done, count = trace_next_block(c->reader, c->records, BLOCK);

		if (count == 0)
			break;
		if (count > c->limit - c->replayed)
			count = (size_t)(c->limit - c->replayed);
		if (!replay_block(&c->replay, c->records, count, &done, &error))
			return complain_at(c, done, &error);
		c->replayed += count;
		tell_speed(c, false);
		if (c->events.stream && output_failed(&c->events))
			break; /* output_commit() tells */
	}
	if (trace_failed(c->reader))
		return complain(trace_failed(c->reader)->message);
	if (c->writer.error.message[0])
		return complain(c->writer.error.message);
	tell_speed(c, true);
	return true;
}

/* --- the report ---------------------------------------------------------- */

static bool write_outputs(struct command *c, const struct report *report, struct error *error)
{
	if (c->json.stream && !report_json(report, c->json.stream, error))
		return false;
	if (c->csv.stream && !report_csv(report, c->csv.stream, error))
		return false;
	if (c->text.stream)
		report_text(report, c->text.stream);
	return (!c->json.stream || output_commit(&c->json, error)) &&
	       (!c->csv.stream || output_commit(&c->csv, error)) &&
	       (!c->events.stream || output_commit(&c->events, error)) &&
	       (!c->text.stream || output_commit(&c->text, error));
}

static bool write_report(struct command *c)
{
	struct error error = { "out of memory" };
	struct replay_report r = {
		.report = {
			.settings = c->setup.settings,
			.input = strcmp(c->path, "-") ? c->path : "standard input",
			.sha256 = c->digest ? c->sha256 : NULL,
			.records = c->replayed,
		},
		.limit = c->limit,
	};

	if (c->digest)
		digest_text(c->digest, c->sha256);
	bool good = replay_report_fill(&r, &c->replay, c->reader) &&
	            write_outputs(c, &r.report, &error);

	replay_report_free(&r);
	return good || complain(error.message);
}

/* --- the command --------------------------------------------------------- */

static bool open_output(struct output *o, const char *path)
{
	struct error error = { "" };

	return !path || output_open(o, path, &error) || complain(error.message);
}

/* What a file holds should be that alone. */
static bool uses_stdout(const struct command *c)
{
	const char *paths[] = { c->json_path, c->csv_path, c->events_path };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i] && !strcmp(paths[i], "-"))
			return true;
	return false;
}

static bool open_all(struct command *c)
{
	struct trace_error trace_error;
	struct error error = { "" };

	if (c->json_path) {
		c->digest = digest_new();
		if (!c->digest)
			return complain("out of memory");
		c->trace.on_input = digest_add;
		c->trace.on_input_context = c->digest;
	}
	c->trace.lines = c->lines;
	c->reader = trace_open(c->path, &c->trace, &trace_error);
	if (!c->reader)
		return complain(trace_error.message);
	if (!open_output(&c->json, c->json_path) || !open_output(&c->csv, c->csv_path) ||
	    !open_output(&c->events, c->events_path) ||
	    !open_output(&c->text, c->quiet || uses_stdout(c) ? NULL : "-"))
		return false;
	if (!replay_init(&c->replay, &c->setup.configs, &error))
		return complain(error.message);
	if (c->events.stream) {
		c->writer.out = c->events.stream;
		c->replay.machine.listener = events_write;
		c->replay.machine.listener_context = &c->writer;
	}
	clock_gettime(CLOCK_MONOTONIC, &c->start);
	c->told = c->start;
	return true;
}

static void close_all(struct command *c)
{
	replay_destroy(&c->replay);
	output_abandon(&c->json);
	output_abandon(&c->csv);
	output_abandon(&c->events);
	output_abandon(&c->text);
	trace_close(c->reader);
	digest_delete(c->digest);
	setup_free(&c->setup);
	free(c);
}

int cmd_replay(int argc, char **argv)
{
	struct command *c = calloc(1, sizeof *c);
	int status = 2;

	if (!c || !setup_init(&c->setup, COMMAND))
		return 2;
	argp_err_exit_status = 2;
	c->limit = UINT64_MAX;
	/* A reader that went away is an error of the output. */
	signal(SIGPIPE, SIG_IGN);
	if (argp_parse(&argp, argc, argv, 0, NULL, c) == 0 && setup_check(&c->setup, COMMAND, CORE_WINDOW)) {
		c->progress = !c->quiet && (c->progress || isatty(STDERR_FILENO));
		if (open_all(c) && replay_all(c) && write_report(c))
			status = 0;
	}
	close_all(c);
	return status;
}
