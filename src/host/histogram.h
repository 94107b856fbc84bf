/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How often which value came. Values below 64 are counted each for itself;
 * above, each power of two is divided into 32 equal buckets, so that a
 * percentile is right to 1 part in 32. Values from 2^40 share the last bucket.
 * Where the caller gives bounds instead, bucket i counts values up to and
 * including bounds[i] and the bucket behind the last bound everything above.
 */
#ifndef HOST_HISTOGRAM_H
#define HOST_HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_SUB_BITS = 5,
	HISTOGRAM_TOP_BITS = 40,
	/* 64 single values, 34 powers of two in 32 parts, one for the rest. */
	HISTOGRAM_BUCKETS =
		((HISTOGRAM_TOP_BITS - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS) + 1,
	HISTOGRAM_BOUNDS_MAX = HISTOGRAM_BUCKETS - 1,
};

/* All zero bytes is an empty one. */
struct histogram {
	uint64_t count, sum; /* sum wraps at 2^64 */
	uint64_t min, max;   /* meaningless while count is 0 */
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* The bucket that counts `value`. */
static inline unsigned histogram_bucket(uint64_t value)
{
	unsigned shift;

	if (value >> HISTOGRAM_TOP_BITS)
		return HISTOGRAM_BUCKETS - 1;
	if (value < 2 << HISTOGRAM_SUB_BITS)
		return (unsigned)value;
	shift = 63 - HISTOGRAM_SUB_BITS - (unsigned)__builtin_clzll(value);
	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(value >> shift);
}

static inline void histogram_note(struct histogram *h, uint64_t value)
{
	if (h->count == 0 || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->count++;
	h->sum += value;
}

static inline void histogram_add(struct histogram *h, uint64_t value)
{
	histogram_note(h, value);
	h->bucket[histogram_bucket(value)]++;
}

/* `bounds` ascending, `count` of them, at most HISTOGRAM_BOUNDS_MAX. */
void histogram_add_bounded(struct histogram *h, const uint64_t *bounds, unsigned count,
                           uint64_t value);

/* The largest value that a bucket counts; UINT64_MAX for the last one.
 * `bounds` null: the buckets of histogram_add. */
uint64_t histogram_bound(const uint64_t *bounds, unsigned count, unsigned bucket);

/*
 * The value that `permille` thousandths of all values do not exceed: the upper
 * bound of its bucket, never above the maximum. 0 for an empty one.
 */
uint64_t histogram_percentile(const struct histogram *h, const uint64_t *bounds, unsigned count,
                              unsigned permille);

void histogram_merge(struct histogram *into, const struct histogram *from);

#endif
