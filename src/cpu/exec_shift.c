/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Shifts and rotates. The count is masked to 5 bits, 6 for 64-bit operands; a
 * count of 0 changes no flag. Where the SDM leaves OF undefined (counts above 1) it
 * has the value that the formula for 1 gives.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

/* What a shift leaves besides its value. */
static inline void shift_flags(struct cpu *c, uint64_t r, unsigned size, bool cf, bool of)
{
	set_result(c, r, size, flag_cf_of(cf, of));
}

/* Rotates change CF and OF only. */
static inline void rotate_flags(struct cpu *c, bool cf, bool of)
{
	c->carries = (c->carries & ~(CARRY_OUT | CARRY_IN)) | flag_cf_of(cf, of);
}

typedef uint64_t shift_operation(struct cpu *c, uint64_t a, unsigned count, unsigned size);

static inline uint64_t shl(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	uint64_t mask = size_mask(size), r = a << count & mask;
	unsigned bits = 8 * size;
	bool cf = count <= bits && a >> (bits - count) & 1;

	shift_flags(c, r, size, cf, (r >> (bits - 1) & 1) ^ cf);
	return r;
}

static inline uint64_t shr(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	uint64_t r = a >> count;

	shift_flags(c, r, size, a >> (count - 1) & 1, a >> (8 * size - 1) & 1);
	return r;
}

static inline uint64_t sar(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	int64_t wide = (int64_t)sign_extend(a, size);
	uint64_t r = (uint64_t)(wide >> count);

	shift_flags(c, r, size, wide >> (count - 1) & 1, false);
	return r;
}

static inline uint64_t rol(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, n = count % bits;
	uint64_t r = n ? (a << n | a >> (bits - n)) & size_mask(size) : a;

	rotate_flags(c, r & 1, (r & 1) ^ (r >> (bits - 1) & 1));
	return r;
}

static inline uint64_t ror(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, n = count % bits;
	uint64_t r = n ? (a >> n | a << (bits - n)) & size_mask(size) : a;

	rotate_flags(c, r >> (bits - 1) & 1, (r >> (bits - 1) ^ r >> (bits - 2)) & 1);
	return r;
}

/* Through CF: one bit more to go round. */
static inline uint64_t rcl(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, n = count % (bits + 1);
	bool cf = flag_cf(c);

	for (; n; n--) {
		bool out = a >> (bits - 1) & 1;

		a = (a << 1 | cf) & size_mask(size);
		cf = out;
	}
	rotate_flags(c, cf, cf ^ (a >> (bits - 1) & 1));
	return a;
}

static inline uint64_t rcr(struct cpu *c, uint64_t a, unsigned count, unsigned size)
{
	unsigned bits = 8 * size, n = count % (bits + 1);
	bool cf = flag_cf(c);

	for (; n; n--) {
		bool out = a & 1;

		a = a >> 1 | (uint64_t)cf << (bits - 1);
		cf = out;
	}
	rotate_flags(c, cf, (a >> (bits - 1) ^ a >> (bits - 2)) & 1);
	return a;
}

/* By a count that is an immediate or CL. A memory operand is written even if the
 * count is 0. */
