/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How many paging-structure entries a translation reads: cold, for every mode
 * and page size, and the closed forms with one cache or two.
 */
#include "mmu/layout.h"

#include "base/assoc.h"

#include <math.h>

#define GVA UINT64_C(0x40001000) /* below 4G, so that it suits every mode */

/* ---- Cold walks ---- */

/* Guest modes by what they read; `level`: of the leaf. */
static const struct guest_row {
	const char *name;
	uint8_t mode, level, reads;
	/* Published: native; EPT 4K, 2M, 1G of 4 levels; 4K of 5 levels. */
	uint8_t expected[5];
} guest_rows[] = {
	{ "5-level 4K", PAGING_5LEVEL, 1, 5, { 5, 29, 23, 17, 35 } },
	{ "5-level 2M", PAGING_5LEVEL, 2, 4, { 4, 24, 19, 14, 29 } },
	{ "5-level 1G", PAGING_5LEVEL, 3, 3, { 3, 19, 15, 11, 23 } },
	{ "4K", PAGING_4LEVEL, 1, 4, { 4, 24, 19, 14, 29 } },
	{ "2M", PAGING_4LEVEL, 2, 3, { 3, 19, 15, 11, 23 } },
	{ "1G", PAGING_4LEVEL, 3, 2, { 2, 14, 11, 8, 17 } },
	{ "paging off", PAGING_NONE, 0, 0, { 0, 4, 3, 2, 5 } },
	{ "PAE 4K", PAGING_PAE, 1, 2, { 2, 14, 11, 8, 17 } },
	{ "PAE 2M", PAGING_PAE, 2, 1, { 1, 9, 7, 5, 11 } },
	{ "32-bit 4K", PAGING_32BIT, 1, 2, { 2, 14, 11, 8, 17 } },
	{ "32-bit 4M", PAGING_32BIT, 2, 1, { 1, 9, 7, 5, 11 } },
};
#define GUEST_ROWS ((int)(sizeof guest_rows / sizeof guest_rows[0]))

/* The columns of the table, and the two that follow from its formula. */
static const struct ept_column {
	const char *name;
	uint8_t levels, page; /* 0 levels: native */
} ept_columns[] = {
	{ "native", 0, 0 },	    { "EPT 4K", 4, 1 },		{ "EPT 2M", 4, 2 },	{ "EPT 1G", 4, 3 },
	{ "5-level EPT 4K", 5, 1 }, { "5-level EPT 2M", 5, 2 }, { "5-level EPT 1G", 5, 3 },
};
#define EPT_COLUMNS ((int)(sizeof ept_columns / sizeof ept_columns[0]))

struct machine {
	struct layout l;
	struct tree guest, ept;
	struct mmu *m;
};

/* Maps GVA in this mode; the guest table of each level, and the page (where[0]),
 * at the place that `where` says; translates once, without any cache. */
static void cold_read(struct machine *x, const struct guest_row *row, unsigned ept_levels,
		      const uint8_t where[7])
{
	struct mmu_geometry none = mmu_geometry_none();
	uint64_t base = where[0] * G1, gva_used = GVA;
	struct paging_state s = layout_state(row->mode, 0);

	layout_init(&x->l, 8);
	if (row->mode == PAGING_NONE) {
		gva_used = base + 0x5000;
	} else {
		x->guest = tree_guest(&x->l, row->mode);
		memcpy(x->guest.where, where, 7);
		s.cr3 = x->guest.root + where[x->guest.levels] * G1;
		/* A page larger than 4K begins at the place's begin. */
		tree_set(&x->guest, row->level, GVA,
			 guest_leaf(base + (row->level == 1 ? 0x5000 : 0), row->level));
	}
	if (ept_levels) {
		x->ept = tree_ept(&x->l, ept_levels);
		layout_map_tables(&x->ept);
		layout_use_ept(&s, &x->ept);
	}
	x->m = mmu_create(&x->l.mem, &none);
	ck_assert_ptr_nonnull(x->m);
	layout_enter(x->m, &s);
	mmu_refs_clear(x->m); /* PAE: the loads of the PDPTE registers are no part of a walk */
	layout_read(x->m, gva_used);
}

static void machine_free(struct machine *x)
{
	mmu_destroy(x->m);
	layout_free(&x->l);
}

/* Each reference is made for the right cell of the grid, in the right order:
 * for each guest level an EPT walk and the entry, then the final EPT walk. */
static void check_order(const struct machine *x, const struct guest_row *row, unsigned ept_levels,
			const uint8_t depth[7])
{
	size_t count, i = 0;
	const struct ref *r = mmu_refs(x->m, &count);

	for (int level = row->reads ? row->reads + row->level - 1 : 0; level >= 0; level--) {
		bool final = level < row->level || row->reads == 0;

		for (unsigned e = ept_levels; ept_levels && e > ept_levels - depth[final ? 0 : level];
		     e--, i++)
			expect(i < count && r[i].kind == REF_EPT && r[i].ept_level == e &&
				       r[i].guest_level == (final ? REF_ROW_DATA : level),
			       "%s: reference %zu", row->name, i);
		if (final)
			break;
		expect(i < count && r[i].kind == REF_GUEST && r[i].guest_level == level &&
			       r[i].ept_level == 0,
		       "%s: reference %zu", row->name, i);
		i++;
	}
	ck_assert_uint_eq(i, count);
}

