/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The memory-management unit of one processor: guest paging, the
 * two-dimensional walk, TLBs and paging-structure caches, and the operations
 * that drop what they hold.
 *
 * SDM 3A, "Paging", "Caching Translation Information"; SDM 3C, "VMX Support for
 * Address Translation". The knobs and rulings: docs/model.md, docs/caching.md.
 */
#ifndef EPTSIM_MMU_H
#define EPTSIM_MMU_H

#include <eptsim/access.h>
#include <eptsim/fault.h>
#include <eptsim/mem.h>
#include <eptsim/ref.h>
#include <eptsim/state.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Geometry of the caches ---- */

/* base/assoc.h: enum assoc_hash and enum assoc_policy. */
struct cache_geometry {
	uint32_t sets, ways; /* 0 ways: the structure does not exist */
	uint8_t hash, policy;
};

/* Page sizes that a TLB holds; the order is that of looking up. */
enum tlb_page { TLB_4K, TLB_2M, TLB_4M, TLB_1G, TLB_PAGES };

#define TLB_FOR_FETCH 1u
#define TLB_FOR_READ 2u
#define TLB_FOR_WRITE 4u
#define TLB_FOR_ALL (TLB_FOR_FETCH | TLB_FOR_READ | TLB_FOR_WRITE)

struct tlb_geometry {
	const char *name;
	struct cache_geometry geometry;
	uint8_t serves; /* TLB_FOR_...: kinds of access */
	uint8_t level;  /* 1 or 2 (STLB) */
	/* By page size: ways first .. first+count-1 hold it; count 0: not held. */
	struct {
		uint16_t first, count;
	} ways[TLB_PAGES];
};

#define MMU_MAX_TLBS 10

struct mmu_geometry {
	struct tlb_geometry tlb[MMU_MAX_TLBS];
	unsigned tlbs;
	struct cache_geometry guest_psc[6]; /* by level of the entry cached, 2..5 */
	struct cache_geometry ept_psc[6];
	struct cache_geometry nested; /* nested TLB */
	uint64_t seed;                /* of random replacement */
};

/* Caches so large that a scenario evicts nothing, one TLB for everything. */
struct mmu_geometry mmu_geometry_everything(void);
/* No cache at all: every access walks cold. */
struct mmu_geometry mmu_geometry_none(void);

/* ---- One processor's MMU ---- */

struct mmu;

/* Where a translation came from. */
enum source { SOURCE_TLB1, SOURCE_TLB2, SOURCE_WALK, SOURCE_NONE /* paging off, no EPT */ };

struct page_result {
	hpa_t hpa;         /* of the access's first byte in this page */
	gpa_t gpa;         /* the same, guest-physical (0 on a TLB hit, which does not know it) */
	uint64_t fill;     /* id of the TLB fill that made the entry; later hits return it */
	uint8_t type;      /* effective memory type */
	uint8_t source;    /* enum source */
	uint8_t page_shift; /* log2 of the TLB entry's page */
	uint8_t tlb;       /* SOURCE_TLB*: index into geometry.tlb */
};

struct translation {
	uint8_t outcome; /* enum outcome */
	uint8_t pages;   /* 1, or 2 for an access that crosses a page; 0: it is not canonical */
	struct page_result page[2]; /* of a page-crossing access: hpa of page[1] is its page base */
	struct fault fault; /* if outcome is not OUTCOME_OK */
};

/* `mem` must outlive the MMU. NULL: out of memory, or a geometry that its hash or
 * replacement cannot index. */
struct mmu *mmu_create(const struct mem *mem, const struct mmu_geometry *geometry);
void mmu_destroy(struct mmu *m);

/* Is every structure of the geometry one that can be built? Else *name says
 * which is not. */
bool mmu_geometry_ok(const struct mmu_geometry *g, const char **name);

/* Drops every cached translation and, beyond the architecture, the replacement state: as after power-on. */
void mmu_reset(struct mmu *m);

