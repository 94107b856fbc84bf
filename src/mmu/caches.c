/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu/caches.h"

#include "base/walk.h"

#include <stdlib.h>
#include <string.h>

const uint8_t tlb_page_shift[TLB_PAGES] = { PAGE_SHIFT_4K, PAGE_SHIFT_2M, PAGE_SHIFT_4M,
					    PAGE_SHIFT_1G };

/* Keys: page number in bits 44:0 (57-bit linear, 52-bit physical addresses),
 * page size in 46:45, context in 62:47. */
#define KEY_SIZE_SHIFT 45
#define KEY_CONTEXT_SHIFT 47

static uint64_t make_key(uint64_t number, unsigned size, uint32_t context)
{
	return number | (uint64_t)size << KEY_SIZE_SHIFT | (uint64_t)context << KEY_CONTEXT_SHIFT;
}

static uint32_t key_context(uint64_t key)
{
	return key >> KEY_CONTEXT_SHIFT & (CONTEXT_MAX - 1);
}

static uint64_t key_number(uint64_t key)
{
	return key & BITS(KEY_SIZE_SHIFT - 1, 0);
}

static unsigned key_size(uint64_t key)
{
	return key >> KEY_SIZE_SHIFT & 3;
}

/* Canonical addresses differ in the low 57 bits. */
static uint64_t linear_number(gva_t gva, unsigned shift)
{
	return (gva.v & BITS(56, 0)) >> shift;
}

/* ---- Building ---- */

static bool geometry_ok(const struct cache_geometry *g)
{
	return (uint64_t)g->sets * g->ways <= 1u << 24 &&
	       assoc_geometry_ok(g->sets, g->ways, g->hash, g->policy);
}

/* Each page size has ways that exist, or none. Three groups of ways take turns as
 * a whole, so that policy knows no part of them. */
static bool tlb_ways_ok(const struct tlb_geometry *t)
{
	for (unsigned p = 0; p < TLB_PAGES; p++) {
		uint32_t first = t->ways[p].first, count = t->ways[p].count;

		if (first + count > t->geometry.ways)
			return false;
		if (t->geometry.policy == ASSOC_MRU3_PLRU4 && count && count != t->geometry.ways)
			return false;
	}
	return true;
}

bool mmu_geometry_ok(const struct mmu_geometry *g, const char **name)
{
	*name = "number of TLBs";
	if (g->tlbs > MMU_MAX_TLBS)
		return false;
	for (unsigned i = 0; i < g->tlbs; i++) {
		*name = g->tlb[i].name;
		if (!geometry_ok(&g->tlb[i].geometry) || !tlb_ways_ok(&g->tlb[i]))
			return false;
	}
	for (unsigned level = 2; level <= 5; level++) {
		*name = "guest paging-structure cache";
		if (!geometry_ok(&g->guest_psc[level]))
			return false;
		*name = "EPT paging-structure cache";
		if (!geometry_ok(&g->ept_psc[level]))
			return false;
	}
	*name = "nested TLB";
	return geometry_ok(&g->nested);
}

/* Lays structures out in one block: first called with a null base to count. */
struct layout {
	unsigned char *base;
	size_t used;
};

static void *carve(struct layout *l, size_t bytes)
{
	void *at = l->base ? l->base + l->used : NULL;

	l->used += (bytes + 63) & ~(size_t)63;
	return at;
}

static void lay_out(struct layout *l, struct assoc *a, void *entry_pointer, size_t entry_bytes,
		    const struct cache_geometry *g, uint64_t seed)
{
	void *tags = carve(l, assoc_bytes(g->sets, g->ways));
	void *entries = carve(l, (size_t)g->sets * g->ways * entry_bytes);

	if (!l->base)
		return;
	assoc_init(a, g->sets, g->ways, g->hash, g->policy, seed, tags);
	memcpy(entry_pointer, &entries, sizeof entries);
}

