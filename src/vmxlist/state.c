/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The state of a VM entry, and what cannot be expressed.
 */
#include "vmxlist/planner.h"

#include "base/bits.h"

#include <string.h>

#define CR0_NE BIT(5)
#define CR4_FXSR BIT(9)
#define CR4_XMM_EXCEPTIONS BIT(10)

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

const char *plan_state_why_not(const struct scenario *s)
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
