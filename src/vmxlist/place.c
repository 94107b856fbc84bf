/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The guest executes the access from a page of the image's own. Its address is
 * translated as every address is, so the scenario's tables must lead there: by
 * a slot that neither the access nor the scenario uses. Everything below that
 * slot is private and has its A and D flags set, so that the way to the code
 * changes nothing but what the access itself changes on its way through the
 * top-level table.
 */
#include "vmxlist/place.h"

#include "base/bits.h"
#include "base/walk.h"

#include <eptsim/ept.h>
#include <eptsim/mmu.h>

/* Guest entries: present, writable, A, D set. */
#define GUEST_ENTRY UINT64_C(0x63)
#define GUEST_USER UINT64_C(0x04)
#define GUEST_PAGE UINT64_C(0x80)
#define GUEST_P UINT64_C(1)
#define EPT_WAY (EPT_RWX | EPT_XU | EPT_A)
#define EPT_WAY_PAGE (EPT_WAY | EPT_D | EPT_PAGE | EPT_SVE | (uint64_t)MEMORY_WB << EPT_TYPE_SHIFT)

struct search {
	const struct scenario *s;
	const struct mem *mem;
	place_taken taken;
	const void *context;
	unsigned attempt; /* free slots still to be passed over */
	struct place *p;
};

static void put(struct place *p, uint64_t at, uint64_t value)
{
	p->cells[p->count++] = (struct work_cell){ at, value };
}

static bool long_mode(const struct scenario *s)
{
	return s->mode == MODE_IA32E4 || s->mode == MODE_IA32E5;
}

/* Is the slot free, and this not an attempt that passes it over? */
static bool free_slot(struct search *f, uint64_t at)
{
	at &= ~UINT64_C(7);
	for (unsigned i = 0; i < f->p->count; i++)
		if (f->p->cells[i].at == at) /* both dimensions can have the same table */
			return false;
	if (f->taken(f->context, at) || mem_read64(f->mem, hpa(at)))
		return false;
	return f->attempt == 0 || f->attempt-- == 0;
}

/* ---- The EPT's slot ---- */

/* From the slot at `level` down to one 2 MiB page, by the first entry of each table. */
static void ept_chain(struct place *p, uint64_t at, unsigned level)
{
	uint64_t table = WORK_PRIVATE_START + PRIVATE_EPT;

	for (; level > 2; level--, table += PAGE_SIZE_4K) {
		put(p, at, table | EPT_WAY);
		at = table;
	}
	put(p, at, WORK_PRIVATE_START | EPT_WAY_PAGE);
}

/* May the code pass this entry of the scenario without a trace? */
static bool passable(const struct scenario *s, const struct ept *ept, unsigned level, uint64_t entry)
{
	if ((entry & EPT_RWX) != EPT_RWX || entry & EPT_PAGE || ept_entry_rule(ept, level, entry) != RULE_NONE)
		return false;
	return s->mode != MODE_NOPAGING || !ept->ad || entry & EPT_A;
}

/* A free slot for a GPA below 2^limit: in the root, or below its first entry. */
static bool place_ept(struct search *f, unsigned limit)
{
	const struct paging_state *state = &f->s->state;
	struct ept ept;

	if (!state->ept) {
		f->p->area = WORK_PRIVATE_START;
		return true;
	}
	if (ept_init(&ept, state->eptp, state->ept_vpid_cap, state->maxphyaddr, state->controls.mbe,
		     state->controls.pw) != RULE_NONE || !ept.page_2m)
		return false;
	uint64_t table = ept.root.v;

	for (unsigned level = ept.levels; level >= 3; level--) {
		unsigned shift = PAGE_SHIFT_4K + 9 * (level - 1);
		unsigned slots = limit <= shift ? 1 : limit - shift >= 9 ? 512 : 1u << (limit - shift);

		for (unsigned slot = slots; slot-- > 0;) {
			if (!free_slot(f, table + 8 * slot))
				continue;
			f->p->area = (uint64_t)slot << shift;
			ept_chain(f->p, table + 8 * slot, level);
			return true;
		}
		uint64_t entry = mem_read64(f->mem, hpa(table));

		if (!passable(f->s, &ept, level, entry))
			return false;
		table = entry & ept.address;
	}
	return false;
}

