/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addition, subtraction and logic: a handler for each operation, shape and size.
 * SDM 2, the instructions of those names.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

#define WIDE(bits, x) ((uint64_t)(int64_t)(int##bits##_t)(x))

/* The carry out of each bit of a + b = r, and the borrow into the next of a - b = r. */
#define CARRIES(a, b, r) (((a) & (b)) | (((a) | (b)) & ~(r)))
#define BORROWS(a, b, r) ((~(a) & (b)) | ((~(a) | (b)) & (r)))

#define DEFINE_OPERATIONS(bits)                                                                \
	static inline uint##bits##_t add##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		uint64_t r = a + b;                                                            \
                                                                                               \
		c->result = WIDE(bits, r);                                                     \
		c->carries = flag_carries(CARRIES(a, b, r), bits);                             \
		return (uint##bits##_t)r;                                                      \
	}                                                                                      \
	static inline uint##bits##_t adc##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		uint64_t r = a + b + flag_cf(c);                                               \
                                                                                               \
		c->result = WIDE(bits, r);                                                     \
		c->carries = flag_carries(CARRIES(a, b, r), bits);                             \
		return (uint##bits##_t)r;                                                      \
	}                                                                                      \
	static inline uint##bits##_t sub##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		uint64_t r = a - b;                                                            \
                                                                                               \
		c->result = WIDE(bits, r);                                                     \
		c->carries = flag_carries(BORROWS(a, b, r), bits);                             \
		return (uint##bits##_t)r;                                                      \
	}                                                                                      \
	static inline uint##bits##_t sbb##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		uint64_t r = a - b - flag_cf(c);                                               \
                                                                                               \
		c->result = WIDE(bits, r);                                                     \
		c->carries = flag_carries(BORROWS(a, b, r), bits);                             \
		return (uint##bits##_t)r;                                                      \
	}                                                                                      \
	static inline uint##bits##_t logic##bits(struct cpu *c, uint64_t r)                    \
	{                                                                                      \
		c->result = WIDE(bits, r);                                                     \
		c->carries = 0;                                                                \
		return (uint##bits##_t)r;                                                      \
	}                                                                                      \
	static inline uint##bits##_t and##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		return logic##bits(c, a & b);                                                  \
	}                                                                                      \
	static inline uint##bits##_t or##bits(struct cpu *c, uint64_t a, uint64_t b)           \
	{                                                                                      \
		return logic##bits(c, a | b);                                                  \
	}                                                                                      \
	static inline uint##bits##_t xor##bits(struct cpu *c, uint64_t a, uint64_t b)          \
	{                                                                                      \
		return logic##bits(c, a ^ b);                                                  \
	}
DEFINE_OPERATIONS(8)
DEFINE_OPERATIONS(16)
DEFINE_OPERATIONS(32)
DEFINE_OPERATIONS(64)

