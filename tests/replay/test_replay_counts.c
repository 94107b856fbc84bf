/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How many references walks make: the table and the closed forms of the
 * specification's section "Exact results a test must pin". The expected
 * numbers are worked out by hand, none by the simulator.
 */
#include "replay/fixture.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define BASE UINT64_C(0x40000000)

/* ---- Reads per cold walk ---- */

static const struct {
	const char *guest;
	unsigned n;           /* guest levels read */
	unsigned expected[5]; /* native, EPT 4K, EPT 2M, EPT 1G, 5-level EPT 4K */
} cold[] = {
	{ "guest.levels=5 guest.page=4k ", 5, { 5, 29, 23, 17, 35 } },
	{ "guest.levels=4 guest.page=4k ", 4, { 4, 24, 19, 14, 29 } },
	{ "guest.levels=4 guest.page=2m ", 3, { 3, 19, 15, 11, 23 } },
	{ "guest.levels=4 guest.page=1g ", 2, { 2, 14, 11, 8, 17 } },
};

static const char *const hosts[] = { "mode=native", "ept.page=4k", "ept.page=2m", "ept.page=1g",
	                             "ept.page=4k ept.levels=5" };

START_TEST(every_cold_walk)
{
	for (unsigned host = 0; host < LENGTH(hosts); host++) {
		struct fixture f;
		char settings[2048];

		snprintf(settings, sizeof settings, "%s%s%s", NO_CACHES, cold[_i].guest,
		         hosts[host]);
		fixture_begin(&f, settings);
		/* Each of ten accesses walks: nothing remembers the first. */
		for (unsigned i = 0; i < 10; i++)
			fixture_access(&f, TRACE_WRITE, BASE + 8 * i);
		const struct walk_stats *s = fixture_walks(&f);

		ck_assert_uint_eq(s->walks, 10);
		ck_assert_msg(s->references == 10 * cold[_i].expected[host],
		              "%s %s: %lu references of ten walks, expected %u", cold[_i].guest,
		              hosts[host], s->references, 10 * cold[_i].expected[host]);
		ck_assert_uint_eq(s->per_walk.min, cold[_i].expected[host]);
		ck_assert_uint_eq(s->per_walk.max, cold[_i].expected[host]);
		fixture_end(&f);
	}
}
END_TEST

/* The 24 references, cell by cell. */
START_TEST(grid_of_24)
{
	struct fixture f;

	fixture_begin(&f, NO_CACHES);
	fixture_access(&f, TRACE_READ, BASE);
	const struct walk_stats *s = fixture_walks(&f);

	for (unsigned row = 0; row < GRID_ROWS; row++)
		for (unsigned column = 0; column < GRID_COLUMNS; column++) {
			bool there = row <= 4 && column <= 4 && !(row == 0 && column == 0);

			ck_assert_uint_eq(s->grid[row][column].made, there);
		}
	fixture_end(&f);
}
END_TEST

/* An access that crosses into a second page, both new, without any cache. Attempts:
 * first page's fault at the PML4E (5 references), its violation (24), then each
 * time it is found (24) and the second page's fault at the PTE (20), violation
 * (24), success (24). */
START_TEST(crossing_a_page)
{
	struct fixture f;

	fixture_begin(&f, NO_CACHES);
	fixture_access(&f, TRACE_WRITE, BASE + PAGE_SIZE_4K - 4);
	const struct walk_stats *s = fixture_walks(&f);

	ck_assert_uint_eq(s->walks, 4);
	ck_assert_uint_eq(s->references, 4 * 24);
	ck_assert_uint_eq(s->per_walk.max, 24);
	ck_assert_uint_eq(s->aborted_walks, 4);
	ck_assert_uint_eq(s->aborted_references, 5 + 24 + 20 + 24);
	fixture_end(&f);
}
END_TEST

/* ---- With caches ---- */

/* Touches the pages once, so that they are mapped and backed, and counts what
 * follows. */
static void forget(struct fixture *f)
{
	memset(&f->replay.machine.walk, 0, sizeof f->replay.machine.walk);
}

#define GUEST_PDE_ONLY "psc.guest.pde.ways=4 "
#define NESTED "nested.sets=1 nested.ways=1024 "
#define EPT_PDE "psc.ept.pde.sets=1 psc.ept.pde.ways=64 "

/* Which caches there are, and the references of a walk when they all hit. */
static const struct {
	const char *caches;
	unsigned expected;
} warm[] = {
	{ NO_CACHES GUEST_PDE_ONLY, 5 }, /* 1 + 4 */
	{ NO_CACHES NESTED, 4 },         /* a perfect nested TLB: n */
	{ NO_CACHES GUEST_PDE_ONLY NESTED, 1 },
	{ NO_CACHES GUEST_PDE_ONLY EPT_PDE, 2 },
};

