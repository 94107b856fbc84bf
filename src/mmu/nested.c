/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The EPT dimension: one guest-physical address, from nested TLB and EPT
 * paging-structure caches or by a walk, judged, its flags set, logged.
 */
#include "mmu/walk.h"

#include "ept/ept_format.h"

#define GUEST_PAGE_MASK (PAGE_SIZE_4K - 1)

/* ---- Judging ---- */

/* Is this access a write to EPT? With EPT A/D every guest paging-structure
 * access is (SDM 3C, "Accessed and Dirty Flags for EPT"). */
static bool writes(const struct walk *w, enum purpose purpose)
{
	if (purpose == PURPOSE_FINAL)
		return access_writes(w->a);
	return purpose == PURPOSE_STRUCTURE && w->r->ept.ad;
}

static bool user_address(const struct walk *w)
{
	return w->r->mode == PAGING_NONE || w->rights & RIGHT_U;
}

static bool supervisor_shadow_stack(const struct walk *w, enum purpose purpose)
{
	return purpose == PURPOSE_FINAL && w->a->shadow_stack && w->r->ept.sss &&
	       !rights_user(&w->r->rights, w->a);
}

/* A write to a guest paging-structure entry (SDM 3C, "EPT Paging-Write Control"). */
static bool paging_write_ok(const struct ept *ept, const struct nested *n)
{
	return n->all & EPT_W || (ept->pw && n->upper & EPT_W && n->leaf & EPT_PWA);
}

/* The rule that the access breaks on a page of these rights (SDM 3C, "EPT
 * Violations"). */
static enum rule rights_broken(const struct walk *w, enum purpose purpose, const struct nested *n)
{
	const struct ept *ept = &w->r->ept;

	if (supervisor_shadow_stack(w, purpose))
		return n->all & EPT_R && n->upper & EPT_W && n->leaf & EPT_SSS ?
			       RULE_NONE :
			       RULE_EPT_SHADOW_STACK;
	if (purpose == PURPOSE_FINAL) {
		if (w->a->type == ACCESS_FETCH) {
			if (ept->mbe && user_address(w))
				return n->all & EPT_XU ? RULE_NONE : RULE_EPT_FETCH_USER;
			return n->all & EPT_X ? RULE_NONE : RULE_EPT_FETCH;
		}
		if (access_writes(w->a))
			return n->all & EPT_W ? RULE_NONE : RULE_EPT_WRITE;
		return n->all & EPT_R ? RULE_NONE : RULE_EPT_READ;
	}
	if (!(n->all & EPT_R))
		return RULE_EPT_READ;
	if (writes(w, purpose) && !paging_write_ok(ept, n))
		return RULE_EPT_WRITE;
	return RULE_NONE;
}

/* ---- Faults ---- */

static void ept_fault(struct walk *w, enum outcome kind, enum rule rule, gpa_t at,
		      enum purpose purpose, unsigned level, const struct ept_walk *walk)
{
	bool linear = purpose != PURPOSE_PDPTE;

	*w->fault = (struct fault){
		.kind = (uint8_t)kind,
		.rule = (uint8_t)rule,
		.dimension = DIMENSION_EPT,
		.guest_level = (uint8_t)level,
		.page2 = w->page2,
		.gpa = at,
		.gpa_valid = true,
		.gla = linear ? w->gva : gva(0),
		.gla_valid = linear && kind != OUTCOME_EPT_MISCONFIG,
		.exit_reason = kind == OUTCOME_EPT_MISCONFIG ? EXIT_REASON_EPT_MISCONFIG :
							       EXIT_REASON_EPT_VIOLATION,
	};
	if (walk) {
		w->fault->level = walk->level;
		w->fault->entry_hpa = walk->slot[walk->level];
		w->fault->entry = walk->entry[walk->level];
	}
}

