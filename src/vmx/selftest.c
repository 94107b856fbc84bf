/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A 64-bit guest whose EPT ept_map() builds in real memory: a read that
 * succeeds, then a write to a page that the EPT makes read-only.
 */
#include "vmx/selftest.h"

#include "vmx/console.h"
#include "vmx/cpu.h"
#include "vmx/vmcs.h"

#include <eptsim/ept.h>
#include <eptsim/state.h>

/* GPA = HPA for the guest's tables and its page; EPT tables behind them. */
#define GUEST_PML4 WORK_PRIVATE_START
#define GUEST_PDPT (GUEST_PML4 + 0x1000)
#define GUEST_CODE (GUEST_PML4 + 0x2000)
#define GUEST_DATA (GUEST_PML4 + 0x3000)
#define EPT_FRAMES (GUEST_PML4 + 0x10000)

#define GUEST_TABLE 0x63 /* P, RW, A, D */
#define GUEST_PAGE_1G 0xe3

static uint64_t next_frame;

static bool alloc_frame(void *ctx, hpa_t *frame)
{
	(void)ctx;
	*frame = hpa(next_frame);
	next_frame += PAGE_SIZE_4K;
	return true;
}

static void free_frame(void *ctx, hpa_t frame)
{
	(void)ctx, (void)frame;
}

static uint64_t read64(void *ctx, hpa_t at)
{
	(void)ctx;
	return *(volatile uint64_t *)at.v;
}

static void write64(void *ctx, hpa_t at, uint64_t value)
{
	(void)ctx;
	*(volatile uint64_t *)at.v = value;
}

static void put(uint64_t at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

/* EPT of the guest's four pages; 0: it could not be built. */
static uint64_t build_ept(const struct vmx *v, const struct mem *mem)
{
	static struct ept_space space;
	struct ept_frames frames = { alloc_frame, free_frame, NULL };
	uint64_t eptp;

	if (ept_space_create(&space, mem, frames, 4, false, v->ept_vpid_cap, v->maxphyaddr, &eptp) != EPT_OK)
		return 0;
	for (uint64_t page = GUEST_PML4; page <= GUEST_DATA; page += PAGE_SIZE_4K) {
		struct ept_mapping m = { .hpa = hpa(page), .level = 1, .type = MEMORY_WB,
					 .perm = page == GUEST_DATA ? EPT_R : EPT_RWX };

		if (ept_map(&space, gpa(page), &m) != EPT_OK)
			return 0;
	}
	return eptp;
}

static void run(const struct vmx *v, uint64_t eptp, uint32_t code)
{
	struct work_op op = {
		.flags = WORK_LONG | WORK_EPT, .pdpte_slot = 4, .maxphyaddr = v->maxphyaddr,
		.cr0 = 0x80000031, .cr3 = GUEST_PML4, .cr4 = 0x2620, .efer = 0x500, .pat = PAT_DEFAULT,
		.eptp = eptp, .rdi = GUEST_DATA, .rax = 0,
	};
	struct guest_registers r = { .rdi = GUEST_DATA };

	put(GUEST_CODE, code);
	vmx_load(v, &op);
	vmwrite(VMCS_GUEST_RIP, GUEST_CODE);
	if (vm_enter(&r, false)) {
		print("VMfail ");
		print_decimal(vmread(VMCS_INSTRUCTION_ERROR));
		print("\n");
		return;
	}
	uint64_t reason = vmread(VMCS_REASON);
	bool trap = reason == REASON_EXCEPTION && (vmread(VMCS_INTERRUPTION) & INTERRUPTION_VECTOR) == 3;

	if (trap) {
		print("ok, rax ");
		print_hex(r.rax);
	} else {
		print(outcome_name(reason == EXIT_REASON_EPT_VIOLATION ? OUTCOME_EPT_VIOLATION :
								   OUTCOME_COUNT));
		print(", exit reason ");
		print_hex(reason);
		print(", qualification ");
		print_hex(vmread(VMCS_QUALIFICATION));
		print(", gpa ");
		print_hex(vmread(VMCS_GUEST_PHYSICAL));
	}
	print("\n");
}

void selftest(const struct vmx *v)
{
	static const struct mem mem = { .read64 = read64, .write64 = write64 };

	memset((void *)GUEST_PML4, 0, 0x4000);
	next_frame = EPT_FRAMES;
	uint64_t eptp = build_ept(v, &mem);

	if (!eptp)
		die("self-test: the EPT could not be built");
	put(GUEST_PML4, GUEST_PDPT | GUEST_TABLE);
	put(GUEST_PDPT, GUEST_PAGE_1G);
	put(GUEST_DATA, 0x1122334455667788);
	print("self-test: no boot module; read: ");
	run(v, eptp, 0xcc078b48); /* mov (%rdi), %rax; int3 */
	print("self-test: write: ");
	run(v, eptp, 0xcc078948); /* mov %rax, (%rdi); int3 */
}
