/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From bytes to an op: Zydis says what they are, the table of forms who runs it.
 */
#include "cpu/code.h"

#include <Zydis/Zydis.h>
#include <stdlib.h>
#include <string.h>

#define NO_FORM UINT16_MAX
#define MNEMONICS (ZYDIS_MNEMONIC_MAX_VALUE + 1)

static const struct form *form_at(unsigned number)
{
	for (unsigned i = 0; i < cpu_form_tables; i++) {
		if (number < cpu_forms[i]->count)
			return &cpu_forms[i]->row[number];
		number -= cpu_forms[i]->count;
	}
	return NULL;
}

bool decode_init(struct cpu *c)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < cpu_form_tables; i++)
		rows += cpu_forms[i]->count;
	c->decoder = malloc(sizeof(ZydisDecoder));
	c->first_form = malloc(MNEMONICS * sizeof *c->first_form);
	c->next_form = malloc(rows * sizeof *c->next_form);
	if (!c->decoder || !c->first_form || !c->next_form)
		return false;
	memset(c->first_form, 0xff, MNEMONICS * sizeof *c->first_form);
	for (unsigned i = rows; i-- > 0;) {
		const struct form *f = form_at(i);

		c->next_form[i] = c->first_form[f->mnemonic];
		c->first_form[f->mnemonic] = (uint16_t)i;
	}
	return ZYAN_SUCCESS(ZydisDecoderInit(c->decoder, ZYDIS_MACHINE_MODE_LONG_64,
					     ZYDIS_STACK_WIDTH_64));
}

void decode_free(struct cpu *c)
{
	free(c->decoder);
	free(c->first_form);
	free(c->next_form);
}

/* ---- Operands ---- */

static bool is_segment_base(ZydisRegister r)
{
	return r == ZYDIS_REGISTER_FS || r == ZYDIS_REGISTER_GS;
}

/* 'r', 'x', ... of a visible operand; '?' where there is no letter. */
static char letter(const ZydisDecodedOperand *o)
{
	switch (o->type) {
	case ZYDIS_OPERAND_TYPE_MEMORY:
		return 'm';
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		return o->imm.is_relative ? 'j' : 'i';
	case ZYDIS_OPERAND_TYPE_REGISTER:
		break;
	default:
		return '?';
	}
	switch (ZydisRegisterGetClass(o->reg.value)) {
	case ZYDIS_REGCLASS_GPR8:
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64:
		return 'r';
	case ZYDIS_REGCLASS_XMM:
		return 'x';
	case ZYDIS_REGCLASS_SEGMENT:
		return 's';
	case ZYDIS_REGCLASS_CONTROL:
	case ZYDIS_REGCLASS_DEBUG:
		return 'c';
	default:
		return '?';
	}
}

static bool shape_fits(const char *shape, const char *letters)
{
	for (; *shape && *letters; shape++, letters++)
		if (*shape != *letters &&
		    !(*shape == 'v' && (*letters == 'r' || *letters == 'm')) &&
		    !(*shape == 'w' && (*letters == 'x' || *letters == 'm')))
			return false;
	return *shape == *letters;
}

/* Byte offset into the register file. */
static uint8_t register_offset(ZydisRegister r)
{
	unsigned id = (unsigned)ZydisRegisterGetId(r);

	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR8:
		/* AL CL DL BL AH CH DH BH SPL BPL SIL DIL R8B ... */
		return (uint8_t)(id < 4 ? id * 8 : id < 8 ? (id - 4) * 8 + 1 : (id - 4) * 8);
	case ZYDIS_REGCLASS_XMM:
		return (uint8_t)(id * 16);
	case ZYDIS_REGCLASS_SEGMENT:
	case ZYDIS_REGCLASS_CONTROL:
	case ZYDIS_REGCLASS_DEBUG:
		return (uint8_t)id;
	default:
		return (uint8_t)(id * 8);
	}
}

static uint8_t address_register(ZydisRegister r)
{
	if (r == ZYDIS_REGISTER_NONE)
		return CPU_ZERO;
	if (r == ZYDIS_REGISTER_RIP || r == ZYDIS_REGISTER_EIP)
		return CPU_PAGE;
	return (uint8_t)ZydisRegisterGetId(r);
}

static void set_address(struct op *op, const ZydisDecodedInstruction *in,
			const ZydisDecodedOperand *o, unsigned offset)
{
	op->flags |= OP_MEMORY;
	op->base = address_register(o->mem.base);
	op->index = address_register(o->mem.index);
	op->scale = o->mem.scale == 8 ? 3 : (uint8_t)(o->mem.scale >> 1);
	op->disp = o->mem.disp.has_displacement ? o->mem.disp.value : 0;
	/* SDM 2, "32-Bit Addressing Forms with the SIB Byte": base 5 under mod 0 is none,
	 * whatever REX.B; Zydis 4.0 makes it R13D with a 32-bit address. */
	if (in->raw.modrm.mod == 0 && in->raw.modrm.rm == 4 && in->raw.sib.base == 5) {
		op->base = CPU_ZERO;
		op->disp = in->raw.disp.value;
	}
	if (op->base == CPU_PAGE)
		op->disp += offset + in->length;
	op->segment = CPU_ZERO;
	if (is_segment_base(o->mem.segment)) {
		op->segment = o->mem.segment == ZYDIS_REGISTER_FS ? CPU_FS : CPU_GS;
		op->flags |= OP_SPECIAL;
	}
	if (in->address_width == 32)
		op->flags |= OP_SPECIAL | OP_ADDR32;
	if (o->mem.segment == ZYDIS_REGISTER_SS)
		op->flags |= OP_STACK;
}

