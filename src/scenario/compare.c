/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/compare.h"

#include "scenario/parse.h"

#include <inttypes.h>

/* One difference: which field, and both values. */
struct difference {
	char field[64];
	char expected[64];
	char got[64];
};

static void number_text(const struct key *row, uint64_t value, char *out, size_t size)
{
	if (row->type == KEY_NAME)
		snprintf(out, size, "%s", row->names[value]);
	else
		snprintf(out, size, row->style == STYLE_HEX ? "0x%" PRIx64 : "%" PRIu64, value);
}

static bool log_differs(const struct expect *want, const struct expect *got, struct difference *d)
{
	for (size_t i = 0; i < want->pml_log_count || i < got->pml_log_count; i++) {
		bool wanted = i < want->pml_log_count, there = i < got->pml_log_count;

		if (wanted && there && want->pml_log[i] == got->pml_log[i])
			continue;
		snprintf(d->field, sizeof(d->field), "expect.pml_log[%zu]", i);
		snprintf(d->expected, sizeof(d->expected), wanted ? "0x%" PRIx64 : "no entry",
		         wanted ? want->pml_log[i] : 0);
		snprintf(d->got, sizeof(d->got), there ? "0x%" PRIx64 : "no entry",
		         there ? got->pml_log[i] : 0);
		return true;
	}
	return false;
}

/* The first of the fields `given` in `want` that is not the same in `got`,
 * which has the fields `present`. */
static bool fields_differ(const struct key_table *table, const char *prefix, const void *want,
                          uint32_t given, const void *got, uint32_t present, struct difference *d)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct key *row = &table->keys[i];
		bool there = present >> i & 1;
		bool scalar = row->type == KEY_NUMBER || row->type == KEY_NAME;
		uint64_t expected = scalar ? key_load(want, row->offset, row->size) : 0;
		uint64_t value = scalar ? key_load(got, row->offset, row->size) : 0;

		if (!(given >> i & 1) || (there && scalar && expected == value))
			continue;
		if (there && row->type == KEY_LIST) {
			if (log_differs(want, got, d))
				return true;
			continue;
		}
		if (there && row->type == KEY_OBJECT) {
			const char *inner_want = (const char *)want + row->offset;
			const char *inner_got = (const char *)got + row->offset;

			if (fields_differ(row->keys, "expect.ve_info", inner_want,
			                  (uint32_t)key_load(want, row->beside, row->beside_size), inner_got,
			                  (uint32_t)key_load(got, row->beside, row->beside_size), d))
				return true;
			continue;
		}
		snprintf(d->field, sizeof(d->field), "%s.%s", prefix, row->name);
		if (scalar)
			number_text(row, expected, d->expected, sizeof(d->expected));
		else
			snprintf(d->expected, sizeof(d->expected), "it");
		if (there)
			number_text(row, value, d->got, sizeof(d->got));
		else
			snprintf(d->got, sizeof(d->got), "no such field");
		return true;
	}
	return false;
}

/* Both lists are sorted. */
static bool cells_differ(const struct cell_list *want, const struct cell_list *got, struct difference *d)
{
	size_t w = 0, g = 0;

	while (w < want->count || g < got->count) {
		const struct cell *a = w < want->count ? &want->cells[w] : NULL;
		const struct cell *b = g < got->count ? &got->cells[g] : NULL;
		uint64_t at;

		if (a && b && a->at.v == b->at.v && a->value == b->value) {
			w++;
			g++;
			continue;
		}
		at = !b || (a && a->at.v < b->at.v) ? a->at.v : b->at.v;
		snprintf(d->field, sizeof(d->field), "mem_after[0x%" PRIx64 "]", at);
		if (a && a->at.v == at)
			snprintf(d->expected, sizeof(d->expected), "0x%" PRIx64, a->value);
		else
			snprintf(d->expected, sizeof(d->expected), "no change");
		if (b && b->at.v == at)
			snprintf(d->got, sizeof(d->got), "0x%" PRIx64, b->value);
		else
			snprintf(d->got, sizeof(d->got), "no change");
		return true;
	}
	return false;
}

bool scenario_compare(const struct scenario *s, const struct step_result *results, char *text,
                      size_t size)
{
	struct difference d;
	char id[128], step[32] = "";

	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *want = &s->steps[i];
		const struct step_result *got = &results[i];

		if (!fields_differ(&expect_keys, "expect", &want->expect, want->expect.present,
		                   &got->got, got->got.present, &d) &&
		    !(want->mem_after_given && cells_differ(&want->mem_after, &got->changed, &d)))
			continue;
		if (s->sequence)
			snprintf(step, sizeof(step), " step %zu", i);
		snprintf(text, size, "%s%s: %s: expected %s, got %s",
		         printable_text(id, sizeof(id), s->id), step, d.field, d.expected, d.got);
		return false;
	}
	return true;
}
