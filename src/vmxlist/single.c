/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The plan of one access.
 */
#include "vmxlist/planner.h"

#include "base/bits.h"

#include <string.h>

#define PLACE_ATTEMPTS 16

static void observe(void *context, size_t step, const struct scenario_view *view)
{
	(void)step;
	plan_watch(context, view);
}

/* ---- The place ---- */

static bool same_cells(const struct cell_list *a, const struct cell_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->cells[i].at.v != b->cells[i].at.v || a->cells[i].value != b->cells[i].value)
			return false;
	return true;
}

bool plan_same(const struct step_result *a, const struct step_result *b)
{
	const struct expect *x = &a->got, *y = &b->got;

	return x->present == y->present && x->outcome == y->outcome && x->hpa == y->hpa && x->hpa2 == y->hpa2 &&
	       x->error_code == y->error_code && x->cr2 == y->cr2 && x->qualification == y->qualification &&
	       x->gpa == y->gpa && x->gla == y->gla && x->pml_index == y->pml_index &&
	       x->ve_info.qualification == y->ve_info.qualification && x->ve_info.gpa == y->ve_info.gpa &&
	       same_cells(&a->changed, &b->changed);
}

/* Would the access end as it does, with the way to the code in the tables? */
static bool neutral(struct planner *p, const struct place *place)
{
	struct scenario with = *p->plan.scenario;
	struct step_result result;
	size_t n = 0;

	for (size_t i = 0; i < with.mem.count; i++)
		p->merged[n++] = with.mem.cells[i];
	for (unsigned i = 0; i < place->count; i++)
		p->merged[n++] = (struct cell){ hpa(place->cells[i].at), place->cells[i].value };
	with.mem = (struct cell_list){ p->merged, n };
	scenario_run(p->trial, &with, &result);
	return plan_same(&p->result, &result);
}

static void find_place(struct planner *p, bool own, struct place *place)
{
	struct mem mem = cells_mem(p->memory);

	for (unsigned attempt = 0; attempt < PLACE_ATTEMPTS; attempt++) {
		struct place_request request = { .s = p->plan.scenario, .mem = &mem, .taken = plan_taken,
						 .context = &p->plan, .own = own, .attempt = attempt,
						 .roots = p->roots, .root_count = &p->root_count };
		struct place next;

		p->root_count = 0;
		place_code(&request, &next);
		if (next.why_not && attempt > 0)
			return; /* of the one before: not neutral */
		*place = next;
		if (next.why_not || own || neutral(p, &next))
			return;
		place->why_not = "the way to the code would change the outcome";
	}
}

/* An instruction across a page boundary that ends in a fault on the second page
 * must be there on the first: its prefixes are. */
static void mark_first_page(struct planner *p, const struct access *a)
{
	unsigned first = (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)));
	struct scenario with = *p->plan.scenario;
	struct step step = with.steps[0];
	struct plan_op o = { .located = true };
	struct step_result result;
	struct code code;

	if (a->type != ACCESS_FETCH || a->size <= first)
		return;
	(void)code_for_access(a, with.state.cs_l, true, &code);
	step.access.size = first;
	with.steps = &step;
	scenario_run(p->trial, &with, &result);
	o.hpa = result.got.hpa;
	if (result.got.outcome != OUTCOME_OK || !plan_mark(p, &o, &step.access, &code))
		return;
	for (unsigned i = 0; i < o.written_count; i++)
		plan_add_extra(&p->plan, o.written[i].at, o.written[i].value);
}

/* ---- Operations ---- */

void plan_put_code(struct plan *plan, const struct place *place, uint64_t offset, const struct code *c)
{
	uint64_t at = place->pages + PRIVATE_CODE + PRIVATE_CODE_OFFSET + offset;
	uint64_t words[2];

	memcpy(words, c->bytes, sizeof(words));
	plan_add_extra(plan, at, words[0]);
	plan_add_extra(plan, at + 8, words[1]);
}

/* Without EPT a VM entry loads the PDPTE registers from memory: from a table of
 * the image's own, which holds the values that are given. */
static void own_pdptes(struct plan *plan, struct work_op *op)
{
	uint64_t table = WORK_PRIVATE_START + PRIVATE_TOP + 64 * (uint64_t)plan->item.ops;

	if (op->flags & WORK_EPT || plan->scenario->mode != MODE_PAE)
		return;
	for (unsigned i = 0; i < 4; i++)
		plan_add_extra(plan, table + 8 * i, op->pdpte[i]);
	/* What VM entry refuses, it shall refuse all the same. */
	op->cr3 = table | (op->cr3 & BITS(63, op->maxphyaddr));
}

/* The registers as MOV CR3 has loaded them: without EPT they are not kept. */
static void loaded_pdptes(const struct planner *p, struct work_op *op)
{
	for (unsigned i = 0; i < 4; i++)
		op->pdpte[i] = cells_read(p->memory, hpa((op->cr3 & BITS(31, 5)) + 8 * i));
}

#define MOV_CR3_OFFSET 0x20

/* The PDPTE registers are loaded by a MOV CR3 of its own, at CPL 0. The next
 * instruction is reached by what it loads. */
