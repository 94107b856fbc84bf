/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Blocks in use, private to frames*.c. A node stands for a 2M block of which
 * 4K frames are handed out, or for a 1G block of which 2M blocks are (or that
 * is handed out whole). A block that is entirely free has no node.
 */
#ifndef HOST_FRAMES_NODE_H
#define HOST_FRAMES_NODE_H

#include "host/frames.h"

enum { CHILDREN = 512, CHILD_WORDS = CHILDREN / 64 };

/* Where a block comes from, and goes back to when all of it is free. */
enum node_origin {
	NODE_PARENT, /* a 2M block out of a 1G block */
	NODE_BROKEN, /* a 2M block that fragmentation made useless as a whole */
	NODE_EDGE,   /* an incomplete 2M block at an end of the range */
	NODE_RANGE,  /* a 1G block */
};

struct frames_node {
	struct frames_node *next; /* in its hash bucket */
	uint64_t number;          /* address / bytes of the block */
	enum frame_size size;     /* FRAME_2M or FRAME_1G */
	enum node_origin origin;
	bool whole;                  /* a 1G block handed out as one */
	unsigned capacity;           /* children that can be handed out at all */
	unsigned free;               /* of those, how many are not */
	size_t place;                /* in the list of open blocks; NO_PLACE */
	uint64_t used[CHILD_WORDS];  /* handed out, opened, or not to be had */
	uint64_t taken[CHILD_WORDS]; /* 1G: 2M blocks handed out as one */
};

#define NO_PLACE SIZE_MAX

struct frames_node *frames_node_find(const struct frames *f, enum frame_size size, uint64_t number);

/* With no child to be had yet: see frames_node_offer. Null: no memory. */
struct frames_node *frames_node_add(struct frames *f, enum frame_size size, uint64_t number,
                                    enum node_origin origin);
void frames_node_remove(struct frames *f, struct frames_node *node);

/* Make one more child available. */
void frames_node_offer(struct frames_node *node, unsigned child);

/* The number of the free child that has `rank` free ones below it. */
unsigned frames_node_free_child(const struct frames_node *node, unsigned rank);

static inline bool frames_bit(const uint64_t *bits, unsigned i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static inline void frames_bit_flip(uint64_t *bits, unsigned i)
{
	bits[i / 64] ^= UINT64_C(1) << i % 64;
}

/* A node or number that finds no memory is lost: its block is not handed out
 * again, which is the same as being out of frames. */
void frames_list_add(struct frames_list *list, struct frames_node *node);
void frames_list_remove(struct frames_list *list, struct frames_node *node);
void frames_stack_push(struct frames_stack *stack, uint64_t number);
bool frames_stack_pop(struct frames_stack *stack, uint64_t *number);

void frames_nodes_destroy(struct frames *f);

#endif
