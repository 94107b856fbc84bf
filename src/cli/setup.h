/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The options that set up a machine, common to several commands.
 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "replay/replay.h"

#include <argp.h>

struct setup {
	struct settings *settings;
	struct replay_configs configs;
};

/* Makes the settings, with their defaults. False after a message. */
bool setup_init(struct setup *s, const char *command);
void setup_free(struct setup *s);

/* An argp child; its input is the struct setup. A bad value ends the program
 * with a message and status 2. */
extern const struct argp setup_argp;

/* Checks what joins several settings; call it after parsing. `model`: what
 * core.model = auto is here. False after a message. */
bool setup_check(struct setup *s, const char *command, enum core_model model);

/* A string with `text` in front of an option's argument that must be a number. */
uint64_t setup_number(struct argp_state *state, const char *option, const char *arg);

#endif
