/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A correct submission, recursive: each function does one level and calls itself
 * for the next.
 */
#include <eptsim/submission.h>

#include <stdbool.h>
#include <string.h>

#define RWX (LAB_R | LAB_W | LAB_X)
#define LARGE (1ull << 7)
#define ACCESSED (1ull << 8)
#define DIRTY (1ull << 9)
#define ADDRESS 0x000ffffffffff000ull

/* ---- Entries ---- */

uint64_t lab_entry_pa(uint64_t entry)
{
	return entry & ADDRESS;
}

uint64_t lab_entry_flags(uint64_t entry)
{
	return entry & ~ADDRESS;
}

uint64_t lab_entry_set_pa(uint64_t entry, uint64_t hpa)
{
	return (entry & ~ADDRESS) | (hpa & ADDRESS);
}

uint64_t lab_entry_set_perm(uint64_t entry, unsigned perm)
{
	return (entry & ~(uint64_t)RWX) | (perm & RWX);
}

static bool present(uint64_t entry)
{
	return entry & RWX;
}

static bool is_page(uint64_t entry, unsigned level)
{
	return level == 1 || entry & LARGE;
}

static uint64_t size_of(unsigned level)
{
	return 1ull << (12 + 9 * (level - 1));
}

static uint64_t *entry_of(const struct lab *lab, uint64_t table, uint64_t gpa, unsigned level)
{
	uint64_t *entries = lab->frame_pointer(table);

	return &entries[gpa / size_of(level) % 512];
}

static uint64_t table_entry(uint64_t table)
{
	return table | RWX;
}

static uint64_t page_entry(uint64_t hpa, unsigned perm, unsigned type, unsigned level)
{
	return hpa | type << 3 | perm | (level > 1 ? LARGE : 0);
}

static unsigned legal(const struct lab *lab, unsigned perm)
{
	if (perm & LAB_W)
		perm |= LAB_R;
	if (!(lab->capabilities & LAB_CAP_EXECUTE_ONLY) && perm & LAB_X)
		perm |= LAB_R;
	return perm;
}

static bool too_wide(const struct lab *lab, uint64_t gpa)
{
	return gpa >> (lab->levels == 5 ? 57 : 48);
}

static void flush(const struct lab *lab)
{
	for (unsigned i = 0; i < lab->processors; i++)
		lab->invept(i, LAB_INVEPT_SINGLE, lab->eptp);
}

uint64_t lab_eptp(const struct lab *lab)
{
	uint64_t eptp = lab->root | (lab->levels - 1) << 3;

	if (lab->capabilities & LAB_CAP_WB)
		eptp |= LAB_WB;
	if (lab->want_accessed_dirty && lab->capabilities & LAB_CAP_AD)
		eptp |= 1 << 6;
	return eptp;
}

/* ---- Map ---- */

static int new_table(const struct lab *lab, uint64_t *table)
{
	if (lab->alloc_frame(table) != 0)
		return LAB_NO_FRAME;
	memset(lab->frame_pointer(*table), 0, 4096);
	return LAB_OK;
}

static int map_in(const struct lab *lab, uint64_t table, unsigned level, uint64_t gpa,
                  uint64_t leaf, unsigned page_level)
{
	uint64_t *entry = entry_of(lab, table, gpa, level), below;
	int result;

	if (level == page_level) {
		if (present(*entry))
			return LAB_DUPLICATED;
		*entry = leaf;
		return LAB_OK;
	}
	if (present(*entry)) {
		if (is_page(*entry, level))
			return LAB_DUPLICATED;
		return map_in(lab, lab_entry_pa(*entry), level - 1, gpa, leaf, page_level);
	}
	result = new_table(lab, &below);
	if (result != LAB_OK)
		return result;
	result = map_in(lab, below, level - 1, gpa, leaf, page_level);
	if (result != LAB_OK)
		lab->free_frame(below);
	else
		*entry = table_entry(below);
	return result;
}

static int map_level(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm,
                     unsigned type, unsigned level)
{
	if ((gpa | hpa) % size_of(level))
		return LAB_UNALIGNED;
	if (too_wide(lab, gpa) || hpa >> lab->maxphyaddr)
		return LAB_BAD_ADDRESS;
	if (perm == 0 || perm & ~RWX)
		return LAB_BAD_PERMISSION;
	if (type != LAB_UC && type != LAB_WC && type != LAB_WT && type != LAB_WP && type != LAB_WB)
		return LAB_BAD_TYPE;
	return map_in(lab, lab->root, lab->levels, gpa,
	              page_entry(hpa, legal(lab, perm), type, level), level);
}

