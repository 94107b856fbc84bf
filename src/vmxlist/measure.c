/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From a VM exit to an outcome.
 */
#include "vmxlist/result.h"

#include "base/bits.h"
#include "vmx/vmcs.h"

#include <string.h>

#define VECTOR_BP 3
#define LAR_BITS UINT64_C(0x00f0ff00)

static void give(struct expect *e, enum expect_field field)
{
	e->present |= EXPECT_HAS(field);
}

static const char *skip_text(uint64_t why)
{
	switch (why) {
	case WORK_SKIP_MAXPHYADDR:
		return "the processor has another MAXPHYADDR";
	case WORK_SKIP_CAPABILITY:
		return "the processor has another IA32_VMX_EPT_VPID_CAP";
	case WORK_SKIP_CONTROL:
		return "the processor has not the VM-execution control";
	default:
		return "the processor has not the CR4 bit";
	}
}

/* ---- Did the access reach the place that the simulator names? ---- */

/* The cell's value after, if it changed. */
static const struct work_cell *changed(const struct result *r, uint64_t at)
{
	for (size_t i = 0; i < r->cell_count; i++)
		if (r->cells[i].at == at)
			return &r->cells[i];
	return NULL;
}

static bool read_there(const struct plan_op *o, const struct access *a, const struct result *r)
{
	const uint64_t words[2] = { o->data_in_xmm ? r->xmm0[0] : r->rax, r->xmm0[1] };
	uint64_t descriptor;

	if (!o->lar)
		return memcmp(words, o->data, a->size) == 0;
	memcpy(&descriptor, o->data, sizeof(descriptor));
	return ((r->rax ^ descriptor >> 32) & LAR_BITS) == 0;
}

static bool written_there(const struct plan_op *o, const struct result *r)
{
	for (unsigned i = 0; i < o->written_count; i++) {
		const struct work_cell *c = changed(r, o->written[i].at);

		if (!c || c->value != o->written[i].value)
			return false;
	}
	return true;
}

static bool there(const struct plan_op *o, const struct access *a, const struct result *r)
{
	if (!o->located)
		return false;
	if (!o->checked || a->type == ACCESS_FETCH)
		return true;
	return access_writes(a) ? written_there(o, r) : read_there(o, a, r);
}

/* ---- Outcomes ---- */

static void ok(const struct plan_op *o, const struct access *a, const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;
	unsigned first = (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)));

	e->outcome = OUTCOME_OK;
	m->hpa_known = there(o, a, r);
	if (!m->hpa_known)
		return;
	give(e, EXPECT_HPA);
	e->hpa = o->hpa;
	if (a->size <= first)
		return;
	give(e, EXPECT_HPA2);
	e->hpa2 = o->hpa2;
}

/* The area's five quadwords: the image's own, or cells of the scenario. */
static void ve(const struct plan *plan, const struct plan_op *o, const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;
	uint64_t area[5] = { 0 };

	for (unsigned i = 0; i < 5; i++) {
		uint64_t at = o->op.ve_address + 8 * i;
		const struct work_cell *c = changed(r, at);

		for (unsigned k = 0; !r->ve_given && k < plan->item.cells; k++)
			if (plan->cells[k].at == at)
				area[i] = plan->cells[k].value;
		if (r->ve_given)
			area[i] = r->ve[i];
		else if (c)
			area[i] = c->value;
	}
	e->outcome = OUTCOME_VE;
	give(e, EXPECT_VE_INFO);
	e->ve_info = (struct ve_info){
		.present = VE_INFO_ALL,
		.reason = (uint32_t)area[0],
		.busy = (uint32_t)(area[0] >> 32),
		.qualification = area[1],
		.gla = area[2],
		.gpa = area[3],
		.eptp_index = (uint16_t)area[4],
	};
}

/* Where no instruction was expected to be fetched there are zeros, and they were
 * executed: so it was fetched. */
static bool zeros_executed(const struct plan_op *o, const struct access *a, const struct result *r)
{
	if (a->type != ACCESS_FETCH || r->how != WORK_BY_DIRECT || !o->nowhere)
		return false;
	if (r->reason == EXIT_REASON_EPT_VIOLATION)
		return r->gla == o->nowhere;
	if (r->reason != REASON_EXCEPTION)
		return false;
	if ((r->interruption & INTERRUPTION_VECTOR) == VECTOR_VE)
		return r->ve_given && r->ve[2] == o->nowhere;
	return (r->interruption & INTERRUPTION_VECTOR) == VECTOR_PF && r->qualification == o->nowhere;
}

