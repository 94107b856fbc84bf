/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sequences of steps: one operation a step. Each access is a VM entry of its own,
 * in the state that the steps before it lead to; a processor may have dropped
 * by then what it had cached, so the simulator is asked without caches.
 *
 * An instruction of the guest that succeeds is not executed (what follows it
 * would be fetched by other tables, and leave its trace there); one that is
 * refused is. INVEPT and INVVPID are the host's, and are executed.
 */
#include "vmxlist/planner.h"

#include "base/bits.h"

#include <string.h>

#define EPTP_LIST_OFFSET 0x5000 /* in the operation's private pages */
#define DESCRIPTOR_OFFSET 0x40  /* of INVPCID, behind the code */

static enum scenario_mode mode_of(const struct paging_state *s)
{
	if (!(s->cr0 & CR0_PG))
		return MODE_NOPAGING;
	if (!(s->cr4 & CR4_PAE))
		return MODE_LEGACY32;
	if (!(s->efer & EFER_LMA))
		return MODE_PAE;
	return s->cr4 & CR4_LA57 ? MODE_IA32E5 : MODE_IA32E4;
}

static void observe(void *context, size_t step, const struct scenario_view *view)
{
	struct planner *p = context;

	plan_watch(p, view);
	/* A store before the first entry enters nothing. */
	p->states[step + 1] = view->entered ? *mmu_state(view->mmu) : p->states[step];
}

static bool add_store(struct plan *plan, struct plan_op *o, uint64_t at, uint64_t value)
{
	if (plan->store_count == WORK_CELLS_MAX)
		return false;
	if (o->op.stores == 0)
		o->stores = &plan->stores[plan->store_count];
	plan->stores[plan->store_count++] = (struct work_cell){ at, value };
	o->op.stores++;
	return true;
}

static bool add_stores(struct plan *plan, struct plan_op *o, const struct cell_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!add_store(plan, o, list->cells[i].at.v, list->cells[i].value))
			return false;
	return true;
}

/* Every cell that a step names or changes is the scenario's. */
static const char *take_step_cells(struct planner *p, const struct cell_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!plan_inside(list->cells[i].at.v))
			return "a cell outside the window";
		if (!plan_add_cell(&p->plan, list->cells[i].at.v, 0))
			return "too many cells";
	}
	return NULL;
}

static void find_place(struct planner *p, unsigned number, bool own, struct place *place)
{
	struct mem mem = cells_mem(p->memory);
	struct place_request request = { .s = p->plan.scenario, .mem = &mem, .taken = plan_taken,
					 .context = &p->plan, .own = own, .number = number,
					 .roots = p->roots, .root_count = &p->root_count };

	place_code(&request, place);
	for (unsigned i = 0; !place->why_not && i < place->count; i++)
		plan_add_extra(&p->plan, place->cells[i].at, place->cells[i].value);
}

/* ---- An access ---- */

static const char *add_marks(struct plan *plan, struct plan_op *o, const struct access *a)
{
	for (unsigned i = 0; i < o->written_count; i++) {
		bool write = access_writes(a);

		if (!add_store(plan, o, o->written[i].at, write ? 0 : o->written[i].value) ||
		    (write && !plan_add_cell(plan, o->written[i].at, 0)))
			return "too many cells";
	}
	return NULL;
}

static const char *access_step(struct planner *p, unsigned number)
{
	struct plan *plan = &p->plan;
	const struct scenario *s = plan->scenario;
	const struct access *a = &s->steps[0].access;
	const struct expect *got = &p->result.got;
	struct plan_op *o = &plan->ops[number];
	bool own = !plan_canonical(s, a->gva.v) || !plan_canonical(s, a->gva.v + a->size - 1);
	bool direct = a->type == ACCESS_FETCH && !own;
	unsigned first = (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)));
	struct place place = { .pdpte_slot = 4 };
	struct code code;
	const char *why = code_for_access(a, s->state.cs_l, s->state.cr0 & CR0_PE, &code);

	why = why ? why : plan_access_why_not(s, a);
	if (why)
		return why;
	o->located = got->outcome == OUTCOME_OK;
	o->hpa = got->hpa;
	o->hpa2 = got->hpa2;
	if (!o->located && direct && a->size > first)
		return "a fetch across pages that fails, in a sequence";
	if (own && a->type == ACCESS_FETCH)
		code_jump(&code);
	if (o->located && !plan_mark(p, o, a, &code))
		return "an instruction in a page of tables";
	plan_registers(plan, o, a, &code);
	why = add_marks(plan, o, a);
	if (why)
		return why;
	find_place(p, number, own, &place);
	bool by_direct = s->mode != MODE_NOPAGING && s->mode != MODE_PAE && place.entry_gpa == 0;

	if (place.why_not && !direct && !by_direct)
		return place.why_not;
	plan_access(p, &place, &code);
	return NULL;
}

