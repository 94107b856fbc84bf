/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Accesses that no fast page answers, and what makes pages fast.
 */
#include "cpu/access.h"

#include "cpu/code.h"
#include "mmu/level1.h"

#include <stdlib.h>

/* ---- Fast pages ---- */

static void settle_page(struct cpu *c, struct fast_page *f)
{
	c->machine->walk.tlb_hit[f->structure] += f->hits;
	c->machine->outcome.by[OUTCOME_OK] += f->hits;
	c->machine->accesses += f->hits;
	f->hits = 0;
}

static void drop_page(struct cpu *c, struct fast_page *f)
{
	settle_page(c, f);
	f->page = FAST_NONE;
}

void cpu_settle(struct cpu *c)
{
	for (unsigned kind = 0; kind < FAST_KINDS; kind++)
		for (unsigned i = 0; i < FAST_PAGES; i++)
			settle_page(c, &c->fast[kind][i]);
}

void cpu_forget_pages(struct cpu *c)
{
	for (unsigned kind = 0; kind < FAST_KINDS; kind++)
		for (unsigned i = 0; i < FAST_PAGES; i++)
			drop_page(c, &c->fast[kind][i]);
	for (unsigned i = 0; i < c->sets; i++)
		c->mru[i].page = FAST_NONE;
	c->stop = true;
}

void cpu_forget_frame(struct cpu *c, const unsigned char *frame)
{
	for (unsigned i = 0; i < FAST_PAGES; i++) {
		struct fast_page *f = &c->fast[FAST_WRITE][i];

		if (f->page != FAST_NONE && f->to_host + f->page == (uintptr_t)frame)
			drop_page(c, f);
	}
}

/* Another entry is the most recently used one of its set now. */
static void forget_entry(struct cpu *c, const struct fast_set *s)
{
	if (s->page == FAST_NONE)
		return;
	for (unsigned kind = 0; kind < FAST_KINDS; kind++) {
		struct fast_page *all = c->fast[kind];

		if (s->shift == PAGE_SHIFT_4K) {
			struct fast_page *f = &all[s->page & (FAST_PAGES - 1)];

			if (f->page >> PAGE_SHIFT_4K == s->page && f->page != FAST_NONE)
				drop_page(c, f);
			continue;
		}
		for (unsigned i = 0; i < FAST_PAGES; i++)
			if (all[i].page != FAST_NONE && all[i].page >> s->shift == s->page)
				drop_page(c, &all[i]);
	}
}

/* The page of a translation that has just succeeded. */
static void make_fast(struct cpu *c, const struct access *a, uint64_t at,
		      const struct page_result *page)
{
	enum fast_kind kind = a->type == ACCESS_FETCH ? FAST_FETCH :
			      a->type == ACCESS_READ  ? FAST_READ :
							FAST_WRITE;
	uint32_t set[MMU_MAX_TLBS];
	unsigned tlb, count;
	struct fast_page *f = &c->fast[kind][at >> PAGE_SHIFT_4K & (FAST_PAGES - 1)];

	/* The sets it went through, whether or not it can be made fast itself. */
	count = mmu_level1_touched(c->mmu, a, gva(at), set, &tlb);
	for (unsigned i = 0; i < count; i++) {
		struct fast_set now = { at >> page->page_shift, page->page_shift };
		struct fast_set *before = &c->mru[set[i]];

		if (before->page != now.page || before->shift != now.shift) {
			forget_entry(c, before);
			*before = now;
		}
	}
	if (count == 0) {
		cpu_forget_pages(c); /* a geometry without level 1: nothing is known */
		return;
	}
	uint8_t attributes = arena_attributes(&c->machine->arena, page->hpa);

	drop_page(c, f);
	if (c->fast_off || attributes & ARENA_MMIO ||
	    (kind == FAST_WRITE && attributes & (ARENA_CODE | ARENA_TRACED)))
		return;
	unsigned char *host = arena_frame(&c->machine->arena, page->hpa);

	if (!host)
		return;
	f->page = at & ~(PAGE_SIZE_4K - 1);
	f->to_host = (uintptr_t)host - f->page;
	f->structure = c->machine->processor[0].tlb_structure[tlb];
	f->code = NULL;
	f->frame = hpa(page->hpa.v & ~(PAGE_SIZE_4K - 1));
}

