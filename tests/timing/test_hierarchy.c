/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The data caches against a second model that shares no code with them: sets
 * are plain lists, hashes and policies are written from their definitions.
 */
#include "timing/hierarchy.h"

#include "../host/suite.h"

#include <string.h>

/* ---- The second model ---- */

#define WAYS_MAX 16
#define SETS_MAX 256

struct plain_set {
	uint64_t line[WAYS_MAX]; /* plus 1; 0: empty */
	unsigned order[WAYS_MAX]; /* ways, the one to give way first in front; LRU, FIFO */
	bool points_right[2 * WAYS_MAX];
	unsigned group; /* of the most recent access */
	bool used[WAYS_MAX];
};

struct plain_cache {
	const struct data_cache_config *config;
	uint64_t random;
	struct plain_set set[SETS_MAX];
};

static struct plain_set *plain_set(struct plain_cache *c, uint64_t line)
{
	unsigned sets = c->config->sets, bits = 0, index = 0;
	uint64_t low = line;

	switch (c->config->hash) {
	case ASSOC_MOD:
	case ASSOC_LINEAR:
		return &c->set[line % sets];
	case ASSOC_SPLIT:
		line = (line ^ line >> 33) * UINT64_C(0xff51afd7ed558ccd);
		line = (line ^ line >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
		line ^= line >> 33;
		return &c->set[low % (sets / 2) + (line / (sets / 2) % 2 ? sets / 2 : 0)];
	default:
		while (1u << bits < sets)
			bits++;
		for (unsigned bit = 0; bit < 64 && bits; bit++)
			index ^= (unsigned)(line >> bit & 1) << bit % bits;
		return &c->set[index];
	}
}

static void to_back(struct plain_set *s, unsigned ways, unsigned way)
{
	unsigned at = 0;

	while (s->order[at] != way)
		at++;
	for (; at + 1 < ways; at++)
		s->order[at] = s->order[at + 1];
	s->order[ways - 1] = way;
}

/* Ways low..high-1 hang below `node`; each node points away from the half used. */
static void tree_use(struct plain_set *s, unsigned node, unsigned low, unsigned high, unsigned way)
{
	unsigned middle = (low + high) / 2;

	if (high - low == 1)
		return;
	s->points_right[node] = way < middle;
	if (way < middle)
		tree_use(s, 2 * node, low, middle, way);
	else
		tree_use(s, 2 * node + 1, middle, high, way);
}

static unsigned tree_follow(const struct plain_set *s, unsigned node, unsigned low, unsigned high)
{
	unsigned middle = (low + high) / 2;

	if (high - low == 1)
		return low;
	return s->points_right[node] ? tree_follow(s, 2 * node + 1, middle, high) :
				       tree_follow(s, 2 * node, low, middle);
}

/* Roots of the three trees of mru3-plru4: their nodes 2i, 2i+1 do not
 * meet. */
static const unsigned group_root[3] = { 4, 5, 6 };

static void plain_use(struct plain_cache *c, struct plain_set *s, unsigned way, bool filled)
{
	unsigned ways = c->config->ways;

	switch (c->config->replacement) {
	case ASSOC_LRU:
		to_back(s, ways, way);
		break;
	case ASSOC_FIFO:
		if (filled)
			to_back(s, ways, way);
		break;
	case ASSOC_TREE_PLRU:
		tree_use(s, 1, 0, ways, way);
		break;
	case ASSOC_MRU3_PLRU4:
		s->group = way / 4;
		tree_use(s, group_root[s->group], 4 * s->group, 4 * s->group + 4, way);
		break;
	case ASSOC_NRU: {
		bool all = true;

		s->used[way] = true;
		for (unsigned i = 0; i < ways; i++)
			all &= s->used[i];
		for (unsigned i = 0; i < ways && all; i++)
			s->used[i] = i == way;
		break;
	}
	default:
		break;
	}
}

static unsigned plain_victim(struct plain_cache *c, struct plain_set *s)
{
	unsigned group = 0;

	switch (c->config->replacement) {
	case ASSOC_NRU:
		while (s->used[group])
			group++;
		return group;
	case ASSOC_TREE_PLRU:
		return tree_follow(s, 1, 0, c->config->ways);
	case ASSOC_MRU3_PLRU4:
		group = (s->group + 1) % 3;
		return tree_follow(s, group_root[group], 4 * group, 4 * group + 4);
	case ASSOC_RANDOM:
		c->random ^= c->random >> 12;
		c->random ^= c->random << 25;
		c->random ^= c->random >> 27;
		return (uint32_t)(c->random * UINT64_C(2685821657736338717) >> 32) %
		       c->config->ways;
	default:
		return s->order[0];
	}
}

struct plain {
	struct plain_cache cache[DATA_CACHES];
};

static void plain_init(struct plain *p, const struct timing_config *config)
{
	memset(p, 0, sizeof *p);
	for (unsigned id = 0; id < DATA_CACHES; id++) {
		p->cache[id].config = &config->cache[id];
		p->cache[id].random = config->seed + id;
		for (unsigned set = 0; set < SETS_MAX; set++)
			for (unsigned way = 0; way < WAYS_MAX; way++)
				p->cache[id].set[set].order[way] = way;
	}
}

static int plain_way(struct plain_cache *c, uint64_t line)
{
	const struct plain_set *s = plain_set(c, line);

	for (unsigned way = 0; way < c->config->ways; way++)
		if (s->line[way] == line + 1)
			return (int)way;
	return -1;
}

static void plain_drop(struct plain_cache *c, uint64_t line)
{
	int way = plain_way(c, line);

	if (way >= 0)
		plain_set(c, line)->line[way] = 0;
}

static void plain_insert(struct plain *p, unsigned id, uint64_t line)
{
	struct plain_cache *c = &p->cache[id];
	struct plain_set *s = plain_set(c, line);
	int way = plain_way(c, line);
	uint64_t old = 0;

	for (unsigned i = 0; way < 0 && i < c->config->ways; i++)
		if (s->line[i] == 0)
			way = (int)i;
	if (way < 0) {
		way = (int)plain_victim(c, s);
		old = s->line[way];
	}
	s->line[way] = line + 1;
	plain_use(c, s, (unsigned)way, true);
	if (!old)
		return;
	if (id >= CACHE_L2 && c->config->inclusion == INCLUSION_INCLUSIVE)
		for (unsigned nearer = 0; nearer < id; nearer++)
			plain_drop(&p->cache[nearer], old - 1);
	unsigned behind = id <= CACHE_L1D ? CACHE_L2 : id + 1;

	if (behind < DATA_CACHES && p->cache[behind].config->inclusion == INCLUSION_VICTIM)
		plain_insert(p, behind, old - 1);
}

static enum timing_level plain_access(struct plain *p, enum hierarchy_port port, uint64_t line)
{
	static const unsigned path[3][3] = { [PORT_FETCH] = { CACHE_L1I, CACHE_L2, CACHE_LLC },
					     [PORT_DATA] = { CACHE_L1D, CACHE_L2, CACHE_LLC },
					     [PORT_L2] = { CACHE_L2, CACHE_LLC, DATA_CACHES } };
	const unsigned *ids = path[port];
	unsigned found = 0;