int lab_map(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	return map_level(lab, gpa, hpa, perm, type, 1);
}

static bool size_supported(const struct lab *lab, unsigned level)
{
	return (level == 2 && lab->capabilities & LAB_CAP_2M) ||
	       (level == 3 && lab->capabilities & LAB_CAP_1G);
}

int lab_map_large(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                  unsigned level)
{
	if (!size_supported(lab, level))
		return LAB_BAD_SIZE;
	return map_level(lab, gpa, hpa, perm, type, level);
}

/* ---- Unmap ---- */

static bool empty(const struct lab *lab, uint64_t table)
{
	const uint64_t *entries = lab->frame_pointer(table);

	for (unsigned i = 0; i < 512; i++)
		if (present(entries[i]))
			return false;
	return true;
}

static int unmap_in(const struct lab *lab, uint64_t table, unsigned level, uint64_t gpa)
{
	uint64_t *entry = entry_of(lab, table, gpa, level), below = lab_entry_pa(*entry);
	int result;

	if (!present(*entry))
		return LAB_NOT_EXIST;
	if (is_page(*entry, level)) {
		if (gpa % size_of(level))
			return LAB_UNALIGNED;
		*entry = 0;
		return LAB_OK;
	}
	result = unmap_in(lab, below, level - 1, gpa);
	if (result == LAB_OK && empty(lab, below)) {
		*entry = 0;
		lab->free_frame(below);
	}
	return result;
}

int lab_unmap(const struct lab *lab, uint64_t gpa)
{
	int result;

	if (gpa % 4096)
		return LAB_UNALIGNED;
	if (too_wide(lab, gpa))
		return LAB_BAD_ADDRESS;
	result = unmap_in(lab, lab->root, lab->levels, gpa);
	if (result == LAB_OK)
		flush(lab);
	return result;
}

/* ---- Look up ---- */

/* The entry that maps the page of `gpa`, and its level; NULL if there is none. */
static uint64_t *find(const struct lab *lab, uint64_t table, unsigned *level, uint64_t gpa)
{
	uint64_t *entry = entry_of(lab, table, gpa, *level);

	if (!present(*entry))
		return NULL;
	if (is_page(*entry, *level))
		return entry;
	--*level;
	return find(lab, lab_entry_pa(*entry), level, gpa);
}

static uint64_t *find_page(const struct lab *lab, unsigned *level, uint64_t gpa)
{
	*level = lab->levels;
	return find(lab, lab->root, level, gpa);
}

int lab_walk(const struct lab *lab, uint64_t gpa, struct lab_page *page)
{
	unsigned level;
	uint64_t *entry;

	memset(page, 0, sizeof *page);
	if (gpa % 4096)
		return LAB_UNALIGNED;
	if (too_wide(lab, gpa))
		return LAB_BAD_ADDRESS;
	entry = find_page(lab, &level, gpa);
	if (!entry)
		return LAB_NOT_EXIST;
	page->hpa = lab_entry_pa(*entry) + gpa % size_of(level);
	page->perm = *entry & RWX;
	page->type = *entry >> 3 & 7;
	page->level = level;
	return LAB_OK;
}

int lab_gpa2hpa(const struct lab *lab, uint64_t gpa, uint64_t *hpa)
{
	struct lab_page page;
	int result = lab_walk(lab, gpa & ~0xfffull, &page);

	*hpa = result == LAB_OK ? page.hpa + gpa % 4096 : 0;
	return result;
}

static int guest_walk(const struct lab *lab, uint64_t table, unsigned level, uint64_t gva,
                      uint64_t *gpa)
{
	uint64_t at, entry;
	int result = lab_gpa2hpa(lab, table + gva / size_of(level) % 512 * 8, &at);

	if (result != LAB_OK)
		return LAB_NOT_EXIST;
	entry = *(uint64_t *)lab->frame_pointer(at);
	if (!(entry & 1))
		return LAB_NOT_EXIST;
	if (level == 1 || (level < 4 && entry & LARGE)) {
		*gpa = (entry & ADDRESS & ~(size_of(level) - 1)) | gva % size_of(level);
		return LAB_OK;
	}
	return guest_walk(lab, entry & ADDRESS, level - 1, gva, gpa);
}

int lab_gva2hpa(const struct lab *lab, uint64_t cr3, uint64_t gva, uint64_t *hpa)
{
	uint64_t gpa;
	int result;

	*hpa = 0;
	result = guest_walk(lab, cr3 & ADDRESS, 4, gva, &gpa);
	return result == LAB_OK ? lab_gpa2hpa(lab, gpa, hpa) : result;
}

