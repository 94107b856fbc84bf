/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reader of eptrace binary. A block is collected, checked and only then
 * decoded, so that damage costs its block and nothing else.
 */
#include "trace/eptrace_binary.h"

#include "trace/binary.h"
#include "trace/format.h"

#include <stdlib.h>
#include <xxhash.h>

#define EXPECTED_VERSION "version 1 of eptrace binary"
#define EXPECTED_MARK "a block, an index or the end of an eptrace binary file"
#define EXPECTED_SUM "the checksum that its header announces"

/* What is collected next. */
enum stage {
	STAGE_FILE_HEADER,
	STAGE_MARK, /* the first bytes of a block, an index or the trailer */
	STAGE_BLOCK_HEADER,
	STAGE_BLOCK,
	STAGE_INDEX_HEADER,
	STAGE_INDEX,
	STAGE_TRAILER,
	STAGE_RECORDS, /* nothing: a block is decoded */
	STAGE_ENDED
};

struct eptrace_block {
	enum stage stage;
	uint64_t item; /* byte of the trace where the item at hand begins */
	size_t have;   /* bytes of it that are collected */

	uint32_t count, delta_size, extra_size;
	uint64_t first; /* record of the block */
	uint64_t sum;
	uint64_t seen; /* records in the blocks so far */
	size_t index_size;

	/* Decoding: the next record and where its parts are. */
	uint32_t next;
	const unsigned char *tags, *delta, *extra, *extra_end;
	struct prediction prediction;

	unsigned char bytes[BLOCK_PAYLOAD_MAX + 8]; /* a difference is read as 8 bytes */
};

/* A fuzzer cannot guess checksums: what they protect is to be fuzzed as well. */
static bool has_sum(const unsigned char *bytes, size_t size, uint64_t sum)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	(void)bytes;
	(void)size;
	(void)sum;
	return true;
#else
	return XXH64(bytes, size, 0) == sum;
#endif
}

/* Framing is lost: no error is tolerated any more. */
static bool give_up(struct trace *t, const char *expected, const char *found)
{
	t->options.max_errors = t->counts.errors;
	trace_malformed_at(t, t->block->item, expected, found);
	return false;
}

/* Collect bytes until `size` of the item at hand are there. */
static bool collect(struct trace *t, size_t size)
{
	struct eptrace_block *b = t->block;
	size_t more = size - b->have, left = t->end - t->begin;

	if (b->have == 0)
		b->item = trace_offset(t);
	if (more > left)
		more = left;
	memcpy(b->bytes + b->have, t->buffer + t->begin, more);
	b->have += more;
	t->begin += more;
	return b->have == size;
}

static void next_item(struct eptrace_block *b, enum stage stage)
{
	b->stage = stage;
	b->have = 0;
}

static bool check_file_header(struct trace *t)
{
	struct eptrace_block *b = t->block;
	char found[40];

	if (memcmp(b->bytes, EPTRACE_MAGIC, EPTRACE_MAGIC_SIZE) != 0)
		return give_up(t, "the beginning of an eptrace binary file", "something else");
	if (get32(b->bytes + 8) != EPTRACE_BINARY_VERSION) {
		snprintf(found, sizeof found, "version %u", get32(b->bytes + 8));
		return give_up(t, EXPECTED_VERSION, found);
	}
	t->flags |= get32(b->bytes + 12) & (TRACE_FORMAT_PHYSICAL | TRACE_FORMAT_SAMPLED);
	next_item(b, STAGE_MARK);
	return true;
}

static bool check_mark(struct trace *t)
{
	struct eptrace_block *b = t->block;
	char found[40];

	switch (get32(b->bytes)) {
	case BLOCK_MARK:
		b->stage = STAGE_BLOCK_HEADER;
		return true;
	case INDEX_MARK:
		b->stage = STAGE_INDEX_HEADER;
		return true;
	case TRAILER_MARK:
		b->stage = STAGE_TRAILER;
		return true;
	default:
		snprintf(found, sizeof found, "0x%08x", get32(b->bytes));
		return give_up(t, EXPECTED_MARK, found);
	}
}

