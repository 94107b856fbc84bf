/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/frames.h"

#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void make(struct frames *f, struct frames_config c)
{
	struct error err = { "" };

	ck_assert_msg(frames_init(f, &c, &err), "%s", err.message);
}

/* How many blocks of a size there are until none is left. */
static uint64_t drain(struct frames *f, enum frame_size size)
{
	uint64_t count = 0;
	hpa_t at;

	while (frames_allocate(f, size, &at))
		count++;
	return count;
}

static void check_block(const struct frames *f, hpa_t at, enum frame_size size)
{
	check_true(at.v % frame_bytes(size) == 0);
	check_true(at.v >= f->config.base);
	check_true(at.v + frame_bytes(size) <= f->config.base + f->config.size);
}

START_TEST(bad_configurations)
{
	static const struct frames_config bad[] = {
		{ .base = 0, .size = 0 },
		{ .base = 1, .size = 4096 },
		{ .base = 0, .size = 4097 },
		{ .base = UINT64_C(1) << 52, .size = 4096 },
		{ .base = -UINT64_C(4096), .size = 8192 },
		{ .size = 4096, .policy = FRAMES_POLICIES },
		{ .size = 4096, .policy = FRAMES_FRAGMENTED, .fraction = 1.5 },
		{ .size = 4096, .policy = FRAMES_FRAGMENTED, .fraction = -0.1 },
		{ .size = 4096, .policy = FRAMES_FRAGMENTED, .fraction = NAN },
	};
	struct frames f;
	struct error err;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.message[0] = 0;
		ck_assert_msg(!frames_init(&f, &bad[i], &err), "case %u", i);
		ck_assert_int_eq(strncmp(err.message, "frames: ", 8), 0);
		frames_destroy(&f);
	}
}
END_TEST

START_TEST(contiguous_ascends)
{
	struct frames f;
	hpa_t at;

	make(&f, (struct frames_config){ .base = UINT64_C(1) << 30, .size = UINT64_C(4) << 30 });
	for (uint64_t i = 0; i < 2000; i++) {
		check_true(frames_allocate(&f, FRAME_4K, &at));
		ck_assert_uint_eq(at.v, (UINT64_C(1) << 30) + i * 4096);
	}
	/* 2000 frames opened four 2M blocks; the next whole one follows. */
	check_true(frames_allocate(&f, FRAME_2M, &at));
	ck_assert_uint_eq(at.v, (UINT64_C(1) << 30) + (8 << 20));
	check_true(frames_allocate(&f, FRAME_1G, &at));
	ck_assert_uint_eq(at.v, UINT64_C(2) << 30);
	check_true(frames_allocate(&f, FRAME_4K, &at));
	ck_assert_uint_eq(at.v, (UINT64_C(1) << 30) + 2000 * 4096);
	frames_destroy(&f);
}
END_TEST

static const struct frames_config policies[] = {
	{ .policy = FRAMES_CONTIGUOUS },
	{ .policy = FRAMES_RANDOM, .seed = 1 },
	{ .policy = FRAMES_FRAGMENTED, .seed = 1, .fraction = 0.5 },
	{ .policy = FRAMES_FRAGMENTED, .seed = 1, .fraction = 0 },
	{ .policy = FRAMES_FRAGMENTED, .seed = 1, .fraction = 1 },
	{ .policy = FRAMES_FRAGMENTED, .seed = 3, .fraction = 0.001 },
};
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

static const struct {
	uint64_t base, size;
} ranges[] = {
	{ 0, 1 << 20 }, /* less than any 2M block */
	{ 0, 4096 },
	{ 0x1ff000, 0x2000 },   /* one frame in each of two 2M blocks */
	{ 0x1000, 0x2000 },     /* both ends in one 2M block */
	{ 0x100000, 0x500000 }, /* both ends incomplete */
	{ 0x3ff000, 0x200000 },
	{ 0, UINT64_C(2) << 30 },
	{ 0x3fe00000, 0x40000000 }, /* nearly 1G, across a 1G boundary */
	{ 0x12345000, 0x60000000 },
};
enum { RANGES = sizeof(ranges) / sizeof(ranges[0]) };

static struct frames_config combination(int i)
{
	struct frames_config c = policies[i % POLICIES];

	c.base = ranges[i / POLICIES].base;
	c.size = ranges[i / POLICIES].size;
	return c;
}