/* ---- What the guest is refused ---- */

static void guest_instruction(const struct step *step, struct code *c, struct plan_op *o)
{
	static const uint8_t mov_cr0[] = { 0x0f, 0x22, 0xc0 }, mov_cr3[] = { 0x0f, 0x22, 0xd8 },
			     mov_cr4[] = { 0x0f, 0x22, 0xe0 }, vmfunc[] = { 0x0f, 0x01, 0xd4 },
			     invpcid[] = { 0x66, 0x0f, 0x38, 0x82, 0x07 }; /* rax, [rdi] */
	const uint8_t *bytes = step->kind == STEP_MOV_CR0 ? mov_cr0 :
			       step->kind == STEP_MOV_CR3 ? mov_cr3 :
			       step->kind == STEP_MOV_CR4 ? mov_cr4 :
			       step->kind == STEP_VMFUNC  ? vmfunc :
							    invpcid;

	*c = (struct code){ .size = step->kind == STEP_INVPCID ? sizeof(invpcid) : sizeof(vmfunc) };
	memcpy(c->bytes, bytes, c->size);
	c->bytes[c->size] = CODE_INT3;
	if (step->kind == STEP_VMFUNC) {
		o->op.rcx = step->vmfunc.ecx;
		return;
	}
	o->op.rax = step->kind == STEP_INVPCID ? step->invpcid.type : step->value;
	/* What else the processor wants of CR0 and CR4 takes no part. */
	o->op.rax |= step->kind == STEP_MOV_CR0 ? BIT(5) : step->kind == STEP_MOV_CR4 ? CR4_VMXE : 0;
}

static const char *refused_step(struct planner *p, unsigned number)
{
	struct plan *plan = &p->plan;
	const struct step *step = &plan->scenario->steps[0];
	struct plan_op *o = &plan->ops[number];
	struct place place;
	struct code code;

	guest_instruction(step, &code, o);
	find_place(p, number, true, &place);
	if (place.why_not)
		return place.why_not;
	o->role = PLAN_REFUSED;
	o->op.cr3 = place.cr3;
	o->op.code = place.linear;
	o->op.code_end = place.linear + code.size;
	o->op.code_entry = ~UINT64_C(0);
	o->op.rdi = place.linear + DESCRIPTOR_OFFSET;
	plan_put_code(plan, &place, 0, &code);
	uint64_t descriptor = place.pages + PRIVATE_CODE + PRIVATE_CODE_OFFSET + DESCRIPTOR_OFFSET;

	if (step->kind == STEP_INVPCID) {
		plan_add_extra(plan, descriptor, step->invpcid.pcid);
		plan_add_extra(plan, descriptor + 8, step->invpcid.gva.v);
	}
	if (step->kind == STEP_VMFUNC) {
		o->op.flags |= WORK_VMFUNC;
		o->op.eptp_list = place.pages + EPTP_LIST_OFFSET;
		for (size_t i = 0; i < step->vmfunc.eptp_count; i++)
			plan_add_extra(plan, o->op.eptp_list + 8 * i, step->vmfunc.eptp_list[i]);
	}
	plan->item.ops++;
	return NULL;
}

/* In 64-bit mode, where the code can have a top-level table of its own. */
static bool refusal_is_executable(const struct planner *p)
{
	const struct scenario *s = p->plan.scenario;
	unsigned kind = s->steps[0].kind;

	return s->mode == MODE_IA32E4 && p->result.got.outcome != OUTCOME_OK &&
	       !(s->state.controls.pml && p->result.got.pml_index > 511) &&
	       (kind == STEP_MOV_CR0 || kind == STEP_MOV_CR3 || kind == STEP_MOV_CR4 ||
		kind == STEP_INVPCID || (kind == STEP_VMFUNC && s->steps[0].vmfunc.eptp_count <= 512));
}

