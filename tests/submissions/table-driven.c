/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A correct submission, driven by a table of levels: one loop walks, and says
 * where it ended; everything else looks at that.
 */
#include <eptsim/submission.h>

#include <stddef.h>
#include <string.h>

typedef unsigned long long u64;

static const struct level {
	unsigned shift;
	u64 capability; /* for a page of this level; 0: there is none */
	u64 page;       /* bits that make an entry a page */
} levels[] = {
	[1] = { 12, 0, 0 },
	[2] = { 21, LAB_CAP_2M, 1 << 7 },
	[3] = { 30, LAB_CAP_1G, 1 << 7 },
	[4] = { 39, 0, 0 },
	[5] = { 48, 0, 0 },
};

enum field { PERM_SHIFT = 0, TYPE_SHIFT = 3, FLAG_A = 1 << 8, FLAG_D = 1 << 9 };

static const u64 address_mask = 0x000ffffffffff000, perm_mask = 7;

#define SIZE(level) (1ull << levels[level].shift)

uint64_t lab_entry_pa(uint64_t e)
{
	return e & address_mask;
}

uint64_t lab_entry_flags(uint64_t e)
{
	return e & ~address_mask;
}

uint64_t lab_entry_set_pa(uint64_t e, uint64_t hpa)
{
	return e ^ ((e ^ hpa) & address_mask);
}

uint64_t lab_entry_set_perm(uint64_t e, unsigned perm)
{
	return e ^ ((e ^ perm) & perm_mask);
}

/* ---- The one walk ---- */

struct walk {
	volatile uint64_t *slot[6]; /* by level, down to `level` */
	unsigned level;             /* where it ended: a page, or nothing */
	u64 entry;
};

static int page_at(unsigned level, u64 e)
{
	return level == 1 || (levels[level].page & e);
}

static volatile uint64_t *slot(const struct lab *lab, u64 table, unsigned level, u64 address)
{
	return (uint64_t *)lab->frame_pointer(table) + (address >> levels[level].shift) % 512;
}

/* Down to `lowest` at most. 1: there is a page. */
static int walk(const struct lab *lab, u64 gpa, unsigned lowest, struct walk *w)
{
	u64 table = lab->root;

	for (w->level = lab->levels;; w->level--) {
		w->slot[w->level] = slot(lab, table, w->level, gpa);
		w->entry = *w->slot[w->level];
		if (!(w->entry & perm_mask))
			return 0;
		if (page_at(w->level, w->entry))
			return 1;
		if (w->level == lowest)
			return 2;
		table = lab_entry_pa(w->entry);
	}
}

static int bad_gpa(const struct lab *lab, u64 gpa)
{
	return (gpa >> levels[lab->levels].shift) >> 9 != 0;
}

static unsigned repair(const struct lab *lab, unsigned perm)
{
	static const unsigned with[8] = { 0, 1, 3, 3, 4, 5, 7, 7 },
			      without[8] = { 0, 1, 3, 3, 5, 5, 7, 7 };

	return (lab->capabilities & LAB_CAP_EXECUTE_ONLY ? with : without)[perm];
}

static void tell_processors(const struct lab *lab)
{
	unsigned n = lab->processors;

	while (n--)
		lab->invept(n, LAB_INVEPT_ALL, 0);
}

/* ---- Map ---- */

static int map(const struct lab *lab, u64 gpa, u64 hpa, unsigned perm, unsigned type,
               unsigned level)
{
	struct walk w;
	uint64_t made[4], entry = hpa | levels[level].page | type << TYPE_SHIFT;
	unsigned count = 0;

	if ((gpa | hpa) & (SIZE(level) - 1))
		return LAB_UNALIGNED;
	if (bad_gpa(lab, gpa) || (hpa >> lab->maxphyaddr))
		return LAB_BAD_ADDRESS;
	if (!perm || perm > perm_mask)
		return LAB_BAD_PERMISSION;
	if (type > 6 || type == 2 || type == 3)
		return LAB_BAD_TYPE;
	if (walk(lab, gpa, level, &w))
		return LAB_DUPLICATED;
	entry |= repair(lab, perm);
	/* From the bottom up, so that one store makes it all appear. */
	for (unsigned l = level; l < w.level; l++) {
		if (lab->alloc_frame(&made[count])) {
			while (count)
				lab->free_frame(made[--count]);
			return LAB_NO_FRAME;
		}
		memset(lab->frame_pointer(made[count]), 0, 4096);
		*slot(lab, made[count], l, gpa) = entry;
		entry = made[count++] | perm_mask;
	}
	*w.slot[w.level] = entry;
	return LAB_OK;
}

int lab_map(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	return map(lab, gpa, hpa, perm, type, 1);
}

int lab_map_large(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                  unsigned level)
{
	if (level < 2 || level > 3 || !(levels[level].capability & lab->capabilities))
		return LAB_BAD_SIZE;
	return map(lab, gpa, hpa, perm, type, level);
}

/* ---- Unmap ---- */

int lab_unmap(const struct lab *lab, uint64_t gpa)
{
	struct walk w;
	unsigned top;
	uint64_t gone[4], count = 0;

	if (gpa % 4096)
		return LAB_UNALIGNED;
	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (!walk(lab, gpa, 1, &w))
		return LAB_NOT_EXIST;
	if (gpa & (SIZE(w.level) - 1))
		return LAB_UNALIGNED;
	/* The highest entry below which there is nothing else. */
	for (top = w.level; top < lab->levels; top++) {
		const uint64_t *table = lab->frame_pointer(lab_entry_pa(*w.slot[top + 1]));
		unsigned present = 0;

		for (unsigned i = 0; i < 512; i++)
			present += (table[i] & perm_mask) != 0;
		if (present > 1)
			break;
		gone[count++] = lab_entry_pa(*w.slot[top + 1]);
	}
	*w.slot[top] = 0;
	tell_processors(lab);
	while (count)
		lab->free_frame(gone[--count]);
	return LAB_OK;
}