static void exception(const struct plan *plan, const struct plan_op *o, const struct access *a,
		      const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;
	unsigned vector = r->interruption & INTERRUPTION_VECTOR;
	bool fetched = a->type == ACCESS_FETCH && r->how == WORK_BY_DIRECT && r->rip == o->op.direct;
	bool passed = r->how == WORK_BY_CODE && r->rip == o->op.code_end;

	if (vector == VECTOR_BP && (fetched || passed)) {
		ok(o, a, r, m);
	} else if (vector == VECTOR_PF) {
		e->outcome = OUTCOME_PF;
		give(e, EXPECT_ERROR_CODE);
		e->error_code = (uint32_t)r->error;
		give(e, EXPECT_CR2);
		e->cr2 = r->qualification;
	} else if (vector == VECTOR_GP || vector == VECTOR_SS) {
		e->outcome = vector == VECTOR_GP ? OUTCOME_GP : OUTCOME_SS;
		give(e, EXPECT_ERROR_CODE);
		e->error_code = (uint32_t)r->error;
	} else if (vector == VECTOR_VE) {
		ve(plan, o, r, m);
	} else {
		m->other = true;
		m->vector = vector;
	}
}

static void ept_exit(const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;

	give(e, EXPECT_GPA);
	e->gpa = r->gpa;
	if (r->reason == EXIT_REASON_EPT_MISCONFIG) {
		e->outcome = OUTCOME_EPT_MISCONFIG;
		return;
	}
	give(e, EXPECT_QUALIFICATION);
	e->qualification = r->qualification;
	if (r->reason == EXIT_REASON_SPP)
		e->outcome = r->qualification & SPPQ_MISS ? OUTCOME_SPP_MISS : OUTCOME_SPP_MISCONFIG;
	else
		e->outcome = OUTCOME_EPT_VIOLATION;
	if (r->reason == EXIT_REASON_SPP || r->qualification & EPTQ_GLA_VALID) {
		give(e, EXPECT_GLA);
		e->gla = r->gla;
	}
}

static void outcome(const struct plan *plan, const struct plan_op *o, const struct access *a,
		    const struct result *r, struct measured *m)
{
	m->reason = (uint32_t)r->reason;
	if (r->how == WORK_VMFAIL || r->reason & REASON_ENTRY_FAILURE) {
		m->step.got.outcome = OUTCOME_ENTRY_FAIL;
		return;
	}
	if (zeros_executed(o, a, r)) {
		m->step.got.outcome = OUTCOME_OK;
		if ((a->gva.v & (PAGE_SIZE_4K - 1)) + a->size > PAGE_SIZE_4K)
			m->skipped = "an instruction across pages that is not where the simulator says";
		return;
	}
	switch (r->reason) {
	case REASON_EXCEPTION:
		exception(plan, o, a, r, m);
		break;
	case EXIT_REASON_EPT_VIOLATION:
	case EXIT_REASON_EPT_MISCONFIG:
	case EXIT_REASON_SPP:
		ept_exit(r, m);
		break;
	case EXIT_REASON_PML_FULL:
		m->step.got.outcome = OUTCOME_PML_FULL;
		break;
	default:
		m->other = true;
	}
}

/* What was executed from the access's own address in place of a data access is
 * the same only as far as the top-level entry. */
static bool stands_for_the_access(const struct plan_op *o, const struct access *a, const struct measured *m)
{
	const struct expect *e = &m->step.got;

	if (a->type == ACCESS_FETCH)
		return true;
	if (m->other || !o->direct_valid)
		return false;
	switch (e->outcome) {
	case OUTCOME_PML_FULL:
	case OUTCOME_ENTRY_FAIL:
		return true;
	case OUTCOME_EPT_VIOLATION:
		return !(e->qualification & EPTQ_FINAL) && e->gpa == o->top_entry;
	case OUTCOME_EPT_MISCONFIG:
		return e->gpa == o->top_entry;
	case OUTCOME_VE:
		return !(e->ve_info.qualification & EPTQ_FINAL) && e->ve_info.gpa == o->top_entry;
	default:
		return false;
	}
}

