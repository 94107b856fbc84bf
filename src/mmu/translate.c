/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One access: canonical check, pages, TLB, walk, and what comes after.
 */
#include "mmu/walk.h"

#include <stdlib.h>

/* ---- References ---- */

/* More than any one access makes: two pages, two attempts each. */
#define REFS_ONE_ACCESS 512

void walk_reserve_refs(struct mmu *m)
{
	if (m->ref_capacity - m->ref_count >= REFS_ONE_ACCESS)
		return;
	size_t capacity = 2 * m->ref_capacity + REFS_ONE_ACCESS;
	struct ref *more = realloc(m->refs, capacity * sizeof *more);

	if (more) {
		m->refs = more;
		m->ref_capacity = capacity;
	} else {
		m->ref_count = 0; /* rather the last references than none */
	}
}

void walk_ref(struct walk *w, enum ref_kind kind, hpa_t at, uint64_t value, unsigned guest_level,
	      unsigned ept_level, unsigned flags)
{
	struct mmu *m = w->m;

	if (m->ref_count == m->ref_capacity)
		return;
	m->refs[m->ref_count++] = (struct ref){
		.hpa = at,
		.value = value,
		.kind = (uint8_t)kind,
		.guest_level = (uint8_t)guest_level,
		.ept_level = (uint8_t)ept_level,
		.flags = (uint8_t)(flags | (w->page2 ? REF_PAGE2 : 0)),
		.type = w->ref_type,
	};
}

const struct ref *mmu_refs(const struct mmu *m, size_t *count)
{
	*count = m->ref_count;
	return m->refs;
}

void mmu_refs_clear(struct mmu *m)
{
	m->ref_count = 0;
}

void walk_set_flags(struct walk *w, enum ref_kind kind, hpa_t at, bool narrow, uint64_t bits,
		    unsigned guest_level, unsigned ept_level)
{
	const struct mem *mem = w->m->mem;
	uint64_t a = kind == REF_FLAG_EPT ? EPT_A : PTE_A, d = kind == REF_FLAG_EPT ? EPT_D : PTE_D;
	uint64_t value = (narrow ? mem_read32(mem, at) : mem_read64(mem, at)) | bits;

	if (narrow)
		mem_write32(mem, at, (uint32_t)value);
	else
		mem_write64(mem, at, value);
	walk_ref(w, kind, at, value, guest_level, ept_level,
		 (bits & a ? REF_A : 0) | (bits & d ? REF_D : 0));
}

/* ---- Filling the caches ---- */

static void fill_nested(struct walk *w)
{
	struct caches *c = &w->m->caches;

	for (unsigned i = 0; i < w->nested_count; i++) {
		const struct nested_step *s = &w->nested[i];
		uint64_t all = s->walk.above;

		caches_nested_fill(c, s->gpa, &s->nested);
		for (unsigned l = s->walk.top; l > s->walk.level; l--) {
			all &= s->walk.entry[l];
			caches_ept_psc_fill(c, l, s->gpa,
					    &(struct ept_psc_entry){
						    .table = hpa(s->walk.entry[l] & w->r->ept.address),
						    .all = all });
		}
	}
}

void walk_fill(struct walk *w)
{
	unsigned bits = w->r->index_bits;

	if (w->peek)
		return;
	if (w->r->state.ept)
		fill_nested(w);
	/* HLAT entries are not cached in paging-structure caches (docs/caching.md). */
	for (unsigned i = 0; i + 1 < w->guest_count && !w->hlat; i++) {
		const struct guest_step *above = &w->guest[i], *g = &w->guest[i + 1];

		caches_psc_fill(&w->m->caches, above->level, walk_shift(bits, above->level), w->gva,
				&(struct psc_entry){
					.table_gpa = gpa(g->slot.v & ~(PAGE_SIZE_4K - 1)),
					.table_hpa = hpa(g->at.v & ~(PAGE_SIZE_4K - 1)),
					.nested = g->nested,
					.rights = above->rights,
					.cache_bits = above->entry & (PTE_PWT | PTE_PCD),
					.verified = above->verified,
				});
	}
}

