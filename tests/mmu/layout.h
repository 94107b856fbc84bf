/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Guest page tables and EPTs in a plain memory, entry by entry: nothing here
 * uses what the tests judge.
 *
 * Tables lie in the first megabytes of memory. The frame at HPA h is
 * guest-physical h, h + 1G and h + 2G, which the EPT maps by 4K, 2M and 1G pages
 * (layout_map_tables()): a guest table's GPA so chooses how deep its EPT walk is.
 */
#ifndef TESTS_MMU_LAYOUT_H
#define TESTS_MMU_LAYOUT_H

#include "mmu/regime.h"
#include "random.h"

#include <eptsim/mmu.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Unlike ck_assert_msg() free of charge where it holds, for loops of millions. */
#define expect(condition, format, ...)                                                             \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s: " format, #condition, ##__VA_ARGS__);                    \
	} while (0)

#define G1 (UINT64_C(1) << 30)
#define M2 (UINT64_C(1) << 21)
#define FLAGS_ALL (PTE_P | PTE_RW | PTE_US | PTE_A)

struct layout {
	unsigned char *ram;
	uint64_t size, next;
	struct mem mem;
};

/* A tree of tables: guest paging's or EPT's. */
struct tree {
	struct layout *l;
	uint64_t root; /* HPA */
	unsigned levels, index_bits, entry_shift;
	uint64_t link;      /* flags of an entry that references a table */
	uint64_t link_pae;  /* the same of PAE's PDPTEs (level 3), else 0 */
	uint8_t where[7];   /* by level of a table: 0, 1, 2: referenced at HPA + that many G */
};

static inline uint64_t layout_outside_read(void *ctx, hpa_t at)
{
	(void)ctx, (void)at;
	return ~UINT64_C(0);
}

static inline void layout_outside_write(void *ctx, hpa_t at, uint64_t value)
{
	(void)ctx, (void)at, (void)value;
}

static inline void layout_init(struct layout *l, uint64_t megabytes)
{
	l->size = megabytes << 20;
	l->next = PAGE_SIZE_4K;
	l->ram = calloc(1, l->size);
	ck_assert_ptr_nonnull(l->ram);
	l->mem = (struct mem){ .ram = l->ram,
			       .size = l->size,
			       .read64 = layout_outside_read,
			       .write64 = layout_outside_write };
}

static inline void layout_free(struct layout *l)
{
	free(l->ram);
}

static inline uint64_t layout_frame(struct layout *l)
{
	uint64_t frame = l->next;

	l->next += PAGE_SIZE_4K;
	expect(l->next <= l->size, "the test has too little memory");
	return frame;
}

/* ---- Trees ---- */

static inline uint64_t tree_read(const struct tree *t, uint64_t slot)
{
	uint64_t value = 0;

	memcpy(&value, t->l->ram + slot, 1u << t->entry_shift);
	return value;
}

static inline void tree_write(const struct tree *t, uint64_t slot, uint64_t value)
{
	memcpy(t->l->ram + slot, &value, 1u << t->entry_shift);
}

/* HPA of the entry of `level` for `address`; the tables above it are made. */
static inline uint64_t tree_slot(struct tree *t, unsigned level, uint64_t address)
{
	uint64_t table = t->root;

	for (unsigned l = t->levels;; l--) {
		uint64_t index = address >> (12 + t->index_bits * (l - 1)) &
				 ((UINT64_C(1) << t->index_bits) - 1);
		uint64_t slot = table + (index << t->entry_shift);

		if (l == level)
			return slot;
		uint64_t entry = tree_read(t, slot);

		if (!(entry & 1)) {
			entry = (layout_frame(t->l) + t->where[l - 1] * G1) |
				(l == 3 && t->link_pae ? t->link_pae : t->link);
			tree_write(t, slot, entry);
		}
		table = entry & PTE_ADDRESS & (G1 - 1);
	}
}

static inline void tree_set(struct tree *t, unsigned level, uint64_t address, uint64_t entry)
{
	tree_write(t, tree_slot(t, level, address), entry);
}

static inline struct tree tree_ept(struct layout *l, unsigned levels)
{
	return (struct tree){ .l = l,
			      .root = layout_frame(l),
			      .levels = levels,
			      .index_bits = 9,
			      .entry_shift = 3,
			      .link = EPT_RWX | EPT_XU };
}

/* PAE: the four PDPTEs are a table of level 3. */
static inline struct tree tree_guest(struct layout *l, enum paging_mode mode)
{
	static const uint8_t levels[] = { 0, 2, 3, 4, 5 };
	bool wide = mode != PAGING_32BIT;

	return (struct tree){ .l = l,
			      .root = layout_frame(l),
			      .levels = levels[mode],
			      .index_bits = wide ? 9 : 10,
			      .entry_shift = wide ? 3 : 2,
			      .link = FLAGS_ALL,
			      .link_pae = mode == PAGING_PAE ? PTE_P : 0 };
}