static void lay_out_all(struct caches *c, const struct mmu_geometry *g, struct layout *l)
{
	uint64_t seed = g->seed;

	for (unsigned i = 0; i < g->tlbs; i++) {
		lay_out(l, &c->tlb[i].assoc, &c->tlb[i].entry, sizeof *c->tlb[i].entry,
			&g->tlb[i].geometry, ++seed);
		c->tlb[i].geometry = g->tlb[i];
	}
	for (unsigned level = 2; level <= 5; level++) {
		lay_out(l, &c->psc[level].assoc, &c->psc[level].entry, sizeof *c->psc[level].entry,
			&g->guest_psc[level], ++seed);
		lay_out(l, &c->ept_psc[level].assoc, &c->ept_psc[level].entry,
			sizeof *c->ept_psc[level].entry, &g->ept_psc[level], ++seed);
	}
	lay_out(l, &c->nested.assoc, &c->nested.entry, sizeof *c->nested.entry, &g->nested, ++seed);
}

bool caches_init(struct caches *c, const struct mmu_geometry *g)
{
	struct layout l = { NULL, 0 };

	*c = (struct caches){ .tlbs = g->tlbs };
	lay_out_all(c, g, &l);
	c->memory = calloc(1, l.used ? l.used : 1);
	c->context_capacity = 16;
	c->contexts = calloc(c->context_capacity, sizeof *c->contexts);
	if (!c->memory || !c->contexts) {
		caches_free(c);
		return false;
	}
	l = (struct layout){ c->memory, 0 };
	lay_out_all(c, g, &l);
	return true;
}

void caches_free(struct caches *c)
{
	free(c->memory);
	free(c->contexts);
	c->memory = c->contexts = NULL;
}

/* Every container, for what concerns them all. */
typedef void each_assoc(struct assoc *a, void *context);

static void for_each_assoc(struct caches *c, each_assoc *f, void *context)
{
	for (unsigned i = 0; i < c->tlbs; i++)
		f(&c->tlb[i].assoc, context);
	for (unsigned level = 2; level <= 5; level++) {
		f(&c->psc[level].assoc, context);
		f(&c->ept_psc[level].assoc, context);
	}
	f(&c->nested.assoc, context);
}

static void clear_one(struct assoc *a, void *context)
{
	(void)context;
	assoc_clear(a);
}

void caches_clear(struct caches *c)
{
	for_each_assoc(c, clear_one, NULL);
	for (unsigned i = 0; i < c->tlbs; i++)
		c->tlb[i].sizes = 0;
	c->globals = false;
}

/* ---- Contexts ---- */

static bool same_context(const struct context *a, const struct context *b)
{
	return a->ep4ta == b->ep4ta && a->vpid == b->vpid && a->pcid == b->pcid;
}

static void mark_used(struct assoc *a, void *context)
{
	unsigned char *used = context;

	for (size_t i = 0; a->used && i < (size_t)a->sets * a->ways; i++)
		if (a->key[i])
			used[key_context(a->key[i])] = 1;
}

/* A free number: one that no entry carries any more, else a new one; CONTEXT_MAX if
 * all are in use. */
static uint32_t new_context(struct caches *c, const struct context *wanted)
{
	if (c->context_count == c->context_capacity) {
		unsigned char *used = calloc(CONTEXT_MAX, 1);

		if (!used)
			return CONTEXT_MAX;
		for_each_assoc(c, mark_used, used);
		used[c->current] = used[c->current_global] = used[c->current_ept] = 1;
		for (uint32_t i = 0; i < c->context_count; i++) {
			if (!used[i]) {
				free(used);
				c->contexts[i] = *wanted;
				return i;
			}
		}
		free(used);
		if (c->context_capacity == CONTEXT_MAX)
			return CONTEXT_MAX;
		struct context *more = realloc(c->contexts, 2 * sizeof *more * c->context_capacity);

		if (!more)
			return CONTEXT_MAX;
		c->contexts = more;
		c->context_capacity *= 2;
	}
	c->contexts[c->context_count] = *wanted;
	return c->context_count++;
}

static uint32_t context_number(struct caches *c, uint16_t vpid, uint16_t pcid, uint64_t ep4ta)
{
	struct context wanted = { .ep4ta = ep4ta, .vpid = vpid, .pcid = pcid };

	for (uint32_t i = 0; i < c->context_count; i++)
		if (same_context(&c->contexts[i], &wanted))
			return i;
	return new_context(c, &wanted);
}

static bool try_select(struct caches *c, uint16_t vpid, uint16_t pcid, uint64_t ep4ta)
{
	uint32_t one = context_number(c, vpid, pcid, ep4ta);

	if (one == CONTEXT_MAX)
		return false;
	c->current = one;
	uint32_t global = context_number(c, vpid, CONTEXT_GLOBAL, ep4ta);

	if (global == CONTEXT_MAX)
		return false;
	c->current_global = global;
	uint32_t physical = context_number(c, 0, CONTEXT_GUEST_PHYSICAL, ep4ta);

	if (physical == CONTEXT_MAX)
		return false;
	c->current_ept = physical;
	return true;
}

