/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics of lists of references written by hand.
 */
#include "machine/walk_stats.h"

#include "host/suite.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define LEAF(level) ((level) << REF_LEAF_LEVEL_SHIFT)

static struct walk_stats stats;

static uint64_t sum(uint64_t (*pick)(const struct grid_cell *))
{
	uint64_t all = 0;

	for (unsigned i = 0; i < GRID_ROWS * GRID_COLUMNS; i++)
		all += pick(&stats.grid[0][0] + i);
	return all;
}

static uint64_t saved(const struct grid_cell *c)
{
	return c->saved_psc + c->saved_nested + c->saved_ept_psc;
}

static uint64_t made(const struct grid_cell *c)
{
	return c->made;
}

/* A guest PDE-cache hit on 4K EPT pages: three rows of five and the EPT walk to
 * the PTE's table; then a read and four EPT reads: 24 in all. */
static const struct ref pde_hit[] = {
	{ .kind = REF_SAVED_PSC, .guest_level = 2, .flags = LEAF(1) },
	{ .kind = REF_GUEST, .guest_level = 1 },
	{ .kind = REF_EPT, .ept_level = 4 },
	{ .kind = REF_EPT, .ept_level = 3 },
	{ .kind = REF_EPT, .ept_level = 2 },
	{ .kind = REF_EPT, .ept_level = 1 },
};

START_TEST(saved_by_psc)
{
	memset(&stats, 0, sizeof stats);
	walk_stats_add(&stats, pde_hit, LENGTH(pde_hit), true, 4, 4);
	ck_assert_uint_eq(sum(saved), 19);
	ck_assert_uint_eq(sum(made), 5);
	ck_assert_uint_eq(stats.grid[1][4].saved_psc, 1);
	ck_assert_uint_eq(stats.grid[1][0].saved_psc, 0);
	ck_assert_uint_eq(stats.references, 5);
	ck_assert_uint_eq(stats.walks, 1);
}
END_TEST

/* Native: no second dimension to save. */
START_TEST(saved_natively)
{
	memset(&stats, 0, sizeof stats);
	walk_stats_add(&stats,
	               (const struct ref[]){ { .kind = REF_SAVED_PSC, .guest_level = 3 },
	                                     { .kind = REF_GUEST, .guest_level = 2 },
	                                     { .kind = REF_GUEST, .guest_level = 1 } },
	               3, true, 4, 0);
	ck_assert_uint_eq(sum(saved), 2);
	ck_assert_uint_eq(sum(made), 2);
}
END_TEST

/* 2M EPT pages: an EPT walk is three reads; from the PDPTE cache, one of them. */
START_TEST(saved_in_ept)
{
	memset(&stats, 0, sizeof stats);
	walk_stats_add(&stats,
	               (const struct ref[]){
			       { .kind = REF_SAVED_NESTED, .guest_level = 4, .flags = LEAF(2) },
			       { .kind = REF_GUEST, .guest_level = 4 },
			       { .kind = REF_SAVED_EPT_PSC, .guest_level = 3, .ept_level = 3 },
			       { .kind = REF_EPT, .guest_level = 3, .ept_level = 2 } },
	               4, true, 4, 4);
	ck_assert_uint_eq(stats.grid[4][4].saved_nested, 1);
	ck_assert_uint_eq(stats.grid[4][2].saved_nested, 1);
	ck_assert_uint_eq(stats.grid[4][1].saved_nested, 0);
	ck_assert_uint_eq(stats.grid[3][4].saved_ept_psc, 1);
	ck_assert_uint_eq(stats.grid[3][3].saved_ept_psc, 1);
	ck_assert_uint_eq(stats.grid[3][2].saved_ept_psc, 0);
}
END_TEST

/* What caches saved before a full walk was not saved; what was read was read. */
START_TEST(full_walk)
{
	static const struct ref refs[] = {
		{ .kind = REF_SAVED_PSC, .guest_level = 2 },
		{ .kind = REF_GUEST, .guest_level = 1 },
		{ .kind = REF_FULL_WALK },
		{ .kind = REF_GUEST, .guest_level = 4 },
		{ .kind = REF_GUEST, .guest_level = 3 },
		{ .kind = REF_GUEST, .guest_level = 2 },
		{ .kind = REF_GUEST, .guest_level = 1 },
	};

	memset(&stats, 0, sizeof stats);
	walk_stats_add(&stats, refs, LENGTH(refs), true, 4, 0);
	ck_assert_uint_eq(sum(saved), 0);
	ck_assert_uint_eq(sum(made), 5);
	ck_assert_uint_eq(stats.full_walks, 1);
	/* One that ended in a fault saves nothing, and is counted apart. */
	walk_stats_add(&stats, pde_hit, LENGTH(pde_hit), false, 4, 4);
	ck_assert_uint_eq(sum(saved), 0);
	ck_assert_uint_eq(sum(made), 5);
	ck_assert_uint_eq(stats.walks, 1);
	ck_assert_uint_eq(stats.aborted_walks, 1);
	ck_assert_uint_eq(stats.aborted_references, 5);
	ck_assert_uint_eq(stats.per_walk.count, 1);
}
END_TEST

START_TEST(flags)
{
	static const struct ref refs[] = {
		{ .kind = REF_FLAG_GUEST, .flags = REF_A },
		{ .kind = REF_FLAG_GUEST, .flags = REF_A | REF_D },
		{ .kind = REF_FLAG_EPT, .flags = REF_D },
		{ .kind = REF_FLAG_EPT, .flags = REF_A | REF_D },
		{ .kind = REF_FLAG_EPT, .flags = REF_A | REF_D },
	};

	memset(&stats, 0, sizeof stats);
	walk_stats_add(&stats, refs, LENGTH(refs), true, 4, 4);
	ck_assert_uint_eq(stats.guest_a, 2);
	ck_assert_uint_eq(stats.guest_d, 1);
	ck_assert_uint_eq(stats.ept_a, 2);
	ck_assert_uint_eq(stats.ept_d, 3);
	ck_assert_uint_eq(stats.references, 0);
}
END_TEST

START_TEST(sums)
{
	memset(&stats, 0, sizeof stats);
	for (unsigned id = 0; id < TLB_STRUCTURES; id++)
		stats.tlb_hit[id] = UINT64_C(1) << id;
	stats.walks = 1000;
	stats.untranslated = 10000;
	walk_stats_sum(&stats);
	ck_assert_uint_eq(stats.tlb_hits, 63);
	ck_assert_uint_eq(stats.stlb_hits, 64 + 128);
	ck_assert_uint_eq(stats.translations, 255 + 11000);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("walk_stats");

	tcase_add_test(tests, saved_by_psc);
	tcase_add_test(tests, saved_natively);
	tcase_add_test(tests, saved_in_ept);
	tcase_add_test(tests, full_walk);
	tcase_add_test(tests, flags);
	tcase_add_test(tests, sums);
	return run_suite("walk_stats", tests);
}
