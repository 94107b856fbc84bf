/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How an access ends, and, when it does not succeed, everything that a report
 * needs. Faults are values: nothing jumps.
 */
#ifndef EPTSIM_FAULT_H
#define EPTSIM_FAULT_H

#include <eptsim/addr.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/* outcome, name in scenarios and reports, what it is */
#define OUTCOMES(X)                                                                \
	X(OUTCOME_OK, "ok", "the access succeeds")                                 \
	X(OUTCOME_PF, "pf", "page fault (#PF)")                                    \
	X(OUTCOME_GP, "gp", "general-protection exception (#GP)")                  \
	X(OUTCOME_SS, "ss", "stack-fault exception (#SS)")                         \
	X(OUTCOME_EPT_VIOLATION, "ept_violation", "VM exit: EPT violation")        \
	X(OUTCOME_EPT_MISCONFIG, "ept_misconfig", "VM exit: EPT misconfiguration") \
	X(OUTCOME_ENTRY_FAIL, "entry_fail", "VM-entry failure")                    \
	X(OUTCOME_VE, "ve", "virtualization exception (#VE)")                      \
	X(OUTCOME_PML_FULL, "pml_full", "VM exit: page-modification log full")     \
	X(OUTCOME_SPP_MISS, "spp_miss", "VM exit: SPP miss")                       \
	X(OUTCOME_SPP_MISCONFIG, "spp_misconfig", "VM exit: SPP misconfiguration") \
	X(OUTCOME_VMFAIL, "vmfail", "the VMX instruction fails (VMfail)")          \
	X(OUTCOME_VMFUNC_EXIT, "vmfunc_exit", "VM exit: VMFUNC")

/* clang-format on */

enum outcome {
#define X(id, name, text) id,
	OUTCOMES(X)
#undef X
	OUTCOME_COUNT
};

/* Name as in scenarios ("ept_violation"), and in words. */
const char *outcome_name(enum outcome o);
const char *outcome_text(enum outcome o);

/* Basic exit reasons (SDM 3D, "VMX Basic Exit Reasons"). */
#define EXIT_REASON_EPT_VIOLATION 48
#define EXIT_REASON_EPT_MISCONFIG 49
#define EXIT_REASON_VMFUNC 59
#define EXIT_REASON_PML_FULL 62
#define EXIT_REASON_SPP 66

#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_VE 20

/* #PF error code (SDM 3A, "Page-Fault Exceptions"). */
#define PF_P (1u << 0)    /* 0: not present */
#define PF_W (1u << 1)    /* the access was a write */
#define PF_U (1u << 2)    /* a user access */
#define PF_RSVD (1u << 3) /* a reserved bit was set */
#define PF_I (1u << 4)    /* an instruction fetch */
#define PF_PK (1u << 5)   /* a protection key forbids it */
#define PF_SS (1u << 6)   /* a shadow-stack access */
#define PF_HLAT (1u << 7) /* met during HLAT paging */

/* Exit qualification for EPT violations (SDM 3C, table of that title). */
#define EPTQ_READ (UINT64_C(1) << 0)
#define EPTQ_WRITE (UINT64_C(1) << 1)
#define EPTQ_FETCH (UINT64_C(1) << 2)
#define EPTQ_ENTRY_R (UINT64_C(1) << 3)    /* AND of bit 0 over the entries used */
#define EPTQ_ENTRY_W (UINT64_C(1) << 4)    /* AND of bit 1 */
#define EPTQ_ENTRY_X (UINT64_C(1) << 5)    /* AND of bit 2 */
#define EPTQ_ENTRY_XU (UINT64_C(1) << 6)   /* AND of bit 10 (mode-based execute control) */
#define EPTQ_GLA_VALID (UINT64_C(1) << 7)  /* the guest linear address field is valid */
#define EPTQ_FINAL (UINT64_C(1) << 8)      /* 0: access to a guest paging structure */
#define EPTQ_USER_PAGE (UINT64_C(1) << 9)  /* advanced information: user-mode address */
#define EPTQ_WRITABLE (UINT64_C(1) << 10)  /* advanced information: read/write page */
#define EPTQ_XD_PAGE (UINT64_C(1) << 11)   /* advanced information: execute-disable page */
#define EPTQ_NMI_UNBLOCK (UINT64_C(1) << 12)
#define EPTQ_SHADOW_STACK (UINT64_C(1) << 13)
#define EPTQ_SSS_PAGE (UINT64_C(1) << 14) /* bit 60 of the EPT leaf, with EPTP bit 7 */
#define EPTQ_VGP (UINT64_C(1) << 15)      /* guest-paging verification */
#define EPTQ_ASYNC (UINT64_C(1) << 16)

