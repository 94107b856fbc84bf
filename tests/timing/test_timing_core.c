/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Timelines of both cores, worked out by hand. Cycles are those of model.h: an
 * instruction enters each cycle from cycle 1 on, L1D has 4, memory 100.
 */
#include "model.h"

#define LINE UINT64_C(64)

static const struct timing_registers loads_1 = { .result = { 1 } };
static const struct timing_registers follows_1 = { .source = { 1 }, .result = { 1 } };

/*
 * Two loads that miss the TLBs and every cache; a walk begins 10 cycles after.
 *
 *             enters  walk          data
 *     first      1    1+10 .. 111   111 .. 211
 *     second     2    2+10 .. 112   112 .. 212     on a walker of its own
 *     second     2  111+10 .. 221   221 .. 321     when there is one walker
 *     second   211  211+10 .. 321   321 .. 421     when it needs the first's result
 */
static struct timing_stats two_misses(unsigned walkers, bool dependent)
{
	struct timing_config c = small_config();
	struct ref a, b;

	c.walker.count = walkers;
	c.walker.start = 10;
	struct timing *t = model(&c);

	one(t, &loads_1, walk(1000 * LINE, &a, 10 * LINE, 1));
	one(t, dependent ? &follows_1 : NULL, walk(2000 * LINE, &b, 20 * LINE, 2));
	timing_instruction(t, NULL); /* ends the second; enters before it retires */
	struct timing_stats s = summary(t);

	model_free(t);
	return s;
}

START_TEST(independent_misses_overlap_on_two_walkers)
{
	struct timing_stats two = two_misses(2, false), one_walker = two_misses(1, false);

	ck_assert_uint_eq(two.cycles, 212);
	ck_assert_uint_eq(two.walker_waits, 0);
	ck_assert_uint_eq(two.walk_cycles, 220);
	ck_assert_uint_eq(one_walker.cycles, 321);
	ck_assert_uint_eq(one_walker.walker_waits, 1);
	ck_assert_uint_eq(one_walker.walker_wait_cycles, 109);
	ck_assert_uint_eq(one_walker.walk_cycles, 110 + 219);
	ck_assert_uint_eq(one_walker.walk_latency.max, 219);
	/* The second walk hid behind the first on two walkers: 110 cycles were lost. */
	ck_assert_uint_eq(two.translation_cycles, 110);
}
END_TEST

START_TEST(a_dependent_chain_does_not_overlap)
{
	struct timing_stats s = two_misses(2, true);

	ck_assert_uint_eq(s.cycles, 421);
	ck_assert_uint_eq(s.walker_waits, 0);
	ck_assert_uint_eq(s.translation_cycles, 220);
}
END_TEST

START_TEST(a_hit_joins_the_walk_under_way)
{
	struct timing_config c = small_config();
	struct ref r;
	struct timing *t = model(&c);

	/* Walk 1 .. 101, data 101 .. 201; the second waits from 2 to 101, then the same. */
	one(t, NULL, walk(1000 * LINE, &r, 10 * LINE, 5));
	one(t, NULL, hit(TIMING_LOAD, 1001 * LINE, 5));
	/* Another entry's hit, and this one after the walk, wait for nothing. */
	one(t, NULL, hit(TIMING_LOAD, 1002 * LINE, 4));
	timing_instruction(t, NULL);
	struct timing_stats s = summary(t);

	ck_assert_uint_eq(s.joined, 1);
	ck_assert_uint_eq(s.joined_cycles, 99);
	ck_assert_uint_eq(s.cycles, 203); /* retire in order: 201, 202, 203 */
	model_free(t);
}
END_TEST

/* Loads of distinct lines that hit the TLB: 1 .. 101, 2 .. 102, ... */
static uint64_t loads(const struct timing_config *c, unsigned count, uint64_t stride,
		      struct timing_stats *s)
{
	struct timing *t = model(c);

	for (unsigned i = 0; i < count; i++)
		one(t, NULL, hit(TIMING_LOAD, 1000 * LINE + i * stride, 0));
	timing_instruction(t, NULL);
	*s = summary(t);
	model_free(t);
	return s->cycles;
}

START_TEST(what_limits_parallel_misses)
{
	struct timing_config c = small_config();
	struct timing_stats s;

	ck_assert_uint_eq(loads(&c, 4, LINE, &s), 104);
	c.core.fill_buffers = 1; /* one after the other: 101, 201, 301, 401 */
	ck_assert_uint_eq(loads(&c, 4, LINE, &s), 401);
	ck_assert_uint_eq(s.fill_buffer_waits, 3);
	c = small_config();
	c.core.rob = 2; /* the third enters when the first retires, at 101; the fourth at 102 */
	ck_assert_uint_eq(loads(&c, 4, LINE, &s), 202);
	c = small_config();
	c.core.load_queue = 1; /* 1..101, 101..201, 201..301, 301..401 */
	ck_assert_uint_eq(loads(&c, 4, LINE, &s), 401);
	c = small_config(); /* eight bytes of the same line: one miss, three that wait for it */
	ck_assert_uint_eq(loads(&c, 4, 8, &s), 104);
	ck_assert_uint_eq(s.merged, 3);
	ck_assert_uint_eq(s.data.by[LEVEL_MEMORY], 1);
	c.core.width = 4; /* four enter in the first cycle: 0.25 + 100 .. 1 + 100 */
	ck_assert_uint_eq(loads(&c, 4, LINE, &s), 101);
}
END_TEST

