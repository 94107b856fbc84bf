/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Directives of a trace: what happens to address spaces and to what is cached
 * of them.
 */
#include "replay/replay.h"

_Static_assert(TRACE_RIGHT_R == REGION_R && TRACE_RIGHT_W == REGION_W && TRACE_RIGHT_X == REGION_X,
               "a trace's rights are the kernel's");

/* These are the hypervisor's instructions. */
static bool needs_vmx(const struct trace_record *record)
{
	return record->op == TRACE_INVEPT || record->op == TRACE_INVVPID;
}

/* Carries the invalidation out. */
static enum outcome invalidate(struct replay *r, const struct trace_record *record)
{
	struct machine *m = &r->machine;
	struct mmu *mmu = guest_mmu(&r->guest);

	switch (record->op) {
	case TRACE_INVLPG:
		machine_charge(m, COST_INVLPG);
		mmu_invlpg(mmu, gva(record->address));
		return OUTCOME_OK;
	case TRACE_INVPCID:
		machine_charge(m, COST_INVPCID);
		return mmu_invpcid(mmu, record->type, record->tag, gva(record->address));
	case TRACE_INVEPT:
		machine_charge(m, COST_INVEPT);
		return mmu_invept(mmu, record->type, r->guest.current->vm->eptp);
	default:
		machine_charge(m, COST_INVVPID);
		return mmu_invvpid(mmu, record->type, record->tag, gva(record->address));
	}
}

static bool change_pages(struct replay *r, const struct trace_record *record, struct error *err)
{
	struct guest *g = &r->guest;
	uint64_t last = record->address + record->length - 1;

	if (record->op == TRACE_MAP)
		return guest_map(g, record->address, last, record->rights, err);
	if (record->op == TRACE_UNMAP)
		return guest_unmap(g, record->address, last, err);
	return guest_protect(g, record->address, last, record->rights, err);
}

static bool switch_vm(struct replay *r, unsigned number, enum outcome *outcome, struct error *err)
{
	if (number >= HV_VMS_MAX) {
		error_set(err, "virtual machine %u: the highest number is %d", number,
		          HV_VMS_MAX - 1);
		return false;
	}
	if (!guest_switch_vm(&r->guest, number, outcome, err))
		return false;
	mmu_set_privilege(guest_mmu(&r->guest), r->cpl, false, 0, 0);
	return true;
}

bool replay_directive(struct replay *r, const struct trace_record *record, struct error *err)
{
	struct machine *m = &r->machine;
	enum outcome outcome = OUTCOME_OK;
	bool good = true;
	uint32_t asid;

	if (needs_vmx(record) && !hv_virtual(&r->hv)) {
		r->stats.ignored++;
		return true;
	}
	/* The others are carried out by the process that they name. */
	if (record->op != TRACE_CR3 && record->op != TRACE_VM &&
	    !replay_set_process(r, record, err))
		return false;
	switch (record->op) {
	case TRACE_CR3:
		asid = record->flags & TRACE_HAS_ASID ? record->asid : guest_asid(&r->guest);
		good = guest_mov_cr3(&r->guest, asid, record->address, &outcome, err);
		break;
	case TRACE_VM:
		good = switch_vm(r, record->tag, &outcome, err);
		break;
	case TRACE_MAP:
	case TRACE_UNMAP:
	case TRACE_PROTECT:
		good = change_pages(r, record, err);
		break;
	default:
		outcome = invalidate(r, record);
		break;
	}
	if (!good)
		return false;
	r->stats.directives++;
	if (outcome != OUTCOME_OK) {
		r->stats.failed++;
		m->outcome.by[outcome]++;
	}
	struct event e = { .kind = EVENT_OPERATION,
		           .operation = trace_op_name(record->op),
		           .outcome = (uint8_t)outcome,
		           .type = record->type,
		           .tag = record->tag,
		           .address = record->address };

	machine_tell(m, &e);
	return true;
}
