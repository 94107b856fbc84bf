/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What changes the paging state and what drops cached translations: the rows
 * of the spec's section 12. SDM 3A, "Operations that Invalidate TLBs and
 * Paging-Structure Caches"; SDM 3C, "Invalidating Cached Translation
 * Information"; SDM 2, the instructions.
 */
#include "mmu/walk.h"

#include <stdlib.h>

/* ---- Making one ---- */

struct mmu *mmu_create(const struct mem *mem, const struct mmu_geometry *geometry)
{
	const char *name;
	struct mmu *m;

	if (!mmu_geometry_ok(geometry, &name))
		return NULL;
	m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->mem = mem;
	m->pml_index = 511;
	if (!caches_init(&m->caches, geometry)) {
		free(m);
		return NULL;
	}
	return m;
}

void mmu_destroy(struct mmu *m)
{
	if (!m)
		return;
	caches_free(&m->caches);
	free(m->refs);
	free(m);
}

uint64_t mmu_ep4ta(const struct paging_state *s)
{
	return s->ept ? (s->eptp & EPTP_ADDRESS) >> PAGE_SHIFT_4K : CONTEXT_NO_EPT;
}

static void select_contexts(struct mmu *m, const struct regime *r)
{
	caches_select(&m->caches, r->state.vpid, r->pcid, mmu_ep4ta(&r->state));
}

void mmu_reset(struct mmu *m)
{
	caches_clear(&m->caches);
	m->caches.context_count = 0;
	select_contexts(m, &m->regime);
	m->ve_busy = false;
	m->ref_count = 0;
}

const struct paging_state *mmu_state(const struct mmu *m)
{
	return &m->regime.state;
}

uint16_t mmu_pml_index(const struct mmu *m)
{
	return m->pml_index;
}

void mmu_set_pml_index(struct mmu *m, uint16_t index)
{
	m->pml_index = index;
}

bool outcome_is_exit(enum outcome o)
{
	return o == OUTCOME_EPT_VIOLATION || o == OUTCOME_EPT_MISCONFIG || o == OUTCOME_PML_FULL ||
	       o == OUTCOME_SPP_MISS || o == OUTCOME_SPP_MISCONFIG || o == OUTCOME_VMFUNC_EXIT;
}

/* ---- Dropping ---- */

/* The defaults of the table: current VPID and PCID, all EP4TAs, no globals. */
static struct drop drop_here(const struct mmu *m)
{
	return (struct drop){
		.any_ep4ta = true,
		.vpid = m->regime.state.vpid,
		.pcid = m->regime.pcid,
		.ep4ta = mmu_ep4ta(&m->regime.state),
	};
}

static void drop_everything(struct mmu *m)
{
	struct drop d = drop_here(m);

	d.any_pcid = d.globals = true;
	caches_drop(&m->caches, &d);
}

static void drop_vpid_0(struct mmu *m)
{
	struct drop d = drop_here(m);

	d.vpid = 0;
	d.any_pcid = d.globals = true;
	caches_drop(&m->caches, &d);
}

void mmu_after_fault(struct mmu *m, const struct fault *f)
{
	struct drop d = drop_here(m);

	if (f->kind == OUTCOME_EPT_VIOLATION || f->kind == OUTCOME_VE)
		caches_drop_guest_physical(&m->caches, &d.ep4ta, &f->gpa);
	if (f->gla_valid && (f->kind == OUTCOME_PF || f->kind == OUTCOME_EPT_VIOLATION ||
			     f->kind == OUTCOME_VE)) {
		d.any_ep4ta = false;
		d.globals = true;
		d.one_address = true;
		d.gva = f->gla;
		caches_drop(&m->caches, &d);
	}
	if (outcome_is_exit(f->kind) && m->regime.state.vpid == 0)
		drop_vpid_0(m);
}

void mmu_vm_exit(struct mmu *m)
{
	if (m->regime.state.vpid == 0)
		drop_vpid_0(m);
}

/* ---- Loading state ---- */

static enum outcome refuse(struct translation *t, enum outcome kind, enum rule rule)
{
	t->fault = (struct fault){ .kind = (uint8_t)kind,
				   .rule = (uint8_t)rule,
				   .vector = kind == OUTCOME_GP ? VECTOR_GP : 0 };
	return t->outcome = (uint8_t)kind;
}

/* Puts a regime in force; `load`: PDPTE registers come from CR3 first. */
static enum outcome install(struct mmu *m, struct regime *r, bool load, struct translation *t)
{
	t->outcome = OUTCOME_OK;
	struct regime before = m->regime;

