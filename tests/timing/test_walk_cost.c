/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What walks cost, against numbers that follow from the format alone: a cold
 * walk reads (n + 1)(m + 1) - 1 entries with n guest and m EPT levels, and what
 * caches leave over follows likewise. Each reference costs the same here, so
 * cycles are references times that.
 */
#include "base/assoc.h"
#include "host/random.h"
#include "machine/layout.h"
#include "model.h"

#include <eptsim/mmu.h>

#define REFERENCE 10 /* cycles */

static struct timing *fixed_cost(void)
{
	struct timing_config c = {
		.memory_latency = REFERENCE,
		.core = { .model = CORE_SERIAL, .width = 1 },
		.walker = { .count = 1 },
		.seed = 1,
	};

	return model(&c);
}

static const struct access read_8 = { .gva = { 0x12345678 }, .size = 8, .type = ACCESS_READ };

/* Translates and charges; the cycles of the walk, 0 for a TLB hit. */
static uint64_t charge(struct mmu *m, struct timing *t, const struct access *a)
{
	struct translation result;
	uint64_t before = t->stats.walk_cycles;
	size_t count;

	mmu_refs_clear(m);
	check_true(mmu_translate(m, a, &result) == OUTCOME_OK);
	const struct ref *refs = mmu_refs(m, &count);
	struct timing_access access = {
		.kind = TIMING_LOAD, .pages = 1, .size = a->size,
		.page[0] = { .hpa = result.page[0].hpa, .fill = result.page[0].fill,
			     .refs = refs, .count = count,
			     .source = result.page[0].source == SOURCE_NONE ? TIMING_WALK :
									      result.page[0].source },
	};

	timing_instruction(t, NULL);
	timing_access(t, &access);
	return t->stats.walk_cycles - before;
}

static struct mmu *mmu_of(const struct layout *l, const struct mmu_geometry *g)
{
	struct mmu *m = mmu_create(&l->arena.mem, g);
	struct translation t;

	check_true(m != NULL);
	check_true(mmu_enter(m, &l->state, true, &t) == OUTCOME_OK);
	return m;
}

/* ---- Cold walks ---- */

struct cell_row {
	enum paging_mode paging;
	uint8_t guest_shift;
	unsigned reads[5]; /* native, EPT 4K, 2M, 1G, 5-level EPT 4K */
};

static const struct cell_row cells[] = {
	{ PAGING_5LEVEL, PAGE_SHIFT_4K, { 5, 29, 23, 17, 35 } },
	{ PAGING_4LEVEL, PAGE_SHIFT_4K, { 4, 24, 19, 14, 29 } },
	{ PAGING_4LEVEL, PAGE_SHIFT_2M, { 3, 19, 15, 11, 23 } },
	{ PAGING_4LEVEL, PAGE_SHIFT_1G, { 2, 14, 11, 8, 17 } },
	{ PAGING_NONE, PAGE_SHIFT_4K, { 0, 4, 3, 2, 5 } },
	{ PAGING_PAE, PAGE_SHIFT_4K, { 2, 14, 11, 8, 17 } },
	{ PAGING_32BIT, PAGE_SHIFT_4K, { 2, 14, 11, 8, 17 } },
	{ PAGING_32BIT, PAGE_SHIFT_4M, { 1, 9, 7, 5, 11 } },
};
#define CELLS (sizeof cells / sizeof *cells)

static struct layout_config layout_of(const struct cell_row *row, unsigned column)
{
	static const uint8_t level[5] = { 1, 1, 2, 3, 1 };
	struct layout_config c = layout_config_default();

	c.paging = (uint8_t)row->paging;
	c.guest_shift = row->guest_shift;
	c.ept = column != 0;
	c.ept_levels = column == 4 ? 5 : 4;
	c.data_level = c.table_level = level[column];
	return c;
}

