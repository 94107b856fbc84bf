/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What plans of single accesses and of sequences share. Private to src/vmxlist.
 */
#ifndef VMXLIST_PLANNER_H
#define VMXLIST_PLANNER_H

#include "vmxlist/code.h"
#include "vmxlist/place.h"
#include "vmxlist/plan.h"

struct planner {
	struct scenario_runner *runner, *trial;
	struct scenario_runner *cold, *cold_trial; /* of sequences: nothing is cached */
	struct cells *memory; /* the scenario's, for looking where things are */
	bool outside;         /* the simulator went outside the window */
	struct cell *merged;  /* the scenario's cells and the place's */
	struct place_root roots[PLACE_ROOTS];
	unsigned root_count;
	struct plan plan;
	struct step_result result; /* of the step being planned */
	/* Sequences: every step's result, and the state in which it begins. */
	struct step_result results[WORK_OPS_MAX], trial_results[WORK_OPS_MAX];
	struct paging_state states[WORK_OPS_MAX + 1];
};

/* NULL, or why the plan cannot be made. */
const char *plan_single(struct planner *p);
const char *plan_sequence(struct planner *p);

bool plan_inside(uint64_t at); /* the window? */
bool plan_among(const struct work_cell *cells, unsigned count, uint64_t at);
/* Is the cell the scenario's, or used by the plan already? */
bool plan_taken(const void *plan, uint64_t at);
bool plan_add_cell(struct plan *plan, uint64_t at, uint64_t value);
void plan_add_extra(struct plan *plan, uint64_t at, uint64_t value);
/* Notes in p->outside what of the step lies outside the window. */
void plan_watch(struct planner *p, const struct scenario_view *view);

void plan_state(struct plan_op *o, const struct paging_state *s);
const char *plan_state_why_not(const struct scenario *s);
bool plan_canonical(const struct scenario *s, uint64_t at);
const char *plan_access_why_not(const struct scenario *s, const struct access *a);
/* Collects in o->written the cells that the data lie in and that the scenario
 * does not name, with the marks; bytes in named cells keep what is there. False: a
 * fetch whose bytes are in a named cell. */
bool plan_mark(struct planner *p, struct plan_op *o, const struct access *a, const struct code *c);
void plan_registers(const struct plan *plan, struct plan_op *o, const struct access *a,
		    const struct code *c);
void plan_put_code(struct plan *plan, const struct place *place, uint64_t offset, const struct code *c);
/* The access's operation, once ops[plan->item.ops] has state, registers and marks. */
void plan_access(struct planner *p, const struct place *place, const struct code *code);
bool plan_same(const struct step_result *a, const struct step_result *b);

#endif