/* Every frame of the range comes exactly once, and again after all are freed. */
START_TEST(every_frame_once)
{
	struct frames_config c = combination(_i);
	uint64_t count = c.size / 4096;
	bool *seen = malloc(count);
	struct frames f;
	hpa_t at;

	make(&f, c);
	for (int round = 0; round < 2; round++) {
		memset(seen, 0, count);
		for (uint64_t i = 0; i < count; i++) {
			check_true(frames_allocate(&f, FRAME_4K, &at));
			check_block(&f, at, FRAME_4K);
			check_true(!seen[(at.v - c.base) / 4096]);
			seen[(at.v - c.base) / 4096] = true;
		}
		for (int size = 0; size < FRAME_SIZES; size++)
			check_true(!frames_allocate(&f, (enum frame_size)size, &at));
		check_true(frames_unused(&f) == 0);
		check_true(f.statistics.in_use[FRAME_4K] == count);
		for (uint64_t i = 0; i < count; i++)
			check_true(frames_free(&f, hpa(c.base + i * 4096), FRAME_4K) == FRAMES_OK);
		check_true(frames_unused(&f) == c.size);
		check_true(f.nodes == 0);
	}
	frames_destroy(&f);
	free(seen);
}
END_TEST

/* How many 2M blocks a range holds whole, and how many 1G blocks. */
static uint64_t whole_blocks(struct frames_config c, uint64_t bytes)
{
	uint64_t first = (c.base + bytes - 1) / bytes, end = (c.base + c.size) / bytes;

	return end > first ? end - first : 0;
}

/* Whole 2M blocks: all but the exact fraction; those give 4K frames still. */
START_TEST(every_large_block_once)
{
	struct frames_config c = combination(_i);
	uint64_t whole = whole_blocks(c, PAGE_SIZE_2M);
	uint64_t broken =
		c.policy == FRAMES_FRAGMENTED ? (uint64_t)(c.fraction * (double)whole + 0.5) : 0;
	struct frames f;

	make(&f, c);
	ck_assert_uint_eq(drain(&f, FRAME_2M), whole - broken);
	ck_assert_uint_eq(drain(&f, FRAME_4K), c.size / 4096 - 512 * (whole - broken));
	ck_assert_uint_eq(frames_unused(&f), 0);
	frames_destroy(&f);
	make(&f, c);
	if (broken == 0)
		ck_assert_uint_eq(drain(&f, FRAME_1G), whole_blocks(c, PAGE_SIZE_1G));
	else
		ck_assert_uint_le(drain(&f, FRAME_1G), whole_blocks(c, PAGE_SIZE_1G));
	drain(&f, FRAME_2M);
	drain(&f, FRAME_4K);
	ck_assert_uint_eq(frames_unused(&f), 0);
	frames_destroy(&f);
}
END_TEST

/* What is allocated, as a plain list, to be compared with after each call. */
struct model {
	uint64_t base;
	uint8_t *state; /* of each 4K frame: 0 free, 1 + size of its block */
	struct {
		hpa_t at;
		enum frame_size size;
	} block[100000];
	size_t count;
};

static void model_allocate(struct model *m, struct frames *f, enum frame_size size)
{
	hpa_t at;

	if (m->count == sizeof(m->block) / sizeof(m->block[0]) || !frames_allocate(f, size, &at))
		return;
	check_block(f, at, size);
	for (uint64_t i = 0; i < frame_bytes(size) / 4096; i++) {
		check_true(m->state[(at.v - m->base) / 4096 + i] == 0);
		m->state[(at.v - m->base) / 4096 + i] = (uint8_t)(1 + size);
	}
	m->block[m->count].at = at;
	m->block[m->count++].size = size;
}

static void model_free(struct model *m, struct frames *f, size_t i)
{
	hpa_t at = m->block[i].at;
	enum frame_size size = m->block[i].size;

	/* By another size it is refused, and so is the second time. */
	check_true(frames_free(f, at, (enum frame_size)((size + 1) % 3)) == FRAMES_NOT_ALLOCATED);
	check_true(frames_free(f, at, size) == FRAMES_OK);
	check_true(frames_free(f, at, size) == FRAMES_NOT_ALLOCATED);
	memset(m->state + (at.v - m->base) / 4096, 0, frame_bytes(size) / 4096);
	m->block[i] = m->block[--m->count];
}

/* Random calls: blocks never overlap, freed ones are had again, and with all
 * freed the largest blocks are there once more. */
