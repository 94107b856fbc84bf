/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/pool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64 << 10)

struct pool_block {
	struct pool_block *older;
	size_t used, size;
	_Alignas(max_align_t) unsigned char bytes[];
};

static struct pool_block *block_add(struct pool *a, size_t least)
{
	size_t size = least > BLOCK_BYTES ? least : BLOCK_BYTES;
	struct pool_block *b = malloc(sizeof(*b) + size);

	if (!b) {
		fputs("eptsim: out of memory\n", stderr);
		exit(2);
	}
	b->older = a->blocks;
	b->used = 0;
	b->size = size;
	a->blocks = b;
	return b;
}

void *pool_alloc(struct pool *a, size_t count, size_t size)
{
	size_t align = _Alignof(max_align_t);
	size_t bytes = (count * size + align - 1) & ~(align - 1);
	struct pool_block *b = a->blocks;
	void *at;

	if (!b || b->size - b->used < bytes)
		b = block_add(a, bytes);
	at = b->bytes + b->used;
	b->used += bytes;
	return memset(at, 0, bytes);
}

/* Of the blocks one of the usual size stays: a single huge scenario does not
 * hold on to its memory. */
void pool_reset(struct pool *a)
{
	struct pool_block *b = a->blocks, *kept = NULL;

	while (b) {
		struct pool_block *older = b->older;

		if (!kept && b->size == BLOCK_BYTES)
			kept = b;
		else
			free(b);
		b = older;
	}
	if (kept) {
		kept->older = NULL;
		kept->used = 0;
	}
	a->blocks = kept;
}

void pool_free(struct pool *a)
{
	while (a->blocks) {
		struct pool_block *older = a->blocks->older;

		free(a->blocks);
		a->blocks = older;
	}
}
