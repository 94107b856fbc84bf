/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/walk_stats.h"

#define COUNT(name_, field_, unit_, text_) \
	STAT_COUNT(name_, struct walk_stats, field_, unit_, text_)
#define TLB_HITS(id_, key_, text_) \
	COUNT("tlb." key_ ".hits", tlb_hit[id_], "translations", "Found in the " text_)
#define REFS(id_, key_, text_) COUNT("references." key_, kind[id_], "references", text_)
#define SAVED(id_, key_, text_) COUNT("walk." key_, kind[id_], "walks", text_)

const struct stat walk_stat_table[] = {
	COUNT("translations", translations, "translations", "Pages translated"),
	COUNT("tlb.hits", tlb_hits, "translations", "Found in a first-level TLB"),
	TLB_HITS(TLB_L1I_4K, "l1i.4k", "instruction TLB for 4K pages"),
	TLB_HITS(TLB_L1I_2M, "l1i.2m", "instruction TLB for large pages"),
	TLB_HITS(TLB_L1D_4K, "l1d.4k", "data TLB for 4K pages"),
	TLB_HITS(TLB_L1D_2M, "l1d.2m", "data TLB for 2M pages"),
	TLB_HITS(TLB_L1D_1G, "l1d.1g", "data TLB for 1G pages"),
	TLB_HITS(TLB_STORE, "store", "store TLB"),
	COUNT("stlb.hits", stlb_hits, "translations", "Found in a second-level TLB"),
	TLB_HITS(TLB_STLB, "stlb", "second-level TLB"),
	TLB_HITS(TLB_STLB_1G, "stlb.1g", "second-level TLB for 1G pages"),
	COUNT("translations.none", untranslated, "translations",
	      "Not translated: paging off, no EPT"),
	COUNT("walk.walks", walks, "walks", "Found by a walk"),
	STAT_PERCENT("walk.rate", struct walk_stats, walks, translations,
	             "Translations that needed a walk"),
	COUNT("walk.references", references, "references",
	      "Paging-structure entries these walks read"),
	STAT_QUOTIENT("walk.references_per_walk", struct walk_stats, references, walks,
	              "references/walk", "Mean of them"),
	COUNT("walk.aborted_walks", aborted_walks, "walks",
	      "Walks that ended in a fault or VM exit"),
	COUNT("walk.aborted_references", aborted_references, "references",
	      "Paging-structure entries those read"),
	COUNT("walk.full_walks", full_walks, "walks",
	      "Walks begun again without caches, because a cached entry led to a fault"),
	SAVED(REF_SAVED_PSC, "guest_psc_hits",
	      "Walks that began at a guest paging-structure-cache entry"),
	STAT_COUNT("walk.nested_hits", struct walk_stats, kind[REF_SAVED_NESTED], "EPT walks",
	           "EPT walks that the nested TLB saved"),
	STAT_COUNT("walk.ept_psc_hits", struct walk_stats, kind[REF_SAVED_EPT_PSC], "EPT walks",
	           "EPT walks that began at an EPT paging-structure-cache entry"),
	REFS(REF_GUEST, "guest", "Reads of guest paging-structure entries"),
	REFS(REF_EPT, "ept", "Reads of EPT entries"),
	REFS(REF_SPPT, "sppt", "Reads of sub-page-permission-table entries"),
	REFS(REF_HLAT, "hlat", "Reads of HLAT entries"),
	REFS(REF_PDPTE, "pdpte", "Loads of PDPTE registers"),
	REFS(REF_FLAG_GUEST, "flag_guest", "Updates of flags in guest entries"),
	REFS(REF_FLAG_EPT, "flag_ept", "Updates of flags in EPT entries"),
	REFS(REF_PML, "pml", "Stores to the page-modification log"),
	REFS(REF_VE, "ve", "Stores to the virtualization-exception area"),
	COUNT("flags.guest_a", guest_a, "flags", "Accessed flags set in guest entries"),
	COUNT("flags.guest_d", guest_d, "flags", "Dirty flags set in guest entries"),
	COUNT("flags.ept_a", ept_a, "flags", "Accessed flags set in EPT entries"),
	COUNT("flags.ept_d", ept_d, "flags", "Dirty flags set in EPT entries"),
	STAT_SPREAD("walk.references_of_a_walk", struct walk_stats, per_walk, "references",
	            "References of each walk that found its translation"),
};
const size_t walk_stat_count = sizeof walk_stat_table / sizeof *walk_stat_table;