/* A store retires when its address is known and drains behind the program's back. */
START_TEST(stores_wait_in_their_queue)
{
	struct timing_config c = small_config();
	struct timing *t = model(&c);

	one(t, NULL, hit(TIMING_STORE, 1000 * LINE, 0));
	one(t, NULL, hit(TIMING_STORE, 2000 * LINE, 0));
	timing_instruction(t, NULL);
	ck_assert_uint_eq(summary(t).cycles, 4); /* retired at 2 and 3; the third is at hand */
	model_free(t);
	/* The line is there at 101, for the load of cycle 2 as well. */
	t = model(&c);
	one(t, NULL, hit(TIMING_STORE, 1000 * LINE, 0));
	one(t, NULL, hit(TIMING_LOAD, 1000 * LINE, 0));
	ck_assert_uint_eq(summary(t).cycles, 101);
	model_free(t);
	c.core.store_queue = 1; /* the second enters when the first has drained, at 101 */
	t = model(&c);
	one(t, NULL, hit(TIMING_STORE, 1000 * LINE, 0));
	one(t, NULL, hit(TIMING_STORE, 2000 * LINE, 0));
	ck_assert_uint_eq(summary(t).cycles, 102);
	model_free(t);
}
END_TEST

START_TEST(fetches_delay_what_follows)
{
	struct timing_config c = small_config();

	c.cache[CACHE_L1I] = (struct data_cache_config){ .sets = 64, .ways = 8, .latency = 3 };
	for (unsigned core = 0; core < 2; core++) {
		c.core.model = core ? CORE_WINDOW : CORE_SERIAL;
		struct timing *t = model(&c);

		/* A miss: 100 - 3 beyond a hit; then hits in the same line, free. */
		for (unsigned i = 0; i < 3; i++)
			one(t, NULL, hit(TIMING_FETCH, 1000 * LINE + 4 * i, 0));
		ck_assert_uint_eq(summary(t).fetch.by[LEVEL_L1], 2);
		ck_assert_uint_eq(summary(t).cycles, core ? 97 + 2 + 1 : 1 + 97 + 2);
		model_free(t);
	}
}
END_TEST

START_TEST(a_fault_stops_everything)
{
	struct timing_config c = small_config();
	struct ref r[2] = { { .hpa = hpa(640), .kind = REF_GUEST, .guest_level = 2 },
			    { .hpa = hpa(648), .kind = REF_GUEST, .guest_level = 1 } };

	c.cost[COST_FAULT] = 500;
	c.cost[COST_KERNEL] = 1000;
	for (unsigned core = 0; core < 2; core++) {
		c.core.model = core ? CORE_WINDOW : CORE_SERIAL;
		struct timing *t = model(&c);

		timing_instruction(t, NULL);
		timing_fault(t, r, 2); /* 1 .. 101 .. 105 */
		timing_cost(t, COST_FAULT);
		timing_cost(t, COST_KERNEL); /* .. 1605 */
		struct timing_access a = hit(TIMING_LOAD, 640, 0);

		timing_access(t, &a);
		struct timing_stats s = summary(t);

		ck_assert_uint_eq(s.walks, 1);
		ck_assert_uint_eq(s.walk_cycles, 104);
		ck_assert_uint_eq(s.cost_cycles[COST_FAULT], 500);
		ck_assert_uint_eq(s.interruption_cycles, 1500);
		/* Serial hides the hit; the window waits for it. */
		ck_assert_uint_eq(s.cycles, core ? 1609 : 1605);
		timing_restart(t);
		ck_assert_uint_eq(timing_cycle(t), 0);
		ck_assert_uint_eq(summary(t).walks, 0);
		model_free(t);
	}
}
END_TEST

/* ---- Serial ---- */

