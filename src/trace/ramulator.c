/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory traces of the DRAM simulator Ramulator: "0xADDRESS R|W". What reaches
 * DRAM has physical addresses. See docs/formats/ramulator.md.
 */
#include "trace/text.h"

#define EXPECTED_ADDRESS "an address (\"0xADDRESS R\" or W, at most 64 bits)"
#define EXPECTED_OP "R or W"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */

static size_t parse(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	uint64_t address;
	bool write;

	if (!text_hex_0x(word, &address))
		return text_refuse(t, EXPECTED_ADDRESS, word);
	word = text_word(&at, end);
	write = text_word_is(word, "W");
	if (!write && !text_word_is(word, "R"))
		return text_refuse(t, EXPECTED_OP, word);
	if (!text_is_blank(at, end))
		return text_refuse(t, TEXT_EXPECTED_END, text_word(&at, end));
	*record = (struct trace_record){ .address = address,
	                                 .size = UNKNOWN_SIZE,
	                                 .op = write ? TRACE_WRITE : TRACE_READ,
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
	uint64_t address;

	return text_hex_0x(word, &address) ? PROBE_CERTAIN - 20 : PROBE_NO;
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge);
}

const struct trace_format trace_format_ramulator = {
	.name = "ramulator",
	.description = "Ramulator's memory trace: 0xADDRESS R|W (physical addresses)",
	.flags = TRACE_FORMAT_PHYSICAL,
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
