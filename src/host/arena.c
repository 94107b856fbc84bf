/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/arena.h"

#include "host/arena_paged.h"
#include "host/number.h"

#include <string.h>
#include <sys/mman.h>

/* Below this, writing zeros is cheaper than giving pages back and faulting
 * them in again. */
#define GIVE_BACK_MIN (UINT64_C(128) << 10)

static uint64_t read_cell(void *ctx, hpa_t at)
{
	struct arena *a = ctx;
	unsigned char *page;

	if (at.v >= a->size) {
		a->outside_reads++;
		return UINT64_MAX;
	}
	page = arena_paged_page(a, at, false);
	return page ? *(uint64_t *)(page + at.v % PAGE_SIZE_4K) : 0;
}

static void write_cell(void *ctx, hpa_t at, uint64_t value)
{
	struct arena *a = ctx;
	unsigned char *page;

	if (at.v >= a->size) {
		a->outside_writes++;
		return;
	}
	/* An untouched page is all zero: a zero changes nothing there. */
	page = arena_paged_page(a, at, value != 0);
	if (page)
		*(uint64_t *)(page + at.v % PAGE_SIZE_4K) = value;
}

static void *reserve(uint64_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Two reservations, memory and attributes; false when either is refused. */
static bool init_flat(struct arena *a, unsigned options)
{
	unsigned char *ram = reserve(a->size);
	unsigned char *attributes = ram ? reserve(a->size >> PAGE_SHIFT_4K) : NULL;

	if (!attributes) {
		if (ram)
			munmap(ram, a->size);
		return false;
	}
	/* Advice only: a host that does not know it loses nothing. */
	madvise(ram, a->size, options & ARENA_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	madvise(ram, a->size, MADV_DONTDUMP);
	madvise(attributes, a->size >> PAGE_SHIFT_4K, MADV_DONTDUMP);
	a->attributes = attributes;
	a->mem.ram = ram;
	a->mem.size = a->size;
	return true;
}

bool arena_init(struct arena *a, uint64_t size, unsigned options, struct error *err)
{
	memset(a, 0, sizeof(*a));
	if (size < ARENA_SIZE_MIN || size > ARENA_SIZE_MAX || size % PAGE_SIZE_4K) {
		char text[NUMBER_TEXT_SIZE];

		number_format_size(text, size);
		error_set(err,
		          "memory of %s bytes is not possible, must be a multiple of 4K, 1M to 4P",
		          text);
		return false;
	}
	a->size = size;
	a->mem.read64 = read_cell;
	a->mem.write64 = write_cell;
	a->mem.ctx = a;
	a->levels = arena_paged_levels(size);
	if (!(options & ARENA_PAGED) && size <= ARENA_FLAT_MAX)
		init_flat(a, options); /* or else stay paged */
	return true;
}

void arena_destroy(struct arena *a)
{
	if (a->mem.ram) {
		munmap(a->mem.ram, a->size);
		munmap(a->attributes, a->size >> PAGE_SHIFT_4K);
	}
	arena_paged_destroy(a);
	memset(a, 0, sizeof(*a));
}

/* How many of the `length` bytes from `at` on lie inside. */
static uint64_t inside(const struct arena *a, hpa_t at, uint64_t length)
{
	if (at.v >= a->size)
		return 0;
	return length < a->size - at.v ? length : a->size - at.v;
}

/* The 8-byte cells that `length` bytes behind the first `skip` touch. */
static uint64_t cells(hpa_t at, uint64_t skip, uint64_t length)
{
	uint64_t start = (at.v + skip) % 8;

	return length == skip ? 0 : (start + (length - skip) - 1) / 8 + 1;
}

/* Up to the end of the page that holds `at`, or `length`. */
static size_t page_part(hpa_t at, size_t length)
{
	size_t left = PAGE_SIZE_4K - at.v % PAGE_SIZE_4K;

	return length < left ? length : left;
}

void arena_read(struct arena *a, hpa_t at, void *to, size_t length)
{
	unsigned char *out = to;
	size_t good = inside(a, at, length);

	a->outside_reads += cells(at, good, length);
	memset(out + good, 0xff, length - good);
	if (a->mem.ram) {
		memcpy(out, a->mem.ram + (good ? at.v : 0), good);
		return;
	}
	for (size_t done = 0, part; done < good; done += part) {
		hpa_t from = hpa(at.v + done);
		unsigned char *page = arena_paged_page(a, from, false);

		part = page_part(from, good - done);
		if (page)
			memcpy(out + done, page + from.v % PAGE_SIZE_4K, part);
		else
			memset(out + done, 0, part);
	}
}

void arena_write(struct arena *a, hpa_t at, const void *from, size_t length)
{
	const unsigned char *in = from;
	size_t good = inside(a, at, length);

	a->outside_writes += cells(at, good, length);
	if (a->mem.ram) {
		memcpy(a->mem.ram + (good ? at.v : 0), in, good);
		return;
	}
	for (size_t done = 0, part; done < good; done += part) {
		hpa_t to = hpa(at.v + done);
		unsigned char *page = arena_paged_page(a, to, true);

		part = page_part(to, good - done);
		if (page)
			memcpy(page + to.v % PAGE_SIZE_4K, in + done, part);
	}
}

static void zero_flat(struct arena *a, uint64_t start, uint64_t end)
{
	uint64_t first = (start + PAGE_SIZE_4K - 1) & -PAGE_SIZE_4K;
	uint64_t last = end & -PAGE_SIZE_4K;

	if (end - start < GIVE_BACK_MIN ||
	    madvise(a->mem.ram + first, last - first, MADV_DONTNEED) != 0) {
		memset(a->mem.ram + start, 0, end - start);
		return;
	}
	memset(a->mem.ram + start, 0, first - start);
	memset(a->mem.ram + last, 0, end - last);
}

void arena_zero(struct arena *a, hpa_t at, uint64_t length)
{
	uint64_t good = inside(a, at, length);

	a->outside_writes += cells(at, good, length);
	if (!good)
		return;
	if (a->mem.ram) {
		zero_flat(a, at.v, at.v + good);
		return;
	}
	for (uint64_t done = 0, part; done < good; done += part) {
		hpa_t to = hpa(at.v + done);

		part = arena_paged_gap(a, to);
		if (part)
			continue;
		part = page_part(to, good - done);
		memset(arena_paged_page(a, to, false) + to.v % PAGE_SIZE_4K, 0, part);
	}
}

unsigned char *arena_frame(struct arena *a, hpa_t at)
{
	if (at.v < a->mem.size)
		return a->mem.ram + (at.v & -PAGE_SIZE_4K);
	return at.v < a->size ? arena_paged_page(a, at, true) : NULL;
}