/* A processor may drop what it caches at any time: so does this one when it has no
 * number left to tell contexts apart. */
void caches_select(struct caches *c, uint16_t vpid, uint16_t pcid, uint64_t ep4ta)
{
	if (try_select(c, vpid, pcid, ep4ta))
		return;
	caches_clear(c);
	c->context_count = 0;
	try_select(c, vpid, pcid, ep4ta);
}

/* ---- TLBs ---- */

static int64_t tlb_find_page(const struct tlb *t, const struct caches *c, unsigned size, gva_t gva)
{
	uint64_t number = linear_number(gva, tlb_page_shift[size]);
	int64_t slot = assoc_find(&t->assoc, number, make_key(number, size, c->current));

	if (slot == ASSOC_NONE && c->globals)
		slot = assoc_find(&t->assoc, number, make_key(number, size, c->current_global));
	return slot;
}

static void tlb_fill_one(struct tlb *t, gva_t gva, unsigned size, uint32_t context,
			 const struct tlb_entry *entry)
{
	if (t->geometry.ways[size].count == 0)
		return;
	uint64_t number = linear_number(gva, tlb_page_shift[size]);
	size_t slot = assoc_insert(&t->assoc, number, make_key(number, size, context),
				   t->geometry.ways[size].first, t->geometry.ways[size].count);

	t->entry[slot] = *entry;
	t->sizes |= (uint8_t)(1u << size);
}

/* A size that was never filled is not looked for: an STLB could hold all of them,
 * and mostly holds one. */
struct tlb_entry *caches_tlb_find(struct caches *c, gva_t gva, unsigned serves, bool peek,
				  unsigned *tlb)
{
	for (unsigned i = 0; i < c->tlbs; i++) {
		struct tlb *t = &c->tlb[i];

		if (!(t->geometry.serves & serves) || t->assoc.used == 0)
			continue;
		for (unsigned size = 0; t->sizes >> size; size++) {
			if (!(t->sizes >> size & 1))
				continue;
			int64_t slot = tlb_find_page(t, c, size, gva);

			if (slot == ASSOC_NONE)
				continue;
			*tlb = i;
			if (peek)
				return &t->entry[slot];
			assoc_touch(&t->assoc, (size_t)slot);
			if (t->geometry.level == 2)
				for (unsigned j = 0; j < c->tlbs; j++)
					if (c->tlb[j].geometry.level == 1 &&
					    c->tlb[j].geometry.serves & serves)
						tlb_fill_one(&c->tlb[j], gva, size,
							     key_context(t->assoc.key[slot]),
							     &t->entry[slot]);
			return &t->entry[slot];
		}
	}
	return NULL;
}

static unsigned size_of_shift(unsigned shift)
{
	for (unsigned size = 0; size < TLB_PAGES; size++)
		if (tlb_page_shift[size] == shift)
			return size;
	return TLB_4K;
}

/* A global translation replaces the page's others, so that one lookup never has
 * two answers (docs/caching.md, "Filling"). */
static void drop_same_page(struct caches *c, struct tlb *t, uint64_t number, unsigned size)
{
	const struct context *now = &c->contexts[c->current_global];

	size_t first = (size_t)assoc_set(&t->assoc, number) * t->assoc.ways;

	for (size_t i = first; t->assoc.used && i < first + t->assoc.ways; i++) {
		uint64_t key = t->assoc.key[i];

		if (!key || key_number(key) != number || key_size(key) != size)
			continue;
		const struct context *its = &c->contexts[key_context(key)];

		if (its->vpid == now->vpid && its->ep4ta == now->ep4ta &&
		    its->pcid != CONTEXT_GLOBAL)
			assoc_drop(&t->assoc, i);
	}
}

void caches_tlb_drop(struct caches *c, gva_t gva, unsigned shift)
{
	unsigned size = size_of_shift(shift);

	for (unsigned i = 0; i < c->tlbs; i++) {
		int64_t slot = tlb_find_page(&c->tlb[i], c, size, gva);

		if (slot != ASSOC_NONE)
			assoc_drop(&c->tlb[i].assoc, (size_t)slot);
	}
}

