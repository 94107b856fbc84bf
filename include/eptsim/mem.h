/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Physical memory as the translation code sees it: a flat window for speed and
 * two callbacks for whatever lies outside it. Bare metal, an arena and a
 * scenario's sparse cells all are one of these.
 */
#ifndef EPTSIM_MEM_H
#define EPTSIM_MEM_H

#include <eptsim/addr.h>

struct mem {
	unsigned char *ram; /* host address of HPA 0 */
	uint64_t size;      /* bytes that `ram` covers, a multiple of 8 */
	/* Aligned 8-byte cells at or above `size`. */
	uint64_t (*read64)(void *ctx, hpa_t at);
	void (*write64)(void *ctx, hpa_t at, uint64_t value);
	void *ctx;
};

/* The aligned 8-byte cell at `at` (bits 2:0 of `at` must be 0). */
static inline uint64_t mem_read64(const struct mem *m, hpa_t at)
{
	if (__builtin_expect(at.v < m->size, 1))
		return *(const uint64_t *)(m->ram + at.v);
	return m->read64(m->ctx, at);
}

static inline void mem_write64(const struct mem *m, hpa_t at, uint64_t value)
{
	if (__builtin_expect(at.v < m->size, 1))
		*(uint64_t *)(m->ram + at.v) = value;
	else
		m->write64(m->ctx, at, value);
}

/* The aligned 4-byte half of a cell: 32-bit paging has 4-byte entries. */
static inline uint32_t mem_read32(const struct mem *m, hpa_t at)
{
	uint64_t cell = mem_read64(m, hpa(at.v & ~UINT64_C(7)));

	return (uint32_t)(cell >> (8 * (at.v & 4)));
}

static inline void mem_write32(const struct mem *m, hpa_t at, uint32_t value)
{
	hpa_t cell = hpa(at.v & ~UINT64_C(7));
	unsigned shift = 8 * (at.v & 4);
	uint64_t old = mem_read64(m, cell);

	mem_write64(m, cell, (old & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift);
}

#endif
