/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/frames.h"

#include "host/frames_node.h"

#include <string.h>

enum { WINDOW_SHARE = 16, WINDOW_MAX = 512 };

const char *const frames_policy_names[] = { "contiguous", "random", "fragmented", NULL };

/* How many blocks a random policy keeps open, of `count` there are. */
static size_t window_of(const struct frames_config *c, uint64_t count)
{
	uint64_t window = count / WINDOW_SHARE;

	if (c->policy != FRAMES_RANDOM || window < 1)
		return 1;
	return window < WINDOW_MAX ? window : WINDOW_MAX;
}

static bool check_config(const struct frames_config *c, struct error *err)
{
	const uint64_t limit = UINT64_C(1) << 52;

	if (c->base % PAGE_SIZE_4K || c->size % PAGE_SIZE_4K || c->size == 0 || c->size > limit ||
	    c->base > limit - c->size)
		error_set(err,
		          "frames: a range of %#llx bytes from %#llx is not possible, must be "
		          "multiples of 4096 below 2^52",
		          (unsigned long long)c->size, (unsigned long long)c->base);
	else if ((unsigned)c->policy >= FRAMES_POLICIES)
		error_set(err, "frames: there is no policy %d", (int)c->policy);
	else if (!(c->fraction >= 0 && c->fraction <= 1))
		error_set(err, "frames: the fragmented fraction must be 0 to 1");
	else
		return true;
	return false;
}

bool frames_init(struct frames *f, const struct frames_config *config, struct error *err)
{
	uint64_t end = config->base + config->size, end_2m = end >> PAGE_SHIFT_2M;

	memset(f, 0, sizeof(*f));
	if (!check_config(config, err))
		return false;
	f->config = *config;
	f->first_2m = (config->base + PAGE_SIZE_2M - 1) >> PAGE_SHIFT_2M;
	f->count_2m = end_2m > f->first_2m ? end_2m - f->first_2m : 0;
	f->first_1g = f->first_2m / CHILDREN;
	if (f->count_2m)
		f->count_1g = (end_2m - 1) / CHILDREN - f->first_1g + 1;
	f->window_2m = window_of(config, f->count_2m);
	f->window_1g = window_of(config, f->count_1g);
	if (config->policy == FRAMES_FRAGMENTED)
		f->broken_count = (uint64_t)(config->fraction * (double)f->count_2m + 0.5);
	f->whole_left = f->count_2m - f->broken_count;
	random_seed(&f->random, config->seed);
	permutation_init(&f->order, f->count_1g ? f->count_1g : 1, random_next(&f->random));
	permutation_init(&f->broken, f->count_2m ? f->count_2m : 1, random_next(&f->random));
	/* Pushed last, used first: the lower end. */
	if (end % PAGE_SIZE_2M)
		frames_stack_push(&f->edge_2m, end_2m);
	if (config->base % PAGE_SIZE_2M &&
	    (end % PAGE_SIZE_2M == 0 || config->base >> PAGE_SHIFT_2M != end_2m))
		frames_stack_push(&f->edge_2m, config->base >> PAGE_SHIFT_2M);
	return true;
}

void frames_destroy(struct frames *f)
{
	frames_nodes_destroy(f);
	memset(f, 0, sizeof(*f));
}

/* Can 2M block `number` be handed out as one? */
static bool is_whole_2m(const struct frames *f, uint64_t number)
{
	uint64_t index = number - f->first_2m;

	if (number < f->first_2m || index >= f->count_2m)
		return false;
	return !f->broken_count || permutation_index(&f->broken, index) >= f->broken_count;
}

static bool is_whole_1g(const struct frames *f, uint64_t number)
{
	for (unsigned i = 0; i < CHILDREN; i++)
		if (!is_whole_2m(f, number * CHILDREN + i))
			return false;
	return true;
}

/* The next 1G block that nobody has asked for yet, in the policy's order. */
static bool next_1g(struct frames *f, uint64_t *number)
{
	if (f->next_1g == f->count_1g)
		return false;
	*number = f->first_1g + (f->config.policy == FRAMES_RANDOM
	                                 ? permutation_at(&f->order, f->next_1g)
	                                 : f->next_1g);
	f->next_1g++;
	return true;
}

