/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The sentence about what is wrong, and where.
 */
#include "scenario/parse.h"

#include <stdarg.h>
#include <string.h>

char *printable_text(char *out, size_t size, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < size; i++) {
		unsigned char c = (unsigned char)text[i];

		out[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	out[i] = '\0';
	if (text[i] && i >= 3)
		memcpy(out + i - 3, "...", 3);
	return out;
}

void parse_push(struct parse *p, const char *key, size_t index)
{
	p->path[p->depth].key = key;
	p->path[p->depth].index = index;
	p->path[p->depth].cell = false;
	p->depth++;
}

void parse_pop(struct parse *p)
{
	p->depth--;
}

/* "steps[3].access.size: ", or nothing at the top. */
static void path_text(const struct parse *p, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->depth && used < size; i++) {
		char key[48];

		if (!p->path[i].key)
			used += (size_t)snprintf(out + used, size - used, "[%zu]", p->path[i].index);
		else
			used += (size_t)snprintf(out + used, size - used,
			                         p->path[i].cell ? "[%s]" : i ? ".%s" : "%s",
			                         printable_text(key, sizeof(key), p->path[i].key));
	}
	if (p->depth && used < size)
		snprintf(out + used, size - used, ": ");
}

int parse_error(struct parse *p, const char *format, ...)
{
	char path[256], what[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	path_text(p, path, sizeof(path));
	snprintf(p->error, sizeof(p->error), "%.200s:%lu: %s%s", p->file, p->line, path, what);
	return -1;
}

static void describe(const json_t *json, char *out, size_t size)
{
	char text[48];

	switch (json_typeof(json)) {
	case JSON_OBJECT:
		snprintf(out, size, "an object");
		break;
	case JSON_ARRAY:
		snprintf(out, size, "an array of %zu", json_array_size(json));
		break;
	case JSON_STRING:
		snprintf(out, size, "\"%s\"", printable_text(text, sizeof(text), json_string_value(json)));
		break;
	case JSON_INTEGER:
		snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		break;
	case JSON_REAL:
		snprintf(out, size, "%.17g", json_real_value(json));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		snprintf(out, size, "%s", json_is_true(json) ? "true" : "false");
		break;
	case JSON_NULL:
		snprintf(out, size, "null");
		break;
	}
}

int parse_bad(struct parse *p, const char *expected, const json_t *found)
{
	char text[64];

	describe(found, text, sizeof(text));
	return parse_error(p, "expected %s, found %s", expected, text);
}
