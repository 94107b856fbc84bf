/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Single bits, bit counts and BMI; multiplication and division; CRC32.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

/* ---- BT, BTS, BTR, BTC ---- */

enum bit_operation { BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT };

static inline uint64_t change_bit(uint64_t value, unsigned bit, enum bit_operation what)
{
	uint64_t mask = UINT64_C(1) << bit;

	return what == BIT_SET	      ? value | mask :
	       what == BIT_RESET      ? value & ~mask :
	       what == BIT_COMPLEMENT ? value ^ mask :
					value;
}

/* With a register as offset memory is a string of bits, which reaches beyond the
 * operand (SDM 2, "BT"). */
static inline enum cpu_status bit(struct cpu *c, const struct op *op, enum bit_operation what)
{
	unsigned bits = 8u * op->size;
	uint64_t offset = op->flags & OP_IMM ? op->imm : get_size(c, op->src, op->size);
	unsigned number = offset & (bits - 1);
	uint64_t value;

	if (!(op->flags & OP_MEMORY)) {
		value = get_size(c, op->dst, op->size);
		if (what != BIT_TEST)
			set_size(c, op->dst, op->size, change_bit(value, number, what));
		flag_set_cf(c, value >> number & 1);
		NEXT;
	}
	uint64_t at = address(c, op);

	if (!(op->flags & OP_IMM))
		at += (uint64_t)((int64_t)sign_extend(offset, op->size) >> __builtin_ctz(bits)) *
		      op->size;
	if (what == BIT_TEST) {
		if (!load_size(c, at, op->size, stack_address(op), &value))
			FAULT;
	} else {
		void *place = modify(c, at, op->size, stack_address(op));

		if (!place)
			FAULT;
		value = 0;
		memcpy(&value, place, op->size);
		uint64_t changed = change_bit(value, number, what);

		memcpy(place, &changed, op->size);
		modify_done(c);
	}
	flag_set_cf(c, value >> number & 1);
	NEXT_MEMORY;
}

HANDLER(bt) { return bit(c, op, BIT_TEST); }
HANDLER(bts) { return bit(c, op, BIT_SET); }
HANDLER(btr) { return bit(c, op, BIT_RESET); }
HANDLER(btc) { return bit(c, op, BIT_COMPLEMENT); }

/* ---- Counting ---- */

static void zf_only(struct cpu *c, bool zf)
{
	flag_load_status(c, (flag_status(c) & ~FLAG_ZF) | (zf ? FLAG_ZF : 0));
}

/* A source of 0 leaves the destination as it is (undefined in the SDM; so do
 * processors), its upper half too. */
