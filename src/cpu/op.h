/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A decoded instruction, ready to run, and the table of forms that says which
 * handler runs it.
 */
#ifndef CPU_OP_H
#define CPU_OP_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;
struct op;
struct block;

enum cpu_status {
	CPU_OK,        /* the budget is used up */
	CPU_EXCEPTION, /* cpu->exception says which; the instruction has changed nothing */
	CPU_EXIT,      /* a VM exit for an access: cpu->exception.fault */
	CPU_SYSCALL,   /* SYSCALL, with an imitated kernel; RIP is behind it */
	CPU_HALT,      /* HLT; RIP is behind it */
};

/* Runs the instruction and, by a tail call, those behind it in the block. */
typedef enum cpu_status cpu_handler(struct cpu *c, const struct op *op);

struct op {
	cpu_handler *run;
	uint64_t imm;       /* of a jump: its target less the page's address */
	int64_t disp;       /* RIP-relative: less the page's address */
	struct block *link; /* of a jump within the page: where it leads, once known */
	uint8_t dst, src, third; /* registers, as byte offsets into their file */
	uint8_t base, index;     /* registers of the address, as numbers */
	uint8_t scale, segment;
	uint8_t size;       /* operand size in bytes */
	uint8_t source_size; /* of a source that differs */
	uint8_t flags;
	uint8_t condition;  /* of jcc, setcc, cmovcc: bits 3:0 of the opcode */
	uint8_t length;     /* bytes */
	uint16_t start;     /* offset in its page */
	uint8_t left;       /* instructions behind it in the block */
};

enum op_flag {
	OP_MEMORY = 1,  /* the r/m operand is in memory */
	OP_SPECIAL = 2, /* the address has a segment base or is 32 bits wide */
	OP_ADDR32 = 4,
	OP_REP = 8,     /* REP or REPE */
	OP_REPNE = 16,
	OP_STACK = 32,  /* the address is based on RSP or RBP: #SS, not #GP */
	OP_IMM = 64,    /* the source is an immediate */
	OP_STORE = 128, /* the r/m operand is the destination */
};

/* One row of the table of forms. */
struct form {
	uint16_t mnemonic; /* ZydisMnemonic */
	/* Visible operands, a letter each: r general register, m memory, v either,
	 * x SSE register, w SSE register or memory, i immediate, j branch target, s
	 * segment, c control or debug register. */
	char shape[5];
	uint8_t key;      /* which operand's size chooses the handler, from 0 */
	uint8_t source;   /* sources of this size only, in bytes; 0: any */
	bool ends;        /* no instruction behind it can be in its block */
	cpu_handler *run[4]; /* by size 1, 2, 4, 8; null: no such form */
};

#define SIZES(f) { f##8, f##16, f##32, f##64 }
#define SAME(f) { f, f, f, f }

struct form_table {
	const struct form *row;
	unsigned count;
};
#define FORM_TABLE(rows) { rows, sizeof(rows) / sizeof *(rows) }

extern const struct form_table *const cpu_forms[];
extern const unsigned cpu_form_tables;

#define FORM_TABLES(X) X(alu) X(move) X(branch) X(shift) X(bits) X(string) X(system)
#define X(name) extern const struct form_table cpu_forms_##name;
FORM_TABLES(X)
#undef X

#endif
