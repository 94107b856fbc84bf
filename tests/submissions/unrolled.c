/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A correct submission, unrolled: one statement after the other for each level,
 * no loop over levels and no recursion. The functions that must be there, and
 * 2M pages.
 */
#include <eptsim/submission.h>

#include <string.h>

#define PRESENT(e) ((e)&7)
#define PA(e) ((e)&0xffffffffff000ull)
#define PS (1ull << 7)

uint64_t lab_entry_pa(uint64_t entry)
{
	return PA(entry);
}

uint64_t lab_entry_flags(uint64_t entry)
{
	return entry & 0xfff0000000000fffull;
}

uint64_t lab_entry_set_pa(uint64_t entry, uint64_t hpa)
{
	return lab_entry_flags(entry) + PA(hpa);
}

uint64_t lab_entry_set_perm(uint64_t entry, unsigned perm)
{
	return entry / 8 * 8 + perm % 8;
}

/* The five tables on the way, 0 where there is none, and their entries. */
struct way {
	uint64_t *pml5e, *pml4e, *pdpte, *pde, *pte;
};

static uint64_t *at(const struct lab *lab, uint64_t table, uint64_t index)
{
	return (uint64_t *)lab->frame_pointer(table) + (index & 511);
}

/* Goes as far as there are tables. The last entry that is not NULL ends the way. */
static void go(const struct lab *lab, uint64_t gpa, struct way *w)
{
	uint64_t top = lab->root;

	memset(w, 0, sizeof *w);
	if (lab->levels == 5) {
		w->pml5e = at(lab, top, gpa >> 48);
		if (!PRESENT(*w->pml5e))
			return;
		top = PA(*w->pml5e);
	}
	w->pml4e = at(lab, top, gpa >> 39);
	if (!PRESENT(*w->pml4e))
		return;
	w->pdpte = at(lab, PA(*w->pml4e), gpa >> 30);
	if (!PRESENT(*w->pdpte) || *w->pdpte & PS)
		return;
	w->pde = at(lab, PA(*w->pdpte), gpa >> 21);
	if (!PRESENT(*w->pde) || *w->pde & PS)
		return;
	w->pte = at(lab, PA(*w->pde), gpa >> 12);
}

static int check(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	if (gpa >> 57 || (lab->levels == 4 && gpa >> 48) || hpa >> lab->maxphyaddr)
		return LAB_BAD_ADDRESS;
	if (perm < 1 || perm > 7)
		return LAB_BAD_PERMISSION;
	return type == 2 || type == 3 || type > 6 ? LAB_BAD_TYPE : LAB_OK;
}

static uint64_t grant(const struct lab *lab, unsigned perm)
{
	if (perm == LAB_W || perm == (LAB_W | LAB_X))
		return perm + LAB_R;
	return perm == LAB_X && !(lab->capabilities & LAB_CAP_EXECUTE_ONLY) ? LAB_X + LAB_R : perm;
}

/* Up to 4 frames; all or none. */
static int take(const struct lab *lab, unsigned count, uint64_t *frame)
{
	for (unsigned i = 0; i < count; i++) {
		if (lab->alloc_frame(&frame[i]) == 0) {
			memset(lab->frame_pointer(frame[i]), 0, 4096);
			continue;
		}
		while (i--)
			lab->free_frame(frame[i]);
		return LAB_NO_FRAME;
	}
	return LAB_OK;
}

