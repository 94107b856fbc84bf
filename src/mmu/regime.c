/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu/regime.h"

#include "base/bits.h"

#include <stddef.h>

const char *paging_mode_name(enum paging_mode mode)
{
	static const char *const names[] = { "nopaging", "legacy32", "pae", "ia32e4", "ia32e5" };

	return names[mode];
}

enum paging_mode regime_mode(const struct paging_state *s)
{
	if (!(s->cr0 & CR0_PG))
		return PAGING_NONE;
	if (!(s->cr4 & CR4_PAE))
		return PAGING_32BIT;
	if (!(s->efer & EFER_LMA))
		return PAGING_PAE;
	return s->cr4 & CR4_LA57 ? PAGING_5LEVEL : PAGING_4LEVEL;
}

bool regime_pdpte_reserved(uint64_t pdpte, unsigned maxphyaddr)
{
	return pdpte & PTE_P && pdpte & (BITS(2, 1) | BITS(8, 5) | BITS(63, maxphyaddr));
}

/* Bits that no processor lets be set (SDM 3A, "Control Registers"). */
/* ... nor those of LASS and LAM, which are not modelled. */
#define CR4_RESERVED                                                                               \
	(BIT(15) | BIT(26) | CR4_LASS | CR4_LAM_SUP | BITS(31, 29) | BITS(63, 33))
#define EFER_RESERVED (~(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE))

/* SDM 3C, "Checks on Guest Control Registers, Debug Registers, and MSRs". */
static enum rule control_register_rule(const struct paging_state *s)
{
	bool pg = s->cr0 & CR0_PG, lma = s->efer & EFER_LMA;

	if (s->cr0 & BITS(63, 32) || s->cr4 & CR4_RESERVED || s->efer & EFER_RESERVED)
		return RULE_CR_RESERVED;
	if (pg && !(s->cr0 & CR0_PE))
		return RULE_CR_RESERVED;
	if (s->cr4 & CR4_CET && !(s->cr0 & CR0_WP))
		return RULE_CR_RESERVED;
	if (s->cr4 & CR4_PCIDE && !lma)
		return RULE_CR_RESERVED;
	if (lma && !(pg && s->cr4 & CR4_PAE))
		return RULE_CR_RESERVED;
	if (pg && lma != !!(s->efer & EFER_LME))
		return RULE_CR_RESERVED;
	if (s->cr3 & BITS(63, s->maxphyaddr))
		return RULE_CR3_WIDTH;
	for (unsigned i = 0; i < 8; i++) {
		unsigned type = s->pat >> (8 * i) & 0xff;

		if (type > MEMORY_UC_MINUS || type == 2 || type == 3)
			return RULE_CR_RESERVED;
	}
	return RULE_NONE;
}

static bool address_bad(const struct paging_state *s, uint64_t address)
{
	return address & (BITS(11, 0) | BITS(63, s->maxphyaddr));
}

/* SDM 3C, "VM-Execution Control Fields" under "Checks on VMX Controls". */
static enum rule control_rule(const struct paging_state *s)
{
	const struct vm_controls *c = &s->controls;

	if (!s->ept && (c->mbe || c->pml || c->spp || c->hlat || c->pw || c->vgp))
		return RULE_CONTROL_NEEDS_EPT;
	if ((c->spp && address_bad(s, s->spptp)) ||
	    (c->pml && s->pml_inside && address_bad(s, s->pml_address)) ||
	    (c->ve && s->ve_inside && address_bad(s, s->ve_address)))
		return RULE_CONTROL_ADDRESS;
	if (c->hlat && s->hlatp & (BITS(2, 0) | BITS(11, 5) | BITS(63, s->maxphyaddr)))
		return RULE_HLATP;
	return RULE_NONE;
}

