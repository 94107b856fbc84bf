/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/histogram.h"

#include <stddef.h>

void histogram_add_bounded(struct histogram *h, const uint64_t *bounds, unsigned count,
                           uint64_t value)
{
	unsigned low = 0, high = count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (value <= bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	histogram_note(h, value);
	h->bucket[low]++;
}

uint64_t histogram_bound(const uint64_t *bounds, unsigned count, unsigned bucket)
{
	unsigned shift;

	if (bounds)
		return bucket < count ? bounds[bucket] : UINT64_MAX;
	if (bucket >= HISTOGRAM_BUCKETS - 1)
		return UINT64_MAX;
	if (bucket < 2 << HISTOGRAM_SUB_BITS)
		return bucket;
	shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
	return (((uint64_t)bucket - (shift << HISTOGRAM_SUB_BITS) + 1) << shift) - 1;
}

uint64_t histogram_percentile(const struct histogram *h, const uint64_t *bounds, unsigned count,
                              unsigned permille)
{
	unsigned __int128 scaled = (unsigned __int128)h->count * permille;
	uint64_t rank = (uint64_t)((scaled + 999) / 1000), seen = 0;

	if (h->count == 0)
		return 0;
	if (rank == 0)
		return h->min;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank) {
			uint64_t bound = histogram_bound(bounds, count, i);

			return bound < h->max ? bound : h->max;
		}
	}
	return h->max;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}
