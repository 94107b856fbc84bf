/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One item: memory laid out, the guest entered once for each operation, and
 * what changed told.
 */
#include "vmx/run.h"

#include "vmx/console.h"
#include "vmx/cpu.h"
#include "vmx/vmcs.h"


uint64_t vmx_pml_page[512] __attribute__((aligned(4096)));
uint64_t vmx_ve_page[512] __attribute__((aligned(4096)));

/* The cells as they were when the operation began. */
static uint64_t before[WORK_CELLS_MAX];

static volatile uint64_t *cell(uint64_t at)
{
	return (volatile uint64_t *)at;
}

static void write_cells(const struct work_cell *cells, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		*cell(cells[i].at) = cells[i].value;
}

static void zero_cells(const struct work_cell *cells, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		*cell(cells[i].at) = 0;
}

static void remember(const struct work_item *item)
{
	const struct work_cell *cells = work_cells(item);

	for (unsigned i = 0; i < item->cells; i++)
		before[i] = *cell(cells[i].at);
}

/* Before the operation, and what it begins with. */
static void restore(const struct work_item *item, const struct work_op *op)
{
	const struct work_cell *cells = work_cells(item);

	for (unsigned i = 0; i < item->cells; i++)
		*cell(cells[i].at) = before[i];
	write_cells(work_stores(op), op->stores);
}

/* ---- May it run here? ---- */

static enum work_skip unfit(const struct vmx *v, const struct work_op *op)
{
	uint32_t secondary = 0;
	uint64_t tertiary = 0;

	if (op->maxphyaddr != v->maxphyaddr)
		return WORK_SKIP_MAXPHYADDR;
	if ((op->ept_vpid_cap ^ v->ept_vpid_cap) & op->cap_mask)
		return WORK_SKIP_CAPABILITY;
	secondary |= op->controls & WORK_MBE ? SECONDARY_MBE : 0;
	secondary |= op->controls & WORK_VE ? SECONDARY_VE : 0;
	secondary |= op->controls & WORK_PML ? SECONDARY_PML : 0;
	secondary |= op->controls & WORK_SPP ? SECONDARY_SPP : 0;
	secondary |= op->vpid ? SECONDARY_VPID : 0;
	secondary |= op->flags & WORK_VMFUNC ? SECONDARY_VMFUNC : 0;
	tertiary |= op->controls & WORK_PW ? TERTIARY_PW : 0;
	tertiary |= op->controls & WORK_VGP ? TERTIARY_VGP : 0;
	tertiary |= op->controls & WORK_HLAT ? TERTIARY_HLAT : 0;
	if (secondary & ~v->secondary || tertiary & ~v->tertiary)
		return WORK_SKIP_CONTROL;
	if (op->cr4 & ~v->cr4_fixed1 || (op->flags & WORK_SHADOW_STACK && !(v->entry & ENTRY_LOAD_CET)))
		return WORK_SKIP_FEATURE;
	return WORK_SKIP_NONE;
}

/* ---- One entry ---- */

struct result {
	enum work_how how;
	uint32_t reason, interruption, error;
	uint64_t qualification, gla, gpa, rip;
	struct guest_registers registers;
	uint16_t pml_index;
};

static void enter(const struct vmx *v, const struct work_op *op, uint64_t rip, struct result *r)
{
	r->registers = (struct guest_registers){
		.rax = op->rax, .rbx = op->rbx, .rcx = op->rcx, .rdx = op->rdx, .rdi = op->rdi,
		.xmm0 = { op->rax, op->rdx },
	};
	vmx_load(v, op);
	vmwrite(VMCS_GUEST_RIP, rip);
	if (op->controls & WORK_PML)
		vmwrite(VMCS_PML_INDEX, r->pml_index);
	int failed = vm_enter(&r->registers, false);

	r->reason = failed ? (uint32_t)vmread(VMCS_INSTRUCTION_ERROR) : (uint32_t)vmread(VMCS_REASON);
	if (failed) {
		r->how = WORK_VMFAIL;
		return;
	}
	r->qualification = vmread(VMCS_QUALIFICATION);
	r->gla = vmread(VMCS_GUEST_LINEAR);
	r->gpa = vmread(VMCS_GUEST_PHYSICAL);
	r->interruption = (uint32_t)vmread(VMCS_INTERRUPTION);
	r->error = (uint32_t)vmread(VMCS_INTERRUPTION_ERROR);
	r->rip = vmread(VMCS_GUEST_RIP);
	if (op->controls & WORK_PML)
		r->pml_index = (uint16_t)vmread(VMCS_PML_INDEX);
}

/* Did the access not come about, because the code could not be reached? Its own
 * tables are good, so what stands in the way is the guest's top-level table, by
 * which the code is reached as the access is. */
static bool code_out_of_reach(const struct work_op *op, const struct result *r)
{
	const uint64_t *ve = op->flags & WORK_VE_OWN ? vmx_ve_page : (const uint64_t *)op->ve_address;
	bool is_ve = r->reason == REASON_EXCEPTION && (r->interruption & INTERRUPTION_VECTOR) == 20;

	if (r->how == WORK_VMFAIL || r->rip != op->code)
		return false;
	if (r->reason == 48 || r->reason == 49)
		return r->gpa == op->code_entry;
	return is_ve && ve[3] == op->code_entry;
}

