/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs a scenario on a simulated machine.
 */
#ifndef SCENARIO_RUN_H
#define SCENARIO_RUN_H

#include "scenario/scenario.h"

#include <eptsim/mmu.h>

/* The machine and its buffers, reused from one scenario to the next. */
struct scenario_runner;

struct scenario_runner *scenario_runner_create(void);
/* With caches of another geometry. */
struct scenario_runner *scenario_runner_create_as(const struct mmu_geometry *geometry);
void scenario_runner_free(struct scenario_runner *r); /* NULL is allowed */

/* What one step did. */
struct step_result {
	/* Every field that the outcome has (docs/scenarios.md, "What is expected"),
	 * among them pml_index and pml_log whenever PML is on. Steps that are
	 * no access and succeed have `outcome` = ok alone. */
	struct expect got;
	/* The cells that this step changed, against the memory before the step;
	 * cells written by a `store` step are among them. */
	struct cell_list changed;
};

/* Runs all steps of `s` and fills results[0 .. s->step_count - 1]. The arrays
 * in the results belong to the runner and live until the next call.
 *
 *   1. cells_reset(), cells_write_list(s->mem): the memory.
 *   2. A machine with cold caches in s->state; s->pml_index; PDPTE registers
 *      given, or loaded by the first access that needs them.
 *   3. For each step: cells_mark(), apply, fill `got`, cells_changed().
 *
 * A state that VM entry refuses gives entry_fail for each step, with no
 * changes. The caches are kept from step to step, whatever a step's outcome. */
void scenario_run(struct scenario_runner *r, const struct scenario *s, struct step_result *results);

/* What an observer sees after each step. */
struct scenario_view {
	const struct mmu *mmu; /* its references are those of the step */
	bool entered;          /* else the state was refused, and the translation says why */
	const struct translation *translation;
};

/* The same, and calls `observe` after each step. */
void scenario_run_observed(struct scenario_runner *r, const struct scenario *s,
			   struct step_result *results,
			   void (*observe)(void *context, size_t step,
					   const struct scenario_view *view),
			   void *context);

#endif
