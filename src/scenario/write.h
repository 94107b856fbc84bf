/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Scenarios as JSON Lines again.
 */
#ifndef SCENARIO_WRITE_H
#define SCENARIO_WRITE_H

#include "scenario/run.h"

/* Puts what was obtained into the scenario's line, as `expect` and `mem_after`
 * of its access or of each step: in their old places, or at the end. Other
 * keys, unknown ones too, stay as they are, in their order. */
void scenario_fill(const struct scenario *s, const struct step_result *results);

/* Writes the line. 0, or -1 if the stream takes no more (errno). */
int scenario_write(FILE *out, const struct scenario *s);

#endif