/* ---- Translating ---- */

bool cpu_translate(struct cpu *c, const struct access *a, struct translation *t)
{
	t->fault.page2 = false;
	c->machine->accesses++;
	enum outcome outcome = mmu_translate(c->mmu, a, t);

	machine_settle(c->machine, t);
	c->machine->outcome.by[outcome]++;
	if (outcome != OUTCOME_OK) {
		/* What a fault drops is more than one set. */
		cpu_forget_pages(c);
		c->exception = (struct exception){ .vector = t->fault.vector,
						   .has_error_code = t->fault.vector != VECTOR_VE,
						   .error_code = t->fault.error_code,
						   .fault = t->fault };
		return false;
	}
	uint64_t second = (a->gva.v + a->size - 1) & ~(PAGE_SIZE_4K - 1);

	make_fast(c, a, a->gva.v, &t->page[0]);
	if (t->pages == 2)
		make_fast(c, a, second, &t->page[1]);
	uint64_t here = c->r[CPU_PAGE];

	if (c->fast[FAST_FETCH][here >> PAGE_SHIFT_4K & (FAST_PAGES - 1)].page != here)
		c->stop = true;
	return true;
}

static unsigned first_part(const struct access *a, const struct translation *t)
{
	return t->pages == 2 ? (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1))) : a->size;
}

static void read_bytes(struct cpu *c, const struct access *a, const struct translation *t, void *to)
{
	unsigned part = first_part(a, t);

	arena_read(&c->machine->arena, t->page[0].hpa, to, part);
	if (t->pages == 2)
		arena_read(&c->machine->arena, t->page[1].hpa, (char *)to + part, a->size - part);
}

static void write_bytes(struct cpu *c, uint64_t at, unsigned size, const struct translation *t,
			const void *from)
{
	struct access a = { .gva = gva(at), .size = size };
	unsigned part = first_part(&a, t);

	for (unsigned i = 0; i < t->pages; i++)
		if (arena_attributes(&c->machine->arena, t->page[i].hpa) & ARENA_CODE)
			code_written(c, t->page[i].hpa);
	arena_write(&c->machine->arena, t->page[0].hpa, from, part);
	if (t->pages == 2)
		arena_write(&c->machine->arena, t->page[1].hpa, (const char *)from + part,
			    size - part);
}

bool cpu_load_slow(struct cpu *c, uint64_t at, unsigned size, bool stack)
{
	struct access a = { .gva = gva(at), .size = size, .type = ACCESS_READ, .stack = stack };
	struct translation t;

	if (!cpu_translate(c, &a, &t))
		return false;
	read_bytes(c, &a, &t, c->loaded);
	return true;
}

bool cpu_store_slow(struct cpu *c, uint64_t at, unsigned size, const void *from, bool stack)
{
	struct access a = { .gva = gva(at), .size = size, .type = ACCESS_WRITE, .stack = stack };
	struct translation t;

	if (!cpu_translate(c, &a, &t))
		return false;
	write_bytes(c, at, size, &t, from);
	return true;
}

void *cpu_modify_slow(struct cpu *c, uint64_t at, unsigned size, bool stack)
{
	struct access a = { .gva = gva(at), .size = size, .type = ACCESS_RMW, .stack = stack };

	if (!cpu_translate(c, &a, &c->bounce_at))
		return NULL;
	read_bytes(c, &a, &c->bounce_at, c->bounce);
	c->bounce_size = size;
	c->bounce_gva = at;
	return c->bounce;
}

void cpu_modify_done_slow(struct cpu *c)
{
	write_bytes(c, c->bounce_gva, c->bounce_size, &c->bounce_at, c->bounce);
	c->bounce_size = 0;
}
