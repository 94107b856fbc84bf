/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/run.h"

#include <eptsim/mmu.h>

#include <stdlib.h>
#include <string.h>

struct scenario_runner {
	struct cells *cells;
	struct mem mem;
	struct mmu *mmu;
	struct pool pool; /* what results point to */
};

struct scenario_runner *scenario_runner_create(void)
{
	struct mmu_geometry geometry = mmu_geometry_everything();

	return scenario_runner_create_as(&geometry);
}

struct scenario_runner *scenario_runner_create_as(const struct mmu_geometry *geometry)
{
	struct scenario_runner *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->cells = cells_create();
	if (r->cells) {
		r->mem = cells_mem(r->cells);
		r->mmu = mmu_create(&r->mem, geometry);
	}
	if (!r->cells || !r->mmu) {
		scenario_runner_free(r);
		return NULL;
	}
	return r;
}

void scenario_runner_free(struct scenario_runner *r)
{
	if (!r)
		return;
	mmu_destroy(r->mmu);
	cells_free(r->cells);
	pool_free(&r->pool);
	free(r);
}

static void give(struct expect *e, enum expect_field field)
{
	e->present |= EXPECT_HAS(field);
}

static void give_gpa(struct expect *e, const struct fault *f)
{
	give(e, EXPECT_GPA);
	e->gpa = f->gpa.v;
}

/* EPT violation and SPP events. */
static void give_exit(struct expect *e, const struct fault *f)
{
	give(e, EXPECT_QUALIFICATION);
	e->qualification = f->qualification;
	give_gpa(e, f);
	if (f->gla_valid) {
		give(e, EXPECT_GLA);
		e->gla = f->gla.v;
	}
}

static void give_fault(struct expect *e, const struct paging_state *s, const struct fault *f)
{
	switch (f->kind) {
	case OUTCOME_PF:
		give(e, EXPECT_CR2);
		e->cr2 = f->cr2.v;
		/* fall through */
	case OUTCOME_GP:
	case OUTCOME_SS:
		give(e, EXPECT_ERROR_CODE);
		e->error_code = f->error_code;
		break;
	case OUTCOME_EPT_VIOLATION:
	case OUTCOME_SPP_MISS:
	case OUTCOME_SPP_MISCONFIG:
		give_exit(e, f);
		break;
	case OUTCOME_EPT_MISCONFIG:
		give_gpa(e, f);
		break;
	case OUTCOME_VE:
		give(e, EXPECT_VE_INFO);
		e->ve_info = (struct ve_info){
			.present = VE_INFO_ALL,
			.reason = EXIT_REASON_EPT_VIOLATION,
			.busy = 0xffffffff,
			.qualification = f->qualification,
			.gla = f->gla.v,
			.gpa = f->gpa.v,
			.eptp_index = s->eptp_index,
		};
		break;
	}
}

static void give_translation(struct expect *e, const struct translation *t)
{
	give(e, EXPECT_HPA);
	e->hpa = t->page[0].hpa.v;
	give(e, EXPECT_MEMTYPE);
	e->memtype = t->page[0].type;
	if (t->pages == 2) {
		give(e, EXPECT_HPA2);
		e->hpa2 = t->page[1].hpa.v;
		give(e, EXPECT_MEMTYPE2);
		e->memtype2 = t->page[1].type;
	}
}

/* The log entries are among the references made. */
static void give_pml(struct scenario_runner *r, struct expect *e)
{
	size_t count;
	const struct ref *refs = mmu_refs(r->mmu, &count);

	give(e, EXPECT_PML_INDEX);
	e->pml_index = mmu_pml_index(r->mmu);
	give(e, EXPECT_PML_LOG);
	for (size_t i = 0; i < count; i++)
		e->pml_log_count += refs[i].kind == REF_PML;
	if (e->pml_log_count == 0)
		return;
	e->pml_log = pool_alloc(&r->pool, e->pml_log_count, sizeof *e->pml_log);
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (refs[i].kind == REF_PML)
			e->pml_log[n++] = refs[i].value;
}

