/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What handlers are written with. Every one ends in one of
 *
 *   NEXT         on to the next instruction; it touched no memory
 *   NEXT_MEMORY  the same after an access, which may have ended the block
 *   FAULT        cpu->exception is set; nothing has changed
 *   return raise(...)
 */
#ifndef CPU_HANDLER_H
#define CPU_HANDLER_H

#include "cpu/access.h"
#include "cpu/code.h"
#include "cpu/flags.h"

#define HANDLER(name) static enum cpu_status name(struct cpu *c, const struct op *op)

/* Without tail calls a block would use one stack frame an instruction. */
#define NEXT return op[1].run(c, op + 1)
#define NEXT_MEMORY                                                                            \
	do {                                                                                   \
		if (unlikely(c->stop))                                                         \
			return cpu_leave_behind(c, op);                                        \
		NEXT;                                                                          \
	} while (0)
#define FAULT return cpu_leave_before(c, op)

/* Leave the block behind `op`; at `op`, for the exception that is set. */
enum cpu_status cpu_leave_behind(struct cpu *c, const struct op *op);
enum cpu_status cpu_leave_before(struct cpu *c, const struct op *op);
/* An exception of the instruction itself: a fault, or with `trap` one behind it. */
enum cpu_status cpu_raise(struct cpu *c, const struct op *op, unsigned vector);
enum cpu_status cpu_raise_code(struct cpu *c, const struct op *op, unsigned vector,
			       uint32_t error_code);
/* On to the absolute address. */
enum cpu_status cpu_jump(struct cpu *c, const struct op *op, uint64_t to);

/* Parts of registers alias the whole. */
typedef uint8_t part8;
typedef uint16_t __attribute__((may_alias)) part16;
typedef uint32_t __attribute__((may_alias)) part32;
typedef uint64_t __attribute__((may_alias)) part64;
#define REG(bits, offset) (*(part##bits *)((char *)c->r + (offset)))

/* Registers by bits: a 32-bit result clears the upper half. */
#define DEFINE_SET(bits, wide)                                                                 \
	static inline void set##bits(struct cpu *c, unsigned offset, uint##bits##_t value)     \
	{                                                                                      \
		*(part##wide *)((char *)c->r + offset) = value;                            \
	}
DEFINE_SET(8, 8)
DEFINE_SET(16, 16)
DEFINE_SET(32, 64)
DEFINE_SET(64, 64)

static inline uint64_t get_size(const struct cpu *c, unsigned offset, unsigned size)
{
	switch (size) {
	case 1: return REG(8, offset);
	case 2: return REG(16, offset);
	case 4: return REG(32, offset);
	default: return REG(64, offset);
	}
}

static inline void set_size(struct cpu *c, unsigned offset, unsigned size, uint64_t value)
{
	switch (size) {
	case 1: REG(8, offset) = (uint8_t)value; break;
	case 2: REG(16, offset) = (uint16_t)value; break;
	case 4: REG(64, offset) = (uint32_t)value; break;
	default: REG(64, offset) = value; break;
	}
}

/* ---- Addresses ---- */

static inline uint64_t offset_of(const struct cpu *c, const struct op *op)
{
	uint64_t at = c->r[op->base] + (c->r[op->index] << op->scale) + (uint64_t)op->disp;

	return op->flags & OP_ADDR32 ? (uint32_t)at : at;
}

static inline uint64_t address(const struct cpu *c, const struct op *op)
{
	uint64_t at = c->r[op->base] + (c->r[op->index] << op->scale) + (uint64_t)op->disp;

	if (unlikely(op->flags & OP_SPECIAL))
		at = (op->flags & OP_ADDR32 ? (uint32_t)at : at) + c->r[op->segment];
	return at;
}

static inline bool stack_address(const struct op *op)
{
	return op->flags & OP_STACK;
}

#define LOAD(bits, value)                                                                      \
	do {                                                                                   \
		if (unlikely(!load##bits(c, address(c, op), stack_address(op), &(value))))     \
			FAULT;                                                                 \
	} while (0)
#define STORE(bits, value)                                                                     \
	do {                                                                                   \
		if (unlikely(!store##bits(c, address(c, op), stack_address(op), (value))))     \
			FAULT;                                                                 \
	} while (0)

/* ---- By run-time size: for instructions that are not worth a handler a size ---- */

MUST static inline bool load_size(struct cpu *c, uint64_t at, unsigned size, bool stack,
				  uint64_t *value)
{
	const void *from = load_bytes(c, at, size, stack);

	*value = 0;
	if (from)
		memcpy(value, from, size);
	return from != NULL;
}

MUST static inline bool store_size(struct cpu *c, uint64_t at, unsigned size, bool stack,
				   uint64_t value)
{
	c->loaded[1] = value; /* no local variable's address: see access.h */
	return store_bytes(c, at, size, &c->loaded[1], stack);
}

/* The r/m operand as a source; `reg` is its register if it is none in memory. */
MUST static inline bool read_rm(struct cpu *c, const struct op *op, unsigned reg, unsigned size,
				uint64_t *value)
{
	if (op->flags & OP_MEMORY)
		return load_size(c, address(c, op), size, stack_address(op), value);
	*value = get_size(c, reg, size);
	return true;
}

/* The r/m operand, first of the operands, to be changed: where its bytes are. Null:
 * a fault. Close with close_rm(). */
struct rm {
	void *at;
	uint64_t old;
};

MUST static inline bool open_rm(struct cpu *c, const struct op *op, struct rm *rm)
{
	rm->at = NULL;
	rm->old = 0;
	if (!(op->flags & OP_MEMORY)) {
		rm->old = get_size(c, op->dst, op->size);
		return true;
	}
	rm->at = modify(c, address(c, op), op->size, stack_address(op));
	if (rm->at)
		memcpy(&rm->old, rm->at, op->size);
	return rm->at != NULL;
}

static inline void close_rm(struct cpu *c, const struct op *op, struct rm *rm, uint64_t value)
{
	if (!rm->at) {
		set_size(c, op->dst, op->size, value);
		return;
	}
	memcpy(rm->at, &value, op->size);
	modify_done(c);
}

static inline uint64_t sign_extend(uint64_t value, unsigned size)
{
	unsigned shift = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

static inline uint64_t size_mask(unsigned size)
{
	return ~UINT64_C(0) >> (64 - 8 * size);
}

/* Result and carries of an operation of run-time size. */
static inline void set_result(struct cpu *c, uint64_t value, unsigned size, uint64_t carries)
{
	c->result = sign_extend(value, size);
	c->carries = carries;
}

#define VECTOR(offset) (*(union vector *)((char *)c->xmm + (offset)))

#endif
