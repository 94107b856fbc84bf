/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Paging state: everything of a virtual processor that decides how it
 * translates. It is a snapshot, passed in; nothing here changes by an access.
 */
#ifndef EPTSIM_STATE_H
#define EPTSIM_STATE_H

#include <eptsim/addr.h>

#include <stdbool.h>

/* CR0 (SDM 3A, "Control Registers"). */
#define CR0_PE (UINT64_C(1) << 0)
#define CR0_ET (UINT64_C(1) << 4)
#define CR0_WP (UINT64_C(1) << 16)
#define CR0_NW (UINT64_C(1) << 29)
#define CR0_CD (UINT64_C(1) << 30)
#define CR0_PG (UINT64_C(1) << 31)

/* CR3. */
#define CR3_PWT (UINT64_C(1) << 3)
#define CR3_PCD (UINT64_C(1) << 4)
#define CR3_PCID UINT64_C(0xfff)
#define CR3_LAM (UINT64_C(3) << 61)
#define CR3_NO_FLUSH (UINT64_C(1) << 63) /* in the operand of MOV CR3 only */

/* CR4. */
#define CR4_PSE (UINT64_C(1) << 4)
#define CR4_PAE (UINT64_C(1) << 5)
#define CR4_PGE (UINT64_C(1) << 7)
#define CR4_LA57 (UINT64_C(1) << 12)
#define CR4_VMXE (UINT64_C(1) << 13)
#define CR4_PCIDE (UINT64_C(1) << 17)
#define CR4_SMEP (UINT64_C(1) << 20)
#define CR4_SMAP (UINT64_C(1) << 21)
#define CR4_PKE (UINT64_C(1) << 22)
#define CR4_CET (UINT64_C(1) << 23)
#define CR4_PKS (UINT64_C(1) << 24)
#define CR4_LASS (UINT64_C(1) << 27)
#define CR4_LAM_SUP (UINT64_C(1) << 28)

/* IA32_EFER. */
#define EFER_SCE (UINT64_C(1) << 0)
#define EFER_LME (UINT64_C(1) << 8)
#define EFER_LMA (UINT64_C(1) << 10)
#define EFER_NXE (UINT64_C(1) << 11)

/* IA32_VMX_EPT_VPID_CAP (SDM 3D, "VPID and EPT Capabilities"). */
#define EPT_CAP_EXEC_ONLY (UINT64_C(1) << 0)
#define EPT_CAP_WALK_4 (UINT64_C(1) << 6)
#define EPT_CAP_WALK_5 (UINT64_C(1) << 7)
#define EPT_CAP_UC (UINT64_C(1) << 8)
#define EPT_CAP_WB (UINT64_C(1) << 14)
#define EPT_CAP_2M (UINT64_C(1) << 16)
#define EPT_CAP_1G (UINT64_C(1) << 17)
#define EPT_CAP_INVEPT (UINT64_C(1) << 20)
#define EPT_CAP_AD (UINT64_C(1) << 21)
#define EPT_CAP_ADVANCED (UINT64_C(1) << 22) /* advanced VM-exit information */
#define EPT_CAP_SSS (UINT64_C(1) << 23)
#define EPT_CAP_INVEPT_SINGLE (UINT64_C(1) << 25)
#define EPT_CAP_INVEPT_ALL (UINT64_C(1) << 26)
#define EPT_CAP_INVVPID (UINT64_C(1) << 32)
#define EPT_CAP_INVVPID_TYPE(t) (UINT64_C(1) << (40 + (t))) /* t = 0..3 */

/* A capability MSR with everything that is modelled. */
#define EPT_CAP_EVERYTHING                                                                         \
	(EPT_CAP_EXEC_ONLY | EPT_CAP_WALK_4 | EPT_CAP_WALK_5 | EPT_CAP_UC | EPT_CAP_WB |           \
	 EPT_CAP_2M | EPT_CAP_1G | EPT_CAP_INVEPT | EPT_CAP_AD | EPT_CAP_ADVANCED | EPT_CAP_SSS |  \
	 EPT_CAP_INVEPT_SINGLE | EPT_CAP_INVEPT_ALL | EPT_CAP_INVVPID | EPT_CAP_INVVPID_TYPE(0) |  \
	 EPT_CAP_INVVPID_TYPE(1) | EPT_CAP_INVVPID_TYPE(2) | EPT_CAP_INVVPID_TYPE(3))

#define PAT_DEFAULT UINT64_C(0x0007040600070406) /* IA32_PAT after reset */

/* VM-execution controls that take part in translation. The supervisor
 * shadow-stack control is EPTP bit 7. */
struct vm_controls {
	bool mbe;  /* mode-based execute control for EPT */
	bool ve;   /* EPT-violation #VE */
	bool pml;  /* enable PML */
	bool spp;  /* sub-page write permissions for EPT */
	bool pw;   /* EPT paging-write control */
	bool vgp;  /* guest-paging verification */
	bool hlat; /* enable HLAT */
};

/* Where the SDM leaves latitude (docs/model.md, "Knobs"). All false but
 * gbpages and flags_before_final is the default. */
struct knobs {
	bool accessed_on_fault;     /* guest A of upper levels is set as the walk passes */
	bool ept_accessed_on_fault; /* EPT A is set by a walk that ends in a violation */
	bool flags_before_final;    /* guest A/D are set before the final EPT access is judged */
	bool rmw_sets_read;         /* a read-modify-write sets qualification bit 0 too */
	bool gbpages;               /* guest paging has 1G pages (CPUID Page1GB) */
};

#define KNOBS_DEFAULT ((struct knobs){ .flags_before_final = true, .gbpages = true })

#define MAXPHYADDR_MIN 36
#define MAXPHYADDR_MAX 52
#define MAXPHYADDR_DEFAULT 46

struct paging_state {
	uint64_t cr0, cr3, cr4, efer;
	uint32_t pkru, pkrs;
	uint64_t pat;
	uint64_t pdpte[4]; /* PAE: the PDPTE registers, once loaded */
	uint8_t cpl;
	bool ac;   /* RFLAGS.AC */
	bool cs_l; /* CS.L: 64-bit code, so linear addresses are 64 bits wide */
	uint8_t maxphyaddr;

	/* VMX non-root operation. */
	bool ept; /* "enable EPT"; without it GPA = HPA */
	uint64_t eptp;
	uint64_t ept_vpid_cap; /* IA32_VMX_EPT_VPID_CAP */
	uint16_t vpid;         /* 0: "enable VPID" is off */
	uint16_t eptp_index;
	struct vm_controls controls;
	uint64_t spptp;       /* sub-page-permission-table pointer */
	uint64_t pml_address; /* of the 4K page-modification log */
	uint64_t ve_address;  /* virtualization-exception information area */
	uint64_t hlatp;       /* hypervisor-managed linear-address translation pointer */
	uint16_t hlat_prefix; /* HLAT prefix size */
	bool pml_inside;      /* the log lies in simulated memory, at pml_address */
	bool ve_inside;       /* the #VE area lies in simulated memory, at ve_address */
	uint32_t ve_busy;     /* #VE area outside memory: its second dword */
	bool event_delivery;  /* an event is being delivered through the IDT */

	struct knobs knobs;
};

#endif
