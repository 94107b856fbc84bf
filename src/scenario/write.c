/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/write.h"

#include "scenario/keys.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* jansson returns NULL only when the host has no memory left. */
static json_t *made(json_t *json)
{
	if (!json) {
		fputs("eptsim: out of memory\n", stderr);
		exit(2);
	}
	return json;
}

static json_t *number_json(enum number_style style, uint64_t value)
{
	char text[32];

	if (style == STYLE_DECIMAL)
		return made(json_integer((json_int_t)value));
	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return made(json_string_nocheck(text));
}

static json_t *list_json(const struct key *row, const void *object)
{
	json_t *array = made(json_array());
	const uint64_t *values = *(uint64_t *const *)((const char *)object + row->offset);
	size_t count = key_load(object, row->beside, sizeof(size_t));

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, number_json(row->style, values[i]));
	return array;
}

/* The keys whose bits are in `present`. */
static json_t *object_json(const struct key_table *table, const void *object, uint32_t present)
{
	json_t *json = made(json_object());

	for (size_t i = 0; i < table->count; i++) {
		const struct key *row = &table->keys[i];
		json_t *value;

		if (!(present >> i & 1))
			continue;
		if (row->type == KEY_NAME)
			value = made(json_string(row->names[key_load(object, row->offset, row->size)]));
		else if (row->type == KEY_LIST)
			value = list_json(row, object);
		else if (row->type == KEY_OBJECT)
			value = object_json(row->keys, (const char *)object + row->offset,
			                    (uint32_t)key_load(object, row->beside, row->beside_size));
		else
			value = number_json(row->style, key_load(object, row->offset, row->size));
		json_object_set_new_nocheck(json, row->name, value);
	}
	return json;
}

static json_t *cells_json(const struct cell_list *list)
{
	json_t *json = made(json_object());

	for (size_t i = 0; i < list->count; i++) {
		char at[32];

		snprintf(at, sizeof(at), "0x%" PRIx64, list->cells[i].at.v);
		json_object_set_new_nocheck(json, at, number_json(STYLE_HEX, list->cells[i].value));
	}
	return json;
}

void scenario_fill(const struct scenario *s, const struct step_result *results)
{
	json_t *steps = json_object_get(s->json, "steps");

	for (size_t i = 0; i < s->step_count; i++) {
		json_t *json = s->sequence ? json_array_get(steps, i) : s->json;
		const struct expect *got = &results[i].got;

		json_object_set_new_nocheck(json, "expect", object_json(&expect_keys, got, got->present));
		json_object_set_new_nocheck(json, "mem_after", cells_json(&results[i].changed));
	}
}

int scenario_write(FILE *out, const struct scenario *s)
{
	if (json_dumpf(s->json, out, JSON_COMPACT) < 0 || putc('\n', out) == EOF)
		return -1;
	return 0;
}
