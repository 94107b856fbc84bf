/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a scenario expects against what it got.
 */
#ifndef SCENARIO_COMPARE_H
#define SCENARIO_COMPARE_H

#include "scenario/run.h"

/* True if everything that `s` expects came so: the fields that each `expect`
 * gives, and each `mem_after`, exactly. Otherwise `text` is the first
 * difference, as a sentence without newline:
 *     ID: expect.qualification: expected 0x181, got 0x81
 *     ID step 3: mem_after[0x1000]: expected 0x107, got 0x7
 * Steps count from 0, as `steps[3]` does in the messages of the reader. */
bool scenario_compare(const struct scenario *s, const struct step_result *results, char *text,
                      size_t size);

#endif
