/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A small seeded generator, xoshiro256** (Blackman and Vigna), its state
 * filled from the seed by splitmix64. The same seed gives the same numbers on
 * every host. Not for secrets.
 */
#ifndef HOST_RANDOM_H
#define HOST_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

/* Every seed is good, 0 too. */
void random_seed(struct random *r, uint64_t seed);

/* Uniform over all 64-bit values. */
uint64_t random_next(struct random *r);

/* Uniform over 0..bound-1, without bias; bound 0 gives 0. */
uint64_t random_below(struct random *r, uint64_t bound);

/* Uniform over [0, 1), a multiple of 2^-53. */
double random_double(struct random *r);

/* One splitmix64 step: a well-mixed 64-bit hash of `x`, a bijection. */
static inline uint64_t random_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

#endif
