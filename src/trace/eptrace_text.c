/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reader of eptrace text, this project's own trace format: see
 * docs/formats/eptrace-text.md.
 */
#include "trace/eptrace.h"
#include "trace/text.h"

#include <string.h>

const struct eptrace_row eptrace_rows[TRACE_OPS] = {
	[TRACE_READ] = { "r", "as" },        [TRACE_WRITE] = { "w", "as" },
	[TRACE_MODIFY] = { "m", "as" },      [TRACE_FETCH] = { "x", "as" },
	[TRACE_CR3] = { "cr3", "a" },        [TRACE_INVLPG] = { "invlpg", "a" },
	[TRACE_INVPCID] = { "invpcid", "tpa" }, [TRACE_INVEPT] = { "invept", "e" },
	[TRACE_INVVPID] = { "invvpid", "tna" }, [TRACE_VM] = { "vm", "n" },
	[TRACE_MAP] = { "map", "glr" },      [TRACE_UNMAP] = { "unmap", "gl" },
	[TRACE_PROTECT] = { "protect", "glr" },
};

struct word {
	const char *text;
	size_t size; /* 0: the line has no more words */
};

/* A line while it is read, and, if that fails, why. */
struct cursor {
	const char *at, *end;
	const char *expected;
	struct word found;
};

#define EXPECTED_OP                                                                               \
	"r, w, x, m, cr3, invlpg, invpcid, invept, invvpid, vm, map, unmap, protect or a comment"
#define EXPECTED_END "the end of the line"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word; a comment is the end of the line. */
static struct word next_word(struct cursor *c)
{
	struct word word;

	while (c->at < c->end && is_blank(*c->at))
		c->at++;
	word.text = c->at;
	while (c->at < c->end && !is_blank(*c->at) && *c->at != '#')
		c->at++;
	word.size = (size_t)(c->at - word.text);
	return word;
}

static bool refuse(struct cursor *c, const char *expected, struct word found)
{
	c->expected = expected;
	c->found = found;
	return false;
}

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && memcmp(word.text, text, word.size) == 0;
}

/* Addresses are always hexadecimal, and always say so. */
static bool parse_address(struct word word, uint64_t *value)
{
	return word.size > 2 && word.text[0] == '0' && word.text[1] == 'x' &&
	       text_hex(word.text + 2, word.text + word.size, value) == TEXT_NUMBER;
}

static bool parse_number(struct word word, uint64_t least, uint64_t most, uint64_t *value)
{
	return text_number(word.text, word.text + word.size, value) == TEXT_NUMBER &&
	       *value >= least && *value <= most;
}

/* "r", "rw", "rwx", "x" ...: the letters in this order. */
static bool parse_rights(struct word word, uint8_t *rights)
{
	static const char letters[] = "rwx";
	size_t at = 0;

	*rights = 0;
	for (unsigned i = 0; i < 3; i++) {
		if (at < word.size && word.text[at] == letters[i]) {
			*rights |= (uint8_t)(1u << i); /* TRACE_RIGHT_R, _W, _X */
			at++;
		}
	}
	return at == word.size;
}

static bool parse_length(struct word word, uint64_t address, uint64_t *length)
{
	/* The last byte may be the last of the address space, so the sum may be 2^64. */
	return parse_number(word, 1, UINT64_MAX, length) && *length % PAGE_SIZE_4K == 0 &&
	       *length - 1 <= UINT64_MAX - address;
}

