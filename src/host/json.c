/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/json.h"

#include "host/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 17 digits would print 0.1 as 0.10000000000000001. */
enum { REAL_DIGITS = 15 };

json_t *json_u64(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value) : json_hex(value);
}

json_t *json_hex(uint64_t value)
{
	char text[NUMBER_TEXT_SIZE];

	number_format_hex(text, value);
	return json_string(text);
}

json_t *json_double(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* Length of the valid UTF-8 sequence at `s`, 0 when there is none. */
static size_t sequence_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80                   ? 1
	                : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
	                : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
	                : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
	                                              : 0;

	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, above U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return length;
}

json_t *json_text(const char *text)
{
	/* Each bad byte becomes the three bytes of U+FFFD. */
	char *clean = malloc(3 * strlen(text) + 1);
	char *end = clean;
	json_t *value;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = sequence_length((const unsigned char *)text);

		if (length) {
			memcpy(end, text, length);
			end += length;
			text += length;
		} else {
			memcpy(end, "\xef\xbf\xbd", 3);
			end += 3;
			text++;
		}
	}
	*end = 0;
	value = json_string(clean);
	free(clean);
	return value;
}

void json_put(json_t **object, const char *key, json_t *value)
{
	if (!*object)
		json_decref(value);
	else if (json_object_set_new(*object, key, value) != 0) {
		json_decref(*object);
		*object = NULL;
	}
}

void json_push(json_t **array, json_t *value)
{
	if (!*array)
		json_decref(value);
	else if (json_array_append_new(*array, value) != 0) {
		json_decref(*array);
		*array = NULL;
	}
}

bool json_u64_value(const json_t *value, uint64_t *out)
{
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*out = (uint64_t)json_integer_value(value);
		return true;
	}
	if (!json_is_string(value) ||
	    strlen(json_string_value(value)) != json_string_length(value) ||
	    strncmp(json_string_value(value), "0x", 2) != 0)
		return false;
	return number_parse_u64(json_string_value(value), out);
}

static bool write_with(const json_t *value, FILE *out, size_t flags, struct error *err)
{
	flags |= JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(REAL_DIGITS) | JSON_ENCODE_ANY;
	errno = 0;
	if (json_dumpf(value, out, flags) == 0 && fputc('\n', out) != EOF)
		return true;
	error_set(err, "JSON cannot be written: %s", errno ? strerror(errno) : "out of memory");
	return false;
}

bool json_write(const json_t *value, FILE *out, struct error *err)
{
	return write_with(value, out, JSON_INDENT(2), err);
}

bool json_write_line(const json_t *value, FILE *out, struct error *err)
{
	return write_with(value, out, JSON_COMPACT, err);
}
