/* SPDX-License-Identifier: BSD-2-Clause
 *
 * VMCS field encodings, control bits and MSRs (SDM 3D, "Field Encoding in
 * VMCS", "VMX Capability Reporting Facility").
 */
#ifndef VMX_VMCS_H
#define VMX_VMCS_H

#include <stdint.h>

/* 16-bit */
#define VMCS_VPID 0x0000
#define VMCS_EPTP_INDEX 0x0004
#define VMCS_HLAT_PREFIX 0x0006
#define VMCS_GUEST_SELECTOR(s) (0x0800 + 2 * (s)) /* enum segment */
#define VMCS_PML_INDEX 0x0812
#define VMCS_HOST_SELECTOR(s) (0x0c00 + 2 * (s))
#define VMCS_HOST_TR_SELECTOR 0x0c0c

/* 64-bit */
#define VMCS_PML_ADDRESS 0x200e
#define VMCS_VMFUNC_CONTROLS 0x2018
#define VMCS_EPTP 0x201a
#define VMCS_EPTP_LIST 0x2024
#define VMCS_VE_ADDRESS 0x202a
#define VMCS_SPPTP 0x2030
#define VMCS_TERTIARY 0x2034
#define VMCS_HLATP 0x2040
#define VMCS_GUEST_PHYSICAL 0x2400
#define VMCS_LINK 0x2800
#define VMCS_GUEST_DEBUGCTL 0x2802
#define VMCS_GUEST_PAT 0x2804
#define VMCS_GUEST_EFER 0x2806
#define VMCS_GUEST_PDPTE(i) (0x280a + 2 * (i))
#define VMCS_GUEST_PKRS 0x2818
#define VMCS_HOST_PAT 0x2c00
#define VMCS_HOST_EFER 0x2c02

/* 32-bit */
#define VMCS_PIN 0x4000
#define VMCS_PRIMARY 0x4002
#define VMCS_EXCEPTIONS 0x4004
#define VMCS_PF_MASK 0x4006
#define VMCS_PF_MATCH 0x4008
#define VMCS_CR3_TARGETS 0x400a
#define VMCS_EXIT 0x400c
#define VMCS_EXIT_MSR_STORE 0x400e
#define VMCS_EXIT_MSR_LOAD 0x4010
#define VMCS_ENTRY 0x4012
#define VMCS_ENTRY_MSR_LOAD 0x4014
#define VMCS_ENTRY_EVENT 0x4016
#define VMCS_SECONDARY 0x401e
#define VMCS_INSTRUCTION_ERROR 0x4400
#define VMCS_REASON 0x4402
#define VMCS_INTERRUPTION 0x4404
#define VMCS_INTERRUPTION_ERROR 0x4406
#define VMCS_GUEST_LIMIT(s) (0x4800 + 2 * (s))
#define VMCS_GUEST_GDT_LIMIT 0x4810
#define VMCS_GUEST_IDT_LIMIT 0x4812
#define VMCS_GUEST_RIGHTS(s) (0x4814 + 2 * (s))
#define VMCS_GUEST_INTERRUPTIBILITY 0x4824
#define VMCS_GUEST_ACTIVITY 0x4826
#define VMCS_GUEST_SYSENTER_CS 0x482a

/* natural width */
#define VMCS_CR0_MASK 0x6000
#define VMCS_CR4_MASK 0x6002
#define VMCS_CR0_SHADOW 0x6004
#define VMCS_CR4_SHADOW 0x6006
#define VMCS_QUALIFICATION 0x6400
#define VMCS_GUEST_LINEAR 0x640a
#define VMCS_GUEST_CR0 0x6800
#define VMCS_GUEST_CR3 0x6802
#define VMCS_GUEST_CR4 0x6804
#define VMCS_GUEST_BASE(s) (0x6806 + 2 * (s))
#define VMCS_GUEST_GDT_BASE 0x6816
#define VMCS_GUEST_IDT_BASE 0x6818
#define VMCS_GUEST_DR7 0x681a
#define VMCS_GUEST_RSP 0x681c
#define VMCS_GUEST_RIP 0x681e
#define VMCS_GUEST_RFLAGS 0x6820
#define VMCS_GUEST_PENDING_DEBUG 0x6822
#define VMCS_GUEST_S_CET 0x6828
#define VMCS_GUEST_SSP 0x682a
#define VMCS_GUEST_SSP_TABLE 0x682c
#define VMCS_HOST_CR0 0x6c00
#define VMCS_HOST_CR3 0x6c02
#define VMCS_HOST_CR4 0x6c04
#define VMCS_HOST_TR_BASE 0x6c0a
#define VMCS_HOST_GDT_BASE 0x6c0c
#define VMCS_HOST_IDT_BASE 0x6c0e
#define VMCS_HOST_RIP 0x6c16
#define VMCS_HOST_S_CET 0x6c18
#define VMCS_HOST_SSP 0x6c1a
#define VMCS_HOST_SSP_TABLE 0x6c1c

