/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The dispatcher: from RIP to a block, through the block, and again.
 */
#include "cpu/handler.h"

#include "mmu/level1.h"

#include <stdlib.h>

/* ---- Leaving a block ---- */

enum cpu_status op_leave(struct cpu *c, const struct op *op)
{
	c->rip = c->r[CPU_PAGE] + op->start;
	return CPU_OK;
}

enum cpu_status cpu_leave_behind(struct cpu *c, const struct op *op)
{
	c->rip = c->r[CPU_PAGE] + op->start + op->length;
	c->left += op->left;
	return CPU_OK;
}

enum cpu_status cpu_leave_before(struct cpu *c, const struct op *op)
{
	c->rip = c->r[CPU_PAGE] + op->start;
	c->left += op->left + 1;
	c->bounce_size = 0;
	return outcome_is_exit(c->exception.fault.kind) ? CPU_EXIT : CPU_EXCEPTION;
}

enum cpu_status cpu_raise_code(struct cpu *c, const struct op *op, unsigned vector,
			       uint32_t error_code)
{
	c->exception = (struct exception){ .vector = (uint8_t)vector,
					   .has_error_code = vector >= 10 && vector <= 14,
					   .error_code = error_code };
	return cpu_leave_before(c, op);
}

enum cpu_status cpu_raise(struct cpu *c, const struct op *op, unsigned vector)
{
	return cpu_raise_code(c, op, vector, 0);
}

enum cpu_status op_undefined(struct cpu *c, const struct op *op)
{
	return cpu_raise(c, op, VECTOR_UD);
}

enum cpu_status cpu_jump(struct cpu *c, const struct op *op, uint64_t to)
{
	c->rip = to;
	c->left += op->left;
	return CPU_OK;
}

/* ---- Fetching ---- */

static bool fetch(struct cpu *c, uint64_t at, unsigned size, struct translation *t)
{
	struct access a = { .gva = gva(at), .size = size, .type = ACCESS_FETCH };

	return cpu_translate(c, &a, t);
}

static enum cpu_status fetch_failed(const struct cpu *c)
{
	return outcome_is_exit(c->exception.fault.kind) ? CPU_EXIT : CPU_EXCEPTION;
}

#define CROSSINGS 256u

/* Bytes of the instruction at RIP, which may cross into a second page. Sets
 * *length, or the exception. */
static bool fetch_bytes(struct cpu *c, unsigned char bytes[INSTRUCTION_MAX], unsigned *length)
{
	unsigned room = (unsigned)(PAGE_SIZE_4K - (c->rip & (PAGE_SIZE_4K - 1)));
	unsigned offset = (unsigned)(c->rip & (PAGE_SIZE_4K - 1));
	unsigned first = room < INSTRUCTION_MAX ? room : INSTRUCTION_MAX;
	struct translation t;
	struct op op[2];
	bool ends;

	c->r[CPU_PAGE] = c->rip - offset;
	if (!fetch(c, c->rip, 1, &t))
		return false;
	arena_read(&c->machine->arena, t.page[0].hpa, bytes, first);
	*length = decode_op(c, bytes, first, offset, op, &ends);
	if (*length)
		return true;
	/* It needs bytes of the next page. */
	if (!fetch(c, c->rip + first, 1, &t))
		return false;
	arena_read(&c->machine->arena, t.page[0].hpa, bytes + first, INSTRUCTION_MAX - first);
	*length = decode_op(c, bytes, INSTRUCTION_MAX, offset, op, &ends);
	return true;
}

/* One instruction, not from the cache of blocks. */
static enum cpu_status run_one(struct cpu *c)
{
	unsigned char bytes[INSTRUCTION_MAX] = { 0 };
	unsigned offset = (unsigned)(c->rip & (PAGE_SIZE_4K - 1)), length;

	if (!fetch_bytes(c, bytes, &length))
		return fetch_failed(c);
	struct crossing *k = &c->crossings[c->rip % CROSSINGS];

	if (k->length != length || k->op[0].start != offset || memcmp(k->bytes, bytes, length)) {
		code_one(c, bytes, length, offset, k->op);
		k->length = (uint8_t)length;
		memcpy(k->bytes, bytes, sizeof k->bytes);
	}
	c->left--;
	c->stop = false;
	enum cpu_status status = k->op[0].run(c, k->op);

