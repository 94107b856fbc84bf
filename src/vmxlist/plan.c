/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmxlist/planner.h"

#include "base/bits.h"

#include <stdlib.h>
#include <string.h>

#define CR0_NE BIT(5)
#define CR4_FXSR BIT(9)
#define CR4_XMM_EXCEPTIONS BIT(10)
#define PLACE_ATTEMPTS 16
#define SELECTOR 8 /* the descriptor that LAR reads: GDT base + 8 */
/* A present data segment of DPL 3, and what LAR shows of it. */
#define DESCRIPTOR UINT64_C(0x00cff3000000ffff)
#define LAR_BITS UINT64_C(0x00f0ff00)
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

static bool among(const struct work_cell *cells, unsigned count, uint64_t at)
{
	for (unsigned i = 0; i < count; i++)
		if (cells[i].at == at)
			return true;
	return false;
}

bool plan_taken(const void *context, uint64_t at)
{
	const struct plan *plan = context;

	return among(plan->cells, plan->item.cells, at) || among(plan->extras, plan->item.extras, at);
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

static void observe(void *context, size_t step, const struct scenario_view *view)
{
	(void)step;
	plan_watch(context, view);
}

/* The 64-bit cell at `at` after the step. */
static uint64_t value_after(const struct planner *p, uint64_t at)
{
	const struct cell_list *changed = &p->result.changed;

	for (size_t i = 0; i < changed->count; i++)
		if (changed->cells[i].at.v == at)
			return changed->cells[i].value;
	return cells_read(p->memory, hpa(at));
}

/* ---- The marks by which the place of the data is known ---- */

static uint64_t byte_at(const struct access *a, const struct plan_op *o, unsigned i)
{
	unsigned first = (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)));

	return i < first ? o->hpa + i : o->hpa2 + (i - first);
}

/* Which byte value marks byte `i`; 0 is what every other place holds. */
static uint8_t mark_of(const struct access *a, const struct code *c, unsigned i)
{
	if (a->type == ACCESS_FETCH)
		return i < c->size ? c->bytes[i] : CODE_INT3;
	if (a->implicit)
		return (uint8_t)(DESCRIPTOR >> (8 * i));
	return (uint8_t)((a->type == ACCESS_READ ? 0xa1 : 0xb1) + i);
}

/* Collects the cells that the data lie in and that the scenario does not name,
 * with the marks; bytes in named cells keep what is there. False: a fetch whose
 * bytes are in a named cell. */
bool plan_mark(struct planner *p, struct plan_op *o, const struct access *a, const struct code *c)
{
	struct plan *plan = &p->plan;

	/* INCSSP tells nothing of what it reads. */
	o->checked = !a->shadow_stack || a->type == ACCESS_WRITE;
	if (!o->checked)
		return true;
	for (unsigned i = 0; i < a->size && i < PLAN_DATA_MAX; i++) {
		uint64_t at = byte_at(a, o, i), cell = at & ~UINT64_C(7);
		unsigned shift = 8 * (at & 7), m = 0;

		if (among(plan->cells, plan->named, cell) || among(plan->extras, plan->item.extras, cell)) {
			o->data[i] = (uint8_t)(value_after(p, cell) >> shift);
			if (a->type == ACCESS_FETCH)
				return false;
			o->checked = o->checked && !a->implicit;
			continue;
		}
		o->data[i] = mark_of(a, c, i);
		while (m < o->written_count && o->written[m].at != cell)
			m++;
		if (m == o->written_count)
			o->written[o->written_count++] = (struct work_cell){ cell, 0 };
		o->written[m].value |= (uint64_t)o->data[i] << shift;
	}
	return true;
}

static uint64_t data_word(const struct plan_op *o, unsigned from)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8 && from + i < PLAN_DATA_MAX; i++)
		word |= (uint64_t)o->data[from + i] << (8 * i);
	return word;
}

/* What the registers hold: the data to write; of an OR nothing where a named
 * cell is; of a CMPXCHG the old content beside. */
void plan_registers(const struct plan *plan, struct plan_op *o, const struct access *a,
			  const struct code *c)
{
	uint64_t old[2] = { 0 }, add[2] = { 0 };

	for (unsigned i = 0; i < a->size && i < PLAN_DATA_MAX; i++) {
		bool named = o->located && among(plan->cells, plan->named, byte_at(a, o, i) & ~UINT64_C(7));

		old[i / 8] |= named ? (uint64_t)o->data[i] << (8 * (i & 7)) : 0;
		add[i / 8] |= named ? 0 : (uint64_t)o->data[i] << (8 * (i & 7));
	}
	bool exchange = a->type == ACCESS_RMW && !a->shadow_stack &&
			(a->size == 16 || (a->size == 8 && !(o->op.flags & WORK_LONG)));

	o->op.rdi = a->gva.v;
	o->op.rsp = a->stack ? a->gva.v : 0;
	o->op.ssp = a->shadow_stack && a->type == ACCESS_READ ? a->gva.v : 0;
	o->op.rcx = SELECTOR;
	if (a->implicit)
		o->op.gdt_base = a->gva.v - SELECTOR;
	if (!(o->op.flags & WORK_LONG))
		o->op.gdt_base &= 0xffffffff;
	if (exchange && a->size == 16) {
		o->op.rax = old[0];
		o->op.rdx = old[1];
		o->op.rbx = data_word(o, 0);
		o->op.rcx = data_word(o, 8);
	} else if (exchange) {
		o->op.rax = old[0] & 0xffffffff;
		o->op.rdx = old[0] >> 32;
		o->op.rbx = data_word(o, 0) & 0xffffffff;
		o->op.rcx = data_word(o, 0) >> 32;
	} else if (a->type == ACCESS_RMW) {
		o->op.rax = add[0];
	} else if (a->type == ACCESS_WRITE) {
		o->op.rax = data_word(o, 0);
		o->op.rdx = data_word(o, 8);
	} else if (a->shadow_stack) {
		o->op.rax = 1; /* INCSSP by one */
	}
	o->data_in_xmm = c->data_in_xmm && a->type == ACCESS_READ;
	o->lar = c->lar;
}