START_TEST(cold_walks)
{
	const struct cell_row *row = &cells[_i / 5];
	unsigned column = (unsigned)_i % 5, reads = row->reads[column];
	struct layout_config c = layout_of(row, column);
	struct mmu_geometry none = mmu_geometry_none();
	struct layout *l = calloc(1, sizeof *l);
	struct error err = { "" };

	ck_assert_msg(layout_init(l, &c, &read_8, &err), "%s", err.message);
	struct mmu *m = mmu_of(l, &none);
	struct timing *t = fixed_cost();

	ck_assert_uint_eq(charge(m, t, &read_8), REFERENCE * reads);
	ck_assert_uint_eq(charge(m, t, &read_8), REFERENCE * reads);
	struct timing_stats s = summary(t);
	uint64_t in_grid = 0, cycles = 0;

	for (unsigned i = 0; i < TIMING_ROWS; i++)
		for (unsigned j = 0; j < TIMING_COLUMNS; j++) {
			in_grid += s.grid[i][j].by[LEVEL_MEMORY];
			cycles += s.grid[i][j].cycles;
		}
	ck_assert_uint_eq(in_grid, 2 * reads);
	ck_assert_uint_eq(cycles, 2 * REFERENCE * reads);
	/* Two instructions, two loads of the data, two walks. */
	ck_assert_uint_eq(s.cycles, 2 * (1 + REFERENCE * (reads + 1)));
	model_free(t);
	mmu_destroy(m);
	layout_destroy(l);
	free(l);
}
END_TEST

/* The sum over the n + 1 GPAs of the depth of each, plus n. */
START_TEST(mixed_page_sizes)
{
	struct mmu_geometry none = mmu_geometry_none();
	struct error err = { "" };

	for (uint8_t table = 1; table <= 3; table++)
		for (uint8_t data = 1; data <= 3; data++) {
			struct layout_config c = layout_config_default();
			struct layout *l = calloc(1, sizeof *l);

			c.table_level = table;
			c.data_level = data;
			ck_assert_msg(layout_init(l, &c, &read_8, &err), "%s", err.message);
			struct mmu *m = mmu_of(l, &none);
			struct timing *t = fixed_cost();

			ck_assert_uint_eq(charge(m, t, &read_8),
					  REFERENCE * (4u * (5 - table) + (5 - data) + 4));
			model_free(t);
			mmu_destroy(m);
			layout_destroy(l);
			free(l);
		}
}
END_TEST

/* ---- What caches leave over ---- */

static struct cache_geometry full(uint32_t entries)
{
	return (struct cache_geometry){ .sets = 1, .ways = entries };
}

enum { GUEST_PDE = 1, EPT_PDE = 2, NESTED = 4 };

START_TEST(closed_forms)
{
	static const struct { unsigned caches, reads; } cases[] = {
		{ 0, 24 },
		{ GUEST_PDE, 1 + 4 },           /* the last entry; the data's EPT walk */
		{ NESTED, 4 },                  /* the guest's entries alone */
		{ GUEST_PDE | NESTED, 1 },
		{ GUEST_PDE | EPT_PDE, 2 },     /* the last entry of each */
		{ EPT_PDE, 4 + 5 },             /* each guest entry, the last of each EPT walk */
	};
	struct layout_config c = layout_config_default();
	struct error err = { "" };

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mmu_geometry g = mmu_geometry_none();
		struct layout *l = calloc(1, sizeof *l);

		g.guest_psc[2] = full(cases[i].caches & GUEST_PDE ? 32 : 0);
		g.ept_psc[2] = full(cases[i].caches & EPT_PDE ? 32 : 0);
		g.nested = full(cases[i].caches & NESTED ? 64 : 0);
		ck_assert_msg(layout_init(l, &c, &read_8, &err), "%s", err.message);
		struct mmu *m = mmu_of(l, &g);
		struct timing *t = fixed_cost();

		charge(m, t, &read_8);
		ck_assert_uint_eq(charge(m, t, &read_8), REFERENCE * cases[i].reads);
		model_free(t);
		mmu_destroy(m);
		layout_destroy(l);
		free(l);
	}
}
END_TEST

/* ---- Many pages, native ---- */

#define PDES 512u
#define TABLES_AT (UINT64_C(16) << 20)

/* 1 GiB of 4K pages from linear address 0 on: one PML4E, one PDPTE, 512 PDEs. Every
 * page is the same frame; nobody reads it. */