/* Operations that write their result. */
#define DEFINE_HANDLERS(name, bits)                                                            \
	HANDLER(name##_rr##bits)                                                               \
	{                                                                                      \
		set##bits(c, op->dst, name##bits(c, REG(bits, op->dst), REG(bits, op->src)));  \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##_ri##bits)                                                               \
	{                                                                                      \
		set##bits(c, op->dst,                                                          \
			  name##bits(c, REG(bits, op->dst), (uint##bits##_t)op->imm));         \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##_rm##bits)                                                               \
	{                                                                                      \
		uint##bits##_t b;                                                              \
                                                                                               \
		LOAD(bits, b);                                                                 \
		set##bits(c, op->dst, name##bits(c, REG(bits, op->dst), b));                   \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(name##_mr##bits)                                                               \
	{                                                                                      \
		uint##bits##_t a, *at = modify(c, address(c, op), bits / 8, stack_address(op)); \
                                                                                               \
		if (unlikely(!at))                                                             \
			FAULT;                                                                 \
		memcpy(&a, at, bits / 8);                                                      \
		a = name##bits(c, a, REG(bits, op->src));                                      \
		memcpy(at, &a, bits / 8);                                                      \
		modify_done(c);                                                                \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(name##_mi##bits)                                                               \
	{                                                                                      \
		uint##bits##_t a, *at = modify(c, address(c, op), bits / 8, stack_address(op)); \
                                                                                               \
		if (unlikely(!at))                                                             \
			FAULT;                                                                 \
		memcpy(&a, at, bits / 8);                                                      \
		a = name##bits(c, a, (uint##bits##_t)op->imm);                                 \
		memcpy(at, &a, bits / 8);                                                      \
		modify_done(c);                                                                \
		NEXT_MEMORY;                                                                   \
	}
#define DEFINE_ALL(name)                                                                       \
	DEFINE_HANDLERS(name, 8)                                                               \
	DEFINE_HANDLERS(name, 16)                                                              \
	DEFINE_HANDLERS(name, 32)                                                              \
	DEFINE_HANDLERS(name, 64)
DEFINE_ALL(add)
DEFINE_ALL(or)
DEFINE_ALL(adc)
DEFINE_ALL(sbb)
DEFINE_ALL(and)
DEFINE_ALL(sub)
DEFINE_ALL(xor)

/* CMP and TEST: only the flags. */
#define DEFINE_COMPARE(name, operation, bits)                                                  \
	HANDLER(name##_rr##bits)                                                               \
	{                                                                                      \
		operation##bits(c, REG(bits, op->dst), REG(bits, op->src));                    \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##_ri##bits)                                                               \
	{                                                                                      \
		operation##bits(c, REG(bits, op->dst), (uint##bits##_t)op->imm);               \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##_rm##bits)                                                               \
	{                                                                                      \
		uint##bits##_t b;                                                              \
                                                                                               \
		LOAD(bits, b);                                                                 \
		operation##bits(c, REG(bits, op->dst), b);                                     \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(name##_mr##bits)                                                               \
	{                                                                                      \
		uint##bits##_t a;                                                              \
                                                                                               \
		LOAD(bits, a);                                                                 \
		operation##bits(c, a, REG(bits, op->src));                                     \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(name##_mi##bits)                                                               \
	{                                                                                      \
		uint##bits##_t a;                                                              \
                                                                                               \
		LOAD(bits, a);                                                                 \
		operation##bits(c, a, (uint##bits##_t)op->imm);                                \
		NEXT_MEMORY;                                                                   \
	}
#define DEFINE_COMPARE_ALL(name, operation)                                                    \
	DEFINE_COMPARE(name, operation, 8)                                                     \
	DEFINE_COMPARE(name, operation, 16)                                                    \
	DEFINE_COMPARE(name, operation, 32)                                                    \
	DEFINE_COMPARE(name, operation, 64)
DEFINE_COMPARE_ALL(cmp, sub)
DEFINE_COMPARE_ALL(test, and)

/* ---- One operand ---- */

/* INC and DEC leave CF alone. */
static inline uint64_t step(struct cpu *c, uint64_t a, unsigned size, bool up)
{
	uint64_t r = up ? a + 1 : a - 1;
	uint64_t new = flag_carries(up ? CARRIES(a, UINT64_C(1), r) : BORROWS(a, UINT64_C(1), r),
				    8 * size);
	bool of = (new ^ new << 1) >> 63;

	set_result(c, r, size, flag_cf_of(flag_cf(c), of) | (new & CARRY_AF));
	return r;
}

#define DEFINE_STEP(name, up, bits)                                                            \
	HANDLER(name##_r##bits)                                                                \
	{                                                                                      \
		set##bits(c, op->dst,                                                          \
			  (uint##bits##_t)step(c, REG(bits, op->dst), bits / 8, up));          \
		NEXT;                                                                          \
	}
#define DEFINE_STEP_ALL(name, up)                                                              \
	DEFINE_STEP(name, up, 8)                                                               \
	DEFINE_STEP(name, up, 16)                                                              \
	DEFINE_STEP(name, up, 32)                                                              \
	DEFINE_STEP(name, up, 64)                                                              \
	HANDLER(name##_m)                                                                      \
	{                                                                                      \
		struct rm rm;                                                                  \
                                                                                               \
		if (!open_rm(c, op, &rm))                                                      \
			FAULT;                                                                 \
		close_rm(c, op, &rm, step(c, rm.old, op->size, up));                           \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_STEP_ALL(inc, true)
DEFINE_STEP_ALL(dec, false)

HANDLER(not)
{
	struct rm rm;

	if (!open_rm(c, op, &rm))
		FAULT;
	close_rm(c, op, &rm, ~rm.old);
	NEXT_MEMORY;
}

HANDLER(neg)
{
	struct rm rm;

	if (!open_rm(c, op, &rm))
		FAULT;
	uint64_t r = -rm.old;

	set_result(c, r, op->size, flag_carries(BORROWS(UINT64_C(0), rm.old, r), 8u * op->size));
	close_rm(c, op, &rm, r);
	NEXT_MEMORY;
}

/* ---- Exchanging ---- */

static void compare_flags(struct cpu *c, uint64_t a, uint64_t b, unsigned size)
{
	uint64_t r = a - b;

	set_result(c, r, size, flag_carries(BORROWS(a, b, r), 8 * size));
}

HANDLER(xadd)
{
	struct rm rm;

	if (!open_rm(c, op, &rm))
		FAULT;
	uint64_t b = get_size(c, op->src, op->size), r = rm.old + b;

	set_result(c, r, op->size, flag_carries(CARRIES(rm.old, b, r), 8u * op->size));
	set_size(c, op->src, op->size, rm.old);
	close_rm(c, op, &rm, r);
	NEXT_MEMORY;
}

HANDLER(xchg)
{
	struct rm rm;
	/* Its operands are in either order: the register one is not in memory. */
	unsigned reg = op->flags & OP_MEMORY && !(op->flags & OP_STORE) ? op->dst : op->src;

	if (!open_rm(c, op, &rm))
		FAULT;
	uint64_t value = get_size(c, reg, op->size);

	set_size(c, reg, op->size, rm.old);
	close_rm(c, op, &rm, value);
	NEXT_MEMORY;
}

/* The destination is written in either case (SDM 2, "CMPXCHG"). */
HANDLER(cmpxchg)
{
	struct rm rm;

	if (!open_rm(c, op, &rm))
		FAULT;
	uint64_t a = get_size(c, CPU_RAX * 8, op->size);
	bool equal = a == rm.old;

	compare_flags(c, a, rm.old, op->size);
	if (equal) {
		close_rm(c, op, &rm, get_size(c, op->src, op->size));
		NEXT_MEMORY;
	}
	/* A 32-bit register destination has its upper half cleared only where it is
	 * written with the source. */
	if (rm.at)
		close_rm(c, op, &rm, rm.old);
	set_size(c, CPU_RAX * 8, op->size, rm.old);
	NEXT_MEMORY;
}

static void set_zf(struct cpu *c, bool zf)
{
	flag_load_status(c, (flag_status(c) & ~FLAG_ZF) | (zf ? FLAG_ZF : 0));
}

HANDLER(cmpxchg8b)
{
	uint64_t old, wanted = (uint32_t)c->r[CPU_RAX] | c->r[CPU_RDX] << 32;
	void *at = modify(c, address(c, op), 8, stack_address(op));

	if (!at)
		FAULT;
	memcpy(&old, at, 8);
	uint64_t value = old == wanted ? (uint32_t)c->r[CPU_RBX] | c->r[CPU_RCX] << 32 : old;

	memcpy(at, &value, 8);
	modify_done(c);
	set_zf(c, old == wanted);
	if (old != wanted) {
		c->r[CPU_RAX] = (uint32_t)old;
		c->r[CPU_RDX] = old >> 32;
	}
	NEXT_MEMORY;
}

HANDLER(cmpxchg16b)
{
	uint64_t at = address(c, op), old[2], new[2];

	if (at & 15)
		return cpu_raise(c, op, VECTOR_GP);
	void *place = modify(c, at, 16, stack_address(op));

	if (!place)
		FAULT;
	memcpy(old, place, 16);
	bool equal = old[0] == c->r[CPU_RAX] && old[1] == c->r[CPU_RDX];

	new[0] = equal ? c->r[CPU_RBX] : old[0];
	new[1] = equal ? c->r[CPU_RCX] : old[1];
	memcpy(place, new, 16);
	modify_done(c);
	set_zf(c, equal);
	if (!equal) {
		c->r[CPU_RAX] = old[0];
		c->r[CPU_RDX] = old[1];
	}
	NEXT_MEMORY;
}

/* ADCX and ADOX: a carry chain through one flag, the others untouched. */
HANDLER(adcx)
{
	uint64_t b, a = get_size(c, op->dst, op->size);
	uint64_t f = flag_status(c), mask = size_mask(op->size);

	if (!read_rm(c, op, op->src, op->size, &b))
		FAULT;
	unsigned __int128 r = (unsigned __int128)a + b + flag_cf(c);

	set_size(c, op->dst, op->size, (uint64_t)r & mask);
	flag_load_status(c, (f & ~FLAG_CF) | (r >> (8 * op->size) ? FLAG_CF : 0));
	NEXT_MEMORY;
}

HANDLER(adox)
{
	uint64_t b, a = get_size(c, op->dst, op->size);
	uint64_t f = flag_status(c), mask = size_mask(op->size);

	if (!read_rm(c, op, op->src, op->size, &b))
		FAULT;
	unsigned __int128 r = (unsigned __int128)a + b + flag_of(c);

	set_size(c, op->dst, op->size, (uint64_t)r & mask);
	flag_load_status(c, (f & ~FLAG_OF) | (r >> (8 * op->size) ? FLAG_OF : 0));
	NEXT_MEMORY;
}

#define ALU(M, name)                                                                           \
	{ ZYDIS_MNEMONIC_##M, "rr", .run = SIZES(name##_rr) },                                 \
	{ ZYDIS_MNEMONIC_##M, "ri", .run = SIZES(name##_ri) },                                 \
	{ ZYDIS_MNEMONIC_##M, "rm", .run = SIZES(name##_rm) },                                 \
	{ ZYDIS_MNEMONIC_##M, "mr", .run = SIZES(name##_mr) },                                 \
	{ ZYDIS_MNEMONIC_##M, "mi", .run = SIZES(name##_mi) }

static const struct form rows[] = {
	ALU(ADD, add),
	ALU(OR, or),
	ALU(ADC, adc),
	ALU(SBB, sbb),
	ALU(AND, and),
	ALU(SUB, sub),
	ALU(XOR, xor),
	ALU(CMP, cmp),
	ALU(TEST, test),
	{ ZYDIS_MNEMONIC_INC, "r", .run = SIZES(inc_r) },
	{ ZYDIS_MNEMONIC_INC, "m", .run = SAME(inc_m) },
	{ ZYDIS_MNEMONIC_DEC, "r", .run = SIZES(dec_r) },
	{ ZYDIS_MNEMONIC_DEC, "m", .run = SAME(dec_m) },
	{ ZYDIS_MNEMONIC_NOT, "v", .run = SAME(not) },
	{ ZYDIS_MNEMONIC_NEG, "v", .run = SAME(neg) },
	{ ZYDIS_MNEMONIC_XADD, "vr", .run = SAME(xadd) },
	{ ZYDIS_MNEMONIC_XCHG, "vr", .run = SAME(xchg) },
	{ ZYDIS_MNEMONIC_XCHG, "rm", .run = SAME(xchg) },
	{ ZYDIS_MNEMONIC_CMPXCHG, "vr", .run = SAME(cmpxchg) },
	{ ZYDIS_MNEMONIC_CMPXCHG8B, "m", .run = SAME(cmpxchg8b) },
	{ ZYDIS_MNEMONIC_CMPXCHG16B, "m", .run = SAME(cmpxchg16b) },
	{ ZYDIS_MNEMONIC_ADCX, "rv", .run = SAME(adcx) },
	{ ZYDIS_MNEMONIC_ADOX, "rv", .run = SAME(adox) },
};
const struct form_table cpu_forms_alu = FORM_TABLE(rows);