	while (found < 3 && ids[found] < DATA_CACHES && plain_way(&p->cache[ids[found]], line) < 0)
		found++;
	if (found < 3 && ids[found] < DATA_CACHES) {
		struct plain_cache *c = &p->cache[ids[found]];
		bool taken = false;

		plain_use(c, plain_set(c, line), (unsigned)plain_way(c, line), false);
		for (unsigned i = 0; i < found; i++)
			taken |= ids[i] <= CACHE_L1D ||
				 p->cache[ids[i]].config->inclusion != INCLUSION_VICTIM;
		if (ids[found] >= CACHE_L2 && c->config->inclusion == INCLUSION_VICTIM && taken)
			plain_drop(c, line);
	}
	for (unsigned i = found; i-- > 0;)
		if (ids[i] < DATA_CACHES && (ids[i] <= CACHE_L1D ||
					     p->cache[ids[i]].config->inclusion != INCLUSION_VICTIM))
			plain_insert(p, ids[i], line);
	if (found == 3 || ids[found] == DATA_CACHES)
		return LEVEL_MEMORY;
	return (enum timing_level)(port == PORT_L2 ? found + 1 : found);
}

/* ---- The comparison ---- */

static struct timing_config config_of(unsigned policy, unsigned hash, unsigned inclusion)
{
	struct timing_config c = { .seed = 7, .fast_paths = true };
	static const unsigned sets[DATA_CACHES] = { 4, 8, 32, 128 }, odd[DATA_CACHES] = { 3, 7, 33, 100 };
	static const unsigned ways[DATA_CACHES] = { 2, 4, 8, 16 };

