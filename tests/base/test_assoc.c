/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The set-associative container against a model of each policy and hash that
 * says what they mean in the plainest way: recency lists, trees of nodes.
 */
#include "base/assoc.h"

#include "random.h"

#include <check.h>
#include <string.h>

#define ACCESSES 1000000

#define expect(condition, format, ...)                                                             \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s: " format, #condition, ##__VA_ARGS__);                    \
	} while (0)

/* ---- The model ---- */

/* A tree-PLRU node: over ways low .. low + width - 1; which half was used last. */
struct node {
	unsigned low, width;
	bool used, last_was_right;
	struct node *left, *right;
};

struct model_way {
	bool valid;
	uint64_t key;
};

struct model_set {
	struct model_way *way;
	/* Ways by time of use (LRU) or of insertion (FIFO), oldest first; a way that
	 * was never used is in no list. */
	unsigned *order, ordered;
	struct node *tree;	/* TREE_PLRU */
	struct node *group[3];	/* MRU3_PLRU4: three trees of four ways */
	int last_group;		/* of the most recent access; at first 0 */
};

struct model {
	unsigned sets, ways;
	enum assoc_hash hash;
	enum assoc_policy policy;
	struct model_set *set;
	uint64_t random;
};

static struct node *node_new(unsigned low, unsigned width)
{
	struct node *n = calloc(1, sizeof *n);

	n->low = low;
	n->width = width;
	/* As if the right half had been used last: the first victim is the left one. */
	n->last_was_right = true;
	if (width > 1) {
		n->left = node_new(low, width / 2);
		n->right = node_new(low + width / 2, width / 2);
	}
	return n;
}

static void node_free(struct node *n)
{
	if (n->left) {
		node_free(n->left);
		node_free(n->right);
	}
	free(n);
}

static void node_touch(struct node *n, unsigned way)
{
	for (; n->width > 1; n = n->last_was_right ? n->right : n->left)
		n->last_was_right = way >= n->right->low;
}

/* The half not used last, unless no allowed way is in it. */
static unsigned node_victim(const struct node *n, unsigned first, unsigned count)
{
	while (n->width > 1) {
		const struct node *l = n->left, *r = n->right;
		bool in_left = first < l->low + l->width && first + count > l->low;
		bool in_right = first < r->low + r->width && first + count > r->low;

		n = in_left && (n->last_was_right || !in_right) ? l : r;
	}
	return n->low;
}

static struct model *model_new(unsigned sets, unsigned ways, enum assoc_hash hash,
			       enum assoc_policy policy, uint64_t seed)
{
	struct model *m = calloc(1, sizeof *m);

	*m = (struct model){ sets, ways, hash, policy, calloc(sets, sizeof *m->set), seed };
	for (unsigned i = 0; i < sets; i++) {
		struct model_set *s = &m->set[i];

		s->way = calloc(ways, sizeof *s->way);
		s->order = calloc(ways, sizeof *s->order);
		if (policy == ASSOC_TREE_PLRU)
			s->tree = node_new(0, ways);
		for (unsigned g = 0; policy == ASSOC_MRU3_PLRU4 && g < 3; g++)
			s->group[g] = node_new(4 * g, 4);
	}
	return m;
}

static void model_free(struct model *m)
{
	for (unsigned i = 0; i < m->sets; i++) {
		struct model_set *s = &m->set[i];

		free(s->way);
		free(s->order);
		if (s->tree)
			node_free(s->tree);
		for (unsigned g = 0; g < 3; g++)
			if (s->group[g])
				node_free(s->group[g]);
	}
	free(m->set);
	free(m);
}

static unsigned model_hash(const struct model *m, uint64_t number)
{
	unsigned bits = 0, set = 0;

	if (m->hash == ASSOC_MOD)
		return (unsigned)(number % m->sets);
	while (1u << bits < m->sets)
		bits++;
	if (m->hash == ASSOC_LINEAR)
		return (unsigned)(number % (1u << bits));
	/* Bit i of the set: the parity of the number's bits i, i + k, i + 2k, ... */
	for (unsigned i = 0; i < bits; i++)
		for (unsigned j = i; j < 64; j += bits)
			set ^= (unsigned)(number >> j & 1) << i;
	return set;
}

/* To the end of the list. */
static void model_order(struct model_set *s, unsigned way)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->ordered; i++)
		if (s->order[i] != way)
			s->order[kept++] = s->order[i];
	s->order[kept++] = way;
	s->ordered = kept;
}

static void model_used(const struct model *m, struct model_set *s, unsigned way, bool inserted)
{
	if (m->policy == ASSOC_LRU || (m->policy == ASSOC_FIFO && inserted))
		model_order(s, way);
	if (m->policy == ASSOC_TREE_PLRU)
		node_touch(s->tree, way);
	if (m->policy == ASSOC_MRU3_PLRU4) {
		s->last_group = (int)way / 4;
		node_touch(s->group[s->last_group], way);
	}
}

