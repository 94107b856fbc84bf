/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/permutation.h"

#include "host/random.h"

void permutation_init(struct permutation *p, uint64_t count, uint64_t seed)
{
	p->count = count;
	p->half_bits = 1;
	while (2 * p->half_bits < 62 && count > UINT64_C(1) << 2 * p->half_bits)
		p->half_bits++;
	for (int i = 0; i < PERMUTATION_ROUNDS; i++) {
		seed = random_mix(seed);
		p->key[i] = seed;
	}
}

/* One round's function: what is mixed into the other half. */
static uint64_t round_value(const struct permutation *p, int round, uint64_t half)
{
	uint64_t mask = (UINT64_C(1) << p->half_bits) - 1;

	return random_mix(half ^ p->key[round]) & mask;
}

/* The network permutes a power of four that is less than four times `count`;
 * following the cycle until it is back below `count` permutes just those. */
uint64_t permutation_at(const struct permutation *p, uint64_t index)
{
	uint64_t mask = (UINT64_C(1) << p->half_bits) - 1;

	do {
		uint64_t left = index >> p->half_bits, right = index & mask;

		for (int i = 0; i < PERMUTATION_ROUNDS; i++) {
			uint64_t next = left ^ round_value(p, i, right);

			left = right;
			right = next;
		}
		index = left << p->half_bits | right;
	} while (index >= p->count);
	return index;
}

uint64_t permutation_index(const struct permutation *p, uint64_t value)
{
	uint64_t mask = (UINT64_C(1) << p->half_bits) - 1;

	do {
		uint64_t left = value >> p->half_bits, right = value & mask;

		for (int i = PERMUTATION_ROUNDS - 1; i >= 0; i--) {
			uint64_t previous = right ^ round_value(p, i, left);

			right = left;
			left = previous;
		}
		value = left << p->half_bits | right;
	} while (value >= p->count);
	return value;
}
