/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Settings that do not fit together are refused by name, and geometry becomes
 * what the settings say.
 */
#include "replay/fixture.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const struct {
	const char *settings;
	const char *expected; /* part of the message */
} bad[] = {
	{ "mode=shadow", "mode = shadow: shadow page tables are not there yet" },
	{ "maxphyaddr=36 memory.size=128G", "memory.size = 128G: more than maxphyaddr = 36" },
	{ "maxphyaddr=36 memory.size=64G guest.memory=128G", "guest.memory = 128G" },
	{ "tlb.l1d.4k.sets=3", "tlb.l1d.4k.sets = 3: this hash needs a power of two" },
	{ "tlb.l1d.4k.ways=3", "tlb.l1d.4k.ways = 3: this replacement needs a power of two" },
	{ "tlb.stlb.ways=8", "tlb.stlb.ways = 8: this replacement needs 12 ways" },
	{ "tlb.stlb.holds.2m=0-7", "mru3-plru4 uses all ways alike" },
	{ "tlb.l1d.4k.holds.4k=4", "tlb.l1d.4k.holds.4k = 4: expected all, none, or a range" },
	{ "tlb.l1d.4k.holds.4k=2-1", "expected all, none" },
	{ "tlb.l1d.4k.holds.4k=some", "expected all, none" },
	{ "psc.guest.pde.sets=5", "psc.guest.pde.sets = 5" },
	{ "psc.ept.pml5e.replacement=tree-plru psc.ept.pml5e.ways=5", "psc.ept.pml5e.ways = 5" },
	{ "nested.sets=1048576", "nested.sets = 1048576: sets times ways is more than" },
	{ "guest.page=1g knob.gbpages=off", "guest.page = 1g: knob.gbpages is off" },
};

START_TEST(every_bad_one)
{
	struct fixture f;
	struct error err = { "" };

	f.settings = settings_new();
	ck_assert(replay_configs_add(f.settings, &f.configs, &err));
	fixture_set(&f, bad[_i].settings);
	ck_assert_msg(!replay_configs_check(f.settings, &f.configs, &err), "%s is refused",
	              bad[_i].settings);
	ck_assert_msg(strstr(err.message, bad[_i].expected) != NULL, "%s: \"%s\", expected \"%s\"",
	              bad[_i].settings, err.message, bad[_i].expected);
	settings_delete(f.settings);
}
END_TEST

/* Odd sets are fine where the hash takes them. */
START_TEST(any_number_of_sets)
{
	struct fixture f;

	fixture_begin(&f, "psc.guest.pde.sets=5 psc.guest.pde.hash=mod tlb.l1d.4k.sets=7 "
	                  "tlb.l1d.4k.hash=mod");
	fixture_end(&f);
}
END_TEST

START_TEST(default_geometry)
{
	struct settings *s = settings_new();
	struct machine_config config;
	struct error err = { "" };
	uint8_t structure[MMU_MAX_TLBS];
	const char *name;

	ck_assert(machine_settings_add(s, &config, &err));
	struct mmu_geometry g = machine_geometry(&config, structure);

	/* The skx row: no store TLB. */
	ck_assert_uint_eq(g.tlbs, TLB_STRUCTURES - 1);
	ck_assert(mmu_geometry_ok(&g, &name));
	for (unsigned i = 0; i < g.tlbs; i++) {
		ck_assert_uint_eq(g.tlb[i].level, structure[i] >= TLB_STLB ? 2 : 1);
		ck_assert_uint_eq(g.tlb[i].geometry.sets * g.tlb[i].geometry.ways,
		                  ((const unsigned[]){ 128, 8, 64, 32, 4, 0, 1536,
		                                       16 })[structure[i]]);
	}
	ck_assert_uint_eq(g.tlb[2].serves, TLB_FOR_READ | TLB_FOR_WRITE);
	settings_delete(s);
}
END_TEST

/* With a store TLB writes go there, and nowhere else of the first level. */
START_TEST(store_tlb)
{
	struct fixture f;

	fixture_begin(&f, "tlb.store.ways=16");
	fixture_access(&f, TRACE_WRITE, 0x1000);
	fixture_access(&f, TRACE_WRITE, 0x1000);
	fixture_access(&f, TRACE_READ, 0x1000); /* from the STLB */
	fixture_access(&f, TRACE_READ, 0x1000);
	ck_assert_uint_eq(fixture_walks(&f)->tlb_hit[TLB_STORE], 1);
	ck_assert_uint_eq(fixture_walks(&f)->tlb_hit[TLB_STLB], 1);
	ck_assert_uint_eq(fixture_walks(&f)->tlb_hit[TLB_L1D_4K], 1);
	fixture_end(&f);
}
END_TEST

/* A large page is found in the structure that holds its size. */
START_TEST(structures_by_size)
{
	static const struct {
		const char *settings;
		enum trace_op op;
		enum tlb_structure where;
	} rows[] = {
		{ "mode=native", TRACE_READ, TLB_L1D_4K },
		{ "mode=native", TRACE_FETCH, TLB_L1I_4K },
		{ "mode=native guest.page=2m", TRACE_READ, TLB_L1D_2M },
		{ "mode=native guest.page=2m", TRACE_FETCH, TLB_L1I_2M },
		{ "mode=native guest.page=1g", TRACE_WRITE, TLB_L1D_1G },
		{ "mode=native guest.page=1g", TRACE_FETCH, TLB_STLB_1G },
		/* The smaller of the two pages counts. */
		{ "guest.page=2m", TRACE_READ, TLB_L1D_4K },
		{ "guest.page=1g ept.page=2m", TRACE_READ, TLB_L1D_2M },
		{ "ept.page=1g", TRACE_READ, TLB_L1D_4K },
	};

	for (unsigned i = 0; i < LENGTH(rows); i++) {
		struct fixture f;

		fixture_begin(&f, rows[i].settings);
		fixture_access(&f, rows[i].op, 0x40000000);
		fixture_access(&f, rows[i].op, 0x40000000);
		ck_assert_msg(fixture_walks(&f)->tlb_hit[rows[i].where] == 1, "row %u", i);
		fixture_end(&f);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("config");

	tcase_add_loop_test(tests, every_bad_one, 0, LENGTH(bad));
	tcase_add_test(tests, any_number_of_sets);
	tcase_add_test(tests, default_geometry);
	tcase_add_test(tests, store_tlb);
	tcase_add_test(tests, structures_by_size);
	return run_suite("config", tests);
}
