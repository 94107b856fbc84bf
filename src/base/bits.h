/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdint.h>

#define BIT(n) (UINT64_C(1) << (n))

/* Bits hi..lo set, 63 >= hi >= lo >= 0. */
#define BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* Bits hi..lo set, or none where hi < lo: reserved ranges that MAXPHYADDR can empty. */
static inline uint64_t bits_or_none(unsigned hi, unsigned lo)
{
	return hi < lo ? 0 : BITS(hi, lo);
}

#endif