START_TEST(every_warm_walk)
{
	struct fixture f;

	fixture_begin(&f, warm[_i].caches);
	for (unsigned round = 0; round < 3; round++) {
		forget(&f);
		for (unsigned page = 0; page < 64; page++)
			fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	}
	ck_assert_uint_eq(fixture_walks(&f)->walks, 64);
	ck_assert_uint_eq(fixture_walks(&f)->per_walk.min, warm[_i].expected);
	ck_assert_uint_eq(fixture_walks(&f)->per_walk.max, warm[_i].expected);
	fixture_end(&f);
}
END_TEST

/* What a cache saved and what was made are together what no cache would have
 * made: 24 a walk. */
START_TEST(made_and_saved_are_24)
{
	struct fixture f;

	fixture_begin(&f, warm[_i].caches);
	for (unsigned page = 0; page < 64; page++)
		fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	forget(&f);
	for (unsigned page = 0; page < 64; page++)
		fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	for (unsigned row = 0; row <= 4; row++)
		for (unsigned column = row ? 0 : 1; column <= 4; column++) {
			const struct grid_cell *c = &fixture_walks(&f)->grid[row][column];

			ck_assert_uint_eq(c->made + c->saved_psc + c->saved_nested +
			                          c->saved_ept_psc,
			                  64);
		}
	fixture_end(&f);
}
END_TEST

/* A sequential 4K-page stream, one entry a level, native: 1 + 1/512 + 1/512^2
 * loads a walk in the long run. Over 2^18 pages (1 GiB, aligned): every page
 * its PTE, every 512th its PDE, and once each a PDPTE and a PML4E. */
START_TEST(sequential_stream)
{
	enum { PAGES = 1 << 18 };
	struct fixture f;

	fixture_begin(&f, NO_CACHES "mode=native psc.guest.pml4e.sets=1 psc.guest.pml4e.ways=1 "
	                            "psc.guest.pdpte.sets=1 psc.guest.pdpte.ways=1 "
	                            "psc.guest.pde.sets=1 psc.guest.pde.ways=1");
	for (uint64_t page = 0; page < PAGES; page++)
		fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	/* From another gigabyte and 512G, so that the stream starts cold. */
	fixture_access(&f, TRACE_READ, UINT64_C(0x500000000000));
	forget(&f);
	for (uint64_t page = 0; page < PAGES; page++)
		fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	ck_assert_uint_eq(fixture_walks(&f)->walks, PAGES);
	ck_assert_uint_eq(fixture_walks(&f)->references, PAGES + PAGES / 512 + 1 + 1);
	double mean = (double)fixture_walks(&f)->references / PAGES;

	ck_assert_double_eq_tol(mean, 1.00196, 0.00001);
	fixture_end(&f);
}
END_TEST

/* Uniform random accesses over S bytes, a fully associative PDE cache of E
 * entries: PDE misses 1 - E x 2 MiB / S of the walks. */
START_TEST(random_pde_misses)
{
	enum { PAGES = 1 << 16, WALKS = 200000 }; /* S = 256 MiB, 128 PDEs */
	struct fixture f;
	struct random random;

	fixture_begin(&f, NO_CACHES "mode=native psc.guest.pde.sets=1 psc.guest.pde.ways=32 "
	                            "psc.guest.pdpte.ways=4 psc.guest.pml4e.ways=2");
	for (uint64_t page = 0; page < PAGES; page++)
		fixture_access(&f, TRACE_READ, BASE + page * PAGE_SIZE_4K);
	random_seed(&random, 7);
	forget(&f);
	for (unsigned i = 0; i < WALKS; i++)
		fixture_access(&f, TRACE_READ, BASE + random_below(&random, PAGES) * PAGE_SIZE_4K);
	/* A PDE miss is one load more: the PDPTE cache always hits. */
	double misses = (double)fixture_walks(&f)->references / WALKS - 1;

	/* Three standard deviations of 200000 draws of 0.75. */
	ck_assert_double_eq_tol(misses, 0.75, 0.003);
	fixture_end(&f);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("replay_counts");

	tcase_add_loop_test(tests, every_cold_walk, 0, LENGTH(cold));
	tcase_add_test(tests, grid_of_24);
	tcase_add_test(tests, crossing_a_page);
	tcase_add_loop_test(tests, every_warm_walk, 0, LENGTH(warm));
	tcase_add_loop_test(tests, made_and_saved_are_24, 0, LENGTH(warm));
	tcase_add_test(tests, sequential_stream);
	tcase_add_test(tests, random_pde_misses);
	return run_suite("replay_counts", tests);
}