/* ---- Cells ---- */

static bool is_mark(const struct plan *plan, uint64_t at)
{
	for (unsigned i = plan->named; i < plan->item.cells; i++)
		if (plan->cells[i].at == at)
			return true;
	return false;
}

static void merge_cells(const struct plan *plan, const struct result *r, struct measured *m)
{
	struct cell_list *list = &m->step.changed;

	list->cells = m->cells;
	for (size_t i = 0; i < r->cell_count; i++) {
		size_t k = 0;

		if (is_mark(plan, r->cells[i].at))
			continue;
		while (k < list->count && list->cells[k].at.v != r->cells[i].at)
			k++;
		list->cells[k] = (struct cell){ hpa(r->cells[i].at), r->cells[i].value };
		if (k == list->count)
			list->count++;
	}
	cell_list_sort(list);
}

static void merge_log(const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;

	e->pml_log = m->log;
	for (size_t i = 0; i < r->log_count; i++)
		m->log[e->pml_log_count++] = r->log[i];
	e->pml_index = (uint16_t)r->pml_index;
}

/* #GP or the exit of VMFUNC; going on to the next instruction is success. */
static void refusal(const struct plan_op *o, const struct result *r, struct measured *m)
{
	struct expect *e = &m->step.got;
	unsigned vector = r->interruption & INTERRUPTION_VECTOR;

	m->reason = (uint32_t)r->reason;
	if (r->how == WORK_VMFAIL || r->reason & REASON_ENTRY_FAILURE) {
		e->outcome = OUTCOME_ENTRY_FAIL;
	} else if (r->rip == o->op.code_end) {
		e->outcome = OUTCOME_OK;
	} else if (r->reason == EXIT_REASON_VMFUNC) {
		e->outcome = OUTCOME_VMFUNC_EXIT;
	} else if (r->reason == REASON_EXCEPTION && vector == VECTOR_GP) {
		e->outcome = OUTCOME_GP;
		give(e, EXPECT_ERROR_CODE);
		e->error_code = (uint32_t)r->error;
	} else {
		m->other = true;
		m->vector = vector;
	}
}

/* One operation's part of a step. True: more operations make the step. */
static bool measure_op(const struct plan *plan, unsigned i, const struct result *r, struct measured *m)
{
	const struct plan_op *o = &plan->ops[i];
	const struct access *a = &plan->scenario->steps[o->step].access;

	if (r->skipped) {
		m->skipped = skip_text(r->why);
		return false;
	}
	if (o->role == PLAN_CARRIED) {
		m->step = *o->simulated;
		m->carried = true;
		return false;
	}
	merge_cells(plan, r, m);
	merge_log(r, m);
	switch (o->role) {
	case PLAN_STORE:
		return false;
	case PLAN_INVALIDATE:
		m->step.got.outcome = r->reason ? OUTCOME_VMFAIL : OUTCOME_OK;
		return false;
	case PLAN_REFUSED:
		refusal(o, r, m);
		return false;
	case PLAN_LOAD_PDPTES:
		if (r->how == WORK_BY_CODE && r->reason == REASON_EXCEPTION &&
		    (r->interruption & INTERRUPTION_VECTOR) == VECTOR_BP && r->rip == o->op.code_end)
			return true;
		break;
	}
	outcome(plan, o, a, r, m);
	if (r->how == WORK_OUT_OF_REACH ||
	    (r->how == WORK_BY_DIRECT && !stands_for_the_access(o, a, m)))
		m->skipped = "the code could not be reached";
	return false;
}

unsigned measure(const struct plan *plan, unsigned first, const struct result *results, struct measured *m)
{
	unsigned i = first;

	memset(m, 0, sizeof(*m));
	give(&m->step.got, EXPECT_OUTCOME);
	while (measure_op(plan, i, &results[i], m) && i + 1 < plan->item.ops)
		i++;
	if (plan->ops[i].role != PLAN_CARRIED && plan->scenario->state.controls.pml &&
	    m->step.got.outcome != OUTCOME_ENTRY_FAIL) {
		give(&m->step.got, EXPECT_PML_INDEX);
		give(&m->step.got, EXPECT_PML_LOG);
	}
	return i + 1;
}