static bool parse_operand(struct cursor *c, char operand, struct trace_record *record)
{
	struct cursor before = *c;
	struct word word = next_word(c);
	uint64_t value = 0;

	switch (operand) {
	case OPERAND_ADDRESS:
		return parse_address(word, &record->address) ||
		       refuse(c, "an address (0x and hexadecimal digits, at most 64 bits)", word);
	case OPERAND_PAGE_ADDRESS:
		return (parse_address(word, &record->address) &&
		        record->address % PAGE_SIZE_4K == 0) ||
		       refuse(c, "an address (0x and hexadecimal digits) that is a multiple of 4096", word);
	case OPERAND_LENGTH:
		return parse_length(word, record->address, &record->length) ||
		       refuse(c,
		              "a length in bytes that is a multiple of 4096, not 0, and ends within "
		              "64-bit addresses",
		              word);
	case OPERAND_RIGHTS:
		if (word.size && memchr(word.text, '=', word.size))
			*c = before; /* no rights, but a field */
		else if (!parse_rights(word, &record->rights))
			return refuse(c, "rights: r, w, x in this order, each at most once", word);
		return true;
	case OPERAND_SIZE:
		if (!parse_number(word, 1, TRACE_SIZE_MAX, &value))
			return refuse(c, "a size in bytes, 1 to 4096", word);
		record->size = (uint16_t)value;
		return true;
	case OPERAND_TYPE:
	case OPERAND_INVEPT_TYPE:
		if (!parse_number(word, operand == OPERAND_TYPE ? 0 : 1,
		                  operand == OPERAND_TYPE ? 3 : 2, &value))
			return refuse(c, operand == OPERAND_TYPE ? "a type, 0 to 3" : "a type, 1 or 2",
			              word);
		record->type = (uint8_t)value;
		return true;
	default:
		if (!parse_number(word, 0, operand == OPERAND_PCID ? 4095 : 65535, &value))
			return refuse(c, operand == OPERAND_PCID ? "a PCID, 0 to 4095"
			                                         : "a number, 0 to 65535",
			              word);
		record->tag = (uint16_t)value;
		return true;
	}
}

/* pc= and cpl= say something about an access only. */
static const struct {
	const char *name;
	uint8_t flag;
	bool access_only;
	const char *expected;
} fields[] = {
	{ "pc=", TRACE_HAS_PC, true, "pc= and an address (0x and hexadecimal digits), once" },
	{ "tid=", TRACE_HAS_TID, false, "tid= and a number of at most 32 bits, once" },
	{ "asid=", TRACE_HAS_ASID, false, "asid= and a number of at most 32 bits, once" },
	{ "cpl=", TRACE_HAS_CPL, true, "cpl= and a privilege level, 0 to 3, once" },
};

static bool set_field(struct trace_record *record, uint8_t flag, struct word word)
{
	uint64_t value = 0;

	if (record->flags & flag)
		return false;
	record->flags |= flag;
	switch (flag) {
	case TRACE_HAS_PC:
		return parse_address(word, &record->pc);
	case TRACE_HAS_CPL:
		if (!parse_number(word, 0, 3, &value))
			return false;
		record->cpl = (uint8_t)value;
		return true;
	default:
		if (!parse_number(word, 0, UINT32_MAX, &value))
			return false;
		*(flag == TRACE_HAS_TID ? &record->tid : &record->asid) = (uint32_t)value;
		return true;
	}
}

static bool parse_field(struct cursor *c, struct word word, struct trace_record *record)
{
	bool access = trace_is_access(record);

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		size_t size = strlen(fields[i].name);

		if (word.size < size || memcmp(word.text, fields[i].name, size) != 0 ||
		    (fields[i].access_only && !access))
			continue;
		return set_field(record, fields[i].flag,
		                 (struct word){ word.text + size, word.size - size }) ||
		       refuse(c, fields[i].expected, word);
	}
	return refuse(c, access ? "pc=, tid=, asid=, cpl= or the end of the line"
	                        : "tid=, asid= or the end of the line",
	              word);
}

static unsigned op_of(struct word word)
{
	unsigned op = 0;

	while (op < TRACE_OPS && !word_is(word, eptrace_rows[op].word))
		op++;
	return op;
}

/* A line that begins with `word`. */
static bool parse(struct cursor *c, struct word word, struct trace_record *record)
{
	unsigned op = op_of(word);

	if (op == TRACE_OPS)
		return refuse(c, EXPECTED_OP, word);
	*record = (struct trace_record){ .op = (uint8_t)op };
	if (trace_is_access(record))
		record->cpl = TRACE_CPL_DEFAULT;
	for (const char *operand = eptrace_rows[op].operands; *operand; operand++)
		if (!parse_operand(c, *operand, record))
			return false;
	while ((word = next_word(c)).size)
		if (!parse_field(c, word, record))
			return false;
	return true;
}

