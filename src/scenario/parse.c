/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/parse.h"

#include <inttypes.h>
#include <string.h>

enum number_result { NUMBER_GOOD, NUMBER_NONE, NUMBER_TOO_BIG };

static enum number_result number_from_text(const char *t, uint64_t *value)
{
	uint64_t v = 0;

	if (t[0] != '0' || t[1] != 'x' || !t[2])
		return NUMBER_NONE;
	for (t += 2; *t; t++) {
		unsigned digit;

		if (*t >= '0' && *t <= '9')
			digit = (unsigned)(*t - '0');
		else if ((*t | 0x20) >= 'a' && (*t | 0x20) <= 'f')
			digit = (unsigned)((*t | 0x20) - 'a') + 10;
		else
			return NUMBER_NONE;
		if (v >> 60) /* "NUMBER_TOO_BIG", unless what follows is no digit */
			return t[strspn(t, "0123456789abcdefABCDEF")] ? NUMBER_NONE : NUMBER_TOO_BIG;
		v = v << 4 | digit;
	}
	*value = v;
	return NUMBER_GOOD;
}

static int parse_number(struct parse *p, const json_t *json, const struct key *row, uint64_t *value)
{
	enum number_result result = NUMBER_NONE;
	char expected[96];

	if (json_is_string(json)) {
		result = number_from_text(json_string_value(json), value);
	} else if (json_is_integer(json) && json_integer_value(json) >= 0) {
		*value = (uint64_t)json_integer_value(json);
		result = NUMBER_GOOD;
	}
	if (result == NUMBER_GOOD && *value >= row->min && *value <= row->max)
		return 0;
	if (row->max == UINT64_MAX)
		snprintf(expected, sizeof(expected), "%s%s",
		         result == NUMBER_TOO_BIG ? "a number below 2^64" :
		                                    "a number (an integer from 0, or a \"0x...\" string)",
		         row->nullable ? " or null" : "");
	else if (row->min == row->max)
		snprintf(expected, sizeof(expected), "%" PRIu64, row->min);
	else
		snprintf(expected, sizeof(expected),
		         row->style == STYLE_HEX ? "a number from 0x%" PRIx64 " to 0x%" PRIx64 :
		                                   "a number from %" PRIu64 " to %" PRIu64,
		         row->min, row->max);
	return parse_bad(p, expected, json);
}

static int parse_name(struct parse *p, const json_t *json, const struct key *row, uint64_t *value)
{
	const char *text = json_string_value(json);
	char expected[256] = "one of";
	size_t used = strlen(expected);

	for (*value = 0; text && *value <= row->max; ++*value)
		if (strcmp(text, row->names[*value]) == 0)
			return 0;
	for (uint64_t i = 0; i <= row->max && used < sizeof(expected); i++)
		used += (size_t)snprintf(expected + used, sizeof(expected) - used, "%s%s",
		                         i ? ", " : " ", row->names[i]);
	return parse_bad(p, expected, json);
}

static int parse_switch(struct parse *p, const json_t *json, uint64_t *value)
{
	const char *text = json_string_value(json);

	*value = text && strcmp(text, "on") == 0;
	if (*value || (text && strcmp(text, "off") == 0))
		return 0;
	return parse_bad(p, "\"on\" or \"off\"", json);
}

static const struct key any_number = { .max = UINT64_MAX };

static int parse_numbers(struct parse *p, const json_t *json, uint64_t *values)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		parse_push(p, NULL, i);
		if (parse_number(p, json_array_get(json, i), &any_number, &values[i]) < 0)
			return -1;
		parse_pop(p);
	}
	return 0;
}

/* KEY_ARRAY into the member, KEY_LIST beside it. */
static int parse_array(struct parse *p, const json_t *json, const struct key *row, char *object)
{
	bool list = row->type == KEY_LIST;
	size_t count = json_array_size(json);
	uint64_t *values;
	char expected[64];

	if (!json_is_array(json) || (list ? count > row->max : count != row->max)) {
		snprintf(expected, sizeof(expected), "an array of %s%" PRIu64 " numbers",
		         list ? "at most " : "", row->max);
		return parse_bad(p, expected, json);
	}
	values = list ? pool_alloc(p->pool, count, sizeof(*values)) : (uint64_t *)(object + row->offset);
	if (list) {
		memcpy(object + row->offset, &values, sizeof(values));
		memcpy(object + row->beside, &count, sizeof(count));
	}
	return parse_numbers(p, json, values);
}

/* The path's last element is the address. */
static int parse_cell(struct parse *p, const char *key, const json_t *json, struct cell *cell)
{
	uint64_t at;

	if (number_from_text(key, &at) != NUMBER_GOOD || at >> HPA_BITS)
		return parse_error(p, "expected a \"0x...\" address below 2^%d", HPA_BITS);
	if (at & 7)
		return parse_error(p, "expected an address that is a multiple of 8");
	cell->at = hpa(at);
	return parse_number(p, json, &any_number, &cell->value);
}