static enum outcome apply(struct scenario_runner *r, const struct step *step, struct translation *t)
{
	struct mmu *m = r->mmu;

	switch ((enum step_kind)step->kind) {
	case STEP_ACCESS:
		return mmu_translate(m, &step->access, t);
	case STEP_MOV_CR3:
		return mmu_mov_cr3(m, step->value, t);
	case STEP_MOV_CR0:
		return mmu_mov_cr0(m, step->value, t);
	case STEP_MOV_CR4:
		return mmu_mov_cr4(m, step->value, t);
	case STEP_INVLPG:
		mmu_invlpg(m, step->invlpg);
		return OUTCOME_OK;
	case STEP_INVPCID:
		return mmu_invpcid(m, step->invpcid.type, step->invpcid.pcid, step->invpcid.gva);
	case STEP_INVEPT:
		return mmu_invept(m, step->invept.type, step->invept.eptp);
	case STEP_INVVPID:
		return mmu_invvpid(m, step->invvpid.type, step->invvpid.vpid, step->invvpid.gva);
	case STEP_VMFUNC:
		return mmu_vmfunc(m, step->vmfunc.ecx, step->vmfunc.eptp_list,
				  step->vmfunc.eptp_count);
	case STEP_VM_ENTRY:
		mmu_vm_entry(m, step->vm_entry.vpid_given ? step->vm_entry.vpid :
							    mmu_state(m)->vpid);
		return OUTCOME_OK;
	case STEP_VM_EXIT:
		mmu_vm_exit(m);
		return OUTCOME_OK;
	default:
		return OUTCOME_OK;
	}
}

static void run_step(struct scenario_runner *r, const struct scenario *s, const struct step *step,
		     bool *entered, struct step_result *result, struct translation *translation)
{
	struct expect *e = &result->got;
	struct translation t = { .outcome = OUTCOME_OK };

	memset(result, 0, sizeof *result);
	cells_mark(r->cells);
	mmu_refs_clear(r->mmu);
	give(e, EXPECT_OUTCOME);
	if (step->kind == STEP_STORE) {
		cells_write_list(r->cells, &step->store);
	} else {
		/* The PDPTE loads of an entry can fault; the next step tries again. */
		if (!*entered)
			*entered = mmu_enter(r->mmu, &s->state, s->pdpte_given, &t) == OUTCOME_OK;
		if (*entered)
			t.outcome = (uint8_t)apply(r, step, &t);
		e->outcome = t.outcome;
		t.fault.kind = t.outcome;
		if (step->kind == STEP_ACCESS && t.outcome == OUTCOME_OK)
			give_translation(e, &t);
		else if (step->kind == STEP_ACCESS || t.outcome != OUTCOME_OK)
			give_fault(e, *entered ? mmu_state(r->mmu) : &s->state, &t.fault);
	}
	if (s->state.controls.pml && e->outcome != OUTCOME_ENTRY_FAIL)
		give_pml(r, e);
	result->changed = cells_changed(r->cells, &r->pool);
	*translation = t;
}

void scenario_run(struct scenario_runner *r, const struct scenario *s, struct step_result *results)
{
	scenario_run_observed(r, s, results, NULL, NULL);
}

void scenario_run_observed(struct scenario_runner *r, const struct scenario *s,
			   struct step_result *results,
			   void (*observe)(void *context, size_t step,
					   const struct scenario_view *view),
			   void *context)
{
	struct translation t;
	bool entered = false;

	pool_reset(&r->pool);
	cells_reset(r->cells);
	cells_write_list(r->cells, &s->mem);
	mmu_reset(r->mmu);
	mmu_set_pml_index(r->mmu, s->pml_index);
	for (size_t i = 0; i < s->step_count; i++) {
		run_step(r, s, &s->steps[i], &entered, &results[i], &t);
		if (observe)
			observe(context, i, &(struct scenario_view){ r->mmu, entered, &t });
	}
}
