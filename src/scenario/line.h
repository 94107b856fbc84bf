/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One scenario from the JSON of its line. Private to src/scenario.
 */
#ifndef SCENARIO_LINE_H
#define SCENARIO_LINE_H

#include "scenario/parse.h"

/* Fills `s`; what it points to lives in p->pool or in `json`. 0, or -1 with
 * p->error set. */
int scenario_from_json(struct parse *p, json_t *json, struct scenario *s);

#endif
