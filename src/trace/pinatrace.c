/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Traces of Pin's example tool pinatrace: data accesses with the address of
 * their instruction, and no sizes. See docs/formats/pinatrace.md.
 *
 *	0x401136: W 0x7ffd1f6a3a28
 *	0x40113a: R 0x7ffd1f6a3a20
 *	#eof
 */
#include "trace/text.h"

#include <string.h>

#define EXPECTED_PC "the address of an instruction and ':' (\"0xPC: R 0xADDRESS\")"
#define EXPECTED_OP "R or W"
#define EXPECTED_ADDRESS "an address (0x and hexadecimal digits, at most 64 bits)"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */

/* "0x401136:" */
static bool parse_pc(struct text_word word, uint64_t *pc)
{
	if (word.size == 0 || word.text[word.size - 1] != ':')
		return false;
	word.size--;
	return text_hex_0x(word, pc);
}

/* Where the C library prints a null pointer, it prints "(nil)". */
static bool parse_address(struct text_word word, uint64_t *address)
{
	*address = 0;
	return text_word_is(word, "(nil)") || text_hex_0x(word, address);
}

static size_t parse(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	uint64_t pc, address;
	bool write;

	if (t->state.pinatrace_ended)
		return text_refuse(t, "the end of the trace after \"#eof\"", word);
	if (text_word_is(word, "#eof") && text_is_blank(at, end)) {
		t->state.pinatrace_ended = true;
		return 0;
	}
	if (!parse_pc(word, &pc))
		return text_refuse(t, EXPECTED_PC, word);
	word = text_word(&at, end);
	write = text_word_is(word, "W");
	if (!write && !text_word_is(word, "R"))
		return text_refuse(t, EXPECTED_OP, word);
	word = text_word(&at, end);
	if (!parse_address(word, &address))
		return text_refuse(t, EXPECTED_ADDRESS, word);
	if (!text_is_blank(at, end))
		return text_refuse(t, TEXT_EXPECTED_END, text_word(&at, end));
	*record = (struct trace_record){ .address = address,
	                                 .pc = pc,
	                                 .size = UNKNOWN_SIZE,
	                                 .op = write ? TRACE_WRITE : TRACE_READ,
	                                 .flags = TRACE_HAS_PC,
	                                 .cpl = TRACE_CPL_DEFAULT };
	return 1;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	return text_decode(t, records, capacity, parse);
}

static int judge(const struct text_line *line)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	uint64_t pc;

	return parse_pc(word, &pc) || text_word_is(word, "#eof") ? PROBE_CERTAIN - 10 : PROBE_NO;
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge);
}

const struct trace_format trace_format_pinatrace = {
	.name = "pinatrace",
	.description = "Pin's pinatrace: 0xPC: R|W 0xADDRESS",
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
