/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/table.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *t, unsigned columns, const char *const *head, unsigned right)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns < TABLE_COLUMNS_MAX ? columns : TABLE_COLUMNS_MAX;
	t->right = right;
	table_add(t, head);
}

void table_destroy(struct table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	memset(t, 0, sizeof(*t));
}

void table_add(struct table *t, const char *const *cells)
{
	char **row;

	if (t->rows == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		char **grown = realloc(t->cell, room * t->columns * sizeof(*grown));

		if (!grown) {
			t->failed = true;
			return;
		}
		t->cell = grown;
		t->room = room;
	}
	row = t->cell + t->rows * t->columns;
	for (unsigned i = 0; i < t->columns; i++) {
		row[i] = strdup(cells[i] ? cells[i] : "");
		if (!row[i]) {
			while (i--)
				free(row[i]);
			t->failed = true;
			return;
		}
	}
	t->rows++;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void pad(FILE *out, size_t width)
{
	while (width--)
		fputc(' ', out);
}

static void print_text(const struct table *t, FILE *out)
{
	size_t width[TABLE_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->rows * t->columns; i++) {
		size_t w = width_of(t->cell[i]);

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t r = 0; r < t->rows; r++) {
		char **row = t->cell + r * t->columns;
		size_t owed = 0; /* spaces due only if something follows */

		for (unsigned c = 0; c < t->columns; c++) {
			size_t gap = width[c] - width_of(row[c]);
			bool right = t->right >> c & 1;

			if (*row[c]) {
				pad(out, owed + (right ? gap : 0));
				fputs(row[c], out);
				owed = right ? 0 : gap;
			} else {
				owed += gap;
			}
			owed += 2;
		}
		fputc('\n', out);
	}
}

/* RFC 4180: quotes around a cell that holds a comma, a quote or a newline. */
static void print_csv_cell(const char *cell, FILE *out)
{
	if (!strpbrk(cell, ",\"\r\n")) {
		fputs(cell, out);
		return;
	}
	fputc('"', out);
	for (; *cell; cell++) {
		if (*cell == '"')
			fputc('"', out);
		fputc(*cell, out);
	}
	fputc('"', out);
}

static void print_csv(const struct table *t, FILE *out)
{
	for (size_t i = 0; i < t->rows * t->columns; i++) {
		print_csv_cell(t->cell[i], out);
		fputc((i + 1) % t->columns ? ',' : '\n', out);
	}
}

static void print_markdown_row(const struct table *t, char *const *row, FILE *out)
{
	fputc('|', out);
	for (unsigned c = 0; c < t->columns; c++) {
		fputc(' ', out);
		for (const char *s = row[c]; *s; s++) {
			if (*s == '|')
				fputc('\\', out);
			fputc(*s == '\n' ? ' ' : *s, out);
		}
		fputs(*row[c] ? " |" : "|", out);
	}
	fputc('\n', out);
}

static void print_markdown(const struct table *t, FILE *out)
{
	for (size_t r = 0; r < t->rows; r++) {
		print_markdown_row(t, t->cell + r * t->columns, out);
		if (r > 0)
			continue;
		fputc('|', out);
		for (unsigned c = 0; c < t->columns; c++)
			fputs(t->right >> c & 1 ? "---:|" : "---|", out);
		fputc('\n', out);
	}
}

bool table_print(const struct table *t, FILE *out, enum table_format format)
{
	switch (format) {
	case TABLE_TEXT:
		print_text(t, out);
		break;
	case TABLE_CSV:
		print_csv(t, out);
		break;
	case TABLE_MARKDOWN:
		print_markdown(t, out);
		break;
	}
	return !t->failed;
}
