/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Traces of the cache simulator Dinero: "din" (versions III and IV) and the
 * extended din of version IV. See docs/formats/din.md.
 *
 *	2 430d70	label and hexadecimal address: 0 read, 1 write, 2 fetch
 *	i 430d70 4	and a hexadecimal size
 *
 * What follows on a line is a comment.
 */
#include "trace/text.h"

#include <string.h>

#define EXPECTED_LABEL "a label, 0 to 4 (\"LABEL ADDRESS\")"
#define EXPECTED_LETTER "r, w, i, m, c or v (\"r ADDRESS SIZE\")"
#define EXPECTED_ADDRESS "an address (hexadecimal digits, at most 64 bits)"
#define EXPECTED_SIZE "a size in bytes (hexadecimal digits), 1 to 1000"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */
#define NO_ACCESS TRACE_OPS
#define NO_LABEL (TRACE_OPS + 1)

/* 3 and 4 are escapes: an unknown access, and a flush of the cache. */
static unsigned label_op(struct text_word word)
{
	static const uint8_t ops[] = { TRACE_READ, TRACE_WRITE, TRACE_FETCH, NO_ACCESS, NO_ACCESS };
	unsigned label = word.size == 1 ? (unsigned)word.text[0] - '0' : 5;

	return label < sizeof ops ? ops[label] : NO_LABEL;
}

/* "miscellaneous" is like a read; copyback and invalidation concern a cache only. */
static unsigned letter_op(struct text_word word)
{
	switch (word.size == 1 ? word.text[0] | 0x20 : 0) {
	case 'r':
	case 'm':
		return TRACE_READ;
	case 'w':
		return TRACE_WRITE;
	case 'i':
		return TRACE_FETCH;
	case 'c':
	case 'v':
		return NO_ACCESS;
	default:
		return NO_LABEL;
	}
}

static inline size_t parse_line(struct trace *t, const struct text_line *line,
                                struct trace_record *record, bool extended)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	unsigned op = extended ? letter_op(word) : label_op(word);
	uint64_t address, size = UNKNOWN_SIZE;

	if (op == NO_LABEL)
		return text_refuse(t, extended ? EXPECTED_LETTER : EXPECTED_LABEL, word);
	word = text_word(&at, end);
	if (!text_hex_any(word, &address))
		return text_refuse(t, EXPECTED_ADDRESS, word);
	if (extended) {
		word = text_word(&at, end);
		if (!text_hex_any(word, &size) ||
		    (op != NO_ACCESS && (size == 0 || size > TRACE_SIZE_MAX)))
			return text_refuse(t, EXPECTED_SIZE, word);
	}
	if (op == NO_ACCESS) {
		t->counts.other++;
		return 0;
	}
	*record = (struct trace_record){ .address = address,
	                                 .size = (uint16_t)size,
	                                 .op = (uint8_t)op,
	                                 .cpl = TRACE_CPL_DEFAULT };
	return 1;
}

static size_t parse_din(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	return parse_line(t, line, record, false);
}

static size_t parse_xdin(struct trace *t, const struct text_line *line,
                         struct trace_record *record)
{
	return parse_line(t, line, record, true);
}

static size_t decode_din(struct trace *t, struct trace_record *records, size_t capacity)
{
	return text_decode(t, records, capacity, parse_din);
}

static size_t decode_xdin(struct trace *t, struct trace_record *records, size_t capacity)
{
	return text_decode(t, records, capacity, parse_xdin);
}

/* Other formats have lines that begin with a digit or a letter: the address
 * makes it sure. With 0x the line may be eptrace's, which is then the surer. */
static int judge(const struct text_line *line, bool extended)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	unsigned op = extended ? letter_op(word) : label_op(word);
	uint64_t value;

	if (op == NO_LABEL || !text_hex_any(text_word(&at, end), &value))
		return PROBE_NO;
	if (!extended)
		return PROBE_CERTAIN - 20;
	return text_hex_any(text_word(&at, end), &value) ? PROBE_CERTAIN - 20 : PROBE_NO + 20;
}

static int judge_din(const struct text_line *line)
{
	return judge(line, false);
}

static int judge_xdin(const struct text_line *line)
{
	return judge(line, true);
}

static int probe_din(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge_din);
}

static int probe_xdin(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge_xdin);
}

const struct trace_format trace_format_din = {
	.name = "din",
	.description = "Dinero's din: label and address",
	.probe = probe_din,
	.burst = 1,
	.decode = decode_din,
};

const struct trace_format trace_format_xdin = {
	.name = "xdin",
	.description = "Dinero IV's extended din: r|w|i|m, address, size",
	.probe = probe_xdin,
	.burst = 1,
	.decode = decode_xdin,
};
