/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A keyed permutation of 0..count-1 that needs no table: every number comes
 * out once, in an order that the seed decides. A Feistel network over the
 * next even number of bits, walked again until the result is in range.
 */
#ifndef HOST_PERMUTATION_H
#define HOST_PERMUTATION_H

#include <stdint.h>

enum { PERMUTATION_ROUNDS = 6 };

struct permutation {
	uint64_t count;     /* 1..2^62 */
	unsigned half_bits; /* the network is 2 * half_bits wide */
	uint64_t key[PERMUTATION_ROUNDS];
};

void permutation_init(struct permutation *p, uint64_t count, uint64_t seed);

/* Where `index` (below count) goes, and the way back. */
uint64_t permutation_at(const struct permutation *p, uint64_t index);
uint64_t permutation_index(const struct permutation *p, uint64_t value);

#endif