/* "# eptrace N" where the trace begins: the version decides how to read on. */
static bool header_version(const struct text_line *line, uint64_t *version)
{
	size_t size = strlen(EPTRACE_HEADER);

	return line->size > size && memcmp(line->text, EPTRACE_HEADER, size) == 0 &&
	       text_decimal(line->text + size, line->text + line->size, version) != TEXT_NOT_NUMBER;
}

/* Any line; true if it makes a record. */
static bool careful_line(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	struct cursor c = { .at = line->text, .end = line->text + line->size };
	struct word word;
	uint64_t version;

	if (line->over_long) {
		trace_malformed(t, "a line of at most 65536 bytes", line->text, line->size);
		return false;
	}
	if (t->line == 1 && header_version(line, &version) && version != EPTRACE_VERSION) {
		trace_malformed(t, "version 1 of eptrace (\"# eptrace 1\")", line->text, line->size);
		return false;
	}
	word = next_word(&c);
	if (word.size == 0)
		return false; /* blank, or a comment */
	if (parse(&c, word, record)) {
		t->counts.directives += !trace_is_access(record);
		return true;
	}
	trace_malformed(t, c.expected, c.found.size ? c.found.text : NULL, c.found.size);
	return false;
}

/* r, w, x, m by the character; TRACE_OPS for any other. */
static inline unsigned fast_op(unsigned char c)
{
	switch (c) {
	case 'r': return TRACE_READ;
	case 'w': return TRACE_WRITE;
	case 'x': return TRACE_FETCH;
	case 'm': return TRACE_MODIFY;
	default: return TRACE_OPS;
	}
}

/* Accesses as the writer writes them, without fields, until a line is not one:
 * "r 0x7ffe1000 8". */
static size_t fast_lines(struct trace *t, struct trace_record *records, size_t capacity,
                         size_t index)
{
	enum { BEFORE_DIGITS = 4 };
	const unsigned char *p = t->buffer + t->begin, *end = t->buffer + t->end;
	size_t count = 0;

	while (count < capacity && end - p > BEFORE_DIGITS) {
		const unsigned char *digits = p + BEFORE_DIGITS, *q;
		unsigned op = fast_op(p[0]), size = 0, digit;
		uint64_t address;

		if (op == TRACE_OPS || p[1] != ' ' || p[2] != '0' || p[3] != 'x')
			break;
		q = text_fast_hex(digits, &address);
		if (*q != ' ' || (size_t)(q - digits - 1) >= 16)
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

/* The first word that is no comment decides. An address must have its 0x: "r
 * 1000 8" may be another format's. */
static int probe(const unsigned char *head, size_t size, bool whole)
{
	struct text_line line;
	size_t at = 0;
	int sure = PROBE_NO;

	while (text_probe_line(head, size, whole, &at, &line)) {
		struct cursor c = { .at = line.text, .end = line.text + line.size };
		struct word word = next_word(&c), operand;
		uint64_t version;
		unsigned op;

		if (at == line.size + 1 && header_version(&line, &version))
			return PROBE_CERTAIN;
		if (word.size == 0) {
			if (c.at < c.end)
				sure = PROBE_CERTAIN / 2; /* a comment */
			continue;
		}
		op = op_of(word);
		operand = next_word(&c);
		if (op == TRACE_OPS || operand.size == 0)
			return PROBE_NO;
		if (op >= ACCESS_TYPES || (operand.size > 2 && memcmp(operand.text, "0x", 2) == 0))
			return PROBE_CERTAIN - 10;
		return PROBE_NO;
	}
	return sure;
}

const struct trace_format trace_format_eptrace_text = {
	.name = "eptrace",
	.description = "eptrace text, the format with address-space events",
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