/* SDM 3C, "Exit Qualification for EPT Violations". */
static uint64_t qualification(const struct walk *w, enum rule rule, enum purpose purpose,
			      const struct nested *n, bool leaf_reached)
{
	const struct regime *r = w->r;
	uint64_t q = 0;

	if (purpose == PURPOSE_PDPTE)
		q |= EPTQ_READ;
	else if (purpose == PURPOSE_FLAG || (purpose == PURPOSE_STRUCTURE && writes(w, purpose)))
		q |= EPTQ_READ | EPTQ_WRITE;
	else if (purpose == PURPOSE_STRUCTURE)
		q |= EPTQ_READ;
	else if (w->a->type == ACCESS_FETCH)
		q |= EPTQ_FETCH;
	else if (access_writes(w->a))
		q |= EPTQ_WRITE |
		     (w->a->type == ACCESS_RMW && r->state.knobs.rmw_sets_read ? EPTQ_READ : 0);
	else
		q |= EPTQ_READ;

	q |= (n->all & EPT_RWX) * EPTQ_ENTRY_R;
	if (r->ept.mbe && n->all & EPT_XU)
		q |= EPTQ_ENTRY_XU;
	if (r->ept.sss && leaf_reached && n->leaf & EPT_SSS)
		q |= EPTQ_SSS_PAGE;
	if (purpose == PURPOSE_PDPTE)
		return q;
	q |= EPTQ_GLA_VALID;
	if (purpose != PURPOSE_FINAL)
		return q;
	q |= EPTQ_FINAL;
	if (r->state.ept_vpid_cap & EPT_CAP_ADVANCED) {
		bool paging = r->mode != PAGING_NONE;

		q |= user_address(w) ? EPTQ_USER_PAGE : 0;
		q |= !paging || w->rights & RIGHT_W ? EPTQ_WRITABLE : 0;
		q |= paging && !(w->rights & RIGHT_X) ? EPTQ_XD_PAGE : 0;
	}
	if (w->a->shadow_stack)
		q |= EPTQ_SHADOW_STACK;
	if (rule == RULE_EPT_VGP)
		q |= EPTQ_VGP;
	return q;
}

/* SDM 3C, "Convertible EPT Violations" and "Virtualization-Exception Information". */
static bool converts_to_ve(const struct walk *w, uint64_t entry)
{
	const struct paging_state *s = &w->r->state;

	if (!s->controls.ve || entry & EPT_SVE || !(s->cr0 & CR0_PE) || s->event_delivery)
		return false;
	if (w->m->ve_busy)
		return false;
	return !s->ve_inside || mem_read64(w->m->mem, hpa(s->ve_address)) >> 32 == 0;
}

static void write_ve_area(struct walk *w)
{
	const struct paging_state *s = &w->r->state;
	const struct fault *f = w->fault;
	const struct mem *mem = w->m->mem;
	uint64_t cells[5] = {
		EXIT_REASON_EPT_VIOLATION | UINT64_C(0xffffffff) << 32,
		f->qualification,
		f->gla.v,
		f->gpa.v,
		s->eptp_index,
	};

	if (!s->ve_inside)
		w->m->ve_busy = true;
	w->ref_type = MEMORY_WB;
	for (unsigned i = 0; i < 5; i++) {
		hpa_t at = hpa(s->ve_address + 8 * i);

		/* The EPTP index is 16 bits wide; what follows it stays. */
		if (i == 4 && s->ve_inside)
			cells[i] |= mem_read64(mem, at) & ~BITS(15, 0);
		walk_ref(w, REF_VE, at, cells[i], f->guest_level, 0, 0);
		if (s->ve_inside)
			mem_write64(mem, at, cells[i]);
	}
}

void nested_violation(struct walk *w, enum rule rule, gpa_t at, enum purpose purpose,
		      unsigned level, const struct nested *n, const struct ept_walk *walk)
{
	static const struct nested nothing;
	bool leaf_reached = n != NULL;

	ept_fault(w, OUTCOME_EPT_VIOLATION, rule, at, purpose, level, walk);
	w->fault->qualification = qualification(w, rule, purpose, n ? n : &nothing, leaf_reached);
	/* A GPA that is too wide reads no entry and is not convertible (ruling). */
	if (rule == RULE_EPT_GPA_WIDTH)
		return;
	/* A write that is judged again reads no entry; the leaf is the one it was read by. */
	uint64_t entry = walk ? walk->entry[walk->level] : n->leaf;

	if (!walk)
		w->fault->entry = entry;
	/* From cached entries nothing is reported yet: the full walk decides. */
	if (w->used_cached)
		return;
	if (converts_to_ve(w, entry)) {
		w->fault->kind = OUTCOME_VE;
		w->fault->vector = VECTOR_VE;
		write_ve_area(w);
	}
}

