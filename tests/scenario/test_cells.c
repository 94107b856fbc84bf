/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sparse memory against a model so plain that it is right: an array of
 * every cell that could be written.
 */
#include "scenario/cells.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MODEL_CELLS 3000 /* more than the table starts with */
#define OPERATIONS 300000

static uint64_t random_state;

/* splitmix64 */
static uint64_t next_random(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* TEST_SEED repeats a run. */
static void seed(void)
{
	const char *given = getenv("TEST_SEED");

	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	printf("TEST_SEED=0x%llx\n", (unsigned long long)random_state);
	fflush(stdout);
}

struct model {
	uint64_t at[MODEL_CELLS]; /* ascending */
	uint64_t now[MODEL_CELLS], marked[MODEL_CELLS];
};

/* Dense runs and lonely cells, the lowest and the highest among them. */
static void model_start(struct model *m)
{
	uint64_t at = 0;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < MODEL_CELLS - 1; i++) {
		m->at[i] = at;
		at += next_random() % 4 ? 8 : 8 + (next_random() % (UINT64_C(1) << 40) & ~UINT64_C(7));
		ck_assert_uint_lt(at, (UINT64_C(1) << HPA_BITS) - 8);
	}
	m->at[MODEL_CELLS - 1] = (UINT64_C(1) << HPA_BITS) - 8;
}

static void same_changes(const struct model *m, const struct cells *c)
{
	struct pool pool = { 0 };
	struct cell_list list = cells_changed(c, &pool);
	size_t n = 0;

	for (int i = 0; i < MODEL_CELLS; i++) {
		if (m->now[i] == m->marked[i])
			continue;
		ck_assert_uint_lt(n, list.count);
		ck_assert_uint_eq(list.cells[n].at.v, m->at[i]);
		ck_assert_uint_eq(list.cells[n].value, m->now[i]);
		n++;
	}
	ck_assert_uint_eq(n, list.count);
	pool_free(&pool);
}

START_TEST(against_the_model)
{
	static struct model m;
	struct cells *c = cells_create();
	struct mem mem = cells_mem(c);
	unsigned live = MODEL_CELLS; /* few live cells between some resets, many between others */

	seed();
	model_start(&m);
	for (int n = 0; n < OPERATIONS; n++) {
		int i = (int)(next_random() % live);
		unsigned what = (unsigned)(next_random() % 4096);
		/* Few values, so that cells often get their old one back. */
		uint64_t value = next_random() % 3 * UINT64_C(0x8000000000000001);

		if (what < 2) {
			cells_reset(c);
			memset(m.now, 0, sizeof(m.now));
			memset(m.marked, 0, sizeof(m.marked));
			live = 1 + (unsigned)(next_random() % MODEL_CELLS);
		} else if (what < 30) {
			cells_mark(c);
			memcpy(m.marked, m.now, sizeof(m.now));
		} else if (what < 40) {
			same_changes(&m, c);
		} else if (what < 2048) {
			mem_write64(&mem, hpa(m.at[i]), value);
			m.now[i] = value;
		} else {
			ck_assert_uint_eq(mem_read64(&mem, hpa(m.at[i])), m.now[i]);
		}
	}
	same_changes(&m, c);
	cells_free(c);
}
END_TEST

START_TEST(halves_of_cells)
{
	struct cells *c = cells_create();
	struct mem mem = cells_mem(c);

	mem_write32(&mem, hpa(0x1004), 0x11223344);
	mem_write32(&mem, hpa(0x1000), 0x55667788);
	ck_assert_uint_eq(cells_read(c, hpa(0x1000)), 0x1122334455667788);
	ck_assert_uint_eq(mem_read32(&mem, hpa(0x1004)), 0x11223344);
	ck_assert_uint_eq(mem_read32(&mem, hpa(0x1008)), 0);
	cells_free(c);
}
END_TEST

START_TEST(sorting)
{
	struct cell cells[1000];

	seed();
	for (size_t count = 0; count < 1000; count = count * 5 / 4 + 1) {
		struct cell_list list = { cells, count };
		uint64_t sum = 0;

		for (size_t i = 0; i < count; i++) {
			cells[i] = (struct cell){ hpa(next_random() % 500), 0 };
			cells[i].value = ~cells[i].at.v;
			sum += cells[i].at.v;
		}
		cell_list_sort(&list);
		for (size_t i = 0; i < count; i++) {
			ck_assert_uint_eq(cells[i].value, ~cells[i].at.v);
			ck_assert(i == 0 || cells[i].at.v >= cells[i - 1].at.v);
			sum -= cells[i].at.v;
		}
		ck_assert_uint_eq(sum, 0);
	}
}
END_TEST

START_TEST(pool)
{
	struct pool p = { 0 };
	void *first;

	pool_reset(&p);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 1000000; size *= 3) {
			unsigned char *bytes = pool_alloc(&p, 1, size);

			ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				ck_assert_uint_eq(bytes[i], 0);
			memset(bytes, 0xff, size);
		}
		pool_reset(&p);
	}
	/* What is taken back is used again. */
	first = pool_alloc(&p, 1, 1000);
	pool_reset(&p);
	ck_assert_ptr_eq(pool_alloc(&p, 1, 1000), first);
	pool_free(&p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario cells");
	TCase *t = tcase_create("cells");
	SRunner *runner;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, against_the_model);
	tcase_add_test(t, halves_of_cells);
	tcase_add_test(t, sorting);
	tcase_add_test(t, pool);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