static bool check_block_header(struct trace *t)
{
	struct eptrace_block *b = t->block;

	b->count = get32(b->bytes + 4);
	b->delta_size = get32(b->bytes + 8);
	b->extra_size = get32(b->bytes + 12);
	b->first = get64(b->bytes + 16);
	b->sum = get64(b->bytes + 24);
	if (!has_sum(b->bytes, 32, get64(b->bytes + 32)) || b->count == 0 ||
	    b->count > BLOCK_RECORDS_MAX || b->delta_size > b->count * DELTA_MAX ||
	    b->extra_size > b->count * EXTRA_MAX)
		return give_up(t, "the header of a block", "a damaged one");
	if (b->first != b->seen)
		return give_up(t, "the block that continues the one before it", "another one");
	b->seen += b->count;
	b->stage = STAGE_BLOCK;
	b->have = 0;
	return true;
}

/* The payload's checksum, and that the tags' differences fill their stream. */
static void check_block(struct trace *t, size_t size)
{
	struct eptrace_block *b = t->block;
	size_t deltas = 0;

	b->item -= BLOCK_HEADER_SIZE;
	next_item(b, STAGE_MARK);
	if (!has_sum(b->bytes, size, b->sum)) {
		trace_malformed_at(t, b->item, "a block with " EXPECTED_SUM, "another checksum");
		return;
	}
	for (size_t i = 0; i < b->count; i++)
		deltas += delta_length[TAG_LENGTH(b->bytes[i])];
	if (deltas != b->delta_size) {
		trace_malformed_at(t, b->item, "a block whose tags fit its differences",
		                   "another number of bytes");
		return;
	}
	b->tags = b->bytes;
	b->delta = b->bytes + b->count;
	b->extra = b->delta + b->delta_size;
	b->extra_end = b->extra + b->extra_size;
	b->next = 0;
	prediction_reset(&b->prediction);
	b->stage = STAGE_RECORDS;
}

static bool check_index_header(struct trace *t)
{
	struct eptrace_block *b = t->block;
	uint32_t entries = get32(b->bytes + 4);

	if (!has_sum(b->bytes, 24, get64(b->bytes + 24)) || entries > INDEX_ENTRIES_MAX)
		return give_up(t, "the header of an index", "a damaged one");
	b->sum = get64(b->bytes + 16);
	b->index_size = (size_t)entries * INDEX_ENTRY_SIZE;
	next_item(b, STAGE_INDEX);
	return true;
}

static void check_index(struct trace *t)
{
	struct eptrace_block *b = t->block;

	next_item(b, STAGE_MARK);
	if (!has_sum(b->bytes, b->index_size, b->sum))
		trace_malformed_at(t, b->item - INDEX_HEADER_SIZE, "an index with " EXPECTED_SUM,
		                   "another checksum");
}

static bool check_trailer(struct trace *t)
{
	struct eptrace_block *b = t->block;
	char expected[60], found[40];

	if (!has_sum(b->bytes, 24, get64(b->bytes + 24)))
		return give_up(t, "the end of an eptrace binary file", "a damaged one");
	if (get64(b->bytes + 8) != b->seen) {
		snprintf(expected, sizeof expected, "%llu records in all",
		         (unsigned long long)get64(b->bytes + 8));
		snprintf(found, sizeof found, "%llu", (unsigned long long)b->seen);
		return give_up(t, expected, found);
	}
	next_item(b, STAGE_ENDED);
	return true;
}

/* Go on to the records of a block. False: more input is needed, the trace has
 * ended, or it has failed. */
static bool find_block(struct trace *t)
{
	struct eptrace_block *b = t->block;

	while (!t->failed.kind) {
		switch (b->stage) {
		case STAGE_RECORDS:
			return true;
		case STAGE_FILE_HEADER:
			if (!collect(t, FILE_HEADER_SIZE) || !check_file_header(t))
				return false;
			break;
		case STAGE_MARK:
			if (!collect(t, 4) || !check_mark(t))
				return false;
			break;
		case STAGE_BLOCK_HEADER:
			if (!collect(t, BLOCK_HEADER_SIZE) || !check_block_header(t))
				return false;
			break;
		case STAGE_BLOCK:
			if (!collect(t, (size_t)b->count + b->delta_size + b->extra_size))
				return false;
			check_block(t, (size_t)b->count + b->delta_size + b->extra_size);
			break;
		case STAGE_INDEX_HEADER:
			if (!collect(t, INDEX_HEADER_SIZE) || !check_index_header(t))
				return false;
			break;
		case STAGE_INDEX:
			if (!collect(t, b->index_size))
				return false;
			check_index(t);
			break;
		case STAGE_TRAILER:
			if (!collect(t, TRAILER_SIZE) || !check_trailer(t))
				return false;
			break;
		default: /* STAGE_ENDED; another file may follow, as of `cat` */
			if (t->begin == t->end)
				return false;
			next_item(b, STAGE_FILE_HEADER);
			b->seen = 0;
		}
	}
	return false;
}

