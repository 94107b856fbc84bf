/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Traces of Valgrind's lackey: valgrind --tool=lackey --trace-mem=yes.
 *
 *	I  04001090,3        fetch of an instruction
 *	 S 1ffeffe7e8,8      store
 *	 L 04227f88,8        load
 *	 M 0421c7cc,4        modify
 *
 * The address is hexadecimal, at least 8 digits as lackey prints it ("%08lx");
 * the size is decimal. Lines that begin with "==" are valgrind's own. Where both
 * go to one pipe, lines of the traced program are in between; and since lackey
 * writes a record in one piece wherever the program's output stands, a fragment
 * that the program did not end with a newline stands before a record on the
 * same line ("helloI  0493f350,6"): a foreign line and a record.
 */
#include "trace/text.h"

#define PREFIX_SIZE 3
#define LACKEY_DIGITS 8 /* the fewest that lackey prints */

#define EXPECTED_RECORD "a lackey record (\"I  ADDRESS,SIZE\", or L, S, M), or a line beginning with \"==\""
#define EXPECTED_SIZE "a size in bytes, 1 to 4096, after the address"
#define EXPECTED_ADDRESS "an address of at most 64 bits"
#define EXPECTED_REST "',' and a size in bytes after the address"

/* Three characters, and a bit that keeps three NULs from matching an empty row. */
#define PREFIX(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | UINT32_C(1) << 24)
/* In all four prefixes the first two characters are a blank and a letter: their
 * exclusive or, modulo 32, tells them apart. */
#define PREFIX_SLOT(a, b) (((a) ^ (b)) & 31)

static const struct {
	uint32_t prefix;
	uint8_t op;
} prefixes[32] = {
	[PREFIX_SLOT('I', ' ')] = { PREFIX('I', ' ', ' '), TRACE_FETCH },
	[PREFIX_SLOT(' ', 'S')] = { PREFIX(' ', 'S', ' '), TRACE_WRITE },
	[PREFIX_SLOT(' ', 'L')] = { PREFIX(' ', 'L', ' '), TRACE_READ },
	[PREFIX_SLOT(' ', 'M')] = { PREFIX(' ', 'M', ' '), TRACE_MODIFY },
};

/* The operation that three characters stand for, or TRACE_OPS. */
static inline unsigned prefix_op(const unsigned char *p)
{
	unsigned slot = PREFIX_SLOT(p[0], p[1]);

	return prefixes[slot].prefix == PREFIX(p[0], p[1], p[2]) ? prefixes[slot].op : TRACE_OPS;
}

enum shape {
	SHAPE_FOREIGN,
	SHAPE_RECORD,
	SHAPE_BROKEN /* only lackey begins a line so, but it is no record */
};

/* Judge bytes [text, end); `cut` if the trace ends there without a newline.
 * `expected` is set for SHAPE_BROKEN. */
static enum shape parse(const char *text, const char *end, bool cut, struct trace_record *record,
                        const char **expected)
{
	const char *digits = text + PREFIX_SIZE, *comma = digits;
	uint64_t address, size = 0;
	unsigned op;
	enum text_number kind;

	if (end - text <= PREFIX_SIZE || (op = prefix_op((const unsigned char *)text)) == TRACE_OPS)
		return SHAPE_FOREIGN;
	while (comma < end && text_hex_value[(unsigned char)*comma] != TEXT_NO_DIGIT)
		comma++;
	if (comma == digits)
		return SHAPE_FOREIGN;
	if (comma == end || *comma != ',') {
		/* "git status" prints " M add": fewer digits than lackey's say
		 * nothing, except where a trace was cut. */
		*expected = EXPECTED_REST;
		return comma - digits >= LACKEY_DIGITS || (cut && comma == end) ? SHAPE_BROKEN
		                                                               : SHAPE_FOREIGN;
	}
	*expected = EXPECTED_ADDRESS;
	if (text_hex(digits, comma, &address) != TEXT_NUMBER)
		return SHAPE_BROKEN;
	*expected = EXPECTED_SIZE;
	kind = text_decimal(comma + 1, end, &size);
	if (kind != TEXT_NUMBER || size == 0 || size > TRACE_SIZE_MAX)
		return SHAPE_BROKEN;
	*record = (struct trace_record){ .address = address,
	                                 .size = (uint16_t)size,
	                                 .op = (uint8_t)op,
	                                 .cpl = TRACE_CPL_DEFAULT };
	return SHAPE_RECORD;
}

/* A record as lackey prints it at the end of a line whose beginning is not
 * lackey's; NULL if there is none. */
