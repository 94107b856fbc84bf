/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim trace: finds the part of it that is meant.
 */
#include "cli/commands.h"

#include "cli/trace_commands.h"

#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *argv0, *text;
	int (*run)(int argc, char **argv);
} parts[] = {
#define X(name, text) { #name, "eptsim trace " #name, text, trace_##name },
	TRACE_COMMANDS(X)
#undef X
};

#define PARTS (sizeof parts / sizeof *parts)

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
	fputs("Commands:\n", f);
	for (size_t i = 0; i < PARTS; i++)
		fprintf(f, "  %-9s %s\n", parts[i].name, parts[i].text);
	fputs("\n'eptsim trace COMMAND --help' tells more about one of them.", f);
	if (fclose(f)) {
		free(list);
		return NULL;
	}
	return list;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	int *first = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		*first = state->next - 1;
		state->next = state->argc; /* the rest is the part's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected info, convert, generate or formats");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Look at traces, convert and make them.\v",
	.help_filter = help_filter,
};

int cmd_trace(int argc, char **argv)
{
	int first = 0;

	argp_err_exit_status = 2;
	/* A reader that went away is an error of the output. */
	signal(SIGPIPE, SIG_IGN);
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &first))
		return 2;
	for (size_t i = 0; i < PARTS; i++) {
		if (strcmp(argv[first], parts[i].name) == 0) {
			argv[first] = (char *)parts[i].argv0;
			return parts[i].run(argc - first, argv + first);
		}
	}
	fprintf(stderr, "eptsim trace: no command '%s'; 'eptsim trace --help' lists them\n",
	        argv[first]);
	return 2;
}

int trace_formats(int argc, char **argv)
{
	static const struct argp formats_argp = {
		.doc = "List the formats that are read, and those that are written too.",
	};

	if (argp_parse(&formats_argp, argc, argv, 0, NULL, NULL))
		return 2;
	for (size_t i = 0; trace_format_at(i); i++) {
		const char *name = trace_format_name(trace_format_at(i));

		printf("%-15s %-5s %s\n", name, trace_writer_exists(name) ? "r w" : "r",
		       trace_format_description(trace_format_at(i)));
	}
	return 0;
}
