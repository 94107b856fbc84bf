/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The marks by which the place of the data is known, and the registers that
 * bring them there.
 */
#include "vmxlist/planner.h"

#define SELECTOR 8 /* the descriptor that LAR reads: GDT base + 8 */
/* A present data segment of DPL 3. */
#define DESCRIPTOR UINT64_C(0x00cff3000000ffff)

/* The 64-bit cell at `at` after the step. */
static uint64_t value_after(const struct planner *p, uint64_t at)
{
	const struct cell_list *changed = &p->result.changed;

	for (size_t i = 0; i < changed->count; i++)
		if (changed->cells[i].at.v == at)
			return changed->cells[i].value;
	return cells_read(p->memory, hpa(at));
}

static uint64_t byte_at(const struct access *a, const struct plan_op *o, unsigned i)
{
	unsigned first = (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)));

	return i < first ? o->hpa + i : o->hpa2 + (i - first);
}

/* Which byte value marks byte `i`; 0 is what every other place holds. */
static uint8_t mark_of(const struct access *a, const struct code *c, unsigned i, unsigned op)
{
	if (a->type == ACCESS_FETCH)
		return i < c->size ? c->bytes[i] : CODE_INT3;
	if (a->implicit)
		return (uint8_t)(DESCRIPTOR >> (8 * i));
	/* From 41h up, and another one than that of a write to the same place before. */
	return (uint8_t)(0x41 + (i + 19 * op) % 0xb0);
}

/* Collects the cells that the data lie in and that the scenario does not name,
 * with the marks; bytes in named cells keep what is there. False: a fetch whose
 * bytes are in a named cell. */
bool plan_mark(struct planner *p, struct plan_op *o, const struct access *a, const struct code *c)
{
	struct plan *plan = &p->plan;

	/* INCSSP tells nothing of what it reads. */
	o->checked = !a->shadow_stack || a->type == ACCESS_WRITE;
	if (!o->checked)
		return true;
	for (unsigned i = 0; i < a->size && i < PLAN_DATA_MAX; i++) {
		uint64_t at = byte_at(a, o, i), cell = at & ~UINT64_C(7);
		unsigned shift = 8 * (at & 7), m = 0;

		if (plan_among(plan->cells, plan->named, cell) || plan_among(plan->extras, plan->item.extras, cell)) {
			o->data[i] = (uint8_t)(value_after(p, cell) >> shift);
			if (a->type == ACCESS_FETCH)
				return false;
			o->checked = o->checked && !a->implicit;
			continue;
		}
		o->data[i] = mark_of(a, c, i, plan->item.ops);
		while (m < o->written_count && o->written[m].at != cell)
			m++;
		if (m == o->written_count)
			o->written[o->written_count++] = (struct work_cell){ cell, 0 };
		o->written[m].value |= (uint64_t)o->data[i] << shift;
	}
	return true;
}

static uint64_t data_word(const struct plan_op *o, unsigned from)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8 && from + i < PLAN_DATA_MAX; i++)
		word |= (uint64_t)o->data[from + i] << (8 * i);
	return word;
}

/* What the registers hold: the data to write; of an OR nothing where a named
 * cell is; of a CMPXCHG the old content beside. */
void plan_registers(const struct plan *plan, struct plan_op *o, const struct access *a,
			  const struct code *c)
{
	uint64_t old[2] = { 0 }, add[2] = { 0 };

	for (unsigned i = 0; i < a->size && i < PLAN_DATA_MAX; i++) {
		bool named = o->located && plan_among(plan->cells, plan->named, byte_at(a, o, i) & ~UINT64_C(7));

		old[i / 8] |= named ? (uint64_t)o->data[i] << (8 * (i & 7)) : 0;
		add[i / 8] |= named ? 0 : (uint64_t)o->data[i] << (8 * (i & 7));
	}
	bool exchange = a->type == ACCESS_RMW && !a->shadow_stack &&
			(a->size == 16 || (a->size == 8 && !(o->op.flags & WORK_LONG)));

	o->op.rdi = a->gva.v;
	o->op.rsp = a->stack ? a->gva.v : 0;
	o->op.ssp = a->shadow_stack && a->type == ACCESS_READ ? a->gva.v : 0;
	o->op.rcx = SELECTOR;
	if (a->implicit)
		o->op.gdt_base = a->gva.v - SELECTOR;
	if (!(o->op.flags & WORK_LONG))
		o->op.gdt_base &= 0xffffffff;
	if (exchange && a->size == 16) {
		o->op.rax = old[0];
		o->op.rdx = old[1];
		o->op.rbx = data_word(o, 0);
		o->op.rcx = data_word(o, 8);
	} else if (exchange) {
		o->op.rax = old[0] & 0xffffffff;
		o->op.rdx = old[0] >> 32;
		o->op.rbx = data_word(o, 0) & 0xffffffff;
		o->op.rcx = data_word(o, 0) >> 32;
	} else if (a->type == ACCESS_RMW) {
		o->op.rax = add[0];
	} else if (a->type == ACCESS_WRITE) {
		o->op.rax = data_word(o, 0);
		o->op.rdx = data_word(o, 8);
	} else if (a->shadow_stack) {
		o->op.rax = 1; /* INCSSP by one */
	}
	o->data_in_xmm = c->data_in_xmm && a->type == ACCESS_READ;
	o->lar = c->lar;
}
