/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The arena's fallback: a radix tree of 4K pages, private to arena*.c.
 */
#ifndef HOST_ARENA_PAGED_H
#define HOST_ARENA_PAGED_H

#include "host/arena.h"

/* Node levels that an arena of `size` bytes needs. */
unsigned arena_paged_levels(uint64_t size);

/* The page that holds `at` (inside the arena). Null: never written, or with
 * `create` no memory, and then a->exhausted is set. */
unsigned char *arena_paged_page(struct arena *a, hpa_t at, bool create);

/* Bytes from `at` on that are certain to be untouched; 0 when its page exists. */
uint64_t arena_paged_gap(const struct arena *a, hpa_t at);

void arena_paged_destroy(struct arena *a);

#endif
