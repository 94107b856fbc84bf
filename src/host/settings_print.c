/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/settings_field.h"

#include "host/json.h"
#include "host/table.h"

#include <stdlib.h>
#include <string.h>

static const char *const layer_names[] = { "default", "preset", "file", "override" };

/* A field's value as text, however long; null when memory ran out. */
static char *value_text(const struct settings_field *field)
{
	size_t room = NUMBER_TEXT_SIZE;
	char *text;

	if (field->row->type == SETTING_STRING)
		room += field->row->size;
	/* Of an enum, the longest name decides. */
	for (unsigned i = 0; field->row->type == SETTING_ENUM && field->row->names[i]; i++)
		room += strlen(field->row->names[i]);
	text = malloc(room);
	if (text)
		settings_value_format(field, text, room);
	return text;
}

static char *origin_text(const struct settings_field *field)
{
	size_t room = (field->origin ? strlen(field->origin) : 0) + NUMBER_TEXT_SIZE;
	char *text = malloc(room);

	if (text)
		settings_origin(field, text, room);
	return text;
}

static bool print_in_force(const struct settings *s, FILE *out)
{
	struct table t;
	bool done = true;

	table_init(&t, 5, (const char *[]){ "key", "value", "unit", "from", "source" }, 0);
	for (size_t i = 0; i < s->count; i++) {
		const struct settings_field *field = &s->field[i];
		char *value = value_text(field), *origin = origin_text(field);

		done = done && value && origin;
		table_add(&t, (const char *[]){ field->key, value, field->row->unit, origin,
		                                settings_source(field) });
		free(value);
		free(origin);
	}
	done = table_print(&t, out, TABLE_TEXT) && done;
	table_destroy(&t);
	return done;
}

static bool print_declared(const struct settings *s, FILE *out, bool markdown)
{
	static const char *const head[] = {
		"key", "default", "allowed", "unit", "meaning", "source"
	};
	struct table t;
	bool done;

	table_init(&t, markdown ? 6 : 5, head, 0);
	for (size_t i = 0; i < s->count; i++) {
		const struct setting *row = s->field[i].row;
		char range[SETTINGS_RANGE_SIZE], key[SETTINGS_KEY_MAX + 2];

		settings_range(row, range);
		snprintf(key, sizeof(key), markdown ? "`%s`" : "%s", s->field[i].key);
		table_add(&t, (const char *[]){ key, row->value, range, row->unit, row->description,
		                                row->source });
	}
	done = table_print(&t, out, markdown ? TABLE_MARKDOWN : TABLE_TEXT);
	table_destroy(&t);
	return done;
}

/* Bare where that reads back as the same text. */
static void print_ini_value(const char *value, FILE *out)
{
	size_t length = strlen(value);

	if (length && !strpbrk(value, "\"#;\\") && value[0] != ' ' && value[length - 1] != ' ') {
		fputs(value, out);
		return;
	}
	fputc('"', out);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static bool print_ini_field(const struct settings_field *field, const char *name, FILE *out)
{
	char *value = value_text(field);
	const char *source = settings_source(field);

	if (!value)
		return false;
	fprintf(out, "%s = ", name);
	print_ini_value(value, out);
	if (source)
		fprintf(out, " # %s", source);
	fputc('\n', out);
	free(value);
	return true;
}

static size_t section_length(const char *key)
{
	const char *dot = strrchr(key, '.');

	return dot ? (size_t)(dot - key) : 0;
}

static bool print_ini(const struct settings *s, FILE *out)
{
	const char *section = "";
	size_t length = 0;

	/* Keys of no section only can stand in front of all sections. */
	for (size_t i = 0; i < s->count; i++)
		if (!section_length(s->field[i].key) &&
		    !print_ini_field(&s->field[i], s->field[i].key, out))
			return false;
	for (size_t i = 0; i < s->count; i++) {
		const char *key = s->field[i].key;
		size_t here = section_length(key);

		if (!here)
			continue;
		if (here != length || strncmp(key, section, here) != 0) {
			section = key;
			length = here;
			fprintf(out, "%s[%.*s]\n", i ? "\n" : "", (int)here, key);
		}
		if (!print_ini_field(&s->field[i], key + here + 1, out))
			return false;
	}
	return true;
}

bool settings_print(const struct settings *s, FILE *out, enum settings_format format)
{
	switch (format) {
	case SETTINGS_TEXT:
		return print_in_force(s, out);
	case SETTINGS_LIST:
		return print_declared(s, out, false);
	case SETTINGS_INI:
		return print_ini(s, out);
	case SETTINGS_MARKDOWN:
		return print_declared(s, out, true);
	}
	return false;
}

static bool add_text(json_t *object, const char *name, const char *text)
{
	return !text || json_object_set_new(object, name, json_text(text)) == 0;
}

static json_t *field_json(const struct settings_field *field)
{
	const struct setting *row = field->row;
	char *origin = origin_text(field);
	json_t *object = json_object();
	bool done = object && origin &&
	            json_object_set_new(object, "value", settings_value_json(field)) == 0 &&
	            add_text(object, "unit", row->unit) &&
	            add_text(object, "layer", layer_names[field->layer]) &&
	            add_text(object, "origin", origin) &&
	            add_text(object, "source", settings_source(field)) &&
	            add_text(object, "default", row->value) && add_text(object, "min", row->min) &&
	            add_text(object, "max", row->max) &&
	            add_text(object, "description", row->description);

	free(origin);
	if (done)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *collect(const struct settings *s, json_t *(*value)(const struct settings_field *))
{
	json_t *object = json_object();

	for (size_t i = 0; i < s->count; i++)
		if (json_object_set_new(object, s->field[i].key, value(&s->field[i])) != 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

json_t *settings_json(const struct settings *s)
{
	return collect(s, settings_value_json);
}

json_t *settings_json_full(const struct settings *s)
{
	return collect(s, field_json);
}
