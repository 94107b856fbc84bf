/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/settings.h"

#include "host/settings_field.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTE_MAX = 80 }; /* bytes of the user's text that a message repeats */

struct settings *settings_new(void)
{
	return calloc(1, sizeof(struct settings));
}

void settings_delete(struct settings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		free(s->field[i].key);
		free(s->field[i].origin);
		free(s->field[i].source);
	}
	free(s->field);
	free(s);
}

struct settings_field *settings_find(const struct settings *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->field[i].key, key) == 0)
			return &s->field[i];
	return NULL;
}

static struct settings_field *append(struct settings *s, char *key)
{
	struct settings_field *field;

	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 64;

		field = realloc(s->field, room * sizeof(*field));
		if (!field)
			return NULL;
		s->field = field;
		s->room = room;
	}
	field = &s->field[s->count++];
	memset(field, 0, sizeof(*field));
	field->key = key;
	return field;
}

static bool key_sound(const char *key)
{
	return *key && strlen(key) < SETTINGS_KEY_MAX && *key != '.' &&
	       key[strlen(key) - 1] != '.' &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(key);
}

static bool add_row(struct settings *s, const char *prefix, const struct setting *row, void *values,
                    struct error *err)
{
	struct settings_field *field;
	struct settings_value value;
	size_t length = strlen(prefix) + strlen(row->key) + 1;
	char *key;

	if (!settings_row_check(row, err))
		return false;
	key = malloc(length);
	field = NULL;
	if (key) {
		snprintf(key, length, "%s%s", prefix, row->key);
		if (!key_sound(key) || settings_find(s, key)) {
			error_set(err, "setting %s: the key is malformed or declared twice", key);
			free(key);
			return false;
		}
		field = append(s, key);
	}
	if (!field) {
		free(key);
		error_set(err, "out of memory");
		return false;
	}
	field->row = row;
	field->at = (char *)values + row->offset;
	settings_value_parse(row, row->value, &value);
	settings_value_store(field, &value);
	return true;
}

bool settings_add(struct settings *s, const char *prefix, const struct setting *table, size_t count,
                  void *values, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!add_row(s, prefix, &table[i], values, err))
			return false;
	return true;
}

/* How many letters to insert, delete or replace to make `b` of `a`. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[SETTINGS_KEY_MAX + 1];
	size_t width = strlen(b);

	for (unsigned j = 0; j <= width; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= width; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[width];
}

/* The key that was probably meant; null when none is near. */
static const char *nearest_key(const struct settings *s, const char *key)
{
	size_t length = strlen(key);
	unsigned limit = length < 6 ? 2 : (unsigned)length / 3;
	const char *nearest = NULL;

	if (length >= SETTINGS_KEY_MAX)
		return NULL;
	for (size_t i = 0; i < s->count; i++) {
		unsigned distance = edit_distance(key, s->field[i].key);

		if (distance <= limit && (!nearest || distance < limit)) {
			nearest = s->field[i].key;
			limit = distance;
		}
	}
	return nearest;
}

static void prefix_origin(struct error *err, const char *origin, unsigned line)
{
	if (origin && line)
		error_prefix(err, "%s:%u: ", origin, line);
	else if (origin)
		error_prefix(err, "%s: ", origin);
}

static bool refuse_key(const struct settings *s, const char *key, struct error *err)
{
	const char *nearest = nearest_key(s, key);

	if (nearest)
		error_set(err, "unknown key \"%.*s\", did you mean \"%s\"?", QUOTE_MAX, key,
		          nearest);
	else
		error_set(err, "unknown key \"%.*s\"", QUOTE_MAX, key);
	return false;
}

static bool refuse_value(const struct settings_field *field, const char *value, struct error *err)
{
	char range[SETTINGS_RANGE_SIZE];

	settings_range(field->row, range);
	error_set(err, "%s = %.*s: expected %s", field->key, QUOTE_MAX, value, range);
	return false;
}

/* Put a value in force, unless a later layer has set the field already. */
static bool commit(struct settings_field *field, enum setting_layer layer,
                   const struct settings_value *value, const char *origin, unsigned line,
                   const char *source, struct error *err)
{
	char *origin_copy = origin ? strdup(origin) : NULL;
	char *source_copy = source ? strdup(source) : NULL;

	if ((origin && !origin_copy) || (source && !source_copy)) {
		free(origin_copy);
		free(source_copy);
		error_set(err, "out of memory");
		return false;
	}
	free(field->origin);
	free(field->source);
	field->origin = origin_copy;
	field->source = source_copy;
	field->line = line;
	field->layer = layer;
	settings_value_store(field, value);
	return true;
}

bool settings_set(struct settings *s, enum setting_layer layer, const char *key, const char *value,
                  const char *origin, unsigned line, const char *source, struct error *err)
{
	struct settings_field *field = settings_find(s, key);
	struct settings_value parsed;
	bool done = true;

	if (!field)
		done = refuse_key(s, key, err);
	else if (!settings_value_parse(field->row, value, &parsed))
		done = refuse_value(field, value, err);
	else if (layer >= field->layer)
		done = commit(field, layer, &parsed, origin, line, source, err);
	if (!done)
		prefix_origin(err, origin, line);
	return done;
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		text[--length] = 0;
	return text;
}

bool settings_assign(struct settings *s, enum setting_layer layer, const char *assignment,
                     const char *origin, struct error *err)
{
	char *copy = strdup(assignment);
	char *equals = copy ? strchr(copy, '=') : NULL;
	bool done = false;

	if (equals) {
		*equals = 0;
		done = settings_set(s, layer, trim(copy), trim(equals + 1), origin, 0, NULL, err);
	} else {
		error_set(err, copy ? "expected key=value, found \"%.*s\"" : "out of memory",
		          QUOTE_MAX, assignment);
		prefix_origin(err, origin, 0);
	}
	free(copy);
	return done;
}

void settings_origin(const struct settings_field *field, char *out, size_t room)
{
	if (!field->origin)
		snprintf(out, room, "%s", field->layer == SETTING_DEFAULT ? "default" : "set");
	else if (field->line)
		snprintf(out, room, "%s:%u", field->origin, field->line);
	else
		snprintf(out, room, "%s", field->origin);
}

const char *settings_source(const struct settings_field *field)
{
	return field->layer == SETTING_DEFAULT ? field->row->source : field->source;
}

void settings_reject(const struct settings *s, struct error *err, const char *key,
                     const char *format, ...)
{
	const struct settings_field *field = settings_find(s, key);
	char reason[ERROR_MESSAGE_SIZE], value[QUOTE_MAX] = "";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (!field) {
		error_set(err, "%s: %s", key, reason);
		return;
	}
	settings_value_format(field, value, sizeof(value));
	error_set(err, "%s = %s: %s", key, value, reason);
	prefix_origin(err, field->origin ? field->origin : "default", field->line);
}

bool settings_get(const struct settings *s, const char *key, char *out, size_t room)
{
	const struct settings_field *field = settings_find(s, key);

	return field && settings_value_format(field, out, room);
}
