/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The guest dimension: from a linear address down the guest's tables, each
 * entry's own address translated by nested.c, to the guest-physical address,
 * its rights and flags, and the final access (the spec's section 13).
 */
#include "mmu/walk.h"

#define LOW_12 BITS(11, 0)

static bool narrow(const struct walk *w)
{
	return w->r->mode == PAGING_32BIT;
}

/* ---- Memory types ---- */

/* SDM 3A, "Memory Typing": a guest paging structure has the PAT type that PCD and PWT of
 * what points to it select. */
static uint8_t structure_type(const struct walk *w, const struct nested *n)
{
	const struct paging_state *s = &w->r->state;
	struct memory_type_parts parts = {
		.pat = memory_type_of_leaf(s, w->cache_bits, false),
		.ept = (n->leaf & EPT_TYPE) >> EPT_TYPE_SHIFT,
		.ipat = n->leaf & EPT_IPAT,
	};

	return memory_type_effective(s, &parts);
}

/* With CR4.PCIDE bits 4:3 of CR3 are part of the PCID. */
static uint8_t cr3_cache_bits(const struct paging_state *s)
{
	return s->cr4 & CR4_PCIDE ? 0 : s->cr3 & (CR3_PWT | CR3_PCD);
}

/* ---- Faults ---- */

/* SDM 3A, "Page-Fault Exceptions". */
static void page_fault(struct walk *w, enum rule rule, uint32_t cause, const struct guest_step *g)
{
	const struct regime *r = w->r;
	uint32_t code = cause;

	if (access_writes(w->a))
		code |= PF_W;
	if (rights_user(&r->rights, w->a))
		code |= PF_U;
	if (w->a->type == ACCESS_FETCH && (r->state.cr4 & CR4_SMEP || r->nx))
		code |= PF_I;
	if (w->a->shadow_stack)
		code |= PF_SS;
	*w->fault = (struct fault){
		.kind = OUTCOME_PF,
		.rule = (uint8_t)rule,
		.vector = VECTOR_PF,
		.dimension = w->hlat ? DIMENSION_HLAT : DIMENSION_GUEST,
		.error_code = code,
		.page2 = w->page2,
		.cr2 = w->gva,
		.gla = w->gva,
		.gla_valid = true,
	};
	if (g) {
		w->fault->level = g->level;
		w->fault->entry_hpa = g->at;
		w->fault->entry = g->entry;
		w->fault->gpa = g->slot;
		w->fault->gpa_valid = true;
	}
}

/* ---- Accessed and dirty flags ---- */

/* SDM 3A, "Accessed and Dirty Flags". With EPT A/D off the write is an access of
 * its own to EPT, and can be refused. */
static bool set_flags(struct walk *w, const struct guest_step *g, uint64_t bits)
{
	bits &= ~g->entry;
	if (!bits)
		return true;
	/* What counts is the entry as it is now: one cell can be several entries. */
	bits &= ~(narrow(w) ? mem_read32(w->m->mem, g->at) : mem_read64(w->m->mem, g->at));
	if (!bits)
		return true;
	if (!nested_judge_flag_write(w, g))
		return false;
	w->ref_type = g->type;
	walk_set_flags(w, REF_FLAG_GUEST, g->at, narrow(w), bits, g->level, 0);
	return true;
}

/* A from the top down, D in the leaf of a write. */
static bool set_all_flags(struct walk *w)
{
	for (unsigned i = 0; i < w->guest_count; i++) {
		const struct guest_step *g = &w->guest[i];
		bool dirty = g->page && access_writes(w->a);

		if (!set_flags(w, g, PTE_A | (dirty ? PTE_D : 0)))
			return false;
	}
	return true;
}

/* ---- The walk's hooks ---- */

/* Where the entry lies: its table's place is known from a paging-structure
 * cache, or its address is translated like any other. */
static inline bool guest_locate(void *context, unsigned level, uint64_t slot, hpa_t *at)
{
	struct walk *w = context;
	struct guest_step *g = &w->guest[w->guest_count];

	g->slot = gpa(slot);
	if (w->psc && level == w->psc_level)
		g->nested = w->psc->nested;
	else if (!nested_translate(w, g->slot, PURPOSE_STRUCTURE, level, &g->nested))
		return false;
	*at = g->at = nested_hpa(&g->nested, g->slot);
	return true;
}

static inline uint64_t guest_read(void *context, unsigned level, hpa_t at)
{
	struct walk *w = context;
	uint64_t entry = narrow(w) ? mem_read32(w->m->mem, at) : mem_read64(w->m->mem, at);

	struct guest_step *g = &w->guest[w->guest_count];

	w->ref_type = g->type = structure_type(w, &g->nested);
	walk_ref(w, w->hlat ? REF_HLAT : REF_GUEST, at, entry, level, 0, 0);
	return entry;
}

static inline enum walk_end guest_judge(void *context, unsigned level, uint64_t slot, hpa_t at,
					uint64_t entry)
{
	struct walk *w = context;
	const struct regime *r = w->r;
	struct guest_step *g = &w->guest[w->guest_count];
	uint32_t hlat = w->hlat ? PF_HLAT : 0;
	bool page = regime_entry_is_page(r, level, entry);

	(void)slot, (void)at;
	g->level = (uint8_t)level;
	g->entry = entry;
	g->page = page;
	g->hlat = w->hlat;
	if (!(entry & PTE_P)) {
		page_fault(w, RULE_GUEST_NOT_PRESENT, hlat, g);
		return WALK_NOT_PRESENT;
	}
	if (entry & regime_reserved(r, level, page)) {
		page_fault(w, RULE_GUEST_RESERVED, PF_P | PF_RSVD | hlat, g);
		return WALK_BAD;
	}
	w->guest_count++;
	w->verified &= !!(g->nested.leaf & EPT_PWA);
	if (w->hlat && entry & PTE_RESTART)
		return WALK_RESTART;
	w->upper_rights = w->rights;
	w->rights &= (uint8_t)((entry & PTE_US ? RIGHT_U : 0) | (entry & PTE_RW ? RIGHT_W : 0) |
			       (r->nx && entry & PTE_XD ? 0 : RIGHT_X));
	g->rights = w->rights;
	g->verified = w->verified;
	if (page)
		return WALK_PAGE;
	if (r->state.knobs.accessed_on_fault) {
		if (!set_flags(w, g, PTE_A))
			return WALK_STOPPED;
	}
	w->cache_bits = entry & (PTE_PWT | PTE_PCD);
	return WALK_TABLE;
}

static inline uint64_t guest_table(void *context, uint64_t entry)
{
	const struct walk *w = context;

	return entry & w->r->address_mask;
}

#define GUEST_FORMAT(bits, shift)                                                           \
	{                                                                                   \
		.index_bits = (bits), .entry_shift = (shift), .locate = guest_locate,       \
		.read = guest_read, .judge = guest_judge, .table = guest_table,             \
	}
static const struct walk_format format_8_byte = GUEST_FORMAT(9, 3);
static const struct walk_format format_4_byte = GUEST_FORMAT(10, 2);

/* ---- Where the walk starts ---- */

/* The deepest table that a paging-structure cache knows. */
static bool find_psc(struct walk *w, unsigned top)
{
	for (unsigned level = 2; w->use_caches && level <= top; level++) {
		unsigned shift = walk_shift(w->r->index_bits, level);
		const struct psc_entry *e =
			caches_psc_find(&w->m->caches, level, shift, w->gva, w->peek);

		if (!e)
			continue;
		w->psc = e;
		w->psc_level = level - 1;
		w->used_cached = true;
		w->rights = e->rights;
		w->cache_bits = e->cache_bits;
		w->verified = e->verified;
		walk_ref(w, REF_SAVED_PSC, e->table_hpa, e->table_gpa.v, level, 0,
			 nested_leaf_level(w, &e->nested));
		return true;
	}
	return false;
}

static enum walk_end run(struct walk *w, unsigned level, uint64_t table)
{
	return narrow(w) ? walk_run(&format_4_byte, w, level, table, w->gva.v) :
			   walk_run(&format_8_byte, w, level, table, w->gva.v);
}

static enum walk_end walk_ordinary(struct walk *w)
{
	const struct regime *r = w->r;
	unsigned level = r->levels;
	uint64_t table = r->table;

	w->rights = w->upper_rights = RIGHT_U | RIGHT_W | RIGHT_X;
	w->verified = true;
	w->cache_bits = cr3_cache_bits(&r->state);
	if (r->mode == PAGING_PAE) {
		uint64_t pdpte = r->state.pdpte[w->gva.v >> 30 & 3];

		if (!(pdpte & PTE_P)) {
			page_fault(w, RULE_GUEST_NOT_PRESENT, 0, NULL);
			w->fault->level = 3;
			w->fault->entry = pdpte;
			return WALK_NOT_PRESENT;
		}
		table = pdpte & r->address_mask;
		w->cache_bits = pdpte & (PTE_PWT | PTE_PCD);
	}
	if (find_psc(w, level)) {
		level = w->psc_level;
		table = w->psc->table_gpa.v;
	}
	return run(w, level, table);
}

/* HLAT paging (SDM 3A, "HLAT Paging"): its tables first; an entry with bit 11
 * hands the whole translation to ordinary paging. */
static enum walk_end walk_hlat(struct walk *w)
{
	const struct regime *r = w->r;

	w->hlat = true;
	w->verified = true;
	w->cache_bits = r->state.hlatp & (CR3_PWT | CR3_PCD);
	w->rights = w->upper_rights = RIGHT_U | RIGHT_W | RIGHT_X;
	enum walk_end end = run(w, r->levels, r->state.hlatp & r->address_mask);

	if (end != WALK_RESTART)
		return end;
	for (unsigned i = 0; i < w->guest_count; i++)
		if (!set_flags(w, &w->guest[i], PTE_A))
			return WALK_STOPPED;
	w->restart_shift = (uint8_t)walk_shift(9, w->guest[w->guest_count - 1].level);
	/* It is the whole translation that restarts: nothing of HLAT paging counts any more. */
	w->guest_count = 0;
	w->hlat = false;
	return walk_ordinary(w);
}

/* ---- From the leaf to the access ---- */

static void map_leaf(struct walk *w, const struct guest_step *leaf)
{
	const struct regime *r = w->r;
	unsigned shift = walk_shift(r->index_bits, leaf->level);
	bool keys = r->mode >= PAGING_4LEVEL;

	w->gpa = gpa(regime_page_base(r, leaf->level, leaf->entry).v |
		     (w->gva.v & (BIT(shift) - 1)));
	w->page_shift = (uint8_t)shift;
	w->key = keys ? leaf->entry >> PTE_KEY_SHIFT & 15 : 0;
	w->type.pat = memory_type_of_leaf(&r->state, leaf->entry, leaf->level > 1);
	if (leaf->entry & PTE_D)
		w->rights |= RIGHT_D;
	/* SDM 3A, "Shadow-Stack Accesses": writable above, a read-only dirty leaf. */
	if (w->upper_rights & RIGHT_W && !(leaf->entry & PTE_RW) && leaf->entry & PTE_D)
		w->rights |= RIGHT_SHADOW_STACK;
}

static bool judge_rights(struct walk *w)
{
	const struct rights *rights = &w->r->rights;
	uint32_t cause = PF_P;

	if (rights_ok(rights, w->a, w->rights, w->key))
		return true;
	if (rights_key_forbids(rights, w->a, w->rights, w->key))
		cause |= PF_PK;
	bool hlat = w->hlat;

	w->hlat = false; /* bit 7 of the error code: not for rights */
	page_fault(w, rights_rule(rights, w->a, w->rights), cause, &w->guest[w->guest_count - 1]);
	w->hlat = hlat;
	return false;
}

/* The final access. Paging off, this is all there is. */
static bool final_access(struct walk *w, hpa_t *result)
{
	const struct nested *n = &w->final;

	if (!nested_translate(w, w->gpa, PURPOSE_FINAL, REF_ROW_DATA, &w->final))
		return false;
	*result = nested_hpa(n, w->gpa);
	w->type.ept = (n->leaf & EPT_TYPE) >> EPT_TYPE_SHIFT;
	w->type.ipat = n->leaf & EPT_IPAT;
	return true;
}

bool guest_walk(struct walk *w, hpa_t *result)
{
	const struct regime *r = w->r;
	bool before = r->state.knobs.flags_before_final;

	w->restart_shift = 64;
	if (r->mode == PAGING_NONE) {
		w->verified = true;
		w->gpa = gpa(w->gva.v);
		w->rights = RIGHT_U | RIGHT_W | RIGHT_X;
		w->type.pat = MEMORY_WB;
		return final_access(w, result);
	}
	bool hlat = r->hlat && (r->state.hlat_prefix == 0 || w->gva.v >> 63);
	enum walk_end end = hlat ? walk_hlat(w) : walk_ordinary(w);

	if (end != WALK_PAGE)
		return false;
	map_leaf(w, &w->guest[w->guest_count - 1]);
	return judge_rights(w) && (!before || set_all_flags(w)) && final_access(w, result) &&
	       (before || set_all_flags(w));
}

/* ---- PDPTE registers ---- */

/* One attempt: four plain data reads, then their reserved bits. */
static bool load_pdptes(struct walk *w, uint64_t pdpte[4])
{
	for (unsigned i = 0; i < 4; i++) {
		gpa_t at = gpa(w->r->table + 8 * i);
		struct nested n;

		if (!nested_translate(w, at, PURPOSE_PDPTE, 3, &n))
			return false;
		hpa_t where = nested_hpa(&n, at);

		pdpte[i] = mem_read64(w->m->mem, where);
		w->ref_type = structure_type(w, &n);
		walk_ref(w, REF_PDPTE, where, pdpte[i], 3, 0, 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		if (!regime_pdpte_reserved(pdpte[i], w->r->state.maxphyaddr))
			continue;
		*w->fault = (struct fault){ .kind = OUTCOME_GP,
					    .rule = RULE_PDPTE_RESERVED,
					    .vector = VECTOR_GP,
					    .dimension = DIMENSION_GUEST,
					    .level = 3,
					    .entry = pdpte[i] };
		return false;
	}
	return true;
}

bool guest_load_pdptes(struct mmu *m, const struct regime *r, uint64_t pdpte[4],
		       struct translation *t)
{
	static const struct access read = { .size = 8, .type = ACCESS_READ };
	struct walk w = { .m = m, .r = r, .a = &read, .size = 8, .use_caches = true,
			  .fault = &t->fault };
	w.cache_bits = cr3_cache_bits(&r->state);
	walk_reserve_refs(m);
	bool ok = load_pdptes(&w, pdpte);

	if (!ok && w.used_cached) {
		/* As for any walk: nothing is reported from cached entries. */
		walk_ref(&w, REF_FULL_WALK, hpa(0), 0, 0, 0, 0);
		w.use_caches = w.used_cached = false;
		w.nested_count = 0;
		ok = load_pdptes(&w, pdpte);
	}
	if (!ok) {
		t->outcome = t->fault.kind;
		return false;
	}
	walk_fill(&w);
	return true;
}