/* Level of the EPT leaf that a saved walk would have reached. */
static unsigned leaf_level(const struct ref *r)
{
	return (r->flags & REF_LEAF_LEVEL) >> REF_LEAF_LEVEL_SHIFT;
}

/* A whole EPT walk of a row, counted in one of the two ways of saving it. */
static void save_ept_walk(struct walk_stats *s, unsigned row, unsigned top, unsigned leaf, bool psc)
{
	for (unsigned level = top; leaf && level >= leaf; level--) {
		struct grid_cell *cell = &s->grid[row][level];

		if (psc)
			cell->saved_psc++;
		else
			cell->saved_nested++;
	}
}

/* A guest paging-structure cache named the table below level r->guest_level:
 * the guest entries down to there were not read, nor their addresses
 * translated, nor that of the table. The EPT pages of tables above it are taken
 * to be as large as the one under it. */
static void save_by_psc(struct walk_stats *s, const struct ref *r, unsigned guest_levels,
                        unsigned ept_levels)
{
	unsigned leaf = leaf_level(r);

	for (unsigned row = guest_levels; row >= r->guest_level; row--) {
		s->grid[row][0].saved_psc++;
		save_ept_walk(s, row, ept_levels, leaf, true);
	}
	save_ept_walk(s, r->guest_level - 1u, ept_levels, leaf, true);
}

static void save(struct walk_stats *s, const struct ref *r, unsigned guest_levels,
                 unsigned ept_levels)
{
	if (r->kind == REF_SAVED_PSC)
		save_by_psc(s, r, guest_levels, ept_levels);
	else if (r->kind == REF_SAVED_NESTED)
		save_ept_walk(s, r->guest_level, ept_levels, leaf_level(r), false);
	else
		for (unsigned level = ept_levels; level >= r->ept_level; level--)
			s->grid[r->guest_level][level].saved_ept_psc++;
}

static void count_flags(struct walk_stats *s, const struct ref *r)
{
	if (r->kind == REF_FLAG_GUEST) {
		s->guest_a += !!(r->flags & REF_A);
		s->guest_d += !!(r->flags & REF_D);
	} else {
		s->ept_a += !!(r->flags & REF_A);
		s->ept_d += !!(r->flags & REF_D);
	}
}

void walk_stats_add(struct walk_stats *s, const struct ref *refs, size_t count, bool found,
                    unsigned guest_levels, unsigned ept_levels)
{
	uint64_t references = 0;
	size_t trusted = 0; /* what caches saved before a full walk was not saved */

	for (size_t i = 0; i < count; i++)
		if (__builtin_expect(refs[i].kind == REF_FULL_WALK, 0)) {
			trusted = i;
			s->full_walks++;
		}
	for (size_t i = 0; i < count; i++) {
		const struct ref *r = &refs[i];

		s->kind[r->kind]++;
		if (r->kind == REF_EPT || r->kind == REF_GUEST) {
			struct grid_cell *cell = &s->grid[r->guest_level][r->ept_level];

			*(found ? &cell->made : &cell->aborted) += 1;
			references++;
		} else if (r->kind == REF_SPPT || r->kind == REF_HLAT || r->kind == REF_PDPTE) {
			references++;
		} else if (r->kind == REF_FLAG_GUEST || r->kind == REF_FLAG_EPT) {
			count_flags(s, r);
		} else if (r->kind >= REF_SAVED_PSC && r->kind <= REF_SAVED_EPT_PSC && found &&
		           i >= trusted) {
			save(s, r, guest_levels, ept_levels);
		}
	}
	if (!found) {
		s->aborted_walks++;
		s->aborted_references += references;
		return;
	}
	s->walks++;
	s->references += references;
	histogram_add(&s->per_walk, references);
}

void walk_stats_sum(struct walk_stats *s)
{
	s->tlb_hits = s->stlb_hits = 0;
	for (unsigned id = 0; id < TLB_STRUCTURES; id++)
		*(id >= TLB_STLB ? &s->stlb_hits : &s->tlb_hits) += s->tlb_hit[id];
	s->translations = s->tlb_hits + s->stlb_hits + s->walks + s->untranslated;
}