	for (unsigned id = 0; id < DATA_CACHES; id++)
		c.cache[id] = (struct data_cache_config){
			.sets = hash == ASSOC_MOD ? odd[id] : sets[id],
			.ways = policy == ASSOC_MRU3_PLRU4 ? 12 : ways[id],
			.hash = (uint8_t)hash,
			.replacement = (uint8_t)policy,
		};
	c.cache[CACHE_L2].inclusion = (uint8_t)(inclusion % 3);
	c.cache[CACHE_LLC].inclusion = (uint8_t)(inclusion / 3);
	return c;
}

/* Near the last one, near the beginning, or anywhere: every level hits and misses. */
static uint64_t next_line(uint64_t *random, uint64_t line)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	uint64_t r = *random >> 33;

	switch (r & 3) {
	case 0: return line;
	case 1: return line + 1;
	case 2: return r >> 2 & 127;
	default: return (r >> 2) % 6000;
	}
}

START_TEST(equal_to_the_plain_model)
{
	static struct plain plain;
	unsigned policy = (unsigned)_i / 4, hash = (unsigned)_i % 4;
	struct timing_config config = config_of(policy, hash, (unsigned)_i % 9);
	struct hierarchy fast, slow;
	uint64_t random = (uint64_t)_i + 1, line = 0, by[TIMING_LEVELS] = { 0 };

	plain_init(&plain, &config);
	check_true(hierarchy_init(&fast, &config));
	config.fast_paths = false;
	check_true(hierarchy_init(&slow, &config));
	for (unsigned i = 0; i < 1000000; i++) {
		line = next_line(&random, line);
		enum hierarchy_port port = (random >> 20) % 8 == 0 ? PORT_L2 :
					   (random >> 20) % 8 < 3 ? PORT_FETCH : PORT_DATA;
		enum timing_level expected = plain_access(&plain, port, line);
		enum timing_level with = hierarchy_access(&fast, port, line);
		enum timing_level without = hierarchy_access(&slow, port, line);

		if (with != expected || without != expected)
			ck_abort_msg("access %u, line %lu: level %d, short cut %d, without %d", i,
				     (unsigned long)line, expected, with, without);
		by[expected]++;
	}
	/* The stream says something about every level. */
	for (unsigned level = 0; level < TIMING_LEVELS; level++)
		check_true(by[level] > 1000);
	hierarchy_destroy(&fast);
	hierarchy_destroy(&slow);
}
END_TEST

/* A level that is not there is passed by. */
START_TEST(absent_levels)
{
	struct timing_config config = config_of(ASSOC_LRU, ASSOC_LINEAR, 6);
	struct hierarchy h;

	for (unsigned id = 0; id < DATA_CACHES; id++)
		config.cache[id].ways = 0;
	check_true(hierarchy_init(&h, &config));
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(hierarchy_access(&h, PORT_DATA, 5), LEVEL_MEMORY);
	hierarchy_destroy(&h);
	/* L2 missing: what L1D evicts goes to the LLC, which is a victim cache. */
	config.cache[CACHE_L1D] = (struct data_cache_config){ .sets = 1, .ways = 1 };
	config.cache[CACHE_LLC] = (struct data_cache_config){
		.sets = 1, .ways = 2, .inclusion = INCLUSION_VICTIM };
	check_true(hierarchy_init(&h, &config));
	ck_assert_int_eq(hierarchy_access(&h, PORT_DATA, 1), LEVEL_MEMORY);
	ck_assert_int_eq(hierarchy_access(&h, PORT_DATA, 2), LEVEL_MEMORY);
	ck_assert_int_eq(hierarchy_access(&h, PORT_DATA, 1), LEVEL_LLC);
	ck_assert_int_eq(hierarchy_access(&h, PORT_DATA, 1), LEVEL_L1);
	/* Nothing before it takes the line of this port: it stays. */
	ck_assert_int_eq(hierarchy_access(&h, PORT_L2, 2), LEVEL_LLC);
	ck_assert_int_eq(hierarchy_access(&h, PORT_L2, 2), LEVEL_LLC);
	hierarchy_destroy(&h);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("hierarchy");

	tcase_add_loop_test(tests, equal_to_the_plain_model, 0, 24);
	tcase_add_test(tests, absent_levels);
	return run_suite("hierarchy", tests);
}