/* VM entry with this state (without EPT: simply these registers). Caches are
 * kept. PAE without `pdptes_given`: the PDPTE registers are loaded from CR3, which
 * can fault. Returns t->outcome: OUTCOME_OK, OUTCOME_ENTRY_FAIL, or the fault of
 * the load; on a failure the state before stays in force. */
__attribute__((warn_unused_result)) enum outcome
mmu_enter(struct mmu *m, const struct paging_state *s, bool pdptes_given, struct translation *t);

/* The state in force. */
const struct paging_state *mmu_state(const struct mmu *m);

/* Registers that neither fault nor drop anything: CPL, RFLAGS.AC, PKRU, IA32_PKRS. */
void mmu_set_privilege(struct mmu *m, uint8_t cpl, bool ac, uint32_t pkru, uint32_t pkrs);

/* Translates one access: A and D flags, PML, #VE area and caches change as
 * hardware's would. Returns t->outcome. The references made are appended to
 * mmu_refs(). */
__attribute__((warn_unused_result)) enum outcome
mmu_translate(struct mmu *m, const struct access *a, struct translation *t);

/* The same and nothing changes: no flag, no log, no cache. `use_caches`: as the
 * caches stand; else a cold walk. */
__attribute__((warn_unused_result)) enum outcome
mmu_peek(struct mmu *m, const struct access *a, bool use_caches, struct translation *t);

/* gva2hpa of the course's handout: where the address leads, for a read; guest rights are
 * not judged, EPT's are, and nothing changes. */
__attribute__((warn_unused_result)) enum outcome gva2hpa(struct mmu *m, gva_t gva, hpa_t *hpa);

/* References appended since mmu_refs_clear(); valid until the next call that
 * translates. */
const struct ref *mmu_refs(const struct mmu *m, size_t *count);
void mmu_refs_clear(struct mmu *m);

/* PML index (SDM 3C, "Page-Modification Logging"): counts down from 511. */
uint16_t mmu_pml_index(const struct mmu *m);
void mmu_set_pml_index(struct mmu *m, uint16_t index);

/* ---- What changes the state or drops translations (section 12 of the spec) ---- */

/* Each returns OUTCOME_OK or what it ends in; then nothing has changed. */
__attribute__((warn_unused_result)) enum outcome mmu_mov_cr0(struct mmu *m, uint64_t value,
							     struct translation *t);
/* `value` with CR3_NO_FLUSH as the instruction has it. */
__attribute__((warn_unused_result)) enum outcome mmu_mov_cr3(struct mmu *m, uint64_t value,
							     struct translation *t);
__attribute__((warn_unused_result)) enum outcome mmu_mov_cr4(struct mmu *m, uint64_t value,
							     struct translation *t);
void mmu_invlpg(struct mmu *m, gva_t gva);
__attribute__((warn_unused_result)) enum outcome mmu_invpcid(struct mmu *m, uint64_t type,
							     uint64_t pcid, gva_t gva);
__attribute__((warn_unused_result)) enum outcome mmu_invept(struct mmu *m, uint64_t type,
							    uint64_t eptp);
__attribute__((warn_unused_result)) enum outcome mmu_invvpid(struct mmu *m, uint64_t type,
							     uint64_t vpid, gva_t gva);
/* VMFUNC 0, EPTP switching: `list` has `count` entries of the EPTP list (the
 * rest are 0). */
__attribute__((warn_unused_result)) enum outcome mmu_vmfunc(struct mmu *m, uint32_t ecx,
							    const uint64_t *list, size_t count);
/* VM entry that only changes the VPID (0: none), and VM exit: without VPID the
 * mappings of VPID 0 go. */
void mmu_vm_entry(struct mmu *m, uint16_t vpid);
void mmu_vm_exit(struct mmu *m);

/* Is the outcome a VM exit? */
bool outcome_is_exit(enum outcome o);

#ifdef __cplusplus
}
#endif

#endif