/* ---- Records ---- */

/* False: the extras end before the number does, or it is too large. */
static bool get_varint(struct eptrace_block *b, uint64_t most, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; b->extra < b->extra_end && shift < 64; shift += 7) {
		uint64_t byte = *b->extra++, bits = byte & 0x7f;

		if (bits << shift >> shift != bits)
			return false;
		*value |= bits << shift;
		if (!(byte & 0x80))
			return *value <= most;
	}
	return false;
}

static bool get_byte(struct eptrace_block *b, unsigned most, uint8_t *value)
{
	if (b->extra == b->extra_end || *b->extra > most)
		return false;
	*value = *b->extra++;
	return true;
}

static bool get_number32(struct eptrace_block *b, uint32_t *value)
{
	uint64_t number;
	bool good = get_varint(b, UINT32_MAX, &number);

	*value = (uint32_t)number;
	return good;
}

static bool is_good_directive(const struct trace_record *r)
{
	if (r->op >= TRACE_MAP)
		return r->rights <= 7 && r->tag == 0 && r->length && r->length % PAGE_SIZE_4K == 0 &&
		       r->address % PAGE_SIZE_4K == 0 && r->length - 1 <= UINT64_MAX - r->address &&
		       (r->op != TRACE_UNMAP || r->rights == 0);
	if (r->length)
		return false;
	switch (r->op) {
	case TRACE_INVPCID:
		return r->type <= 3 && r->tag <= 4095;
	case TRACE_INVVPID:
		return r->type <= 3;
	case TRACE_INVEPT:
		return (r->type == 1 || r->type == 2) && r->tag == 0 && r->address == 0;
	case TRACE_VM:
		return r->type == 0 && r->address == 0;
	default: /* cr3, invlpg */
		return r->type == 0 && r->tag == 0;
	}
}

static bool decode_directive(struct eptrace_block *b, struct trace_record *r)
{
	uint64_t tag = 0;

	*r = (struct trace_record){ 0 };
	if (!get_byte(b, TRACE_OPS - 1, &r->op) || trace_is_access(r) ||
	    !get_byte(b, TRACE_HAS_TID | TRACE_HAS_ASID, &r->flags) || r->flags & TRACE_HAS_PC ||
	    (r->flags & TRACE_HAS_TID && !get_number32(b, &r->tid)) ||
	    (r->flags & TRACE_HAS_ASID && !get_number32(b, &r->asid)) ||
	    !get_byte(b, 7, &r->type) || !get_varint(b, UINT16_MAX, &tag) ||
	    !get_varint(b, UINT64_MAX, &r->address) || !get_varint(b, UINT64_MAX, &r->length))
		return false;
	r->tag = (uint16_t)tag;
	return is_good_directive(r);
}

/* The fields of an extended access that change what stays. */
static bool decode_changes(struct eptrace_block *b, unsigned op, uint8_t extra, uint64_t *size)
{
	struct prediction *p = &b->prediction;

	return extra & EXTRA_SIZE && get_varint(b, TRACE_SIZE_MAX, size) && *size &&
	       (!(extra & EXTRA_FLAGS) || get_byte(b, 15, &p->flags[op == TRACE_FETCH])) &&
	       (!(extra & EXTRA_TID) || get_number32(b, &p->tid)) &&
	       (!(extra & EXTRA_ASID) || get_number32(b, &p->asid)) &&
	       (!(extra & EXTRA_CPL) || get_byte(b, 3, &p->cpl));
}

/* The address of an access, from its difference to what is expected. */
static inline uint64_t decode_address(struct prediction *p, unsigned op, unsigned size,
                                      uint64_t number)
{
	struct context *c;
	uint64_t address;

	if (op == TRACE_FETCH) {
		address = p->next_fetch + unzigzag(number);
		p->where = address;
		p->next_fetch = address + size;
		return address;
	}
	c = prediction_context(p, op);
	address = context_expected(c) + unzigzag(number);
	context_update(c, address);
	return address;
}

static inline uint64_t decode_number(struct eptrace_block *b, unsigned length)
{
	uint64_t number = get64(b->delta) & delta_mask[length];

	b->delta += delta_length[length];
	return number;
}