#define DEFINE_SHIFT(name, bits)                                                               \
	HANDLER(name##_ri##bits)                                                               \
	{                                                                                      \
		unsigned count = op->imm & (bits == 64 ? 63 : 31);                             \
		uint##bits##_t r = REG(bits, op->dst);                                         \
                                                                                               \
		if (count)                                                                     \
			r = (uint##bits##_t)name(c, r, count, bits / 8);                       \
		set##bits(c, op->dst, r);                                                      \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##_rc##bits)                                                               \
	{                                                                                      \
		unsigned count = c->r[CPU_RCX] & (bits == 64 ? 63 : 31);                       \
		uint##bits##_t r = REG(bits, op->dst);                                         \
                                                                                               \
		if (count)                                                                     \
			r = (uint##bits##_t)name(c, r, count, bits / 8);                       \
		set##bits(c, op->dst, r);                                                      \
		NEXT;                                                                          \
	}
#define DEFINE_SHIFT_ALL(name)                                                                 \
	DEFINE_SHIFT(name, 8)                                                                  \
	DEFINE_SHIFT(name, 16)                                                                 \
	DEFINE_SHIFT(name, 32)                                                                 \
	DEFINE_SHIFT(name, 64)                                                                 \
	HANDLER(name##_m)                                                                      \
	{                                                                                      \
		unsigned count = (unsigned)(op->flags & OP_IMM ? op->imm : c->r[CPU_RCX]);     \
		struct rm rm;                                                                  \
                                                                                               \
		count &= op->size == 8 ? 63 : 31;                                              \
		if (!open_rm(c, op, &rm))                                                      \
			FAULT;                                                                 \
		close_rm(c, op, &rm, count ? name(c, rm.old, count, op->size) : rm.old);       \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_SHIFT_ALL(shl)
DEFINE_SHIFT_ALL(shr)
DEFINE_SHIFT_ALL(sar)
DEFINE_SHIFT_ALL(rol)
DEFINE_SHIFT_ALL(ror)
DEFINE_SHIFT_ALL(rcl)
DEFINE_SHIFT_ALL(rcr)

/* SHLD, SHRD. A count above a 16-bit operand's width is undefined: as if the
 * operand and the source went round. */
static uint64_t shld(struct cpu *c, uint64_t a, uint64_t b, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	unsigned __int128 pair = (unsigned __int128)a << bits | b, all;

	if (size == 2)
		pair = pair << 16 | a, all = pair << count >> 32;
	else
		all = pair << count >> bits;
	uint64_t r = (uint64_t)all & size_mask(size);
	bool cf = size == 2 ? (pair << count >> 48) & 1 : count && (a >> (bits - count) & 1);

	shift_flags(c, r, size, cf, (r ^ a) >> (bits - 1) & 1);
	return r;
}

static uint64_t shrd(struct cpu *c, uint64_t a, uint64_t b, unsigned count, unsigned size)
{
	unsigned bits = 8 * size;
	unsigned __int128 pair = (unsigned __int128)b << bits | a;

	if (size == 2)
		pair |= (unsigned __int128)a << 32;
	uint64_t r = (uint64_t)(pair >> count) & size_mask(size);

	shift_flags(c, r, size, (uint64_t)(pair >> (count - 1)) & 1, (r ^ a) >> (bits - 1) & 1);
	return r;
}

#define DEFINE_DOUBLE(name)                                                                    \
	HANDLER(name##_v)                                                                      \
	{                                                                                      \
		unsigned count = (unsigned)(op->flags & OP_IMM ? op->imm : c->r[CPU_RCX]);     \
		uint64_t b = get_size(c, op->src, op->size);                                   \
		struct rm rm;                                                                  \
                                                                                               \
		count &= op->size == 8 ? 63 : 31;                                              \
		if (!open_rm(c, op, &rm))                                                      \
			FAULT;                                                                 \
		close_rm(c, op, &rm, count ? name(c, rm.old, b, count, op->size) : rm.old);    \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_DOUBLE(shld)
DEFINE_DOUBLE(shrd)

#define SHIFT(M, name)                                                                         \
	{ ZYDIS_MNEMONIC_##M, "ri", .run = SIZES(name##_ri) },                                 \
	{ ZYDIS_MNEMONIC_##M, "rr", .run = SIZES(name##_rc) },                                 \
	{ ZYDIS_MNEMONIC_##M, "mi", .run = SAME(name##_m) },                                   \
	{ ZYDIS_MNEMONIC_##M, "mr", .run = SAME(name##_m) }

static const struct form rows[] = {
	SHIFT(SHL, shl),
	SHIFT(SHR, shr),
	SHIFT(SAR, sar),
	SHIFT(ROL, rol),
	SHIFT(ROR, ror),
	SHIFT(RCL, rcl),
	SHIFT(RCR, rcr),
	{ ZYDIS_MNEMONIC_SHLD, "vri", .run = SAME(shld_v) },
	{ ZYDIS_MNEMONIC_SHLD, "vrr", .run = SAME(shld_v) },
	{ ZYDIS_MNEMONIC_SHRD, "vri", .run = SAME(shrd_v) },
	{ ZYDIS_MNEMONIC_SHRD, "vrr", .run = SAME(shrd_v) },
};
const struct form_table cpu_forms_shift = FORM_TABLE(rows);
