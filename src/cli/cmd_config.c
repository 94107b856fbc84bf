/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim config: the settings in force, their units and where they come from.
 */
#include "cli/commands.h"

#include "cli/setup.h"

#include <argp.h>
#include <string.h>

#define COMMAND "eptsim config"

enum action { ACTION_NONE, ACTION_SHOW, ACTION_LIST, ACTION_CHECK };

struct command {
	struct setup setup;
	uint8_t action;
	enum settings_format format;
	int files;
};

enum { KEY_INI = 1, KEY_MARKDOWN };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "How it is printed:", 2 },
	{ "ini", KEY_INI, NULL, 0, "show: as a file that --config reads", 2 },
	{ "markdown", KEY_MARKDOWN, NULL, 0, "list: as a table for documentation", 2 },
	{ 0 },
};

static void parse_action(struct command *c, const char *arg, struct argp_state *state)
{
	static const char *const names[] = {
		[ACTION_SHOW] = "show", [ACTION_LIST] = "list", [ACTION_CHECK] = "check"
	};

	for (unsigned i = ACTION_SHOW; i <= ACTION_CHECK; i++)
		if (!strcmp(arg, names[i]))
			c->action = (uint8_t)i;
	if (c->action == ACTION_NONE)
		argp_error(state, "expected show, list or check, found \"%s\"", arg);
}

/* check FILE...: each file as --config would read it. */
static void load(struct command *c, const char *path, struct argp_state *state)
{
	struct error error = { "" };

	if (c->action != ACTION_CHECK)
		argp_error(state, "only check takes files; --config FILE loads one");
	else if (!settings_load_file(c->setup.settings, SETTING_FILE, path, &error))
		argp_failure(state, 2, 0, "%s", error.message);
	c->files++;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case KEY_INI:
		c->format = SETTINGS_INI;
		return 0;
	case KEY_MARKDOWN:
		c->format = SETTINGS_MARKDOWN;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &c->setup;
		return 0;
	case ARGP_KEY_ARG:
		if (c->action == ACTION_NONE)
			parse_action(c, arg, state);
		else
			load(c, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected show, list or check");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &setup_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "show|list|check [FILE...]",
	.doc = "show: the settings in force, with units and sources. list: every setting, its "
	       "default, range and meaning. check: are these files good?\v"
	       "Exit status: 0 done, 2 usage, or a setting that is not good.",
	.children = children,
};

static bool print(const struct command *c)
{
	enum settings_format format = c->format;

	if (format == SETTINGS_TEXT && c->action == ACTION_LIST)
		format = SETTINGS_LIST;
	if (c->action == ACTION_CHECK)
		return printf("%d %s good\n", c->files, c->files == 1 ? "file is" : "files are") >
		       0;
	return settings_print(c->setup.settings, stdout, format);
}

int cmd_config(int argc, char **argv)
{
	struct command c = { .format = SETTINGS_TEXT };
	int status = 2;

	if (!setup_init(&c.setup, COMMAND))
		return 2;
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &c) == 0 && setup_check(&c.setup, COMMAND, CORE_AUTO) &&
	    print(&c))
		status = 0;
	setup_free(&c.setup);
	return status;
}
