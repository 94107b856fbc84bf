/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Logs of QEMU's plugin execlog: an instruction a line, with its accesses. See
 * docs/formats/execlog.md.
 *
 *	0, 0x401136, 0xe5894855, "pushq %rbp", store, 0x7ffd1f6a3a28
 *
 * A line may hold any number of accesses, so the reader may stop inside one; a
 * record that is malformed ends its line.
 */
#include "trace/text.h"

#include <string.h>

#define EXPECTED_CPU "a processor's number (\"CPU, 0xPC, 0xINSN, \"DISASSEMBLY\"\")"
#define EXPECTED_PC "the address of an instruction (0x and hexadecimal digits)"
#define EXPECTED_CODE "an instruction (0x and hexadecimal digits)"
#define EXPECTED_TEXT "a disassembly in quotes"
#define EXPECTED_REST "load, store, or the end of the line"
#define EXPECTED_ADDRESS "an address (0x and hexadecimal digits, at most 64 bits)"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */

static struct trace_record make(const struct trace *t, unsigned op, uint64_t address)
{
	struct trace_record record = { .address = address,
		                       .tid = t->state.execlog.cpu,
		                       .size = UNKNOWN_SIZE,
		                       .op = (uint8_t)op,
		                       .flags = TRACE_HAS_TID,
		                       .cpl = TRACE_CPL_DEFAULT };

	if (op != TRACE_FETCH) {
		record.pc = t->state.execlog.pc;
		record.flags |= TRACE_HAS_PC;
	}
	return record;
}

/* Behind a disassembly in quotes; it may hold commas, and quotes too. NULL: none. */
static const char *skip_text(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at++ != '"')
		return NULL;
	for (; at < end; at++) {
		const char *next = at + 1;

		while (next < end && (*next == ' ' || *next == '\t'))
			next++;
		if (*at == '"' && (next == end || *next == ','))
			return next;
	}
	return NULL;
}

/* The beginning of a line; NULL after an error. */
static const char *parse_head(struct trace *t, const struct text_line *line)
{
	const char *at = line->text, *end = line->text + line->size, *behind;
	struct text_word word = text_field(&at, end);
	uint64_t cpu, code;

	if (text_decimal(word.text, word.text + word.size, &cpu) != TEXT_NUMBER || cpu > UINT32_MAX) {
		text_refuse(t, EXPECTED_CPU, word);
		return NULL;
	}
	t->state.execlog.cpu = (uint32_t)cpu;
	word = text_field(&at, end);
	if (!text_hex_0x(word, &t->state.execlog.pc)) {
		text_refuse(t, EXPECTED_PC, word);
		return NULL;
	}
	word = text_field(&at, end);
	if (!text_hex_0x(word, &code)) {
		text_refuse(t, EXPECTED_CODE, word);
		return NULL;
	}
	behind = at ? skip_text(at, end) : NULL;
	if (!behind)
		text_refuse(t, EXPECTED_TEXT, (struct text_word){ at ? at : end, at ? (size_t)(end - at) : 0 });
	return behind;
}

/* What may follow an access or the disassembly: a device's name where QEMU
 * emulates a whole system, and registers ("rax -> 0x1"). */
static bool is_remark(struct text_word word, bool after_access)
{
	return memmem(word.text, word.size, " -> ", 4) ||
	       (after_access && word.size && !text_word_is(word, "load") &&
	        !text_word_is(word, "store") && text_hex_value[(unsigned char)word.text[0]] > 9);
}

/* The accesses in [at, end), until `capacity`: then *rest is where to go on. */
static size_t parse_accesses(struct trace *t, const char *at, const char *end,
                             struct trace_record *records, size_t capacity, const char **rest)
{
	size_t count = 0;
	bool after_access = false;

	*rest = NULL;
	if (at < end && *at == ',')
		at++;
	while (at && !text_is_blank(at, end)) {
		const char *before = at;
		struct text_word word = text_field(&at, end);
		bool store = text_word_is(word, "store");
		uint64_t address;

		if (is_remark(word, after_access)) {
			after_access = false;
			continue;
		}
		if (!store && !text_word_is(word, "load")) {
			text_refuse(t, EXPECTED_REST, word);
			break;
		}
		if (count == capacity) {
			*rest = before;
			break;
		}
		word = text_field(&at, end);
		if (!text_hex_0x(word, &address)) {
			text_refuse(t, EXPECTED_ADDRESS, word);
			break;
		}
		records[count++] = make(t, store ? TRACE_WRITE : TRACE_READ, address);
		after_access = true;
	}
	return count;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	size_t count = 0;
	struct text_line line;

	while (!t->failed.kind && count < capacity && text_line(t, &line)) {
		const char *at = line.text, *end = line.text + line.size, *rest;
		bool inside = t->state.execlog.inside;

		t->state.execlog.inside = false;
		if (line.over_long) {
			trace_malformed(t, TEXT_EXPECTED_LINE, line.text, line.size);
			continue;
		}
		if (!inside) {
			if (text_is_blank(at, end))
				continue;
			at = parse_head(t, &line);
			if (!at)
				continue;
			records[count++] = make(t, TRACE_FETCH, t->state.execlog.pc);
		}
		count += parse_accesses(t, at, end, records + count, capacity - count, &rest);
		if (rest) {
			/* The rest of the line is read again as a line of its own. */
			t->begin = (size_t)((const unsigned char *)rest - t->buffer);
			t->line--;
			t->state.execlog.inside = true;
		}
	}
	return count;
}

static int judge(const struct text_line *line)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_field(&at, end);
	uint64_t value;

	if (!at || text_decimal(word.text, word.text + word.size, &value) != TEXT_NUMBER)
		return PROBE_NO;
	return text_hex_0x(text_field(&at, end), &value) ? PROBE_CERTAIN - 10 : PROBE_NO;
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge);
}

const struct trace_format trace_format_execlog = {
	.name = "execlog",
	.description = "QEMU's plugin execlog",
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
