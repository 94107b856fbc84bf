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

#define TEXT_EXPECTED_LINE "a line of at most 65536 bytes"
#define TEXT_EXPECTED_END "the end of the line"
#define TEXT_EXPECTED_SIZE "a size in bytes, 1 to 4096"

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

/* The words of a line, for formats that separate them by blanks. */
struct text_word {
	const char *text;
	size_t size; /* 0: no more words */
};

/* The next word, behind blanks, of [*at, end); *at moves behind it. */
struct text_word text_word(const char **at, const char *end);

/* A field that ends at a comma or at the end of the line: blanks around it do
 * not count. *at moves behind the comma; NULL when there is no further field. */
struct text_word text_field(const char **at, const char *end);

/* Hexadecimal, after "0x" or "0X"; text_hex_any() also without. */
bool text_hex_0x(struct text_word word, uint64_t *value);
bool text_hex_any(struct text_word word, uint64_t *value);
bool text_word_is(struct text_word word, const char *text);

/* The record at hand is malformed at `found`. Returns 0: no record. */
size_t text_refuse(struct trace *t, const char *expected, struct text_word found);

/* Whether [text, end) is empty but for blanks. */
bool text_is_blank(const char *text, const char *end);

/* A probe by the first line that is not empty: what `judge` says of it. */
int text_probe_first(const unsigned char *head, size_t size, bool whole,
                     int (*judge)(const struct text_line *line));

/* The body of a decode() whose lines make one record at most. `parse` returns
 * how many it made. Empty lines make none. */
static inline __attribute__((always_inline)) size_t
text_decode(struct trace *t, struct trace_record *records, size_t capacity,
            size_t (*parse)(struct trace *t, const struct text_line *line,
                            struct trace_record *record))
{
	size_t count = 0;
	struct text_line line;

	while (!t->failed.kind && count < capacity && text_line(t, &line)) {
		if (line.over_long)
			trace_malformed(t, TEXT_EXPECTED_LINE, line.text, line.size);
		else if (!text_is_blank(line.text, line.text + line.size))
			count += parse(t, &line, &records[count]);
	}
	return count;
}

#endif
