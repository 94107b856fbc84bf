/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Private to walk_options.c: values of options. What is wrong ends the program with a
 * sentence and status 2.
 */
#ifndef CLI_WALK_VALUES_H
#define CLI_WALK_VALUES_H

#include "cli/walk_options.h"

#include <argp.h>

uint64_t walk_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
                     uint64_t max);
unsigned walk_choice(struct argp_state *state, const char *option, const char *text,
                     const char *const *names);
uint8_t walk_parse_ept_page(struct argp_state *state, const char *option, const char *text);
void walk_parse_paging(struct walk_options *o, struct argp_state *state, const char *text);
void walk_parse_guest_page(struct walk_options *o, struct argp_state *state, const char *text);
void walk_parse_access(struct walk_options *o, struct argp_state *state, const char *text);
uint64_t walk_parse_ept_perm(struct argp_state *state, const char *option, const char *text);
void walk_parse_guest_perm(struct walk_options *o, struct argp_state *state, const char *text);
void walk_parse_clear_present(struct walk_options *o, struct argp_state *state, const char *text);
void walk_parse_bits(struct walk_options *o, struct argp_state *state, const char *option,
                     const char *text, bool set);
void walk_parse_dump(struct walk_options *o, struct argp_state *state, char *text);
void walk_parse_caches(struct walk_options *o, struct argp_state *state, const char *text);

#endif