#define DEFINE_SCAN(name, expression)                                                          \
	HANDLER(name)                                                                          \
	{                                                                                      \
		uint64_t v;                                                                    \
                                                                                               \
		if (!read_rm(c, op, op->src, op->size, &v))                                    \
			FAULT;                                                                 \
		if (v)                                                                         \
			set_size(c, op->dst, op->size, expression);                            \
		zf_only(c, v == 0);                                                            \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_SCAN(bsf, (uint64_t)__builtin_ctzll(v))
DEFINE_SCAN(bsr, (uint64_t)(63 - __builtin_clzll(v)))

#define DEFINE_COUNT(name, expression)                                                         \
	HANDLER(name)                                                                          \
	{                                                                                      \
		uint64_t v, bits = 8u * op->size;                                              \
                                                                                               \
		if (!read_rm(c, op, op->src, op->size, &v))                                    \
			FAULT;                                                                 \
		uint64_t n = expression;                                                       \
                                                                                               \
		set_size(c, op->dst, op->size, n);                                             \
		flag_load_status(c, (v == 0 ? FLAG_CF : 0) | (n == 0 ? FLAG_ZF : 0));          \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_COUNT(tzcnt, v ? (uint64_t)__builtin_ctzll(v) : bits)
DEFINE_COUNT(lzcnt, v ? (uint64_t)__builtin_clzll(v) - (64 - bits) : bits)

HANDLER(popcnt)
{
	uint64_t v;

	if (!read_rm(c, op, op->src, op->size, &v))
		FAULT;
	set_size(c, op->dst, op->size, (uint64_t)__builtin_popcountll(v));
	flag_load_status(c, v == 0 ? FLAG_ZF : 0);
	NEXT_MEMORY;
}

/* ---- BMI1, BMI2 ---- */

static void bmi_flags(struct cpu *c, uint64_t r, unsigned size, bool cf)
{
	set_result(c, r, size, flag_cf_of(cf, false));
}

HANDLER(andn)
{
	uint64_t v;

	if (!read_rm(c, op, op->third, op->size, &v))
		FAULT;
	uint64_t r = ~get_size(c, op->src, op->size) & v;

	set_size(c, op->dst, op->size, r);
	bmi_flags(c, r, op->size, false);
	NEXT_MEMORY;
}

/* Destination, r/m. */
#define DEFINE_BLS(name, expression, carry)                                                    \
	HANDLER(name)                                                                          \
	{                                                                                      \
		uint64_t v;                                                                    \
                                                                                               \
		if (!read_rm(c, op, op->src, op->size, &v))                                    \
			FAULT;                                                                 \
		uint64_t r = (expression) & size_mask(op->size);                               \
                                                                                               \
		set_size(c, op->dst, op->size, r);                                             \
		bmi_flags(c, r, op->size, carry);                                              \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_BLS(blsi, v & -v, v != 0)
DEFINE_BLS(blsr, v & (v - 1), v == 0)
DEFINE_BLS(blsmsk, v ^ (v - 1), v == 0)

/* Destination, r/m, register. */
HANDLER(bextr)
{
	uint64_t v, control = get_size(c, op->third, op->size);
	unsigned start = control & 255, length = control >> 8 & 255;

	if (!read_rm(c, op, op->src, op->size, &v))
		FAULT;
	uint64_t r = start < 64 ? v >> start : 0;

	if (length < 64)
		r &= (UINT64_C(1) << length) - 1;
	set_size(c, op->dst, op->size, r);
	flag_load_status(c, r == 0 ? FLAG_ZF : 0);
	NEXT_MEMORY;
}

HANDLER(bzhi)
{
	uint64_t v;
	unsigned n = get_size(c, op->third, op->size) & 255;

	if (!read_rm(c, op, op->src, op->size, &v))
		FAULT;
	uint64_t r = n < 8u * op->size ? v & ((UINT64_C(1) << n) - 1) : v;

	set_size(c, op->dst, op->size, r);
	bmi_flags(c, r, op->size, n > 8u * op->size - 1);
	NEXT_MEMORY;
}

#define DEFINE_PLAIN(name, count, expression)                                                  \
	HANDLER(name)                                                                          \
	{                                                                                      \
		uint64_t v;                                                                    \
		unsigned bits = 8u * op->size, n = (unsigned)(count) & (bits - 1);             \
                                                                                               \
		if (!read_rm(c, op, op->src, op->size, &v))                                    \
			FAULT;                                                                 \
		set_size(c, op->dst, op->size, expression);                                    \
		NEXT_MEMORY;                                                                   \
	}
DEFINE_PLAIN(shlx, REG(64, op->third), v << n)
DEFINE_PLAIN(shrx, REG(64, op->third), v >> n)
DEFINE_PLAIN(sarx, REG(64, op->third), (uint64_t)((int64_t)sign_extend(v, bits / 8) >> n))
DEFINE_PLAIN(rorx, op->imm, n ? v >> n | v << (bits - n) : v)

/* Destination, register, r/m: the mask. */
HANDLER(pdep)
{
	uint64_t mask, r = 0, from = get_size(c, op->src, op->size);

	if (!read_rm(c, op, op->third, op->size, &mask))
		FAULT;
	for (; mask; mask &= mask - 1, from >>= 1)
		if (from & 1)
			r |= mask & -mask;
	set_size(c, op->dst, op->size, r);
	NEXT_MEMORY;
}

HANDLER(pext)
{
	uint64_t mask, r = 0, from = get_size(c, op->src, op->size);

	if (!read_rm(c, op, op->third, op->size, &mask))
		FAULT;
	for (unsigned n = 0; mask; mask &= mask - 1, n++)
		if (from & mask & -mask)
			r |= UINT64_C(1) << n;
	set_size(c, op->dst, op->size, r);
	NEXT_MEMORY;
}

HANDLER(mulx)
{
	uint64_t v;

	if (!read_rm(c, op, op->third, op->size, &v))
		FAULT;
	unsigned __int128 r = (unsigned __int128)v * get_size(c, CPU_RDX * 8, op->size);

	/* The low half first: equal destinations hold the high one. */
	set_size(c, op->src, op->size, (uint64_t)r);
	set_size(c, op->dst, op->size, (uint64_t)(r >> (8 * op->size)));
	NEXT_MEMORY;
}

/* ---- Multiplication ---- */

static void product_flags(struct cpu *c, uint64_t low, unsigned size, bool over)
{
	/* SF, ZF, AF, PF are undefined: those of the lower half. */
	set_result(c, low, size, flag_cf_of(over, over));
}

static void set_pair(struct cpu *c, unsigned size, uint64_t low, uint64_t high)
{
	if (size == 1) {
		REG(16, 0) = (uint16_t)((low & 0xff) | high << 8);
		return;
	}
	set_size(c, CPU_RAX * 8, size, low);
	set_size(c, CPU_RDX * 8, size, high);
}

HANDLER(mul)
{
	uint64_t v;

	if (!read_rm(c, op, op->dst, op->size, &v))
		FAULT;
	unsigned __int128 r = (unsigned __int128)v * get_size(c, 0, op->size);
	uint64_t high = (uint64_t)(r >> (8 * op->size));

	set_pair(c, op->size, (uint64_t)r, high);
	product_flags(c, (uint64_t)r, op->size, high != 0);
	NEXT_MEMORY;
}

static bool signed_over(__int128 r, unsigned size)
{
	return r != (__int128)(int64_t)sign_extend((uint64_t)r, size);
}

HANDLER(imul1)
{
	uint64_t v;

	if (!read_rm(c, op, op->dst, op->size, &v))
		FAULT;
	__int128 r = (__int128)(int64_t)sign_extend(v, op->size) *
		     (int64_t)sign_extend(get_size(c, 0, op->size), op->size);

	set_pair(c, op->size, (uint64_t)r, (uint64_t)(r >> (8 * op->size)));
	product_flags(c, (uint64_t)r, op->size, signed_over(r, op->size));
	NEXT_MEMORY;
}

static inline void imul_into(struct cpu *c, const struct op *op, uint64_t a, uint64_t b)
{
	__int128 r = (__int128)(int64_t)sign_extend(a, op->size) *
		     (int64_t)sign_extend(b, op->size);

	set_size(c, op->dst, op->size, (uint64_t)r);
	product_flags(c, (uint64_t)r, op->size, signed_over(r, op->size));
}

HANDLER(imul2)
{
	uint64_t v;

	if (!read_rm(c, op, op->src, op->size, &v))
		FAULT;
	imul_into(c, op, get_size(c, op->dst, op->size), v);
	NEXT_MEMORY;
}

HANDLER(imul3)
{
	uint64_t v;

	if (!read_rm(c, op, op->src, op->size, &v))
		FAULT;
	imul_into(c, op, v, op->imm);
	NEXT_MEMORY;
}

/* ---- Division ---- */

static unsigned __int128 dividend(const struct cpu *c, unsigned size)
{
	if (size == 1)
		return REG(16, 0);
	return (unsigned __int128)get_size(c, CPU_RDX * 8, size) << (8 * size) |
	       get_size(c, 0, size);
}

/* The flags are undefined: as they were. */
HANDLER(divide)
{
	uint64_t v;

	if (!read_rm(c, op, op->dst, op->size, &v))
		FAULT;
	unsigned __int128 a = dividend(c, op->size);

	if (v == 0 || a / v > size_mask(op->size))
		return cpu_raise(c, op, VECTOR_DE);
	set_pair(c, op->size, (uint64_t)(a / v), (uint64_t)(a % v));
	NEXT_MEMORY;
}

HANDLER(divide_signed)
{
	uint64_t v;

	if (!read_rm(c, op, op->dst, op->size, &v))
		FAULT;
	int64_t b = (int64_t)sign_extend(v, op->size);
	unsigned shift = 128 - 16 * op->size;
	__int128 a = (__int128)(dividend(c, op->size) << shift) >> shift;

	/* The one quotient that 128 bits do not hold either. */
	if (b == 0 || (b == -1 && a == (__int128)((unsigned __int128)1 << 127)))
		return cpu_raise(c, op, VECTOR_DE);
	__int128 q = a / b;

	if (signed_over(q, op->size))
		return cpu_raise(c, op, VECTOR_DE);
	set_pair(c, op->size, (uint64_t)q, (uint64_t)(a % b));
	NEXT_MEMORY;
}

/* ---- CRC32 (SDM 2, "CRC32"): the polynomial 11EDC6F41H, bits reflected ---- */

HANDLER(crc32)
{
	uint64_t v;

	if (!read_rm(c, op, op->src, op->source_size, &v))
		FAULT;
	uint32_t crc = REG(32, op->dst);

	for (unsigned i = 0; i < op->source_size; i++) {
		crc ^= (uint8_t)(v >> (8 * i));
		for (unsigned bitno = 0; bitno < 8; bitno++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	REG(64, op->dst) = crc;
	NEXT_MEMORY;
}

static const struct form rows[] = {
	{ ZYDIS_MNEMONIC_BT, "vr", .run = SAME(bt) },
	{ ZYDIS_MNEMONIC_BT, "vi", .run = SAME(bt) },
	{ ZYDIS_MNEMONIC_BTS, "vr", .run = SAME(bts) },
	{ ZYDIS_MNEMONIC_BTS, "vi", .run = SAME(bts) },
	{ ZYDIS_MNEMONIC_BTR, "vr", .run = SAME(btr) },
	{ ZYDIS_MNEMONIC_BTR, "vi", .run = SAME(btr) },
	{ ZYDIS_MNEMONIC_BTC, "vr", .run = SAME(btc) },
	{ ZYDIS_MNEMONIC_BTC, "vi", .run = SAME(btc) },
	{ ZYDIS_MNEMONIC_BSF, "rv", .run = SAME(bsf) },
	{ ZYDIS_MNEMONIC_BSR, "rv", .run = SAME(bsr) },
	{ ZYDIS_MNEMONIC_TZCNT, "rv", .run = SAME(tzcnt) },
	{ ZYDIS_MNEMONIC_LZCNT, "rv", .run = SAME(lzcnt) },
	{ ZYDIS_MNEMONIC_POPCNT, "rv", .run = SAME(popcnt) },
	{ ZYDIS_MNEMONIC_ANDN, "rrv", .run = SAME(andn) },
	{ ZYDIS_MNEMONIC_BLSI, "rv", .run = SAME(blsi) },
	{ ZYDIS_MNEMONIC_BLSR, "rv", .run = SAME(blsr) },
	{ ZYDIS_MNEMONIC_BLSMSK, "rv", .run = SAME(blsmsk) },
	{ ZYDIS_MNEMONIC_BEXTR, "rvr", .run = SAME(bextr) },
	{ ZYDIS_MNEMONIC_BZHI, "rvr", .run = SAME(bzhi) },
	{ ZYDIS_MNEMONIC_SHLX, "rvr", .run = SAME(shlx) },
	{ ZYDIS_MNEMONIC_SHRX, "rvr", .run = SAME(shrx) },
	{ ZYDIS_MNEMONIC_SARX, "rvr", .run = SAME(sarx) },
	{ ZYDIS_MNEMONIC_RORX, "rvi", .run = SAME(rorx) },
	{ ZYDIS_MNEMONIC_PDEP, "rrv", .run = SAME(pdep) },
	{ ZYDIS_MNEMONIC_PEXT, "rrv", .run = SAME(pext) },
	{ ZYDIS_MNEMONIC_MULX, "rrv", .run = SAME(mulx) },
	{ ZYDIS_MNEMONIC_MUL, "v", .run = SAME(mul) },
	{ ZYDIS_MNEMONIC_IMUL, "v", .run = SAME(imul1) },
	{ ZYDIS_MNEMONIC_IMUL, "rv", .run = SAME(imul2) },
	{ ZYDIS_MNEMONIC_IMUL, "rvi", .run = SAME(imul3) },
	{ ZYDIS_MNEMONIC_DIV, "v", .run = SAME(divide) },
	{ ZYDIS_MNEMONIC_IDIV, "v", .run = SAME(divide_signed) },
	{ ZYDIS_MNEMONIC_CRC32, "rv", .run = SAME(crc32) },
};
const struct form_table cpu_forms_bits = FORM_TABLE(rows);