static const char *hanging_record(const char *text, const char *end)
{
	const char *p = end, *comma;

	while (p > text && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (p == end || p == text || p[-1] != ',')
		return NULL;
	comma = --p;
	while (p > text && text_hex_value[(unsigned char)p[-1]] != TEXT_NO_DIGIT)
		p--;
	if (comma - p < LACKEY_DIGITS || p - text < PREFIX_SIZE)
		return NULL;
	p -= PREFIX_SIZE;
	return prefix_op((const unsigned char *)p) != TRACE_OPS ? p : NULL;
}

static bool is_valgrind(const struct text_line *line)
{
	return !line->over_long && line->size >= 2 && line->text[0] == '=' && line->text[1] == '=';
}

/* Any line; true if it makes a record. */
static bool careful_line(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	const char *end = line->text + line->size, *expected, *hanging;
	enum shape shape = SHAPE_FOREIGN;

	if (!line->over_long)
		shape = parse(line->text, end, !line->terminated, record, &expected);
	if (shape == SHAPE_BROKEN) {
		trace_malformed(t, expected, line->text, line->size);
		return false;
	}
	if (shape == SHAPE_RECORD)
		return true;
	if (is_valgrind(line))
		return false;
	if (t->options.strict) {
		trace_malformed(t, EXPECTED_RECORD, line->text, line->size);
		return false;
	}
	t->counts.foreign++;
	hanging = hanging_record(line->text, end);
	return hanging && parse(hanging, end, false, record, &expected) == SHAPE_RECORD;
}

/* Lines exactly as lackey prints them, until one is not. `index` is that of the
 * first record within this call of decode(). */
static size_t fast_lines(struct trace *t, struct trace_record *records, size_t capacity,
                         size_t index)
{
	const unsigned char *p = t->buffer + t->begin, *end = t->buffer + t->end;
	size_t count = 0;

	while (count < capacity && end - p > PREFIX_SIZE) {
		const unsigned char *q = p + PREFIX_SIZE, *digits = q;
		unsigned op = prefix_op(p), size = 0, digit;
		uint64_t address;

		q = text_fast_hex(q, &address);
		if (op == TRACE_OPS || *q != ',' || (size_t)(q - digits - 1) >= 16)
			break;
		digits = ++q;
		while ((digit = (unsigned)*q - '0') <= 9) {
			size = size * 10 + digit;
			q++;
		}
		if (*q != '\n' || q - digits > 4 || size - 1 >= TRACE_SIZE_MAX)
			break;
		records[count++] = (struct trace_record){ .address = address,
		                                          .size = (uint16_t)size,
		                                          .op = (uint8_t)op,
		                                          .cpl = TRACE_CPL_DEFAULT };
		p = q + 1;
	}
	t->begin = (size_t)(p - t->buffer);
	t->line += count;
	text_note_lines(t, index, count);
	return count;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	size_t count = 0;
	struct text_line line;

	while (!t->failed.kind) {
		if (t->line_dropped == 0)
			count += fast_lines(t, records + count, capacity - count, count);
		if (count == capacity || !text_line(t, &line))
			break;
		if (careful_line(t, &line, &records[count]))
			text_note_lines(t, count++, 1);
	}
	return count;
}

/* "==PID==", which nothing but valgrind prints. */
static bool is_valgrind_heading(const struct text_line *line)
{
	size_t i = 2;

	if (!is_valgrind(line))
		return false;
	while (i < line->size && line->text[i] >= '0' && line->text[i] <= '9')
		i++;
	return i > 2 && i + 2 <= line->size && line->text[i] == '=' && line->text[i + 1] == '=';
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	struct text_line line;
	struct trace_record record;
	const char *expected;
	size_t at = 0;
	bool first = true;

	while (text_probe_line(head, size, whole, &at, &line)) {
		const char *end = line.text + line.size;
		enum shape shape = parse(line.text, end, !line.terminated, &record, &expected);

		if (is_valgrind_heading(&line) || shape != SHAPE_FOREIGN)
			return first ? PROBE_CERTAIN : PROBE_CERTAIN - 20;
		first = false;
	}
	return PROBE_NO;
}

/* Valgrind's headings without any record: the option was forgotten. */
static void finish(struct trace *t)
{
	if (t->counts.records == 0 && t->counts.errors == 0)
		trace_error_set(&t->failed, TRACE_ERROR_FORMAT, t->name,
		                "no lackey record in %llu lines: was valgrind run with "
		                "--trace-mem=yes?",
		                (unsigned long long)t->line);
}

const struct trace_format trace_format_lackey = {
	.name = "lackey",
	.description = "Valgrind's --tool=lackey --trace-mem=yes",
	.probe = probe,
	.burst = 1,
	.decode = decode,
	.finish = finish,
};
