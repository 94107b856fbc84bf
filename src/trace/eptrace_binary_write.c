/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writer of eptrace binary. Writes forward only, in memory that does not grow
 * with the trace: the index is a chain of pieces.
 */
#include "trace/binary.h"
#include "trace/eptrace_binary.h"

#include <stdlib.h>
#include <xxhash.h>

struct eptrace_binary_writer {
	FILE *out;
	XXH64_state_t *sum;
	bool failed;
	uint64_t offset;  /* bytes written */
	uint64_t records; /* in the blocks written */
	uint64_t last_index;
	size_t entries; /* of the index, not written yet */
	unsigned char index[INDEX_HEADER_SIZE + INDEX_ENTRIES_MAX * INDEX_ENTRY_SIZE];

	/* The block under construction: three streams, joined when it is full. */
	size_t count, delta_size, extra_size;
	uint8_t tags[BLOCK_RECORDS_MAX];
	uint8_t deltas[BLOCK_RECORDS_MAX * DELTA_MAX + 8];
	uint8_t extras[BLOCK_RECORDS_MAX * EXTRA_MAX];
	struct prediction prediction;
};

static void write_bytes(struct eptrace_binary_writer *w, const void *bytes, size_t size)
{
	if (!w->failed && size && fwrite(bytes, 1, size, w->out) != size)
		w->failed = true;
	w->offset += size;
}

struct eptrace_binary_writer *eptrace_binary_begin(FILE *out, unsigned flags)
{
	struct eptrace_binary_writer *w = calloc(1, sizeof *w);
	unsigned char header[FILE_HEADER_SIZE] = EPTRACE_MAGIC;

	if (w)
		w->sum = XXH64_createState();
	if (!w || !w->sum) {
		free(w);
		return NULL;
	}
	w->out = out;
	put32(header + 8, EPTRACE_BINARY_VERSION);
	put32(header + 12, flags);
	write_bytes(w, header, sizeof header);
	prediction_reset(&w->prediction);
	return w;
}

static void write_index(struct eptrace_binary_writer *w)
{
	uint64_t at = w->offset;
	size_t size = w->entries * INDEX_ENTRY_SIZE;

	if (w->entries == 0)
		return;
	put32(w->index, INDEX_MARK);
	put32(w->index + 4, (uint32_t)w->entries);
	put64(w->index + 8, w->last_index);
	put64(w->index + 16, XXH64(w->index + INDEX_HEADER_SIZE, size, 0));
	put64(w->index + 24, XXH64(w->index, 24, 0));
	write_bytes(w, w->index, INDEX_HEADER_SIZE + size);
	w->last_index = at;
	w->entries = 0;
}

static void write_block(struct eptrace_binary_writer *w)
{
	unsigned char header[BLOCK_HEADER_SIZE];
	unsigned char *entry = w->index + INDEX_HEADER_SIZE + w->entries * INDEX_ENTRY_SIZE;

	if (w->count == 0)
		return;
	put64(entry, w->offset);
	put64(entry + 8, w->records);
	w->entries++;
	XXH64_reset(w->sum, 0);
	XXH64_update(w->sum, w->tags, w->count);
	XXH64_update(w->sum, w->deltas, w->delta_size);
	XXH64_update(w->sum, w->extras, w->extra_size);
	put32(header, BLOCK_MARK);
	put32(header + 4, (uint32_t)w->count);
	put32(header + 8, (uint32_t)w->delta_size);
	put32(header + 12, (uint32_t)w->extra_size);
	put64(header + 16, w->records);
	put64(header + 24, XXH64_digest(w->sum));
	put64(header + 32, XXH64(header, 32, 0));
	write_bytes(w, header, sizeof header);
	write_bytes(w, w->tags, w->count);
	write_bytes(w, w->deltas, w->delta_size);
	write_bytes(w, w->extras, w->extra_size);
	w->records += w->count;
	w->count = w->delta_size = w->extra_size = 0;
	prediction_reset(&w->prediction);
	if (w->entries == INDEX_ENTRIES_MAX)
		write_index(w);
}

static void put_byte(struct eptrace_binary_writer *w, unsigned byte)
{
	w->extras[w->extra_size++] = (uint8_t)byte;
}

/* Seven bits a byte, the low ones first; bit 7 says that more follow. */
static void put_varint(struct eptrace_binary_writer *w, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		put_byte(w, (unsigned)(value & 0x7f) | 0x80);
	put_byte(w, (unsigned)value);
}