int parse_cells(struct parse *p, const json_t *json, struct cell_list *list)
{
	size_t count = json_object_size(json);
	void *i;

	if (!json_is_object(json))
		return parse_bad(p, "an object of \"0xADDRESS\": value", json);
	if (count > SCENARIO_CELLS_MAX)
		return parse_error(p, "expected at most %d cells, found %zu", SCENARIO_CELLS_MAX, count);
	list->cells = pool_alloc(p->pool, count, sizeof(*list->cells));
	list->count = 0;
	/* jansson's iterators: json_object_foreach() would look each key up again. */
	for (i = json_object_iter((json_t *)json); i; i = json_object_iter_next((json_t *)json, i)) {
		const char *key = json_object_iter_key(i);

		parse_push(p, key, 0);
		p->path[p->depth - 1].cell = true;
		if (parse_cell(p, key, json_object_iter_value(i), &list->cells[list->count++]) < 0)
			return -1;
		parse_pop(p);
	}
	cell_list_sort(list);
	for (size_t n = 1; n < count; n++)
		if (list->cells[n].at.v == list->cells[n - 1].at.v)
			return parse_error(p, "expected each cell once, found 0x%" PRIx64
			                      " in two spellings", list->cells[n].at.v);
	return 0;
}

static int parse_member(struct parse *p, const json_t *json, const struct key *row, char *object)
{
	uint64_t value = 0;
	uint32_t given;
	const char *text;

	switch ((enum key_type)row->type) {
	case KEY_NUMBER:
		if (parse_number(p, json, row, &value) < 0)
			return -1;
		break;
	case KEY_SWITCH:
		if (parse_switch(p, json, &value) < 0)
			return -1;
		break;
	case KEY_NAME:
		if (parse_name(p, json, row, &value) < 0)
			return -1;
		break;
	case KEY_STRING:
		text = json_string_value(json);
		if (!text)
			return parse_bad(p, "a string", json);
		memcpy(object + row->offset, &text, sizeof(text));
		return 0;
	case KEY_ARRAY:
	case KEY_LIST:
		return parse_array(p, json, row, object);
	case KEY_CELLS:
		return parse_cells(p, json, (struct cell_list *)(object + row->offset));
	case KEY_OBJECT:
		if (parse_object(p, json, row->keys, object + row->offset, &given) < 0)
			return -1;
		key_store(object, row->beside, row->beside_size, given);
		return 0;
	case KEY_LATER:
		p->later[row->max] = json;
		return 0;
	}
	key_store(object, row->offset, row->size, value);
	return 0;
}

static int unknown_key(struct parse *p, const struct key_table *table, const char *key)
{
	struct unknown_keys *u = p->unknown;
	char name[UNKNOWN_KEY_LENGTH];

	printable_text(name, sizeof(name), key);
	if (table->closed)
		return parse_error(p, "\"%s\" is not modelled", name);
	if (!u->warnings || u->count > UNKNOWN_KEYS_MAX)
		return 0;
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->names[i], name) == 0)
			return 0;
	if (u->count == UNKNOWN_KEYS_MAX) {
		fprintf(u->warnings, "%s:%lu: warning: there are more unknown keys, all ignored\n",
		        p->file, p->line);
	} else {
		strcpy(u->names[u->count], name);
		fprintf(u->warnings, "%s:%lu: warning: the key \"%s\" is not known here and ignored\n",
		        p->file, p->line, name);
	}
	u->count++;
	return 0;
}

/* Keys mostly come in the order of the rows: look from the row after the last
 * one found. */
static const struct key *find_row(const struct key_table *table, const char *name, size_t *next)
{
	size_t i = *next;

	for (size_t n = 0; n < table->count; n++, i++) {
		if (i >= table->count)
			i = 0;
		if (strcmp(table->keys[i].name, name) == 0) {
			*next = i + 1;
			return &table->keys[i];
		}
	}
	return NULL;
}

int parse_object(struct parse *p, const json_t *json, const struct key_table *table, void *object,
                 uint32_t *given)
{
	size_t next = 0;
	void *i;

	*given = 0;
	if (!json_is_object(json))
		return parse_bad(p, "an object", json);
	for (i = json_object_iter((json_t *)json); i; i = json_object_iter_next((json_t *)json, i)) {
		const char *name = json_object_iter_key(i);
		const json_t *value = json_object_iter_value(i);
		const struct key *row = find_row(table, name, &next);

		if (!row) {
			if (unknown_key(p, table, name) < 0)
				return -1;
			continue;
		}
		if (row->nullable && json_is_null(value))
			continue;
		parse_push(p, row->name, 0);
		if (parse_member(p, value, row, object) < 0)
			return -1;
		parse_pop(p);
		*given |= 1u << (row - table->keys);
	}
	for (size_t n = 0; n < table->count && !table->choice; n++)
		if (table->keys[n].required && !(*given >> n & 1))
			return parse_error(p, "the key \"%s\" is missing", table->keys[n].name);
	return 0;
}
