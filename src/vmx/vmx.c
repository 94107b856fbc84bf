/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Into VMX operation, or one line that says why not (SDM 3C, "Discovering
 * Support for VMX", "Enabling and Entering VMX Operation").
 */
#include "vmx/vmx.h"

#include "vmx/console.h"
#include "vmx/cpu.h"
#include "vmx/vmcs.h"

#define CPUID_1_ECX_VMX (1u << 5)
#define CPUID_7_ECX_PKU (1u << 3)
#define CPUID_7_ECX_SHADOW_STACK (1u << 7)
#define CPUID_7_ECX_PKS (1u << 31)
#define CR4_VMXE_BIT (UINT64_C(1) << 13)
#define CR4_PKE_BIT (UINT64_C(1) << 22)

static uint64_t vmxon_region[512] __attribute__((aligned(4096)));
static uint64_t vmcs_region[512] __attribute__((aligned(4096)));

/* Bits of a control that can be 1. */
static uint32_t can_be_one(uint32_t msr)
{
	return (uint32_t)(rdmsr(msr) >> 32);
}

static void read_capabilities(struct vmx *v)
{
	struct cpuid c = cpuid(7, 0);
	uint32_t primary = can_be_one(MSR_VMX_PRIMARY);

	v->maxphyaddr = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
	v->pku = c.ecx & CPUID_7_ECX_PKU;
	v->pks = c.ecx & CPUID_7_ECX_PKS;
	v->cet = c.ecx & CPUID_7_ECX_SHADOW_STACK;
	v->cr4_fixed1 = rdmsr(MSR_VMX_CR4_FIXED1);
	v->entry = can_be_one(MSR_VMX_ENTRY);
	v->exit = can_be_one(MSR_VMX_EXIT);
	v->secondary = primary & PRIMARY_SECONDARY ? can_be_one(MSR_VMX_SECONDARY) : 0;
	v->tertiary = primary & PRIMARY_TERTIARY ? rdmsr(MSR_VMX_TERTIARY) : 0;
	v->ept_vpid_cap = v->secondary & SECONDARY_EPT ? rdmsr(MSR_VMX_EPT_VPID_CAP) : 0;
}

/* The first 8 bytes of each region are the revision that the processor wants. */
static void vmxon_or_die(void)
{
	uint64_t revision = rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
	uint64_t feature = rdmsr(MSR_FEATURE_CONTROL);

	if (!(feature & FEATURE_CONTROL_LOCK))
		wrmsr(MSR_FEATURE_CONTROL, feature | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
	else if (!(feature & FEATURE_CONTROL_VMX))
		die("the firmware has disabled VMX (IA32_FEATURE_CONTROL)");
	write_cr0((read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)) & rdmsr(MSR_VMX_CR0_FIXED1));
	write_cr4(((read_cr4() | rdmsr(MSR_VMX_CR4_FIXED0)) & rdmsr(MSR_VMX_CR4_FIXED1)) | CR4_VMXE_BIT);
	vmxon_region[0] = revision;
	vmcs_region[0] = revision;
	uint64_t at = (uint64_t)vmxon_region;

	if (!vmxon(&at))
		die("VMXON failed");
}

void vmx_start(struct vmx *v)
{
	if (!(cpuid(1, 0).ecx & CPUID_1_ECX_VMX))
		die("this processor has no VMX");
	read_capabilities(v);
	vmxon_or_die();
	if (!(v->secondary & SECONDARY_EPT) || !(v->secondary & SECONDARY_UNRESTRICTED))
		die("this processor's VMX has no EPT, or no unrestricted guest");
}

/* VM entry and exit leave PKRU alone. The image itself runs without protection
 * keys: CR4.PKE is on for as long as the instruction needs it. */
static void set_pkru(uint32_t value)
{
	uint64_t cr4 = read_cr4();

	write_cr4(cr4 | CR4_PKE_BIT);
	wrpkru(value);
	write_cr4(cr4);
}

/* ---- The VMCS ---- */

/* `wanted` as far as the capability MSR has it, and what it demands (SDM 3D,
 * "VM-Execution Controls"). */
static uint32_t adjust(uint32_t msr, uint32_t wanted)
{
	uint64_t allowed = rdmsr(msr);

	return (uint32_t)(allowed >> 32) & (wanted | (uint32_t)allowed);
}

static uint32_t adjust_true(uint32_t msr, uint32_t wanted)
{
	bool has_true = rdmsr(MSR_VMX_BASIC) & VMX_BASIC_TRUE;

	return adjust(has_true ? msr + MSR_VMX_TRUE_OFFSET : msr, wanted);
}

extern const char vm_exit_point[];
extern const char tss[], gdt[];

static void load_host(const struct vmx *v)
{
	struct __attribute__((packed)) { uint16_t limit; uint64_t base; } idt;

	__asm__ volatile("sidt %0" : "=m"(idt));
	for (unsigned s = SEGMENT_ES; s <= SEGMENT_GS; s++)
		vmwrite(VMCS_HOST_SELECTOR(s), s == SEGMENT_CS ? 0x08 : s <= SEGMENT_DS ? 0x10 : 0);
	vmwrite(VMCS_HOST_TR_SELECTOR, 0x18);
	vmwrite(VMCS_HOST_TR_BASE, (uint64_t)tss);
	vmwrite(VMCS_HOST_GDT_BASE, (uint64_t)gdt);
	vmwrite(VMCS_HOST_IDT_BASE, idt.base);
	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
	vmwrite(VMCS_HOST_EFER, rdmsr(MSR_EFER));
	vmwrite(VMCS_HOST_PAT, rdmsr(MSR_PAT));
	vmwrite(VMCS_HOST_RIP, (uint64_t)vm_exit_point);
	if (v->exit & EXIT_LOAD_CET) {
		vmwrite(VMCS_HOST_S_CET, 0);
		vmwrite(VMCS_HOST_SSP, 0);
		vmwrite(VMCS_HOST_SSP_TABLE, 0);
	}
}

static void load_controls(const struct vmx *v, const struct work_op *op)
{
	uint32_t secondary = SECONDARY_RDTSCP | SECONDARY_INVPCID;
	uint64_t tertiary = 0;

	/* Unrestricted guest needs EPT; without EPT the guest has paging anyway. */
	if (op->flags & WORK_EPT)
		secondary |= SECONDARY_EPT | SECONDARY_UNRESTRICTED;
	secondary |= op->vpid ? SECONDARY_VPID : 0;
	secondary |= op->flags & WORK_VMFUNC ? SECONDARY_VMFUNC : 0;
	secondary |= op->controls & WORK_MBE ? SECONDARY_MBE : 0;
	secondary |= op->controls & WORK_VE ? SECONDARY_VE : 0;
	secondary |= op->controls & WORK_PML ? SECONDARY_PML : 0;
	secondary |= op->controls & WORK_SPP ? SECONDARY_SPP : 0;
	tertiary |= op->controls & WORK_PW ? TERTIARY_PW : 0;
	tertiary |= op->controls & WORK_VGP ? TERTIARY_VGP : 0;
	tertiary |= op->controls & WORK_HLAT ? TERTIARY_HLAT : 0;
	vmwrite(VMCS_PIN, adjust_true(MSR_VMX_PIN, 0));
	vmwrite(VMCS_PRIMARY, adjust_true(MSR_VMX_PRIMARY, PRIMARY_HLT | PRIMARY_SECONDARY |
							    (tertiary ? PRIMARY_TERTIARY : 0)));
	/* Not adjusted: that a control is not there is for the caller to see. */
	vmwrite(VMCS_SECONDARY, secondary & (v->secondary | ~(SECONDARY_RDTSCP | SECONDARY_INVPCID)));
	if (tertiary)
		vmwrite(VMCS_TERTIARY, tertiary);
	vmwrite(VMCS_EXIT, adjust_true(MSR_VMX_EXIT, EXIT_HOST_64 | EXIT_LOAD_PAT | EXIT_LOAD_EFER |
						     (v->exit & EXIT_LOAD_CET)));
	vmwrite(VMCS_ENTRY, adjust_true(MSR_VMX_ENTRY, ENTRY_LOAD_PAT | ENTRY_LOAD_EFER |
						       (v->entry & (ENTRY_LOAD_CET | ENTRY_LOAD_PKRS)) |
						       (op->flags & WORK_LONG ? ENTRY_GUEST_64 : 0)));
	vmwrite(VMCS_EXCEPTIONS, 0xffffffff);
	vmwrite(VMCS_PF_MASK, 0);
	vmwrite(VMCS_PF_MATCH, 0);
	vmwrite(VMCS_CR3_TARGETS, 0);
	vmwrite(VMCS_EXIT_MSR_STORE, 0);
	vmwrite(VMCS_EXIT_MSR_LOAD, 0);
	vmwrite(VMCS_ENTRY_MSR_LOAD, 0);
	vmwrite(VMCS_ENTRY_EVENT, 0);
	vmwrite(VMCS_CR0_MASK, 0);
	vmwrite(VMCS_CR4_MASK, 0);
	vmwrite(VMCS_CR0_SHADOW, 0);
	vmwrite(VMCS_CR4_SHADOW, 0);
}

static void load_translation(const struct vmx *v, const struct work_op *op)
{
	if (op->flags & WORK_EPT)
		vmwrite(VMCS_EPTP, op->eptp);
	if (op->vpid)
		vmwrite(VMCS_VPID, op->vpid);
	if (op->controls & WORK_PML)
		vmwrite(VMCS_PML_ADDRESS, op->flags & WORK_PML_OWN ? (uint64_t)vmx_pml_page :
								      op->pml_address);
	if (op->controls & WORK_VE)
		vmwrite(VMCS_VE_ADDRESS, op->flags & WORK_VE_OWN ? (uint64_t)vmx_ve_page :
								    op->ve_address);
	if (v->secondary & SECONDARY_VE)
		vmwrite(VMCS_EPTP_INDEX, op->eptp_index);
	if (op->controls & WORK_SPP)
		vmwrite(VMCS_SPPTP, op->spptp);
	if (op->controls & WORK_HLAT) {
		vmwrite(VMCS_HLATP, op->hlatp);
		vmwrite(VMCS_HLAT_PREFIX, op->hlat_prefix);
	}
	if (op->flags & WORK_VMFUNC) {
		vmwrite(VMCS_VMFUNC_CONTROLS, 1);
		vmwrite(VMCS_EPTP_LIST, op->eptp_list);
	}
	for (unsigned i = 0; i < 4; i++)
		if (!(op->flags & WORK_KEEP_PDPTES) || op->pdpte_slot == i)
			vmwrite(VMCS_GUEST_PDPTE(i), op->pdpte[i]);
}

/* Flat segments of the privilege level asked for. */
static void load_segments(const struct work_op *op)
{
	uint32_t dpl = (uint32_t)op->cpl << RIGHTS_DPL_SHIFT;
	uint32_t code = op->flags & WORK_LONG ? RIGHTS_CODE_64 : RIGHTS_CODE_32;

	for (unsigned s = SEGMENT_ES; s <= SEGMENT_TR; s++) {
		uint32_t rights = RIGHTS_DATA | dpl;
		uint16_t selector = 0x10 | op->cpl;

		if (s == SEGMENT_CS) {
			rights = code | dpl;
			selector = 0x08 | op->cpl;
		} else if (s == SEGMENT_LDTR) {
			rights = RIGHTS_UNUSABLE;
			selector = 0;
		} else if (s == SEGMENT_TR) {
			rights = RIGHTS_TSS;
			selector = 0x18;
		}
		vmwrite(VMCS_GUEST_SELECTOR(s), selector);
		vmwrite(VMCS_GUEST_BASE(s), 0);
		vmwrite(VMCS_GUEST_LIMIT(s), s == SEGMENT_TR ? 0x67 : 0xffffffff);
		vmwrite(VMCS_GUEST_RIGHTS(s), rights);
	}
	vmwrite(VMCS_GUEST_GDT_BASE, op->gdt_base);
	vmwrite(VMCS_GUEST_GDT_LIMIT, 0xffff);
	vmwrite(VMCS_GUEST_IDT_BASE, 0);
	vmwrite(VMCS_GUEST_IDT_LIMIT, 0);
}

static void load_guest(const struct vmx *v, const struct work_op *op)
{
	load_segments(op);
	vmwrite(VMCS_GUEST_CR0, op->cr0);
	vmwrite(VMCS_GUEST_CR3, op->cr3);
	vmwrite(VMCS_GUEST_CR4, op->cr4);
	vmwrite(VMCS_GUEST_EFER, op->efer);
	vmwrite(VMCS_GUEST_PAT, op->pat);
	vmwrite(VMCS_GUEST_RSP, op->rsp);
	vmwrite(VMCS_GUEST_RFLAGS, 2 | (uint64_t)op->ac << 18);
	vmwrite(VMCS_GUEST_DR7, 0x400);
	vmwrite(VMCS_GUEST_DEBUGCTL, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmwrite(VMCS_GUEST_ACTIVITY, 0);
	vmwrite(VMCS_GUEST_SYSENTER_CS, 0);
	vmwrite(VMCS_LINK, ~UINT64_C(0));
	if (v->entry & ENTRY_LOAD_CET) {
		uint64_t cet = op->flags & WORK_SHADOW_STACK ? CET_SHADOW_STACK | CET_WRITES : 0;

		vmwrite(VMCS_GUEST_S_CET, cet);
		vmwrite(VMCS_GUEST_SSP, op->ssp);
		vmwrite(VMCS_GUEST_SSP_TABLE, 0);
		wrmsr(MSR_U_CET, cet);
	}
	if (v->pku)
		set_pkru(op->pkru);
	if (v->entry & ENTRY_LOAD_PKRS)
		vmwrite(VMCS_GUEST_PKRS, op->pkrs);
	else if (v->pks)
		wrmsr(MSR_PKRS, op->pkrs);
}

bool vmx_load(const struct vmx *v, const struct work_op *op)
{
	uint64_t at = (uint64_t)vmcs_region;

	/* Cleared for each operation but where the PDPTE registers are to stay:
	 * VMLAUNCH wants a VMCS whose launch state is clear. */
	if (!vmclear(&at) || !vmptrld(&at))
		return false;
	load_host(v);
	load_controls(v, op);
	load_translation(v, op);
	load_guest(v, op);
	return true;
}
