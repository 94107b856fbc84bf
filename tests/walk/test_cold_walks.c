/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How many paging-structure entries a walk reads: every guest page under every EPT
 * page, from real tables; and what caches leave of it.
 */
#include "machine/layout.h"

#include <eptsim/mmu.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define GVA UINT64_C(0x12345678)

/* The columns: without EPT, EPT pages of 4K, 2M, 1G, 5-level EPT with 4K. */
enum { NATIVE, EPT_4K, EPT_2M, EPT_1G, EPT5_4K, COLUMNS };

static const struct {
	const char *name;
	uint8_t paging, shift;
	unsigned reads[COLUMNS];
} rows[] = {
	{ "5-level 4K", PAGING_5LEVEL, 12, { 5, 29, 23, 17, 35 } },
	{ "4-level 4K", PAGING_4LEVEL, 12, { 4, 24, 19, 14, 29 } },
	{ "4-level 2M", PAGING_4LEVEL, 21, { 3, 19, 15, 11, 23 } },
	{ "4-level 1G", PAGING_4LEVEL, 30, { 2, 14, 11, 8, 17 } },
	{ "paging off", PAGING_NONE, 12, { 0, 4, 3, 2, 5 } },
	{ "PAE 4K", PAGING_PAE, 12, { 2, 14, 11, 8, 17 } },
	{ "32-bit 4K", PAGING_32BIT, 12, { 2, 14, 11, 8, 17 } },
	{ "32-bit 4M", PAGING_32BIT, 22, { 1, 9, 7, 5, 11 } },
};

static void set_column(struct layout_config *c, unsigned column)
{
	c->ept = column != NATIVE;
	c->ept_levels = column == EPT5_4K ? 5 : 4;
	c->data_level = c->table_level = column == EPT_2M ? 2 : column == EPT_1G ? 3 : 1;
}

static unsigned count_reads(const struct mmu *m)
{
	size_t count;
	const struct ref *refs = mmu_refs(m, &count);
	unsigned reads = 0;

	for (size_t i = 0; i < count; i++)
		reads += refs[i].kind == REF_GUEST || refs[i].kind == REF_EPT;
	return reads;
}

/* Reads of one access after `warm` equal ones. */
static unsigned reads_of(const struct layout_config *c, const struct mmu_geometry *g, unsigned warm)
{
	struct access a = { .gva = gva(GVA), .size = 8, .type = ACCESS_READ };
	struct error error = { "" };
	struct translation t;
	struct layout l;

	ck_assert_msg(layout_init(&l, c, &a, &error), "%s", error.message);
	struct mmu *m = mmu_create(&l.arena.mem, g);

	ck_assert_ptr_nonnull(m);
	ck_assert_int_eq(mmu_enter(m, &l.state, true, &t), OUTCOME_OK);
	for (unsigned i = 0; i <= warm; i++) {
		mmu_refs_clear(m);
		ck_assert_int_eq(mmu_translate(m, &a, &t), OUTCOME_OK);
	}
	unsigned reads = count_reads(m);

	mmu_destroy(m);
	layout_destroy(&l);
	return reads;
}

START_TEST(every_row_and_column)
{
	struct mmu_geometry none = mmu_geometry_none();

	for (unsigned column = 0; column < COLUMNS; column++)
		for (unsigned fresh = 0; fresh < 2; fresh++) {
			struct layout_config c = layout_config_default();
			unsigned reads;

			c.paging = rows[_i].paging;
			c.guest_shift = rows[_i].shift;
			c.fresh = fresh;
			set_column(&c, column);
			reads = reads_of(&c, &none, 0);
			ck_assert_msg(reads == rows[_i].reads[column],
			              "%s, column %u: %u reads, not %u", rows[_i].name, column,
			              reads, rows[_i].reads[column]);
		}
}
END_TEST

/* Levels of guest tables read, and those of an EPT walk. */
static unsigned guest_depth(const struct layout_config *c)
{
	return c->paging == PAGING_NONE ? 0
	       : c->paging == PAGING_32BIT || c->paging == PAGING_PAE
	               ? (c->guest_shift == 12 ? 2 : 1)
	               : (c->paging == PAGING_5LEVEL ? 5 : 4) - (c->guest_shift == 30   ? 2u
	                                                         : c->guest_shift == 21 ? 1u
	                                                                                : 0u);
}

/* Mixed sizes: the sum over the n + 1 addresses of the depth of each, plus n. */
START_TEST(mixed_sizes)
{
	struct mmu_geometry none = mmu_geometry_none();
	static const struct {
		uint8_t paging, shift;
	} guests[] = {
		{ PAGING_5LEVEL, 12 }, { PAGING_5LEVEL, 21 }, { PAGING_5LEVEL, 30 },
		{ PAGING_4LEVEL, 12 }, { PAGING_4LEVEL, 21 }, { PAGING_4LEVEL, 30 },
		{ PAGING_PAE, 12 },    { PAGING_PAE, 21 },    { PAGING_32BIT, 12 },
		{ PAGING_32BIT, 22 },  { PAGING_NONE, 12 },
	};

	for (unsigned g = 0; g < LENGTH(guests); g++)
		for (unsigned levels = 4; levels <= 5; levels++)
			for (unsigned data = 1; data <= 3; data++)
				for (unsigned table = 1; table <= 3; table++) {
					struct layout_config c = layout_config_default();

					c.paging = guests[g].paging;
					c.guest_shift = guests[g].shift;
					c.ept_levels = (uint8_t)levels;
					c.data_level = (uint8_t)data;
					c.table_level = (uint8_t)table;
					unsigned n = guest_depth(&c);
					unsigned expected =
						n * (levels - table + 1) + (levels - data + 1) + n;

					ck_assert_uint_eq(reads_of(&c, &none, 0), expected);
				}
}
END_TEST

/* What caches leave of 24. */
START_TEST(warm_walks)
{
	struct mmu_geometry all = mmu_geometry_everything(), g = mmu_geometry_none();
	struct layout_config c = layout_config_default();

	memcpy(g.guest_psc, all.guest_psc, sizeof(g.guest_psc));
	ck_assert_uint_eq(reads_of(&c, &g, 1), 5); /* guest PDE cache: 1 + 4 */
	memcpy(g.ept_psc, all.ept_psc, sizeof(g.ept_psc));
	ck_assert_uint_eq(reads_of(&c, &g, 1), 2); /* and EPT PDE cache */
	g.nested = all.nested;
	ck_assert_uint_eq(reads_of(&c, &g, 1), 1); /* and a perfect nested TLB */
	g = mmu_geometry_none();
	g.nested = all.nested;
	ck_assert_uint_eq(reads_of(&c, &g, 1), 4);   /* the nested TLB alone: n */
	ck_assert_uint_eq(reads_of(&c, &all, 1), 0); /* TLB */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cold_walks");
	TCase *tests = tcase_create("walks");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, every_row_and_column, 0, LENGTH(rows));
	tcase_add_test(tests, mixed_sizes);
	tcase_add_test(tests, warm_walks);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
