/* SPDX-License-Identifier: BSD-2-Clause
 *
 * ChampSim's traces: a record an instruction, with the addresses that it loads
 * from and stores to, and no sizes. See docs/formats/champsim.md.
 */
#include "trace/champsim.h"

#include "trace/binary.h"
#include "trace/format.h"

#define EXPECTED_BRANCH "0 or 1 in is_branch"
#define EXPECTED_TAKEN "0 or 1 in branch_taken"

#define UNKNOWN_SIZE 1 /* never crosses a page that was not named */

static inline size_t add_slots(const unsigned char *p, size_t slots, struct trace_record *record,
                               const struct trace_record *like, unsigned op)
{
	size_t count = 0;

	for (size_t i = 0; i < slots; i++) {
		uint64_t address = get64(p + 8 * i);

		if (!address)
			continue;
		record[count] = *like;
		record[count].op = (uint8_t)op;
		record[count++].address = address;
	}
	return count;
}

/* The accesses of one instruction: fetched, loaded from, stored to. */
static inline size_t decode_record(const unsigned char *p, const struct champsim_layout layout,
                                   struct trace_record *record)
{
	struct trace_record like = { .size = UNKNOWN_SIZE, .cpl = TRACE_CPL_DEFAULT };
	size_t count = 1;

	if (layout.asid_at) {
		like.asid = get16(p + layout.asid_at);
		like.flags = TRACE_HAS_ASID;
	}
	record[0] = like;
	record[0].op = TRACE_FETCH;
	record[0].address = like.pc = get64(p);
	like.flags |= TRACE_HAS_PC;
	count += add_slots(p + layout.source_at, layout.sources, record + count, &like, TRACE_READ);
	count += add_slots(p + layout.destination_at, layout.destinations, record + count, &like,
	                   TRACE_WRITE);
	return count;
}

/* False if the trace has failed. */
static bool check_record(struct trace *t, const unsigned char *p)
{
	for (unsigned i = CHAMPSIM_IS_BRANCH_AT; i <= CHAMPSIM_TAKEN_AT; i++) {
		char found[8];

		if (p[i] <= 1)
			continue;
		snprintf(found, sizeof found, "%u", p[i]);
		trace_malformed_at(t, trace_offset(t) + i,
		                   i == CHAMPSIM_IS_BRANCH_AT ? EXPECTED_BRANCH : EXPECTED_TAKEN,
		                   found);
		return false;
	}
	return true;
}

static inline __attribute__((always_inline)) size_t decode(struct trace *t,
                                                           struct trace_record *records,
                                                           size_t capacity,
                                                           const struct champsim_layout layout)
{
	const size_t burst = 1 + layout.destinations + layout.sources;
	size_t count = 0;

	while (!t->failed.kind && capacity - count >= burst && t->end - t->begin >= layout.size) {
		const unsigned char *p = t->buffer + t->begin;

		if ((p[CHAMPSIM_IS_BRANCH_AT] | p[CHAMPSIM_TAKEN_AT]) <= 1 || check_record(t, p))
			count += decode_record(p, layout, records + count);
		if (!t->failed.kind)
			t->begin += layout.size;
	}
	return count;
}

static size_t decode_champsim(struct trace *t, struct trace_record *records, size_t capacity)
{
	return decode(t, records, capacity, CHAMPSIM_LAYOUT);
}

static size_t decode_cloudsuite(struct trace *t, struct trace_record *records, size_t capacity)
{
	return decode(t, records, capacity, CLOUDSUITE_LAYOUT);
}

static void finish(struct trace *t, size_t size)
{
	char expected[80], found[80];

	if (t->begin == t->end)
		return;
	snprintf(expected, sizeof expected, "a record of %zu bytes", size);
	snprintf(found, sizeof found, "the end of the trace after %zu", t->end - t->begin);
	trace_malformed_at(t, trace_offset(t), expected, found);
}

static void finish_champsim(struct trace *t)
{
	finish(t, CHAMPSIM_LAYOUT.size);
}

static void finish_cloudsuite(struct trace *t)
{
	finish(t, CLOUDSUITE_LAYOUT.size);
}

static bool is_canonical(uint64_t address)
{
	int64_t high = (int64_t)address >> 47;

	return high == 0 || high == -1;
}

/* There is no magic number: the addresses of every record must be canonical,
 * the first not 0, and the flags 0 or 1. */
static bool is_plausible(const unsigned char *p, const struct champsim_layout layout)
{
	if (get64(p) == 0 || !is_canonical(get64(p)) || p[CHAMPSIM_IS_BRANCH_AT] > 1 ||
	    p[CHAMPSIM_TAKEN_AT] > 1)
		return false;
	for (size_t i = 0; i < layout.destinations; i++)
		if (!is_canonical(get64(p + layout.destination_at + 8 * i)))
			return false;
	for (size_t i = 0; i < layout.sources; i++)
		if (!is_canonical(get64(p + layout.source_at + 8 * i)))
			return false;
	/* The padding of cloudsuite's records is 0. */
	return !layout.asid_at || (get32(p + 18) == 0 && get32(p + 90) == 0);
}

/* A mistake in a few records is to be named, not to hide the format. */
static int probe(const unsigned char *head, size_t size, bool whole,
                 const struct champsim_layout layout)
{
	size_t records = size / layout.size, good = 0;

	if (records == 0 || (whole && size % layout.size && records < 2))
		return PROBE_NO;
	for (size_t i = 0; i < records; i++)
		good += is_plausible(head + i * layout.size, layout);
	if (good == records)
		return PROBE_CERTAIN - 40;
	return good * 10 >= records * 9 ? PROBE_CERTAIN - 60 : PROBE_NO;
}

static int probe_champsim(const unsigned char *head, size_t size, bool whole)
{
	return probe(head, size, whole, CHAMPSIM_LAYOUT);
}

static int probe_cloudsuite(const unsigned char *head, size_t size, bool whole)
{
	return probe(head, size, whole, CLOUDSUITE_LAYOUT);
}

const struct trace_format trace_format_champsim = {
	.name = "champsim",
	.description = "ChampSim's records of 64 bytes",
	.flags = TRACE_FORMAT_BINARY,
	.probe = probe_champsim,
	.burst = 7,
	.decode = decode_champsim,
	.finish = finish_champsim,
};

const struct trace_format trace_format_cloudsuite = {
	.name = "cloudsuite",
	.description = "ChampSim's records of 96 bytes, for CloudSuite",
	.flags = TRACE_FORMAT_BINARY,
	.probe = probe_cloudsuite,
	.burst = 9,
	.decode = decode_cloudsuite,
	.finish = finish_cloudsuite,
};
