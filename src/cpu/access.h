/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory, as handlers use it. A fast page answers where the MMU's answer is
 * known (docs/interpreter.md, "Fast path"); everything else goes to
 * mmu_translate(). After a fault the exception is in cpu->exception and nothing
 * has changed.
 */
#ifndef CPU_ACCESS_H
#define CPU_ACCESS_H

#include "cpu/cpu.h"

#include <string.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define MUST __attribute__((warn_unused_result))

/* The fast page that holds all of the bytes, or null. The page before the one that
 * holds the last byte has another slot, so that one comparison does. */
static inline struct fast_page *fast_find(struct cpu *c, enum fast_kind kind, uint64_t at,
					  unsigned size)
{
	struct fast_page *f = &c->fast[kind][at >> PAGE_SHIFT_4K & (FAST_PAGES - 1)];

	return likely(f->page == ((at + size - 1) & ~(PAGE_SIZE_4K - 1))) ? f : NULL;
}

MUST bool cpu_load_slow(struct cpu *c, uint64_t at, unsigned size, bool stack);
MUST bool cpu_store_slow(struct cpu *c, uint64_t at, unsigned size, const void *from, bool stack);
MUST void *cpu_modify_slow(struct cpu *c, uint64_t at, unsigned size, bool stack);
void cpu_modify_done_slow(struct cpu *c);

/* A load by parts goes through c->loaded: a local variable whose address is
 * known elsewhere would keep the handler from ending in a tail call. */
#define DEFINE_LOAD(bits)                                                                      \
	MUST static inline bool load##bits(struct cpu *c, uint64_t at, bool stack,             \
					   uint##bits##_t *value)                              \
	{                                                                                      \
		struct fast_page *f = fast_find(c, FAST_READ, at, bits / 8);                   \
                                                                                               \
		if (likely(f != NULL)) {                                                       \
			f->hits++;                                                             \
			memcpy(value, (const void *)(f->to_host + at), bits / 8);              \
			return true;                                                           \
		}                                                                              \
		if (!cpu_load_slow(c, at, bits / 8, stack))                                    \
			return false;                                                          \
		*value = (uint##bits##_t)c->loaded[0];                                         \
		return true;                                                                   \
	}                                                                                      \
	MUST static inline bool store##bits(struct cpu *c, uint64_t at, bool stack,            \
					    uint##bits##_t value)                              \
	{                                                                                      \
		struct fast_page *f = fast_find(c, FAST_WRITE, at, bits / 8);                  \
                                                                                               \
		if (likely(f != NULL)) {                                                       \
			f->hits++;                                                             \
			memcpy((void *)(f->to_host + at), &value, bits / 8);                   \
			return true;                                                           \
		}                                                                              \
		c->loaded[0] = value;                                                          \
		return cpu_store_slow(c, at, bits / 8, c->loaded, stack);                      \
	}
DEFINE_LOAD(8)
DEFINE_LOAD(16)
DEFINE_LOAD(32)
DEFINE_LOAD(64)

/* Up to 16 bytes; the result is good until the next load. */
MUST static inline const void *load_bytes(struct cpu *c, uint64_t at, unsigned size, bool stack)
{
	struct fast_page *f = fast_find(c, FAST_READ, at, size);

	if (likely(f != NULL)) {
		f->hits++;
		return (const void *)(f->to_host + at);
	}
	return cpu_load_slow(c, at, size, stack) ? c->loaded : NULL;
}

MUST static inline bool store_bytes(struct cpu *c, uint64_t at, unsigned size, const void *from,
				    bool stack)
{
	struct fast_page *f = fast_find(c, FAST_WRITE, at, size);

	if (likely(f != NULL)) {
		f->hits++;
		memcpy((void *)(f->to_host + at), from, size);
		return true;
	}
	return cpu_store_slow(c, at, size, from, stack);
}

/* A read-modify-write: the bytes, to be changed in place, and then modify_done().
 * Null: a fault. */
MUST static inline void *modify(struct cpu *c, uint64_t at, unsigned size, bool stack)
{
	struct fast_page *f = fast_find(c, FAST_WRITE, at, size);

	if (likely(f != NULL)) {
		f->hits++;
		return (void *)(f->to_host + at);
	}
	return cpu_modify_slow(c, at, size, stack);
}

static inline void modify_done(struct cpu *c)
{
	if (unlikely(c->bounce_size))
		cpu_modify_done_slow(c);
}

#endif
