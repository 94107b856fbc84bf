/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/arena_paged.h"

#include <stdlib.h>

enum { FANOUT_SHIFT = 9, FANOUT = 1 << FANOUT_SHIFT };

/* Level 1 and up. Children of level 1 are leaves. */
struct arena_node {
	void *child[FANOUT];
};

/* 2M of memory: its pages and their attributes. */
struct leaf {
	unsigned char *page[FANOUT];
	uint8_t attributes[FANOUT];
};

static unsigned child_index(hpa_t at, unsigned level)
{
	return (at.v >> (PAGE_SHIFT_2M + FANOUT_SHIFT * (level - 1))) % FANOUT;
}

static unsigned page_index(hpa_t at)
{
	return (at.v >> PAGE_SHIFT_4K) % FANOUT;
}

unsigned arena_paged_levels(uint64_t size)
{
	unsigned levels = 1;

	while ((size - 1) >> (PAGE_SHIFT_2M + FANOUT_SHIFT * levels))
		levels++;
	return levels;
}

static struct leaf *find_leaf(const struct arena *a, hpa_t at)
{
	struct arena_node *node = a->root;

	for (unsigned level = a->levels; node && level > 1; level--)
		node = node->child[child_index(at, level)];
	return node ? node->child[child_index(at, 1)] : NULL;
}

static struct leaf *make_leaf(struct arena *a, hpa_t at)
{
	void **slot = (void **)&a->root;

	for (unsigned level = a->levels; level >= 1; level--) {
		if (!*slot)
			*slot = calloc(1, sizeof(struct arena_node));
		if (!*slot)
			return NULL;
		slot = &((struct arena_node *)*slot)->child[child_index(at, level)];
	}
	if (!*slot)
		*slot = calloc(1, sizeof(struct leaf));
	return *slot;
}

unsigned char *arena_paged_page(struct arena *a, hpa_t at, bool create)
{
	struct leaf *leaf = find_leaf(a, at);
	unsigned char **page;

	if (!leaf && create)
		leaf = make_leaf(a, at);
	if (!leaf) {
		a->exhausted |= create;
		return NULL;
	}
	page = &leaf->page[page_index(at)];
	if (!*page && create) {
		*page = calloc(1, PAGE_SIZE_4K);
		a->exhausted |= !*page;
	}
	return *page;
}

uint64_t arena_paged_gap(const struct arena *a, hpa_t at)
{
	const struct arena_node *node = a->root;
	unsigned level = a->levels;
	uint64_t span;

	while (node && level > 1) {
		node = node->child[child_index(at, level)];
		level--;
	}
	if (node) {
		const struct leaf *leaf = node->child[child_index(at, 1)];

		if (leaf && leaf->page[page_index(at)])
			return 0;
		span = leaf ? PAGE_SIZE_4K : PAGE_SIZE_2M;
	} else {
		/* The absent node stood at `level` (the root: all there is). */
		span = UINT64_C(1) << (PAGE_SHIFT_2M + FANOUT_SHIFT * level);
	}
	return span - (at.v & (span - 1));
}

uint8_t arena_attributes_paged(const struct arena *a, hpa_t at)
{
	const struct leaf *leaf = at.v < a->size && !a->attributes ? find_leaf(a, at) : NULL;

	return leaf ? leaf->attributes[page_index(at)] : 0;
}

void arena_attributes_set_paged(struct arena *a, hpa_t at, uint8_t value)
{
	struct leaf *leaf;

	if (at.v >= a->size)
		return;
	leaf = find_leaf(a, at);
	if (!leaf && value)
		leaf = make_leaf(a, at);
	if (leaf)
		leaf->attributes[page_index(at)] = value;
	else
		a->exhausted |= value != 0;
}

static void destroy_leaf(struct leaf *leaf)
{
	for (int i = 0; leaf && i < FANOUT; i++)
		free(leaf->page[i]);
	free(leaf);
}

static void destroy_node(struct arena_node *node, unsigned level)
{
	for (int i = 0; node && i < FANOUT; i++) {
		if (level > 1)
			destroy_node(node->child[i], level - 1);
		else
			destroy_leaf(node->child[i]);
	}
	free(node);
}

void arena_paged_destroy(struct arena *a)
{
	destroy_node(a->root, a->levels);
	a->root = NULL;
}