/* Exit qualification for SPP-related events. */
#define SPPQ_MISS (UINT64_C(1) << 11) /* 1: SPP miss, 0: SPP misconfiguration */

/* clang-format off */
/* The rule that an access broke: id, advice-free statement of the fact. */
#define RULES(X)                                                                                          \
	X(RULE_NONE, "none", "no rule is broken")                                                          \
	X(RULE_NOT_CANONICAL, "not-canonical", "the linear address is not canonical")                      \
	X(RULE_GUEST_NOT_PRESENT, "guest-not-present", "the guest entry has P = 0")                        \
	X(RULE_GUEST_RESERVED, "guest-reserved", "the guest entry has a reserved bit set")                 \
	X(RULE_PDPTE_RESERVED, "pdpte-reserved", "a present PDPTE register has a reserved bit set")        \
	X(RULE_SUPERVISOR_ONLY, "supervisor-only", "a user access to a supervisor-mode address")           \
	X(RULE_READ_ONLY, "read-only", "a write, and R/W = 0 in an entry used")                            \
	X(RULE_EXECUTE_DISABLE, "execute-disable", "a fetch, and XD = 1 in an entry used")                 \
	X(RULE_SMEP, "smep", "SMEP: a supervisor fetch from a user-mode address")                          \
	X(RULE_SMAP, "smap", "SMAP: a supervisor data access to a user-mode address")                      \
	X(RULE_PROTECTION_KEY, "protection-key", "the page's protection key forbids the access")           \
	X(RULE_SHADOW_STACK, "shadow-stack", "a shadow-stack access, and the page is no shadow-stack page " \
	                                     "of this privilege")                                          \
	X(RULE_EPT_NOT_PRESENT, "ept-not-present", "the EPT entry is not present")                         \
	X(RULE_EPT_READ, "ept-read", "a read, and bit 0 is 0 in an EPT entry used")                        \
	X(RULE_EPT_WRITE, "ept-write", "a write, and bit 1 is 0 in an EPT entry used")                     \
	X(RULE_EPT_FETCH, "ept-fetch", "a fetch, and bit 2 is 0 in an EPT entry used")                     \
	X(RULE_EPT_FETCH_USER, "ept-fetch-user", "a fetch from a user-mode address, and bit 10 is 0 in an " \
	                                         "EPT entry used")                                         \
	X(RULE_EPT_SHADOW_STACK, "ept-shadow-stack", "a supervisor shadow-stack access, and the EPT "      \
	                                             "entries do not make this a shadow-stack page")       \
	X(RULE_EPT_GPA_WIDTH, "ept-gpa-width", "the guest-physical address is wider than this EPT "        \
	                                       "translates")                                               \
	X(RULE_EPT_W_WITHOUT_R, "ept-write-without-read", "the EPT entry has bit 1 (write) without bit 0 " \
	                                                  "(read)")                                        \
	X(RULE_EPT_EXEC_ONLY, "ept-execute-only", "the EPT entry is execute-only and the processor does "  \
	                                          "not support that")                                      \
	X(RULE_EPT_RESERVED, "ept-reserved", "the EPT entry has a reserved bit set")                       \
	X(RULE_EPT_ADDRESS_WIDTH, "ept-address-width", "the EPT entry has an address bit above "           \
	                                               "MAXPHYADDR")                                       \
	X(RULE_EPT_LARGE_UNSUPPORTED, "ept-large-unsupported", "the EPT entry has bit 7 set where no page " \
	                                                       "of that size is supported")                \
	X(RULE_EPT_LARGE_UNALIGNED, "ept-large-unaligned", "the EPT entry maps a large page and has an "   \
	                                                   "address bit below the page size")              \
	X(RULE_EPT_MEMORY_TYPE, "ept-memory-type", "the EPT leaf has memory type 2, 3 or 7")               \
	X(RULE_EPT_PAGING_WRITE, "ept-paging-write", "the EPT leaf has bit 58 (paging-write) without bit "  \
	                                             "0 (read)")                                           \
	X(RULE_EPT_VGP, "ept-guest-paging-verification", "guest-paging verification: a guest "             \
	                "paging-structure entry lies in a page without paging-write")                      \
	X(RULE_PML_INDEX, "pml-full", "a flag must be set and the PML index is outside 0..511")            \
	X(RULE_SPP_WRITE, "spp-write", "sub-page permissions forbid a write to this 128-byte region")      \
	X(RULE_SPPT_NOT_VALID, "sppt-not-valid", "the sub-page-permission-table entry has bit 0 = 0")      \
	X(RULE_SPPT_RESERVED, "sppt-reserved", "the sub-page-permission-table entry has a reserved bit set") \
	X(RULE_EPTP_WALK_LENGTH, "eptp-walk-length", "EPTP bits 5:3 (walk length - 1) name a length the "  \
	                                             "processor does not support")                         \
	X(RULE_EPTP_MEMORY_TYPE, "eptp-memory-type", "EPTP bits 2:0 (memory type) are not a supported UC "  \
	                                             "(0) or WB (6)")                                      \
	X(RULE_EPTP_AD, "eptp-ad", "EPTP bit 6 enables accessed/dirty flags, which the processor does not " \
	                           "support")                                                              \
	X(RULE_EPTP_SSS, "eptp-sss", "EPTP bit 7 enables supervisor shadow-stack control, which the "      \
	                             "processor does not support")                                         \
	X(RULE_EPTP_RESERVED, "eptp-reserved", "EPTP has a reserved bit set (11:8, or above MAXPHYADDR)")  \
	X(RULE_CR3_WIDTH, "cr3-width", "CR3 has a bit set above MAXPHYADDR")                               \
	X(RULE_CR_RESERVED, "cr-reserved", "the control register takes no such value")                     \
	X(RULE_CONTROL_NEEDS_EPT, "control-needs-ept", "a VM-execution control is on that needs EPT")      \
	X(RULE_CONTROL_ADDRESS, "control-address", "an address in the VMCS is unaligned or above "         \
	                                           "MAXPHYADDR")                                           \
	X(RULE_HLATP, "hlatp", "HLATP has a reserved bit set")                                             \
	X(RULE_INVALIDATION, "invalidation", "the invalidation's type or descriptor is not valid")         \
	X(RULE_VMFUNC, "vmfunc", "the EPTP index or the EPTP list entry is not valid")

