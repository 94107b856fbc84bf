/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/arena.h"
#include "host/random.h"

#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* Every test runs flat (where the host reserves) and paged. */
static const unsigned option_sets[] = { 0, ARENA_PAGED, ARENA_HUGE };
enum { OPTION_SETS = sizeof(option_sets) / sizeof(option_sets[0]) };

static void make(struct arena *a, uint64_t size, unsigned options)
{
	struct error err = { "" };

	ck_assert_msg(arena_init(a, size, options, &err), "%s", err.message);
	ck_assert_uint_eq(a->size, size);
	if (options & ARENA_PAGED)
		ck_assert_ptr_null(a->mem.ram);
}

START_TEST(sizes)
{
	static const struct {
		uint64_t size;
		bool good;
	} cases[] = {
		{ 0, false },
		{ 4096, false },
		{ ARENA_SIZE_MIN, true },
		{ ARENA_SIZE_MIN + 1, false },
		{ ARENA_SIZE_MIN + 4096, true },
		{ UINT64_C(1) << 40, true },
		{ ARENA_FLAT_MAX, true },
		{ ARENA_SIZE_MAX, true },
		{ ARENA_SIZE_MAX + 4096, false },
		{ UINT64_MAX, false },
	};
	struct arena a;
	struct error err;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(arena_init(&a, cases[i].size, option_sets[_i], &err),
		                 cases[i].good);
		arena_destroy(&a);
	}
	check_true(!arena_init(&a, 4097, 0, &err));
	ck_assert_str_eq(
		err.message,
		"memory of 4097 bytes is not possible, must be a multiple of 4K, 1M to 4P");
	arena_destroy(&a);
	memset(&a, 0, sizeof(a));
	arena_destroy(&a);
}
END_TEST

/* Cells far apart in a large arena, zero before, and what was written after. */
START_TEST(cells)
{
	const uint64_t size = UINT64_C(1) << 44;
	struct arena a;
	struct random r;

	make(&a, size, option_sets[_i]);
	random_seed(&r, 4);
	for (int i = 0; i < 2000; i++) {
		hpa_t at = hpa(random_next(&r) % size & ~UINT64_C(7));

		ck_assert_uint_eq(mem_read64(&a.mem, at), 0);
		mem_write64(&a.mem, at, at.v ^ 0x5555);
	}
	/* Addresses that differ in one bit, whichever, are different cells. */
	for (int bit = 3; bit < 44; bit++)
		mem_write64(&a.mem, hpa(UINT64_C(1) << bit), (uint64_t)bit);
	for (int bit = 3; bit < 44; bit++)
		ck_assert_uint_eq(mem_read64(&a.mem, hpa(UINT64_C(1) << bit)), (uint64_t)bit);
	mem_write64(&a.mem, hpa(0), 1);
	mem_write64(&a.mem, hpa(size - 8), 2);
	random_seed(&r, 4);
	for (int i = 0; i < 2000; i++) {
		hpa_t at = hpa(random_next(&r) % size & ~UINT64_C(7));

		ck_assert_uint_eq(mem_read64(&a.mem, at), at.v ^ 0x5555);
	}
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(0)), 1);
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(size - 8)), 2);
	mem_write32(&a.mem, hpa(size - 4), 9);
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(size - 8)), UINT64_C(9) << 32 | 2);
	ck_assert_uint_eq(a.outside_reads + a.outside_writes, 0);
	check_true(!a.exhausted);
	arena_destroy(&a);
}
END_TEST

