/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmxlist/planner.h"

#include <stdlib.h>
#include <string.h>

/* Log entries that are looked at where the log lies in the scenario's memory. */
#define PML_CELLS 24

struct planner *planner_create(void)
{
	struct planner *p = calloc(1, sizeof(*p));
	struct mmu_geometry none = mmu_geometry_none();

	if (!p)
		return NULL;
	p->runner = scenario_runner_create();
	p->trial = scenario_runner_create();
	p->cold = scenario_runner_create_as(&none);
	p->cold_trial = scenario_runner_create_as(&none);
	p->memory = cells_create();
	p->merged = calloc(2 * WORK_CELLS_MAX, sizeof(*p->merged));
	if (p->runner && p->trial && p->cold && p->cold_trial && p->memory && p->merged)
		return p;
	planner_free(p);
	return NULL;
}

void planner_free(struct planner *p)
{
	if (!p)
		return;
	scenario_runner_free(p->runner);
	scenario_runner_free(p->trial);
	scenario_runner_free(p->cold);
	scenario_runner_free(p->cold_trial);
	cells_free(p->memory);
	free(p->merged);
	free(p);
}

/* ---- Cells ---- */

bool plan_inside(uint64_t at)
{
	return at >= WORK_WINDOW_START && at < WORK_WINDOW_END;
}

bool plan_among(const struct work_cell *cells, unsigned count, uint64_t at)
{
	for (unsigned i = 0; i < count; i++)
		if (cells[i].at == at)
			return true;
	return false;
}

bool plan_taken(const void *context, uint64_t at)
{
	const struct plan *plan = context;

	return plan_among(plan->cells, plan->item.cells, at) || plan_among(plan->extras, plan->item.extras, at);
}

bool plan_add_cell(struct plan *plan, uint64_t at, uint64_t value)
{
	if (plan_taken(plan, at))
		return true;
	if (plan->item.cells == WORK_CELLS_MAX) {
		plan->why_not = "too many cells";
		return false;
	}
	plan->cells[plan->item.cells++] = (struct work_cell){ at, value };
	return true;
}

/* A cell of the scenario that the place has changed keeps being looked at. */
void plan_add_extra(struct plan *plan, uint64_t at, uint64_t value)
{
	for (unsigned i = 0; i < plan->item.cells; i++)
		if (plan->cells[i].at == at) {
			plan->cells[i].value = value;
			return;
		}
	if (plan->item.extras < WORK_CELLS_MAX)
		plan->extras[plan->item.extras++] = (struct work_cell){ at, value };
}

/* The scenario's cells, and those of the log and of the #VE area if they are
 * in its memory. */
static bool take_cells(struct plan *plan)
{
	const struct scenario *s = plan->scenario;
	const struct paging_state *state = &s->state;

	for (size_t i = 0; i < s->mem.count; i++) {
		if (!plan_inside(s->mem.cells[i].at.v)) {
			plan->why_not = "a cell outside the window";
			return false;
		}
		if (!plan_add_cell(plan, s->mem.cells[i].at.v, s->mem.cells[i].value))
			return false;
	}
	for (unsigned i = 0; state->controls.ve && state->ve_inside && i < 5; i++)
		if (plan_inside(state->ve_address))
			plan_add_cell(plan, (state->ve_address & ~UINT64_C(7)) + 8 * i, 0);
	for (unsigned i = 0; state->controls.pml && state->pml_inside && i < PML_CELLS && s->pml_index >= i; i++)
		if (plan_inside(state->pml_address) && s->pml_index < 512)
			plan_add_cell(plan, (state->pml_address & ~UINT64_C(7)) + 8 * (s->pml_index - i), 0);
	plan->named = plan->item.cells;
	return true;
}

/* ---- What the simulator says ---- */

void plan_watch(struct planner *p, const struct scenario_view *view)
{
	const struct paging_state *state = &p->plan.scenario->state;
	size_t count;
	const struct ref *refs = mmu_refs(view->mmu, &count);

	for (size_t i = 0; i < count; i++) {
		bool own = (refs[i].kind == REF_PML && !state->pml_inside) ||
			   (refs[i].kind == REF_VE && !state->ve_inside);

		if (ref_is_memory(&refs[i]) && !own && !plan_inside(refs[i].hpa.v))
			p->outside = true;
	}
	for (unsigned i = 0; i < view->translation->pages && view->translation->outcome == OUTCOME_OK; i++)
		if (!plan_inside(view->translation->page[i].hpa.v))
			p->outside = true;
}

const struct plan *plan_scenario(struct planner *p, const struct scenario *s, uint32_t index)
{
	struct plan *plan = &p->plan;

	plan->scenario = s;
	plan->why_not = NULL;
	plan->item = (struct work_item){ .index = index, .pml_index = s->pml_index,
					 .ve_busy = s->state.ve_busy };
	plan->store_count = 0;
	memset(plan->ops, 0, sizeof(plan->ops));
	p->root_count = 0;
	p->outside = false;
	cells_reset(p->memory);
	cells_write_list(p->memory, &s->mem);
	plan->why_not = plan_state_why_not(s);
	if (!plan->why_not && take_cells(plan))
		plan->why_not = s->sequence ? plan_sequence(p) : plan_single(p);
	return plan;
}