static unsigned smallest(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* docs/caching.md: the page is the smaller of the guest's and the EPT's. */
static uint64_t fill_tlb(struct walk *w, hpa_t at, unsigned serves, unsigned *shift)
{
	const struct regime *r = w->r;
	const struct guest_step *leaf = &w->guest[w->guest_count - 1];
	const struct nested *n = &w->final;

	*shift = smallest(w->page_shift, w->restart_shift);
	if (r->state.ept)
		*shift = smallest(*shift, n->shift);
	if (w->peek)
		return 0;

	bool dirty = (w->rights & RIGHT_D || access_writes(w->a)) && n->dirty;
	unsigned rights = (w->rights & ~RIGHT_D) | (dirty ? RIGHT_D : 0);

	/* The write made the leaf dirty, which is what a shadow-stack page is. */
	if (access_writes(w->a) && w->upper_rights & RIGHT_W && !(leaf->entry & PTE_RW))
		rights |= RIGHT_SHADOW_STACK;
	struct tlb_entry entry = {
		.base = at.v & ~(BIT(*shift) - 1),
		.type = w->type,
		.rights = (uint8_t)rights,
		.key = w->key,
		.shift = (uint8_t)*shift,
		.ept_sss = n->all & EPT_R && n->upper & EPT_W && n->leaf & EPT_SSS,
		.ept_all = n->all & (EPT_RWX | EPT_XU),
	};

	return caches_tlb_fill(&w->m->caches, w->gva, serves, &entry,
			       leaf->entry & PTE_G && r->global);
}

/* ---- The TLB ---- */

static unsigned serves(const struct access *a)
{
	return a->type == ACCESS_FETCH ? TLB_FOR_FETCH :
	       a->type == ACCESS_READ  ? TLB_FOR_READ :
					 TLB_FOR_WRITE;
}

static bool tlb_entry_allows(const struct regime *r, const struct access *a,
			     const struct tlb_entry *e)
{
	if (!rights_ok(&r->rights, a, e->rights, e->key))
		return false;
	if (a->shadow_stack && r->ept.sss && !rights_user(&r->rights, a))
		return e->ept_sss;
	if (a->type == ACCESS_FETCH)
		return e->ept_all & (r->ept.mbe && e->rights & RIGHT_U ? EPT_XU : EPT_X);
	return e->ept_all & (access_writes(a) ? EPT_W : EPT_R);
}

enum tlb_answer { TLB_HIT, TLB_MISS, TLB_REFUSED };

static enum tlb_answer ask_tlb(struct mmu *m, const struct access *a, gva_t at, bool peek,
			       struct page_result *page)
{
	unsigned tlb = 0;
	struct tlb_entry *e = caches_tlb_find(&m->caches, at, serves(a), peek, &tlb);

	if (!e)
		return TLB_MISS;
	bool allowed = tlb_entry_allows(&m->regime, a, e);

	if (allowed && (!access_writes(a) || e->rights & RIGHT_D)) {
		page->hpa = hpa(e->base | (at.v & (BIT(e->shift) - 1)));
		page->gpa = gpa(0);
		page->fill = e->fill;
		page->type = memory_type_effective(&m->regime.state, &e->type);
		page->source = m->caches.tlb[tlb].geometry.level == 1 ? SOURCE_TLB1 : SOURCE_TLB2;
		page->page_shift = e->shift;
		page->tlb = (uint8_t)tlb;
		return TLB_HIT;
	}
	if (!peek)
		caches_tlb_drop(&m->caches, at, e->shift);
	return allowed ? TLB_MISS : TLB_REFUSED;
}

/* ---- One page ---- */

/* What one page of an access needs besides the access. */
struct piece {
	gva_t gva;
	uint32_t size;
	bool page2, peek, use_caches;
};

static void walk_begin(struct walk *w, struct mmu *m, const struct access *a,
		       const struct piece *p, struct translation *t)
{
	/* Not an initialiser: that would clear some kilobytes a walk. */
	w->m = m;
	w->r = &m->regime;
	w->a = a;
	w->gva = p->gva;
	w->size = p->size;
	w->page2 = p->page2;
	w->ref_type = MEMORY_WB;
	w->peek = p->peek;
	w->used_cached = false;
	w->hlat = false;
	w->psc = NULL;
	w->guest_count = w->nested_count = 0;
	w->fault = &t->fault;
}

static bool translate_page(struct mmu *m, const struct access *a, const struct piece *p,
			   struct translation *t, struct page_result *page)
{
	const struct regime *r = &m->regime;
	enum tlb_answer answer = TLB_MISS;
	struct walk w;
	unsigned shift = PAGE_SHIFT_4K;

	if (r->mode != PAGING_NONE && p->use_caches) {
		answer = ask_tlb(m, a, p->gva, p->peek, page);
		if (answer == TLB_HIT)
			return true;
	}
	walk_reserve_refs(m);
	walk_begin(&w, m, a, p, t);
	w.use_caches = p->use_caches && answer != TLB_REFUSED;
	if (!guest_walk(&w, &page->hpa)) {
		if (!w.used_cached)
			return false;
		/* Nothing is reported from cached entries: from the root, without them. */
		walk_ref(&w, REF_FULL_WALK, hpa(0), 0, 0, 0, 0);
		walk_begin(&w, m, a, p, t);
		w.use_caches = false;
		if (!guest_walk(&w, &page->hpa))
			return false;
	}
	walk_fill(&w);
	page->fill = r->mode == PAGING_NONE ? 0 : fill_tlb(&w, page->hpa, serves(a), &shift);
	page->gpa = w.gpa;
	page->type = memory_type_effective(&r->state, &w.type);
	page->source = r->mode == PAGING_NONE && !r->state.ept ? SOURCE_NONE : SOURCE_WALK;
	page->page_shift = (uint8_t)(r->mode == PAGING_NONE && r->state.ept ? w.final.shift : shift);
	page->tlb = 0;
	return true;
}

/* ---- The access ---- */

static bool canonical(const struct regime *r, uint64_t v)
{
	unsigned shift = 64 - regime_linear_bits(r);

	return !r->state.cs_l || (uint64_t)((int64_t)(v << shift) >> shift) == v;
}

static uint64_t wrap(const struct regime *r, uint64_t v)
{
	return r->state.cs_l ? v : v & BITS(31, 0);
}

/* SDM 1, "Canonical Addressing": #GP, #SS for a stack access; #GP for the shadow stack. */
static enum outcome not_canonical(const struct access *a, struct translation *t)
{
	bool ss = a->stack && !a->shadow_stack;

	t->fault = (struct fault){
		.kind = ss ? OUTCOME_SS : OUTCOME_GP,
		.vector = ss ? VECTOR_SS : VECTOR_GP,
		.rule = RULE_NOT_CANONICAL,
		.gla = a->gva,
		.gla_valid = true,
	};
	t->pages = 0;
	return t->outcome = t->fault.kind;
}

static enum outcome translate(struct mmu *m, const struct access *a, bool peek, bool use_caches,
			      struct translation *t)
{
	const struct regime *r = &m->regime;
	struct piece p = { .gva = gva(wrap(r, a->gva.v)),
			   .size = a->size,
			   .peek = peek,
			   .use_caches = use_caches };
	uint32_t room = (uint32_t)(PAGE_SIZE_4K - (p.gva.v & (PAGE_SIZE_4K - 1)));

	if (!canonical(r, p.gva.v) || !canonical(r, wrap(r, p.gva.v + a->size - 1)))
		return not_canonical(a, t);
	t->outcome = OUTCOME_OK;
	t->pages = a->size > room ? 2 : 1;
	if (t->pages == 2)
		p.size = room;
	bool ok = translate_page(m, a, &p, t, &t->page[0]);

	if (ok && t->pages == 2) {
		p.gva = gva(wrap(r, p.gva.v + room));
		p.size = a->size - room;
		p.page2 = true;
		ok = translate_page(m, a, &p, t, &t->page[1]);
	}
	if (!ok) {
		t->outcome = t->fault.kind;
		if (!peek)
			mmu_after_fault(m, &t->fault);
	}
	return t->outcome;
}

enum outcome mmu_translate(struct mmu *m, const struct access *a, struct translation *t)
{
	return translate(m, a, false, true, t);
}

/* ---- Peeking ---- */

/* Memory as a peek sees it: what it writes is laid over it and then forgotten, so
 * that the access finds the flags that it set itself. */
struct overlay {
	const struct mem *below;
	unsigned count;
	struct {
		uint64_t at, value;
	} cell[REFS_ONE_ACCESS];
};

static uint64_t overlay_read(void *context, hpa_t at)
{
	const struct overlay *o = context;

	for (unsigned i = o->count; i-- > 0;)
		if (o->cell[i].at == at.v)
			return o->cell[i].value;
	return mem_read64(o->below, at);
}

static void overlay_write(void *context, hpa_t at, uint64_t value)
{
	struct overlay *o = context;

	if (o->count == REFS_ONE_ACCESS)
		return;
	o->cell[o->count].at = at.v;
	o->cell[o->count++].value = value;
}

enum outcome mmu_peek(struct mmu *m, const struct access *a, bool use_caches, struct translation *t)
{
	const struct mem *below = m->mem;
	uint16_t pml_index = m->pml_index;
	bool ve_busy = m->ve_busy;
	struct overlay o;
	const struct mem over = { .read64 = overlay_read, .write64 = overlay_write, .ctx = &o };

	o.below = below;
	o.count = 0;
	m->mem = &over;
	enum outcome outcome = translate(m, a, true, use_caches, t);

	m->mem = below;
	m->pml_index = pml_index;
	m->ve_busy = ve_busy;
	return outcome;
}

enum outcome gva2hpa(struct mmu *m, gva_t at, hpa_t *result)
{
	struct access read = { .gva = at, .size = 1, .type = ACCESS_READ };
	struct rights rights = m->regime.rights;
	struct translation t;

	/* Where the address leads, not whether this privilege may go there. */
	rights_allow_all(&m->regime.rights);
	enum outcome outcome = mmu_peek(m, &read, false, &t);

	m->regime.rights = rights;

	if (outcome == OUTCOME_OK)
		*result = t.page[0].hpa;
	return outcome;
}