/* ---- Protect, split, merge ---- */

int lab_protect(const struct lab *lab, uint64_t gpa, unsigned perm)
{
	unsigned level;
	uint64_t *entry;

	if (too_wide(lab, gpa))
		return LAB_BAD_ADDRESS;
	if (perm == 0 || perm & ~RWX)
		return LAB_BAD_PERMISSION;
	entry = find_page(lab, &level, gpa);
	if (!entry)
		return LAB_NOT_EXIST;
	*entry = lab_entry_set_perm(*entry, legal(lab, perm));
	flush(lab);
	return LAB_OK;
}

int lab_split(const struct lab *lab, uint64_t gpa)
{
	unsigned level;
	uint64_t *entry, *pieces, table, old;

	if (too_wide(lab, gpa))
		return LAB_BAD_ADDRESS;
	entry = find_page(lab, &level, gpa);
	if (!entry)
		return LAB_NOT_EXIST;
	if (level == 1 || (level == 3 && !size_supported(lab, 2)))
		return LAB_BAD_SIZE;
	if (new_table(lab, &table) != LAB_OK)
		return LAB_NO_FRAME;
	old = *entry;
	*entry = 0;
	flush(lab);
	pieces = lab->frame_pointer(table);
	for (unsigned i = 0; i < 512; i++)
		pieces[i] = (level == 2 ? old & ~LARGE : old) + i * size_of(level - 1);
	*entry = table_entry(table);
	return LAB_OK;
}

int lab_merge(const struct lab *lab, uint64_t gpa, unsigned level)
{
	unsigned found;
	uint64_t *small, *piece, *above, large, flags = 0;

	if (!size_supported(lab, level))
		return LAB_BAD_SIZE;
	if (too_wide(lab, gpa))
		return LAB_BAD_ADDRESS;
	small = find_page(lab, &found, gpa & ~(size_of(level) - 1));
	if (!small)
		return LAB_NOT_EXIST;
	if (found != level - 1)
		return LAB_NOT_UNIFORM;
	piece = small;
	large = *piece & ~(ACCESSED | DIRTY);
	if (lab_entry_pa(large) % size_of(level))
		return LAB_NOT_UNIFORM;
	for (unsigned i = 0; i < 512; i++) {
		if ((piece[i] & ~(ACCESSED | DIRTY)) != large + i * size_of(level - 1))
			return LAB_NOT_UNIFORM;
		flags |= piece[i] & (ACCESSED | DIRTY);
	}
	/* The entry that references their table. */
	above = entry_of(lab, lab->root, gpa, lab->levels);
	for (unsigned l = lab->levels; l > level; l--)
		above = entry_of(lab, lab_entry_pa(*above), gpa, l - 1);
	uint64_t table = lab_entry_pa(*above);

	*above = 0;
	flush(lab);
	*above = large | flags | LARGE;
	lab->free_frame(table);
	return LAB_OK;
}

/* ---- Violations ---- */

int lab_on_violation(const struct lab *lab, const struct lab_violation *violation)
{
	uint64_t gpa = violation->gpa & ~0xfffull, hpa;

	if (lab->backing(gpa, &hpa) != 0)
		return LAB_NOT_EXIST;
	return lab_map(lab, gpa, hpa, RWX, LAB_WB);
}

/* ---- A processor ---- */

struct cpu {
	const struct lab *lab;
	const struct lab_access *access;
	uint64_t gva; /* in the page being translated */
	struct lab_event *event;
	uint64_t *entry[5]; /* the guest's, by level */
	uint64_t slot[5];   /* their gpas */
	unsigned rights[5]; /* of the EPT where they lie */
};

static bool violation(struct cpu *c, uint64_t gpa, unsigned access, unsigned rights, bool final)
{
	c->event->kind = LAB_EPT_VIOLATION;
	c->event->qualification = access | rights << 3 | 1 << 7 | final << 8;
	c->event->gpa = gpa;
	c->event->gla = c->gva;
	return false;
}

