/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Regions against one byte an address: random operations over a small range,
 * at both ends of the address space.
 */
#include "guest/regions.h"

#include "host/random.h"
#include "host/suite.h"

#include <string.h>

enum { SPAN = 64, ABSENT = 0xff };

static const uint64_t bases[] = { 0, UINT64_MAX - (SPAN - 1), UINT64_C(0x7fffffffffe0) };

static void compare(const struct regions *r, const unsigned char model[SPAN], uint64_t base)
{
	for (unsigned i = 0; i < SPAN; i++) {
		const struct region *found = regions_find(r, base + i);

		check_true((found != NULL) == (model[i] != ABSENT));
		check_true(!found || found->rights == model[i]);
	}
	for (size_t i = 0; i < r->count; i++) {
		check_true(r->region[i].first <= r->region[i].last);
		if (i == 0)
			continue;
		check_true(r->region[i - 1].last < r->region[i].first);
		/* Joined, unless something is between or differs. */
		check_true(r->region[i - 1].last + 1 != r->region[i].first ||
		           r->region[i - 1].rights != r->region[i].rights);
	}
}

START_TEST(random_operations)
{
	uint64_t base = bases[_i];
	unsigned char model[SPAN];
	struct regions r = { .region = NULL };
	struct random random;

	memset(model, ABSENT, sizeof model);
	random_seed(&random, 11 + (uint64_t)_i);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned first = (unsigned)random_below(&random, SPAN);
		unsigned last = first + (unsigned)random_below(&random, SPAN - first);
		uint8_t rights = (uint8_t)random_below(&random, 3);

		switch (random_below(&random, 3)) {
		case 0:
			check_true(regions_map(&r, base + first, base + last, rights));
			memset(model + first, rights, last - first + 1);
			break;
		case 1:
			check_true(regions_unmap(&r, base + first, base + last));
			memset(model + first, ABSENT, last - first + 1);
			break;
		default:
			check_true(regions_protect(&r, base + first, base + last, rights));
			for (unsigned i = first; i <= last; i++)
				if (model[i] != ABSENT)
					model[i] = rights;
			break;
		}
		compare(&r, model, base);
	}
	regions_free(&r);
}
END_TEST

START_TEST(too_many)
{
	struct regions r = { .region = NULL };
	uint64_t i = 0;

	while (regions_map(&r, 2 * i, 2 * i, 1))
		i++;
	check_true(r.count <= REGIONS_MAX && r.count >= REGIONS_MAX - 2);
	check_true(!regions_unmap(&r, 0, 0) && regions_find(&r, 0));
	regions_free(&r);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("regions");

	tcase_add_loop_test(tests, random_operations, 0, 3);
	tcase_add_test(tests, too_many);
	return run_suite("regions", tests);
}