/* SDM 3A, the "Format of ..." tables of each mode: what is reserved. */
static void init_reserved(struct regime *r)
{
	const struct paging_state *s = &r->state;
	unsigned n = s->maxphyaddr;
	uint64_t all = bits_or_none(51, n) | (r->nx ? 0 : PTE_XD);

	if (r->mode == PAGING_32BIT) {
		/* PSE-36: address bits 39:32 in 20:13, as far as the processor has them. */
		r->reserved_page[2] = BITS(21, (n < 40 ? n : 40) - 19);
		return;
	}
	if (r->mode == PAGING_PAE)
		all |= BITS(62, 52);
	for (unsigned level = 1; level <= 5; level++)
		r->reserved_table[level] = r->reserved_page[level] = all;
	r->reserved_table[5] |= PTE_PS;
	r->reserved_table[4] |= PTE_PS;
	if (!s->knobs.gbpages)
		r->reserved_table[3] |= PTE_PS;
	r->reserved_page[3] |= BITS(29, 13);
	r->reserved_page[2] |= BITS(20, 13);
}

static void init_mode(struct regime *r)
{
	const struct paging_state *s = &r->state;
	unsigned n = s->maxphyaddr;

	r->index_bits = 9;
	r->address_mask = BITS(n - 1, 12);
	switch (r->mode) {
	case PAGING_32BIT:
		r->index_bits = 10;
		r->levels = 2;
		r->page_levels = s->cr4 & CR4_PSE ? 1 << 2 : 0;
		r->address_mask = BITS(31, 12);
		r->table = s->cr3 & BITS(31, 12);
		break;
	case PAGING_PAE:
		r->levels = 2;
		r->page_levels = 1 << 2;
		r->table = s->cr3 & BITS(31, 5);
		break;
	case PAGING_4LEVEL:
	case PAGING_5LEVEL:
		r->levels = r->mode == PAGING_5LEVEL ? 5 : 4;
		r->page_levels = (uint8_t)(1 << 2 | s->knobs.gbpages << 3);
		r->table = s->cr3 & r->address_mask;
		break;
	}
}

gpa_t regime_page_base(const struct regime *r, unsigned level, uint64_t entry)
{
	/* SDM 3A, "Format of a 32-Bit Page-Directory Entry that Maps a 4-MByte Page". */
	if (r->mode == PAGING_32BIT && level == 2)
		return gpa((entry & PDE_4M_LOW) |
			   (entry & PDE_4M_HIGH) << (32 - PDE_4M_HIGH_SHIFT));
	unsigned shift = PAGE_SHIFT_4K + r->index_bits * (level - 1);

	return gpa(entry & r->address_mask & ~(BIT(shift) - 1));
}

enum rule regime_init(struct regime *r, const struct paging_state *s, bool pdptes_given)
{
	enum rule rule = control_register_rule(s);

	*r = (struct regime){ .state = *s, .mode = (uint8_t)regime_mode(s) };
	r->nx = s->efer & EFER_NXE && r->mode >= PAGING_PAE;
	r->global = s->cr4 & CR4_PGE;
	r->hlat = s->controls.hlat && s->ept && r->mode >= PAGING_4LEVEL;
	r->pcid = s->cr4 & CR4_PCIDE ? s->cr3 & CR3_PCID : 0;
	init_mode(r);
	init_reserved(r);
	rights_init(&r->rights, s, r->mode >= PAGING_4LEVEL);
	if (rule == RULE_NONE)
		rule = control_rule(s);
	if (s->ept) {
		enum rule eptp = ept_init(&r->ept, s->eptp, s->ept_vpid_cap, s->maxphyaddr,
					  s->controls.mbe, s->controls.pw);

		if (rule == RULE_NONE)
			rule = eptp;
	}
	if (rule == RULE_NONE && r->mode == PAGING_PAE && pdptes_given)
		for (unsigned i = 0; i < 4; i++)
			if (regime_pdpte_reserved(s->pdpte[i], s->maxphyaddr))
				rule = RULE_PDPTE_RESERVED;
	return rule;
}