START_TEST(outside)
{
	const uint64_t size = 3 << 20;
	unsigned char bytes[32], ones[32];
	struct arena a;

	make(&a, size, option_sets[_i]);
	memset(ones, 0xff, sizeof(ones));
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(size)), UINT64_MAX);
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(UINT64_MAX - 7)), UINT64_MAX);
	ck_assert_uint_eq(a.outside_reads, 2);
	mem_write64(&a.mem, hpa(size), 5);
	ck_assert_uint_eq(a.outside_writes, 1);
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(size)), UINT64_MAX);

	/* 12 bytes inside, 20 outside: three cells begin outside. */
	a.outside_reads = a.outside_writes = 0;
	arena_write(&a, hpa(size - 12), "0123456789abcdefghijklmnopqrstuv", 32);
	ck_assert_uint_eq(a.outside_writes, 3);
	arena_read(&a, hpa(size - 12), bytes, 32);
	ck_assert_uint_eq(a.outside_reads, 3);
	ck_assert_mem_eq(bytes, "0123456789ab", 12);
	ck_assert_mem_eq(bytes + 12, ones, 20);
	/* Unaligned, all outside: bytes 7 and 8 lie in two cells. */
	arena_read(&a, hpa(size + 7), bytes, 2);
	ck_assert_uint_eq(a.outside_reads, 5);
	arena_read(&a, hpa(UINT64_MAX), bytes, 0);
	arena_zero(&a, hpa(size + 4096), 8);
	ck_assert_uint_eq(a.outside_reads, 5);
	ck_assert_uint_eq(a.outside_writes, 4);
	ck_assert_ptr_null(arena_frame(&a, hpa(size)));
	ck_assert_uint_eq(arena_attributes(&a, hpa(size)), 0);
	arena_attributes_set(&a, hpa(size), ARENA_MMIO);
	ck_assert_uint_eq(arena_attributes(&a, hpa(size)), 0);
	arena_destroy(&a);
}
END_TEST

/* Random copies, zeroings and cells against a plain array. */
START_TEST(against_a_model)
{
	enum { SIZE = 4 << 20, STEPS = 3000 };
	unsigned char *model = calloc(1, SIZE), *buffer = malloc(SIZE);
	struct arena a;
	struct random r;

	make(&a, SIZE, option_sets[_i]);
	random_seed(&r, 8);
	for (int i = 0; i < STEPS; i++) {
		uint64_t at = random_below(&r, SIZE);
		uint64_t length = random_below(&r, random_below(&r, 8) ? 10000 : SIZE / 4);

		if (length > SIZE - at)
			length = SIZE - at;
		switch (random_below(&r, 4)) {
		case 0:
			for (uint64_t j = 0; j < length; j++)
				buffer[j] = (unsigned char)random_next(&r);
			memcpy(model + at, buffer, length);
			arena_write(&a, hpa(at), buffer, length);
			break;
		case 1:
			memset(model + at, 0, length);
			arena_zero(&a, hpa(at), length);
			break;
		case 2:
			at &= ~UINT64_C(7);
			memcpy(model + at, &length, 8);
			mem_write64(&a.mem, hpa(at), length);
			break;
		default:
			arena_read(&a, hpa(at), buffer, length);
			check_true(memcmp(model + at, buffer, length) == 0);
		}
	}
	arena_read(&a, hpa(0), buffer, SIZE);
	check_true(memcmp(model, buffer, SIZE) == 0);
	ck_assert_uint_eq(a.outside_reads + a.outside_writes, 0);
	arena_destroy(&a);
	free(model);
	free(buffer);
}
END_TEST

START_TEST(frames)
{
	const uint64_t size = UINT64_C(1) << 34, at = (UINT64_C(5) << 30) + 0x1234000;
	unsigned char *frame;
	struct arena a;

	make(&a, size, option_sets[_i]);
	frame = arena_frame(&a, hpa(at + 0x123));
	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq((uintptr_t)frame % 8, 0);
	frame[8] = 7;
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(at + 8)), 7);
	arena_zero(&a, hpa(0), size); /* the pointer stays good */
	ck_assert_uint_eq(frame[8], 0);
	mem_write64(&a.mem, hpa(at + 8), 11);
	ck_assert_ptr_eq(arena_frame(&a, hpa(at)), frame);
	ck_assert_uint_eq(frame[8], 11);
	arena_destroy(&a);
}
END_TEST