	m->regime = *r;
	select_contexts(m, r);
	if (load && !guest_load_pdptes(m, r, m->regime.state.pdpte, t)) {
		mmu_after_fault(m, &t->fault);
		m->regime = before;
		select_contexts(m, &m->regime);
	}
	return t->outcome;
}

enum outcome mmu_enter(struct mmu *m, const struct paging_state *s, bool pdptes_given,
		       struct translation *t)
{
	struct regime r;
	enum rule rule = regime_init(&r, s, pdptes_given);

	if (rule != RULE_NONE)
		return refuse(t, OUTCOME_ENTRY_FAIL, rule);
	bool busy = m->ve_busy;

	m->ve_busy = s->ve_busy != 0;
	if (install(m, &r, r.mode == PAGING_PAE && !pdptes_given, t) == OUTCOME_OK)
		mmu_vm_entry(m, s->vpid);
	else
		m->ve_busy = busy;
	return t->outcome;
}

void mmu_set_privilege(struct mmu *m, uint8_t cpl, bool ac, uint32_t pkru, uint32_t pkrs)
{
	struct paging_state *s = &m->regime.state;

	if (s->cpl == cpl && s->ac == ac && s->pkru == pkru && s->pkrs == pkrs)
		return;
	s->cpl = cpl;
	s->ac = ac;
	s->pkru = pkru;
	s->pkrs = pkrs;
	rights_init(&m->regime.rights, s, m->regime.mode >= PAGING_4LEVEL);
}

void mmu_vm_entry(struct mmu *m, uint16_t vpid)
{
	m->regime.state.vpid = vpid;
	select_contexts(m, &m->regime);
	if (vpid == 0)
		drop_vpid_0(m);
}

/* ---- MOV to a control register (SDM 2, "MOV - Move to/from Control Registers") ---- */

static enum outcome change(struct mmu *m, const struct paging_state *s, bool load_pdptes,
			   struct translation *t)
{
	struct regime r;
	enum rule rule = regime_init(&r, s, false);

	if (rule != RULE_NONE)
		return refuse(t, OUTCOME_GP, rule);
	return install(m, &r, load_pdptes && r.mode == PAGING_PAE, t);
}

enum outcome mmu_mov_cr0(struct mmu *m, uint64_t value, struct translation *t)
{
	struct paging_state s = m->regime.state;
	uint64_t changed = s.cr0 ^ value;
	bool off = changed & ~value & CR0_PG, on = changed & value & CR0_PG;

	if ((value & (CR0_NW | CR0_CD)) == CR0_NW)
		return refuse(t, OUTCOME_GP, RULE_CR_RESERVED);
	if (off && (s.cs_l || s.cr4 & CR4_PCIDE))
		return refuse(t, OUTCOME_GP, RULE_CR_RESERVED);
	/* IA-32e mode is entered from 32-bit code, which then is compatibility mode. */
	if (on && s.efer & EFER_LME)
		s.efer |= EFER_LMA;
	if (off)
		s.efer &= ~EFER_LMA;
	s.cr0 = value;
	/* SDM 3A, "PDPTE Registers". */
	enum outcome outcome = change(m, &s, changed & (CR0_CD | CR0_NW | CR0_PG), t);

	if (outcome == OUTCOME_OK && off)
		drop_everything(m);
	return outcome;
}

enum outcome mmu_mov_cr3(struct mmu *m, uint64_t value, struct translation *t)
{
	struct paging_state s = m->regime.state;
	bool keep = s.cr4 & CR4_PCIDE && value & CR3_NO_FLUSH;

	s.cr3 = s.cr4 & CR4_PCIDE ? value & ~CR3_NO_FLUSH : value;
	enum outcome outcome = change(m, &s, true, t);

	if (outcome == OUTCOME_OK && !keep) {
		struct drop d = drop_here(m);

		caches_drop(&m->caches, &d);
	}
	return outcome;
}

enum outcome mmu_mov_cr4(struct mmu *m, uint64_t value, struct translation *t)
{
	struct paging_state s = m->regime.state;
	uint64_t changed = s.cr4 ^ value, set = changed & value, cleared = changed & ~value;
	bool lma = s.efer & EFER_LMA;

	/* LASS and LAM are not modelled: this processor does not have them. */
	if (value & (CR4_LASS | CR4_LAM_SUP))
		return refuse(t, OUTCOME_GP, RULE_CR_RESERVED);
	if (lma && (cleared & CR4_PAE || changed & CR4_LA57))
		return refuse(t, OUTCOME_GP, RULE_CR_RESERVED);
	if (set & CR4_PCIDE && (!lma || s.cr3 & CR3_PCID))
		return refuse(t, OUTCOME_GP, RULE_CR_RESERVED);
	s.cr4 = value;
	enum outcome outcome =
		change(m, &s, changed & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP), t);

	if (outcome != OUTCOME_OK)
		return outcome;
	if (changed & CR4_PGE || cleared & CR4_PCIDE) {
		drop_everything(m);
	} else if (changed & CR4_PAE || set & CR4_SMEP) {
		struct drop d = drop_here(m);

		d.globals = true;
		caches_drop(&m->caches, &d);
	}
	return outcome;
}

