/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Page policies of the guest kernel and of the hypervisor: which pages a given
 * use of memory makes.
 */
#include "replay/fixture.h"

#include "mmu/regime.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

#define M2 "0x200000"

static const struct row {
	const char *name, *settings, *trace;
	uint64_t guest[3], host[3]; /* pages of 4K, 2M, 1G */
	uint64_t unmapped, splits;
} rows[] = {
	/* A guest's tables are 4 frames, its data one. */
	{ "4k", "", "r 0x40000000 8\n", { 1 }, { 5 }, 0, 0 },
	{ "4k on 2m", "ept.page=2m", "r 0x40000000 8\n", { 1 }, { 0, 1 }, 0, 0 },
	{ "4k on 1g", "ept.page=1g", "r 0x40000000 8\n", { 1 }, { 0, 0, 1 }, 0, 0 },
	{ "2m: every address of it",
	  "guest.page=2m",
	  "r 0x40000000 8\nr 0x401ffff8 8\n",
	  { 0, 1 },
	  { 4 + 1 },
	  0,
	  0 },
	{ "2m on 2m",
	  "guest.page=2m ept.page=2m",
	  "r 0x40000000 8\nw 0x40200000 8\n",
	  { 0, 2 },
	  { 0, 3 },
	  0,
	  0 },
	{ "1g on 1g",
	  "guest.page=1g ept.page=1g",
	  "r 0x40000000 8\nw 0x7fffffff 1\n",
	  { 0, 0, 1 },
	  { 0, 0, 2 },
	  0,
	  0 },
	{ "native has no second dimension",
	  "mode=native guest.page=thp",
	  "r 0x40000000 8\n",
	  { 0, 1 },
	  { 0 },
	  0,
	  0 },
	{ "2m where the region is as large, else 4k",
	  "guest.page=2m mode=native",
	  "map 0x1ff000 0x202000 rw\nr 0x1ff000 8\nr 0x200000 8\nr 0x3ffff8 8\nr 0x400000 8\n",
	  { 2, 1 },
	  { 0 },
	  0,
	  0 },
	{ "two maps with equal rights are one region",
	  "guest.page=2m mode=native",
	  "map 0x200000 0x100000 rw\nmap 0x300000 0x100000 rw\nr 0x200000 8\n",
	  { 0, 1 },
	  { 0 },
	  0,
	  0 },
	{ "with other rights they are not",
	  "guest.page=2m mode=native",
	  "map 0x200000 0x100000 rw\nmap 0x300000 0x100000 r\nr 0x200000 8\nr 0x3ff000 8\n",
	  { 2 },
	  { 0 },
	  0,
	  0 },
	{ "4k pages in the way of a large one",
	  "guest.page=thp mode=native",
	  "map 0x200000 4096 rw\nr 0x200000 8\nmap 0x201000 0x1ff000 rw\nr 0x300000 8\n",
	  { 2 },
	  { 0 },
	  0,
	  0 },
	{ "unmap of a part splits",
	  "guest.page=2m mode=native",
	  "r 0x200000 8\nunmap 0x201000 4096\n",
	  { 0, 1 },
	  { 0 },
	  1,
	  1 },
	{ "unmap of a part of 1g splits twice",
	  "guest.page=1g mode=native",
	  "r 0x40000000 8\nunmap 0x40201000 0x2000\n",
	  { 0, 0, 1 },
	  { 0 },
	  2,
	  2 },
	{ "unmap of all is one page",
	  "guest.page=2m mode=native",
	  "r 0x200000 8\nunmap 0x200000 0x200000\n",
	  { 0, 1 },
	  { 0 },
	  1,
	  0 },
	{ "unmap of everything",
	  "mode=native",
	  "r 0x1000 8\nr 0x7ffffffff000 8\nr 0xffff800000000000 8 cpl=0\n"
	  "unmap 0x0 0x8000000000000000\nunmap 0x8000000000000000 0x8000000000000000\n",
	  { 3 },
	  { 0 },
	  3,
	  0 },
	{ "no 2M block: thp takes 4k",
	  "guest.page=thp guest.frames=fragmented "
	  "guest.fragmentation=1 ept.page=2m",
	  "r 0x40000000 8\n",
	  { 1 },
	  { 0, 1 },
	  0,
	  0 },
	{ "the hypervisor's thp takes 4k",
	  "ept.page=thp host.frames=fragmented "
	  "host.fragmentation=1",
	  "r 0x40000000 8\n",
	  { 1 },
	  { 5 },
	  0,
	  0 },
	{ "the end of the guest's memory is smaller than a page",
	  "guest.memory=1028K ept.page=2m",
	  "r 0x40000000 8\n",
	  { 1 },
	  { 5 },
	  0,
	  0 },
	{ "populate",
	  "mode=native guest.populate=on guest.page=thp",
	  "map 0x1ff000 0x202000 rw\n",
	  { 2, 1 },
	  { 0 },
	  0,
	  0 },
};