/* HPA of a GPA by the scenario's EPT, or false. */
static bool host_of(const struct search *f, uint64_t at, uint64_t *host)
{
	const struct paging_state *state = &f->s->state;
	struct ept_walk w;
	struct ept ept;

	*host = at;
	if (!state->ept)
		return true;
	if (ept_init(&ept, state->eptp, state->ept_vpid_cap, state->maxphyaddr, state->controls.mbe,
		     state->controls.pw) != RULE_NONE || ept_gpa_too_wide(&ept, gpa(at)))
		return false;
	ept_walk(&ept, f->mem, gpa(at), &w);
	if (w.end != WALK_PAGE)
		return false;
	*host = ept_walk_hpa(&ept, &w, gpa(at)).v;
	return true;
}

/* ---- The guest's slot ---- */

/* The private tables below the slot, and the linear address of the code. */
static void guest_chain_long(const struct search *f, unsigned shift, uint64_t slot, uint64_t flags)
{
	struct place *p = f->p;
	unsigned width = f->s->mode == MODE_IA32E4 ? 48 : 57;

	if (f->s->mode == MODE_IA32E5)
		put(p, WORK_PRIVATE_START + PRIVATE_TOP, (p->area + PRIVATE_PDPT) | flags);
	put(p, WORK_PRIVATE_START + PRIVATE_PDPT, (p->area + PRIVATE_PD) | flags);
	put(p, WORK_PRIVATE_START + PRIVATE_PD, p->area | flags | GUEST_PAGE);
	p->linear = slot << shift;
	if (p->linear >> (width - 1))
		p->linear |= ~UINT64_C(0) << width;
}

static void place_long(struct search *f, bool own)
{
	struct place *p = f->p;
	unsigned shift = f->s->mode == MODE_IA32E4 ? 39 : 48;
	uint64_t flags = GUEST_ENTRY | (f->s->state.cpl == 3 ? GUEST_USER : 0);
	uint64_t below = f->s->mode == MODE_IA32E4 ? PRIVATE_PDPT : PRIVATE_TOP;
	uint64_t root = f->s->state.cr3 & BITS(f->s->state.maxphyaddr - 1, 12), host;

	if (own) {
		/* The top-level table is private too: the code's own page holds it. */
		p->cr3 = p->area + PRIVATE_CODE;
		put(p, WORK_PRIVATE_START + PRIVATE_CODE + 8, (p->area + below) | flags);
		guest_chain_long(f, shift, 1, flags);
		p->entry_gpa = p->cr3 + 8;
		return;
	}
	if (!host_of(f, root, &host)) {
		p->why_not = "the top-level table cannot be reached";
		return;
	}
	for (uint64_t slot = 1; slot < 512; slot++) {
		if (!free_slot(f, host + 8 * slot))
			continue;
		put(p, host + 8 * slot, (p->area + below) | flags);
		p->entry_gpa = root + 8 * slot;
		guest_chain_long(f, shift, slot, flags);
		return;
	}
	p->why_not = "no free slot in the top-level table";
}

static void place_pae(struct search *f)
{
	struct place *p = f->p;
	const struct access *a = &f->s->steps[0].access;
	uint64_t flags = GUEST_ENTRY | (f->s->state.cpl == 3 ? GUEST_USER : 0);
	uint64_t host;
	unsigned first = a->gva.v >> 30 & 3, last = (a->gva.v + a->size - 1) >> 30 & 3;

	for (unsigned slot = 0; slot < 4; slot++) {
		if (slot == first || slot == last || (f->attempt && f->attempt--))
			continue;
		p->pdpte_slot = slot;
		p->pdpte = (p->area + PRIVATE_PD) | GUEST_P;
		put(p, WORK_PRIVATE_START + PRIVATE_PD, p->area | flags | GUEST_PAGE);
		/* The registers are loaded at CPL 0, which SMEP keeps from user pages. */
		p->supervisor_pdpte = (p->area + PRIVATE_PDPT) | GUEST_P;
		put(p, WORK_PRIVATE_START + PRIVATE_PDPT, p->area | GUEST_ENTRY | GUEST_PAGE);
		p->linear = (uint64_t)slot << 30;
		p->entry_gpa = ~UINT64_C(0); /* a register */
		/* What MOV CR3 loads must lead to the instruction after it. */
		if (!f->s->pdpte_given && host_of(f, (f->s->state.cr3 & BITS(31, 5)) + 8 * slot, &host))
			put(p, host, p->supervisor_pdpte);
		return;
	}
	p->why_not = "no free PDPTE register";
}