uint64_t caches_tlb_fill(struct caches *c, gva_t gva, unsigned serves,
			 const struct tlb_entry *entry, bool global)
{
	unsigned size = size_of_shift(entry->shift);
	struct tlb_entry filled = *entry;

	filled.fill = ++c->fills;
	c->globals |= global;
	for (unsigned i = 0; i < c->tlbs; i++) {
		struct tlb *t = &c->tlb[i];

		if (global && t->geometry.ways[size].count)
			drop_same_page(c, t, linear_number(gva, entry->shift), size);
		if (t->geometry.serves & serves)
			tlb_fill_one(t, gva, size, global ? c->current_global : c->current, &filled);
	}
	return filled.fill;
}

/* ---- Paging-structure caches and nested TLB ---- */

/* What one entry covers tells tables of 32-bit paging (4M a PDE) from the others. */
static unsigned psc_size(unsigned shift)
{
	return shift == PAGE_SHIFT_4M ? TLB_4M : TLB_4K;
}

struct psc_entry *caches_psc_find(struct caches *c, unsigned level, unsigned shift, gva_t gva,
				  bool peek)
{
	struct psc *p = &c->psc[level];
	uint64_t number = linear_number(gva, shift);
	uint64_t key = make_key(number, psc_size(shift), c->current);
	int64_t slot = assoc_find(&p->assoc, number, key);

	if (slot == ASSOC_NONE)
		return NULL;
	if (!peek)
		assoc_touch(&p->assoc, (size_t)slot);
	return &p->entry[slot];
}

void caches_psc_fill(struct caches *c, unsigned level, unsigned shift, gva_t gva,
		     const struct psc_entry *entry)
{
	struct psc *p = &c->psc[level];
	uint64_t number = linear_number(gva, shift);

	if (p->assoc.ways == 0)
		return;
	p->entry[assoc_insert(&p->assoc, number, make_key(number, psc_size(shift), c->current), 0,
			      p->assoc.ways)] = *entry;
}

/* EPT pages are 4K, 2M, 1G: the sizes of the TLB but one. */
struct nested *caches_nested_find(struct caches *c, gpa_t gpa, bool peek)
{
	struct nested_tlb *n = &c->nested;

	for (unsigned size = 0; size < TLB_PAGES && n->assoc.used; size++) {
		uint64_t number = gpa.v >> tlb_page_shift[size];
		int64_t slot;

		if (size == TLB_4M)
			continue;
		slot = assoc_find(&n->assoc, number, make_key(number, size, c->current_ept));
		if (slot == ASSOC_NONE)
			continue;
		if (!peek)
			assoc_touch(&n->assoc, (size_t)slot);
		return &n->entry[slot];
	}
	return NULL;
}

void caches_nested_fill(struct caches *c, gpa_t gpa, const struct nested *entry)
{
	struct nested_tlb *n = &c->nested;
	uint64_t number = gpa.v >> entry->shift;

	if (n->assoc.ways == 0)
		return;
	n->entry[assoc_insert(&n->assoc, number,
			      make_key(number, size_of_shift(entry->shift), c->current_ept), 0,
			      n->assoc.ways)] = *entry;
}

struct ept_psc_entry *caches_ept_psc_find(struct caches *c, unsigned level, gpa_t gpa, bool peek)
{
	struct ept_psc *p = &c->ept_psc[level];
	uint64_t number = gpa.v >> walk_shift(9, level);
	int64_t slot = assoc_find(&p->assoc, number, make_key(number, 0, c->current_ept));

	if (slot == ASSOC_NONE)
		return NULL;
	if (!peek)
		assoc_touch(&p->assoc, (size_t)slot);
	return &p->entry[slot];
}

void caches_ept_psc_fill(struct caches *c, unsigned level, gpa_t gpa,
			 const struct ept_psc_entry *entry)
{
	struct ept_psc *p = &c->ept_psc[level];
	uint64_t number = gpa.v >> walk_shift(9, level);

	if (p->assoc.ways == 0)
		return;
	p->entry[assoc_insert(&p->assoc, number, make_key(number, 0, c->current_ept), 0,
			      p->assoc.ways)] = *entry;
}

/* ---- Dropping ---- */