static void compare(const struct row *row, const char *who, const uint64_t expected[3], uint64_t k4,
                    uint64_t m2, uint64_t g1)
{
	ck_assert_msg(k4 == expected[0] && m2 == expected[1] && g1 == expected[2],
	              "%s, %s: %lu, %lu, %lu pages of 4K, 2M, 1G, expected %lu, %lu, %lu",
	              row->name, who, k4, m2, g1, expected[0], expected[1], expected[2]);
}

START_TEST(every_row)
{
	const struct row *row = &rows[_i];
	struct fixture f;

	fixture_begin(&f, row->settings);
	fixture_replay(&f, row->trace);
	const struct guest_stats *g = &f.replay.guest.stats;
	const struct hv_stats *h = &f.replay.hv.stats;

	compare(row, "guest", row->guest, g->pages_4k, g->pages_2m, g->pages_1g);
	compare(row, "hypervisor", row->host, h->pages_4k, h->pages_2m, h->pages_1g);
	ck_assert_uint_eq(g->unmapped, row->unmapped);
	ck_assert_uint_eq(g->splits, row->splits);
	ck_assert_uint_eq(f.replay.machine.outcome.unresolved, 0);
	fixture_end(&f);
}
END_TEST

/* The pieces of a split page map what the page mapped. */
START_TEST(pieces_of_a_split)
{
	struct fixture f;

	fixture_begin(&f, "guest.page=1g mode=native");
	fixture_replay(&f, "w 0x40000000 8\n");
	struct page_table *t = &f.replay.guest.current->process->space->table;
	uint64_t base = page_table_find(t, gva(0x40000000)).entry & PTE_ADDRESS;

	fixture_replay(&f, "unmap 0x40201000 4096\n");
	struct page_table_leaf large = page_table_find(t, gva(0x40600000));
	struct page_table_leaf small = page_table_find(t, gva(0x40203000));

	ck_assert_uint_eq(large.level, 2);
	ck_assert_uint_eq(large.entry,
	                  (base + 0x600000) | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_PS);
	ck_assert_uint_eq(small.level, 1);
	ck_assert_uint_eq(small.entry, (base + 0x203000) | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);
	ck_assert(!page_table_find(t, gva(0x40201000)).there);
	fixture_end(&f);
}
END_TEST

/* A policy without frames of its size says so; thp above goes on. */
START_TEST(no_large_frame)
{
	struct fixture f;
	struct error err = { "" };

	fixture_begin(&f, "guest.page=2m guest.frames=fragmented guest.fragmentation=1");
	ck_assert(!fixture_try(&f, "r 0x40000000 8\n", &err));
	ck_assert_str_eq(err.message, "the guest finds no free frame of 2M in its memory of 16G; "
	                              "--memory gives more");
	replay_destroy(&f.replay);
	/* The hypervisor fails when it backs the first table. */
	fixture_set(&f, "ept.page=2m host.frames=fragmented host.fragmentation=1 guest.memory=1G");
	ck_assert(!replay_init(&f.replay, &f.configs, &err));
	ck_assert_str_eq(err.message, "the hypervisor finds no free frame of 2M in its memory of "
	                              "16G; --memory gives more");
	fixture_end(&f);
	fixture_begin(&f, "guest.page=1g guest.memory=1G");
	ck_assert(!fixture_try(&f, "r 0x40000000 8\n", &err));
	ck_assert_str_eq(err.message, "the guest finds no free frame of 1G in its memory of 1G; "
	                              "--set guest.memory= gives more");
	fixture_end(&f);
}
END_TEST