static int model_find(const struct model_set *s, unsigned ways, uint64_t key)
{
	for (unsigned way = 0; way < ways; way++)
		if (s->way[way].valid && s->way[way].key == key)
			return (int)way;
	return -1;
}

static unsigned model_victim(struct model *m, struct model_set *s, unsigned first, unsigned count)
{
	switch (m->policy) {
	case ASSOC_TREE_PLRU:
		return node_victim(s->tree, first, count);
	case ASSOC_MRU3_PLRU4:
		return node_victim(s->group[(s->last_group + 1) % 3], 0, 12);
	case ASSOC_RANDOM:
		m->random ^= m->random >> 12;
		m->random ^= m->random << 25;
		m->random ^= m->random >> 27;
		return first + (unsigned)(m->random * UINT64_C(0x2545f4914f6cdd1d) >> 32) % count;
	default:
		for (unsigned i = 0; i < s->ordered; i++)
			if (s->order[i] >= first && s->order[i] < first + count)
				return s->order[i];
		abort();
	}
}

static unsigned model_insert(struct model *m, uint64_t number, uint64_t key, unsigned first,
			     unsigned count)
{
	struct model_set *s = &m->set[model_hash(m, number)];
	int way = -1;

	for (unsigned i = first; i < first + count && way < 0; i++)
		if (s->way[i].valid && s->way[i].key == key)
			way = (int)i;
	for (unsigned i = first; i < first + count && way < 0; i++)
		if (!s->way[i].valid)
			way = (int)i;
	if (way < 0)
		way = (int)model_victim(m, s, first, count);
	s->way[way] = (struct model_way){ true, key };
	model_used(m, s, (unsigned)way, true);
	return (unsigned)way;
}

/* ---- Both on the same stream ---- */

/* Keys of kind 0 may use all ways; of kind 1, 2 those given. */
static const struct geometry {
	unsigned sets, ways;
	struct {
		unsigned first, count;
	} kind[2];
	bool part; /* not for (MRU+1)%3 */
} geometries[] = {
	{ 1, 1, { { 0, 1 }, { 0, 1 } }, false },
	{ 1, 16, { { 0, 16 }, { 0, 16 } }, false },
	{ 1, 64, { { 0, 64 }, { 0, 64 } }, false },
	{ 64, 4, { { 0, 4 }, { 0, 4 } }, false },
	{ 128, 16, { { 0, 8 }, { 8, 8 } }, true }, /* 2M and 1G entries of an STLB */
	{ 16, 8, { { 4, 4 }, { 2, 2 } }, true },
	{ 16, 8, { { 1, 3 }, { 3, 5 } }, true }, /* no whole subtrees */
	{ 8, 4, { { 3, 1 }, { 0, 2 } }, true },
	{ 1, 300, { { 0, 256 }, { 299, 1 } }, true },
	{ 128, 12, { { 0, 12 }, { 0, 12 } }, false },
	{ 3, 5, { { 0, 5 }, { 0, 5 } }, false },
	{ 1000, 7, { { 0, 6 }, { 6, 1 } }, true },
	{ 7, 12, { { 0, 12 }, { 0, 12 } }, false },
};
#define GEOMETRIES (sizeof geometries / sizeof geometries[0])

static const char *const hash_names[] = { "linear", "mod", "xor" };
static const char *const policy_names[] = { "lru", "tree-plru", "random", "fifo", "(MRU+1)%3 PLRU4" };

/* What the definitions allow. */
static bool sensible(unsigned sets, unsigned ways, enum assoc_hash hash, enum assoc_policy policy)
{
	bool sets_2 = sets && !(sets & (sets - 1)), ways_2 = ways && !(ways & (ways - 1));

	if (ways == 0)
		return true;
	if (sets == 0 || (hash != ASSOC_MOD && !sets_2))
		return false;
	if (policy == ASSOC_TREE_PLRU)
		return ways_2 && ways <= 64;
	return policy != ASSOC_MRU3_PLRU4 || ways == 12;
}

START_TEST(geometry_ok)
{
	static const unsigned sets[] = { 0, 1, 2, 3, 7, 64, 1000, 1u << 31 };

	for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++)
		for (unsigned ways = 0; ways < 300; ways++)
			for (unsigned c = 0; c < 15; c++)
				expect(assoc_geometry_ok(sets[i], ways, c / 5, c % 5) ==
					       sensible(sets[i], ways, c / 5, c % 5),
				       "%u x %u, %s, %s", sets[i], ways, hash_names[c / 5],
				       policy_names[c % 5]);
}
END_TEST

/* A number whose distribution has locality: mostly of a small set, in a few
 * strides, sometimes any of 45 bits. */