/* Any record; false if it is malformed. */
static bool decode_record(struct eptrace_block *b, uint8_t tag, struct trace_record *r)
{
	struct prediction *p = &b->prediction;
	unsigned op = TAG_OP(tag);
	uint64_t size = code_size(op, TAG_SIZE(tag)), number = 0;
	uint8_t extra = 0, flags;

	if (TAG_SIZE(tag) == SIZE_EXTENDED) {
		if (!get_byte(b, 63, &extra))
			return false;
		if (extra == EXTRA_DIRECTIVE && tag == TAG(0, SIZE_EXTENDED, 0))
			return decode_directive(b, r);
		if (extra & EXTRA_DIRECTIVE || !decode_changes(b, op, extra, &size))
			return false;
	}
	flags = p->flags[op == TRACE_FETCH];
	*r = (struct trace_record){ .size = (uint16_t)size, .op = (uint8_t)op, .flags = flags };
	if (flags & TRACE_HAS_PC) {
		if (!get_varint(b, UINT64_MAX, &number))
			return false;
		r->pc = p->where += unzigzag(number);
	}
	r->tid = flags & TRACE_HAS_TID ? p->tid : 0;
	r->asid = flags & TRACE_HAS_ASID ? p->asid : 0;
	r->cpl = flags & TRACE_HAS_CPL ? p->cpl : TRACE_CPL_DEFAULT;
	r->address = decode_address(p, op, r->size, decode_number(b, TAG_LENGTH(tag)));
	return true;
}

/* Accesses without optional fields, of a size that the tag holds. */
static size_t fast_records(struct eptrace_block *b, struct trace_record *records, size_t capacity)
{
	struct prediction *p = &b->prediction;
	const unsigned char *tag = b->tags + b->next;
	size_t count = 0, left = b->count - b->next;

	if (p->flags[0] | p->flags[1])
		return 0;
	if (capacity > left)
		capacity = left;
	for (; count < capacity && TAG_SIZE(tag[count]) != SIZE_EXTENDED; count++) {
		unsigned op = TAG_OP(tag[count]), size = code_size(op, TAG_SIZE(tag[count]));
		uint64_t number = decode_number(b, TAG_LENGTH(tag[count]));

		records[count] = (struct trace_record){
			.address = decode_address(p, op, size, number),
			.size = (uint16_t)size,
			.op = (uint8_t)op,
			.cpl = TRACE_CPL_DEFAULT,
		};
	}
	b->next += (uint32_t)count;
	return count;
}

static size_t decode_block(struct trace *t, struct trace_record *records, size_t capacity)
{
	struct eptrace_block *b = t->block;
	size_t count = 0;

	while (b->stage == STAGE_RECORDS) {
		count += fast_records(b, records + count, capacity - count);
		if (b->next == b->count && b->extra != b->extra_end) {
			trace_malformed_at(t, b->item, "a block whose records use all its extras",
			                   "bytes that no record uses");
			next_item(b, STAGE_MARK);
		} else if (b->next == b->count) {
			next_item(b, STAGE_MARK);
		} else if (count == capacity) {
			break;
		} else if (decode_record(b, b->tags[b->next++], &records[count])) {
			t->counts.directives += !trace_is_access(&records[count]);
			count++;
		} else {
			trace_malformed_at(t, b->item, "a block of well-formed records",
			                   "a record that is not");
			next_item(b, STAGE_MARK);
		}
	}
	return count;
}

static size_t decode(struct trace *t, struct trace_record *records, size_t capacity)
{
	size_t count = 0;

	if (!t->block) {
		t->block = calloc(1, sizeof *t->block);
		if (!t->block) {
			trace_error_set(&t->failed, TRACE_ERROR_READ, t->name, "out of memory");
			return 0;
		}
	}
	while (count < capacity && find_block(t))
		count += decode_block(t, records + count, capacity - count);
	return count;
}

static void finish(struct trace *t)
{
	if (t->block->stage != STAGE_ENDED)
		trace_malformed_at(t, trace_offset(t), "the rest of an eptrace binary file",
		                   "the end of the trace");
}

static void close_block(struct trace *t)
{
	free(t->block);
}

static int probe(const unsigned char *head, size_t size, bool whole)
{
	(void)whole;
	return size >= EPTRACE_MAGIC_SIZE && memcmp(head, EPTRACE_MAGIC, EPTRACE_MAGIC_SIZE) == 0
	               ? PROBE_CERTAIN
	               : PROBE_NO;
}

const struct trace_format trace_format_eptrace_binary = {
	.name = "eptrace-binary",
	.description = "eptrace binary: the same, small and fast to read",
	.flags = TRACE_FORMAT_BINARY,
	.probe = probe,
	.burst = 1,
	.decode = decode,
	.finish = finish,
	.close = close_block,
};