int lab_map(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	struct way w;
	uint64_t frame[4], leaf = hpa + type * 8 + grant(lab, perm);
	int bad = check(lab, gpa, hpa, perm, type);

	if (gpa & 4095 || hpa & 4095)
		return LAB_UNALIGNED;
	if (bad)
		return bad;
	go(lab, gpa, &w);
	if (w.pte) {
		if (PRESENT(*w.pte))
			return LAB_DUPLICATED;
		*w.pte = leaf;
	} else if (w.pde) {
		if (PRESENT(*w.pde))
			return LAB_DUPLICATED;
		if (take(lab, 1, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 12) = leaf;
		*w.pde = frame[0] + 7;
	} else if (w.pdpte) {
		if (PRESENT(*w.pdpte))
			return LAB_DUPLICATED;
		if (take(lab, 2, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 12) = leaf;
		*at(lab, frame[1], gpa >> 21) = frame[0] + 7;
		*w.pdpte = frame[1] + 7;
	} else if (w.pml4e) {
		if (take(lab, 3, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 12) = leaf;
		*at(lab, frame[1], gpa >> 21) = frame[0] + 7;
		*at(lab, frame[2], gpa >> 30) = frame[1] + 7;
		*w.pml4e = frame[2] + 7;
	} else {
		if (take(lab, 4, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 12) = leaf;
		*at(lab, frame[1], gpa >> 21) = frame[0] + 7;
		*at(lab, frame[2], gpa >> 30) = frame[1] + 7;
		*at(lab, frame[3], gpa >> 39) = frame[2] + 7;
		*w.pml5e = frame[3] + 7;
	}
	return LAB_OK;
}

int lab_map_large(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                  unsigned level)
{
	struct way w;
	uint64_t frame[3], leaf = hpa + type * 8 + grant(lab, perm) + PS;
	int bad = check(lab, gpa, hpa, perm, type);

	if (level == 3) {
		/* A 1G page is an entry of the third level: two tables at most. */
		if (!(lab->capabilities & LAB_CAP_1G))
			return LAB_BAD_SIZE;
		if ((gpa | hpa) & 0x3fffffff)
			return LAB_UNALIGNED;
		if (bad)
			return bad;
		go(lab, gpa, &w);
		if (w.pdpte) {
			if (PRESENT(*w.pdpte))
				return LAB_DUPLICATED;
			*w.pdpte = leaf;
		} else if (w.pml4e) {
			if (take(lab, 1, frame))
				return LAB_NO_FRAME;
			*at(lab, frame[0], gpa >> 30) = leaf;
			*w.pml4e = frame[0] + 7;
		} else {
			if (take(lab, 2, frame))
				return LAB_NO_FRAME;
			*at(lab, frame[0], gpa >> 30) = leaf;
			*at(lab, frame[1], gpa >> 39) = frame[0] + 7;
			*w.pml5e = frame[1] + 7;
		}
		return LAB_OK;
	}
	if (level != 2 || !(lab->capabilities & LAB_CAP_2M))
		return LAB_BAD_SIZE;
	if ((gpa | hpa) & 0x1fffff)
		return LAB_UNALIGNED;
	if (bad)
		return bad;
	go(lab, gpa, &w);
	if (w.pde) {
		if (PRESENT(*w.pde))
			return LAB_DUPLICATED;
		*w.pde = leaf;
	} else if (w.pdpte) {
		if (PRESENT(*w.pdpte))
			return LAB_DUPLICATED;
		if (take(lab, 1, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 21) = leaf;
		*w.pdpte = frame[0] + 7;
	} else if (w.pml4e) {
		if (take(lab, 2, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 21) = leaf;
		*at(lab, frame[1], gpa >> 30) = frame[0] + 7;
		*w.pml4e = frame[1] + 7;
	} else {
		if (take(lab, 3, frame))
			return LAB_NO_FRAME;
		*at(lab, frame[0], gpa >> 21) = leaf;
		*at(lab, frame[1], gpa >> 30) = frame[0] + 7;
		*at(lab, frame[2], gpa >> 39) = frame[1] + 7;
		*w.pml5e = frame[2] + 7;
	}
	return LAB_OK;
}

/* Has the table nothing any more? Then it goes, and the entry above is cleared. */
static int drop_if_empty(const struct lab *lab, uint64_t *above)
{
	uint64_t *table = lab->frame_pointer(PA(*above)), frame = PA(*above);

	for (unsigned i = 0; i < 512; i++)
		if (PRESENT(table[i]))
			return 0;
	*above = 0;
	lab->free_frame(frame);
	return 1;
}

int lab_unmap(const struct lab *lab, uint64_t gpa)
{
	struct way w;

	if (gpa & 4095)
		return LAB_UNALIGNED;
	if (gpa >> 57 || (lab->levels == 4 && gpa >> 48))
		return LAB_BAD_ADDRESS;
	go(lab, gpa, &w);
	if (w.pte && PRESENT(*w.pte)) {
		*w.pte = 0;
	} else if (!w.pte && w.pde && PRESENT(*w.pde)) {
		if (gpa & 0x1fffff)
			return LAB_UNALIGNED;
		*w.pde = 0;
	} else if (!w.pde && w.pdpte && PRESENT(*w.pdpte)) {
		if (gpa & 0x3fffffff)
			return LAB_UNALIGNED;
		*w.pdpte = 0;
	} else {
		return LAB_NOT_EXIST;
	}
	if ((!w.pte || drop_if_empty(lab, w.pde)) && (!w.pde || drop_if_empty(lab, w.pdpte)) &&
	    drop_if_empty(lab, w.pml4e) && w.pml5e)
		drop_if_empty(lab, w.pml5e);
	lab->invept(0, LAB_INVEPT_SINGLE, lab->eptp);
	lab->invept(1, LAB_INVEPT_SINGLE, lab->eptp);
	return LAB_OK;
}

int lab_walk(const struct lab *lab, uint64_t gpa, struct lab_page *page)
{
	struct way w;
	uint64_t entry;

	page->hpa = 0;
	page->perm = page->type = page->level = 0;
	if (gpa & 4095)
		return LAB_UNALIGNED;
	if (gpa >> 57 || (lab->levels == 4 && gpa >> 48))
		return LAB_BAD_ADDRESS;
	go(lab, gpa, &w);
	if (w.pte && PRESENT(*w.pte)) {
		entry = *w.pte;
		page->level = 1;
		page->hpa = PA(entry);
	} else if (!w.pte && w.pde && PRESENT(*w.pde)) {
		entry = *w.pde;
		page->level = 2;
		page->hpa = PA(entry) + (gpa & 0x1fffff);
	} else if (!w.pde && w.pdpte && PRESENT(*w.pdpte)) {
		entry = *w.pdpte;
		page->level = 3;
		page->hpa = PA(entry) + (gpa & 0x3fffffff);
	} else {
		return LAB_NOT_EXIST;
	}
	page->perm = entry & 7;
	page->type = entry >> 3 & 7;
	return LAB_OK;
}

int lab_gpa2hpa(const struct lab *lab, uint64_t gpa, uint64_t *hpa)
{
	struct lab_page page;
	int result = lab_walk(lab, gpa - gpa % 4096, &page);

	*hpa = 0;
	if (result == LAB_OK)
		*hpa = page.hpa + gpa % 4096;
	return result;
}

/* A guest's entry, 0 if there is no memory. */
static uint64_t guest(const struct lab *lab, uint64_t table, uint64_t index)
{
	uint64_t hpa;

	if (lab_gpa2hpa(lab, PA(table) + (index & 511) * 8, &hpa) != LAB_OK)
		return 0;
	return *(uint64_t *)lab->frame_pointer(hpa);
}

int lab_gva2hpa(const struct lab *lab, uint64_t cr3, uint64_t gva, uint64_t *hpa)
{
	uint64_t pml4e, pdpte, pde, pte;

	*hpa = 0;
	pml4e = guest(lab, cr3, gva >> 39);
	if (!(pml4e & 1))
		return LAB_NOT_EXIST;
	pdpte = guest(lab, pml4e, gva >> 30);
	if (!(pdpte & 1))
		return LAB_NOT_EXIST;
	if (pdpte & PS)
		return lab_gpa2hpa(lab, (pdpte & 0xfffffc0000000ull) + (gva & 0x3fffffff), hpa);
	pde = guest(lab, pdpte, gva >> 21);
	if (!(pde & 1))
		return LAB_NOT_EXIST;
	if (pde & PS)
		return lab_gpa2hpa(lab, (pde & 0xfffffffe00000ull) + (gva & 0x1fffff), hpa);
	pte = guest(lab, pde, gva >> 12);
	if (!(pte & 1))
		return LAB_NOT_EXIST;
	return lab_gpa2hpa(lab, PA(pte) + (gva & 4095), hpa);
}
