/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every form of instruction that Zydis knows in the feature set of the
 * interpreter: all prefixes, opcodes and ModRM bytes are decoded, and what differs
 * in opcode, extension or kind and size of an operand is a form of its own.
 */
#ifndef TESTS_CPU_MANIFEST_H
#define TESTS_CPU_MANIFEST_H

#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct form_case {
	char name[88];
	uint8_t prefix; /* 0, 0x66, 0xf2, 0xf3 */
	uint8_t map;    /* 0: one byte, 1: 0F, 2: 0F38, 3: 0F3A */
	uint8_t opcode;
	bool wide, vex, has_modrm, register_rm, fixed_reg, fixed_rm, opcode_register;
	uint8_t modrm;
	uint16_t mnemonic;
	const char *set; /* ISA extension */
};

struct manifest {
	struct form_case *form;
	size_t count, room;
	ZydisDecoder decoder;
};

/* The features that the interpreter is for. */
static inline bool manifest_wants(ZydisISAExt ext)
{
	switch (ext) {
	case ZYDIS_ISA_EXT_BASE:
	case ZYDIS_ISA_EXT_LONGMODE:
	case ZYDIS_ISA_EXT_X87:
	case ZYDIS_ISA_EXT_MMX:
	case ZYDIS_ISA_EXT_SSE:
	case ZYDIS_ISA_EXT_SSE2:
	case ZYDIS_ISA_EXT_SSE3:
	case ZYDIS_ISA_EXT_SSSE3:
	case ZYDIS_ISA_EXT_SSE4:
	case ZYDIS_ISA_EXT_AES:
	case ZYDIS_ISA_EXT_PCLMULQDQ:
	case ZYDIS_ISA_EXT_BMI1:
	case ZYDIS_ISA_EXT_BMI2:
	case ZYDIS_ISA_EXT_LZCNT:
	case ZYDIS_ISA_EXT_MOVBE:
	case ZYDIS_ISA_EXT_ADOX_ADCX:
	case ZYDIS_ISA_EXT_PAUSE:
	case ZYDIS_ISA_EXT_RDTSCP:
	case ZYDIS_ISA_EXT_RDWRFSGS:
	case ZYDIS_ISA_EXT_XSAVE:
	case ZYDIS_ISA_EXT_SMAP:
	case ZYDIS_ISA_EXT_INVPCID:
	case ZYDIS_ISA_EXT_PKU:
	case ZYDIS_ISA_EXT_CLFSH:
		return true;
	default:
		return false;
	}
}

static inline void manifest_operand(const ZydisDecodedOperand *o, char *text, size_t room)
{
	switch (o->type) {
	case ZYDIS_OPERAND_TYPE_MEMORY:
		snprintf(text, room, " m%u", o->size);
		break;
	case ZYDIS_OPERAND_TYPE_IMMEDIATE:
		snprintf(text, room, " %s%u", o->imm.is_relative ? "rel" : "imm", o->size);
		break;
	case ZYDIS_OPERAND_TYPE_REGISTER:
		if (o->encoding == ZYDIS_OPERAND_ENCODING_NONE)
			snprintf(text, room, " %s", ZydisRegisterGetString(o->reg.value));
		else if (ZydisRegisterGetClass(o->reg.value) <= ZYDIS_REGCLASS_GPR64)
			snprintf(text, room, " r%u", o->size);
		else
			snprintf(text, room, " %.2s%u", ZydisRegisterGetString(o->reg.value),
				 o->size);
		break;
	default:
		snprintf(text, room, " far");
		break;
	}
}

static inline size_t manifest_bytes(const struct form_case *f, unsigned char *to)
{
	static const unsigned char vex_map[] = { 0, 1, 2, 3 };
	size_t n = 0;

	if (f->vex) {
		unsigned pp = f->prefix == 0x66 ? 1 : f->prefix == 0xf3 ? 2 : f->prefix == 0xf2 ? 3 : 0;

		to[n++] = 0xc4;
		to[n++] = (unsigned char)(0xe0 | vex_map[f->map]);
		to[n++] = (unsigned char)((f->wide ? 0x80 : 0) | 0x78 | pp);
	} else {
		if (f->prefix)
			to[n++] = f->prefix;
		if (f->wide)
			to[n++] = 0x48;
		if (f->map)
			to[n++] = 0x0f;
		if (f->map > 1)
			to[n++] = f->map == 2 ? 0x38 : 0x3a;
	}
	to[n++] = f->opcode;
	if (f->has_modrm)
		to[n++] = f->modrm;
	return n;
}

static inline bool prefix_counts(const ZydisDecodedInstruction *in, const struct form_case *f)
{
	if (f->vex)
		return true;
	for (unsigned i = 0; f->prefix && i < in->raw.prefix_count; i++) {
		if (in->raw.prefixes[i].value != f->prefix)
			continue;
		if (in->raw.prefixes[i].type == ZYDIS_PREFIX_TYPE_IGNORED)
			return false;
		if (f->prefix == 0x66 && f->wide)
			return in->raw.prefixes[i].type == ZYDIS_PREFIX_TYPE_MANDATORY;
	}
	return true;
}