/* One more 1G block to take 2M blocks from: one that is of no other use first. */
static bool open_1g(struct frames *f)
{
	struct frames_node *node;
	uint64_t number;

	while (frames_stack_pop(&f->part_1g, &number) || frames_stack_pop(&f->whole_1g, &number) ||
	       next_1g(f, &number)) {
		node = frames_node_add(f, FRAME_1G, number, NODE_RANGE);
		if (!node)
			return false;
		for (unsigned i = 0; i < CHILDREN; i++)
			if (is_whole_2m(f, number * CHILDREN + i))
				frames_node_offer(node, i);
		if (node->free) {
			frames_list_add(&f->open_1g, node);
			return node->place != NO_PLACE;
		}
		frames_node_remove(f, node); /* all of it is broken */
	}
	return false;
}

/*
 * A block of `list` to take a child from, null when there is none. One that
 * was opened just now it is in any case: an open block of which nothing is in
 * use would not be given back.
 */
static struct frames_node *choose_node(struct frames *f, const struct frames_list *list,
                                       bool opened)
{
	if (list->count == 0)
		return NULL;
	if (f->config.policy == FRAMES_RANDOM && !opened)
		return list->node[random_below(&f->random, list->count)];
	return list->node[list->count - 1];
}

static unsigned take_child(struct frames *f, struct frames_list *list, struct frames_node *node)
{
	unsigned rank = f->config.policy == FRAMES_RANDOM
	                        ? (unsigned)random_below(&f->random, node->free)
	                        : 0;
	unsigned child = frames_node_free_child(node, rank);

	frames_bit_flip(node->used, child);
	if (--node->free == 0)
		frames_list_remove(list, node);
	return child;
}

/* A whole 2M block; `parent` and its child say which. */
static bool take_2m(struct frames *f, struct frames_node **parent, unsigned *child)
{
	/* Without the first test, each call might search the range in vain. */
	bool opened = f->whole_left && f->open_1g.count < f->window_1g && open_1g(f);

	*parent = choose_node(f, &f->open_1g, opened);
	if (!*parent)
		return false;
	*child = take_child(f, &f->open_1g, *parent);
	f->whole_left--;
	return true;
}

/* Which 2M block is opened next for 4K frames, and what kind it is. */
static bool next_2m(struct frames *f, uint64_t *number, enum node_origin *origin)
{
	struct frames_node *parent;
	unsigned child;

	*origin = NODE_BROKEN;
	if (frames_stack_pop(&f->broken_2m, number))
		return true;
	if (f->next_broken < f->broken_count) {
		*number = f->first_2m + permutation_at(&f->broken, f->next_broken++);
		return true;
	}
	*origin = NODE_PARENT;
	if (take_2m(f, &parent, &child)) {
		*number = parent->number * CHILDREN + child;
		return true;
	}
	*origin = NODE_EDGE;
	return frames_stack_pop(&f->edge_2m, number);
}

static bool open_2m(struct frames *f)
{
	struct frames_node *node;
	enum node_origin origin;
	uint64_t number, start, end = f->config.base + f->config.size;

	if (!next_2m(f, &number, &origin))
		return false;
	node = frames_node_add(f, FRAME_2M, number, origin);
	if (!node)
		return false;
	start = number << PAGE_SHIFT_2M;
	for (unsigned i = 0; i < CHILDREN; i++) {
		uint64_t at = start + i * PAGE_SIZE_4K;

		if (at >= f->config.base && at < end)
			frames_node_offer(node, i);
	}
	frames_list_add(&f->open_2m, node);
	return node->place != NO_PLACE;
}

static bool allocate_4k(struct frames *f, uint64_t *at)
{
	bool opened = f->open_2m.count < f->window_2m && open_2m(f);
	struct frames_node *node = choose_node(f, &f->open_2m, opened);

	if (!node)
		return false;
	*at = node->number << PAGE_SHIFT_2M;
	*at += take_child(f, &f->open_2m, node) * PAGE_SIZE_4K;
	return true;
}

static bool allocate_2m(struct frames *f, uint64_t *at)
{
	struct frames_node *parent;
	unsigned child;

	if (!take_2m(f, &parent, &child))
		return false;
	frames_bit_flip(parent->taken, child);
	*at = (parent->number * CHILDREN + child) << PAGE_SHIFT_2M;
	return true;
}

