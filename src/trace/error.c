/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Errors of traces as one printable sentence each.
 */
#include "trace/format.h"

#include <stdarg.h>
#include <string.h>

/* A path may be 4096 bytes long; its end says more than its beginning. */
#define NAME_SHOWN 160

static size_t put_name(char *message, size_t size, const char *name)
{
	size_t length = strlen(name);

	return (size_t)snprintf(message, size, "%s%s", length > NAME_SHOWN ? "..." : "",
	                        length > NAME_SHOWN ? name + length - NAME_SHOWN : name);
}

void trace_error_set(struct trace_error *error, enum trace_error_kind kind, const char *name,
                     const char *text, ...)
{
	size_t used = put_name(error->message, sizeof error->message, name);
	va_list arguments;

	error->kind = kind;
	used += (size_t)snprintf(error->message + used, sizeof error->message - used, ": ");
	va_start(arguments, text);
	vsnprintf(error->message + used, sizeof error->message - used, text, arguments);
	va_end(arguments);
	/* A library's message may quote the input. */
	for (char *p = error->message + used; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

const char *trace_quote(char quoted[QUOTE_SIZE], const char *bytes, size_t size)
{
	enum { SHOWN = 40 }; /* four characters each at most, then the dots */
	char *to = quoted;

	for (size_t i = 0; i < size && i < SHOWN; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			*to++ = (char)c;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	strcpy(to, size > SHOWN ? "..." : "");
	return quoted;
}

/* Tolerate the error or fail by it: true for the former. */
static bool settle(struct trace *t, const struct trace_error *error)
{
	if (t->counts.errors < t->options.max_errors) {
		t->counts.errors++;
		if (!t->tolerated.kind)
			t->tolerated = *error;
		return true;
	}
	t->failed = *error;
	return false;
}

bool trace_malformed(struct trace *t, const char *expected, const char *found, size_t size)
{
	struct trace_error error = { .kind = TRACE_ERROR_MALFORMED, .line = t->line };
	char quoted[QUOTE_SIZE];
	size_t used = put_name(error.message, sizeof error.message, t->name);
	const char *what = found ? trace_quote(quoted, found, size) : "nothing more";
	const char *mark = found ? "\"" : "";

	snprintf(error.message + used, sizeof error.message - used,
	         ":%llu: expected %s, found %s%s%s", (unsigned long long)error.line, expected, mark,
	         what, mark);
	return settle(t, &error);
}

bool trace_malformed_at(struct trace *t, uint64_t offset, const char *expected, const char *found)
{
	struct trace_error error = { .kind = TRACE_ERROR_MALFORMED, .offset = offset };
	size_t used = put_name(error.message, sizeof error.message, t->name);

	snprintf(error.message + used, sizeof error.message - used,
	         ": byte %llu: expected %s, found %s", (unsigned long long)offset, expected, found);
	return settle(t, &error);
}
