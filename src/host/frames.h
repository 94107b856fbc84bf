/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Hands out naturally aligned blocks of 4K, 2M and 1G from a range of
 * host-physical (or guest-physical) addresses. It keeps numbers only: it
 * never reads or writes the memory, so a caller that needs a zero frame
 * zeroes it. Host memory grows with the blocks in use, not with the range;
 * each call costs about the same however large the range.
 *
 * Policies, each a function of its seed and the calls made:
 *
 *   contiguous  ascending addresses; what was freed is used again first.
 *   random      a random free block. So that small frames do not break up
 *               every large one, 4K frames come from a window of open 2M
 *               blocks (a sixteenth of all, at most 512), 2M blocks from such
 *               a window of 1G blocks; windows move on as they fill.
 *   fragmented  exactly the given fraction of the 2M blocks, chosen by the
 *               seed, cannot be had whole (nor can a 1G block that holds
 *               one). 4K frames are taken from those first.
 *
 * 4K frames at the range's ends that belong to no whole 2M block come last.
 */
#ifndef HOST_FRAMES_H
#define HOST_FRAMES_H

#include "host/error.h"
#include "host/permutation.h"
#include "host/random.h"

#include <eptsim/addr.h>

#include <stdbool.h>
#include <stddef.h>

enum frame_size { FRAME_4K, FRAME_2M, FRAME_1G, FRAME_SIZES };

static inline uint64_t frame_bytes(enum frame_size size)
{
	return UINT64_C(1) << (PAGE_SHIFT_4K + 9 * (unsigned)size);
}

enum frames_policy { FRAMES_CONTIGUOUS, FRAMES_RANDOM, FRAMES_FRAGMENTED, FRAMES_POLICIES };

/* Their names, in order, null at the end: for a setting's table row. */
extern const char *const frames_policy_names[];

struct frames_config {
	uint64_t base; /* first byte of the range, a multiple of 4096 */
	uint64_t size; /* bytes, a positive multiple of 4096; base + size <= 2^52 */
	enum frames_policy policy;
	uint64_t seed;   /* random and fragmented */
	double fraction; /* fragmented: 0..1 of the whole 2M blocks */
};

enum frames_result {
	FRAMES_OK,
	FRAMES_NOT_ALLOCATED, /* double free, wrong size, unaligned or outside */
};

struct frames_statistics {
	uint64_t in_use[FRAME_SIZES];    /* blocks of each size now */
	uint64_t peak[FRAME_SIZES];      /* the most there were */
	uint64_t allocated[FRAME_SIZES]; /* calls that succeeded */
	uint64_t freed[FRAME_SIZES];
	uint64_t refused[FRAME_SIZES]; /* calls that found no such block */
};

struct frames_node;

/* A growing array of nodes or numbers; private to frames.c. */
struct frames_list {
	struct frames_node **node;
	size_t count, room;
};
struct frames_stack {
	uint64_t *number;
	size_t count, room;
};

struct frames {
	struct frames_config config;
	struct frames_statistics statistics;
	/* Everything below is private to frames.c. */
	struct random random;
	struct permutation order;      /* of the 1G blocks: random */
	struct permutation broken;     /* of the whole 2M blocks: fragmented */
	uint64_t first_2m, count_2m;   /* the whole 2M blocks of the range */
	uint64_t first_1g, count_1g;   /* all 1G blocks that the range touches */
	uint64_t broken_count;         /* how many 2M blocks cannot be had whole */
	uint64_t whole_left;           /* how many can, and are not in use */
	uint64_t next_1g, next_broken; /* cursors into the two orders */
	struct frames_stack whole_1g;  /* given back or passed over, whole */
	struct frames_stack part_1g;   /* the same, but never whole */
	struct frames_stack broken_2m; /* broken ones given back */
	struct frames_stack edge_2m;   /* incomplete ones at the range's ends */
	struct frames_list open_1g;    /* 1G blocks with a free 2M block */
	struct frames_list open_2m;    /* 2M blocks with a free 4K frame */
	size_t window_1g, window_2m;   /* random: how many to keep open */
	struct frames_node **bucket;   /* hash of all nodes */
	size_t buckets, nodes;
};

/* False with a message when a field of `config` is out of range. */
bool frames_init(struct frames *f, const struct frames_config *config, struct error *err)
	__attribute__((warn_unused_result));

/* Also right for one that is all zero bytes or whose init failed. */
void frames_destroy(struct frames *f);

/* False: no such block is free (or the host has no memory to note it). */
bool frames_allocate(struct frames *f, enum frame_size size, hpa_t *at)
	__attribute__((warn_unused_result));

/* `size` must be what it was allocated with. */
enum frames_result frames_free(struct frames *f, hpa_t at, enum frame_size size);

/* Bytes of the range that are not allocated, in whatever pieces. */
uint64_t frames_unused(const struct frames *f);

#endif