START_TEST(serial_charges_what_is_beyond_a_hit)
{
	struct timing_config c = small_config();
	struct ref r;

	c.core.model = CORE_SERIAL;
	c.core.width = 4;
	c.lookup.stlb = 7;
	c.walker.start = 3;
	struct timing *t = model(&c);

	one(t, NULL, hit(TIMING_LOAD, 0, 0));       /* 1/4 + 96 */
	one(t, NULL, hit(TIMING_LOAD, 8, 0));       /* 1/4 */
	one(t, NULL, walk(16, &r, 10 * LINE, 1));   /* 1/4 + 7 + 3 + 100 */
	one(t, NULL, walk(16, &r, 10 * LINE, 2));   /* 1/4 + 7 + 3 + 4 */
	struct timing_access stlb = hit(TIMING_STORE, 60, 1); /* 2 lines: 1/4 + 7 + 96 */

	stlb.page[0].source = TIMING_TLB2;
	one(t, NULL, stlb);
	timing_instruction(t, NULL);
	timing_instruction(t, NULL);
	timing_instruction(t, NULL);                /* in all 8/4 */
	struct timing_stats s = summary(t);

	ck_assert_uint_eq(s.cycles, 96 + 110 + 14 + 103 + 2);
	ck_assert_uint_eq(s.stlb_cycles, 21);
	ck_assert_uint_eq(s.translation_cycles, 110 + 14 + 7);
	ck_assert_uint_eq(s.walk_cycles, 103 + 7);
	ck_assert_uint_eq(s.grid[1][0].by[LEVEL_MEMORY], 1);
	ck_assert_uint_eq(s.grid[1][0].by[LEVEL_L1], 1);
	ck_assert_uint_eq(s.grid[1][0].cycles, 104);
	model_free(t);
}
END_TEST

/* A chain of hits costs their latency; beside one another they cost a share. */
START_TEST(serial_chains)
{
	struct timing_config c = small_config();

	c.core.model = CORE_SERIAL;
	c.core.width = 4;
	for (unsigned chain = 0; chain < 2; chain++) {
		struct timing *t = model(&c);

		one(t, NULL, hit(TIMING_LOAD, 0, 0));
		timing_restart(t);
		for (unsigned i = 0; i < 1000; i++)
			one(t, chain ? &follows_1 : NULL, hit(TIMING_LOAD, 0, 0));
		ck_assert_uint_eq(summary(t).cycles, chain ? 999 * 4 + 1 : 250);
		model_free(t);
	}
}
END_TEST

START_TEST(flag_writes_and_what_saves_references)
{
	struct timing_config c = small_config();
	struct ref r[] = {
		{ .kind = REF_SAVED_PSC, .guest_level = 2 },
		{ .kind = REF_GUEST, .guest_level = 1, .hpa = hpa(0) },
		{ .kind = REF_SAVED_NESTED },
		{ .kind = REF_SAVED_EPT_PSC, .ept_level = 2 },
		{ .kind = REF_EPT, .ept_level = 1, .hpa = hpa(64) },
		{ .kind = REF_FLAG_EPT, .ept_level = 1, .hpa = hpa(64) },
		{ .kind = REF_PML, .hpa = hpa(128) },
		{ .kind = REF_FULL_WALK },
	};

	c.core.model = CORE_SERIAL;
	c.lookup = (struct lookup_config){ .guest_psc = 1, .ept_psc = 2, .nested = 3 };
	c.flag_write = 20;
	struct timing *t = model(&c);

	timing_instruction(t, NULL);
	timing_fault(t, r, sizeof r / sizeof *r);
	struct timing_stats s = summary(t);

	ck_assert_uint_eq(s.walk_cycles, 1 + 100 + 3 + 2 + 100 + 20 + 100);
	ck_assert_uint_eq(s.flag_writes, 1);
	ck_assert_uint_eq(s.walk_references, 3);
	ck_assert_uint_eq(s.kind[REF_PML].by[LEVEL_MEMORY], 1);
	model_free(t);
}
END_TEST

/* References that enter at L2 neither look into L1D nor fill it. */
START_TEST(walker_port)
{
	struct timing_config c = small_config();
	struct ref r;

	c.core.model = CORE_SERIAL;
	c.cache[CACHE_L2] = (struct data_cache_config){ .sets = 64, .ways = 8, .latency = 14 };
	for (unsigned port = 0; port < 2; port++) {
		c.walker.port = (uint8_t)port;
		struct timing *t = model(&c);

		one(t, NULL, walk(0, &r, 64, 0));
		one(t, NULL, walk(0, &r, 64, 0));
		ck_assert_uint_eq(summary(t).walk_cycles, 100 + (port ? 14 : 4));
		model_free(t);
	}
}
END_TEST

START_TEST(statistics_are_declared)
{
	struct timing_stats s = { 0 };
	struct stats_group g = { "", timing_stat_table, timing_stat_count, &s };
	struct error err = { "" };

	ck_assert_msg(stats_check(&g, 1, &err), "%s", err.message);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("core");

	tcase_add_test(tests, independent_misses_overlap_on_two_walkers);
	tcase_add_test(tests, a_dependent_chain_does_not_overlap);
	tcase_add_test(tests, a_hit_joins_the_walk_under_way);
	tcase_add_test(tests, what_limits_parallel_misses);
	tcase_add_test(tests, stores_wait_in_their_queue);
	tcase_add_test(tests, fetches_delay_what_follows);
	tcase_add_test(tests, a_fault_stops_everything);
	tcase_add_test(tests, serial_charges_what_is_beyond_a_hit);
	tcase_add_test(tests, serial_chains);
	tcase_add_test(tests, flag_writes_and_what_saves_references);
	tcase_add_test(tests, walker_port);
	tcase_add_test(tests, statistics_are_declared);
	return run_suite("timing core", tests);
}