/* ---- Steps ---- */

static const char *other_step(struct planner *p, unsigned number)
{
	struct plan *plan = &p->plan;
	const struct step *step = &plan->scenario->steps[0];
	struct plan_op *o = &plan->ops[number];

	o->op.flags &= ~(uint32_t)WORK_ENTER;
	plan->item.ops++;
	switch (step->kind) {
	case STEP_STORE:
		o->role = PLAN_STORE;
		return add_stores(plan, o, &step->store) ? NULL : "too many cells";
	case STEP_INVEPT:
		o->role = PLAN_INVALIDATE;
		o->op.flags |= WORK_INVEPT;
		o->op.rax = step->invept.type;
		o->op.rdi = step->invept.eptp;
		return NULL;
	case STEP_INVVPID:
		o->role = PLAN_INVALIDATE;
		o->op.flags |= WORK_INVVPID;
		o->op.rax = step->invvpid.type;
		o->op.rbx = step->invvpid.vpid;
		o->op.rdi = step->invvpid.gva.v;
		return NULL;
	default:
		o->role = PLAN_CARRIED;
		return add_stores(plan, o, &p->result.changed) ? NULL : "too many cells";
	}
}

static const char *plan_step(struct planner *p, const struct scenario *s, unsigned number)
{
	struct plan_op *o = &p->plan.ops[number];
	struct step step = s->steps[number];
	struct scenario at = *s; /* the scenario that begins here */
	const char *why;

	at.state = p->states[number];
	at.mode = (uint8_t)mode_of(&at.state);
	at.pdpte_given = true;
	at.steps = &step;
	at.step_count = 1;
	p->plan.scenario = &at;
	p->result = p->results[number];
	o->step = number;
	o->simulated = &p->results[number];
	plan_state(o, &at.state);
	if (!at.state.ept && at.mode == MODE_NOPAGING && step.kind == STEP_ACCESS)
		why = "no paging without EPT";
	else if (step.kind == STEP_ACCESS)
		why = access_step(p, number);
	else if (refusal_is_executable(p))
		why = refused_step(p, number);
	else
		why = other_step(p, number);
	p->plan.scenario = s;
	cells_write_list(p->memory, &p->result.changed);
	return why;
}

/* With all the ways to the code in the tables, does each step end as before? */
static bool neutral(struct planner *p, const struct scenario *s)
{
	struct scenario with = *s;
	size_t n = 0;

	for (size_t i = 0; i < with.mem.count; i++)
		p->merged[n++] = with.mem.cells[i];
	for (unsigned i = 0; i < p->plan.item.extras; i++)
		p->merged[n++] = (struct cell){ hpa(p->plan.extras[i].at), p->plan.extras[i].value };
	with.mem = (struct cell_list){ p->merged, n };
	scenario_run(p->cold_trial, &with, p->trial_results);
	for (size_t i = 0; i < s->step_count; i++)
		if (!plan_same(&p->results[i], &p->trial_results[i]))
			return false;
	return true;
}

const char *plan_sequence(struct planner *p)
{
	const struct scenario *s = p->plan.scenario;
	const char *why = NULL;

	if (s->step_count > WORK_OPS_MAX)
		return "more steps than an item has operations";
	if (s->mode == MODE_PAE && !s->pdpte_given)
		return "PDPTE registers that the first step of a sequence loads";
	p->states[0] = s->state;
	scenario_run_observed(p->cold, s, p->results, observe, p);
	if (p->outside)
		return "an access outside the window";
	if (p->results[0].got.outcome == OUTCOME_ENTRY_FAIL)
		return "a sequence whose VM entry fails";
	for (size_t i = 0; i < s->step_count && !why; i++) {
		if (s->steps[i].kind == STEP_STORE)
			why = take_step_cells(p, &s->steps[i].store);
		if (!why)
			why = take_step_cells(p, &p->results[i].changed);
	}
	p->plan.named = p->plan.item.cells;
	for (unsigned i = 0; i < s->step_count && !why; i++)
		why = plan_step(p, s, i);
	if (!why && !neutral(p, s))
		why = "the way to the code would change the outcome";
	return why;
}
