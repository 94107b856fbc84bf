/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Front end: finds the subcommand and hands it its arguments.
 */
#include "cli/commands.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

struct command {
	const char *name;
	const char *argv0; /* what argp calls it in messages */
	const char *text;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define X(name, text) { #name, "eptsim " #name, text, cmd_##name },
	COMMANDS(X)
#undef X
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

const char *argp_program_version = "eptsim " EPTSIM_VERSION;

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	fprintf(stderr, "eptsim: no command '%s'; 'eptsim help' lists them\n", name);
	return NULL;
}

/* The list of commands stands where argp prints what follows the options. */
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
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(f, "  %-8s %s\n", commands[i].name, commands[i].text);
	fputs("\n'eptsim help COMMAND' tells more about one of them.", f);
	if (fclose(f)) {
		free(list);
		return NULL;
	}
	return list;
}

struct front {
	int first; /* index in argv of the command's name; 0: none */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct front *front = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		front->first = state->next - 1;
		state->next = state->argc; /* the rest is the command's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a command is needed");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp front_end = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT...]",
	.doc = "Simulates x86 address translation under virtualisation: guest paging and extended "
	       "page tables, bit by bit, and what each reference of a walk costs.\v",
	.help_filter = help_filter,
};

static int run(const struct command *c, int argc, char **argv)
{
	argv[0] = (char *)c->argv0;
	return c->run(argc, argv);
}

/* eptsim help [COMMAND] */
static int help(int argc, char **argv)
{
	char *ask[] = { NULL, (char *)"--help", NULL };
	const struct command *c;

	if (argc < 2) {
		argp_help(&front_end, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK,
		          (char *)"eptsim");
		return EXIT_SUCCESS;
	}
	c = find(argv[1]);
	return c ? run(c, 2, ask) : EXIT_USAGE;
}

/* A report that did not reach its file, say on a full disk, is no success. */
static int close_stdout(int status)
{
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	fprintf(stderr, "eptsim: cannot write standard output: %s\n", strerror(errno));
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct front front = { 0 };
	const struct command *c;

	argp_err_exit_status = EXIT_USAGE;
	if (argc > 0)
		argv[0] = (char *)"eptsim"; /* messages do not depend on the path */
	if (argp_parse(&front_end, argc, argv, ARGP_IN_ORDER, NULL, &front))
		return EXIT_USAGE;
	argc -= front.first;
	argv += front.first;
	if (!strcmp(argv[0], "help"))
		return close_stdout(help(argc, argv));
	c = find(argv[0]);
	return c ? close_stdout(run(c, argc, argv)) : EXIT_USAGE;
}
