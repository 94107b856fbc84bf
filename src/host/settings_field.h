/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The joined fields, private to settings*.c.
 */
#ifndef HOST_SETTINGS_FIELD_H
#define HOST_SETTINGS_FIELD_H

#include "host/number.h"
#include "host/settings.h"

enum {
	SETTINGS_KEY_MAX = 128,    /* bytes of a full key */
	SETTINGS_RANGE_SIZE = 256, /* room for what a value may be, in words */
};

struct settings_field {
	const struct setting *row;
	char *key; /* prefix and all */
	void *at;  /* the field in the caller's struct */
	enum setting_layer layer;
	char *origin;             /* file or option; null: the default */
	unsigned line;            /* 0: none */
	char *source;             /* of a value that is not the default; null: not told */
	unsigned load, load_line; /* the text that set it last, to find a second time */
};

struct settings {
	struct settings_field *field;
	size_t count, room;
	unsigned loads;
};

/* A value that was parsed and is in range. */
struct settings_value {
	uint64_t number; /* integers, bool, enum's index */
	double real;
	const char *text; /* string: the caller's own */
};

struct settings_field *settings_find(const struct settings *s, const char *key);

/* False when `text` is no value for this row. */
bool settings_value_parse(const struct setting *row, const char *text,
                          struct settings_value *value);
void settings_value_store(const struct settings_field *field, const struct settings_value *value);

uint64_t settings_value_number(const struct settings_field *field);

/* As one would type it; true when it fit. */
bool settings_value_format(const struct settings_field *field, char *out, size_t room);
json_t *settings_value_json(const struct settings_field *field);

/* What a value may be: "integer, 1 to 1024". */
void settings_range(const struct setting *row, char out[SETTINGS_RANGE_SIZE]);

/* Is the row itself sound, its default in its own range? */
bool settings_row_check(const struct setting *row, struct error *err);

/* Where the value in force is from: "default", "--set", "file.ini:12". */
void settings_origin(const struct settings_field *field, char *out, size_t room);

/* Where it is said to be from: the comment in the file, or the row's source. */
const char *settings_source(const struct settings_field *field);

#endif
