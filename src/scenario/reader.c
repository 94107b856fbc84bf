/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Line by line: bytes, JSON, scenario.
 */
#include "scenario/lines.h"
#include "scenario/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct scenario_reader {
	struct lines input;
	char *name;
	unsigned long line;
	bool open;
	struct pool pool;
	struct unknown_keys unknown;
	struct scenario scenario;
	struct parse parse;
};

struct scenario_reader *scenario_reader_create(FILE *warnings)
{
	struct scenario_reader *r = calloc(1, sizeof(*r));

	if (!r) {
		fputs("eptsim: out of memory\n", stderr);
		exit(2);
	}
	r->input.fd = -1;
	r->unknown.warnings = warnings;
	return r;
}

/* The scenario read last goes. */
static void forget(struct scenario_reader *r)
{
	json_decref(r->scenario.json);
	r->scenario.json = NULL;
	pool_reset(&r->pool);
}

static void close_input(struct scenario_reader *r)
{
	forget(r);
	if (r->open)
		lines_close(&r->input);
	r->open = false;
	free(r->name);
	r->name = NULL;
}

void scenario_reader_free(struct scenario_reader *r)
{
	if (!r)
		return;
	close_input(r);
	pool_free(&r->pool);
	free(r);
}

const char *scenario_reader_error(const struct scenario_reader *r)
{
	return r->parse.error;
}

static void prepare(struct scenario_reader *r, const char *name)
{
	close_input(r);
	r->name = strdup(name);
	r->line = 0;
	r->parse.error[0] = '\0';
}

/* An error of the file, not of a line. */
static int file_error(struct scenario_reader *r, int number)
{
	snprintf(r->parse.error, sizeof(r->parse.error), "%.200s: cannot be read: %s", r->name,
	         strerror(number));
	return -1;
}

int scenario_reader_open(struct scenario_reader *r, const char *path)
{
	prepare(r, strcmp(path, "-") == 0 ? "standard input" : path);
	if (lines_open(&r->input, path) < 0)
		return file_error(r, errno);
	r->open = true;
	return 0;
}

int scenario_reader_open_memory(struct scenario_reader *r, const char *name, const void *bytes,
                                size_t size)
{
	prepare(r, name);
	lines_open_memory(&r->input, bytes, size);
	r->open = true;
	return 0;
}

