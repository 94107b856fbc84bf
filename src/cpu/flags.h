/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Status flags, worked out when somebody asks. An instruction leaves its result,
 * sign-extended, and the carries of its addition or subtraction:
 *
 *   result    ZF = (result == 0), SF = bit 63, PF = parity of bits 7:0
 *   carries   bit 63: carry out of the operand's top bit    CF = bit 63
 *             bit 62: carry into it                         OF = bit 63 ^ bit 62
 *             bit  3: carry out of bit 3                    AF = bit 3
 *             bits 15:8, bit 0: corrections of PF and SF, where flags were loaded
 *             in a combination that no result has (POPF, SAHF): 0 otherwise
 */
#ifndef CPU_FLAGS_H
#define CPU_FLAGS_H

#include "cpu/cpu.h"

#define CARRY_OUT (UINT64_C(1) << 63)
#define CARRY_IN (UINT64_C(1) << 62)
#define CARRY_AF (UINT64_C(1) << 3)

static inline bool flag_cf(const struct cpu *c)
{
	return c->carries >> 63;
}

static inline bool flag_of(const struct cpu *c)
{
	return (c->carries ^ c->carries << 1) >> 63;
}

static inline bool flag_zf(const struct cpu *c)
{
	return c->result == 0;
}

static inline bool flag_sf(const struct cpu *c)
{
	return (c->result >> 63) ^ (c->carries & 1);
}

static inline bool flag_pf(const struct cpu *c)
{
	return !__builtin_parity((uint8_t)(c->result ^ c->carries >> 8));
}

static inline bool flag_af(const struct cpu *c)
{
	return c->carries & CARRY_AF;
}

/* The carries of a `bits` wide operation, put where they are looked for. */
static inline uint64_t flag_carries(uint64_t carries, unsigned bits)
{
	return (carries << (64 - bits) & (CARRY_OUT | CARRY_IN)) | (carries & CARRY_AF);
}

/* CF and OF of their own, AF 0. */
static inline uint64_t flag_cf_of(bool cf, bool of)
{
	return (cf ? CARRY_OUT : 0) | (cf != of ? CARRY_IN : 0);
}

/* Replaces CF alone. */
static inline void flag_set_cf(struct cpu *c, bool cf)
{
	if (flag_cf(c) != cf)
		c->carries ^= CARRY_OUT | CARRY_IN;
}

/* The condition of jcc, setcc, cmovcc: bits 3:0 of the opcode (SDM 1, "EFLAGS
 * Condition Codes"). With a constant `code` this is a few instructions. */
static inline bool flag_condition(const struct cpu *c, unsigned code)
{
	bool yes;

	switch (code >> 1) {
	case 0: yes = flag_of(c); break;
	case 1: yes = flag_cf(c); break;
	case 2: yes = flag_zf(c); break;
	case 3: yes = flag_cf(c) | flag_zf(c); break;
	case 4: yes = flag_sf(c); break;
	case 5: yes = flag_pf(c); break;
	case 6: yes = flag_sf(c) ^ flag_of(c); break;
	default: yes = flag_zf(c) | (flag_sf(c) ^ flag_of(c)); break;
	}
	return yes ^ (code & 1);
}

static inline void flag_load_status(struct cpu *c, uint64_t f)
{
	bool zf = f & FLAG_ZF, sf = f & FLAG_SF, pf = f & FLAG_PF;

	/* 0 has even parity, 1 odd; one flipped bit turns it over. */
	c->result = zf ? 0 : 1;
	c->carries = flag_cf_of(f & FLAG_CF, f & FLAG_OF) | (f & FLAG_AF ? CARRY_AF : 0) |
		     (sf ? 1 : 0) | (pf == zf ? 0 : 0x100);
}

static inline uint64_t flag_status(const struct cpu *c)
{
	return (flag_cf(c) ? FLAG_CF : 0) | (flag_pf(c) ? FLAG_PF : 0) |
	       (flag_af(c) ? FLAG_AF : 0) | (flag_zf(c) ? FLAG_ZF : 0) |
	       (flag_sf(c) ? FLAG_SF : 0) | (flag_of(c) ? FLAG_OF : 0);
}

#endif