/* SDM 3C, "Memory Type Used for Accessing EPT Paging Structures". */
static uint8_t structure_type(const struct walk *w)
{
	return w->r->state.cr0 & CR0_CD ? MEMORY_UC : w->r->ept.type;
}

/* ---- Flags and log ---- */

/* Sets A in every entry used and D in the leaf, as far as they are clear; the
 * log first, if it must be asked (SDM 3C, "Page-Modification Logging"). */
static bool commit_flags(struct walk *w, gpa_t at, enum purpose purpose, unsigned level,
			 const struct ept_walk *walk)
{
	const struct paging_state *s = &w->r->state;
	bool set_d = writes(w, purpose) && !(walk->entry[walk->level] & EPT_D);
	bool set_a = false;

	if (!w->r->ept.ad)
		return true;
	for (unsigned l = walk->top; l >= walk->level; l--)
		set_a |= !(walk->entry[l] & EPT_A);
	if (!set_a && !set_d)
		return true;
	if (s->controls.pml && w->m->pml_index > 511) {
		ept_fault(w, OUTCOME_PML_FULL, RULE_PML_INDEX, at, purpose, level, walk);
		w->fault->gpa_valid = w->fault->gla_valid = false;
		w->fault->gpa = gpa(0);
		w->fault->gla = gva(0);
		w->fault->exit_reason = EXIT_REASON_PML_FULL;
		return false;
	}
	w->ref_type = structure_type(w);
	for (unsigned l = walk->top; l >= walk->level; l--) {
		uint64_t bits = walk->entry[l] & EPT_A ? 0 : EPT_A;

		if (l == walk->level && set_d)
			bits |= EPT_D;
		if (bits)
			walk_set_flags(w, REF_FLAG_EPT, walk->slot[l], false, bits, level, l);
	}
	if (set_d && s->controls.pml) {
		hpa_t entry = hpa(s->pml_address + 8 * (uint64_t)w->m->pml_index);
		uint64_t page = at.v & ~GUEST_PAGE_MASK;

		w->ref_type = MEMORY_WB;
		walk_ref(w, REF_PML, entry, page, level, 0, 0);
		if (s->pml_inside)
			mem_write64(w->m->mem, entry, page);
		w->m->pml_index--;
	}
	return true;
}

/* The knob `ept_accessed_on_fault`: A, never D, in every present and
 * well-formed entry of a walk that ended in a violation. */
static void accessed_on_fault(struct walk *w, unsigned level, const struct ept_walk *walk)
{
	if (!w->r->ept.ad || !w->r->state.knobs.ept_accessed_on_fault || w->used_cached)
		return;
	for (unsigned l = walk->top; l >= walk->level; l--)
		if (walk->entry[l] & w->r->ept.present && !(walk->entry[l] & EPT_A))
			walk_set_flags(w, REF_FLAG_EPT, walk->slot[l], false, EPT_A, level, l);
}

/* ---- The translation ---- */

/* Guest-paging verification (SDM 3C, "EPT Violations"): the page asks that every
 * guest paging-structure entry was read through a paging-write leaf. */
static bool verification_fails(const struct walk *w, enum purpose purpose, const struct nested *n)
{
	return purpose == PURPOSE_FINAL && w->r->state.controls.vgp && w->r->ept.pw &&
	       n->leaf & EPT_VGP && !w->verified;
}

static bool cached(struct walk *w, gpa_t at, enum purpose purpose, unsigned level, struct nested *n)
{
	const struct nested *found = caches_nested_find(&w->m->caches, at, w->peek);

	if (!found || rights_broken(w, purpose, found) != RULE_NONE ||
	    (writes(w, purpose) && !found->dirty) || verification_fails(w, purpose, found))
		return false;
	*n = *found;
	w->used_cached = true;
	walk_ref(w, REF_SAVED_NESTED, nested_hpa(n, at), at.v, level, 0, nested_leaf_level(w, n));
	return true;
}

/* The EPT walk, from the deepest table that a cache knows unless the nested TLB
 * had an answer that could not be used. */
