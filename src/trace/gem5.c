/* SPDX-License-Identifier: BSD-2-Clause
 *
 * gem5's packet traces as its util/decode_packet_trace.py prints them: decimal,
 * physical addresses. See docs/formats/gem5.md.
 *
 *	[id,]r|w|u,address,size[,flags],tick[,pc]
 */
#include "trace/text.h"

#include <string.h>

#define EXPECTED_COMMAND "r, w or u, behind a packet's number or not (\"r,ADDRESS,SIZE,FLAGS,TICK\")"
#define EXPECTED_ADDRESS "an address (decimal, at most 64 bits)"
#define EXPECTED_SIZE "a size in bytes (decimal), 1 to 4096"
#define EXPECTED_TICK "the tick, behind flags or not, before a pc or not (decimal)"

#define FLAG_INST_FETCH 0x100 /* Request::INST_FETCH in src/mem/request.hh */
#define TAIL_MAX 3            /* flags, tick, pc */

static bool parse_decimal(struct text_word word, uint64_t *value)
{
	return text_decimal(word.text, word.text + word.size, value) == TEXT_NUMBER;
}

static bool is_command(struct text_word word)
{
	return word.size == 1 && word.text[0] != 0 && strchr("rwu", word.text[0]);
}

/* The numbers behind the size. With two of them flags and tick are meant, since
 * gem5's probe always records flags. False: `*bad` is no number, or one too
 * many. */
static bool parse_tail(const char *at, const char *end, uint64_t tail[TAIL_MAX], size_t *count,
                       struct text_word *bad)
{
	for (*count = 0; at && *count < TAIL_MAX; ++*count) {
		*bad = text_field(&at, end);
		if (!parse_decimal(*bad, &tail[*count]))
			return false;
	}
	*bad = (struct text_word){ at ? at : end, at ? (size_t)(end - at) : 0 };
	return *count > 0 && !at;
}

static size_t parse(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_field(&at, end);
	uint64_t address, size, number, tail[TAIL_MAX] = { 0 };
	size_t tails;
	char command;

	if (!is_command(word) && parse_decimal(word, &number))
		word = text_field(&at, end);
	if (!is_command(word))
		return text_refuse(t, EXPECTED_COMMAND, word);
	command = word.text[0];
	word = text_field(&at, end);
	if (!parse_decimal(word, &address))
		return text_refuse(t, EXPECTED_ADDRESS, word);
	word = text_field(&at, end);
	if (!parse_decimal(word, &size) || (command != 'u' && (size == 0 || size > TRACE_SIZE_MAX)))
		return text_refuse(t, EXPECTED_SIZE, word);
	if (!parse_tail(at, end, tail, &tails, &word))
		return text_refuse(t, EXPECTED_TICK, word);
	if (command == 'u') { /* neither ReadReq nor WriteReq: of the caches' protocol */
		t->counts.other++;
		return 0;
	}
	*record = (struct trace_record){ .address = address,
	                                 .size = (uint16_t)size,
	                                 .op = command == 'w' ? TRACE_WRITE : TRACE_READ,
	                                 .cpl = TRACE_CPL_DEFAULT };
	if (tails > 1 && command == 'r' && tail[0] & FLAG_INST_FETCH)
		record->op = TRACE_FETCH;
	if (tails == TAIL_MAX) {
		record->pc = tail[2];
		record->flags = TRACE_HAS_PC;
	}
	return 1;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	return text_decode(t, records, capacity, parse);
}

static int judge(const struct text_line *line)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_field(&at, end);
	uint64_t number;

	if (!is_command(word) && parse_decimal(word, &number))
		word = text_field(&at, end);
	return is_command(word) && at ? PROBE_CERTAIN - 10 : PROBE_NO;
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	return text_probe_first(head, size, whole, judge);
}

const struct trace_format trace_format_gem5 = {
	.name = "gem5",
	.description = "gem5's packet trace as CSV (physical addresses)",
	.flags = TRACE_FORMAT_PHYSICAL,
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