/* ---- Invalidation instructions ---- */

static bool canonical(const struct mmu *m, gva_t at)
{
	unsigned shift = 64 - (m->regime.mode == PAGING_5LEVEL ? 57 : 48);

	return (uint64_t)((int64_t)(at.v << shift) >> shift) == at.v;
}

void mmu_invlpg(struct mmu *m, gva_t at)
{
	struct drop d = drop_here(m);

	if (m->regime.state.cs_l && !canonical(m, at))
		return; /* SDM 2, "INVLPG": no operation */
	d.globals = d.one_address = d.all_psc = true;
	d.gva = m->regime.state.cs_l ? at : gva(at.v & BITS(31, 0));
	caches_drop(&m->caches, &d);
}

enum outcome mmu_invpcid(struct mmu *m, uint64_t type, uint64_t pcid, gva_t at)
{
	struct drop d = drop_here(m);

	if (type > 3 || pcid > CR3_PCID || (type == 0 && !canonical(m, at)) ||
	    (type < 2 && pcid && !(m->regime.state.cr4 & CR4_PCIDE)))
		return OUTCOME_GP;
	d.pcid = (uint16_t)pcid;
	d.gva = at;
	d.one_address = type == 0;
	d.any_pcid = type >= 2;
	d.globals = type == 2;
	caches_drop(&m->caches, &d);
	return OUTCOME_OK;
}

enum outcome mmu_invept(struct mmu *m, uint64_t type, uint64_t eptp)
{
	const struct paging_state *s = &m->regime.state;
	uint64_t cap = s->ept_vpid_cap;
	uint64_t ep4ta = (eptp & EPTP_ADDRESS) >> PAGE_SHIFT_4K;
	struct drop d = drop_here(m);
	struct ept ept;

	if (!(cap & EPT_CAP_INVEPT) || !((type == 1 && cap & EPT_CAP_INVEPT_SINGLE) ||
					 (type == 2 && cap & EPT_CAP_INVEPT_ALL)))
		return OUTCOME_VMFAIL;
	if (type == 1 && ept_init(&ept, eptp, cap, s->maxphyaddr, s->controls.mbe,
				  s->controls.pw) != RULE_NONE)
		return OUTCOME_VMFAIL;
	d.any_vpid = d.any_pcid = d.globals = true;
	d.ep4ta = ep4ta;
	d.any_ep4ta = type == 2;
	d.not_linear = true;
	caches_drop(&m->caches, &d);
	caches_drop_guest_physical(&m->caches, type == 1 ? &ep4ta : NULL, NULL);
	return OUTCOME_OK;
}

enum outcome mmu_invvpid(struct mmu *m, uint64_t type, uint64_t vpid, gva_t at)
{
	uint64_t cap = m->regime.state.ept_vpid_cap;
	struct drop d = drop_here(m);

	if (!(cap & EPT_CAP_INVVPID) || type > 3 || !(cap & EPT_CAP_INVVPID_TYPE(type)) ||
	    vpid > UINT16_MAX || (type != 2 && vpid == 0) || (type == 0 && !canonical(m, at)))
		return OUTCOME_VMFAIL;
	d.any_pcid = true;
	d.globals = type != 3;
	d.vpid = type == 2 ? 0 : (uint16_t)vpid;
	d.not_vpid = type == 2;
	d.one_address = type == 0;
	d.gva = at;
	caches_drop(&m->caches, &d);
	return OUTCOME_OK;
}

/* SDM 3C, "EPTP Switching". */
enum outcome mmu_vmfunc(struct mmu *m, uint32_t ecx, const uint64_t *list, size_t count)
{
	struct paging_state s = m->regime.state;
	uint64_t eptp = ecx < count ? list[ecx] : 0;
	struct translation t;
	struct regime r;

	if (!s.ept || ecx >= 512 || (eptp ^ s.eptp) & EPTP_WALK)
		goto exit;
	s.eptp = eptp;
	s.eptp_index = (uint16_t)ecx;
	if (regime_init(&r, &s, false) != RULE_NONE || install(m, &r, false, &t) != OUTCOME_OK)
		goto exit;
	if (s.vpid == 0)
		drop_vpid_0(m);
	return OUTCOME_OK;
exit:
	mmu_vm_exit(m);
	return OUTCOME_VMFUNC_EXIT;
}
