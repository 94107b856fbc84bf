/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines and numbers of text traces.
 */
#include "trace/text.h"

#include <string.h>

#define NO TEXT_NO_DIGIT
#define NO4 NO, NO, NO, NO
#define NO16 NO4, NO4, NO4, NO4

const uint8_t text_hex_value[256] = {
	NO16, NO16, NO16,                                                    /* 00..2f */
	0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  NO, NO, NO, NO, NO, NO,      /* 0..9 */
	NO, 10, 11, 12, 13, 14, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO16, /* A..F */
	NO, 10, 11, 12, 13, 14, 15, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO16, /* a..f */
	NO16, NO16, NO16, NO16, NO16, NO16, NO16, NO16,                      /* 80..ff */
};

enum text_number text_hex(const char *p, const char *end, uint64_t *value)
{
	uint64_t v = 0;

	if (p == end)
		return TEXT_NOT_NUMBER;
	/* All digits are looked at before an overflow is told: "ffff...z" is no
	 * number, not a large one. */
	bool overflow = false;

	for (; p < end; p++) {
		unsigned digit = text_hex_value[(unsigned char)*p];

		if (digit == TEXT_NO_DIGIT)
			return TEXT_NOT_NUMBER;
		overflow |= v >> 60 != 0;
		v = v << 4 | digit;
	}
	*value = v;
	return overflow ? TEXT_OVERFLOW : TEXT_NUMBER;
}

enum text_number text_decimal(const char *p, const char *end, uint64_t *value)
{
	uint64_t v = 0;
	bool overflow = false;

	if (p == end)
		return TEXT_NOT_NUMBER;
	for (; p < end; p++) {
		unsigned digit = (unsigned char)*p - '0';

		if (digit > 9)
			return TEXT_NOT_NUMBER;
		overflow |= __builtin_mul_overflow(v, 10, &v);
		overflow |= __builtin_add_overflow(v, digit, &v);
	}
	*value = v;
	return overflow ? TEXT_OVERFLOW : TEXT_NUMBER;
}

enum text_number text_number(const char *p, const char *end, uint64_t *value)
{
	if (end - p > 2 && p[0] == '0' && p[1] == 'x')
		return text_hex(p + 2, end, value);
	return text_decimal(p, end, value);
}

static void set_line(struct text_line *line, const unsigned char *text, size_t size,
                     bool terminated)
{
	if (size > 0 && text[size - 1] == '\r')
		size--;
	line->text = (const char *)text;
	line->size = size;
	line->terminated = terminated;
	line->over_long = false;
}

bool text_line(struct trace *t, struct text_line *line)
{
	const unsigned char *text = t->buffer + t->begin;
	size_t size = t->end - t->begin;
	const unsigned char *newline = size ? memchr(text, '\n', size) : NULL;

	if (newline) {
		size = (size_t)(newline - text);
	} else if (!t->input_ended) {
		/* Give up what is certainly too much, so that there is room to read. */
		if (t->line_dropped + size > t->line_limit && size > TEXT_TAIL) {
			t->line_dropped += size - TEXT_TAIL;
			t->begin = t->end - TEXT_TAIL;
		}
		return false;
	} else if (size + t->line_dropped == 0) {
		return false;
	}
	set_line(line, text, size, newline != NULL);
	if (t->line_dropped + size > t->line_limit) {
		line->over_long = true;
		if (line->size > TEXT_TAIL) {
			line->text += line->size - TEXT_TAIL;
			line->size = TEXT_TAIL;
		}
	}
	t->line_dropped = 0;
	t->begin += size + (newline != NULL);
	t->line++;
	return true;
}

bool text_probe_line(const unsigned char *head, size_t size, bool whole, size_t *at,
                     struct text_line *line)
{
	size_t left = size - *at;
	const unsigned char *newline = left ? memchr(head + *at, '\n', left) : NULL;

	if (left == 0 || (!newline && !whole))
		return false;
	if (newline)
		left = (size_t)(newline - (head + *at));
	set_line(line, head + *at, left, newline != NULL);
	*at += left + (newline != NULL);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool text_is_blank(const char *text, const char *end)
{
	while (text < end && is_blank(*text))
		text++;
	return text == end;
}

struct text_word text_word(const char **at, const char *end)
{
	const char *p = *at, *begin;

	while (p < end && is_blank(*p))
		p++;
	begin = p;
	while (p < end && !is_blank(*p))
		p++;
	*at = p;
	return (struct text_word){ begin, (size_t)(p - begin) };
}

struct text_word text_field(const char **at, const char *end)
{
	const char *begin = *at, *last, *comma;

	if (!begin)
		return (struct text_word){ end, 0 };
	comma = begin < end ? memchr(begin, ',', (size_t)(end - begin)) : NULL;
	last = comma ? comma : end;
	*at = comma ? comma + 1 : NULL;
	while (begin < last && is_blank(*begin))
		begin++;
	while (last > begin && is_blank(last[-1]))
		last--;
	return (struct text_word){ begin, (size_t)(last - begin) };
}

bool text_hex_0x(struct text_word word, uint64_t *value)
{
	return word.size > 2 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x' &&
	       text_hex(word.text + 2, word.text + word.size, value) == TEXT_NUMBER;
}

bool text_hex_any(struct text_word word, uint64_t *value)
{
	return text_hex_0x(word, value) ||
	       text_hex(word.text, word.text + word.size, value) == TEXT_NUMBER;
}

bool text_word_is(struct text_word word, const char *text)
{
	return strlen(text) == word.size && memcmp(word.text, text, word.size) == 0;
}

size_t text_refuse(struct trace *t, const char *expected, struct text_word found)
{
	trace_malformed(t, expected, found.size ? found.text : NULL, found.size);
	return 0;
}

int text_probe_first(const unsigned char *head, size_t size, bool whole,
                     int (*judge)(const struct text_line *line))
{
	struct text_line line;
	size_t at = 0;

	while (text_probe_line(head, size, whole, &at, &line))
		if (!text_is_blank(line.text, line.text + line.size))
			return judge(&line);
	return PROBE_NO;
}