static inline void manifest_name(struct form_case *f, const ZydisDecodedInstruction *in,
				 const ZydisDecodedOperand *o)
{
	static const char *const maps[] = { "", "0F ", "0F38 ", "0F3A " };
	char prefix[8] = "", modrm[16] = "", text[24];
	bool reg = false, rm = false;

	f->opcode_register = false;
	for (unsigned i = 0; i < in->operand_count; i++) {
		reg |= o[i].encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG;
		rm |= o[i].encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM;
		f->opcode_register |= o[i].encoding == ZYDIS_OPERAND_ENCODING_OPCODE;
	}
	f->fixed_reg = !reg;
	f->fixed_rm = f->register_rm && !rm;
	if (f->opcode_register)
		f->opcode &= 0xf8;
	if (f->prefix)
		snprintf(prefix, sizeof prefix, "%02X ", f->prefix);
	if (f->has_modrm && f->fixed_rm && f->fixed_reg)
		snprintf(modrm, sizeof modrm, " %02X", f->modrm);
	else if (f->has_modrm && f->fixed_reg)
		snprintf(modrm, sizeof modrm, " /%u", f->modrm >> 3 & 7);
	else if (f->has_modrm)
		snprintf(modrm, sizeof modrm, " /r");
	int n = snprintf(f->name, sizeof f->name, "%s%s%s%02X%s%s  %s%s", f->vex ? "VEX " : "",
			 prefix, maps[f->map], f->opcode, f->opcode_register ? "+r" : "", modrm,
			 in->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE) ? "rep " :
			 in->attributes & ZYDIS_ATTRIB_HAS_REPNE			? "repne " :
											  "",
			 ZydisMnemonicGetString(in->mnemonic));

	for (unsigned i = 0; i < in->operand_count_visible && n < (int)sizeof f->name; i++) {
		manifest_operand(&o[i], text, sizeof text);
		n += snprintf(f->name + n, sizeof f->name - (size_t)n, "%s", text);
	}
}

static inline bool manifest_try(struct manifest *m, struct form_case f)
{
	unsigned char bytes[24] = { 0 };
	ZydisDecodedInstruction in;
	ZydisDecodedOperand o[ZYDIS_MAX_OPERAND_COUNT];

	f.has_modrm = true;
	manifest_bytes(&f, bytes);
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&m->decoder, bytes, 15, &in, o)))
		return true;
	f.has_modrm = in.attributes & ZYDIS_ATTRIB_HAS_MODRM;
	if (!manifest_wants(in.meta.isa_ext) || !prefix_counts(&in, &f))
		return f.has_modrm;
	if (f.vex != (in.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX))
		return f.has_modrm;
	f.mnemonic = (uint16_t)in.mnemonic;
	f.set = ZydisISAExtGetString(in.meta.isa_ext);
	manifest_name(&f, &in, o);
	for (size_t i = m->count; i-- > 0 && i + 3000 > m->count;)
		if (!strcmp(m->form[i].name, f.name))
			return f.has_modrm;
	if (m->count == m->room) {
		m->room = m->room ? 2 * m->room : 1024;
		m->form = realloc(m->form, m->room * sizeof *m->form);
	}
	m->form[m->count++] = f;
	return f.has_modrm;
}

static inline void manifest_opcode(struct manifest *m, struct form_case f)
{
	for (unsigned modrm = 0; modrm < 72; modrm++) {
		/* Eight memory forms, then all of the register ones. */
		f.modrm = (uint8_t)(modrm < 8 ? modrm << 3 : 0xc0 + modrm - 8);
		f.register_rm = modrm >= 8;
		if (!manifest_try(m, f))
			return;
	}
}

static inline bool manifest_is_prefix(unsigned opcode)
{
	return (opcode & 0xe7) == 0x26 || (opcode & 0xf0) == 0x40 || (opcode & 0xfc) == 0x64 ||
	       opcode == 0x62 || opcode == 0xc4 || opcode == 0xc5 || opcode == 0xf0 ||
	       opcode == 0xf2 || opcode == 0xf3;
}

static inline void manifest_make(struct manifest *m)
{
	static const uint8_t prefixes[] = { 0, 0x66, 0xf3, 0xf2 };

	memset(m, 0, sizeof *m);
	ZydisDecoderInit(&m->decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	for (unsigned vex = 0; vex < 2; vex++)
		for (unsigned map = vex ? 2 : 0; map < 4; map++)
			for (unsigned opcode = 0; opcode < 256; opcode++)
				for (unsigned i = 0; i < 8 && (map || !manifest_is_prefix(opcode)); i++)
					manifest_opcode(m, (struct form_case){
								   .prefix = prefixes[i >> 1],
								   .map = (uint8_t)map,
								   .opcode = (uint8_t)opcode,
								   .wide = i & 1,
								   .vex = vex });
}

#endif