static void add_directive(struct eptrace_binary_writer *w, const struct trace_record *r)
{
	w->tags[w->count++] = TAG(0, SIZE_EXTENDED, 0);
	put_byte(w, EXTRA_DIRECTIVE);
	put_byte(w, r->op);
	put_byte(w, r->flags);
	if (r->flags & TRACE_HAS_TID)
		put_varint(w, r->tid);
	if (r->flags & TRACE_HAS_ASID)
		put_varint(w, r->asid);
	put_byte(w, r->type); /* or rights */
	put_varint(w, r->tag);
	put_varint(w, r->address);
	put_varint(w, r->length);
}

static unsigned size_code(const struct trace_record *r)
{
	for (unsigned code = 0; code < SIZE_EXTENDED; code++)
		if (code_size(r->op, code) == r->size)
			return code;
	return SIZE_EXTENDED;
}

/* The fields that differ from what stays; 0: none. */
static unsigned changes(const struct prediction *p, const struct trace_record *r)
{
	unsigned extra = 0;

	if (r->flags != p->flags[r->op == TRACE_FETCH])
		extra |= EXTRA_FLAGS;
	if (r->flags & TRACE_HAS_TID && r->tid != p->tid)
		extra |= EXTRA_TID;
	if (r->flags & TRACE_HAS_ASID && r->asid != p->asid)
		extra |= EXTRA_ASID;
	if (r->flags & TRACE_HAS_CPL && r->cpl != p->cpl)
		extra |= EXTRA_CPL;
	return extra;
}

static void add_changes(struct eptrace_binary_writer *w, const struct trace_record *r,
                        unsigned extra)
{
	struct prediction *p = &w->prediction;

	put_byte(w, extra);
	if (extra & EXTRA_SIZE)
		put_varint(w, r->size);
	if (extra & EXTRA_FLAGS)
		put_byte(w, p->flags[r->op == TRACE_FETCH] = r->flags);
	if (extra & EXTRA_TID)
		put_varint(w, p->tid = r->tid);
	if (extra & EXTRA_ASID)
		put_varint(w, p->asid = r->asid);
	if (extra & EXTRA_CPL)
		put_byte(w, p->cpl = r->cpl);
}

static void add_access(struct eptrace_binary_writer *w, const struct trace_record *r)
{
	struct prediction *p = &w->prediction;
	unsigned code = size_code(r), extra = changes(p, r), length = 0;
	uint64_t number;

	/* The size stands in the tag or among the extras, never in both. */
	if (code == SIZE_EXTENDED || extra) {
		code = SIZE_EXTENDED;
		add_changes(w, r, extra | EXTRA_SIZE);
	}
	if (r->flags & TRACE_HAS_PC) {
		put_varint(w, zigzag(r->pc - p->where));
		p->where = r->pc;
	}
	if (r->op == TRACE_FETCH) {
		number = zigzag(r->address - p->next_fetch);
		p->where = r->address;
		p->next_fetch = r->address + r->size;
	} else {
		struct context *c = prediction_context(p, r->op);

		number = zigzag(r->address - context_expected(c));
		context_update(c, r->address);
	}
	while (number & ~delta_mask[length])
		length++;
	put64(w->deltas + w->delta_size, number);
	w->delta_size += delta_length[length];
	w->tags[w->count++] = TAG(r->op, code, length);
}

bool eptrace_binary_write(struct eptrace_binary_writer *w, const struct trace_record *records,
                          size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (trace_is_access(&records[i]))
			add_access(w, &records[i]);
		else
			add_directive(w, &records[i]);
		if (w->count == BLOCK_RECORDS_MAX)
			write_block(w);
	}
	return !w->failed;
}

bool eptrace_binary_end(struct eptrace_binary_writer *w)
{
	unsigned char trailer[TRAILER_SIZE] = { 0 };
	bool good;

	write_block(w);
	write_index(w);
	put32(trailer, TRAILER_MARK);
	put64(trailer + 8, w->records);
	put64(trailer + 16, w->last_index);
	put64(trailer + 24, XXH64(trailer, 24, 0));
	write_bytes(w, trailer, sizeof trailer);
	good = !w->failed;
	XXH64_freeState(w->sum);
	free(w);
	return good;
}