static void build_gigabyte(struct arena *a)
{
	uint64_t flags = PTE_P | PTE_RW | PTE_US | PTE_A, table = TABLES_AT + 3 * PAGE_SIZE_4K;

	mem_write64(&a->mem, hpa(TABLES_AT), (TABLES_AT + PAGE_SIZE_4K) | flags);
	mem_write64(&a->mem, hpa(TABLES_AT + PAGE_SIZE_4K), (TABLES_AT + 2 * PAGE_SIZE_4K) | flags);
	for (unsigned i = 0; i < PDES; i++, table += PAGE_SIZE_4K) {
		mem_write64(&a->mem, hpa(TABLES_AT + 2 * PAGE_SIZE_4K + 8 * i), table | flags);
		for (unsigned j = 0; j < 512; j++)
			mem_write64(&a->mem, hpa(table + 8 * j), flags | PTE_D);
	}
}

static struct mmu *native_mmu(struct arena *a, const struct mmu_geometry *g)
{
	struct paging_state s = layout_config_default().state;
	struct translation t;
	struct mmu *m;

	s.cr0 |= CR0_PG;
	s.cr3 = TABLES_AT;
	s.cr4 = CR4_PAE;
	s.efer |= EFER_LME | EFER_LMA;
	s.cs_l = true;
	build_gigabyte(a);
	m = mmu_create(&a->mem, g);
	check_true(m && mmu_enter(m, &s, true, &t) == OUTCOME_OK);
	return m;
}

/* One PDE, PDPTE and PML4E entry: 1 + 1/512 + 1/512^2 loads a walk, and the first
 * of all reads the whole way. */
START_TEST(sequential_pages)
{
	struct mmu_geometry g = mmu_geometry_none();
	struct arena a;
	struct access access = read_8;

	g.guest_psc[2] = g.guest_psc[3] = g.guest_psc[4] = full(1);
	check_true(arena_init(&a, UINT64_C(32) << 20, 0, NULL));
	struct mmu *m = native_mmu(&a, &g);
	struct timing *t = fixed_cost();
	uint64_t pages = 512u * PDES;

	for (uint64_t i = 0; i < pages; i++) {
		access.gva = gva(i << PAGE_SHIFT_4K);
		charge(m, t, &access);
	}
	struct timing_stats s = summary(t);

	ck_assert_uint_eq(s.walks, pages);
	ck_assert_uint_eq(s.walk_cycles, REFERENCE * (pages + pages / 512 + pages / 512 / 512 + 1));
	ck_assert_double_eq_tol((double)s.walk_references / (double)s.walks, 1.00196, 0.00001);
	model_free(t);
	mmu_destroy(m);
	arena_destroy(&a);
}
END_TEST

/* Uniform over S bytes, E entries: a PDE is missed with probability 1 - E * 2M / S. */
START_TEST(random_pages)
{
	static const unsigned entries[] = { 32, 128, 256 };
	struct arena a;
	struct access access = read_8;

	check_true(arena_init(&a, UINT64_C(32) << 20, 0, NULL));
	for (unsigned i = 0; i < 3; i++) {
		struct mmu_geometry g = mmu_geometry_none();
		struct random random;
		double misses;

		g.guest_psc[2] = full(entries[i]);
		g.guest_psc[3] = full(4);
		struct mmu *m = native_mmu(&a, &g);
		struct timing *t = fixed_cost();

		random_seed(&random, 1);
		for (unsigned n = 0; n < 200000; n++) {
			if (n == 20000)
				timing_restart(t); /* what follows is the long run */
			access.gva = gva(random_below(&random, UINT64_C(1) << 30) & ~UINT64_C(7));
			charge(m, t, &access);
		}
		/* A walk reads the PTE, and the PDE when that is missed. */
		misses = (double)t->stats.walk_references / (double)t->stats.walks - 1;
		ck_assert_double_eq_tol(misses, 1 - entries[i] / (double)PDES, 0.005);
		model_free(t);
		mmu_destroy(m);
	}
	arena_destroy(&a);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("walk cost");

	tcase_add_loop_test(tests, cold_walks, 0, CELLS * 5);
	tcase_add_test(tests, mixed_page_sizes);
	tcase_add_test(tests, closed_forms);
	tcase_add_test(tests, sequential_pages);
	tcase_add_test(tests, random_pages);
	return run_suite("walk cost", tests);
}
