/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Moving data: MOV and its relatives, the stack, conditional moves.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

#define DEFINE_MOV(bits)                                                                       \
	HANDLER(mov_rr##bits)                                                                  \
	{                                                                                      \
		set##bits(c, op->dst, REG(bits, op->src));                                     \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(mov_ri##bits)                                                                  \
	{                                                                                      \
		set##bits(c, op->dst, (uint##bits##_t)op->imm);                                \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(mov_rm##bits)                                                                  \
	{                                                                                      \
		uint##bits##_t value;                                                          \
                                                                                               \
		LOAD(bits, value);                                                             \
		set##bits(c, op->dst, value);                                                  \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(mov_mr##bits)                                                                  \
	{                                                                                      \
		STORE(bits, REG(bits, op->src));                                               \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(mov_mi##bits)                                                                  \
	{                                                                                      \
		STORE(bits, (uint##bits##_t)op->imm);                                          \
		NEXT_MEMORY;                                                                   \
	}
#define DEFINE_WIDE(bits) \
	HANDLER(movbe_rm##bits)                                                                \
	{                                                                                      \
		uint##bits##_t value;                                                          \
                                                                                               \
		LOAD(bits, value);                                                             \
		set##bits(c, op->dst, SWAP(bits, value));                                      \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(movbe_mr##bits)                                                                \
	{                                                                                      \
		STORE(bits, SWAP(bits, REG(bits, op->src)));                                   \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	HANDLER(lea##bits)                                                                     \
	{                                                                                      \
		set##bits(c, op->dst, (uint##bits##_t)offset_of(c, op));                       \
		NEXT;                                                                          \
	}
#define SWAP16(x) __builtin_bswap16(x)
#define SWAP32(x) __builtin_bswap32(x)
#define SWAP64(x) __builtin_bswap64(x)
#define SWAP(bits, x) SWAP##bits(x)
DEFINE_MOV(8)
DEFINE_MOV(16)
DEFINE_MOV(32)
DEFINE_MOV(64)
DEFINE_WIDE(16)
DEFINE_WIDE(32)
DEFINE_WIDE(64)

/* MOVZX, MOVSX, MOVSXD: from size, to size. */
#define DEFINE_EXTEND(name, type, from, to)                                                    \
	HANDLER(name##from##_r##to)                                                            \
	{                                                                                      \
		set##to(c, op->dst, (uint##to##_t)(type##from##_t)REG(from, op->src));         \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(name##from##_m##to)                                                            \
	{                                                                                      \
		uint##from##_t value;                                                          \
                                                                                               \
		LOAD(from, value);                                                             \
		set##to(c, op->dst, (uint##to##_t)(type##from##_t)value);                      \
		NEXT_MEMORY;                                                                   \
	}
#define DEFINE_EXTENDS(name, type)                                                             \
	DEFINE_EXTEND(name, type, 8, 16)                                                       \
	DEFINE_EXTEND(name, type, 8, 32)                                                       \
	DEFINE_EXTEND(name, type, 8, 64)                                                       \
	DEFINE_EXTEND(name, type, 16, 16)                                                      \
	DEFINE_EXTEND(name, type, 16, 32)                                                      \
	DEFINE_EXTEND(name, type, 16, 64)
DEFINE_EXTENDS(movzx, uint)
DEFINE_EXTENDS(movsx, int)
DEFINE_EXTEND(movsx, int, 32, 32)
DEFINE_EXTEND(movsx, int, 32, 64)

HANDLER(bswap)
{
	if (op->size == 8)
		REG(64, op->dst) = __builtin_bswap64(REG(64, op->dst));
	else if (op->size == 4)
		set32(c, op->dst, __builtin_bswap32(REG(32, op->dst)));
	else
		set16(c, op->dst, 0); /* undefined; what processors do */
	NEXT;
}

HANDLER(xlat)
{
	uint64_t at = c->r[CPU_RBX] + (uint8_t)c->r[CPU_RAX];
	uint8_t value;

	if (op->flags & OP_ADDR32)
		at = (uint32_t)at;
	if (!load8(c, at + c->r[op->segment], false, &value))
		FAULT;
	REG(8, CPU_RAX * 8) = value;
	NEXT_MEMORY;
}

/* CBW, CWDE, CDQE by destination, CWD, CDQ, CQO by source. */
HANDLER(cbw) { REG(16, 0) = (uint16_t)(int8_t)REG(8, 0); NEXT; }
HANDLER(cwde) { set32(c, 0, (uint32_t)(int16_t)REG(16, 0)); NEXT; }
HANDLER(cdqe) { REG(64, 0) = (uint64_t)(int32_t)REG(32, 0); NEXT; }
HANDLER(cwd) { REG(16, 8 * CPU_RDX) = (uint16_t)((int16_t)REG(16, 0) >> 15); NEXT; }
HANDLER(cdq) { set32(c, 8 * CPU_RDX, (uint32_t)((int32_t)REG(32, 0) >> 31)); NEXT; }
HANDLER(cqo) { REG(64, 8 * CPU_RDX) = (uint64_t)((int64_t)REG(64, 0) >> 63); NEXT; }

/* ---- Conditional ---- */

#define DEFINE_CONDITIONAL(name, code)                                                         \
	HANDLER(set##name##_r)                                                                 \
	{                                                                                      \
		REG(8, op->dst) = flag_condition(c, code);                                     \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(set##name##_m)                                                                 \
	{                                                                                      \
		STORE(8, flag_condition(c, code));                                             \
		NEXT_MEMORY;                                                                   \
	}                                                                                      \
	DEFINE_CMOV(name, code, 16)                                                            \
	DEFINE_CMOV(name, code, 32)                                                            \
	DEFINE_CMOV(name, code, 64)
/* The memory operand is read, and a 32-bit destination's upper half cleared,
 * whatever the condition (SDM 2, "CMOVcc"). */
#define DEFINE_CMOV(name, code, bits)                                                          \
	HANDLER(cmov##name##_rr##bits)                                                         \
	{                                                                                      \
		bool yes = flag_condition(c, code);                                            \
                                                                                               \
		set##bits(c, op->dst, yes ? REG(bits, op->src) : REG(bits, op->dst));          \
		NEXT;                                                                          \
	}                                                                                      \
	HANDLER(cmov##name##_rm##bits)                                                         \
	{                                                                                      \
		uint##bits##_t value;                                                          \
                                                                                               \
		LOAD(bits, value);                                                             \
		set##bits(c, op->dst, flag_condition(c, code) ? value : REG(bits, op->dst));   \
		NEXT_MEMORY;                                                                   \
	}
/* mnemonic suffix, name, code */
#define CONDITIONS(X)                                                                          \
	X(O, o, 0) X(NO, no, 1) X(B, b, 2) X(NB, nb, 3) X(Z, z, 4) X(NZ, nz, 5) X(BE, be, 6)   \
	X(NBE, nbe, 7) X(S, s, 8) X(NS, ns, 9) X(P, p, 10) X(NP, np, 11) X(L, l, 12)           \
	X(NL, nl, 13) X(LE, le, 14) X(NLE, nle, 15)
#define X(M, name, code) DEFINE_CONDITIONAL(name, code)
CONDITIONS(X)
#undef X

/* ---- The stack ---- */

HANDLER(push_r64)
{
	uint64_t at = c->r[CPU_RSP] - 8;

	if (unlikely(!store64(c, at, true, REG(64, op->dst))))
		FAULT;
	c->r[CPU_RSP] = at;
	NEXT_MEMORY;
}

HANDLER(push_i)
{
	uint64_t at = c->r[CPU_RSP] - op->size;

	if (!store_size(c, at, op->size, true, op->imm))
		FAULT;
	c->r[CPU_RSP] = at;
	NEXT_MEMORY;
}

HANDLER(push_v)
{
	uint64_t at = c->r[CPU_RSP] - op->size, value;

	if (!read_rm(c, op, op->dst, op->size, &value) ||
	    !store_size(c, at, op->size, true, value))
		FAULT;
	c->r[CPU_RSP] = at;
	NEXT_MEMORY;
}

HANDLER(pop_r64)
{
	uint64_t value, at = c->r[CPU_RSP];

	if (unlikely(!load64(c, at, true, &value)))
		FAULT;
	c->r[CPU_RSP] = at + 8;
	REG(64, op->dst) = value;
	NEXT_MEMORY;
}

HANDLER(pop_r16)
{
	uint16_t value;
	uint64_t at = c->r[CPU_RSP];

	if (!load16(c, at, true, &value))
		FAULT;
	c->r[CPU_RSP] = at + 2;
	REG(16, op->dst) = value;
	NEXT_MEMORY;
}

/* The address is that after the increment of RSP (SDM 2, "POP"). */
HANDLER(pop_m)
{
	uint64_t value, before = c->r[CPU_RSP];

	if (!load_size(c, before, op->size, true, &value))
		FAULT;
	c->r[CPU_RSP] = before + op->size;
	bool good = store_size(c, address(c, op), op->size, stack_address(op), value);

	if (!good) {
		c->r[CPU_RSP] = before;
		FAULT;
	}
	NEXT_MEMORY;
}

HANDLER(pushf)
{
	uint64_t at = c->r[CPU_RSP] - op->size;

	/* SDM 2, "PUSHF": VM and RF are cleared in the image. */
	if (!store_size(c, at, op->size, true, cpu_flags(c) & 0xfcffff))
		FAULT;
	c->r[CPU_RSP] = at;
	NEXT_MEMORY;
}

HANDLER(popf)
{
	uint64_t value, old = cpu_flags(c);
	uint64_t change = FLAG_STATUS | FLAG_TF | FLAG_DF | FLAG_NT | FLAG_AC | FLAG_ID;

	if (!load_size(c, c->r[CPU_RSP], op->size, true, &value))
		FAULT;
	if (c->cpl <= (old & FLAG_IOPL) >> 12)
		change |= FLAG_IF;
	if (c->cpl == 0)
		change |= FLAG_IOPL;
	if (op->size == 2)
		change &= 0xffff;
	c->r[CPU_RSP] += op->size;
	cpu_set_flags(c, ((old & ~change) | (value & change)) & ~FLAG_RF);
	NEXT_MEMORY;
}

HANDLER(leave)
{
	uint64_t value, at = c->r[CPU_RBP];

	if (!load_size(c, at, op->size, true, &value))
		FAULT;
	c->r[CPU_RSP] = at + op->size;
	set_size(c, CPU_RBP * 8, op->size, value);
	NEXT_MEMORY;
}

/* SDM 2, "ENTER": everything is pushed before a register changes. */
HANDLER(enter)
{
	unsigned room = op->imm & 0xffff, level = op->imm >> 16 & 31, size = op->size;
	uint64_t sp = c->r[CPU_RSP] - size, bp = c->r[CPU_RBP], value;
	uint64_t frame = sp;

	if (!store_size(c, sp, size, true, bp))
		FAULT;
	for (unsigned i = 1; i < level; i++) {
		bp -= size;
		sp -= size;
		if (!load_size(c, bp, size, true, &value) || !store_size(c, sp, size, true, value))
			FAULT;
	}
	if (level) {
		sp -= size;
		if (!store_size(c, sp, size, true, frame))
			FAULT;
	}
	/* The new top of the stack must be writable (ibid.). */
	void *top = modify(c, sp - room, size, true);

	if (!top)
		FAULT;
	modify_done(c);
	set_size(c, CPU_RBP * 8, size, frame);
	c->r[CPU_RSP] = sp - room;
	NEXT_MEMORY;
}

/* ---- Flags ---- */

HANDLER(lahf)
{
	REG(8, 1) = (uint8_t)((flag_status(c) & 0xd5) | FLAG_FIXED);
	NEXT;
}

HANDLER(sahf)
{
	flag_load_status(c, (flag_status(c) & FLAG_OF) | (REG(8, 1) & 0xd5));
	NEXT;
}

HANDLER(clc) { flag_set_cf(c, false); NEXT; }
HANDLER(stc) { flag_set_cf(c, true); NEXT; }
HANDLER(cld) { c->flags &= ~FLAG_DF; NEXT; }
HANDLER(std) { c->flags |= FLAG_DF; NEXT; }

HANDLER(cmc)
{
	c->carries ^= CARRY_OUT | CARRY_IN;
	NEXT;
}

HANDLER(nop)
{
	NEXT;
}

#define NO8(f) { NULL, f##16, f##32, f##64 }
#define EXTEND(M, name, from, shape, s)                                                        \
	{ ZYDIS_MNEMONIC_##M, shape, .source = from / 8,                                       \
	  .run = { NULL, name##from##_##s##16, name##from##_##s##32, name##from##_##s##64 } }
#define movsx32_r16 NULL
#define movsx32_m16 NULL

static const struct form rows[] = {
	{ ZYDIS_MNEMONIC_MOV, "rr", .run = SIZES(mov_rr) },
	{ ZYDIS_MNEMONIC_MOV, "ri", .run = SIZES(mov_ri) },
	{ ZYDIS_MNEMONIC_MOV, "rm", .run = SIZES(mov_rm) },
	{ ZYDIS_MNEMONIC_MOV, "mr", .run = SIZES(mov_mr) },
	{ ZYDIS_MNEMONIC_MOV, "mi", .run = SIZES(mov_mi) },
	{ ZYDIS_MNEMONIC_MOVNTI, "mr", .run = NO8(mov_mr) },
	{ ZYDIS_MNEMONIC_MOVBE, "rm", .run = NO8(movbe_rm) },
	{ ZYDIS_MNEMONIC_MOVBE, "mr", .run = NO8(movbe_mr) },
	{ ZYDIS_MNEMONIC_LEA, "rm", .run = NO8(lea) },
	EXTEND(MOVZX, movzx, 8, "rr", r),
	EXTEND(MOVZX, movzx, 8, "rm", m),
	EXTEND(MOVZX, movzx, 16, "rr", r),
	EXTEND(MOVZX, movzx, 16, "rm", m),
	EXTEND(MOVSX, movsx, 8, "rr", r),
	EXTEND(MOVSX, movsx, 8, "rm", m),
	EXTEND(MOVSX, movsx, 16, "rr", r),
	EXTEND(MOVSX, movsx, 16, "rm", m),
	EXTEND(MOVSXD, movsx, 16, "rr", r),
	EXTEND(MOVSXD, movsx, 16, "rm", m),
	EXTEND(MOVSXD, movsx, 32, "rr", r),
	EXTEND(MOVSXD, movsx, 32, "rm", m),
	{ ZYDIS_MNEMONIC_BSWAP, "r", .run = SAME(bswap) },
	{ ZYDIS_MNEMONIC_XLAT, "", .run = SAME(xlat) },
	{ ZYDIS_MNEMONIC_CBW, "", .run = SAME(cbw) },
	{ ZYDIS_MNEMONIC_CWDE, "", .run = SAME(cwde) },
	{ ZYDIS_MNEMONIC_CDQE, "", .run = SAME(cdqe) },
	{ ZYDIS_MNEMONIC_CWD, "", .run = SAME(cwd) },
	{ ZYDIS_MNEMONIC_CDQ, "", .run = SAME(cdq) },
	{ ZYDIS_MNEMONIC_CQO, "", .run = SAME(cqo) },
#define X(M, name, code)                                                                       \
	{ ZYDIS_MNEMONIC_SET##M, "r", .run = SAME(set##name##_r) },                            \
	{ ZYDIS_MNEMONIC_SET##M, "m", .run = SAME(set##name##_m) },                            \
	{ ZYDIS_MNEMONIC_CMOV##M, "rr", .run = NO8(cmov##name##_rr) },                         \
	{ ZYDIS_MNEMONIC_CMOV##M, "rm", .run = NO8(cmov##name##_rm) },
	CONDITIONS(X)
#undef X
	{ ZYDIS_MNEMONIC_PUSH, "r", .run = { NULL, push_v, NULL, push_r64 } },
	{ ZYDIS_MNEMONIC_PUSH, "m", .run = SAME(push_v) },
	{ ZYDIS_MNEMONIC_PUSH, "i", .run = SAME(push_i) },
	{ ZYDIS_MNEMONIC_POP, "r", .run = { NULL, pop_r16, NULL, pop_r64 } },
	{ ZYDIS_MNEMONIC_POP, "m", .run = SAME(pop_m) },
	{ ZYDIS_MNEMONIC_PUSHF, "", .run = SAME(pushf) },
	{ ZYDIS_MNEMONIC_PUSHFQ, "", .run = SAME(pushf) },
	{ ZYDIS_MNEMONIC_POPF, "", .ends = true, .run = SAME(popf) },
	{ ZYDIS_MNEMONIC_POPFQ, "", .ends = true, .run = SAME(popf) },
	{ ZYDIS_MNEMONIC_LEAVE, "", .run = SAME(leave) },
	{ ZYDIS_MNEMONIC_ENTER, "ii", .run = SAME(enter) },
	{ ZYDIS_MNEMONIC_LAHF, "", .run = SAME(lahf) },
	{ ZYDIS_MNEMONIC_SAHF, "", .run = SAME(sahf) },
	{ ZYDIS_MNEMONIC_CLC, "", .run = SAME(clc) },
	{ ZYDIS_MNEMONIC_STC, "", .run = SAME(stc) },
	{ ZYDIS_MNEMONIC_CMC, "", .run = SAME(cmc) },
	{ ZYDIS_MNEMONIC_CLD, "", .run = SAME(cld) },
	{ ZYDIS_MNEMONIC_STD, "", .run = SAME(std) },
	{ ZYDIS_MNEMONIC_NOP, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_NOP, "v", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_NOP, "vr", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PAUSE, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_ENDBR64, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_LFENCE, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_MFENCE, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_SFENCE, "", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PREFETCHT0, "m", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PREFETCHT1, "m", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PREFETCHT2, "m", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PREFETCHNTA, "m", .run = SAME(nop) },
	{ ZYDIS_MNEMONIC_PREFETCHW, "m", .run = SAME(nop) },
};
const struct form_table cpu_forms_move = FORM_TABLE(rows);
