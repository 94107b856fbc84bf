/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmxlist/code.h"

#include <string.h>

#define MODRM_RDI 0x07 /* [rdi], register or opcode extension 0 */
#define MODRM_RSP 0x04 /* with SIB_RSP: [rsp] */
#define SIB_RSP 0x24
#define OPERAND_16 0x66
#define REX_W 0x48

static void put(struct code *c, unsigned byte)
{
	c->bytes[c->size++] = (uint8_t)byte;
}

/* ModRM of [rdi] or [rsp]; a base of rsp makes it a stack access. */
static void put_address(struct code *c, const struct access *a, unsigned extension)
{
	if (a->stack) {
		put(c, MODRM_RSP | extension << 3);
		put(c, SIB_RSP);
	} else {
		put(c, MODRM_RDI | extension << 3);
	}
}

/* One byte of opcode, its even form for 8-bit operands. */
static void put_integer(struct code *c, const struct access *a, unsigned opcode)
{
	if (a->size == 2)
		put(c, OPERAND_16);
	if (a->size == 8)
		put(c, REX_W);
	put(c, a->size == 1 ? opcode & ~1u : opcode);
	put_address(c, a, 0);
}

static void put_vector(struct code *c, const struct access *a)
{
	bool write = a->type == ACCESS_WRITE;

	c->data_in_xmm = true;
	if (a->size == 8)
		put(c, write ? 0x66 : 0xf3); /* MOVQ */
	put(c, 0x0f);
	if (a->size == 8)
		put(c, write ? 0xd6 : 0x7e);
	else
		put(c, write ? 0x11 : 0x10); /* MOVUPS */
	put_address(c, a, 0);
}

/* CMPXCHG8B, CMPXCHG16B */
static const char *exchange(struct code *c, const struct access *a)
{
	if (a->size == 16 && a->gva.v & 15)
		return "a 16-byte read-modify-write that is not aligned";
	if (a->size == 16)
		put(c, REX_W);
	put(c, 0x0f);
	put(c, 0xc7);
	put_address(c, a, 1);
	return NULL;
}

static const char *shadow_stack(struct code *c, const struct access *a, bool long_mode)
{
	bool wide = a->size == 8;

	/* RSTORSSP and its like read first, and write only what they like. */
	if (a->type == ACCESS_RMW)
		return "a read-modify-write of a shadow stack";
	if ((a->size != 4 && !wide) || a->gva.v & (a->size - 1))
		return "a shadow-stack access that no instruction makes";
	if (wide && !long_mode)
		return "an 8-byte shadow-stack access outside 64-bit mode";
	if (a->type == ACCESS_READ) { /* INCSSPD, INCSSPQ eax */
		if (a->user)
			return "a read with the user's rights";
		put(c, 0xf3);
		if (wide)
			put(c, REX_W);
		put(c, 0x0f);
		put(c, 0xae);
		put(c, 0xe8);
		return NULL;
	}
	if (a->user) /* WRUSS; else WRSS */
		put(c, OPERAND_16);
	if (wide)
		put(c, REX_W);
	put(c, 0x0f);
	put(c, 0x38);
	put(c, a->user ? 0xf5 : 0xf6);
	put(c, MODRM_RDI);
	return NULL;
}

static const char *implicit(struct code *c, const struct access *a, bool protected_mode)
{
	if (a->type != ACCESS_READ || a->size != 8)
		return "an implicit access other than the read of a descriptor";
	if (!protected_mode)
		return "a descriptor's read in real-address mode";
	c->lar = true; /* LAR eax, ecx */
	put(c, 0x0f);
	put(c, 0x02);
	put(c, 0xc1);
	return NULL;
}

static const char *fetch(struct code *c, const struct access *a)
{
	if (a->size > CODE_MAX)
		return "a fetch of more bytes than an instruction has";
	while (c->size + 1 < a->size)
		put(c, OPERAND_16);
	return NULL;
}

const char *code_for_access(const struct access *a, bool long_mode, bool protected_mode,
			    struct code *c)
{
	const char *why = NULL;
	bool integer = a->size == 1 || a->size == 2 || a->size == 4 || (a->size == 8 && long_mode);

	memset(c, 0, sizeof(*c));
	if (a->type == ACCESS_FETCH)
		why = fetch(c, a);
	else if (a->shadow_stack)
		why = shadow_stack(c, a, long_mode);
	else if (a->implicit)
		why = implicit(c, a, protected_mode);
	else if (integer)
		put_integer(c, a, a->type == ACCESS_READ ? 0x8b : a->type == ACCESS_WRITE ? 0x89 : 0x09);
	else if (a->size != 8 && a->size != 16)
		why = "an access of a size that no instruction has";
	else if (a->type == ACCESS_RMW)
		why = a->size == 16 && !long_mode ? "a 16-byte read-modify-write outside 64-bit mode" :
						    exchange(c, a);
	else
		put_vector(c, a);
	c->bytes[c->size] = CODE_INT3;
	return why;
}

void code_mov_cr3(struct code *c)
{
	*c = (struct code){ .bytes = { 0x0f, 0x22, 0xd8, CODE_INT3 }, .size = 3 };
}

void code_jump(struct code *c)
{
	*c = (struct code){ .bytes = { 0xff, 0xe7, CODE_INT3 }, .size = 2 };
}
