/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Processors by name: the files of presets/, which the program carries with it.
 */
#ifndef CLI_PRESETS_H
#define CLI_PRESETS_H

#include "host/settings.h"

/* Loads preset `name` as a layer below files and --set. False with a message. */
bool presets_load(struct settings *s, const char *name, struct error *err)
	__attribute__((warn_unused_result));

/* Name of preset i, null after the last. */
const char *presets_name(unsigned i);

#endif