static bool context_dropped(const struct context *its, const struct drop *d, bool psc)
{
	if (!d->any_vpid && (its->vpid == d->vpid) == d->not_vpid)
		return false;
	if (!d->any_ep4ta && its->ep4ta != d->ep4ta)
		return false;
	if (d->not_linear && its->ep4ta == CONTEXT_NO_EPT)
		return false;
	if (!psc && its->pcid == CONTEXT_GLOBAL)
		return d->globals;
	return d->any_pcid || its->pcid == d->pcid;
}

static void drop_slot(struct caches *c, struct assoc *a, size_t slot, const struct drop *d,
		      bool psc)
{
	uint64_t key = a->key[slot];

	if (key && context_dropped(&c->contexts[key_context(key)], d, psc))
		assoc_drop(a, slot);
}

static void drop_all(struct caches *c, struct assoc *a, const struct drop *d, bool psc)
{
	for (size_t slot = 0; a->used && slot < (size_t)a->sets * a->ways; slot++)
		drop_slot(c, a, slot, d, psc);
}

/* Only the set of `number` can hold it: a fault drops one address, and faults
 * are frequent. */
static void drop_number(struct caches *c, struct assoc *a, uint64_t number, unsigned size,
			const struct drop *d, bool psc)
{
	if (a->used == 0)
		return;
	size_t first = (size_t)assoc_set(a, number) * a->ways;

	for (size_t slot = first; slot < first + a->ways; slot++)
		if (key_number(a->key[slot]) == number && key_size(a->key[slot]) == size)
			drop_slot(c, a, slot, d, psc);
}

void caches_drop(struct caches *c, const struct drop *d)
{
	for (unsigned i = 0; i < c->tlbs; i++) {
		struct tlb *t = &c->tlb[i];

		if (!d->one_address)
			drop_all(c, &t->assoc, d, false);
		for (unsigned size = 0; d->one_address && t->sizes >> size; size++)
			if (t->sizes >> size & 1)
				drop_number(c, &t->assoc,
					    linear_number(d->gva, tlb_page_shift[size]), size, d,
					    false);
	}
	for (unsigned level = 2; level <= 5; level++) {
		struct assoc *a = &c->psc[level].assoc;

		if (!d->one_address || d->all_psc) {
			drop_all(c, a, d, true);
			continue;
		}
		drop_number(c, a, linear_number(d->gva, walk_shift(9, level)), TLB_4K, d, true);
		if (level == 2)
			drop_number(c, a, linear_number(d->gva, PAGE_SHIFT_4M), TLB_4M, d, true);
	}
}

/* Of page size `size`, or entries of a table of `level` where that is not 0. */
static void drop_physical_number(struct caches *c, struct assoc *a, const uint64_t *ep4ta,
				 gpa_t gpa, unsigned size, unsigned level)
{
	uint64_t number = gpa.v >> (level ? walk_shift(9, level) : tlb_page_shift[size]);

	if (a->used == 0)
		return;
	size_t first = (size_t)assoc_set(a, number) * a->ways;

	for (size_t slot = first; slot < first + a->ways; slot++) {
		uint64_t key = a->key[slot];

		if (key && key_number(key) == number && key_size(key) == size &&
		    (!ep4ta || c->contexts[key_context(key)].ep4ta == *ep4ta))
			assoc_drop(a, slot);
	}
}

static void drop_physical(struct caches *c, struct assoc *a, const uint64_t *ep4ta)
{
	for (size_t slot = 0; a->used && slot < (size_t)a->sets * a->ways; slot++) {
		uint64_t key = a->key[slot];

		if (key && (!ep4ta || c->contexts[key_context(key)].ep4ta == *ep4ta))
			assoc_drop(a, slot);
	}
}

void caches_drop_guest_physical(struct caches *c, const uint64_t *ep4ta, const gpa_t *gpa)
{
	for (unsigned size = 0; gpa && size < TLB_PAGES; size++)
		drop_physical_number(c, &c->nested.assoc, ep4ta, *gpa, size, 0);
	if (!gpa)
		drop_physical(c, &c->nested.assoc, ep4ta);
	for (unsigned level = 2; level <= 5; level++) {
		if (gpa)
			drop_physical_number(c, &c->ept_psc[level].assoc, ep4ta, *gpa, 0, level);
		else
			drop_physical(c, &c->ept_psc[level].assoc, ep4ta);
	}
}
