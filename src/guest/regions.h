/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which addresses of an address space may be used, and how: what a kernel's
 * list of mappings says, whether or not pages are there yet.
 */
#ifndef GUEST_REGIONS_H
#define GUEST_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGION_R 1
#define REGION_W 2
#define REGION_X 4

/* As many as Linux allows a process by default (vm.max_map_count). */
#define REGIONS_MAX 65530

struct region {
	uint64_t first, last; /* addresses, both included */
	uint8_t rights;       /* REGION_..., 0: mapped and not to be touched */
};

/* Ascending, without overlap; neighbours of equal rights are joined. All zero
 * bytes is an empty list. */
struct regions {
	struct region *region;
	size_t count, room;
};

void regions_free(struct regions *r);

/* The region that holds `address`, or null. */
const struct region *regions_find(const struct regions *r, uint64_t address);

/* False when there would be too many regions, or no memory: nothing changed. */
bool regions_map(struct regions *r, uint64_t first, uint64_t last, uint8_t rights)
	__attribute__((warn_unused_result));
bool regions_unmap(struct regions *r, uint64_t first, uint64_t last)
	__attribute__((warn_unused_result));
/* Changes what is mapped in the range and maps nothing else. */
bool regions_protect(struct regions *r, uint64_t first, uint64_t last, uint8_t rights)
	__attribute__((warn_unused_result));

#endif