START_TEST(cold)
{
	const struct guest_row *row = &guest_rows[_i];

	for (int c = 0; c < EPT_COLUMNS; c++) {
		const struct ept_column *col = &ept_columns[c];
		unsigned n = row->reads, depth = col->levels ? col->levels - col->page + 1u : 0;
		unsigned expected = col->levels ? (n + 1) * (depth + 1) - 1 : n;
		uint8_t where[7], depths[7];
		struct machine x;

		memset(where, col->levels ? col->page - 1 : 0, sizeof where);
		memset(depths, (int)depth, sizeof depths);
		if (c < 5)
			ck_assert_uint_eq(expected, row->expected[c]);
		cold_read(&x, row, col->levels, where);
		ck_assert_msg(layout_reads(x.m) == expected, "%s, %s: %u reads, not %u", row->name,
			      col->name, layout_reads(x.m), expected);
		check_order(&x, row, col->levels, depths);
		machine_free(&x);
	}
}
END_TEST

/* Mixed EPT page sizes: the depth of each of the n + 1 GPAs, plus n. */
START_TEST(cold_mixed)
{
	const struct guest_row *row = &guest_rows[_i];
	uint64_t random = random_seed();

	for (int round = 0; round < 40; round++) {
		unsigned levels = 4 + round % 2, expected = row->reads;
		uint8_t where[7], depths[7];
		struct machine x;

		for (unsigned i = 0; i < 7; i++) {
			where[i] = (uint8_t)random_below(&random, 3);
			depths[i] = (uint8_t)(levels - where[i]);
		}
		expected += depths[0];
		for (unsigned l = row->level; l < row->level + row->reads && row->reads; l++)
			expected += depths[l];
		cold_read(&x, row, levels, where);
		ck_assert_uint_eq(layout_reads(x.m), expected);
		check_order(&x, row, levels, depths);
		machine_free(&x);
	}
}
END_TEST

/* PAE: four plain reads, each with an EPT walk of its own, when CR3 is loaded. */
START_TEST(pdpte_loads)
{
	static const uint8_t where[7];
	struct machine x;
	struct paging_state s;
	size_t count;
	unsigned kinds[REF_KINDS] = { 0 };

	cold_read(&x, &guest_rows[7], 4, where);
	s = *mmu_state(x.m);
	mmu_destroy(x.m);
	x.m = mmu_create(&x.l.mem, &(struct mmu_geometry){ .tlbs = 0 });
	layout_enter(x.m, &s);
	const struct ref *r = mmu_refs(x.m, &count);

	for (size_t i = 0; i < count; i++)
		kinds[r[i].kind]++;
	ck_assert_uint_eq(kinds[REF_PDPTE], 4);
	ck_assert_uint_eq(kinds[REF_EPT], 16);
	ck_assert_uint_eq(count, 20);
	machine_free(&x);
}
END_TEST

/* ---- With caches ---- */

/* 4 on 4 levels, 4K pages everywhere; the second access finds what the first has
 * left, in structures of one kind or two. */
#define HAS_PDE 1
#define HAS_EPT_PDE 2
#define HAS_NESTED 4

static const struct closed_form {
	const char *name;
	unsigned has;
	uint64_t first, second;
	unsigned reads;
} closed_forms[] = {
	{ "no cache", 0, GVA, GVA, 24 },
	{ "guest PDE hit, nothing nested", HAS_PDE, GVA, GVA + 0x1000, 5 },
	{ "guest PDE of the next 2M", HAS_PDE, GVA, GVA + M2, 24 },
	{ "perfect nested TLB only", HAS_NESTED, GVA, GVA, 4 },
	{ "guest PDE hit, perfect nested TLB", HAS_PDE | HAS_NESTED, GVA, GVA, 1 },
	{ "guest PDE hit, EPT PDE hit", HAS_PDE | HAS_EPT_PDE, GVA, GVA + 0x1000, 2 },
	/* Every GPA by its leaf alone: 5 EPT leaves, 4 guest entries. */
	{ "EPT PDE hits only", HAS_EPT_PDE, GVA, GVA + 0x1000, 9 },
};

