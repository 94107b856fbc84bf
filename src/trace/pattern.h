/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Accesses made by rule instead of read from a file.
 */
#ifndef TRACE_PATTERN_H
#define TRACE_PATTERN_H

#include "host/permutation.h"
#include "host/random.h"
#include "trace/trace.h"

enum pattern_kind {
	PATTERN_SEQ,    /* 8 bytes after 8 bytes, over and over */
	PATTERN_STRIDE, /* every `stride` bytes, over and over */
	PATTERN_RANDOM, /* 8 bytes anywhere, uniform */
	PATTERN_ZIPF,   /* a page of rank r with probability about 1/r, 8 bytes anywhere in it */
	/* A list that visits one line in each block of `stride` bytes, at an offset of
	 * its own, in an order of its own, over and over. Each load's address comes from
	 * the load before. */
	PATTERN_CHASE,
	PATTERN_KINDS
};

extern const char *const pattern_kind_names[]; /* ends with null */

#define PATTERN_BASE (UINT64_C(1) << 32) /* linear address of the footprint */
#define PATTERN_FOOTPRINT_MAX (UINT64_C(1) << 44)

struct pattern {
	enum pattern_kind kind;
	uint64_t footprint, stride; /* bytes; the stride divides the footprint */
	uint64_t seed;
	uint64_t count; /* accesses of one sweep; random, zipf: 8-byte places */
	uint64_t next;
	struct random random;
	struct permutation permutation;
};

/* footprint: a multiple of the stride and of 64, up to PATTERN_FOOTPRINT_MAX; stride: 8 or
 * more; of a chase a multiple of 64. */
void pattern_init(struct pattern *p, enum pattern_kind kind, uint64_t footprint, uint64_t stride,
		  uint64_t seed);

/* The next `count` records: reads of 8 bytes. */
void pattern_fill(struct pattern *p, struct trace_record *records, size_t count);

/* Does each access wait for the one before? */
static inline bool pattern_depends(const struct pattern *p)
{
	return p->kind == PATTERN_CHASE;
}

#endif
