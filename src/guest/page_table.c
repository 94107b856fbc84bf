/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/page_table.h"

#include "base/walk.h"
#include "mmu/regime.h"

#define ENTRIES 512

static const struct mem *memory(const struct page_table *p)
{
	return &p->vm->hv->machine->arena.mem;
}

/* Tables are backed since they were made. */
static hpa_t table_hpa(const struct page_table *p, uint64_t slot)
{
	hpa_t at = { slot };

	if (hv_virtual(p->vm->hv) && gpa2hpa(&p->vm->ept, gpa(slot), &at) != EPT_OK)
		at = hpa(~UINT64_C(7));
	return at;
}

bool page_table_frame(struct page_table *p, gpa_t *at, struct error *err)
{
	hpa_t frame, where;

	if (!frames_allocate(p->frames, FRAME_4K, &frame)) {
		machine_no_frame(p->vm->hv->machine, err, "the guest", FRAME_4K, p->vm->memory);
		return false;
	}
	*at = gpa(frame.v);
	if (!hv_kernel_writes(p->vm, *at, &where, err))
		return false;
	arena_zero(&p->vm->hv->machine->arena, where, PAGE_SIZE_4K);
	p->stats->tables++;
	return true;
}

bool page_table_create(struct page_table *p, struct error *err)
{
	return page_table_frame(p, &p->root, err);
}

/* ---- The walk ---- */

struct edit {
	struct page_table *p;
	unsigned level;  /* of the page to be mapped; 0: look, and make nothing */
	uint64_t rights; /* of tables made */
	bool failed;
	struct error *err;
	struct page_table_leaf end;
	uint64_t made; /* GPA of the table just made */
};

static inline bool edit_locate(void *context, unsigned level, uint64_t slot, hpa_t *at)
{
	const struct edit *e = context;

	(void)level;
	*at = table_hpa(e->p, slot);
	return true;
}

static inline uint64_t edit_read(void *context, unsigned level, hpa_t at)
{
	const struct edit *e = context;

	(void)level;
	return mem_read64(memory(e->p), at);
}

static enum walk_end make_table(struct edit *e, hpa_t at)
{
	gpa_t table;

	if (!page_table_frame(e->p, &table, e->err)) {
		e->failed = true;
		return WALK_STOPPED;
	}
	e->made = table.v;
	mem_write64(memory(e->p), at, table.v | e->rights);
	return WALK_TABLE;
}

static inline enum walk_end edit_judge(void *context, unsigned level, uint64_t slot, hpa_t at,
                                       uint64_t entry)
{
	struct edit *e = context;

	(void)slot;
	e->end = (struct page_table_leaf){ .level = (uint8_t)level, .slot = at, .entry = entry };
	e->made = 0;
	if (!(entry & (PTE_P | PTE_KEPT)))
		return e->level && level > e->level ? make_table(e, at) : WALK_NOT_PRESENT;
	if (level == 1 || entry & PTE_PS) {
		e->end.there = true;
		return WALK_PAGE;
	}
	/* A table where the page should go. */
	return level == e->level ? WALK_BAD : WALK_TABLE;
}

static inline uint64_t edit_table(void *context, uint64_t entry)
{
	const struct edit *e = context;

	return e->made ? e->made : entry & PTE_ADDRESS;
}

static const struct walk_format edit_format = {
	.index_bits = 9,
	.entry_shift = 3,
	.locate = edit_locate,
	.read = edit_read,
	.judge = edit_judge,
	.table = edit_table,
};

static enum walk_end run(struct edit *e, gva_t at)
{
	return walk_run(&edit_format, e, e->p->levels, e->p->root.v, at.v);
}

struct page_table_leaf page_table_find(const struct page_table *p, gva_t at)
{
	struct edit e = { .p = (struct page_table *)p };

	run(&e, at);
	return e.end;
}

enum page_table_result page_table_map(struct page_table *p, gva_t at, unsigned level, uint64_t leaf,
                                      struct error *err)
{
	struct edit e = {
		.p = p,
		.level = level,
		.rights = PTE_P | PTE_RW | (at.v >> 63 ? 0 : PTE_US),
		.err = err,
	};
	enum walk_end end = run(&e, at);

	if (e.failed)
		return PAGE_TABLE_NO_MEMORY;
	if (end != WALK_NOT_PRESENT)
		return PAGE_TABLE_OCCUPIED;
	mem_write64(memory(p), e.end.slot, leaf | (level > 1 ? PTE_PS : 0));
	return PAGE_TABLE_OK;
}

bool page_table_split(struct page_table *p, const struct page_table_leaf *leaf, gva_t at,
                      struct error *err)
{
	uint64_t step = BIT(walk_shift(9, leaf->level - 1u));
	uint64_t small = leaf->level == 2 ? leaf->entry & ~PTE_PS : leaf->entry;
	gpa_t table;

	if (!page_table_frame(p, &table, err))
		return false;
	hpa_t where = table_hpa(p, table.v);

	for (unsigned i = 0; i < ENTRIES; i++)
		mem_write64(memory(p), hpa(where.v + 8 * i), small + i * step);
	mem_write64(memory(p), leaf->slot,
	            table.v | PTE_P | PTE_RW | (at.v >> 63 ? 0 : PTE_US) | (leaf->entry & PTE_A));
	p->stats->splits++;
	return true;
}

void page_table_store(struct page_table *p, const struct page_table_leaf *leaf, uint64_t entry)
{
	mem_write64(memory(p), leaf->slot, entry);
}