	c->from = NULL; /* no links from here: the op outlives blocks */
	return status;
}

/* The fast page of RIP's page: the processor's own fetch, if it has none yet. */
static struct fast_page *find_page(struct cpu *c)
{
	uint64_t page = c->rip & ~(PAGE_SIZE_4K - 1);
	struct fast_page *f = &c->fast[FAST_FETCH][page >> PAGE_SHIFT_4K & (FAST_PAGES - 1)];

	if (unlikely(f->page != page))
		return NULL;
	if (unlikely(!f->code))
		f->code = code_page_find(c, f->frame);
	return f->code ? f : NULL;
}

static enum cpu_status run_block(struct cpu *c, struct fast_page *f)
{
	struct block *b = code_block(c, f->code, (unsigned)(c->rip & (PAGE_SIZE_4K - 1)));

	if (unlikely(!b || b->count > c->left))
		return run_one(c);
	if (c->from && c->from_page == f->code)
		c->from->link = b;
	c->from = NULL;
	c->from_page = f->code;
	c->r[CPU_PAGE] = f->page;
	c->stop = false;
	int64_t before = c->left;

	c->left -= b->count;
	enum cpu_status status = b->op->run(c, b->op);

	/* Each instruction's fetch was a hit on the most recently used entry. */
	f->hits += (uint64_t)(before - c->left) + (status == CPU_EXCEPTION || status == CPU_EXIT);
	return status;
}

/* Bytes of host stack that chains of handlers may take where the compiler made no
 * tail calls of them. */
#define STACK_MAX ((uintptr_t)128 << 10)

enum cpu_status cpu_run(struct cpu *c, uint64_t count)
{
	enum cpu_status status = CPU_OK;
	int64_t budget = count > INT64_MAX ? INT64_MAX : (int64_t)count;

	c->left = budget;
	c->stack_floor = (uintptr_t)__builtin_frame_address(0) - STACK_MAX;
	c->from = NULL;
	while (c->left > 0 && status == CPU_OK) {
		if (unlikely(c->dead != NULL))
			code_bury(c);
		struct fast_page *f = find_page(c);

		status = f ? run_block(c, f) : run_one(c);
	}
	c->instructions += (uint64_t)(budget - c->left);
	return status;
}

/* ---- Making one ---- */

bool cpu_init(struct cpu *c, struct machine *m, struct error *err)
{
	memset(c, 0, sizeof *c);
	c->machine = m;
	c->mmu = m->processor[0].mmu;
	c->sets = mmu_level1_sets(c->mmu);
	c->mru = calloc(c->sets + 1, sizeof *c->mru);
	c->crossings = calloc(CROSSINGS, sizeof *c->crossings);
	for (unsigned kind = 0; kind < FAST_KINDS; kind++)
		for (unsigned i = 0; i < FAST_PAGES; i++)
			c->fast[kind][i].page = FAST_NONE;
	c->flags = FLAG_FIXED | FLAG_IF;
	c->mxcsr = 0x1f80;
	c->xcr0 = 3;
	c->result = 1;
	if (c->mru && c->crossings && code_init(c) && decode_init(c)) {
		cpu_forget_pages(c);
		return true;
	}
	error_set(err, "out of memory");
	cpu_destroy(c);
	return false;
}

void cpu_destroy(struct cpu *c)
{
	if (!c->machine)
		return;
	cpu_settle(c);
	code_free(c);
	decode_free(c);
	free(c->mru);
	free(c->crossings);
	memset(c, 0, sizeof *c);
}

uint64_t cpu_flags(const struct cpu *c)
{
	return (c->flags & ~FLAG_STATUS) | flag_status(c);
}

void cpu_set_flags(struct cpu *c, uint64_t value)
{
	uint64_t changed = c->flags ^ value;

	c->flags = (value & ~FLAG_STATUS) | FLAG_FIXED;
	flag_load_status(c, value);
	if (changed & FLAG_AC)
		cpu_privilege_changed(c);
}

void cpu_privilege_changed(struct cpu *c)
{
	const struct paging_state *s = mmu_state(c->mmu);

	mmu_set_privilege(c->mmu, c->cpl, c->flags & FLAG_AC, s->pkru, s->pkrs);
	cpu_forget_pages(c);
}