START_TEST(closed_form)
{
	const struct closed_form *f = &closed_forms[_i];
	struct mmu_geometry g = { .seed = 1 };
	struct layout l;

	if (f->has & HAS_PDE)
		g.guest_psc[2] = layout_full(8);
	if (f->has & HAS_EPT_PDE)
		g.ept_psc[2] = layout_full(8);
	if (f->has & HAS_NESTED)
		g.nested = layout_full(16);
	layout_init(&l, 8);
	struct tree guest = tree_guest(&l, PAGING_4LEVEL), ept = tree_ept(&l, 4);

	layout_map_tables(&ept);
	for (unsigned i = 0; i < 4; i++)
		tree_set(&guest, 1, GVA + i % 2 * PAGE_SIZE_4K + i / 2 * M2,
			 guest_leaf(0x5000 + i * PAGE_SIZE_4K, 1));
	struct paging_state s = layout_state(PAGING_4LEVEL, guest.root);
	struct mmu *m = mmu_create(&l.mem, &g);

	layout_use_ept(&s, &ept);
	layout_enter(m, &s);
	layout_read(m, f->first);
	mmu_refs_clear(m);
	layout_read(m, f->second);
	ck_assert_msg(layout_reads(m) == f->reads, "%s: %u reads, not %u", f->name, layout_reads(m),
		      f->reads);
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

/* All of the linear-address space on one page table, one directory, ...: how
 * often tables are read does not depend on how many there are. */
static void map_everything(struct tree *guest)
{
	uint64_t table = guest->root;

	for (unsigned level = 4; level >= 1; level--) {
		uint64_t below = level > 1 ? layout_frame(guest->l) : 0x5000;

		for (unsigned i = 0; i < 512; i++)
			tree_write(guest, table + 8 * i, below | FLAGS_ALL | (level == 1 ? PTE_D : 0));
		table = below;
	}
}

/* One entry a level: a sequential stream reads a PTE a page, a PDE every 512,
 * a PDPTE every 512^2, ...: 1 + 1/512 + 1/512^2 + ... */
START_TEST(sequential)
{
	struct mmu_geometry g = { .seed = 1 };
	const uint64_t pages = UINT64_C(1) << 22, first = (UINT64_C(1) << 39) - pages / 2 * PAGE_SIZE_4K;
	uint64_t reads = 0, expected = 0;
	struct layout l;

	for (unsigned level = 2; level <= 4; level++)
		g.guest_psc[level] = layout_full(1);
	layout_init(&l, 1);
	struct tree guest = tree_guest(&l, PAGING_4LEVEL);

	map_everything(&guest);
	struct paging_state s = layout_state(PAGING_4LEVEL, guest.root);
	struct mmu *m = mmu_create(&l.mem, &g);

	layout_enter(m, &s);
	for (uint64_t i = 0; i < pages; i++) {
		layout_read(m, first + i * PAGE_SIZE_4K);
		reads += layout_reads(m);
		mmu_refs_clear(m);
	}
	/* Tables begun: both halves begin one of each kind. */
	for (uint64_t span = 1; span <= UINT64_C(1) << 27; span *= 512)
		expected += pages / span > 2 ? pages / span : 2;
	ck_assert_uint_eq(reads, expected);
	double a_walk = (double)reads / (double)pages;

	ck_assert_msg(fabs(a_walk - 1.00196) < 0.00001, "%f loads a walk", a_walk);
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

/* Uniform random over S bytes: a fully associative PDE cache of E entries misses
 * 1 - E * 2M / S of the time, whatever the replacement. */
static const struct uniform {
	uint32_t entries, regions;
	uint8_t policy;
} uniforms[] = {
	{ 32, 64, ASSOC_LRU },	 { 32, 512, ASSOC_LRU },     { 4, 5, ASSOC_LRU },
	{ 32, 128, ASSOC_FIFO }, { 32, 128, ASSOC_RANDOM }, { 32, 128, ASSOC_TREE_PLRU },
};

START_TEST(uniform)
{
	const struct uniform *u = &uniforms[_i];
	struct mmu_geometry g = { .seed = 1 };
	const unsigned accesses = 400000;
	uint64_t random = random_seed();
	unsigned misses = 0;
	struct layout l;

	g.guest_psc[2] = (struct cache_geometry){ .sets = 1, .ways = u->entries, .policy = u->policy };
	layout_init(&l, 1);
	struct tree guest = tree_guest(&l, PAGING_4LEVEL);

	map_everything(&guest);
	struct paging_state s = layout_state(PAGING_4LEVEL, guest.root);
	struct mmu *m = mmu_create(&l.mem, &g);

	layout_enter(m, &s);
	for (unsigned i = 0; i < accesses; i++) {
		layout_read(m, random_below(&random, u->regions * M2));
		/* The first accesses find the cache empty. */
		misses += i >= 10000 && layout_reads(m) == 4;
		mmu_refs_clear(m);
	}
	double n = accesses - 10000, expected = 1 - (double)u->entries / u->regions;
	double error = sqrt(expected * (1 - expected) / n), got = misses / n;

	ck_assert_msg(fabs(got - expected) < 5 * error, "miss rate %f, not %f +- %f", got, expected, error);
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("walk counts");
	TCase *tc = tcase_create("walk counts");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, cold, 0, GUEST_ROWS);
	tcase_add_loop_test(tc, cold_mixed, 0, GUEST_ROWS);
	tcase_add_test(tc, pdpte_loads);
	tcase_add_loop_test(tc, closed_form, 0, sizeof closed_forms / sizeof closed_forms[0]);
	tcase_add_test(tc, sequential);
	tcase_add_loop_test(tc, uniform, 0, sizeof uniforms / sizeof uniforms[0]);
	suite_add_tcase(suite, tc);
	return layout_run(suite);
}