static void walk_ept(struct walk *w, gpa_t at, unsigned level, bool from_root, struct ept_walk *walk)
{
	const struct ept *ept = &w->r->ept;
	unsigned top = ept->levels;
	hpa_t table = ept->root;
	uint64_t upper = ~UINT64_C(0);

	for (unsigned l = 2; w->use_caches && !from_root && l <= ept->levels; l++) {
		const struct ept_psc_entry *e =
			caches_ept_psc_find(&w->m->caches, l, at, w->peek);

		if (e) {
			top = l - 1;
			table = e->table;
			upper = e->all;
			w->used_cached = true;
			walk_ref(w, REF_SAVED_EPT_PSC, table, 0, level, l, 0);
			break;
		}
	}
	ept_walk_from(ept, w->m->mem, top, table, upper, at, walk);
	w->ref_type = structure_type(w);
	for (unsigned l = walk->top; l >= walk->level; l--)
		walk_ref(w, REF_EPT, walk->slot[l], walk->entry[l], level, l, 0);
}

static void nested_of_walk(const struct ept *ept, const struct ept_walk *walk, struct nested *n)
{
	n->shift = (uint8_t)walk_shift(ept_format.index_bits, walk->level);
	n->leaf = walk->entry[walk->level];
	n->base = n->leaf & ept->address & ~(BIT(n->shift) - 1);
	n->all = walk->all;
	n->upper = walk->upper;
	n->dirty = !ept->ad || n->leaf & EPT_D;
}

/* Rights of a walk that found a page; SPP can lend the write right. */
static bool judge(struct walk *w, gpa_t at, enum purpose purpose, unsigned level,
		  const struct nested *n, const struct ept_walk *walk)
{
	enum rule rule = rights_broken(w, purpose, n);
	bool spp = rule == RULE_EPT_WRITE && purpose == PURPOSE_FINAL &&
		   w->r->state.controls.spp && walk->level == 1 && n->leaf & EPT_SPP &&
		   n->all & EPT_R;

	if (spp && sppt_allows(w, at))
		rule = RULE_NONE;
	else if (spp && w->fault->kind != OUTCOME_OK)
		return false;
	else if (spp)
		rule = RULE_SPP_WRITE;
	if (rule == RULE_NONE && verification_fails(w, purpose, n))
		rule = RULE_EPT_VGP;
	if (rule == RULE_NONE)
		return true;
	nested_violation(w, rule, at, purpose, level, n, walk);
	accessed_on_fault(w, level, walk);
	return false;
}

bool nested_translate(struct walk *w, gpa_t at, enum purpose purpose, unsigned level,
		      struct nested *n)
{
	const struct ept *ept = &w->r->ept;

	if (!w->r->state.ept) {
		*n = (struct nested){ .base = at.v & ~GUEST_PAGE_MASK,
				      .all = ~UINT64_C(0),
				      .upper = ~UINT64_C(0),
				      .leaf = (uint64_t)MEMORY_WB << EPT_TYPE_SHIFT,
				      .shift = PAGE_SHIFT_4K,
				      .dirty = true };
		return true;
	}
	if (ept_gpa_too_wide(ept, at)) {
		nested_violation(w, RULE_EPT_GPA_WIDTH, at, purpose, level, NULL, NULL);
		return false;
	}
	bool had = false;

	if (w->use_caches) {
		if (cached(w, at, purpose, level, n))
			return true;
		had = caches_nested_find(&w->m->caches, at, true) != NULL;
	}
	struct nested_step *step = &w->nested[w->nested_count];
	struct ept_walk *walk = &step->walk;

	walk_ept(w, at, level, had, walk);
	if (walk->end == WALK_BAD) {
		ept_fault(w, OUTCOME_EPT_MISCONFIG, walk->rule, at, purpose, level, walk);
		return false;
	}
	if (walk->end == WALK_NOT_PRESENT) {
		nested_violation(w, walk->rule, at, purpose, level, NULL, walk);
		accessed_on_fault(w, level, walk);
		return false;
	}
	nested_of_walk(ept, walk, n);
	w->fault->kind = OUTCOME_OK;
	if (!judge(w, at, purpose, level, n, walk) || !commit_flags(w, at, purpose, level, walk))
		return false;
	n->dirty |= writes(w, purpose);
	step->gpa = at;
	step->nested = *n;
	w->nested_count++;
	return true;
}

bool nested_judge_flag_write(struct walk *w, const struct guest_step *g)
{
	const struct ept *ept = &w->r->ept;

	if (!w->r->state.ept || ept->ad || paging_write_ok(ept, &g->nested))
		return true;
	nested_violation(w, RULE_EPT_WRITE, g->slot, PURPOSE_FLAG, g->level, &g->nested, NULL);
	return false;
}