/* ---- Look up ---- */

static u64 in_page(u64 entry, unsigned level, u64 address)
{
	u64 offset = SIZE(level) - 1;

	return (entry & address_mask & ~offset) | (address & offset);
}

int lab_walk(const struct lab *lab, uint64_t gpa, struct lab_page *page)
{
	struct walk w;

	*page = (struct lab_page){ 0, 0, 0, 0 };
	if (gpa % 4096)
		return LAB_UNALIGNED;
	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (!walk(lab, gpa, 1, &w))
		return LAB_NOT_EXIST;
	*page = (struct lab_page){ in_page(w.entry, w.level, gpa), w.entry & perm_mask,
		                   w.entry >> TYPE_SHIFT & 7, w.level };
	return LAB_OK;
}

int lab_gpa2hpa(const struct lab *lab, uint64_t gpa, uint64_t *hpa)
{
	struct walk w;

	*hpa = 0;
	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (!walk(lab, gpa, 1, &w))
		return LAB_NOT_EXIST;
	*hpa = in_page(w.entry, w.level, gpa);
	return LAB_OK;
}

int lab_gva2hpa(const struct lab *lab, uint64_t cr3, uint64_t gva, uint64_t *hpa)
{
	u64 table = cr3, entry;
	unsigned level = 4;

	for (;; level--) {
		u64 at = (table & address_mask) | (gva >> levels[level].shift) % 512 << 3;

		if (lab_gpa2hpa(lab, at, hpa))
			return LAB_NOT_EXIST;
		entry = *(uint64_t *)lab->frame_pointer(*hpa);
		*hpa = 0;
		if (!(entry & 1))
			return LAB_NOT_EXIST;
		if (page_at(level, entry))
			return lab_gpa2hpa(lab, in_page(entry, level, gva), hpa);
		table = entry;
	}
}

/* ---- What need not be there ---- */

uint64_t lab_eptp(const struct lab *lab)
{
	static const struct {
		u64 capability, bits;
		int wanted;
	} parts[] = { { LAB_CAP_WB, LAB_WB, 1 }, { LAB_CAP_AD, 1 << 6, 0 } };
	u64 eptp = lab->root + (lab->levels - 1) * 8;

	for (unsigned i = 0; i < 2; i++)
		if (lab->capabilities & parts[i].capability &&
		    (parts[i].wanted || lab->want_accessed_dirty))
			eptp |= parts[i].bits;
	return eptp;
}

int lab_protect(const struct lab *lab, uint64_t gpa, unsigned perm)
{
	struct walk w;

	if (!perm || perm > perm_mask)
		return LAB_BAD_PERMISSION;
	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (!walk(lab, gpa, 1, &w))
		return LAB_NOT_EXIST;
	*w.slot[w.level] = lab_entry_set_perm(w.entry, repair(lab, perm));
	tell_processors(lab);
	return LAB_OK;
}

int lab_split(const struct lab *lab, uint64_t gpa)
{
	struct walk w;
	uint64_t frame, *piece;

	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (!walk(lab, gpa, 1, &w))
		return LAB_NOT_EXIST;
	if (w.level == 1 || (w.level == 3 && !(lab->capabilities & LAB_CAP_2M)))
		return LAB_BAD_SIZE;
	if (lab->alloc_frame(&frame))
		return LAB_NO_FRAME;
	piece = lab->frame_pointer(frame);
	*w.slot[w.level] = 0;
	tell_processors(lab);
	for (u64 i = 0; i < 512; i++)
		piece[i] = (w.entry ^ levels[w.level].page) + levels[w.level - 1].page +
		           i * SIZE(w.level - 1);
	*w.slot[w.level] = frame | perm_mask;
	return LAB_OK;
}

int lab_merge(const struct lab *lab, uint64_t gpa, unsigned level)
{
	const u64 may_differ = FLAG_A | FLAG_D;
	struct walk w;
	const volatile uint64_t *piece;
	u64 first, seen = 0, table;

	if (level < 2 || level > 3 || !(levels[level].capability & lab->capabilities))
		return LAB_BAD_SIZE;
	if (bad_gpa(lab, gpa))
		return LAB_BAD_ADDRESS;
	switch (walk(lab, gpa, level, &w)) {
	case 0:
		return LAB_NOT_EXIST;
	case 1:
		return LAB_NOT_UNIFORM;
	}
	table = lab_entry_pa(w.entry);
	piece = lab->frame_pointer(table);
	first = piece[0] & ~may_differ;
	if (!(first & perm_mask) || !page_at(level - 1, first) ||
	    lab_entry_pa(first) & (SIZE(level) - 1))
		return LAB_NOT_UNIFORM;
	for (unsigned i = 0; i < 512; i++) {
		if ((piece[i] & ~may_differ) != first + i * SIZE(level - 1))
			return LAB_NOT_UNIFORM;
		seen |= piece[i] & may_differ;
	}
	*w.slot[level] = 0;
	tell_processors(lab);
	*w.slot[level] = first | seen | levels[level].page;
	lab->free_frame(table);
	return LAB_OK;
}

int lab_on_violation(const struct lab *lab, const struct lab_violation *v)
{
	uint64_t hpa;
	int result = lab->backing(v->gpa & address_mask, &hpa);

	return result ? LAB_NOT_EXIST : lab_map(lab, v->gpa & address_mask, hpa, 7, LAB_WB);
}