static void place_legacy(struct search *f, bool large)
{
	struct place *p = f->p;
	uint64_t flags = GUEST_ENTRY | (f->s->state.cpl == 3 ? GUEST_USER : 0);
	uint64_t root = f->s->state.cr3 & BITS(31, 12), host;
	uint64_t entry = large ? (p->area & BITS(31, 22)) | (p->area >> 32) << 13 | flags | GUEST_PAGE :
				 (p->area + PRIVATE_PD) | flags;

	if (!host_of(f, root, &host)) {
		p->why_not = "the top-level table cannot be reached";
		return;
	}
	/* Two entries a cell: the neighbour must be free as well. */
	for (uint64_t slot = 2; slot < 1024; slot += 2) {
		if (slot == (f->s->steps[0].access.gva.v >> 22 & 1022) || !free_slot(f, host + 4 * slot))
			continue;
		put(p, host + 4 * slot, entry);
		if (!large)
			put(p, WORK_PRIVATE_START + PRIVATE_PD + (PRIVATE_CODE >> 12 & ~1u) * 4,
			    ((p->area + PRIVATE_CODE) | flags) << 32);
		p->entry_gpa = root + 4 * slot;
		p->linear = slot << 22;
		return;
	}
	p->why_not = "no free slot in the page directory";
}

/* GPA of the top-level entry that the access itself goes through. */
static uint64_t top_entry(const struct scenario *s)
{
	uint64_t used = s->steps[0].access.gva.v;

	switch (s->mode) {
	case MODE_LEGACY32:
		return (s->state.cr3 & BITS(31, 12)) + 4 * (used >> 22 & 1023);
	case MODE_IA32E4:
		return (s->state.cr3 & BITS(s->state.maxphyaddr - 1, 12)) + 8 * (used >> 39 & 511);
	case MODE_IA32E5:
		return (s->state.cr3 & BITS(s->state.maxphyaddr - 1, 12)) + 8 * (used >> 48 & 511);
	default:
		return ~UINT64_C(0); /* a register, or none */
	}
}

void place_code(const struct scenario *s, const struct mem *mem, place_taken taken,
		const void *context, bool own, unsigned attempt, struct place *p)
{
	struct search f = { s, mem, taken, context, 0, p };
	bool large = s->mode == MODE_LEGACY32 && s->state.cr4 & CR4_PSE;
	unsigned limit = long_mode(s) || s->mode == MODE_PAE ? s->state.maxphyaddr :
			 large ? (s->state.maxphyaddr < 40 ? s->state.maxphyaddr : 40) : 32;

	*p = (struct place){ .cr3 = s->state.cr3, .pdpte_slot = 4,
			     .top_entry = top_entry(s) };
	/* The EPT's slots first, then the guest's. */
	f.attempt = s->mode == MODE_NOPAGING ? attempt : attempt / 4;
	if (!place_ept(&f, limit < 48 ? limit : 48)) {
		p->why_not = "no free slot for the code in the EPT";
		return;
	}
	f.attempt = attempt % 4;
	switch (s->mode) {
	case MODE_NOPAGING:
		p->linear = p->area;
		p->entry_gpa = p->area + PRIVATE_CODE + PRIVATE_CODE_OFFSET;
		break;
	case MODE_LEGACY32:
		place_legacy(&f, large);
		break;
	case MODE_PAE:
		place_pae(&f);
		break;
	default:
		place_long(&f, own);
		break;
	}
	p->linear += PRIVATE_CODE + PRIVATE_CODE_OFFSET;
}
