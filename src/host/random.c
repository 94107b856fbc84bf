/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/random.h"

void random_seed(struct random *r, uint64_t seed)
{
	/* splitmix64's own sequence: its state advances by the constant that
	 * random_mix adds. It yields four words that are never all zero. */
	for (int i = 0; i < 4; i++) {
		r->state[i] = random_mix(seed);
		seed += UINT64_C(0x9e3779b97f4a7c15);
	}
}

static inline uint64_t rotate_left(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

uint64_t random_next(struct random *r)
{
	uint64_t *s = r->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/*
 * Lemire, "Fast random integer generation in an interval": the upper half of a
 * 128-bit product, drawn again in the few cases that would make some results
 * likelier than others.
 */
uint64_t random_below(struct random *r, uint64_t bound)
{
	unsigned __int128 product = (unsigned __int128)random_next(r) * bound;

	if ((uint64_t)product < bound) {
		uint64_t threshold = -bound % bound;

		while ((uint64_t)product < threshold)
			product = (unsigned __int128)random_next(r) * bound;
	}
	return (uint64_t)(product >> 64);
}

double random_double(struct random *r)
{
	return (double)(random_next(r) >> 11) * 0x1p-53;
}
