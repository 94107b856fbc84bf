/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Random numbers whose seed is printed, and can be given: EPTSIM_SEED.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* splitmix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	return random_next(state) % n;
}

static inline uint64_t random_seed(void)
{
	const char *text = getenv("EPTSIM_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;

	printf("EPTSIM_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	return seed;
}

#endif
