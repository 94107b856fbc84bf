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
	const struct place_request *request;
	const struct scenario *s;
	const struct mem *mem;
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
	if (f->request->taken(f->request->context, at) || mem_read64(f->mem, hpa(at)))
		return false;
	return f->attempt == 0 || f->attempt-- == 0;
}

/* ---- The EPT's slot ---- */

/* From the slot at `level` down to one 2 MiB page, by the first entry of each table. */
static void ept_chain(struct place *p, uint64_t at, unsigned level)
{
	for (; level > 2; level--) {
		uint64_t table = WORK_PRIVATE_START + PRIVATE_EPT + PAGE_SIZE_4K * level;

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
	for (unsigned i = 0; i < *f->request->root_count; i++)
		if (f->request->roots[i].root == (state->eptp & EPTP_ADDRESS) && f->request->roots[i].limit <= limit) {
			/* Its way leads through the first entry, where code must leave no trace. */
			if (f->s->mode == MODE_NOPAGING && state->eptp & EPTP_AD &&
			    !(mem_read64(f->mem, hpa(state->eptp & EPTP_ADDRESS)) & EPT_A))
				return false;
			f->p->area = f->request->roots[i].area;
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

/* GPA of the page that holds the private pages of all operations. */
static uint64_t large_page(const struct place *p)
{
	return p->area & ~(PAGE_SIZE_2M - 1);
}

/* The private tables below the slot, and the linear address of the code. */
static void guest_chain_long(const struct search *f, unsigned shift, uint64_t slot, uint64_t flags)
{
	struct place *p = f->p;
	unsigned width = f->s->mode == MODE_IA32E4 ? 48 : 57;

	if (f->s->mode == MODE_IA32E5)
		put(p, p->pages + PRIVATE_TOP, (p->area + PRIVATE_PDPT) | flags);
	put(p, p->pages + PRIVATE_PDPT, (p->area + PRIVATE_PD) | flags);
	put(p, p->pages + PRIVATE_PD, large_page(p) | flags | GUEST_PAGE);
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
		p->cr3 = (p->area + PRIVATE_CODE) | (f->s->state.cr3 & BITS(11, 0));
		put(p, p->pages + PRIVATE_CODE + 8, (p->area + below) | flags);
		guest_chain_long(f, shift, 1, flags);
		p->entry_gpa = p->area + PRIVATE_CODE + 8;
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
		put(p, p->pages + PRIVATE_PD, large_page(p) | flags | GUEST_PAGE);
		/* The registers are loaded at CPL 0, which SMEP keeps from user pages. */
		p->supervisor_pdpte = (p->area + PRIVATE_PDPT) | GUEST_P;
		put(p, p->pages + PRIVATE_PDPT, large_page(p) | GUEST_ENTRY | GUEST_PAGE);
		p->linear = (uint64_t)slot << 30;
		p->entry_gpa = ~UINT64_C(0); /* a register */
		/* What MOV CR3 loads must lead to the instruction after it. */
		if (!f->s->pdpte_given && host_of(f, (f->s->state.cr3 & BITS(31, 5)) + 8 * slot, &host))
			put(p, host, p->supervisor_pdpte);
		return;
	}
	p->why_not = "no free PDPTE register";
}

/* The code's entry in a page table of 32-bit paging, by the code's own place
 * among the private pages. */
static void code_entry(struct place *p, uint64_t flags)
{
	uint64_t index = (p->area + PRIVATE_CODE) >> 12 & 1023;
	uint64_t entry = (p->area + PRIVATE_CODE) | flags;

	put(p, p->pages + PRIVATE_PD + (index & ~UINT64_C(1)) * 4, index & 1 ? entry << 32 : entry);
}

static void place_legacy(struct search *f, bool large)
{
	struct place *p = f->p;
	uint64_t flags = GUEST_ENTRY | (f->s->state.cpl == 3 ? GUEST_USER : 0);
	uint64_t root = f->s->state.cr3 & BITS(31, 12), host;
	uint64_t entry = large ? (large_page(p) & BITS(31, 22)) | (large_page(p) >> 32) << 13 | flags | GUEST_PAGE :
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
			code_entry(p, flags);
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

/* The slot serves every operation that uses this EPT. */
static void remember_root(const struct place_request *request, unsigned limit, uint64_t area)
{
	if (!request->s->state.ept || *request->root_count == PLACE_ROOTS)
		return;
	request->roots[(*request->root_count)++] = (struct place_root){
		.root = request->s->state.eptp & EPTP_ADDRESS, .area = area, .limit = limit
	};
}

static void place_guest(struct search *f, bool large)
{
	struct place *p = f->p;

	switch (f->s->mode) {
	case MODE_NOPAGING:
		p->linear = p->area;
		p->entry_gpa = p->area + PRIVATE_CODE + PRIVATE_CODE_OFFSET;
		return;
	case MODE_LEGACY32:
		place_legacy(f, large);
		break;
	case MODE_PAE:
		place_pae(f);
		break;
	default:
		place_long(f, f->request->own);
		break;
	}
	p->linear += p->pages - WORK_PRIVATE_START;
}

void place_code(const struct place_request *request, struct place *p)
{
	const struct scenario *s = request->s;
	struct search f = { .request = request, .s = s, .mem = request->mem, .p = p };
	bool large = s->mode == MODE_LEGACY32 && s->state.cr4 & CR4_PSE;
	unsigned limit = long_mode(s) || s->mode == MODE_PAE ? s->state.maxphyaddr :
			 large ? (s->state.maxphyaddr < 40 ? s->state.maxphyaddr : 40) : 32;
	uint64_t offset = (uint64_t)request->number * PRIVATE_SIZE;
	unsigned roots = *request->root_count;

	*p = (struct place){ .cr3 = s->state.cr3, .pdpte_slot = 4, .top_entry = top_entry(s),
			     .pages = WORK_PRIVATE_START + offset };
	/* The EPT's slots first, then the guest's. */
	f.attempt = s->mode == MODE_NOPAGING ? request->attempt : request->attempt / 4;
	limit = limit < 48 ? limit : 48;
	if (!place_ept(&f, limit)) {
		p->why_not = "no free slot for the code in the EPT";
		return;
	}
	if (p->count > 0)
		remember_root(request, limit, p->area);
	p->area += offset;
	f.attempt = request->attempt % 4;
	place_guest(&f, large);
	if (p->why_not)
		*request->root_count = roots;
	p->linear += PRIVATE_CODE + PRIVATE_CODE_OFFSET;
}
