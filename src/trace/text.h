/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the readers of text formats share: lines and numbers. Each reader has a
 * fast loop of its own over well-formed lines, made of the inline functions
 * here, and gives every other line to its careful parser. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_TEXT_H
#define EPTSIM_TRACE_TEXT_H

#include "trace/format.h"

struct text_line {
	const char *text; /* without newline and the carriage return before it */
	size_t size;
	bool over_long;  /* only its end is there, at most TEXT_TAIL bytes */
	bool terminated; /* a newline follows */
};

/* Kept of an over-long line: a record may hang on it. */
#define TEXT_TAIL 64

/* Take the next line out of the buffer and count it; false if the buffer holds
 * no whole one. */
bool text_line(struct trace *t, struct text_line *line);

/* The same over the head of a trace, for probes: advances *at. A last line
 * without newline counts only if `whole`. */
bool text_probe_line(const unsigned char *head, size_t size, bool whole, size_t *at,
                     struct text_line *line);

/* Values of hexadecimal digits; TEXT_NO_DIGIT for any other byte. */
extern const uint8_t text_hex_value[256];
#define TEXT_NO_DIGIT 16

enum text_number { TEXT_NUMBER, TEXT_NOT_NUMBER, TEXT_OVERFLOW };

/* Numbers that fill bytes [p, end) entirely. Leading zeros are allowed. */
enum text_number text_hex(const char *p, const char *end, uint64_t *value);
enum text_number text_decimal(const char *p, const char *end, uint64_t *value);
/* Decimal, or hexadecimal after "0x". */
enum text_number text_number(const char *p, const char *end, uint64_t *value);

/* Records [index, index + count) of this call of decode() were the last `count`
 * lines, one each. */
static inline void text_note_lines(struct trace *t, size_t index, size_t count)
{
	uint64_t *lines = t->options.lines;

	for (size_t i = 0; lines && i < count; i++)
		lines[t->block_count + index + i] = t->line - (count - 1 - i);
}

/* Fast loops: a run of hexadecimal digits; returns where it ends, at the latest
 * at the 0 behind the buffer. With more than 16 digits `*value` is wrong. */
static inline const unsigned char *text_fast_hex(const unsigned char *p, uint64_t *value)
{
	uint64_t v = 0;
	unsigned digit;

	while ((digit = text_hex_value[*p]) < TEXT_NO_DIGIT) {
		v = v << 4 | digit;
		p++;
	}
	*value = v;
	return p;
}

#endif
