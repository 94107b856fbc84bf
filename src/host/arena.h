/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Simulated host-physical memory: HPA 0 up to a size, all zero at first, of
 * which only touched pages cost host memory. Normally one reservation of
 * address space (flat); where the host refuses that (a limit on address
 * space, strict overcommit, Valgrind), a radix tree of pages behind the
 * callbacks of struct mem (paged). Results are the same with both.
 */
#ifndef HOST_ARENA_H
#define HOST_ARENA_H

#include "host/error.h"

#include <eptsim/mem.h>

#include <stdbool.h>
#include <stddef.h>

#define ARENA_SIZE_MIN (UINT64_C(1) << 20)
#define ARENA_SIZE_MAX (UINT64_C(1) << 52)
/* Above this size reserving is not even tried: half of a user's addresses. */
#define ARENA_FLAT_MAX (UINT64_C(1) << 46)

/* One attribute byte for each 4K frame. */
enum arena_attribute {
	ARENA_CODE = 1 << 0,   /* holds decoded instructions */
	ARENA_TRACED = 1 << 1, /* a guest page table whose writes are trapped */
	ARENA_MMIO = 1 << 2,   /* belongs to a device */
};

enum arena_option {
	ARENA_PAGED = 1 << 0, /* use the fallback even where reserving works */
	/* Let the host back the arena by huge pages: faster where frames are
	 * dense, up to 512 times the memory where they are scattered. */
	ARENA_HUGE = 1 << 1,
};

struct arena {
	struct mem mem; /* hand out its address: mem.ctx is this arena */
	uint64_t size;  /* bytes */
	/* Cells asked for at or above `size`: read as all ones, as an absent
	 * memory controller answers; writes are dropped. */
	uint64_t outside_reads, outside_writes;
	/* Paged only: the host had no memory for a written page and the write
	 * was lost. Results from here on are worthless. */
	bool exhausted;
	unsigned char *attributes; /* flat: one byte a frame; null when paged */
	struct arena_node *root;   /* paged: the tree; null when untouched */
	unsigned levels;           /* paged: node levels above a leaf */
};

/*
 * `size` in bytes: a multiple of 4096 between the two limits. `options` is a
 * mask of enum arena_option. The arena must not move afterwards. False with a
 * message when the size is bad.
 */
bool arena_init(struct arena *a, uint64_t size, unsigned options, struct error *err)
	__attribute__((warn_unused_result));

/* Also right for an arena that is all zero bytes or whose init failed. */
void arena_destroy(struct arena *a);

/*
 * Copy bytes out and in, at any alignment. What lies outside reads as all
 * ones or is dropped, and counts once for each 8-byte cell.
 */
void arena_read(struct arena *a, hpa_t at, void *to, size_t length);
void arena_write(struct arena *a, hpa_t at, const void *from, size_t length);

/* Set bytes to 0; whole pages go back to the host instead of being written. */
void arena_zero(struct arena *a, hpa_t at, uint64_t length);

/*
 * The 4096 bytes of the frame that holds `at`, in host memory, for reading and
 * writing; good until arena_destroy, also across arena_zero. Null outside the
 * arena, or when the host has no memory (then `exhausted` is set).
 */
unsigned char *arena_frame(struct arena *a, hpa_t at);

uint8_t arena_attributes_paged(const struct arena *a, hpa_t at);
void arena_attributes_set_paged(struct arena *a, hpa_t at, uint8_t value);

/* The attribute byte of the frame that holds `at`; 0 outside the arena. */
static inline uint8_t arena_attributes(const struct arena *a, hpa_t at)
{
	if (__builtin_expect(at.v < a->mem.size, 1))
		return a->attributes[at.v >> PAGE_SHIFT_4K];
	return arena_attributes_paged(a, at);
}

/* Outside the arena: dropped. */
static inline void arena_attributes_set(struct arena *a, hpa_t at, uint8_t value)
{
	if (__builtin_expect(at.v < a->mem.size, 1))
		a->attributes[at.v >> PAGE_SHIFT_4K] = value;
	else
		arena_attributes_set_paged(a, at, value);
}

#endif
