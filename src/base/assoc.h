/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The set-associative container: every TLB, paging-structure cache, nested TLB
 * and data cache is one of these plus an array of payloads of its own, indexed
 * by the slot numbers that this hands out.
 *
 * A key is 63 bits wide and says everything that must match. The set comes from
 * `number`, the page or line number, by the hash. Replacement as in "TLB;DR"
 * (Tatar et al., USENIX Security 2022) where the policy is Intel's.
 */
#ifndef BASE_ASSOC_H
#define BASE_ASSOC_H

#include "base/bits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum assoc_hash {
	ASSOC_LINEAR, /* low bits: the number of sets is a power of two */
	ASSOC_MOD,    /* number modulo sets: any number of sets */
	ASSOC_XOR,    /* XOR of successive k-bit groups, sets = 2^k */
	/* Two halves: low bits within each, and a scattering of the whole number chooses
	 * the half. For hashes that nobody published and that do not spread neighbours
	 * evenly. */
	ASSOC_SPLIT
};

enum assoc_policy {
	ASSOC_LRU,
	ASSOC_TREE_PLRU, /* ways a power of two */
	ASSOC_RANDOM,
	ASSOC_FIFO,
	/* "(MRU+1)%3 PLRU4": 12 ways in three groups of four; the victim's group
	 * is the one after that of the most recent access. */
	ASSOC_MRU3_PLRU4,
	/* A bit a way says "used"; when the last one is set the others are cleared; the
	 * first way whose bit is clear gives way. At most 64 ways. */
	ASSOC_NRU
};

#define ASSOC_VALID BIT(63)
#define ASSOC_NONE (-1)

struct assoc {
	uint32_t sets, ways; /* 0 ways: the structure does not exist */
	uint8_t hash, policy;
	uint8_t hash_bits; /* ASSOC_XOR: k */
	uint32_t used;     /* valid entries */
	uint64_t clock;    /* LRU, FIFO: the last stamp given */
	uint64_t random;   /* state of the generator, never 0 */
	uint64_t seed;     /* its first state */
	uint64_t *key;     /* [set * ways + way], 0: invalid */
	uint64_t *stamp;   /* LRU, FIFO: [set * ways + way]; others: [set], tree bits */
};

/* Bytes that assoc_init() needs for a geometry. */
static inline size_t assoc_bytes(uint32_t sets, uint32_t ways)
{
	return 2 * sizeof(uint64_t) * (size_t)sets * ways;
}

/* Is the geometry one that hash and policy can index? */
bool assoc_geometry_ok(uint32_t sets, uint32_t ways, enum assoc_hash hash,
		       enum assoc_policy policy);

/* Makes `a` empty; `memory` has assoc_bytes(), zeroed. */
void assoc_init(struct assoc *a, uint32_t sets, uint32_t ways, enum assoc_hash hash,
		enum assoc_policy policy, uint64_t seed, void *memory);

/* The finalizer of MurmurHash3. */
static inline uint64_t assoc_scatter(uint64_t number)
{
	number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
	number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return number ^ number >> 33;
}

static inline uint32_t assoc_set(const struct assoc *a, uint64_t number)
{
	uint64_t folded = 0;

	switch (a->hash) {
	case ASSOC_LINEAR:
		return number & (a->sets - 1);
	case ASSOC_MOD:
		return number % a->sets;
	case ASSOC_SPLIT:
		if (a->sets == 1)
			return 0;
		return (number & (a->sets / 2 - 1)) | (assoc_scatter(number) & a->sets / 2);
	default:
		if (a->hash_bits == 0)
			return 0;
		for (; number; number >>= a->hash_bits)
			folded ^= number;
		return folded & (a->sets - 1);
	}
}

/* The slot of `key` in the set of `number`, or ASSOC_NONE. Changes nothing. */
static inline int64_t assoc_find(const struct assoc *a, uint64_t number, uint64_t key)
{
	if (a->used == 0)
		return ASSOC_NONE;

	size_t first = (size_t)assoc_set(a, number) * a->ways;

	key |= ASSOC_VALID;
	for (uint32_t way = 0; way < a->ways; way++)
		if (a->key[first + way] == key)
			return (int64_t)(first + way);
	return ASSOC_NONE;
}

void assoc_touch_tree(struct assoc *a, size_t slot);

/* The entry in `slot` was used: tells the replacement policy. */
static inline void assoc_touch(struct assoc *a, size_t slot)
{
	if (a->policy == ASSOC_LRU)
		a->stamp[slot] = ++a->clock;
	else if (a->policy == ASSOC_TREE_PLRU || a->policy >= ASSOC_MRU3_PLRU4)
		assoc_touch_tree(a, slot);
}

/* Puts `key` into the set of `number`, into its own slot if it is there already,
 * else into a free way, else over the victim, always within ways
 * first_way .. first_way + way_count - 1. Returns the slot. */
size_t assoc_insert(struct assoc *a, uint64_t number, uint64_t key, uint32_t first_way,
		    uint32_t way_count);

static inline void assoc_drop(struct assoc *a, size_t slot)
{
	if (a->key[slot]) {
		a->key[slot] = 0;
		a->used--;
	}
}

/* As after assoc_init(). */
void assoc_clear(struct assoc *a);

#endif
