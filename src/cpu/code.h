/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decoded instructions: basic blocks, kept by the physical page that holds
 * them. A page that is written to loses all of its blocks; its attribute byte
 * (ARENA_CODE) is what makes every write look.
 */
#ifndef CPU_CODE_H
#define CPU_CODE_H

#include "cpu/cpu.h"

#define BLOCK_MAX 64 /* instructions */
#define INSTRUCTION_MAX 15 /* bytes */

struct block {
	uint8_t count; /* instructions; behind them one op that leaves the block */
	struct op op[];
};

struct code_page {
	hpa_t frame;
	struct code_page *next;        /* of the hash chain, or of the dead */
	struct block *at[PAGE_SIZE_4K]; /* by offset of the first instruction */
};

/* An instruction that crosses a page: decoded again when its bytes differ. */
struct crossing {
	uint8_t length;
	unsigned char bytes[INSTRUCTION_MAX];
	struct op op[2];
};

struct code_page *code_page_find(struct cpu *c, hpa_t frame);
/* The block that begins at `offset`, decoded if need be. Null: its first
 * instruction crosses the page. */
struct block *code_block(struct cpu *c, struct code_page *p, unsigned offset);
/* One instruction, and behind it the op that leaves: cpu_step(). */
void code_one(struct cpu *c, const unsigned char *bytes, unsigned size, unsigned offset,
	      struct op op[2]);

/* The frame is about to be written. */
void code_written(struct cpu *c, hpa_t at);
/* Frees what was written to; nothing may run in it. */
void code_bury(struct cpu *c);
bool code_init(struct cpu *c);
void code_free(struct cpu *c);

/* Decodes up to `size` bytes (at most 15) as an instruction at `offset` of its
 * page. Returns its length, 0 if more bytes are needed. Whatever they are, `op`
 * runs: #UD, if need be. *ends: nothing behind it belongs to the block. */
unsigned decode_op(struct cpu *c, const unsigned char *bytes, unsigned size, unsigned offset,
		   struct op *op, bool *ends);
/* Makes and frees the decoder and its index of the forms. */
bool decode_init(struct cpu *c);
void decode_free(struct cpu *c);

/* Leaves the block, RIP at op->start (cpu/run.c). */
cpu_handler op_leave;
/* #UD. */
cpu_handler op_undefined;

/* Access-level services of cpu/access.c. */
bool cpu_translate(struct cpu *c, const struct access *a, struct translation *t)
	__attribute__((warn_unused_result));
/* Writes to this frame are to be seen from now on. */
void cpu_forget_frame(struct cpu *c, const unsigned char *frame);

#endif
