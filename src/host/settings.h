/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Configuration fields, declared once: each part of the simulator has a table
 * of struct setting that describes fields of its own configuration struct;
 * the command line joins the tables, fills the structs from presets, files
 * and --set, and prints what is in force and where it came from.
 *
 *     struct memory_config { uint64_t size; enum frames_policy frames; };
 *     static const struct setting memory_settings[] = {
 *             { "memory.size", SETTING_SIZE, SETTING_FIELD(struct memory_config, size),
 *               .value = "4G", .min = "1M", .max = "4P", .multiple = "4K", .unit = "bytes",
 *               .description = "Simulated host-physical memory", .source = "assumed" },
 *             { "memory.frames", SETTING_ENUM, SETTING_FIELD(struct memory_config, frames),
 *               .value = "contiguous", .names = frames_policy_names,
 *               .description = "How frames are handed out" },
 *     };
 */
#ifndef HOST_SETTINGS_H
#define HOST_SETTINGS_H

#include "host/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

enum setting_type {
	SETTING_U64,    /* unsigned integer field of 1, 2, 4 or 8 bytes; 12, 0xc */
	SETTING_SIZE,   /* the same, in bytes: 48K, 1.375M, 4G (number.h) */
	SETTING_BOOL,   /* bool; on, yes, true, 1, off, no, false, 0 */
	SETTING_ENUM,   /* unsigned integer field, an index into names */
	SETTING_DOUBLE, /* double */
	SETTING_STRING, /* char array in the struct */
};

struct setting {
	const char *key; /* section.name: lower case, digits, '_', '.', '-' */
	enum setting_type type;
	size_t offset, size;      /* of the field: SETTING_FIELD */
	const char *value;        /* the default, as one would type it */
	const char *min, *max;    /* in the same notation; null: what the field holds */
	const char *multiple;     /* integers: must be a multiple of; null: any */
	const char *const *names; /* enum: ends with null */
	const char *unit;         /* null: none */
	const char *description;  /* one line */
	const char *source;       /* where the default is from; null: a choice */
};

#define SETTING_FIELD(type, member) offsetof(type, member), sizeof(((type *)0)->member)

/* Later layers win over earlier ones, in whatever order they are loaded;
 * within one layer the last assignment wins. */
enum setting_layer { SETTING_DEFAULT, SETTING_PRESET, SETTING_FILE, SETTING_OVERRIDE };

enum {
	SETTINGS_FILE_MAX = 1 << 20, /* bytes of a configuration file */
	SETTINGS_LINE_MAX = 4096,    /* bytes of one line of it */
};

struct settings; /* the joined tables and where each value came from */

struct settings *settings_new(void); /* null: no memory */
void settings_delete(struct settings *s);

/*
 * Join a table and set the fields of `values` to their defaults. `prefix`
 * goes in front of each key ("tlb.l1d." to use one table for many
 * structures; "" otherwise). The table, its strings and `values` must outlive
 * `s`. False with a message when the table is wrong: a key twice, a default
 * out of its own range, a field of the wrong size.
 */
bool settings_add(struct settings *s, const char *prefix, const struct setting *table, size_t count,
                  void *values, struct error *err);

/*
 * Set one field. `origin` ("--set", a file's name) and `line` (0: none) are
 * remembered and start the message of an error; `source` says where the value
 * is from (null: not told). On error the field keeps its value.
 */
bool settings_set(struct settings *s, enum setting_layer layer, const char *key, const char *value,
                  const char *origin, unsigned line, const char *source, struct error *err);

/* "key=value", as --set gives it. */
bool settings_assign(struct settings *s, enum setting_layer layer, const char *assignment,
                     const char *origin, struct error *err);

/*
 * INI text: [section], key = value, comments from '#' or ';' at the start of
 * a line or after a space. The comment behind a value is remembered as that
 * value's source. A value with such characters stands in double quotes, in
 * which \" and \\ are escapes. `[a.b]` and `c = 1` set the key a.b.c. A key
 * given twice in one text is an error. On error the lines before the bad one
 * are in force.
 */
bool settings_load(struct settings *s, enum setting_layer layer, const char *name, const char *text,
                   size_t length, struct error *err);
bool settings_load_file(struct settings *s, enum setting_layer layer, const char *path,
                        struct error *err);

/*
 * For rules that join several fields (a hash that cannot index so many sets):
 * sets `err` to where the value of `key` came from, the key, its value and
 * the reason.
 */
void settings_reject(const struct settings *s, struct error *err, const char *key,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A field's value as one would type it; false when there is no such key. */
bool settings_get(const struct settings *s, const char *key, char *out, size_t room);

enum settings_format {
	SETTINGS_TEXT,     /* key, value, unit, origin, source */
	SETTINGS_LIST,     /* key, default, range, unit, description */
	SETTINGS_INI,      /* reads back as the same values */
	SETTINGS_MARKDOWN, /* for the documentation: defaults, not values in force */
};

/* False when memory ran out. Errors of `out` are its own. */
bool settings_print(const struct settings *s, FILE *out, enum settings_format format);

/* {key: value}, in the order of the tables; null when memory ran out. */
json_t *settings_json(const struct settings *s);

/* {key: {value, unit, layer, origin, source, default, min, max, description}}. */
json_t *settings_json_full(const struct settings *s);

#endif