/* ---- The state ---- */

void plan_state(struct plan_op *o, const struct paging_state *s)
{
	struct work_op *op = &o->op;

	op->flags = WORK_ENTER | (s->cs_l ? WORK_LONG : 0) | (s->ept ? WORK_EPT : 0);
	op->controls = (s->controls.mbe ? WORK_MBE : 0) | (s->controls.ve ? WORK_VE : 0) |
		       (s->controls.pml ? WORK_PML : 0) | (s->controls.spp ? WORK_SPP : 0) |
		       (s->controls.pw ? WORK_PW : 0) | (s->controls.vgp ? WORK_VGP : 0) |
		       (s->controls.hlat ? WORK_HLAT : 0);
	op->flags |= s->pml_inside ? 0 : WORK_PML_OWN;
	op->flags |= s->ve_inside ? 0 : WORK_VE_OWN;
	op->cpl = s->cpl;
	op->ac = s->ac;
	op->maxphyaddr = s->maxphyaddr;
	op->pdpte_slot = 4;
	/* VM entry leaves CD and NW alone; NE and VMXE are what VMX operation wants.
	 * None of them, nor the SSE bits, takes part in translation. */
	op->cr0 = (s->cr0 & ~(CR0_CD | CR0_NW)) | CR0_NE;
	op->cr4 = s->cr4 | CR4_VMXE | CR4_FXSR | CR4_XMM_EXCEPTIONS;
	op->cr3 = s->cr3;
	op->efer = s->efer;
	op->pat = s->pat;
	op->pkru = s->pkru;
	op->pkrs = s->pkrs;
	memcpy(op->pdpte, s->pdpte, sizeof(op->pdpte));
	op->eptp = s->eptp;
	op->spptp = s->spptp;
	op->pml_address = s->pml_address;
	op->ve_address = s->ve_address;
	op->hlatp = s->hlatp;
	op->hlat_prefix = s->hlat_prefix;
	op->eptp_index = s->eptp_index;
	op->vpid = s->vpid;
	op->ept_vpid_cap = s->ept_vpid_cap;
	op->cap_mask = s->ept ? EPT_CAP_EXEC_ONLY | EPT_CAP_WALK_4 | EPT_CAP_WALK_5 | EPT_CAP_UC |
					EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_1G | EPT_CAP_AD |
					EPT_CAP_ADVANCED | EPT_CAP_SSS :
				0;
}

bool plan_canonical(const struct scenario *s, uint64_t at)
{
	unsigned width = s->mode == MODE_IA32E4 ? 48 : 57;
	uint64_t high = at >> (width - 1);

	if (s->mode != MODE_IA32E4 && s->mode != MODE_IA32E5)
		return true;
	return high == 0 || high == ~UINT64_C(0) >> (width - 1);
}

/* ---- What cannot be expressed ---- */

static const char *state_why_not(const struct scenario *s)
{
	const struct paging_state *state = &s->state;
	const struct knobs usual = KNOBS_DEFAULT;

	if (memcmp(&state->knobs, &usual, sizeof(usual)))
		return "a knob: the processor decides";
	if (state->event_delivery)
		return "an access during event delivery";
	if (!state->ept && s->mode == MODE_NOPAGING)
		return "no paging without EPT";
	if (state->cr4 & CR4_CET && !(state->cr0 & CR0_WP))
		return NULL;
	if (s->mode == MODE_NOPAGING && !(state->cr0 & CR0_PE) && state->cpl)
		return "a privilege level without protection";
	return NULL;
}

const char *plan_access_why_not(const struct scenario *s, const struct access *a)
{
	uint64_t last = a->gva.v + a->size - 1;
	bool bad = !plan_canonical(s, a->gva.v) || !plan_canonical(s, last);

	if (!s->state.cs_l && (last >> 32 || a->gva.v >> 32))
		return "an access beyond 4 GiB: the segment's limit";
	if (bad && a->implicit)
		return "a descriptor table at an address that is not canonical";
	if (bad && a->shadow_stack)
		return "a shadow-stack pointer that is not canonical";
	if (bad && a->type == ACCESS_FETCH && plan_canonical(s, a->gva.v))
		return "an instruction across the end of the canonical addresses";
	if (a->shadow_stack && !(s->state.cr4 & CR4_CET))
		return "a shadow-stack access without CR4.CET";
	return NULL;
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
	o->op.flags |= WORK_FLUSH;
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

	o->op.flags |= loads ? WORK_KEEP_PDPTES : WORK_FLUSH;
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
	if (direct && !place->why_not) { /* ADD [rax], al is what zeros mean */
		o->nowhere = place->linear + PAGE_SIZE_2M * (s->mode == MODE_LEGACY32 ? 2 : 1);
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
	o->op.flags |= WORK_FLUSH;
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
	plan->why_not = state_why_not(s);
	if (!plan->why_not && take_cells(plan))
		plan->why_not = s->sequence ? plan_sequence(p) : plan_single(p);
	return plan;
}