static void prepare_own_areas(const struct work_item *item)
{
	memset(vmx_ve_page, 0, 40);
	vmx_ve_page[0] = (uint64_t)item->ve_busy << 32;
}

static void flush_translations(void)
{
	invept(2, 0);
	invvpid(2, 0, 0);
}

static void run_op(const struct vmx *v, const struct work_item *item, const struct work_op *op,
		   struct result *r)
{
	uint16_t pml_index = r->pml_index;
	uint64_t ve[5];

	memcpy(ve, vmx_ve_page, sizeof ve);
	r->how = WORK_BY_CODE;
	if (!(op->flags & WORK_ONLY_DIRECT)) {
		enter(v, op, op->code, r);
		if (!code_out_of_reach(op, r))
			return;
		if (!(op->flags & WORK_DIRECT)) {
			r->how = WORK_OUT_OF_REACH;
			return;
		}
		restore(item, op);
		memcpy(vmx_ve_page, ve, sizeof ve);
		r->pml_index = pml_index;
		flush_translations();
	}
	r->how = WORK_BY_DIRECT;
	enter(v, op, op->direct, r);
}

/* ---- What it did ---- */

static void report_cells(const struct work_item *item)
{
	const struct work_cell *cells = work_cells(item);
	unsigned changed = 0;

	for (unsigned i = 0; i < item->cells; i++)
		changed += *cell(cells[i].at) != before[i];
	line_field(changed);
	for (unsigned i = 0; i < item->cells; i++) {
		uint64_t now = *cell(cells[i].at);

		if (now == before[i])
			continue;
		line_field(cells[i].at);
		line_field(now);
		before[i] = now;
	}
}

/* The entries that the log got: from the index before down to the one after. */
static void report_log(const struct work_op *op, uint16_t from, uint16_t to)
{
	const uint64_t *log = op->flags & WORK_PML_OWN ? vmx_pml_page : (const uint64_t *)op->pml_address;
	uint16_t count = op->controls & WORK_PML ? (uint16_t)(from - to) : 0;

	if (count > 512)
		count = 0;
	line_field(count);
	for (uint16_t i = 0; i < count; i++)
		line_field(log[(uint16_t)(from - i) & 511]);
}

static void report(const struct work_item *item, unsigned number, const struct work_op *op,
		   const struct result *r, uint16_t pml_before)
{
	line_begin('R');
	line_field(item->index);
	line_field(number);
	line_field(r->how);
	line_field(r->reason);
	line_field(r->qualification);
	line_field(r->gla);
	line_field(r->gpa);
	line_field(r->interruption);
	line_field(r->error);
	line_field(r->rip);
	line_field(r->registers.rax);
	line_field(r->registers.rdx);
	line_field(r->registers.xmm0[0]);
	line_field(r->registers.xmm0[1]);
	line_field(r->pml_index);
	report_cells(item);
	report_log(op, pml_before, r->pml_index);
	if (op->controls & WORK_VE && op->flags & WORK_VE_OWN) {
		line_field(5);
		for (unsigned i = 0; i < 5; i++)
			line_field(vmx_ve_page[i]);
	} else {
		line_field(0);
	}
	line_end();
}

static void zero_stores(const struct work_item *item)
{
	const struct work_op *op = work_first_op(item);

	for (unsigned i = 0; i < item->ops; i++, op = work_next_op(op))
		zero_cells(work_stores(op), op->stores);
}

static void run_ops(const struct vmx *v, const struct work_item *item)
{
	const struct work_op *op = work_first_op(item);
	struct result r = { .pml_index = item->pml_index };

	prepare_own_areas(item);
	flush_translations();
	for (unsigned i = 0; i < item->ops; i++, op = work_next_op(op)) {
		uint16_t pml_before = r.pml_index;

		remember(item);
		write_cells(work_stores(op), op->stores);
		r.how = WORK_NO_ENTRY;
		r.reason = 0;
		if (op->flags & WORK_ENTER)
			run_op(v, item, op, &r);
		else if (op->flags & WORK_INVEPT)
			r.reason = !invept(op->rax, op->rdi);
		else if (op->flags & WORK_INVVPID)
			r.reason = !invvpid(op->rax, op->rbx, op->rdi);
		report(item, i, op, &r, pml_before);
	}
}

void run_item(const struct vmx *v, const struct work_item *item)
{
	const struct work_op *op = work_first_op(item);
	enum work_skip skip = WORK_SKIP_NONE;

	for (unsigned i = 0; i < item->ops && !skip; i++, op = work_next_op(op))
		skip = unfit(v, op);
	if (skip) {
		line_begin('S');
		line_field(item->index);
		line_field(skip);
		line_end();
		return;
	}
	write_cells(work_extras(item), item->extras);
	write_cells(work_cells(item), item->cells);
	run_ops(v, item);
	zero_cells(work_extras(item), item->extras);
	zero_cells(work_cells(item), item->cells);
	zero_stores(item);
}
