/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay.h"

#include "mmu/regime.h"

#include <stdlib.h>
#include <string.h>

bool replay_init(struct replay *r, const struct replay_configs *c, struct error *err)
{
	memset(r, 0, sizeof *r);
	r->config = c->replay;
	r->cpl = TRACE_CPL_DEFAULT;
	r->fault = calloc(c->replay.faults_kept + 1, sizeof *r->fault);
	if (!r->fault)
		error_set(err, "out of memory");
	if (r->fault && machine_init(&r->machine, &c->machine, err) &&
	    hv_init(&r->hv, &r->machine, &c->hv, err) &&
	    guest_init(&r->guest, &r->hv, &c->guest, err))
		return true;
	replay_destroy(r);
	return false;
}

void replay_destroy(struct replay *r)
{
	guest_destroy(&r->guest);
	hv_destroy(&r->hv);
	machine_destroy(&r->machine);
	free(r->fault);
	memset(r, 0, sizeof *r);
}

/* ---- Time ---- */

_Static_assert((int)TIMING_TLB1 == SOURCE_TLB1 && (int)TIMING_TLB2 == SOURCE_TLB2 &&
		       (int)TIMING_WALK == SOURCE_WALK && (int)TIMING_UNTRANSLATED == SOURCE_NONE,
	       "timing has the MMU's sources");

/* A fetch begins an instruction; where a trace has none, every access is one. */
static inline void begin_instruction(struct replay *r, uint8_t type)
{
	r->fetches |= type == ACCESS_FETCH;
	if (type == ACCESS_FETCH || !r->fetches)
		timing_instruction(&r->machine.processor[0].timing, r->registers);
}

/* The references of page[0] are refs[0..first), those of page[1] refs[first..count). */
static inline void time_access(struct timing *timing, const struct access *a,
			       const struct translation *t, const struct ref *refs, size_t first,
			       size_t count)
{
	static const uint8_t kinds[ACCESS_TYPES] = { [ACCESS_READ] = TIMING_LOAD,
						     [ACCESS_WRITE] = TIMING_STORE,
						     [ACCESS_RMW] = TIMING_MODIFY,
						     [ACCESS_FETCH] = TIMING_FETCH };
	struct timing_access access = { .kind = kinds[a->type], .pages = t->pages, .size = a->size };

	for (unsigned i = 0; i < t->pages; i++)
		access.page[i] = (struct timing_page){ .hpa = t->page[i].hpa,
						       .fill = t->page[i].fill,
						       .refs = i ? refs + first : refs,
						       .count = i ? count - first : first,
						       .source = t->page[i].source };
	timing_access(timing, &access);
}

/* Time and statistics of one call of mmu_translate(). */
static void settle(struct machine *m, const struct access *a, const struct translation *t)
{
	struct processor *p = &m->processor[0];
	size_t count, first = 0;
	const struct ref *refs = mmu_refs(p->mmu, &count);

	while (first < count && !(refs[first].flags & REF_PAGE2))
		first++;
	if (t->outcome == OUTCOME_OK)
		time_access(&p->timing, a, t, refs, first, count);
	else if (count)
		timing_fault(&p->timing, refs, count);
	machine_settle(m, t);
}

/* ---- Faults ---- */

enum answer { TRY_AGAIN, GIVE_UP, STOP };

static enum answer answer_fault(struct replay *r, const struct fault *f, struct error *err)
{
	struct machine *m = &r->machine;

	if (f->kind == OUTCOME_PF) {
		enum guest_answer answer = guest_page_fault(&r->guest, f, err);

		return answer == GUEST_MAPPED    ? TRY_AGAIN
		       : answer == GUEST_REFUSED ? GIVE_UP
		                                 : STOP;
	}
	if (f->kind == OUTCOME_EPT_VIOLATION) {
		enum hv_answer answer = hv_ept_violation(r->guest.current->vm, f, err);

		return answer == HV_BACKED ? TRY_AGAIN : answer == HV_NO_MEMORY ? STOP : GIVE_UP;
	}
	if (outcome_is_exit(f->kind)) {
		machine_charge(m, COST_EXIT);
		machine_charge(m, COST_HYPERVISOR);
	} else {
		machine_charge(m, COST_FAULT);
	}
	return GIVE_UP;
}

static void keep_fault(struct replay *r, const struct trace_record *record, const struct fault *f)
{
	r->machine.outcome.unresolved++;
	if (r->fault_count < r->config.faults_kept)
		r->fault[r->fault_count++] = (struct replay_fault){ .access = r->machine.accesses,
			                                            .record = *record,
			                                            .fault = *f };
}