/* clang-format on */

enum rule {
#define X(id, name, text) id,
	RULES(X)
#undef X
	RULE_COUNT
};

const char *rule_name(enum rule r);
const char *rule_text(enum rule r);

enum dimension { DIMENSION_NONE, DIMENSION_GUEST, DIMENSION_EPT, DIMENSION_SPPT, DIMENSION_HLAT };

const char *dimension_name(enum dimension d);

struct fault {
	uint8_t kind;      /* enum outcome */
	uint8_t rule;      /* enum rule */
	uint8_t vector;    /* of an exception; 0 for a VM exit */
	uint8_t dimension; /* enum dimension: where the entry at fault is */
	uint8_t level;     /* its level, 5..1; 0: no entry */
	uint8_t guest_level; /* EPT events: the guest level served, 0 for the final access */
	bool page2;        /* met on the second page of a page-crossing access */
	bool gpa_valid, gla_valid;
	uint16_t exit_reason; /* basic exit reason; 0 for an exception */
	uint32_t error_code;
	uint64_t qualification;
	gva_t cr2;
	gva_t gla;
	gpa_t gpa;
	hpa_t entry_hpa; /* the entry that decided, if level is not 0 */
	uint64_t entry;  /* its raw value */
};

#ifdef __cplusplus
}
#endif

#endif