START_TEST(against_a_model)
{
	struct frames_config c = policies[_i];
	struct model *m = calloc(1, sizeof(*m));
	uint64_t whole_2m, whole_1g;
	struct frames f;
	struct random r;

	c.base = 0x3fd00000;
	c.size = 0x100600000;
	m->base = c.base;
	m->state = calloc(1, c.size / 4096);
	make(&f, c);
	whole_1g = drain(&f, FRAME_1G);
	frames_destroy(&f);
	make(&f, c);
	whole_2m = drain(&f, FRAME_2M);
	frames_destroy(&f);
	make(&f, c);
	random_seed(&r, 11);
	for (int phase = 0; phase < 6; phase++) {
		/* Mostly allocating, mostly freeing, in turns. */
		for (int i = 0; i < 60000; i++) {
			uint64_t dice = random_below(&r, 1000);

			if (m->count && dice < (phase % 2 ? 700 : 300))
				model_free(m, &f, random_below(&r, m->count));
			else if (dice > 998)
				model_allocate(m, &f, FRAME_1G);
			else
				model_allocate(m, &f, dice > 980 ? FRAME_2M : FRAME_4K);
		}
	}
	ck_assert_uint_gt(f.statistics.freed[FRAME_4K], 50000);
	while (m->count)
		model_free(m, &f, m->count - 1);
	ck_assert_uint_eq(f.nodes, 0);
	ck_assert_uint_eq(f.whole_left, whole_2m);
	ck_assert_uint_eq(drain(&f, FRAME_1G), whole_1g);
	while (whole_1g--)
		whole_2m -= 512;
	ck_assert_uint_eq(drain(&f, FRAME_2M), whole_2m);
	ck_assert_uint_eq(f.whole_left, 0);
	frames_destroy(&f);
	free(m->state);
	free(m);
}
END_TEST

START_TEST(bad_frees)
{
	struct frames f;
	hpa_t at;

	make(&f, (struct frames_config){ .base = 1 << 20, .size = 16 << 20 });
	check_true(frames_allocate(&f, FRAME_4K, &at));
	ck_assert_int_eq(frames_free(&f, hpa(at.v + 8), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(at.v + 4096), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(0), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(17 << 20), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(-UINT64_C(4096)), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(0), FRAME_1G), FRAMES_NOT_ALLOCATED);
	/* The 2M block that the frame is part of was not handed out itself. */
	ck_assert_int_eq(frames_free(&f, hpa(at.v & -PAGE_SIZE_2M), FRAME_2M),
	                 FRAMES_NOT_ALLOCATED);
	/* Below the range, in the same 2M block as its lower end. */
	drain(&f, FRAME_4K);
	ck_assert_int_eq(frames_free(&f, hpa((1 << 20) - 4096), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(17 << 20), FRAME_4K), FRAMES_NOT_ALLOCATED);
	ck_assert_int_eq(frames_free(&f, hpa(1 << 20), FRAME_4K), FRAMES_OK);
	ck_assert_uint_eq(f.statistics.in_use[FRAME_4K], 4095);
	frames_destroy(&f);
}
END_TEST

START_TEST(statistics)
{
	struct frames f;
	hpa_t at[3];

	make(&f, (struct frames_config){ .size = 4 << 20 });
	check_true(frames_allocate(&f, FRAME_2M, &at[0]));
	check_true(frames_allocate(&f, FRAME_2M, &at[1]));
	check_true(!frames_allocate(&f, FRAME_2M, &at[2]));
	check_true(!frames_allocate(&f, FRAME_1G, &at[2]));
	ck_assert_int_eq(frames_free(&f, at[0], FRAME_2M), FRAMES_OK);
	check_true(frames_allocate(&f, FRAME_4K, &at[2]));
	ck_assert_uint_eq(f.statistics.in_use[FRAME_2M], 1);
	ck_assert_uint_eq(f.statistics.in_use[FRAME_4K], 1);
	ck_assert_uint_eq(f.statistics.peak[FRAME_2M], 2);
	ck_assert_uint_eq(f.statistics.allocated[FRAME_2M], 2);
	ck_assert_uint_eq(f.statistics.freed[FRAME_2M], 1);
	ck_assert_uint_eq(f.statistics.refused[FRAME_2M], 1);
	ck_assert_uint_eq(f.statistics.refused[FRAME_1G], 1);
	ck_assert_uint_eq(frames_unused(&f), (2 << 20) - 4096);
	frames_destroy(&f);
}
END_TEST