/* More than any access needs: for each of two pages a page fault and a violation
 * for the page and for each table. */
#define ATTEMPTS_MAX 32

/* An access that was no plain hit: counts the attempt, and lets guest and
 * hypervisor help until it succeeds. */
static __attribute__((noinline)) bool slow_access(struct replay *r,
                                                  const struct trace_record *record,
                                                  const struct access *a, struct translation *t,
                                                  struct error *err)
{
	struct machine *m = &r->machine;
	struct mmu *mmu = m->processor[0].mmu;

	for (unsigned attempt = 1;; attempt++) {
		settle(m, a, t);
		m->outcome.by[t->outcome]++;
		if (t->outcome == OUTCOME_OK) {
			r->stats.crossing += t->pages == 2;
			return true;
		}
		struct event e = {
			.kind = outcome_is_exit(t->outcome) ? EVENT_EXIT : EVENT_FAULT,
			.fault = &t->fault,
		};
		machine_tell(m, &e);
		enum answer answer = answer_fault(r, &t->fault, err);

		if (answer == STOP)
			return false;
		if (answer == GIVE_UP || attempt == ATTEMPTS_MAX) {
			keep_fault(r, record, &t->fault);
			e.kind = EVENT_FAILED;
			machine_tell(m, &e);
			return true;
		}
		t->fault.page2 = false;
		if (mmu_translate(mmu, a, t) == OUTCOME_OK)
			continue;
	}
}

/* ---- Records ---- */

bool replay_set_process(struct replay *r, const struct trace_record *record, struct error *err)
{
	struct event e = { .kind = EVENT_OPERATION, .operation = "asid", .tag = record->asid };
	enum outcome outcome;

	if (!(record->flags & TRACE_HAS_ASID) || guest_asid(&r->guest) == record->asid)
		return true;
	if (!guest_switch_asid(&r->guest, record->asid, &outcome, err))
		return false;
	machine_tell(&r->machine, &e);
	return true;
}

static bool set_context(struct replay *r, const struct trace_record *record, struct error *err)
{
	if (record->cpl != r->cpl) {
		r->cpl = record->cpl;
		mmu_set_privilege(guest_mmu(&r->guest), r->cpl, false, 0, 0);
	}
	return replay_set_process(r, record, err);
}

bool replay_block(struct replay *r, const struct trace_record *records, size_t count, size_t *done,
                  struct error *err)
{
	struct machine *m = &r->machine;
	struct processor *p = &m->processor[0];
	uint64_t hits = 0;

	for (size_t i = 0; i < count; i++) {
		const struct trace_record *record = &records[i];
		struct translation t;

		*done = i;
		if (!trace_is_access(record)) {
			if (!replay_directive(r, record, err))
				return false;
			continue;
		}
		if ((record->cpl != r->cpl || record->flags & TRACE_HAS_ASID) &&
		    !set_context(r, record, err))
			return false;
		struct access a = trace_access(record);

		m->accesses++;
		r->stats.by_type[a.type]++;
		begin_instruction(r, a.type);
		t.fault.page2 = false;
		if (mmu_translate(p->mmu, &a, &t) == OUTCOME_OK && t.pages == 1 &&
		    t.page[0].source <= SOURCE_TLB2) {
			m->walk.tlb_hit[p->tlb_structure[t.page[0].tlb]]++;
			hits++;
			time_access(&p->timing, &a, &t, NULL, 0, 0);
			continue;
		}
		if (!slow_access(r, record, &a, &t, err))
			return false;
	}
	m->outcome.by[OUTCOME_OK] += hits;
	*done = count;
	return true;
}

void replay_restart(struct replay *r)
{
	struct machine *m = &r->machine;

	memset(&m->walk, 0, sizeof m->walk);
	memset(&m->outcome, 0, sizeof m->outcome);
	memset(&r->stats, 0, sizeof r->stats);
	memset(&r->guest.stats, 0, sizeof r->guest.stats);
	memset(&r->hv.stats, 0, sizeof r->hv.stats);
	m->accesses = 0;
	r->fault_count = 0;
	timing_restart(&m->processor[0].timing);
}

void replay_finish(struct replay *r)
{
	walk_stats_sum(&r->machine.walk);
	timing_end(&r->machine.processor[0].timing);
	r->stats.accesses = r->machine.accesses;
}
