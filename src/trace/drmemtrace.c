/* SPDX-License-Identifier: BSD-2-Clause
 *
 * DynamoRIO's drmemtrace, the final format of one thread: packed entries of 12
 * bytes. See docs/formats/drmemtrace.md; the numbers are those of trace_type_t
 * in clients/drcachesim/common/trace_entry.h.
 *
 *	bytes 0-1	type
 *	bytes 2-3	size, or what kind of marker
 *	bytes 4-11	address, or another value
 */
#include "trace/binary.h"
#include "trace/format.h"

#define ENTRY_SIZE 12
#define BUNDLE_MAX 8 /* lengths that fit the address of a bundle */

#define EXPECTED_HEADER "a header entry (type 25) at the beginning"
#define EXPECTED_TYPE "an entry type that a final trace has"
#define EXPECTED_SIZE "a size in bytes, 1 to 4096"
#define EXPECTED_BUNDLE "1 to 8 lengths of instructions, none of them 0"
#define EXPECTED_FOOTER "a footer entry (type 26) at the end"

enum entry_class {
	CLASS_UNKNOWN, /* not in a final trace */
	CLASS_READ,
	CLASS_WRITE,
	CLASS_FETCH,
	CLASS_NO_FETCH, /* a further iteration of a rep instruction */
	CLASS_BUNDLE,   /* further instructions, a length a byte */
	CLASS_OTHER,    /* a prefetch or a cache flush: counted */
	CLASS_THREAD,
	CLASS_PID,
	CLASS_HEADER,
	CLASS_FOOTER,
	CLASS_NOTE /* says nothing about an access: markers, encodings, a thread's end */
};

static const uint8_t classes[] = {
	[0] = CLASS_READ,
	[1] = CLASS_WRITE,
	[2 ... 9] = CLASS_OTHER, /* prefetches */
	[10 ... 16] = CLASS_FETCH,
	[17] = CLASS_BUNDLE,
	[18 ... 21] = CLASS_OTHER, /* flushes and their ends */
	[22] = CLASS_THREAD,
	[23] = CLASS_NOTE,
	[24] = CLASS_PID,
	[25] = CLASS_HEADER,
	[26] = CLASS_FOOTER,
	[27] = CLASS_OTHER, /* a prefetch by hardware, from a cache simulator */
	[28] = CLASS_NOTE,
	[29] = CLASS_NO_FETCH,
	[30] = CLASS_UNKNOWN, /* of online traces only */
	[31] = CLASS_FETCH,   /* sysenter */
	[32 ... 46] = CLASS_OTHER,
	[47] = CLASS_NOTE,
	[48] = CLASS_FETCH,
	[49] = CLASS_FETCH,
};

/* Always false, so that it ends an entry. */
static bool refuse(struct trace *t, const char *expected, const char *what, unsigned number)
{
	char found[40];

	snprintf(found, sizeof found, "%s %u", what, number);
	trace_malformed_at(t, trace_offset(t), expected, found);
	return false;
}

static struct trace_record access(const struct trace *t, unsigned op, uint64_t address,
                                  unsigned size)
{
	struct trace_record record = { .address = address,
		                       .tid = t->state.drmemtrace.tid,
		                       .asid = t->state.drmemtrace.pid,
		                       .size = (uint16_t)size,
		                       .op = (uint8_t)op,
		                       .flags = t->state.drmemtrace.flags,
		                       .cpl = TRACE_CPL_DEFAULT };

	if (op != TRACE_FETCH && t->state.drmemtrace.has_pc) {
		record.pc = t->state.drmemtrace.pc;
		record.flags |= TRACE_HAS_PC;
	}
	return record;
}

static void set_pc(struct trace *t, uint64_t pc, unsigned size)
{
	t->state.drmemtrace.pc = pc;
	t->state.drmemtrace.next_pc = pc + size;
	t->state.drmemtrace.has_pc = true;
}

static size_t decode_bundle(struct trace *t, const unsigned char *p, struct trace_record *records)
{
	unsigned count = get16(p + 2);
	bool good = count >= 1 && count <= BUNDLE_MAX && t->state.drmemtrace.has_pc;

	for (unsigned i = 0; good && i < count; i++)
		good = p[4 + i] != 0;
	if (!good)
		return refuse(t, EXPECTED_BUNDLE, "a bundle of", count);
	for (unsigned i = 0; i < count; i++) {
		set_pc(t, t->state.drmemtrace.next_pc, p[4 + i]);
		records[i] = access(t, TRACE_FETCH, t->state.drmemtrace.pc, p[4 + i]);
	}
	return count;
}