/* One EPT walk. `access` of RWX is needed. */
static bool nested(struct cpu *c, uint64_t gpa, unsigned access, bool final, uint64_t *hpa,
                   unsigned *rights)
{
	bool flags = c->lab->eptp & 1 << 6;
	unsigned all = RWX, level = c->lab->levels;
	uint64_t table = c->lab->root, *used[6], *entry;

	for (;; level--) {
		entry = used[level] = entry_of(c->lab, table, gpa, level);
		if (!present(*entry))
			return violation(c, gpa, access, 0, final);
		all &= *entry & RWX;
		if (is_page(*entry, level))
			break;
		table = lab_entry_pa(*entry);
	}
	if (access & ~all)
		return violation(c, gpa, access, all, final);
	for (unsigned l = c->lab->levels; flags && l >= level; l--)
		*used[l] |= ACCESSED;
	if (flags && access & LAB_W)
		*entry |= DIRTY;
	*hpa = (lab_entry_pa(*entry) & ~(size_of(level) - 1)) | gpa % size_of(level);
	*rights = all;
	return true;
}

static bool page_fault(struct cpu *c, bool is_present, bool reserved)
{
	const struct lab_access *a = c->access;

	c->event->kind = LAB_PAGE_FAULT;
	c->event->error_code = is_present | (a->type == LAB_WRITE) << 1 | (a->user != 0) << 2 |
	                       reserved << 3 | (a->type == LAB_FETCH) << 4;
	c->event->cr2 = c->gva;
	return false;
}

static bool reserved_bits(const struct cpu *c, uint64_t entry, unsigned level)
{
	uint64_t bad = ADDRESS & ~((1ull << c->lab->maxphyaddr) - 1);

	if (level == 4)
		bad |= LARGE;
	else if (level > 1 && entry & LARGE)
		bad |= (size_of(level) - 1) & ~0x1fffull;
	return entry & bad;
}

/* Down to the page: its gpa in *gpa. */
static bool guest_tables(struct cpu *c, uint64_t table, unsigned level, uint64_t all, uint64_t any,
                         unsigned *page_level, uint64_t *gpa)
{
	/* With EPT A/D flags on, an access to a guest's table counts as a write. */
	unsigned access = c->lab->eptp & 1 << 6 ? LAB_R | LAB_W : LAB_R;
	const struct lab_access *a = c->access;
	uint64_t hpa, entry;

	c->slot[level] = table + c->gva / size_of(level) % 512 * 8;
	if (!nested(c, c->slot[level], access, false, &hpa, &c->rights[level]))
		return false;
	c->entry[level] = c->lab->frame_pointer(hpa);
	entry = *c->entry[level];
	if (!(entry & 1))
		return page_fault(c, false, false);
	if (reserved_bits(c, entry, level))
		return page_fault(c, true, true);
	all &= entry;
	any |= entry;
	if (level > 1 && !(level < 4 && entry & LARGE))
		return guest_tables(c, entry & ADDRESS, level - 1, all, any, page_level, gpa);
	*page_level = level;
	if ((a->user && !(all & 4)) || (a->type == LAB_WRITE && !(all & 2)) ||
	    (a->type == LAB_FETCH && any >> 63))
		return page_fault(c, true, false);
	*gpa = (entry & ADDRESS & ~(size_of(level) - 1)) | c->gva % size_of(level);
	return true;
}

static bool set_guest_flags(struct cpu *c, unsigned page_level)
{
	for (unsigned level = 4; level >= page_level; level--) {
		uint64_t flags = 1 << 5;

		if (level == page_level && c->access->type == LAB_WRITE)
			flags |= 1 << 6;
		if ((*c->entry[level] & flags) == flags)
			continue;
		if (!(c->rights[level] & LAB_W))
			return violation(c, c->slot[level], LAB_R | LAB_W, c->rights[level], false);
		*c->entry[level] |= flags;
	}
	return true;
}

static bool translate_page(struct cpu *c, uint64_t *hpa)
{
	static const unsigned needs[] = { LAB_R, LAB_W, LAB_X };
	unsigned page_level, rights;
	uint64_t gpa;

	return guest_tables(c, c->access->cr3 & ADDRESS, 4, ~0ull, 0, &page_level, &gpa) &&
	       set_guest_flags(c, page_level) &&
	       nested(c, gpa, needs[c->access->type], true, hpa, &rights);
}

int lab_translate(const struct lab *lab, const struct lab_access *access, struct lab_event *event)
{
	struct cpu c = { lab, access, access->gva, event, { 0 }, { 0 }, { 0 } };
	uint64_t next = (access->gva | 0xfff) + 1, second;

	memset(event, 0, sizeof *event);
	event->kind = LAB_DONE;
	if (!translate_page(&c, &event->hpa))
		return LAB_OK;
	if (access->gva + access->size > next) {
		c.gva = next;
		translate_page(&c, &second);
	}
	return LAB_OK;
}
