/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One x86-64 processor, interpreted: its registers, its decoded instructions,
 * and its way to memory, which is the MMU's.
 */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "cpu/op.h"
#include "machine/machine.h"

#include <eptsim/mmu.h>

enum {
	CPU_RAX, CPU_RCX, CPU_RDX, CPU_RBX, CPU_RSP, CPU_RBP, CPU_RSI, CPU_RDI,
	/* Not registers of the architecture, but terms of addresses. */
	CPU_ZERO = 16, /* always 0 */
	CPU_PAGE,      /* address of the page that holds the instruction */
	CPU_FS, CPU_GS, /* segment bases */
	CPU_REGISTERS
};

union vector {
	uint8_t u8[16];
	uint16_t u16[8];
	uint32_t u32[4];
	uint64_t u64[2];
	float f32[4];
	double f64[2];
};

/* RFLAGS (SDM 1, "EFLAGS Register"). */
#define FLAG_CF (UINT64_C(1) << 0)
#define FLAG_FIXED (UINT64_C(1) << 1)
#define FLAG_PF (UINT64_C(1) << 2)
#define FLAG_AF (UINT64_C(1) << 4)
#define FLAG_ZF (UINT64_C(1) << 6)
#define FLAG_SF (UINT64_C(1) << 7)
#define FLAG_TF (UINT64_C(1) << 8)
#define FLAG_IF (UINT64_C(1) << 9)
#define FLAG_DF (UINT64_C(1) << 10)
#define FLAG_OF (UINT64_C(1) << 11)
#define FLAG_IOPL (UINT64_C(3) << 12)
#define FLAG_NT (UINT64_C(1) << 14)
#define FLAG_RF (UINT64_C(1) << 16)
#define FLAG_AC (UINT64_C(1) << 18)
#define FLAG_ID (UINT64_C(1) << 21)
#define FLAG_STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define VECTOR_DE 0
#define VECTOR_DB 1
#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_NM 7
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19

struct exception {
	uint8_t vector;
	bool has_error_code, trap; /* trap: RIP is behind the instruction */
	uint32_t error_code;
	struct fault fault; /* of an access, if fault.kind is not OUTCOME_OK */
};

/* Host addresses of guest pages (docs/interpreter.md, "Fast path"). */
enum fast_kind { FAST_FETCH, FAST_READ, FAST_WRITE, FAST_KINDS };
#define FAST_PAGES 64u

struct fast_page {
	uint64_t page;        /* GVA; FAST_NONE: empty */
	uintptr_t to_host;    /* host address less GVA */
	uint64_t hits;        /* not yet in the machine's statistics */
	struct code_page *code; /* FAST_FETCH: of the frame, once asked for */
	hpa_t frame;
	uint8_t structure;    /* of the TLB that answers */
};
#define FAST_NONE UINT64_C(1)

/* Most recently used page of a TLB set. */
struct fast_set {
	uint64_t page;
	uint8_t shift;
};

struct code_page;
struct crossing;

struct cpu {
	uint64_t r[CPU_REGISTERS];
	uint64_t rip;
	/* Status flags, not yet worked out (cpu/flags.h), and the other flags. */
	uint64_t result, carries;
	uint64_t flags;
	int64_t left; /* instructions that may still begin */
	bool stop;    /* back to the dispatcher behind this instruction */
	bool fast_off; /* every access by mmu_translate() */
	uintptr_t stack_floor; /* no jump is followed without return below this */
	/* SYSCALL, exceptions and the like go to the caller, not through the IDT. */
	bool imitated;

	uint64_t loaded[2];    /* what a slow load found */
	unsigned char bounce[64]; /* data of a store that no one host pointer covers */
	struct translation bounce_at;
	uint64_t bounce_gva;
	uint32_t bounce_size; /* 0: none under way */

	struct fast_page fast[FAST_KINDS][FAST_PAGES];
	struct fast_set *mru; /* by number of the level-1 TLB set */
	unsigned sets;

	union vector xmm[16];
	union vector vector_source; /* an operand loaded from memory */
	uint32_t mxcsr;
	struct exception exception;
	uint64_t instructions; /* completed */

	struct machine *machine;
	struct mmu *mmu;
	uint64_t xcr0, star, lstar, cstar, fmask, kernel_gs, tsc_aux, tsc_offset;
	uint64_t cr2, cr8, dr[8];
	uint16_t selector[6]; /* by Intel's number: ES, CS, SS, DS, FS, GS */
	uint8_t cpl;

	/* Decoded instructions (cpu/code.c). */
	struct code_page **pages; /* hash by frame */
	struct code_page *dead;   /* written to; freed when nothing runs in it */
	struct op *from;          /* a jump that wants its link */
	struct code_page *from_page;
	struct crossing *crossings;
	uint16_t *first_form; /* by mnemonic: chain of rows */
	uint16_t *next_form;
	void *decoder;
};

/* False with a message. `m` must outlive it. */
bool cpu_init(struct cpu *c, struct machine *m, struct error *err)
	__attribute__((warn_unused_result));
void cpu_destroy(struct cpu *c); /* right for all zero bytes */

/* Runs up to `count` instructions. */
enum cpu_status cpu_run(struct cpu *c, uint64_t count);

uint64_t cpu_flags(const struct cpu *c);
void cpu_set_flags(struct cpu *c, uint64_t value);

/* Tells the MMU of CPL, RFLAGS.AC and PKRU. */
void cpu_privilege_changed(struct cpu *c);
/* The MMU's state or what it holds changed: forget host addresses. */
void cpu_forget_pages(struct cpu *c);
/* Puts the hits of the fast path into the machine's statistics. */
void cpu_settle(struct cpu *c);

#endif