/* An EPT leaf: write-back, everything allowed. */
static inline uint64_t ept_leaf(uint64_t address, unsigned level)
{
	return address | EPT_RWX | EPT_XU | MEMORY_WB << EPT_TYPE_SHIFT | (level > 1 ? EPT_PAGE : 0);
}

static inline uint64_t guest_leaf(uint64_t address, unsigned level)
{
	return address | FLAGS_ALL | PTE_D | (level > 1 ? PTE_PS : 0);
}

/* The three places of every frame, as far as memory reaches. `deepest`: 1, 2 or
 * 3; places 0 .. 3 - deepest are mapped by pages no smaller than its. */
static inline void layout_map_tables(struct tree *ept)
{
	for (uint64_t at = 0; at < ept->l->size; at += PAGE_SIZE_4K)
		tree_set(ept, 1, at, ept_leaf(at, 1));
	for (uint64_t at = 0; at < ept->l->size; at += M2)
		tree_set(ept, 2, G1 + at, ept_leaf(at, 2));
	tree_set(ept, 3, 2 * G1, ept_leaf(0, 3));
}

/* ---- States ---- */

static inline uint64_t layout_eptp(const struct tree *ept)
{
	return ept->root | MEMORY_WB | (uint64_t)(ept->levels - 1) << EPTP_WALK_SHIFT;
}

/* A supervisor of this paging mode, no EPT. `root`: GPA of the top table. */
static inline struct paging_state layout_state(enum paging_mode mode, uint64_t root)
{
	struct paging_state s = { .cr0 = CR0_PE | CR0_ET | CR0_WP,
				  .cr3 = root,
				  .pat = PAT_DEFAULT,
				  .maxphyaddr = MAXPHYADDR_DEFAULT,
				  .ept_vpid_cap = EPT_CAP_EVERYTHING,
				  .knobs = KNOBS_DEFAULT };

	if (mode != PAGING_NONE)
		s.cr0 |= CR0_PG;
	if (mode == PAGING_32BIT)
		s.cr4 |= CR4_PSE;
	if (mode >= PAGING_PAE) {
		s.cr4 |= CR4_PAE;
		s.efer |= EFER_NXE;
	}
	if (mode >= PAGING_4LEVEL) {
		s.efer |= EFER_LME | EFER_LMA;
		s.cs_l = true;
	}
	if (mode == PAGING_5LEVEL)
		s.cr4 |= CR4_LA57;
	return s;
}

static inline void layout_use_ept(struct paging_state *s, const struct tree *ept)
{
	s->ept = true;
	s->eptp = layout_eptp(ept);
}

static inline void layout_enter(struct mmu *m, const struct paging_state *s)
{
	struct translation t;
	enum outcome o = mmu_enter(m, s, false, &t);

	expect(o == OUTCOME_OK, "entry: %s, %s", outcome_name(o), rule_name(t.fault.rule));
}

/* ---- Accesses ---- */

static inline struct access layout_access(enum access_type type, uint64_t at)
{
	return (struct access){ .gva = gva(at), .size = 1, .type = (uint8_t)type };
}

/* The HPA of a read that must succeed. */
static inline uint64_t layout_read(struct mmu *m, uint64_t at)
{
	struct access a = layout_access(ACCESS_READ, at);
	struct translation t;
	enum outcome o = mmu_translate(m, &a, &t);

	expect(o == OUTCOME_OK, "%" PRIx64 ": %s, %s", at, outcome_name(o), rule_name(t.fault.rule));
	return t.page[0].hpa.v;
}

/* Reads of paging structures in the reference list. */
static inline unsigned layout_reads(const struct mmu *m)
{
	size_t count;
	const struct ref *r = mmu_refs(m, &count);
	unsigned reads = 0;

	for (size_t i = 0; i < count; i++)
		reads += r[i].kind <= REF_HLAT;
	return reads;
}

/* ---- Geometries ---- */

static inline struct cache_geometry layout_full(uint32_t entries)
{
	return (struct cache_geometry){ .sets = 1, .ways = entries };
}

static inline void layout_tlb(struct mmu_geometry *g, uint32_t entries)
{
	struct tlb_geometry *t = &g->tlb[g->tlbs++];

	*t = (struct tlb_geometry){ .name = "tlb",
				    .geometry = layout_full(entries),
				    .serves = TLB_FOR_ALL,
				    .level = 1 };
	for (unsigned size = 0; size < TLB_PAGES; size++)
		t->ways[size].count = (uint16_t)entries;
}

static inline int layout_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