static bool allocate_1g(struct frames *f, uint64_t *at)
{
	struct frames_node *node;
	uint64_t number;
	bool found = frames_stack_pop(&f->whole_1g, &number);

	while (!found && next_1g(f, &number)) {
		found = is_whole_1g(f, number);
		if (!found)
			frames_stack_push(&f->part_1g, number);
	}
	node = found ? frames_node_add(f, FRAME_1G, number, NODE_RANGE) : NULL;
	if (!node)
		return false;
	node->whole = true;
	f->whole_left -= CHILDREN;
	*at = number << PAGE_SHIFT_1G;
	return true;
}

bool frames_allocate(struct frames *f, enum frame_size size, hpa_t *at)
{
	struct frames_statistics *s = &f->statistics;
	uint64_t found;
	bool done = size == FRAME_4K   ? allocate_4k(f, &found)
	            : size == FRAME_2M ? allocate_2m(f, &found)
	                               : allocate_1g(f, &found);

	if (!done) {
		s->refused[size]++;
		return false;
	}
	s->allocated[size]++;
	s->in_use[size]++;
	if (s->in_use[size] > s->peak[size])
		s->peak[size] = s->in_use[size];
	*at = hpa(found);
	return true;
}

/* A 2M block is free again, inside its 1G block. */
static void release_2m(struct frames *f, struct frames_node *parent, unsigned child)
{
	f->whole_left++;
	frames_bit_flip(parent->used, child);
	if (parent->free++ == 0)
		frames_list_add(&f->open_1g, parent);
	if (parent->free < parent->capacity)
		return;
	frames_stack_push(parent->capacity == CHILDREN ? &f->whole_1g : &f->part_1g,
	                  parent->number);
	frames_list_remove(&f->open_1g, parent);
	frames_node_remove(f, parent);
}

/* All 4K frames of a 2M block are free: it goes back where it came from. */
static void close_2m(struct frames *f, struct frames_node *node)
{
	uint64_t number = node->number;
	enum node_origin origin = node->origin;

	frames_list_remove(&f->open_2m, node);
	frames_node_remove(f, node);
	if (origin == NODE_BROKEN)
		frames_stack_push(&f->broken_2m, number);
	else if (origin == NODE_EDGE)
		frames_stack_push(&f->edge_2m, number);
	else
		release_2m(f, frames_node_find(f, FRAME_1G, number / CHILDREN), number % CHILDREN);
}

static bool free_4k(struct frames *f, uint64_t at)
{
	struct frames_node *node = frames_node_find(f, FRAME_2M, at >> PAGE_SHIFT_2M);
	unsigned child = (at >> PAGE_SHIFT_4K) % CHILDREN;

	if (!node || !frames_bit(node->used, child))
		return false;
	frames_bit_flip(node->used, child);
	if (node->free++ == 0)
		frames_list_add(&f->open_2m, node);
	if (node->free == node->capacity)
		close_2m(f, node);
	return true;
}

static bool free_2m(struct frames *f, uint64_t at)
{
	struct frames_node *parent = frames_node_find(f, FRAME_1G, at >> PAGE_SHIFT_1G);
	unsigned child = (at >> PAGE_SHIFT_2M) % CHILDREN;

	if (!parent || !frames_bit(parent->taken, child))
		return false;
	frames_bit_flip(parent->taken, child);
	release_2m(f, parent, child);
	return true;
}

static bool free_1g(struct frames *f, uint64_t at)
{
	struct frames_node *node = frames_node_find(f, FRAME_1G, at >> PAGE_SHIFT_1G);

	if (!node || !node->whole)
		return false;
	f->whole_left += CHILDREN;
	frames_stack_push(&f->whole_1g, node->number);
	frames_node_remove(f, node);
	return true;
}

enum frames_result frames_free(struct frames *f, hpa_t at, enum frame_size size)
{
	uint64_t offset = at.v - f->config.base;

	if (at.v % frame_bytes(size) || at.v < f->config.base || offset >= f->config.size)
		return FRAMES_NOT_ALLOCATED;
	if (!(size == FRAME_4K   ? free_4k(f, at.v)
	      : size == FRAME_2M ? free_2m(f, at.v)
	                         : free_1g(f, at.v)))
		return FRAMES_NOT_ALLOCATED;
	f->statistics.freed[size]++;
	f->statistics.in_use[size]--;
	return FRAMES_OK;
}

uint64_t frames_unused(const struct frames *f)
{
	uint64_t bytes = f->config.size;

	for (unsigned size = 0; size < FRAME_SIZES; size++)
		bytes -= f->statistics.in_use[size] * frame_bytes(size);
	return bytes;
}
