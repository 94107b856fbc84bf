/* SPDX-License-Identifier: BSD-2-Clause
 *
 * CPUID, time stamps, system calls, segment bases: what a program at CPL 3 needs of
 * the system.
 */
#include "cpu/handler.h"

#include <Zydis/Mnemonic.h>

HANDLER(syscall)
{
	uint64_t next = c->r[CPU_PAGE] + op->start + op->length;

	c->r[CPU_RCX] = next;
	c->r[11] = cpu_flags(c) & ~FLAG_RF;
	c->rip = next;
	c->left += op->left;
	return CPU_SYSCALL;
}

HANDLER(rdtsc)
{
	uint64_t now = timing_cycle(&c->machine->processor[0].timing) + c->tsc_offset;

	c->r[CPU_RAX] = (uint32_t)now;
	c->r[CPU_RDX] = now >> 32;
	NEXT;
}

HANDLER(rdtscp)
{
	uint64_t now = timing_cycle(&c->machine->processor[0].timing) + c->tsc_offset;

	c->r[CPU_RAX] = (uint32_t)now;
	c->r[CPU_RDX] = now >> 32;
	c->r[CPU_RCX] = (uint32_t)c->tsc_aux;
	NEXT;
}

/* ---- CPUID (SDM 2, "CPUID"): exactly what the table of forms has ---- */

#define CPUID_1_ECX ((1u << 13) | (1u << 22) | (1u << 23)) /* CMPXCHG16B, MOVBE, POPCNT */
/* TSC, MSR, PAE, CX8, PGE, CMOV, PAT, PSE-36, PSE */
#define CPUID_1_EDX                                                                            \
	((1u << 3) | (1u << 4) | (1u << 5) | (1u << 6) | (1u << 8) | (1u << 13) | (1u << 15) | \
	 (1u << 16) | (1u << 17))
#define CPUID_7_EBX ((1u << 3) | (1u << 8) | (1u << 19)) /* BMI1, BMI2, ADX */
#define CPUID_80000001_ECX ((1u << 0) | (1u << 5))       /* LAHF, LZCNT */
#define CPUID_80000001_EDX ((1u << 11) | (1u << 20) | (1u << 27) | (1u << 29)) /* SYSCALL NX RDTSCP LM */
#define CPUID_1_SIGNATURE 0x000306c3u /* a family 6 processor */

HANDLER(cpuid)
{
	const struct paging_state *s = mmu_state(c->mmu);
	uint32_t a = 0, b = 0, d = 0, x = 0;

	switch ((uint32_t)c->r[CPU_RAX]) {
	case 0: /* "GenuineIntel" */
		a = 7, b = 0x756e6547, d = 0x49656e69, x = 0x6c65746e;
		break;
	case 1:
		a = CPUID_1_SIGNATURE, b = 8 << 8, x = CPUID_1_ECX, d = CPUID_1_EDX;
		break;
	case 7:
		if ((uint32_t)c->r[CPU_RCX] == 0)
			b = CPUID_7_EBX;
		break;
	case 0x80000000:
		a = 0x80000008;
		break;
	case 0x80000001:
		x = CPUID_80000001_ECX;
		d = CPUID_80000001_EDX | (s->knobs.gbpages ? 1u << 26 : 0);
		break;
	case 0x80000008:
		a = s->maxphyaddr | (s->cr4 & CR4_LA57 ? 57 : 48) << 8;
		break;
	default:
		break;
	}
	c->r[CPU_RAX] = a;
	c->r[CPU_RBX] = b;
	c->r[CPU_RCX] = x;
	c->r[CPU_RDX] = d;
	NEXT;
}

HANDLER(int3)
{
	enum cpu_status status = cpu_raise(c, op, VECTOR_BP);

	c->exception.trap = true;
	c->rip += op->length;
	c->left--; /* it is complete */
	return status;
}

HANDLER(privileged)
{
	return cpu_raise(c, op, VECTOR_GP);
}

#define PRIVILEGED(M, shape) { ZYDIS_MNEMONIC_##M, shape, .ends = true, .run = SAME(privileged) }

static const struct form rows[] = {
	{ ZYDIS_MNEMONIC_SYSCALL, "", .ends = true, .run = SAME(syscall) },
	{ ZYDIS_MNEMONIC_RDTSC, "", .run = SAME(rdtsc) },
	{ ZYDIS_MNEMONIC_CPUID, "", .run = SAME(cpuid) },
	{ ZYDIS_MNEMONIC_RDTSCP, "", .run = SAME(rdtscp) },
	{ ZYDIS_MNEMONIC_INT3, "", .ends = true, .run = SAME(int3) },
	/* At CPL 3, which is all there is so far. */
	PRIVILEGED(HLT, ""),
	PRIVILEGED(CLI, ""),
	PRIVILEGED(STI, ""),
};
const struct form_table cpu_forms_system = FORM_TABLE(rows);