/* Where frames lie changes no count, only addresses; caches that are indexed by
 * physical page number are off. */
START_TEST(frames_change_nothing)
{
	static const char *const policies[] = {
		"",
		"guest.frames=random",
		"host.frames=random",
		"guest.frames=random host.frames=random seed=9",
		"guest.frames=fragmented host.frames=fragmented",
	};
	struct walk_stats first;

	for (unsigned i = 0; i < LENGTH(policies); i++) {
		char settings[256];
		struct fixture f;
		struct random random;

		/* psc.ept.pde and nested TLB: by GPA. */
		snprintf(settings, sizeof settings,
		         "nested.ways=0 psc.ept.pde.ways=0 "
		         "psc.ept.pdpte.ways=0 psc.ept.pml4e.ways=0 %s",
		         policies[i]);
		fixture_begin(&f, settings);
		random_seed(&random, 3);
		for (unsigned k = 0; k < 20000; k++)
			fixture_access(&f, k % 3 ? TRACE_READ : TRACE_WRITE,
			               random_below(&random, 1 << 24) & ~UINT64_C(7));
		if (i == 0)
			first = *fixture_walks(&f);
		else if (strcmp(policies[i], "host.frames=random") == 0)
			ck_assert_mem_eq(&first, fixture_walks(&f), sizeof first);
		ck_assert_uint_eq(first.walks, fixture_walks(&f)->walks);
		ck_assert_uint_eq(first.references, fixture_walks(&f)->references);
		/* Walks that were refused may have met an EPT table more or less. */
		for (unsigned cell = 0; cell < GRID_ROWS * GRID_COLUMNS; cell++)
			ck_assert_uint_eq((&first.grid[0][0])[cell].made,
			                  (&fixture_walks(&f)->grid[0][0])[cell].made);
		fixture_end(&f);
	}
}
END_TEST

/* Flags that the kernel and the hypervisor set beforehand, no walk sets. */
START_TEST(preset_flags)
{
	struct fixture f;

	fixture_begin(&f, "guest.preset_flags=on ept.preset_flags=on");
	fixture_access(&f, TRACE_WRITE, 0x40000000);
	/* A of three table entries is left in each dimension. */
	ck_assert_uint_eq(fixture_walks(&f)->guest_a, 3);
	ck_assert_uint_eq(fixture_walks(&f)->guest_d, 0);
	ck_assert_uint_eq(fixture_walks(&f)->ept_a, 3);
	ck_assert_uint_eq(fixture_walks(&f)->ept_d, 0);
	fixture_end(&f);
	/* By a walk: 4 guest A, D of the leaf; EPT A of 3 tables and 5 pages, D of the 4
	 * table pages and the data. */
	fixture_begin(&f, "");
	fixture_access(&f, TRACE_WRITE, 0x40000000);
	ck_assert_uint_eq(fixture_walks(&f)->guest_a, 4);
	ck_assert_uint_eq(fixture_walks(&f)->guest_d, 1);
	ck_assert_uint_eq(fixture_walks(&f)->ept_a, 3 + 5);
	ck_assert_uint_eq(fixture_walks(&f)->ept_d, 5);
	fixture_end(&f);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("policy");

	tcase_add_loop_test(tests, every_row, 0, LENGTH(rows));
	tcase_add_test(tests, pieces_of_a_split);
	tcase_add_test(tests, no_large_frame);
	tcase_add_test(tests, frames_change_nothing);
	tcase_add_test(tests, preset_flags);
	return run_suite("policy", tests);
}