static bool blank(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

/* A JSON value takes the library some hundred bytes: the bytes of a line alone
 * do not bound the memory. Each value but the first follows one of , : [ {.
 * Lines too short to exceed the limit are not looked at. */
static size_t count_values(const char *line, size_t length)
{
	size_t count = 1;
	bool string = false;

	if (length <= SCENARIO_VALUES_MAX)
		return 0;
	for (size_t i = 0; i < length; i++) {
		char c = line[i];

		if (c == '"')
			string = !string;
		else if (string && c == '\\')
			i++;
		else if (!string && (c == ',' || c == ':' || c == '[' || c == '{'))
			count++;
	}
	return count;
}

/* The JSON library has signed 64-bit integers. Writes the line anew with its
 * integers from 2^63 to 2^64 - 1 as "0x" strings, which mean the same; NULL if
 * one is larger still. The caller frees. */
static char *respell_integers(const char *line, size_t length, size_t *new_length)
{
	/* 19 or 20 digits become 16 digits and 4 other characters. */
	char *out = malloc(length + length / 16 + 32);
	size_t used = 0;
	bool string = false;

	for (size_t i = 0; out && i < length;) {
		size_t digits = string ? 0 : strspn(line + i, "0123456789");
		char text[32];
		char *end;
		unsigned long long value;

		if (digits < 19 || digits > 20 || (i && strchr("+-.eE", line[i - 1])) ||
		    (line[i + digits] && strchr(".eE", line[i + digits]))) {
			if (line[i] == '"')
				string = !string;
			if (string && line[i] == '\\' && i + 1 < length)
				out[used++] = line[i++];
			/* Digits that stay go as one, or their rest would look
			 * like a number of its own. */
			digits = digits ? digits : 1;
			memcpy(out + used, line + i, digits);
			used += digits;
			i += digits;
			continue;
		}
		memcpy(text, line + i, digits);
		text[digits] = '\0';
		errno = 0;
		value = strtoull(text, &end, 10);
		if (errno) {
			free(out);
			return NULL;
		}
		used += (size_t)sprintf(out + used, "\"0x%llx\"", value);
		i += digits;
	}
	*new_length = used;
	return out;
}

static json_t *load(const char *line, size_t length, json_error_t *error)
{
	return json_loadb(line, length, JSON_REJECT_DUPLICATES, error);
}

static json_t *load_respelled(const char *line, size_t length, json_error_t *error)
{
	char *copy = strndup(line, length); /* a NUL behind it for strspn() */
	size_t new_length;
	char *text = copy ? respell_integers(copy, length, &new_length) : NULL;
	json_t *json = text ? load(text, new_length, error) : NULL;

	free(text);
	free(copy);
	return json;
}

static json_t *load_line(struct parse *p, const char *line, size_t length)
{
	json_error_t error;
	json_t *json;
	const char *nul = memchr(line, '\0', length);
	char text[160];

	if (nul) {
		parse_error(p, "expected JSON, found a NUL byte at column %zu", (size_t)(nul - line) + 1);
		return NULL;
	}
	if (count_values(line, length) > SCENARIO_VALUES_MAX) {
		parse_error(p, "expected at most %d values and keys on a line, found %zu",
		            SCENARIO_VALUES_MAX, count_values(line, length));
		return NULL;
	}
	json = load(line, length, &error);
	if (!json && json_error_code(&error) == json_error_numeric_overflow)
		json = load_respelled(line, length, &error);
	if (json)
		return json;
	if (json_error_code(&error) == json_error_numeric_overflow)
		parse_error(p, "expected numbers that fit 64 bits, found one that does not at column %d",
		            error.column);
	else
		parse_error(p, "malformed JSON at column %d: %s", error.column,
		            printable_text(text, sizeof(text), error.text));
	return NULL;
}

static int read_line(struct scenario_reader *r, const char *line, size_t length)
{
	struct parse *p = &r->parse;
	json_t *json;

	p->file = r->name;
	p->line = r->line;
	p->pool = &r->pool;
	p->unknown = &r->unknown;
	p->depth = 0;
	json = load_line(p, line, length);
	if (!json)
		return -1;
	if (scenario_from_json(p, json, &r->scenario) < 0) {
		r->scenario.json = NULL;
		json_decref(json);
		return -1;
	}
	return 1;
}

/* The next line that is not blank: 1, 0 or -1. */
static int read_scenario(struct scenario_reader *r)
{
	const char *line;
	size_t length;

	for (;;) {
		r->line++;
		switch (lines_next(&r->input, SCENARIO_LINE_MAX, &line, &length)) {
		case LINES_END:
			return 0;
		case LINES_FAILED:
			return file_error(r, errno);
		case LINES_TOO_LONG:
			snprintf(r->parse.error, sizeof(r->parse.error),
			         "%.200s:%lu: expected a line of at most %zu bytes, found a longer one",
			         r->name, r->line, SCENARIO_LINE_MAX);
			return -1;
		case LINES_LINE:
			if (!blank(line, length))
				return read_line(r, line, length);
		}
	}
}

int scenario_read(struct scenario_reader *r, const struct scenario **s)
{
	int result;

	*s = NULL;
	forget(r);
	if (!r->open)
		return r->parse.error[0] ? -1 : 0;
	result = read_scenario(r);
	if (result == 1) {
		*s = &r->scenario;
	} else {
		lines_close(&r->input);
		r->open = false;
	}
	return result;
}
