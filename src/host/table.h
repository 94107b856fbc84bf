/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A table of text, collected row by row and printed with aligned columns, as
 * CSV (RFC 4180) or as Markdown.
 */
#ifndef HOST_TABLE_H
#define HOST_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 16 };

enum table_format { TABLE_TEXT, TABLE_CSV, TABLE_MARKDOWN };

struct table {
	unsigned columns;
	unsigned right; /* bit i: column i is aligned to the right (numbers) */
	size_t rows, room;
	char **cell; /* rows * columns; the first row is the head */
	bool failed; /* no memory for a row: printing says so by false */
};

/* The head, one string a column; `right` as above. Strings are copied. */
void table_init(struct table *t, unsigned columns, const char *const *head, unsigned right);
void table_destroy(struct table *t);

/* As many strings as columns; null is an empty cell. */
void table_add(struct table *t, const char *const *cells);

/* False when a row was lost for want of memory. Errors of `out` are its own. */
bool table_print(const struct table *t, FILE *out, enum table_format format);

#endif
