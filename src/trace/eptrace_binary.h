/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of eptrace binary and the predictions that its numbers are
 * differences to, for reader and writer: docs/formats/eptrace-binary.md says it
 * in words. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_EPTRACE_BINARY_H
#define EPTSIM_TRACE_EPTRACE_BINARY_H

#include "trace/trace.h"

#include <string.h>

#define EPTRACE_MAGIC "\x89" "EPT\r\n\x1a\n"
#define EPTRACE_MAGIC_SIZE 8
#define EPTRACE_BINARY_VERSION 1

#define FILE_HEADER_SIZE 16  /* magic, u32 version, u32 TRACE_FORMAT_* of the source */
#define BLOCK_HEADER_SIZE 40 /* see block_header */
#define INDEX_HEADER_SIZE 32 /* u32 mark, u32 entries, u64 index before, u64 sum, u64 sum */
#define INDEX_ENTRY_SIZE 16  /* u64 offset of a block, u64 its first record */
#define TRAILER_SIZE 32      /* u32 mark, u32 0, u64 records, u64 last index, u64 sum */

#define BLOCK_MARK UINT32_C(0x42545045)   /* "EPTB" */
#define INDEX_MARK UINT32_C(0x49545045)   /* "EPTI" */
#define TRAILER_MARK UINT32_C(0x45545045) /* "EPTE" */

#define BLOCK_RECORDS_MAX 32768
#define INDEX_ENTRIES_MAX 1024
#define DELTA_MAX 8  /* bytes of one record's difference */
#define EXTRA_MAX 40 /* bytes of one record's other fields */
#define BLOCK_PAYLOAD_MAX (BLOCK_RECORDS_MAX * (size_t)(1 + DELTA_MAX + EXTRA_MAX))

/*
 * A tag, one byte a record:
 *
 *	bits 1:0	operation: read, write, modify, fetch
 *	bits 4:2	size: code_size() below; 7: the record goes on among the extras
 *	bits 7:5	length of the difference: delta_length[] bytes
 */
#define TAG_OP(tag) ((tag)&3)
#define TAG_SIZE(tag) ((tag) >> 2 & 7)
#define TAG_LENGTH(tag) ((tag) >> 5)
#define TAG(op, size, length) ((uint8_t)((op) | (size) << 2 | (length) << 5))
#define SIZE_EXTENDED 7

/* What the first byte of an extended record announces, in this order. */
#define EXTRA_DIRECTIVE 1 /* alone: a directive and not an access */
#define EXTRA_SIZE 2
#define EXTRA_FLAGS 4
#define EXTRA_TID 8
#define EXTRA_ASID 16
#define EXTRA_CPL 32

static const uint8_t delta_length[8] = { 0, 1, 2, 3, 4, 5, 6, 8 };
static const uint64_t delta_mask[8] = { 0,          0xff,         0xffff,         0xffffff,
	                                0xffffffff, 0xffffffffff, 0xffffffffffff, UINT64_MAX };

/* Sizes of codes 0 to 6: of fetches 1 to 7 bytes, of data the powers of two. */
static inline unsigned code_size(unsigned op, unsigned code)
{
	return op == TRACE_FETCH ? code + 1 : 1u << code;
}

/* What is expected of the next record, from those before it in its block. */
#define CONTEXTS 1024

struct prediction {
	uint64_t where;      /* of the last fetch, or the last pc */
	uint64_t next_fetch; /* behind the last fetch */
	struct context {
		uint64_t last; /* address */
		uint64_t delta, step;
	} contexts[CONTEXTS];
	/* Fields that stay until a record changes them. */
	uint8_t flags[2]; /* of data, of fetches */
	uint8_t cpl;
	uint32_t tid, asid;
};

static inline void prediction_reset(struct prediction *p)
{
	memset(p, 0, sizeof *p);
	p->cpl = TRACE_CPL_DEFAULT;
}

/* Instructions tend to access what they accessed before, or a step further. */
static inline struct context *prediction_context(struct prediction *p, unsigned op)
{
	uint32_t hash = (uint32_t)p->where * UINT32_C(0x9e3779b1) >> 22;

	return &p->contexts[hash ^ op];
}

static inline uint64_t context_expected(const struct context *c)
{
	return c->last + c->step;
}

static inline void context_update(struct context *c, uint64_t address)
{
	uint64_t delta = address - c->last;

	c->step = delta == c->delta ? delta : 0; /* a step is believed when seen twice */
	c->delta = delta;
	c->last = address;
}

/* Small differences of either sign become small numbers. */
static inline uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t unzigzag(uint64_t number)
{
	return number >> 1 ^ -(number & 1);
}

#endif
