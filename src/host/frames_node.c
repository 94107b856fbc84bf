/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/frames_node.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 64 };

/* `buckets` is a power of two. */
static size_t bucket_of(enum frame_size size, uint64_t number, size_t buckets)
{
	return random_mix(number << 2 | size) & (buckets - 1);
}

struct frames_node *frames_node_find(const struct frames *f, enum frame_size size, uint64_t number)
{
	struct frames_node *node;

	if (!f->buckets)
		return NULL;
	node = f->bucket[bucket_of(size, number, f->buckets)];
	while (node && (node->number != number || node->size != size))
		node = node->next;
	return node;
}

/* Twice the buckets; where there is no memory for them, chains get longer. */
static void grow(struct frames *f)
{
	size_t buckets = f->buckets ? 2 * f->buckets : FIRST_BUCKETS;
	struct frames_node **bucket = calloc(buckets, sizeof(struct frames_node *));

	if (!bucket)
		return;
	for (size_t i = 0; i < f->buckets; i++) {
		struct frames_node *node = f->bucket[i];

		while (node) {
			struct frames_node *next = node->next;
			size_t to = bucket_of(node->size, node->number, buckets);

			node->next = bucket[to];
			bucket[to] = node;
			node = next;
		}
	}
	free(f->bucket);
	f->bucket = bucket;
	f->buckets = buckets;
}

struct frames_node *frames_node_add(struct frames *f, enum frame_size size, uint64_t number,
                                    enum node_origin origin)
{
	struct frames_node *node = calloc(1, sizeof(*node));
	struct frames_node **bucket;

	if (f->nodes >= f->buckets)
		grow(f);
	if (!node || !f->buckets) {
		free(node);
		return NULL;
	}
	node->number = number;
	node->size = size;
	node->origin = origin;
	node->place = NO_PLACE;
	memset(node->used, 0xff, sizeof(node->used));
	bucket = &f->bucket[bucket_of(size, number, f->buckets)];
	node->next = *bucket;
	*bucket = node;
	f->nodes++;
	return node;
}

void frames_node_remove(struct frames *f, struct frames_node *node)
{
	struct frames_node **link = &f->bucket[bucket_of(node->size, node->number, f->buckets)];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	f->nodes--;
	free(node);
}

void frames_node_offer(struct frames_node *node, unsigned child)
{
	frames_bit_flip(node->used, child);
	node->capacity++;
	node->free++;
}

unsigned frames_node_free_child(const struct frames_node *node, unsigned rank)
{
	for (unsigned word = 0; word < CHILD_WORDS; word++) {
		uint64_t bits = ~node->used[word];
		unsigned here = (unsigned)__builtin_popcountll(bits);

		if (rank >= here) {
			rank -= here;
			continue;
		}
		while (rank--)
			bits &= bits - 1;
		return 64 * word + (unsigned)__builtin_ctzll(bits);
	}
	return CHILDREN; /* not reached: rank is below node->free */
}

void frames_list_add(struct frames_list *list, struct frames_node *node)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct frames_node **grown =
			realloc(list->node, room * sizeof(struct frames_node *));

		if (!grown)
			return;
		list->node = grown;
		list->room = room;
	}
	node->place = list->count;
	list->node[list->count++] = node;
}

/* The last one takes its place: the order does not matter, only that it is
 * the same every time. */
void frames_list_remove(struct frames_list *list, struct frames_node *node)
{
	struct frames_node *last;

	if (node->place == NO_PLACE)
		return;
	last = list->node[--list->count];
	list->node[node->place] = last;
	last->place = node->place;
	node->place = NO_PLACE;
}

void frames_stack_push(struct frames_stack *stack, uint64_t number)
{
	if (stack->count == stack->room) {
		size_t room = stack->room ? 2 * stack->room : 16;
		uint64_t *grown = realloc(stack->number, room * sizeof(*grown));

		if (!grown)
			return;
		stack->number = grown;
		stack->room = room;
	}
	stack->number[stack->count++] = number;
}

bool frames_stack_pop(struct frames_stack *stack, uint64_t *number)
{
	if (!stack->count)
		return false;
	*number = stack->number[--stack->count];
	return true;
}

void frames_nodes_destroy(struct frames *f)
{
	for (size_t i = 0; i < f->buckets; i++)
		while (f->bucket[i]) {
			struct frames_node *node = f->bucket[i];

			f->bucket[i] = node->next;
			free(node);
		}
	free(f->bucket);
	free(f->open_1g.node);
	free(f->open_2m.node);
	free(f->whole_1g.number);
	free(f->part_1g.number);
	free(f->broken_2m.number);
	free(f->edge_2m.number);
}