static size_t decode_access(struct trace *t, enum entry_class class, const unsigned char *p,
                            struct trace_record *record)
{
	unsigned size = get16(p + 2);
	uint64_t address = get64(p + 4);
	unsigned op = class == CLASS_READ ? TRACE_READ : class == CLASS_WRITE ? TRACE_WRITE : TRACE_FETCH;

	if (size == 0 || size > TRACE_SIZE_MAX)
		return refuse(t, EXPECTED_SIZE, "size", size);
	if (op == TRACE_FETCH)
		set_pc(t, address, size);
	if (class == CLASS_NO_FETCH) {
		t->counts.other++;
		return 0;
	}
	*record = access(t, op, address, size);
	return 1;
}

/* An entry that is no access. */
static void decode_note(struct trace *t, enum entry_class class, const unsigned char *p)
{
	switch (class) {
	case CLASS_OTHER:
		t->counts.other++;
		break;
	case CLASS_THREAD:
		t->state.drmemtrace.tid = (uint32_t)get64(p + 4);
		t->state.drmemtrace.flags |= TRACE_HAS_TID;
		break;
	case CLASS_PID:
		t->state.drmemtrace.pid = (uint32_t)get64(p + 4);
		t->state.drmemtrace.flags |= TRACE_HAS_ASID;
		break;
	case CLASS_HEADER:
		t->state.drmemtrace.headed = true;
		t->state.drmemtrace.footed = false;
		break;
	case CLASS_FOOTER:
		t->state.drmemtrace.footed = true;
		break;
	default:
		break;
	}
}

static size_t decode_entry(struct trace *t, const unsigned char *p, struct trace_record *records)
{
	unsigned type = get16(p);
	enum entry_class class = type < sizeof classes ? classes[type] : CLASS_UNKNOWN;

	if (__builtin_expect(!t->state.drmemtrace.headed || t->state.drmemtrace.footed, 0) &&
	    class != CLASS_HEADER) {
		t->state.drmemtrace.headed = true; /* one error for it is enough */
		return refuse(t, t->state.drmemtrace.footed ? "the end of the trace after the footer"
		                                            : EXPECTED_HEADER,
		              "type", type);
	}
	switch (class) {
	case CLASS_UNKNOWN:
		return refuse(t, EXPECTED_TYPE, "type", type);
	case CLASS_READ:
	case CLASS_WRITE:
	case CLASS_FETCH:
	case CLASS_NO_FETCH:
		return decode_access(t, class, p, records);
	case CLASS_BUNDLE:
		return decode_bundle(t, p, records);
	default:
		decode_note(t, class, p);
		return 0;
	}
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	size_t count = 0;

	while (capacity - count >= BUNDLE_MAX && t->end - t->begin >= ENTRY_SIZE) {
		count += decode_entry(t, t->buffer + t->begin, records + count);
		if (t->failed.kind)
			break;
		t->begin += ENTRY_SIZE;
	}
	return count;
}

static void finish(struct trace *t)
{
	char found[80];

	if (t->begin != t->end)
		snprintf(found, sizeof found, "the end of the trace after %zu of 12 bytes",
		         t->end - t->begin);
	else if (t->state.drmemtrace.footed)
		return;
	else
		snprintf(found, sizeof found, "the end of the trace");
	trace_malformed_at(t, trace_offset(t), EXPECTED_FOOTER, found);
}

/* The header's value is the version of the format: a small number. */
static int probe(const unsigned char *head, size_t size, bool whole)
{
	(void)whole;
	if (size < ENTRY_SIZE || get16(head) != 25 || get16(head + 2) != 0)
		return PROBE_NO;
	return get64(head + 4) < 0x10000 ? PROBE_CERTAIN : PROBE_NO;
}

const struct trace_format trace_format_drmemtrace = {
	.name = "drmemtrace",
	.description = "DynamoRIO's drmemtrace, final format",
	.flags = TRACE_FORMAT_BINARY,
	.probe = probe,
	.burst = BUNDLE_MAX,
	.decode = decode,
	.finish = finish,
};
