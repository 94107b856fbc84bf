/* SPDX-License-Identifier: BSD-2-Clause
 *
 * String instructions. With REP each iteration is complete in itself: a fault in
 * one leaves those before it done and RIP at the instruction (SDM 2, "REP").
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

enum string_status { STRING_DONE, STRING_GO_ON, STRING_FAULT };

static uint64_t masked(const struct op *op, uint64_t v)
{
	return op->flags & OP_ADDR32 ? (uint32_t)v : v;
}

static uint64_t source(const struct cpu *c, const struct op *op)
{
	return masked(op, c->r[CPU_RSI]) + c->r[op->segment];
}

static uint64_t destination(const struct cpu *c, const struct op *op)
{
	return masked(op, c->r[CPU_RDI]);
}

static void advance(struct cpu *c, const struct op *op, unsigned reg)
{
	uint64_t by = c->flags & FLAG_DF ? (uint64_t)-(int64_t)op->size : op->size;

	c->r[reg] = masked(op, c->r[reg] + by);
}

static void compare(struct cpu *c, uint64_t a, uint64_t b, unsigned size)
{
	uint64_t r = a - b;

	set_result(c, r, size, flag_carries((~a & b) | ((~a | b) & r), 8 * size));
}

typedef bool string_step(struct cpu *c, const struct op *op);

static bool movs_step(struct cpu *c, const struct op *op)
{
	uint64_t value;

	if (!load_size(c, source(c, op), op->size, false, &value) ||
	    !store_size(c, destination(c, op), op->size, false, value))
		return false;
	advance(c, op, CPU_RSI);
	advance(c, op, CPU_RDI);
	return true;
}

static bool stos_step(struct cpu *c, const struct op *op)
{
	if (!store_size(c, destination(c, op), op->size, false, c->r[CPU_RAX]))
		return false;
	advance(c, op, CPU_RDI);
	return true;
}

static bool lods_step(struct cpu *c, const struct op *op)
{
	uint64_t value;

	if (!load_size(c, source(c, op), op->size, false, &value))
		return false;
	set_size(c, 0, op->size, value);
	advance(c, op, CPU_RSI);
	return true;
}

static bool cmps_step(struct cpu *c, const struct op *op)
{
	uint64_t a, b;

	if (!load_size(c, source(c, op), op->size, false, &a) ||
	    !load_size(c, destination(c, op), op->size, false, &b))
		return false;
	compare(c, a, b, op->size);
	advance(c, op, CPU_RSI);
	advance(c, op, CPU_RDI);
	return true;
}

static bool scas_step(struct cpu *c, const struct op *op)
{
	uint64_t b;

	if (!load_size(c, destination(c, op), op->size, false, &b))
		return false;
	compare(c, get_size(c, 0, op->size), b, op->size);
	advance(c, op, CPU_RDI);
	return true;
}

/* `compares`: REPE and REPNE look at ZF. */
static inline enum cpu_status string(struct cpu *c, const struct op *op, string_step *step,
				     bool compares)
{
	if (!(op->flags & (OP_REP | OP_REPNE))) {
		if (!step(c, op))
			FAULT;
		NEXT_MEMORY;
	}
	uint64_t result = c->result, carries = c->carries;

	while (masked(op, c->r[CPU_RCX]) != 0) {
		if (!step(c, op)) {
			/* SDM 2, "REP": a fault restores EFLAGS. */
			c->result = result;
			c->carries = carries;
			FAULT;
		}
		c->r[CPU_RCX] = masked(op, c->r[CPU_RCX] - 1);
		if (compares && flag_zf(c) == !!(op->flags & OP_REPNE))
			break;
	}
	NEXT_MEMORY;
}

HANDLER(movs) { return string(c, op, movs_step, false); }
HANDLER(stos) { return string(c, op, stos_step, false); }
HANDLER(lods) { return string(c, op, lods_step, false); }
HANDLER(cmps) { return string(c, op, cmps_step, true); }
HANDLER(scas) { return string(c, op, scas_step, true); }

#define STRING(M, name)                                                                        \
	{ ZYDIS_MNEMONIC_##M##B, "", .run = SAME(name) },                                      \
	{ ZYDIS_MNEMONIC_##M##W, "", .run = SAME(name) },                                      \
	{ ZYDIS_MNEMONIC_##M##D, "", .run = SAME(name) },                                      \
	{ ZYDIS_MNEMONIC_##M##Q, "", .run = SAME(name) }

static const struct form rows[] = {
	STRING(MOVS, movs), STRING(STOS, stos), STRING(LODS, lods), STRING(CMPS, cmps),
	STRING(SCAS, scas),
};
const struct form_table cpu_forms_string = FORM_TABLE(rows);
