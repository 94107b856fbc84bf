/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sampled data accesses: perf script -F pid,ip,addr,data_src, which prints them
 * in the order pid, addr, data_src, ip. See docs/formats/perf.md.
 *
 *	32612  7ffca2d18b09  68100142 |OP LOAD|LVL L1 hit|...|BLK  N/A  55d0c8a1b3f0
 */
#include "trace/text.h"

#include <string.h>

#define EXPECTED_PID "a process number (\"PID ADDRESS DATA_SRC |OP ...| IP\")"
#define EXPECTED_ADDRESS "an address (hexadecimal digits, at most 64 bits)"
#define EXPECTED_SOURCE "data_src (hexadecimal digits and \"|OP\": perf script -F pid,ip,addr,data_src)"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */

/* perf_mem_data_src.mem_op, bits 4:0, of <linux/perf_event.h> */
#define MEM_OP_LOAD 0x02
#define MEM_OP_STORE 0x04
#define MEM_OP_PFETCH 0x08
#define MEM_OP_EXEC 0x10

/* "123", or "123/456" with the thread behind it. */
static bool parse_pid(struct text_word word, struct trace_record *record)
{
	const char *slash = memchr(word.text, '/', word.size), *end = word.text + word.size;
	uint64_t pid, tid;

	if (text_decimal(word.text, slash ? slash : end, &pid) != TEXT_NUMBER || pid > UINT32_MAX)
		return false;
	record->asid = (uint32_t)pid;
	record->flags |= TRACE_HAS_ASID;
	if (!slash)
		return true;
	if (text_decimal(slash + 1, end, &tid) != TEXT_NUMBER || tid > UINT32_MAX)
		return false;
	record->tid = (uint32_t)tid;
	record->flags |= TRACE_HAS_TID;
	return true;
}

static bool is_source(const char *at, const char *end)
{
	struct text_word word = text_word(&at, end);

	return word.size >= 3 && memcmp(word.text, "|OP", 3) == 0;
}

/* The last word, where it is a hexadecimal number; the words of data_src are not
 * ("N/A", "No"), and it is behind them. */
static void parse_ip(const char *at, const char *end, struct trace_record *record)
{
	struct text_word word, last = { end, 0 };

	while ((word = text_word(&at, end)).size)
		last = word;
	if (last.size && text_hex_any(last, &record->pc))
		record->flags |= TRACE_HAS_PC;
	else
		record->pc = 0;
}

static size_t parse(struct trace *t, const struct text_line *line, struct trace_record *record)
{
	const char *at = line->text, *end = line->text + line->size;
	struct text_word word = text_word(&at, end);
	uint64_t source;

	if (word.size && word.text[0] == '#')
		return 0; /* the heading of perf script --header */
	*record = (struct trace_record){ .size = UNKNOWN_SIZE, .cpl = TRACE_CPL_DEFAULT };
	if (!parse_pid(word, record))
		return text_refuse(t, EXPECTED_PID, word);
	word = text_word(&at, end);
	if (!text_hex_any(word, &record->address))
		return text_refuse(t, EXPECTED_ADDRESS, word);
	word = text_word(&at, end);
	if (!text_hex_any(word, &source) || !is_source(at, end))
		return text_refuse(t, EXPECTED_SOURCE, word);
	parse_ip(at, end, record);
	record->op = source & MEM_OP_STORE  ? TRACE_WRITE
	             : source & MEM_OP_EXEC ? TRACE_FETCH
	                                    : TRACE_READ;
	/* A prefetch, or a sample of an instruction that accesses nothing. */
	if (source & MEM_OP_PFETCH || (record->address == 0 && !(source & (MEM_OP_LOAD | MEM_OP_STORE)))) {
		t->counts.other++;
		return 0;
	}
	return 1;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	return text_decode(t, records, capacity, parse);
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	struct text_line line;
	size_t at = 0;

	while (text_probe_line(head, size, whole, &at, &line)) {
		const char *p = line.text, *end = p + line.size;
		struct trace_record record = { 0 };
		struct text_word word = text_word(&p, end);

		if (word.size == 0 || word.text[0] == '#')
			continue;
		if (!parse_pid(word, &record))
			return PROBE_NO;
		return memmem(line.text, line.size, "|OP ", 4) ? PROBE_CERTAIN - 5 : PROBE_NO;
	}
	return PROBE_NO;
}

const struct trace_format trace_format_perf = {
	.name = "perf",
	.description = "perf script -F pid,ip,addr,data_src (a sample)",
	.flags = TRACE_FORMAT_SAMPLED,
	.probe = probe,
	.burst = 1,
	.decode = decode,
};
