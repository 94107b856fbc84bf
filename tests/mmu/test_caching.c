/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What drops which cached translations. A machine with one kind of structure
 * caches a few translations under different tags; the tables are changed behind
 * its back; an event; then every translation is made once more. One that still
 * yields the old address was kept, one that yields the new address was dropped.
 */
#include "mmu/layout.h"

#include "base/assoc.h"

/* ---- What is cached ---- */

enum place {
	X,
	Y,
	Z, /* a global page */
	CACHED_PLACES,
	UNCACHED = CACHED_PLACES,
	MISCONFIGURED,
	SUBPAGE, /* read-only, with sub-page permissions */
	PLACES
};

/* Places differ in every index, in both dimensions. */
#define PLACE_GVA(p) ((uint64_t)((p) + 1) << 48 | 0x5000)
#define PLACE_GPA(p) ((uint64_t)((p) + 1) << 48 | 0x9000)
#define NON_CANONICAL (UINT64_C(1) << 60)
/* Added to the page's address where a table has been changed. */
#define GUEST_CHANGED 0x1000
#define EPT_CHANGED 0x2000

static uint64_t place_hpa(enum place p, unsigned ept)
{
	return UINT64_C(0x1000000000) + ((uint64_t)ept << 37) + ((uint64_t)p << 24);
}

static const struct item {
	char name;
	uint8_t vpid, pcid, ept;
	enum place place;
} items[] = {
	{ 'A', 1, 0, 0, X }, { 'B', 1, 0, 0, Y }, { 'G', 1, 0, 0, Z },
	{ 'C', 1, 2, 0, X }, { 'Q', 1, 2, 0, Z }, /* in a TLB it is G that serves Q */
	{ 'D', 2, 0, 0, X }, { 'H', 2, 0, 0, Z }, { 'E', 1, 0, 1, X },
};
#define ITEMS (sizeof items / sizeof items[0])
#define ALL "ABGCQDHE"
#define NONE ""

/* ---- The structures, one at a time ---- */

static const struct structure {
	const char *name;
	enum { IN_TLB, IN_PSC, IN_NESTED, IN_EPT_PSC } kind;
	bool ept;   /* the EPT is changed, else guest paging */
	uint8_t level; /* of the entry that is changed */
} structures[] = {
	{ "TLB, guest page changed", IN_TLB, false, 1 },
	{ "TLB, EPT page changed", IN_TLB, true, 1 },
	{ "guest PDE cache", IN_PSC, false, 2 },
	{ "guest PDPTE cache", IN_PSC, false, 3 },
	{ "guest PML4E cache", IN_PSC, false, 4 },
	{ "guest PML5E cache", IN_PSC, false, 5 },
	{ "nested TLB", IN_NESTED, true, 1 },
	{ "EPT PDE cache", IN_EPT_PSC, true, 2 },
	{ "EPT PDPTE cache", IN_EPT_PSC, true, 3 },
	{ "EPT PML4E cache", IN_EPT_PSC, true, 4 },
	{ "EPT PML5E cache", IN_EPT_PSC, true, 5 },
};
#define STRUCTURES (sizeof structures / sizeof structures[0])

/* ---- The events ---- */

enum op {
	OP_INVLPG,
	OP_MOV_CR0,  /* bits a set, bits b cleared */
	OP_MOV_CR3,
	OP_MOV_CR4,  /* as CR0 */
	OP_INVPCID,  /* type, pcid, address */
	OP_INVEPT,   /* type; 0: that EPT, else this EPTP */
	OP_INVVPID,  /* type, vpid, address */
	OP_VM_ENTRY, /* vpid */
	OP_VM_EXIT,
	OP_VMFUNC,   /* index: 0, 1 the EPTs, 2 one of 4 levels, 3 malformed */
	OP_ENTER,    /* mmu_enter() with other EFER bits: a cleared */
	OP_READ,
	OP_WRITE,
	OP_FETCH,
	OP_STORE_ONLY /* nothing but the change of the tables */
};

/* The state in which the event happens differs from A's by this. */
#define IN_PAE 1
#define IN_32BIT 2
#define IN_COMPATIBILITY 4 /* CS.L = 0, CR4.PCIDE = 0 */
#define NO_PCIDE 8
#define NO_PGE 16
#define WITH_SMEP 32
#define AS_USER 64
#define WITH_VE 128
#define WITH_PML 256 /* and the log is full */
#define WITH_SPP 512
#define SPPT_RESERVED 1024
#define PAGING_IS_OFF 2048