static void plan_load(struct plan *plan, const struct place *place)
{
	struct plan_op *o = &plan->ops[plan->item.ops++];
	const struct scenario *s = plan->scenario;
	struct code c;

	plan_state(o, &s->state);
	o->role = PLAN_LOAD_PDPTES;
	o->op.cpl = 0;
	memset(o->op.pdpte, 0, sizeof(o->op.pdpte));
	o->op.pdpte[place->pdpte_slot] = place->supervisor_pdpte;
	o->op.rax = s->state.cr3;
	o->op.code = place->linear + MOV_CR3_OFFSET;
	code_mov_cr3(&c);
	o->op.code_end = o->op.code + c.size;
	o->op.code_entry = ~UINT64_C(0);
	own_pdptes(plan, &o->op);
	plan_put_code(plan, place, MOV_CR3_OFFSET, &c);
}

void plan_access(struct planner *p, const struct place *place, const struct code *code)
{
	struct plan *plan = &p->plan;
	const struct scenario *s = plan->scenario;
	const struct access *a = &s->steps[0].access;
	struct plan_op *o = &plan->ops[plan->item.ops++];
	bool loads = s->mode == MODE_PAE && !s->pdpte_given;
	bool direct = a->type == ACCESS_FETCH && plan_canonical(s, a->gva.v);

	o->op.flags |= loads ? WORK_KEEP_PDPTES : 0;
	o->op.flags |= a->shadow_stack ? WORK_SHADOW_STACK : 0;
	o->op.cr3 = place->cr3;
	o->op.pdpte_slot = (uint8_t)place->pdpte_slot;
	if (loads && !s->state.ept)
		loaded_pdptes(p, &o->op);
	if (place->pdpte_slot < 4)
		o->op.pdpte[place->pdpte_slot] = place->pdpte;
	own_pdptes(plan, &o->op);
	o->op.code = place->linear;
	o->op.code_end = place->linear + code->size;
	o->op.code_entry = place->entry_gpa;
	o->op.direct = a->gva.v;
	if (direct) { /* ADD [rax], al is what zeros mean */
		o->nowhere = place->linear + PAGE_SIZE_2M * (s->mode == MODE_LEGACY32 ? 2 : 1);
		if (place->why_not)
			o->nowhere = a->gva.v ^ (s->state.cs_l ? BIT(38) : BIT(31));
		o->op.rax = o->nowhere;
	}
	o->top_entry = place->top_entry;
	o->direct_valid = direct || (s->mode != MODE_NOPAGING && s->mode != MODE_PAE);
	if (direct)
		o->op.flags |= WORK_ONLY_DIRECT;
	else if (plan_canonical(s, a->gva.v) && o->direct_valid)
		o->op.flags |= WORK_DIRECT;
	if (place->why_not)
		o->op.flags |= WORK_ONLY_DIRECT;
	else
		plan_put_code(plan, place, 0, code);
}

/* A VM entry that fails needs no code. */
static void plan_refused(struct plan *plan)
{
	struct plan_op *o = &plan->ops[0];

	plan->item.ops = 1;
	plan_state(o, &plan->scenario->state);
	o->op.code = o->op.code_end = 0x1000;
	o->op.code_entry = ~UINT64_C(0);
	own_pdptes(plan, &o->op);
}

static void take_marks(struct plan *plan, const struct plan_op *o, const struct access *a)
{
	for (unsigned i = 0; i < o->written_count; i++)
		if (access_writes(a))
			plan_add_cell(plan, o->written[i].at, 0);
		else
			plan_add_extra(plan, o->written[i].at, o->written[i].value);
}

const char *plan_single(struct planner *p)
{
	struct plan *plan = &p->plan;
	const struct scenario *s = plan->scenario;
	const struct access *a = &s->steps[0].access;
	struct plan_op *o = &plan->ops[0];
	const struct expect *got = &p->result.got;
	bool own = !plan_canonical(s, a->gva.v) || !plan_canonical(s, a->gva.v + a->size - 1);
	bool loads = s->mode == MODE_PAE && !s->pdpte_given;
	struct place place = { .pdpte_slot = 4 };
	struct code code;
	const char *why = code_for_access(a, s->state.cs_l, s->state.cr0 & CR0_PE, &code);

	why = why ? why : plan_access_why_not(s, a);
	if (why)
		return why;
	scenario_run_observed(p->runner, s, &p->result, observe, p);
	if (p->outside)
		return "an access outside the window";
	if (got->outcome == OUTCOME_ENTRY_FAIL) {
		plan_refused(plan);
		return NULL;
	}
	if (loads)
		o = &plan->ops[1];
	plan_state(o, &s->state);
	o->located = got->outcome == OUTCOME_OK;
	o->hpa = got->hpa;
	o->hpa2 = got->hpa2;
	if (own && a->type == ACCESS_FETCH)
		code_jump(&code);
	if (o->located && !plan_mark(p, o, a, &code))
		return "an instruction in a page of tables";
	if (!o->located && !own)
		mark_first_page(p, a);
	plan_registers(plan, o, a, &code);
	take_marks(plan, o, a);
	find_place(p, own, &place);
	bool direct = a->type == ACCESS_FETCH && !own;
	bool by_direct = s->mode != MODE_NOPAGING && s->mode != MODE_PAE && place.entry_gpa == 0;

	if (place.why_not && !(direct && !loads) && !by_direct)
		return place.why_not;
	for (unsigned i = 0; !place.why_not && i < place.count; i++)
		plan_add_extra(plan, place.cells[i].at, place.cells[i].value);
	if (loads)
		plan_load(plan, &place);
	plan_access(p, &place, &code);
	return NULL;
}