START_TEST(attributes)
{
	const uint64_t size = UINT64_C(1) << 40;
	struct arena a;

	make(&a, size, option_sets[_i]);
	for (uint64_t at = 0; at < size; at += size / 64 + 4096)
		arena_attributes_set(&a, hpa(at + 5), (uint8_t)(1 + (at >> 12) % 255));
	for (uint64_t at = 0; at < size; at += size / 64 + 4096) {
		ck_assert_uint_eq(arena_attributes(&a, hpa(at + 4095)), 1 + (at >> 12) % 255);
		ck_assert_uint_eq(arena_attributes(&a, hpa(at + 4096)), 0);
	}
	arena_attributes_set(&a, hpa(0), 0);
	ck_assert_uint_eq(arena_attributes(&a, hpa(0)), 0);
	arena_destroy(&a);
}
END_TEST

/* Bytes of host memory in use, from /proc; 0 where that cannot be read. */
static uint64_t resident(void)
{
	unsigned long long total, pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file) {
		if (fscanf(file, "%llu %llu", &total, &pages) != 2)
			pages = 0;
		fclose(file);
	}
	return pages * 4096;
}

/* 1000 scattered pages of 16 TB cost some 1000 pages, and zeroing gives back. */
START_TEST(only_touched_pages)
{
	const uint64_t size = UINT64_C(1) << 44;
	uint64_t before = resident();
	struct arena a;

	make(&a, size, option_sets[_i] & ARENA_PAGED);
	for (uint64_t i = 0; i < 1000; i++)
		mem_write64(&a.mem, hpa(i * (size / 1000) & ~UINT64_C(7)), 1);
	/* A page, and a table (two when paged) on the way to it. */
	ck_assert_uint_lt(resident() - before, 24 << 20);
	arena_zero(&a, hpa(0), size);
	if (a.mem.ram)
		ck_assert_uint_lt(resident(), before + (6 << 20));
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(0)), 0);
	arena_destroy(&a);
}
END_TEST

/* Reading and writing zeros touches nothing. */
START_TEST(zeros_are_free_when_paged)
{
	struct arena a;
	char buffer[100];

	make(&a, UINT64_C(1) << 40, ARENA_PAGED);
	for (uint64_t i = 0; i < 1000; i++) {
		mem_write64(&a.mem, hpa(i << 30), 0);
		ck_assert_uint_eq(mem_read64(&a.mem, hpa(i << 30)), 0);
		arena_read(&a, hpa((i << 30) + 3), buffer, sizeof(buffer));
	}
	arena_zero(&a, hpa(0), a.size);
	arena_attributes_set(&a, hpa(4096), 0);
	ck_assert_ptr_null(a.root);
	arena_destroy(&a);
}
END_TEST

/* A limit on address space: the same memory by the other way. */
START_TEST(refused_reservation)
{
	struct rlimit limit = { UINT64_C(4) << 30, UINT64_C(4) << 30 };
	struct arena a;

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	make(&a, UINT64_C(1) << 36, 0);
	ck_assert_ptr_null(a.mem.ram);
	mem_write64(&a.mem, hpa(UINT64_C(1) << 35), 3);
	ck_assert_uint_eq(mem_read64(&a.mem, hpa(UINT64_C(1) << 35)), 3);
	arena_destroy(&a);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("arena");
	const char *fork_mode = getenv("CK_FORK");

	tcase_add_loop_test(tests, sizes, 0, OPTION_SETS);
	tcase_add_loop_test(tests, cells, 0, OPTION_SETS);
	tcase_add_loop_test(tests, outside, 0, OPTION_SETS);
	tcase_add_loop_test(tests, against_a_model, 0, OPTION_SETS);
	tcase_add_loop_test(tests, frames, 0, OPTION_SETS);
	tcase_add_loop_test(tests, attributes, 0, OPTION_SETS);
	tcase_add_test(tests, zeros_are_free_when_paged);
	/* These change or measure the process: each needs one of its own. */
	if (!fork_mode || strcmp(fork_mode, "no") != 0) {
		tcase_add_loop_test(tests, only_touched_pages, 0, 2);
		/* The sanitizer reserves more than the limit for itself. */
		if (!SANITIZED)
			tcase_add_test(tests, refused_reservation);
	}
	return run_suite("arena", tests);
}