static const struct row {
	const char *name;
	unsigned state;
	enum op op;
	uint64_t a, b, c;
	enum outcome outcome;
	/* What is still there: of the TLB's, the guest paging-structure caches', the
	 * nested TLB's and EPT paging-structure caches' translations. */
	const char *tlb, *psc, *physical;
	uint64_t cap_off; /* capabilities that are missing */
} rows[] = {
	{ "nothing happens", 0, OP_STORE_ONLY, 0, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },

	{ "INVLPG", 0, OP_INVLPG, PLACE_GVA(X), 0, 0, OUTCOME_OK, "BGCQDH", "CQDH", ALL, 0 },
	{ "INVLPG, another byte of the page", 0, OP_INVLPG, PLACE_GVA(X) + 0xfff, 0, 0, OUTCOME_OK, "BGCQDH",
	  "CQDH", ALL, 0 },
	{ "INVLPG, next page", 0, OP_INVLPG, PLACE_GVA(X) + 0x1000, 0, 0, OUTCOME_OK, ALL, "CQDH", ALL, 0 },
	{ "INVLPG, global page", 0, OP_INVLPG, PLACE_GVA(Z), 0, 0, OUTCOME_OK, "ABCDHE", "CQDH", ALL, 0 },
	{ "INVLPG, not canonical", 0, OP_INVLPG, NON_CANONICAL, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },

	{ "MOV CR3", 0, OP_MOV_CR3, 0, 0, 0, OUTCOME_OK, "GCQDH", "CQDH", ALL, 0 },
	{ "MOV CR3, another PCID", 0, OP_MOV_CR3, 2, 0, 0, OUTCOME_OK, "ABGQDHE", "ABGDHE", ALL, 0 },
	{ "MOV CR3, bit 63", 0, OP_MOV_CR3, CR3_NO_FLUSH, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "MOV CR3, bit 63, another PCID", 0, OP_MOV_CR3, CR3_NO_FLUSH | 2, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "MOV CR3, PCIDE = 0", NO_PCIDE, OP_MOV_CR3, 2, 0, 0, OUTCOME_OK, "GCQDH", "CQDH", ALL, 0 },
	{ "MOV CR3, PCIDE = 0, bit 63", NO_PCIDE, OP_MOV_CR3, CR3_NO_FLUSH, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "MOV CR3, too wide", 0, OP_MOV_CR3, UINT64_C(1) << 52, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },

	{ "INVPCID 0", 0, OP_INVPCID, 0, 0, PLACE_GVA(X), OUTCOME_OK, "BGCQDH", "BGCQDH", ALL, 0 },
	{ "INVPCID 0, another PCID", 0, OP_INVPCID, 0, 2, PLACE_GVA(X), OUTCOME_OK, "ABGQDHE", "ABGQDHE", ALL, 0 },
	{ "INVPCID 0, global page", 0, OP_INVPCID, 0, 0, PLACE_GVA(Z), OUTCOME_OK, ALL, "ABCQDHE", ALL, 0 },
	{ "INVPCID 0, unused PCID", 0, OP_INVPCID, 0, 3, PLACE_GVA(X), OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "INVPCID 0, not canonical", 0, OP_INVPCID, 0, 0, NON_CANONICAL, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 0, PCIDE = 0, PCID 0", NO_PCIDE, OP_INVPCID, 0, 0, PLACE_GVA(X), OUTCOME_OK, "BGCQDH", "BGCQDH",
	  ALL, 0 },
	{ "INVPCID 0, PCIDE = 0, PCID 2", NO_PCIDE, OP_INVPCID, 0, 2, PLACE_GVA(X), OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 0, descriptor", 0, OP_INVPCID, 0, 0x1000, PLACE_GVA(X), OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 1", 0, OP_INVPCID, 1, 0, 0, OUTCOME_OK, "GCQDH", "CQDH", ALL, 0 },
	{ "INVPCID 1, another PCID", 0, OP_INVPCID, 1, 2, 0, OUTCOME_OK, "ABGQDHE", "ABGDHE", ALL, 0 },
	{ "INVPCID 1, address ignored", 0, OP_INVPCID, 1, 3, NON_CANONICAL, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "INVPCID 1, PCIDE = 0, PCID 2", NO_PCIDE, OP_INVPCID, 1, 2, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 1, descriptor", 0, OP_INVPCID, 1, UINT64_C(1) << 63, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 2", 0, OP_INVPCID, 2, 0, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "INVPCID 2, PCIDE = 0, PCID 2", NO_PCIDE, OP_INVPCID, 2, 2, NON_CANONICAL, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "INVPCID 2, descriptor", 0, OP_INVPCID, 2, 0x8000, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 3", 0, OP_INVPCID, 3, 0, 0, OUTCOME_OK, "GQDH", "DH", ALL, 0 },
	{ "INVPCID 3, PCIDE = 0, PCID 2", NO_PCIDE, OP_INVPCID, 3, 2, NON_CANONICAL, OUTCOME_OK, "GQDH", "DH", ALL, 0 },
	{ "INVPCID 3, descriptor", 0, OP_INVPCID, 3, 0x1000, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID 4", 0, OP_INVPCID, 4, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "INVPCID, type 2^32", 0, OP_INVPCID, UINT64_C(1) << 32, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },

	{ "CR0.PG 1 to 0", IN_PAE, OP_MOV_CR0, 0, CR0_PG, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR0.PG 1 to 0, 32-bit", IN_32BIT, OP_MOV_CR0, 0, CR0_PG, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR0.PG 1 to 0, leaving IA-32e", IN_COMPATIBILITY, OP_MOV_CR0, 0, CR0_PG, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR0.PG 1 to 0, 64-bit code", NO_PCIDE, OP_MOV_CR0, 0, CR0_PG, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "CR0.PG 0 to 1", PAGING_IS_OFF, OP_MOV_CR0, CR0_PG, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR0.NW without CD", 0, OP_MOV_CR0, CR0_NW, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "CR0.WP", 0, OP_MOV_CR0, 0, CR0_WP, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR0.CD", 0, OP_MOV_CR0, CR0_CD, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },

	{ "CR4.PGE 1 to 0", 0, OP_MOV_CR4, 0, CR4_PGE, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR4.PGE 0 to 1", NO_PGE, OP_MOV_CR4, CR4_PGE, 0, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR4.PCIDE 1 to 0", 0, OP_MOV_CR4, 0, CR4_PCIDE, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "CR4.PCIDE 0 to 1", NO_PCIDE, OP_MOV_CR4, CR4_PCIDE, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR4.PAE 1 to 0", IN_PAE, OP_MOV_CR4, 0, CR4_PAE, 0, OUTCOME_OK, "CDH", "CQDH", ALL, 0 },
	{ "CR4.PAE 0 to 1", IN_32BIT, OP_MOV_CR4, CR4_PAE, 0, 0, OUTCOME_OK, "CDH", "CQDH", ALL, 0 },
	{ "CR4.PAE 1 to 0 in IA-32e", NO_PCIDE, OP_MOV_CR4, 0, CR4_PAE, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "CR4.LA57 in IA-32e", 0, OP_MOV_CR4, 0, CR4_LA57, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "CR4.SMEP 0 to 1", 0, OP_MOV_CR4, CR4_SMEP, 0, 0, OUTCOME_OK, "CDH", "CQDH", ALL, 0 },
	{ "CR4.SMEP 1 to 0", WITH_SMEP, OP_MOV_CR4, 0, CR4_SMEP, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR4.SMAP", 0, OP_MOV_CR4, CR4_SMAP, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR4.PKE", 0, OP_MOV_CR4, CR4_PKE, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR4.PKS", 0, OP_MOV_CR4, CR4_PKS, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "CR4.CET", 0, OP_MOV_CR4, CR4_CET, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "EFER.NXE", 0, OP_ENTER, EFER_NXE, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },

	{ "#PF", AS_USER, OP_READ, PLACE_GVA(X), 0, 0, OUTCOME_PF, "BGCQDHE", "BGCQDHE", ALL, 0 },
	{ "#PF, global page", AS_USER, OP_READ, PLACE_GVA(Z), 0, 0, OUTCOME_PF, "ABCDHE", "ABCQDHE", ALL, 0 },
	{ "#PF elsewhere", AS_USER, OP_READ, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_PF, ALL, ALL, ALL, 0 },
	{ "#PF of the next page", 0, OP_READ, PLACE_GVA(X) + 0x3000, 0, 0, OUTCOME_PF, ALL, "BGCQDHE", ALL, 0 },
	{ "#GP", 0, OP_READ, NON_CANONICAL, 0, 0, OUTCOME_GP, ALL, ALL, ALL, 0 },
	{ "EPT violation", 0, OP_FETCH, PLACE_GVA(X), 0, 0, OUTCOME_EPT_VIOLATION, "BGCQDHE", "BGCQDHE", "BGQHE", 0 },
	{ "EPT violation, global page", 0, OP_FETCH, PLACE_GVA(Z), 0, 0, OUTCOME_EPT_VIOLATION, "ABCDHE", "ABCQDHE",
	  "ABCDE", 0 },
	{ "EPT violation elsewhere", 0, OP_FETCH, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_EPT_VIOLATION, ALL, ALL, ALL, 0 },
	{ "#VE", WITH_VE, OP_FETCH, PLACE_GVA(X), 0, 0, OUTCOME_VE, "BGCQDHE", "BGCQDHE", "BGQHE", 0 },
	{ "EPT misconfiguration", 0, OP_READ, PLACE_GVA(MISCONFIGURED), 0, 0, OUTCOME_EPT_MISCONFIG, ALL, ALL, ALL, 0 },
	{ "PML full", WITH_PML, OP_READ, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_PML_FULL, ALL, ALL, ALL, 0 },
	{ "SPP miss", WITH_SPP, OP_WRITE, PLACE_GVA(SUBPAGE), 0, 0, OUTCOME_SPP_MISS, ALL, ALL, ALL, 0 },
	{ "SPP misconfiguration", WITH_SPP | SPPT_RESERVED, OP_WRITE, PLACE_GVA(SUBPAGE), 0, 0, OUTCOME_SPP_MISCONFIG,
	  ALL, ALL, ALL, 0 },

	{ "INVVPID 0", 0, OP_INVVPID, 0, 1, PLACE_GVA(X), OUTCOME_OK, "BGQDH", "BGQDH", ALL, 0 },
	{ "INVVPID 0, global page", 0, OP_INVVPID, 0, 1, PLACE_GVA(Z), OUTCOME_OK, "ABCDHE", "ABCDHE", ALL, 0 },
	{ "INVVPID 0, another VPID", 0, OP_INVVPID, 0, 2, PLACE_GVA(X), OUTCOME_OK, "ABGCQHE", "ABGCQHE", ALL, 0 },
	{ "INVVPID 0, VPID 0", 0, OP_INVVPID, 0, 0, PLACE_GVA(X), OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 0, not canonical", 0, OP_INVVPID, 0, 1, NON_CANONICAL, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 0, descriptor", 0, OP_INVVPID, 0, 0x10001, PLACE_GVA(X), OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 0, unsupported", 0, OP_INVVPID, 0, 1, PLACE_GVA(X), OUTCOME_VMFAIL, ALL, ALL, ALL,
	  EPT_CAP_INVVPID_TYPE(0) },
	{ "INVVPID 1", 0, OP_INVVPID, 1, 1, 0, OUTCOME_OK, "DH", "DH", ALL, 0 },
	{ "INVVPID 1, another VPID", 0, OP_INVVPID, 1, 2, NON_CANONICAL, OUTCOME_OK, "ABGCQE", "ABGCQE", ALL, 0 },
	{ "INVVPID 1, VPID 0", 0, OP_INVVPID, 1, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 1, descriptor", 0, OP_INVVPID, 1, UINT64_C(1) << 63 | 1, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 1, unsupported", 0, OP_INVVPID, 1, 1, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVVPID_TYPE(1) },
	{ "INVVPID 2", 0, OP_INVVPID, 2, 0, NON_CANONICAL, OUTCOME_OK, NONE, NONE, ALL, 0 },
	{ "INVVPID 2, VPID 1", 0, OP_INVVPID, 2, 1, 0, OUTCOME_OK, NONE, NONE, ALL, 0 },
	{ "INVVPID 2, descriptor", 0, OP_INVVPID, 2, 0x10000, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 2, unsupported", 0, OP_INVVPID, 2, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVVPID_TYPE(2) },
	{ "INVVPID 3", 0, OP_INVVPID, 3, 1, 0, OUTCOME_OK, "GQDH", "DH", ALL, 0 },
	{ "INVVPID 3, another VPID", 0, OP_INVVPID, 3, 2, NON_CANONICAL, OUTCOME_OK, "ABGCQHE", "ABGCQE", ALL, 0 },
	{ "INVVPID 3, VPID 0", 0, OP_INVVPID, 3, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 3, descriptor", 0, OP_INVVPID, 3, 0x20001, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID 3, unsupported", 0, OP_INVVPID, 3, 1, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVVPID_TYPE(3) },
	{ "INVVPID 4", 0, OP_INVVPID, 4, 1, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVVPID unsupported", 0, OP_INVVPID, 1, 1, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVVPID },

	{ "INVEPT 1", 0, OP_INVEPT, 1, 0, 0, OUTCOME_OK, "E", "E", "E", 0 },
	{ "INVEPT 1, another EPT", 0, OP_INVEPT, 1, 1, 0, OUTCOME_OK, "ABGCQDH", "ABGCQDH", "ABGCQDH", 0 },
	{ "INVEPT 1, EPTP that differs below bit 12", 0, OP_INVEPT, 1, 0, EPTP_AD, OUTCOME_OK, "E", "E", "E", 0 },
	{ "INVEPT 1, bad EPTP", 0, OP_INVEPT, 1, 0, 0x100, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVEPT 1, bad memory type", 0, OP_INVEPT, 1, 0, 1, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVEPT 1, unsupported", 0, OP_INVEPT, 1, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVEPT_SINGLE },
	{ "INVEPT 2", 0, OP_INVEPT, 2, 0, 0, OUTCOME_OK, NONE, NONE, NONE, 0 },
	{ "INVEPT 2, EPTP ignored", 0, OP_INVEPT, 2, 0, 0x100, OUTCOME_OK, NONE, NONE, NONE, 0 },
	{ "INVEPT 2, unsupported", 0, OP_INVEPT, 2, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVEPT_ALL },
	{ "INVEPT 0", 0, OP_INVEPT, 0, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVEPT 3", 0, OP_INVEPT, 3, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, 0 },
	{ "INVEPT unsupported", 0, OP_INVEPT, 2, 0, 0, OUTCOME_VMFAIL, ALL, ALL, ALL, EPT_CAP_INVEPT },

	{ "VM entry with VPID", 0, OP_VM_ENTRY, 1, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "VM entry with another VPID", 0, OP_VM_ENTRY, 2, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "VM entry without VPID", 0, OP_VM_ENTRY, 0, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "VM exit with VPID", 0, OP_VM_EXIT, 0, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "VMFUNC", 0, OP_VMFUNC, 1, 0, 0, OUTCOME_OK, ALL, ALL, ALL, 0 },
	{ "VMFUNC, index", 0, OP_VMFUNC, 512, 0, 0, OUTCOME_VMFUNC_EXIT, ALL, ALL, ALL, 0 },
	{ "VMFUNC, no entry", 0, OP_VMFUNC, 511, 0, 0, OUTCOME_VMFUNC_EXIT, ALL, ALL, ALL, 0 },
	{ "VMFUNC, another walk length", 0, OP_VMFUNC, 2, 0, 0, OUTCOME_VMFUNC_EXIT, ALL, ALL, ALL, 0 },
	{ "VMFUNC, malformed", 0, OP_VMFUNC, 3, 0, 0, OUTCOME_VMFUNC_EXIT, ALL, ALL, ALL, 0 },
};
#define ROWS ((int)(sizeof rows / sizeof rows[0]))

/* ---- The machine ---- */

struct machine {
	struct layout l;
	struct tree guest, guest_new, ept[2], ept_new[2];
	uint64_t list[4]; /* EPTP list */
	uint64_t zeros, sppt_bad, ve_area, pml;
	struct mmu *m;
	struct paging_state base; /* of item A */
};

/* Read and write, no fetch. */
static uint64_t data_leaf(uint64_t at)
{
	return ept_leaf(at, 1) & ~(EPT_X | EPT_XU);
}

static void map_guest(struct tree *t, uint64_t offset)
{
	for (enum place p = 0; p < PLACES; p++)
		tree_set(t, 1, PLACE_GVA(p),
			 (PLACE_GPA(p) + offset) | PTE_P | PTE_RW | PTE_A | PTE_D | (p == Z ? PTE_G : 0));
}

static void map_ept(struct tree *t, unsigned ept, uint64_t offset)
{
	for (enum place p = 0; p < PLACES; p++) {
		tree_set(t, 1, PLACE_GPA(p), data_leaf(place_hpa(p, ept) + offset));
		tree_set(t, 1, PLACE_GPA(p) + GUEST_CHANGED, data_leaf(place_hpa(p, ept) + GUEST_CHANGED));
	}
	tree_set(t, 1, PLACE_GPA(MISCONFIGURED), EPT_W);
	tree_set(t, 1, PLACE_GPA(SUBPAGE), (data_leaf(place_hpa(SUBPAGE, ept)) & ~EPT_W) | EPT_SPP);
}

static struct mmu_geometry geometry_of(const struct structure *s)
{
	struct mmu_geometry g = { .seed = 1 };

	switch (s->kind) {
	case IN_TLB:
		layout_tlb(&g, 64);
		break;
	case IN_PSC:
		g.guest_psc[s->level] = layout_full(64);
		break;
	case IN_NESTED:
		g.nested = layout_full(128);
		break;
	case IN_EPT_PSC:
		g.ept_psc[s->level] = layout_full(128);
		break;
	}
	return g;
}

static void machine_init(struct machine *x, const struct structure *s, uint64_t cap_off)
{
	struct mmu_geometry g = geometry_of(s);

	layout_init(&x->l, 1);
	x->zeros = layout_frame(&x->l);
	x->ve_area = layout_frame(&x->l);
	x->pml = layout_frame(&x->l);
	x->sppt_bad = layout_frame(&x->l);
	memset(x->l.ram + x->sppt_bad, 0xff, PAGE_SIZE_4K);
	x->guest = tree_guest(&x->l, PAGING_5LEVEL);
	x->guest_new = tree_guest(&x->l, PAGING_5LEVEL);
	map_guest(&x->guest, 0);
	map_guest(&x->guest_new, GUEST_CHANGED);
	for (unsigned e = 0; e < 2; e++) {
		x->ept[e] = tree_ept(&x->l, 5);
		x->ept_new[e] = tree_ept(&x->l, 5);
		map_ept(&x->ept[e], e, 0);
		map_ept(&x->ept_new[e], e, EPT_CHANGED);
		layout_map_tables(&x->ept[e]);
		x->list[e] = layout_eptp(&x->ept[e]);
	}
	x->list[2] = (x->list[1] & ~EPTP_WALK) | 3 << EPTP_WALK_SHIFT;
	x->list[3] = x->list[1] | 0x100;
	x->base = layout_state(PAGING_5LEVEL, x->guest.root);
	x->base.maxphyaddr = 52;
	x->base.cr4 |= CR4_PGE | CR4_PCIDE;
	x->base.vpid = 1;
	x->base.ept_vpid_cap &= ~cap_off;
	layout_use_ept(&x->base, &x->ept[0]);
	x->m = mmu_create(&x->l.mem, &g);
	ck_assert_ptr_nonnull(x->m);
}

static void machine_free(struct machine *x)
{
	mmu_destroy(x->m);
	layout_free(&x->l);
}

/* With a VPID an entry drops nothing, so any item can be used at any time. */
static uint64_t use_item(struct machine *x, const struct item *i)
{
	struct paging_state s = x->base;

	s.vpid = i->vpid;
	s.cr3 |= i->pcid;
	s.eptp = x->list[i->ept];
	layout_enter(x->m, &s);
	return layout_read(x->m, PLACE_GVA(i->place));
}

/* The change that nobody is told of. */
static void change_tables(struct machine *x, const struct structure *s)
{
	for (enum place p = 0; p < CACHED_PLACES; p++) {
		if (!s->ept)
			tree_set(&x->guest, s->level, PLACE_GVA(p),
				 tree_read(&x->guest_new, tree_slot(&x->guest_new, s->level, PLACE_GVA(p))));
		for (unsigned e = 0; e < 2 && s->ept; e++)
			tree_set(&x->ept[e], s->level, PLACE_GPA(p),
				 tree_read(&x->ept_new[e], tree_slot(&x->ept_new[e], s->level, PLACE_GPA(p))));
	}
}

static struct paging_state event_state(const struct machine *x, unsigned how)
{
	struct paging_state s = x->base;

	if (how & (IN_PAE | IN_32BIT | PAGING_IS_OFF)) {
		s = layout_state(how & IN_PAE ? PAGING_PAE : how & IN_32BIT ? PAGING_32BIT : PAGING_NONE,
				 x->zeros);
		s.cr4 |= CR4_PGE;
		s.maxphyaddr = 52;
		s.vpid = 1;
		s.ept_vpid_cap = x->base.ept_vpid_cap;
		layout_use_ept(&s, &x->ept[0]);
	}
	if (how & IN_COMPATIBILITY)
		s.cs_l = false;
	if (how & (NO_PCIDE | IN_COMPATIBILITY))
		s.cr4 &= ~CR4_PCIDE;
	if (how & NO_PGE)
		s.cr4 &= ~CR4_PGE;
	if (how & WITH_SMEP)
		s.cr4 |= CR4_SMEP;
	if (how & AS_USER)
		s.cpl = 3;
	if (how & WITH_VE) {
		s.controls.ve = s.ve_inside = true;
		s.ve_address = x->ve_area;
	}
	if (how & WITH_PML) {
		s.controls.pml = s.pml_inside = true;
		s.pml_address = x->pml;
		s.eptp |= EPTP_AD;
	}
	if (how & WITH_SPP) {
		s.controls.spp = true;
		s.spptp = how & SPPT_RESERVED ? x->sppt_bad : x->zeros;
	}
	return s;
}

static enum outcome event_access(struct machine *x, enum access_type type, uint64_t at)
{
	struct access a = layout_access(type, at);
	struct translation t;

	return mmu_translate(x->m, &a, &t);
}

static enum outcome event(struct machine *x, const struct row *r, const struct paging_state *s)
{
	struct paging_state other = *s;
	struct translation t;

	switch (r->op) {
	case OP_INVLPG:
		mmu_invlpg(x->m, gva(r->a));
		return OUTCOME_OK;
	case OP_MOV_CR0:
		return mmu_mov_cr0(x->m, (s->cr0 | r->a) & ~r->b, &t);
	case OP_MOV_CR3:
		return mmu_mov_cr3(x->m, (s->cr3 & ~CR3_PCID) | r->a, &t);
	case OP_MOV_CR4:
		return mmu_mov_cr4(x->m, (s->cr4 | r->a) & ~r->b, &t);
	case OP_INVPCID:
		return mmu_invpcid(x->m, r->a, r->b, gva(r->c));
	case OP_INVEPT:
		return mmu_invept(x->m, r->a, x->list[r->b] | r->c);
	case OP_INVVPID:
		return mmu_invvpid(x->m, r->a, r->b, gva(r->c));
	case OP_VM_ENTRY:
		mmu_vm_entry(x->m, (uint16_t)r->a);
		return OUTCOME_OK;
	case OP_VM_EXIT:
		mmu_vm_exit(x->m);
		return OUTCOME_OK;
	case OP_VMFUNC:
		return mmu_vmfunc(x->m, (uint32_t)r->a, x->list, 4);
	case OP_ENTER:
		other.efer &= ~r->a;
		return mmu_enter(x->m, &other, false, &t);
	case OP_READ:
		return event_access(x, ACCESS_READ, r->a);
	case OP_WRITE:
		return event_access(x, ACCESS_WRITE, r->a);
	case OP_FETCH:
		return event_access(x, ACCESS_FETCH, r->a);
	case OP_STORE_ONLY:
		break;
	}
	return OUTCOME_OK;
}

static void judge(const struct row *r, const struct structure *s, char name, uint64_t old, uint64_t got,
		  const char *kept)
{
	uint64_t changed = old + (s->ept ? EPT_CHANGED : GUEST_CHANGED);

	expect(got == old || got == changed, "%s, %s, %c: %" PRIx64, s->name, r->name, name, got);
	if (strchr(kept, name))
		expect(got == old, "%s, %s: %c was dropped", s->name, r->name, name);
	else
		expect(got == changed, "%s, %s: %c is still there", s->name, r->name, name);
}

static const char *kept_by(const struct row *r, const struct structure *s)
{
	return s->kind == IN_TLB ? r->tlb : s->kind == IN_PSC ? r->psc : r->physical;
}

START_TEST(with_vpid)
{
	const struct row *r = &rows[_i];

	for (const struct structure *s = structures; s < structures + STRUCTURES; s++) {
		struct machine x;

		machine_init(&x, s, r->cap_off);
		struct paging_state state = event_state(&x, r->state);

		for (unsigned i = 0; i < ITEMS; i++)
			ck_assert_uint_eq(use_item(&x, &items[i]), place_hpa(items[i].place, items[i].ept));
		change_tables(&x, s);
		layout_enter(x.m, &state);
		mmu_set_pml_index(x.m, 0xffff);
		enum outcome o = event(&x, r, &state);

		expect(o == r->outcome, "%s, %s: %s", s->name, r->name, outcome_name(o));
		for (unsigned i = 0; i < ITEMS; i++)
			judge(r, s, items[i].name, place_hpa(items[i].place, items[i].ept),
			      use_item(&x, &items[i]), kept_by(r, s));
		machine_free(&x);
	}
}
END_TEST

/* ---- Without VPID ---- */

/* Of VPID 0: a, b, c (PCID 2), g (global); of VPID 2: D. */
#define ALL_0 "abgcD"

static const struct row rows_0[] = {
	{ "nothing happens", 0, OP_STORE_ONLY, 0, 0, 0, OUTCOME_OK, ALL_0, ALL_0, ALL_0, 0 },
	{ "VM exit", 0, OP_VM_EXIT, 0, 0, 0, OUTCOME_OK, "D", "D", ALL_0, 0 },
	{ "VM entry", 0, OP_VM_ENTRY, 0, 0, 0, OUTCOME_OK, "D", "D", ALL_0, 0 },
	{ "VMFUNC", 0, OP_VMFUNC, 0, 0, 0, OUTCOME_OK, "D", "D", ALL_0, 0 },
	{ "VMFUNC exit", 0, OP_VMFUNC, 512, 0, 0, OUTCOME_VMFUNC_EXIT, "D", "D", ALL_0, 0 },
	{ "EPT violation", 0, OP_FETCH, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_EPT_VIOLATION, "D", "D", ALL_0, 0 },
	{ "EPT misconfiguration", 0, OP_READ, PLACE_GVA(MISCONFIGURED), 0, 0, OUTCOME_EPT_MISCONFIG, "D", "D", ALL_0, 0 },
	{ "PML full", WITH_PML, OP_READ, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_PML_FULL, "D", "D", ALL_0, 0 },
	{ "SPP miss", WITH_SPP, OP_WRITE, PLACE_GVA(SUBPAGE), 0, 0, OUTCOME_SPP_MISS, "D", "D", ALL_0, 0 },
	{ "SPP misconfiguration", WITH_SPP | SPPT_RESERVED, OP_WRITE, PLACE_GVA(SUBPAGE), 0, 0, OUTCOME_SPP_MISCONFIG,
	  "D", "D", ALL_0, 0 },
	{ "#VE", WITH_VE, OP_FETCH, PLACE_GVA(UNCACHED), 0, 0, OUTCOME_VE, ALL_0, ALL_0, ALL_0, 0 },
	{ "#PF", 0, OP_READ, PLACE_GVA(UNCACHED) + 0x1000, 0, 0, OUTCOME_PF, ALL_0, ALL_0, ALL_0, 0 },
	{ "#GP", 0, OP_READ, NON_CANONICAL, 0, 0, OUTCOME_GP, ALL_0, ALL_0, ALL_0, 0 },
	{ "MOV CR3, bit 63", 0, OP_MOV_CR3, CR3_NO_FLUSH, 0, 0, OUTCOME_OK, ALL_0, ALL_0, ALL_0, 0 },
	{ "MOV CR3", 0, OP_MOV_CR3, 0, 0, 0, OUTCOME_OK, "gcD", "cD", ALL_0, 0 },
	{ "INVVPID 2 spares VPID 0", 0, OP_INVVPID, 2, 0, 0, OUTCOME_OK, "abgc", "abgc", ALL_0, 0 },
	{ "INVVPID 1", 0, OP_INVVPID, 1, 2, 0, OUTCOME_OK, "abgc", "abgc", ALL_0, 0 },
	{ "INVVPID fails", 0, OP_INVVPID, 1, 0, 0, OUTCOME_VMFAIL, ALL_0, ALL_0, ALL_0, 0 },
	{ "INVEPT fails", 0, OP_INVEPT, 3, 0, 0, OUTCOME_VMFAIL, ALL_0, ALL_0, ALL_0, 0 },
	{ "INVEPT 1", 0, OP_INVEPT, 1, 0, 0, OUTCOME_OK, "", "", "", 0 },
};
#define ROWS_0 ((int)(sizeof rows_0 / sizeof rows_0[0]))

static void set_pcid(struct machine *x, uint16_t pcid)
{
	struct translation t;
	enum outcome o = mmu_mov_cr3(x->m, x->guest.root | pcid | CR3_NO_FLUSH, &t);

	expect(o == OUTCOME_OK, "MOV CR3: %s", outcome_name(o));
}

/* Uses a, b, g, c of the VPID in force; got[]: what they yield. */
static void use_all_0(struct machine *x, uint64_t got[4])
{
	set_pcid(x, 0);
	for (unsigned i = 0; i < 3; i++)
		got[i] = layout_read(x->m, PLACE_GVA(X + i));
	set_pcid(x, 2);
	got[3] = layout_read(x->m, PLACE_GVA(X));
	set_pcid(x, 0);
}

START_TEST(without_vpid)
{
	const struct row *r = &rows_0[_i];

	for (const struct structure *s = structures; s < structures + STRUCTURES; s++) {
		struct machine x;
		uint64_t got[4];

		machine_init(&x, s, r->cap_off);
		ck_assert_uint_eq(use_item(&x, &items[5]), place_hpa(X, 0)); /* D */
		struct paging_state state = event_state(&x, r->state);

		state.vpid = 0;
		layout_enter(x.m, &state);
		mmu_set_pml_index(x.m, 511);
		use_all_0(&x, got);
		change_tables(&x, s);
		mmu_set_pml_index(x.m, 0xffff);
		enum outcome o = event(&x, r, &state);

		expect(o == r->outcome, "%s, %s: %s", s->name, r->name, outcome_name(o));
		mmu_set_pml_index(x.m, 511);
		use_all_0(&x, got);
		for (unsigned i = 0; i < 4; i++)
			judge(r, s, "abgc"[i], place_hpa(i < 3 ? X + i : X, 0), got[i], kept_by(r, s));
		judge(r, s, 'D', place_hpa(X, 0), use_item(&x, &items[5]), kept_by(r, s));
		machine_free(&x);
	}
}
END_TEST

/* ---- Without EPT ---- */

/* Linear mappings: INVEPT is not concerned with them, INVVPID is. */
static const struct native_row {
	const char *name;
	enum op op;
	uint64_t a, b;
	bool kept;
} native_rows[] = {
	{ "nothing happens", OP_STORE_ONLY, 0, 0, true },
	{ "INVEPT 1", OP_INVEPT, 1, 0, true },
	{ "INVEPT 2", OP_INVEPT, 2, 0, true },
	{ "INVVPID 1", OP_INVVPID, 1, 1, false },
	{ "INVVPID 1, another VPID", OP_INVVPID, 1, 2, true },
	{ "INVVPID 2", OP_INVVPID, 2, 0, false },
	{ "INVLPG", OP_INVLPG, PLACE_GVA(X), 0, false },
	{ "MOV CR3", OP_MOV_CR3, 0, 0, false },
	{ "MOV CR3, bit 63", OP_MOV_CR3, CR3_NO_FLUSH, 0, true },
};

START_TEST(native)
{
	const struct native_row *n = &native_rows[_i];
	const struct row r = { .name = n->name, .op = n->op, .a = n->a, .b = n->b };

	for (const struct structure *s = structures; s < structures + STRUCTURES; s++) {
		struct machine x;

		if (s->ept)
			continue;
		machine_init(&x, s, 0);
		struct paging_state state = x.base;

		state.ept = false;
		layout_enter(x.m, &state);
		ck_assert_uint_eq(layout_read(x.m, PLACE_GVA(X)), PLACE_GPA(X));
		change_tables(&x, s);
		ck_assert_int_eq(event(&x, &r, &state), OUTCOME_OK);
		uint64_t got = layout_read(x.m, PLACE_GVA(X));

		expect(got == PLACE_GPA(X) + (n->kept ? 0 : GUEST_CHANGED), "%s, %s: %" PRIx64, s->name,
		       n->name, got);
		machine_free(&x);
	}
}
END_TEST

/* ---- Of the machine itself ---- */

/* mmu_reset() leaves nothing behind: neither an entry nor a tag. */
START_TEST(reset)
{
	for (const struct structure *s = structures; s < structures + STRUCTURES; s++) {
		static unsigned char before[1 << 20];
		struct machine x;

		machine_init(&x, s, 0);
		for (unsigned i = 0; i < ITEMS; i++)
			use_item(&x, &items[i]);
		memcpy(before, x.l.ram, sizeof before);
		change_tables(&x, s);
		mmu_reset(x.m);
		/* The state stays in force: that of the last item. */
		ck_assert_uint_eq(layout_read(x.m, PLACE_GVA(items[ITEMS - 1].place)),
				  place_hpa(X, 1) + (s->ept ? EPT_CHANGED : GUEST_CHANGED));
		/* Under whatever tag that was: no other state finds it. */
		memcpy(x.l.ram, before, sizeof before);
		for (unsigned n = 0; n < 200; n++) {
			struct item other = { 'X', (uint8_t)(3 + n / 3), (uint8_t)(n % 3), 0, X };

			ck_assert_uint_eq(use_item(&x, &other), place_hpa(X, 0));
		}
		machine_free(&x);
	}
}
END_TEST

/* More contexts than a small number of tags: each keeps its own translations. */
START_TEST(many_contexts)
{
	struct machine x;
	struct translation t;

	machine_init(&x, &structures[0], 0);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned vpid = 1; vpid < 300; vpid++)
			for (unsigned pcid = 0; pcid < 16; pcid++) {
				struct paging_state s = x.base;

				s.vpid = (uint16_t)vpid;
				s.cr3 |= pcid;
				/* The page of each context is its own. */
				tree_set(&x.guest, 1, PLACE_GVA(X),
					 (PLACE_GPA(X) + (pcid % 2 ? GUEST_CHANGED : 0)) | PTE_P | PTE_RW | PTE_A);
				ck_assert_int_eq(mmu_enter(x.m, &s, false, &t), OUTCOME_OK);
				uint64_t got = layout_read(x.m, PLACE_GVA(X));

				expect(got == place_hpa(X, 0) + (pcid % 2 ? GUEST_CHANGED : 0),
				       "VPID %u, PCID %u: %" PRIx64, vpid, pcid, got);
			}
	machine_free(&x);
}
END_TEST

START_TEST(geometries)
{
	static const struct {
		const char *name;
		struct cache_geometry g;
		unsigned first, count;
		bool ok;
	} cases[] = {
		{ "none", { 0, 0, 0, 0 }, 0, 0, true },
		{ "sets without ways", { 7, 0, ASSOC_LINEAR, ASSOC_LRU }, 0, 0, true },
		{ "ways without sets", { 0, 4, ASSOC_LINEAR, ASSOC_LRU }, 0, 4, false },
		{ "300 ways", { 1, 300, ASSOC_LINEAR, ASSOC_LRU }, 0, 300, true },
		{ "65535 ways", { 1, 65535, ASSOC_LINEAR, ASSOC_LRU }, 1, 65534, true },
		{ "beyond the ways", { 1, 4, ASSOC_LINEAR, ASSOC_LRU }, 1, 4, false },
		{ "far beyond the ways", { 1, 4, ASSOC_LINEAR, ASSOC_LRU }, 65535, 65535, false },
		{ "3 sets", { 3, 4, ASSOC_LINEAR, ASSOC_LRU }, 0, 4, false },
		{ "3 sets, mod", { 3, 4, ASSOC_MOD, ASSOC_LRU }, 0, 4, true },
		{ "a tree of 128", { 1, 128, ASSOC_LINEAR, ASSOC_TREE_PLRU }, 0, 128, false },
		{ "three groups", { 1, 12, ASSOC_LINEAR, ASSOC_MRU3_PLRU4 }, 0, 12, true },
		{ "a part of three groups", { 1, 12, ASSOC_LINEAR, ASSOC_MRU3_PLRU4 }, 0, 8, false },
		{ "none of three groups", { 1, 12, ASSOC_LINEAR, ASSOC_MRU3_PLRU4 }, 0, 0, true },
		{ "too large", { 1u << 31, 1u << 31, ASSOC_LINEAR, ASSOC_LRU }, 0, 1, false },
		{ "unknown hash", { 1, 1, 4, ASSOC_LRU }, 0, 1, false },
		{ "unknown policy", { 1, 1, ASSOC_LINEAR, 6 }, 0, 1, false },
	};
	struct layout l;

	layout_init(&l, 1);
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct mmu_geometry g = { .tlbs = 1 };
		const char *name = NULL;

		g.tlb[0] = (struct tlb_geometry){ .name = "the TLB", .geometry = cases[i].g, .serves = TLB_FOR_ALL,
						  .level = 1 };
		g.tlb[0].ways[TLB_4K].first = (uint16_t)cases[i].first;
		g.tlb[0].ways[TLB_4K].count = (uint16_t)cases[i].count;
		ck_assert_msg(mmu_geometry_ok(&g, &name) == cases[i].ok, "%s", cases[i].name);
		if (!cases[i].ok)
			ck_assert_str_eq(name, "the TLB");
		struct mmu *m = mmu_create(&l.mem, &g);

		ck_assert_msg(!!m == cases[i].ok, "%s", cases[i].name);
		mmu_destroy(m);
		g = (struct mmu_geometry){ .nested = cases[i].g };
		if (cases[i].first == 0 && cases[i].count == cases[i].g.ways)
			ck_assert_msg(mmu_geometry_ok(&g, &name) == cases[i].ok, "%s", cases[i].name);
	}
	struct mmu_geometry g = { .tlbs = MMU_MAX_TLBS + 1 };

	ck_assert_ptr_null(mmu_create(&l.mem, &g));
	layout_free(&l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("caching");
	TCase *tc = tcase_create("caching");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, with_vpid, 0, ROWS);
	tcase_add_loop_test(tc, without_vpid, 0, ROWS_0);
	tcase_add_loop_test(tc, native, 0, sizeof native_rows / sizeof native_rows[0]);
	tcase_add_test(tc, reset);
	tcase_add_test(tc, many_contexts);
	tcase_add_test(tc, geometries);
	suite_add_tcase(suite, tc);
	return layout_run(suite);
}