static uint64_t next_number(uint64_t *random, unsigned entries)
{
	uint64_t dice = random_below(random, 100);

	if (dice < 60)
		return random_below(random, entries + 1);
	if (dice < 90)
		return random_below(random, 2 * entries + 3) << (dice % 4 * 9);
	return random_next(random) >> 19;
}

static void compare(const struct geometry *g, enum assoc_hash hash, enum assoc_policy policy,
		    uint64_t *random)
{
	uint64_t seed = random_next(random) | 1, used = 0, hits = 0;
	void *memory = calloc(1, assoc_bytes(g->sets, g->ways));
	struct model *m = model_new(g->sets, g->ways, hash, policy, seed);
	struct assoc a;

	assoc_init(&a, g->sets, g->ways, hash, policy, seed, memory);
	for (unsigned i = 0; i < ACCESSES; i++) {
		uint64_t number = next_number(random, g->sets * g->ways);
		unsigned kind = (unsigned)(number % 3);
		uint64_t key = number << 2 | kind;
		unsigned first = kind ? g->kind[kind - 1].first : 0;
		unsigned count = kind ? g->kind[kind - 1].count : g->ways;
		unsigned set = model_hash(m, number);
		int way = model_find(&m->set[set], g->ways, key);
		int64_t slot = assoc_find(&a, number, key);

		expect(slot == (way < 0 ? ASSOC_NONE : (int64_t)set * g->ways + way),
		       "%u x %u, %s, %s, access %u: slot %" PRId64 ", way %d of set %u", g->sets, g->ways,
		       hash_names[hash], policy_names[policy], i, slot, way, set);
		if (way < 0) {
			unsigned to = model_insert(m, number, key, first, count);
			size_t at = assoc_insert(&a, number, key, first, count);

			expect(at == (size_t)set * g->ways + to,
			       "%u x %u, %s, %s, access %u: into %zu, not way %u of set %u", g->sets,
			       g->ways, hash_names[hash], policy_names[policy], i, at, to, set);
		} else {
			hits++;
			/* Now and then an entry is dropped, or put in anew. */
			switch (random_below(random, 64)) {
			case 0:
				m->set[set].way[way].valid = false;
				assoc_drop(&a, (size_t)slot);
				break;
			case 1:
				model_insert(m, number, key, first, count);
				expect(assoc_insert(&a, number, key, first, count) == (size_t)slot,
				       "put in anew, elsewhere");
				break;
			default:
				model_used(m, &m->set[set], (unsigned)way, false);
				assoc_touch(&a, (size_t)slot);
			}
		}
	}
	for (unsigned s = 0; s < g->sets; s++)
		for (unsigned w = 0; w < g->ways; w++)
			used += m->set[s].way[w].valid;
	ck_assert_uint_eq(a.used, used);
	ck_assert_msg(hits > ACCESSES / 100, "the stream tells nothing: %" PRIu64 " hits", hits);
	model_free(m);
	free(memory);
}

START_TEST(policies)
{
	const struct geometry *g = &geometries[_i];
	uint64_t random = random_seed();

	for (unsigned c = 0; c < 15; c++)
		if (sensible(g->sets, g->ways, c / 5, c % 5) && !(c % 5 == ASSOC_MRU3_PLRU4 && g->part))
			compare(g, c / 5, c % 5, &random);
}
END_TEST

/* After assoc_clear() everything goes as after assoc_init(). */
START_TEST(clear)
{
	for (enum assoc_policy policy = 0; policy < 5; policy++) {
		enum { SETS = 4, WAYS = 12, ROUND = 4000 };
		unsigned ways = policy == ASSOC_TREE_PLRU ? 8 : WAYS;
		void *memory = calloc(1, assoc_bytes(SETS, WAYS));
		static size_t slots[2][ROUND];
		struct assoc a;

		assoc_init(&a, SETS, ways, ASSOC_XOR, policy, 77, memory);
		for (unsigned round = 0; round < 2; round++) {
			uint64_t random = 5;

			for (unsigned i = 0; i < ROUND; i++) {
				uint64_t number = random_below(&random, 100);

				slots[round][i] = assoc_insert(&a, number, number, 0, ways);
			}
			assoc_clear(&a);
			ck_assert_uint_eq(a.used, 0);
			ck_assert_int_eq(assoc_find(&a, 1, 1), ASSOC_NONE);
		}
		ck_assert_msg(memcmp(slots[0], slots[1], sizeof slots[0]) == 0, "%s",
			      policy_names[policy]);
		free(memory);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("assoc");
	TCase *tc = tcase_create("assoc");

	tcase_set_timeout(tc, 240);
	tcase_add_test(tc, geometry_ok);
	tcase_add_loop_test(tc, policies, 0, GEOMETRIES);
	tcase_add_test(tc, clear);
	suite_add_tcase(suite, tc);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
