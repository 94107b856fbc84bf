/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From JSON values to structs, driven by key tables. Private to src/scenario.
 */
#ifndef SCENARIO_PARSE_H
#define SCENARIO_PARSE_H

#include "scenario/keys.h"

#include <jansson.h>

#define PATH_MAX_DEPTH 8
#define UNKNOWN_KEYS_MAX 64  /* names that are remembered, and warned of */
#define UNKNOWN_KEY_LENGTH 64 /* bytes of a name that count */

/* Names of the keys that were warned of. */
struct unknown_keys {
	FILE *warnings; /* NULL: nobody listens */
	size_t count;
	char names[UNKNOWN_KEYS_MAX][UNKNOWN_KEY_LENGTH];
};

/* One line being read. */
struct parse {
	const char *file;
	unsigned long line;
	struct pool *pool;
	struct unknown_keys *unknown;
	/* Where we are, for the error: steps[3].access.size */
	struct {
		const char *key; /* NULL: `index` */
		size_t index;
		bool cell; /* the key is an address: mem[0x1000] */
	} path[PATH_MAX_DEPTH];
	size_t depth;
	const json_t *later[LATER_KEYS]; /* KEY_LATER values of the object read last */
	char error[1024]; /* "FILE:LINE: ..." */
};

/* Each returns 0, or -1 with p->error set. */

/* Reads an object's keys into members; `given` gets a bit for each row found. */
int parse_object(struct parse *p, const json_t *json, const struct key_table *table, void *object,
                 uint32_t *given);
int parse_cells(struct parse *p, const json_t *json, struct cell_list *list);

/* Set p->error and return -1. parse_bad: "PATH: expected EXPECTED, found JSON". */
int parse_bad(struct parse *p, const char *expected, const json_t *found);
__attribute__((format(printf, 2, 3))) int parse_error(struct parse *p, const char *format, ...);

/* `path` for the values inside: push a key or an index, pop when they are good. */
void parse_push(struct parse *p, const char *key, size_t index);
void parse_pop(struct parse *p);

/* `text` as it can be shown: control characters replaced, and shortened to
 * fit. Returns `out`. */
char *printable_text(char *out, size_t size, const char *text);

#endif
