/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Names for the bits of a paging state that are switched one by one on the
 * command line: --with and --without of walk and decode.
 */
#ifndef CLI_FEATURES_H
#define CLI_FEATURES_H

#include "host/error.h"

#include <eptsim/state.h>

#include <stdbool.h>
#include <stdio.h>

/* Switches each name of the comma-separated `list` in `s` on or off. False with a
 * message that lists the names. The supervisor shadow-stack control is EPTP bit 7. */
bool features_set(struct paging_state *s, const char *list, bool on, struct error *err);

/* The list for --help: a line a name. */
void features_print(FILE *out);

#endif