static void set_operand(struct op *op, const ZydisDecodedInstruction *in,
			const ZydisDecodedOperand *o, unsigned number, unsigned offset)
{
	uint8_t *where = number == 0 ? &op->dst : number == 1 ? &op->src : &op->third;

	switch (o->type) {
	case ZYDIS_OPERAND_TYPE_REGISTER:
		*where = register_offset(o->reg.value);
		break;
	case ZYDIS_OPERAND_TYPE_MEMORY:
		set_address(op, in, o, offset);
		if (number == 0)
			op->flags |= OP_STORE;
		break;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		op->flags |= OP_IMM;
		/* ENTER has two: the second one, a byte, goes on top. */
		if (number && in->operand_count_visible > 1 && in->mnemonic == ZYDIS_MNEMONIC_ENTER)
			op->imm |= o->imm.value.u << 16;
		else
			op->imm = o->imm.value.u;
		if (o->imm.is_relative)
			op->imm += offset + in->length;
		break;
	default:
		break;
	}
}

/* ---- Forms ---- */

static const struct form *find_form(struct cpu *c, const ZydisDecodedInstruction *in,
				    const ZydisDecodedOperand *o, unsigned *size)
{
	char letters[6] = "";

	for (unsigned i = 0; i < in->operand_count_visible && i < 5; i++)
		letters[i] = letter(&o[i]);
	for (uint16_t i = c->first_form[in->mnemonic]; i != NO_FORM; i = c->next_form[i]) {
		const struct form *f = form_at(i);
		unsigned bits = in->operand_count_visible ? o[f->key].size : in->operand_width;

		if (!shape_fits(f->shape, letters))
			continue;
		if (f->source && o[in->operand_count_visible - 1].size != 8u * f->source)
			continue;
		*size = f->run[0] == f->run[3] ? 3 : (unsigned)__builtin_ctz(bits | 1u << 10) - 3;
		if (*size < 4 && f->run[*size]) {
			if (bits >= 8 && bits <= 64)
				*size = (unsigned)__builtin_ctz(bits) - 3;
			return f;
		}
	}
	return NULL;
}

/* Prefixes that are not operands. */
static uint8_t prefix_flags(const ZydisDecodedInstruction *in)
{
	uint8_t flags = 0;

	if (in->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE))
		flags |= OP_REP;
	if (in->attributes & ZYDIS_ATTRIB_HAS_REPNE)
		flags |= OP_REPNE;
	if (in->address_width == 32)
		flags |= OP_SPECIAL | OP_ADDR32;
	return flags;
}

unsigned decode_op(struct cpu *c, const unsigned char *bytes, unsigned size, unsigned offset,
		   struct op *op, bool *ends)
{
	ZydisDecodedInstruction in;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];
	ZyanStatus status = ZydisDecoderDecodeFull(c->decoder, bytes, size, &in, o);
	unsigned log2 = 0;

	*op = (struct op){ .run = op_undefined, .start = (uint16_t)offset, .base = CPU_ZERO,
			   .index = CPU_ZERO, .segment = CPU_ZERO };
	*ends = true;
	if (status == ZYDIS_STATUS_NO_MORE_DATA && size < INSTRUCTION_MAX)
		return 0;
	op->length = ZYAN_SUCCESS(status) ? in.length : 1;
	if (!ZYAN_SUCCESS(status))
		return op->length;
	const struct form *f = in.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ?
				       NULL :
				       find_form(c, &in, o, &log2);

	if (!f)
		return op->length;
	op->flags = prefix_flags(&in);
	for (unsigned i = 0; i < in.operand_count_visible; i++)
		set_operand(op, &in, &o[i], i, offset);
	/* Strings and XLAT name their segment in a hidden operand. */
	for (unsigned i = 0; i < in.operand_count; i++)
		if (!(op->flags & OP_MEMORY) && o[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    is_segment_base(o[i].mem.segment)) {
			op->segment = o[i].mem.segment == ZYDIS_REGISTER_FS ? CPU_FS : CPU_GS;
			op->flags |= OP_SPECIAL;
		}
	op->condition = in.opcode & 15;
	op->size = in.operand_count_visible && f->run[0] != f->run[3] ? (uint8_t)(1u << log2) :
								      (uint8_t)(in.operand_width / 8);
	if (in.operand_count_visible && f->run[0] == f->run[3])
		op->size = (uint8_t)(o[f->key].size / 8);
	op->source_size = in.operand_count_visible ?
				  (uint8_t)(o[in.operand_count_visible - 1].size / 8) : 0;
	/* PUSH and ENTER: the immediate's size is not the operand's. */
	if (f->run[0] == f->run[3] && o[f->key].type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		op->size = (uint8_t)(in.operand_width / 8);
	op->run = f->run[log2];
	*ends = f->ends;
	return op->length;
}
