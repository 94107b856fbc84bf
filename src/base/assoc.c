/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/assoc.h"

#define MRU3_WAYS 12

static bool power_of_two(uint32_t n)
{
	return n && (n & (n - 1)) == 0;
}

bool assoc_geometry_ok(uint32_t sets, uint32_t ways, enum assoc_hash hash,
		       enum assoc_policy policy)
{
	if (sets == 0 || ways == 0)
		return ways == 0;
	if ((unsigned)hash > ASSOC_SPLIT || (unsigned)policy > ASSOC_NRU)
		return false;
	if (hash != ASSOC_MOD && !power_of_two(sets))
		return false;
	if (policy == ASSOC_TREE_PLRU)
		return power_of_two(ways) && ways <= 64;
	if (policy == ASSOC_MRU3_PLRU4)
		return ways == MRU3_WAYS;
	if (policy == ASSOC_NRU)
		return ways <= 64;
	return true;
}

void assoc_init(struct assoc *a, uint32_t sets, uint32_t ways, enum assoc_hash hash,
		enum assoc_policy policy, uint64_t seed, void *memory)
{
	*a = (struct assoc){
		.sets = sets,
		.ways = ways,
		.hash = hash,
		.policy = policy,
		.hash_bits = sets > 1 ? (uint8_t)__builtin_ctz(sets) : 0,
		.random = seed ? seed : 1,
		.seed = seed ? seed : 1,
		.key = memory,
		.stamp = (uint64_t *)memory + (size_t)sets * ways,
	};
}

/* Tree PLRU over `ways` = 2^n ways in the low ways-1 bits of *bits: node 1 is
 * the root, node i has children 2i and 2i+1, a bit of 1 sends the victim right. */
static void tree_touch(uint64_t *bits, uint32_t ways, uint32_t way)
{
	uint32_t node = 1;

	for (uint32_t half = ways / 2; half; half /= 2) {
		bool right = way & half;

		if (right)
			*bits &= ~BIT(node - 1);
		else
			*bits |= BIT(node - 1);
		node = 2 * node + right;
	}
}

static uint32_t tree_victim(uint64_t bits, uint32_t ways)
{
	uint32_t node = 1, way = 0;

	for (uint32_t half = ways / 2; half; half /= 2) {
		bool right = bits >> (node - 1) & 1;

		way |= right ? half : 0;
		node = 2 * node + right;
	}
	return way;
}

static void nru_touch(uint64_t *used, uint32_t ways, uint32_t way)
{
	*used |= BIT(way);
	if (*used == BITS(ways - 1, 0))
		*used = BIT(way);
}

/* Where all ways that may be used are marked, the first of them. */
static uint32_t nru_victim(uint64_t used, uint32_t first_way, uint32_t way_count)
{
	for (uint32_t way = first_way; way < first_way + way_count; way++)
		if (!(used >> way & 1))
			return way;
	return first_way;
}

/* ASSOC_MRU3_PLRU4 keeps three trees of three bits and, above them, the group of
 * the most recent access. */
#define MRU3_GROUP_SHIFT 9

void assoc_touch_tree(struct assoc *a, size_t slot)
{
	/* No division by a variable: this is the hot end of every hit. */
	if (a->policy == ASSOC_TREE_PLRU) {
		tree_touch(&a->stamp[slot >> __builtin_ctz(a->ways)], a->ways,
			   (uint32_t)slot & (a->ways - 1));
		return;
	}
	if (a->policy == ASSOC_NRU) {
		nru_touch(&a->stamp[slot / a->ways], a->ways, (uint32_t)(slot % a->ways));
		return;
	}
	uint64_t *state = &a->stamp[slot / MRU3_WAYS];
	uint32_t group = slot % MRU3_WAYS / 4, way = slot % MRU3_WAYS;
	uint64_t tree = *state >> (3 * group) & 7;

	tree_touch(&tree, 4, way % 4);
	*state = (*state & BITS(MRU3_GROUP_SHIFT - 1, 0) & ~(UINT64_C(7) << (3 * group))) |
		 tree << (3 * group) | (uint64_t)group << MRU3_GROUP_SHIFT;
}

static uint32_t mru3_victim(uint64_t state)
{
	uint32_t group = (uint32_t)((state >> MRU3_GROUP_SHIFT) + 1) % 3;

	return 4 * group + tree_victim(state >> (3 * group) & 7, 4);
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", 2016. */
static uint64_t next_random(struct assoc *a)
{
	a->random ^= a->random >> 12;
	a->random ^= a->random << 25;
	a->random ^= a->random >> 27;
	return a->random * UINT64_C(2685821657736338717);
}

static uint32_t oldest(const struct assoc *a, size_t first, uint32_t first_way, uint32_t way_count)
{
	uint32_t best = first_way;

	for (uint32_t way = first_way + 1; way < first_way + way_count; way++)
		if (a->stamp[first + way] < a->stamp[first + best])
			best = way;
	return best;
}

/* Where only some ways may be used, a node with allowed ways on one side only
 * sends the victim there, whatever its bit. */
static uint32_t victim(struct assoc *a, uint32_t set, uint32_t first_way, uint32_t way_count)
{
	switch (a->policy) {
	case ASSOC_RANDOM:
		return first_way + (uint32_t)(next_random(a) >> 32) % way_count;
	case ASSOC_TREE_PLRU: {
		uint32_t node = 1, way = 0;

		for (uint32_t half = a->ways / 2; half; half /= 2) {
			bool right = a->stamp[set] >> (node - 1) & 1;

			if (way + half >= first_way + way_count)
				right = false;
			else if (way + half <= first_way)
				right = true;
			way |= right ? half : 0;
			node = 2 * node + right;
		}
		return way;
	}
	case ASSOC_NRU:
		return nru_victim(a->stamp[set], first_way, way_count);
	case ASSOC_MRU3_PLRU4:
		return mru3_victim(a->stamp[set]);
	default:
		return oldest(a, (size_t)set * a->ways, first_way, way_count);
	}
}

size_t assoc_insert(struct assoc *a, uint64_t number, uint64_t key, uint32_t first_way,
		    uint32_t way_count)
{
	uint32_t set = assoc_set(a, number);
	size_t first = (size_t)set * a->ways;
	uint32_t way = a->ways;

	key |= ASSOC_VALID;
	for (uint32_t i = first_way; i < first_way + way_count; i++) {
		if (a->key[first + i] == key) {
			way = i;
			break;
		}
		if (a->key[first + i] == 0 && way == a->ways)
			way = i;
	}
	if (way == a->ways)
		way = victim(a, set, first_way, way_count);
	if (a->key[first + way] == 0)
		a->used++;
	a->key[first + way] = key;
	if (a->policy == ASSOC_FIFO)
		a->stamp[first + way] = ++a->clock;
	else
		assoc_touch(a, first + way);
	return first + way;
}

void assoc_clear(struct assoc *a)
{
	for (size_t i = 0; i < (size_t)a->sets * a->ways; i++)
		a->key[i] = a->stamp[i] = 0;
	a->used = 0;
	a->clock = 0;
	a->random = a->seed;
}
