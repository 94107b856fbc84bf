/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/regions.h"

#include <stdlib.h>
#include <string.h>

void regions_free(struct regions *r)
{
	free(r->region);
	*r = (struct regions){ .region = NULL };
}

/* Index of the first region that ends at or behind `address`. */
static size_t lower_bound(const struct regions *r, uint64_t address)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->region[middle].last < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct region *regions_find(const struct regions *r, uint64_t address)
{
	size_t i = lower_bound(r, address);

	return i < r->count && r->region[i].first <= address ? &r->region[i] : NULL;
}

/* One change adds two regions at most. */
static bool reserve(struct regions *r)
{
	if (r->count + 2 > REGIONS_MAX)
		return false;
	if (r->count + 2 <= r->room)
		return true;
	size_t room = 2 * r->room + 8;
	struct region *more = realloc(r->region, room * sizeof *more);

	if (!more)
		return false;
	r->region = more;
	r->room = room;
	return true;
}

static void insert(struct regions *r, size_t at, struct region new)
{
	memmove(r->region + at + 1, r->region + at, (r->count - at) * sizeof new);
	r->region[at] = new;
	r->count++;
}

static void erase(struct regions *r, size_t at, size_t count)
{
	memmove(r->region + at, r->region + at + count,
	        (r->count - at - count) * sizeof *r->region);
	r->count -= count;
}

/* Cuts the region that holds `address` in two, so that one starts there. */
static void cut(struct regions *r, uint64_t address)
{
	size_t i = lower_bound(r, address);

	if (i == r->count || r->region[i].first >= address)
		return;
	struct region upper = r->region[i];

	upper.first = address;
	r->region[i].last = address - 1;
	insert(r, i + 1, upper);
}

/* After this no region lies half inside the range; returns the first inside,
 * *count of them. */
static size_t isolate(struct regions *r, uint64_t first, uint64_t last, size_t *count)
{
	cut(r, first);
	if (last != UINT64_MAX)
		cut(r, last + 1);
	size_t from = lower_bound(r, first), to = from;

	while (to < r->count && r->region[to].last <= last)
		to++;
	*count = to - from;
	return from;
}

static void join(struct regions *r, size_t from, size_t to)
{
	for (size_t i = to; i > from; i--) {
		struct region *left = &r->region[i - 1], *right = &r->region[i];

		if (i < r->count && left->rights == right->rights &&
		    left->last + 1 == right->first) {
			left->last = right->last;
			erase(r, i, 1);
		}
	}
}

bool regions_unmap(struct regions *r, uint64_t first, uint64_t last)
{
	size_t count, at;

	if (!reserve(r))
		return false;
	at = isolate(r, first, last, &count);
	erase(r, at, count);
	return true;
}

bool regions_map(struct regions *r, uint64_t first, uint64_t last, uint8_t rights)
{
	size_t count, at;

	if (!reserve(r))
		return false;
	at = isolate(r, first, last, &count);
	/* One that lies across both ends has made two of itself, and one is between. */
	if (count) {
		erase(r, at, count - 1);
		r->region[at] = (struct region){ first, last, rights };
	} else {
		insert(r, at, (struct region){ first, last, rights });
	}
	join(r, at ? at - 1 : 0, at + 1);
	return true;
}

bool regions_protect(struct regions *r, uint64_t first, uint64_t last, uint8_t rights)
{
	size_t count, at;

	if (!reserve(r))
		return false;
	at = isolate(r, first, last, &count);
	for (size_t i = at; i < at + count; i++)
		r->region[i].rights = rights;
	join(r, at ? at - 1 : 0, at + count);
	return true;
}