/* The same seed gives the same addresses, another seed others. */
START_TEST(deterministic)
{
	struct frames_config c = policies[_i];
	struct frames a, b, other;
	unsigned same = 0;

	c.size = UINT64_C(64) << 30;
	make(&a, c);
	make(&b, c);
	c.seed += 100;
	make(&other, c);
	for (int i = 0; i < 10000; i++) {
		enum frame_size size = i % 10 ? FRAME_4K : FRAME_2M;
		hpa_t x = { 0 }, y = { 0 }, z = { 0 };
		bool done = frames_allocate(&a, size, &x);

		check_true(frames_allocate(&b, size, &y) == done);
		check_true(x.v == y.v);
		if (done && frames_allocate(&other, size, &z))
			same += x.v == z.v;
		if (done && i % 3 == 0)
			check_true(frames_free(&a, x, size) == frames_free(&b, x, size));
	}
	if (c.policy == FRAMES_RANDOM)
		check_true(same < 50);
	frames_destroy(&a);
	frames_destroy(&b);
	frames_destroy(&other);
}
END_TEST

/* Random 4K frames are scattered, and yet most 2M blocks stay whole. */
START_TEST(random_scatters)
{
	struct frames f;
	hpa_t at, before = { 0 };
	unsigned follow = 0;
	uint64_t blocks = 4096; /* of 2M, in 8G */

	make(&f, (struct frames_config){
			 .size = UINT64_C(8) << 30, .policy = FRAMES_RANDOM, .seed = 5 });
	for (int i = 0; i < 100000; i++) {
		check_true(frames_allocate(&f, FRAME_4K, &at));
		follow += at.v == before.v + 4096;
		before = at;
	}
	ck_assert_uint_lt(follow, 20); /* 100000 / (256 * 512) expected */
	/* 100000 frames need 196 blocks; 256 are kept open besides. */
	ck_assert_uint_gt(drain(&f, FRAME_2M), blocks - 196 - 256 - 60);
	frames_destroy(&f);
}
END_TEST

/* 1G blocks come in random order too. */
START_TEST(random_large_blocks)
{
	struct frames f;
	hpa_t at, before = { 0 };
	unsigned follow = 0;

	make(&f, (struct frames_config){
			 .size = UINT64_C(1) << 40, .policy = FRAMES_RANDOM, .seed = 5 });
	for (int i = 0; i < 1000; i++) {
		check_true(frames_allocate(&f, FRAME_1G, &at));
		follow += at.v == before.v + PAGE_SIZE_1G;
		before = at;
	}
	ck_assert_uint_lt(follow, 20); /* 1 expected */
	frames_destroy(&f);
}
END_TEST

/* Fragmented: 4K frames leave the whole blocks alone while they can. */
START_TEST(fragmented_spares_whole_blocks)
{
	struct frames f;
	hpa_t at;

	make(&f, (struct frames_config){ .size = UINT64_C(4) << 30,
	                                 .policy = FRAMES_FRAGMENTED,
	                                 .seed = 2,
	                                 .fraction = 0.25 });
	for (int i = 0; i < 512 * 512; i++)
		check_true(frames_allocate(&f, FRAME_4K, &at));
	ck_assert_uint_eq(drain(&f, FRAME_1G), 0);
	ck_assert_uint_eq(drain(&f, FRAME_2M), 1536);
	check_true(!frames_allocate(&f, FRAME_4K, &at));
	frames_destroy(&f);
}
END_TEST

/* A range of 4 PB costs nothing, with any policy. */
START_TEST(huge_range)
{
	struct frames_config c = policies[_i];
	struct frames f;
	hpa_t at;

	c.size = UINT64_C(1) << 52;
	make(&f, c);
	for (int i = 0; i < 20000; i++) {
		check_true(frames_allocate(&f, FRAME_4K, &at));
		check_block(&f, at, FRAME_4K);
		/* A fraction of 1 leaves no 2M block. */
		if (c.fraction < 1 && i % 100 == 0) {
			check_true(frames_allocate(&f, FRAME_2M, &at));
			check_block(&f, at, FRAME_2M);
		}
	}
	ck_assert_uint_lt(f.nodes, 2000);
	frames_destroy(&f);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("frames");

	tcase_add_test(tests, bad_configurations);
	tcase_add_test(tests, contiguous_ascends);
	tcase_add_loop_test(tests, every_frame_once, 0, POLICIES * RANGES);
	tcase_add_loop_test(tests, every_large_block_once, 0, POLICIES * RANGES);
	tcase_add_loop_test(tests, against_a_model, 0, POLICIES);
	tcase_add_test(tests, bad_frees);
	tcase_add_test(tests, statistics);
	tcase_add_loop_test(tests, deterministic, 0, POLICIES);
	tcase_add_test(tests, random_scatters);
	tcase_add_test(tests, random_large_blocks);
	tcase_add_test(tests, fragmented_spares_whole_blocks);
	tcase_add_loop_test(tests, huge_range, 0, POLICIES);
	return run_suite("frames", tests);
}