enum segment { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR, SEGMENT_TR };

/* Access rights of segments (SDM 3C, "Guest Register State"). */
#define RIGHTS_CODE_64 0xa09bu
#define RIGHTS_CODE_32 0xc09bu
#define RIGHTS_DATA 0xc093u
#define RIGHTS_TSS 0x008bu
#define RIGHTS_UNUSABLE 0x10000u
#define RIGHTS_DPL_SHIFT 5

/* Primary processor-based controls. */
#define PRIMARY_HLT (1u << 7)
#define PRIMARY_TERTIARY (1u << 17)
#define PRIMARY_SECONDARY (1u << 31)
/* Secondary. */
#define SECONDARY_EPT (1u << 1)
#define SECONDARY_RDTSCP (1u << 3)
#define SECONDARY_VPID (1u << 5)
#define SECONDARY_UNRESTRICTED (1u << 7)
#define SECONDARY_INVPCID (1u << 12)
#define SECONDARY_VMFUNC (1u << 13)
#define SECONDARY_PML (1u << 17)
#define SECONDARY_VE (1u << 18)
#define SECONDARY_MBE (1u << 22)
#define SECONDARY_SPP (1u << 23)
/* Tertiary. */
#define TERTIARY_HLAT (1u << 1)
#define TERTIARY_PW (1u << 2)
#define TERTIARY_VGP (1u << 3)
/* VM exit. */
#define EXIT_HOST_64 (1u << 9)
#define EXIT_LOAD_PAT (1u << 19)
#define EXIT_LOAD_EFER (1u << 21)
#define EXIT_LOAD_CET (1u << 28)
/* VM entry. */
#define ENTRY_GUEST_64 (1u << 9)
#define ENTRY_LOAD_PAT (1u << 14)
#define ENTRY_LOAD_EFER (1u << 15)
#define ENTRY_LOAD_CET (1u << 20)
#define ENTRY_LOAD_PKRS (1u << 22)

#define MSR_FEATURE_CONTROL 0x3a
#define FEATURE_CONTROL_LOCK 1u
#define FEATURE_CONTROL_VMX 4u
#define MSR_PAT 0x277
#define MSR_VMX_BASIC 0x480
#define VMX_BASIC_TRUE (UINT64_C(1) << 55) /* the TRUE capability MSRs exist */
#define MSR_VMX_PIN 0x481
#define MSR_VMX_PRIMARY 0x482
#define MSR_VMX_EXIT 0x483
#define MSR_VMX_ENTRY 0x484
#define MSR_VMX_CR0_FIXED0 0x486
#define MSR_VMX_CR0_FIXED1 0x487
#define MSR_VMX_CR4_FIXED0 0x488
#define MSR_VMX_CR4_FIXED1 0x489
#define MSR_VMX_SECONDARY 0x48b
#define MSR_VMX_EPT_VPID_CAP 0x48c
#define MSR_VMX_TRUE_OFFSET 0x0c /* MSR_VMX_PIN -> IA32_VMX_TRUE_PINBASED_CTLS, and so on */
#define MSR_VMX_TERTIARY 0x492
#define MSR_U_CET 0x6a0
#define MSR_S_CET 0x6a2
#define MSR_PKRS 0x6e1
#define MSR_EFER 0xc0000080

#define CET_SHADOW_STACK 1u
#define CET_WRITES 2u /* WRSS is allowed */

#define REASON_EXCEPTION 0
#define REASON_ENTRY_FAILURE (1u << 31)
#define INTERRUPTION_VALID (1u << 31)
#define INTERRUPTION_VECTOR 0xffu

#endif
