/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The INI reader. Not inih: it cuts long lines and names short without a
 * word, keeps its options in globals, and hands a value over without its line
 * number or the comment behind it.
 */
#include "host/settings_field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct settings *settings;
	enum setting_layer layer;
	const char *name;
	unsigned line;
	char section[SETTINGS_LINE_MAX + 1];
	struct error *err;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool fail(const struct reader *r, const char *what)
{
	error_set(r->err, "%s:%u: %s", r->name, r->line, what);
	return false;
}

static void trim_end(char *text, char *end)
{
	while (end > text && is_space(end[-1]))
		end--;
	*end = 0;
}

/* Cut the comment off `text`; returns what it says, null when nothing. It is
 * printed later, so that it must not speak to the terminal. */
static char *cut_comment(char *text)
{
	for (char *c = text; *c; c++) {
		if ((*c != '#' && *c != ';') || (c > text && !is_space(c[-1])))
			continue;
		*c = 0;
		for (c++; is_space(*c) || *c == '#' || *c == ';'; c++)
			;
		trim_end(c, c + strlen(c));
		for (char *bad = c; *bad; bad++)
			if ((unsigned char)*bad < 0x20 || *bad == 0x7f)
				*bad = *bad == '\t' ? ' ' : '?';
		return *c ? c : NULL;
	}
	return NULL;
}

/* `text` starts with a quote; the value is unescaped where it stands. Returns
 * what follows the closing quote, null when there is none. */
static char *cut_quoted(char *text)
{
	char *to = text, *from = text + 1;

	while (*from && *from != '"') {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	if (!*from)
		return NULL;
	*to = 0;
	return from + 1;
}

static bool read_section(struct reader *r, char *text)
{
	char *close = strchr(text, ']');
	char *name = text + 1 + strspn(text + 1, " \t");

	if (!close)
		return fail(r, "expected ']' at the end of the section's name");
	cut_comment(close + 1);
	if (close[1 + strspn(close + 1, " \t")])
		return fail(r, "expected nothing behind a section's name");
	trim_end(name, close > name ? close : name);
	if (!*name)
		return fail(r, "a section needs a name");
	memcpy(r->section, name, strlen(name) + 1);
	return true;
}

static bool assign(struct reader *r, const char *key, const char *value, const char *source)
{
	/* Both parts are from lines of bounded length. */
	char full[2 * SETTINGS_LINE_MAX + 2];
	struct settings_field *field;

	snprintf(full, sizeof(full), "%s%s%s", r->section, *r->section ? "." : "", key);
	field = settings_find(r->settings, full);
	if (field && field->load == r->settings->loads) {
		error_set(r->err, "%s:%u: %s is set twice, first in line %u", r->name, r->line,
		          full, field->load_line);
		return false;
	}
	if (!settings_set(r->settings, r->layer, full, value, r->name, r->line, source, r->err))
		return false;
	if (field) { /* it is there, or setting it had failed */
		field->load = r->settings->loads;
		field->load_line = r->line;
	}
	return true;
}

static bool read_assignment(struct reader *r, char *text)
{
	char *equals = strchr(text, '='), *value, *source;

	if (!equals || equals == text)
		return fail(r, "expected key = value or [section]");
	trim_end(text, equals);
	value = equals + 1 + strspn(equals + 1, " \t");
	if (*value == '"') {
		char *rest = cut_quoted(value);

		if (!rest)
			return fail(r, "expected '\"' at the end of the value");
		source = cut_comment(rest);
		if (rest[strspn(rest, " \t")])
			return fail(r, "expected nothing behind the quoted value");
	} else {
		source = cut_comment(value);
		trim_end(value, value + strlen(value));
	}
	return assign(r, text, value, source);
}

static bool read_line(struct reader *r, const char *text, size_t length)
{
	char line[SETTINGS_LINE_MAX + 1];
	char *start;

	if (length > SETTINGS_LINE_MAX)
		return fail(r, "the line is longer than 4096 bytes");
	if (memchr(text, 0, length))
		return fail(r, "the line holds a zero byte: is this a text file?");
	memcpy(line, text, length);
	if (length && line[length - 1] == '\r')
		length--;
	line[length] = 0;
	start = line + strspn(line, " \t");
	if (!*start || *start == '#' || *start == ';')
		return true;
	return *start == '[' ? read_section(r, start) : read_assignment(r, start);
}

bool settings_load(struct settings *s, enum setting_layer layer, const char *name, const char *text,
                   size_t length, struct error *err)
{
	struct reader r = { .settings = s, .layer = layer, .name = name, .err = err };
	size_t at = 0;

	s->loads++;
	if (length > SETTINGS_FILE_MAX) {
		error_set(err, "%s: longer than 1 MiB: not a configuration file", name);
		return false;
	}
	/* The byte order mark that some editors put in front. */
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < length) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t line = end ? (size_t)(end - text) - at : length - at;

		r.line++;
		if (!read_line(&r, text + at, line))
			return false;
		at += line + 1;
	}
	return true;
}

bool settings_load_file(struct settings *s, enum setting_layer layer, const char *path,
                        struct error *err)
{
	FILE *file = fopen(path, "rb");
	/* One byte more than allowed, to see that there is more. */
	char *text = file ? malloc(SETTINGS_FILE_MAX + 1) : NULL;
	bool done = false;

	if (text) {
		size_t length = fread(text, 1, SETTINGS_FILE_MAX + 1, file);

		if (!ferror(file))
			done = settings_load(s, layer, path, text, length, err);
		else
			error_set(err, "%s: cannot be read: %s", path, strerror(errno));
	} else {
		error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	}
	free(text);
	if (file)
		fclose(file);
	return done;
}
