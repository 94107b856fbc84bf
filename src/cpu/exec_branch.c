/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Jumps, calls and returns. A jump within its page goes straight on to the
 * block it leads to, once that is known: both go with the page when it is
 * written to. Every other one goes by the dispatcher.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

#define PAGE_MASK (PAGE_SIZE_4K - 1)

/* Taken: on to op->imm. */
static inline enum cpu_status branch(struct cpu *c, const struct op *op)
{
	struct block *b = op->link;

	c->left += op->left;
	if (likely(b && c->left >= b->count && !c->stop &&
		   (uintptr_t)__builtin_frame_address(0) > c->stack_floor)) {
		c->left -= b->count;
		return b->op->run(c, b->op);
	}
	c->rip = c->r[CPU_PAGE] + op->imm;
	if (op->imm <= PAGE_MASK)
		c->from = (struct op *)op;
	return CPU_OK;
}

/* The target of a jump must be canonical, or the jump faults (SDM 2, "JMP"). */
static inline bool good_target(const struct cpu *c, uint64_t to)
{
	unsigned shift = mmu_state(c->mmu)->cr4 & CR4_LA57 ? 7 : 16;

	return (uint64_t)((int64_t)(to << shift) >> shift) == to;
}

HANDLER(jmp_j)
{
	return branch(c, op);
}

HANDLER(jmp_v)
{
	uint64_t to;

	if (!read_rm(c, op, op->dst, 8, &to))
		FAULT;
	if (unlikely(!good_target(c, to)))
		return cpu_raise(c, op, VECTOR_GP);
	return cpu_jump(c, op, to);
}

static inline bool push_return(struct cpu *c, const struct op *op)
{
	uint64_t at = c->r[CPU_RSP] - 8;

	if (unlikely(!store64(c, at, true, c->r[CPU_PAGE] + op->start + op->length)))
		return false;
	c->r[CPU_RSP] = at;
	return true;
}

HANDLER(call_j)
{
	if (unlikely(!push_return(c, op)))
		FAULT;
	return branch(c, op);
}

HANDLER(call_v)
{
	uint64_t to;

	if (!read_rm(c, op, op->dst, 8, &to))
		FAULT;
	if (unlikely(!good_target(c, to)))
		return cpu_raise(c, op, VECTOR_GP);
	if (unlikely(!push_return(c, op)))
		FAULT;
	return cpu_jump(c, op, to);
}

static inline enum cpu_status do_return(struct cpu *c, const struct op *op, unsigned extra)
{
	uint64_t to, at = c->r[CPU_RSP];

	if (unlikely(!load64(c, at, true, &to)))
		FAULT;
	if (unlikely(!good_target(c, to)))
		return cpu_raise(c, op, VECTOR_GP);
	c->r[CPU_RSP] = at + 8 + extra;
	return cpu_jump(c, op, to);
}

HANDLER(ret)
{
	return do_return(c, op, 0);
}

HANDLER(ret_i)
{
	return do_return(c, op, (uint16_t)op->imm);
}

#define DEFINE_JCC(name, code)                                                                 \
	HANDLER(jump_##name)                                                                       \
	{                                                                                      \
		if (flag_condition(c, code))                                                   \
			return branch(c, op);                                                  \
		NEXT;                                                                          \
	}
#define CONDITIONS(X)                                                                          \
	X(O, o, 0) X(NO, no, 1) X(B, b, 2) X(NB, nb, 3) X(Z, z, 4) X(NZ, nz, 5) X(BE, be, 6)   \
	X(NBE, nbe, 7) X(S, s, 8) X(NS, ns, 9) X(P, p, 10) X(NP, np, 11) X(L, l, 12)           \
	X(NL, nl, 13) X(LE, le, 14) X(NLE, nle, 15)
#define X(M, name, code) DEFINE_JCC(name, code)
CONDITIONS(X)
#undef X

/* With an address-size prefix the counter is ECX. */
static inline bool count_down(struct cpu *c, const struct op *op)
{
	uint64_t count = c->r[CPU_RCX] - 1;

	c->r[CPU_RCX] = op->flags & OP_ADDR32 ? (uint32_t)count : count;
	return c->r[CPU_RCX] != 0;
}

HANDLER(jrcxz)
{
	if (c->r[CPU_RCX] == 0)
		return branch(c, op);
	NEXT;
}

HANDLER(jecxz)
{
	if ((uint32_t)c->r[CPU_RCX] == 0)
		return branch(c, op);
	NEXT;
}

HANDLER(loop)
{
	if (count_down(c, op))
		return branch(c, op);
	NEXT;
}

HANDLER(loope)
{
	if (count_down(c, op) && flag_zf(c))
		return branch(c, op);
	NEXT;
}

HANDLER(loopne)
{
	if (count_down(c, op) && !flag_zf(c))
		return branch(c, op);
	NEXT;
}

static const struct form rows[] = {
	{ ZYDIS_MNEMONIC_JMP, "j", .ends = true, .run = SAME(jmp_j) },
	{ ZYDIS_MNEMONIC_JMP, "v", .ends = true, .run = { [3] = jmp_v } },
	{ ZYDIS_MNEMONIC_CALL, "j", .ends = true, .run = SAME(call_j) },
	{ ZYDIS_MNEMONIC_CALL, "v", .ends = true, .run = { [3] = call_v } },
	{ ZYDIS_MNEMONIC_RET, "", .ends = true, .run = SAME(ret) },
	{ ZYDIS_MNEMONIC_RET, "i", .ends = true, .run = SAME(ret_i) },
#define X(M, name, code) { ZYDIS_MNEMONIC_J##M, "j", .run = SAME(jump_##name) },
	CONDITIONS(X)
#undef X
	{ ZYDIS_MNEMONIC_JRCXZ, "j", .run = SAME(jrcxz) },
	{ ZYDIS_MNEMONIC_JECXZ, "j", .run = SAME(jecxz) },
	{ ZYDIS_MNEMONIC_LOOP, "j", .run = SAME(loop) },
	{ ZYDIS_MNEMONIC_LOOPE, "j", .run = SAME(loope) },
	{ ZYDIS_MNEMONIC_LOOPNE, "j", .run = SAME(loopne) },
};
const struct form_table cpu_forms_branch = FORM_TABLE(rows);
