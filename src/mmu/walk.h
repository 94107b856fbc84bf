/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inside one translation: the state that the guest dimension
 * (guest_walk.c) and the EPT dimension (nested.c) of the walk share.
 */
#ifndef MMU_WALK_H
#define MMU_WALK_H

#include "base/walk.h"
#include "mmu/caches.h"
#include "mmu/regime.h"

struct mmu {
	const struct mem *mem;
	struct regime regime;
	struct caches caches;
	uint16_t pml_index;
	bool ve_busy; /* #VE area outside memory: its second dword is not 0 */
	struct ref *refs;
	size_t ref_count, ref_capacity;
};

/* Why a guest-physical address is translated. */
enum purpose {
	PURPOSE_FINAL,     /* the access itself */
	PURPOSE_STRUCTURE, /* read of a guest paging-structure entry */
	PURPOSE_FLAG,      /* write of its A or D flag, EPT A/D off */
	PURPOSE_PDPTE      /* load of a PDPTE register: not of a linear address */
};

/* One guest entry read. */
struct guest_step {
	uint8_t level;
	bool page;         /* it maps a page */
	bool hlat;
	uint8_t rights;    /* RIGHT_U, RIGHT_W, RIGHT_X so far, this entry included */
	bool verified;     /* so far all were read through a paging-write EPT leaf */
	uint8_t type;      /* memory type of the access to it */
	gpa_t slot;        /* address of the entry */
	hpa_t at;
	uint64_t entry;
	struct nested nested; /* of the page that holds it */
};

/* One GPA that was translated by an EPT walk. */
struct nested_step {
	gpa_t gpa;
	struct nested nested;
	struct ept_walk walk;
};

/* A restart forgets the HLAT entries; the GPAs of 5 HLAT levels, 5 ordinary ones and the
 * final one. 4 PDPTE loads fit. */
#define WALK_GUEST_STEPS 6
#define WALK_NESTED_STEPS 11

struct walk {
	struct mmu *m;
	const struct regime *r;
	const struct access *a;
	gva_t gva;     /* of the first byte in this page */
	uint32_t size; /* bytes in this page */
	bool page2;
	bool use_caches;  /* may start from cached entries */
	bool used_cached; /* and did */
	bool peek;        /* changes no cache; memory is an overlay */

	bool hlat; /* walking from HLATP */
	uint8_t restart_shift; /* HLAT restart: log2 of what that entry's level maps, else 64 */
	/* The paging-structure-cache entry that the guest walk starts from. */
	const struct psc_entry *psc;
	unsigned psc_level; /* level of the table it gives */

	uint8_t cache_bits; /* PTE_PWT, PTE_PCD of what points to the table being read */
	uint8_t ref_type;   /* memory type of the references that are appended */
	/* So far, over the entries used. */
	uint8_t rights;
	uint8_t upper_rights; /* without the last entry */
	bool verified;

	unsigned guest_count, nested_count;
	struct guest_step guest[WALK_GUEST_STEPS];
	struct nested_step nested[WALK_NESTED_STEPS];

	/* What guest paging found; of the final access. */
	gpa_t gpa;
	uint8_t page_shift;
	uint8_t key;
	struct memory_type_parts type;
	struct nested final;

	struct fault *fault;
};

/* Makes room for the references of one page's translation, or of a group of PDPTE loads. */
void walk_reserve_refs(struct mmu *m);

/* Appends a reference. */
void walk_ref(struct walk *w, enum ref_kind kind, hpa_t at, uint64_t value, unsigned guest_level,
	      unsigned ept_level, unsigned flags);

/* Sets `bits` in the cell at `at` (4-byte if `narrow`), appends the reference.
 * Re-reads the cell: structures can overlap. */
void walk_set_flags(struct walk *w, enum ref_kind kind, hpa_t at, bool narrow, uint64_t bits,
		    unsigned guest_level, unsigned ept_level);

/* Translates `gpa` for `purpose` of guest level `level` (0: the final access):
 * *n says where it lies. False: w->fault says why not. */
bool nested_translate(struct walk *w, gpa_t gpa, enum purpose purpose, unsigned level,
		      struct nested *n);

/* The write that sets a guest A or D flag in step `g`, with EPT A/D off: judged
 * by the translation with which the entry was read. */
bool nested_judge_flag_write(struct walk *w, const struct guest_step *g);

/* HPA of `gpa` in the page that `n` maps. */
static inline hpa_t nested_hpa(const struct nested *n, gpa_t gpa)
{
	return hpa(n->base | (gpa.v & (BIT(n->shift) - 1)));
}

/* The flags of a reference that a cache saved: level of the EPT leaf in `n`. */
static inline unsigned nested_leaf_level(const struct walk *w, const struct nested *n)
{
	return w->r->state.ept ? ((n->shift - PAGE_SHIFT_4K) / 9u + 1) << REF_LEAF_LEVEL_SHIFT : 0;
}

/* Sub-page write permissions for a write that only lacks W. False: w->fault. */
bool sppt_allows(struct walk *w, gpa_t gpa);

/* An EPT violation or, where it converts, #VE. `walk` null: no entry was read. */
void nested_violation(struct walk *w, enum rule rule, gpa_t gpa, enum purpose purpose,
		      unsigned level, const struct nested *n, const struct ept_walk *walk);

/* Guest paging down to w->gpa, its flags set as the knobs say; then the final
 * EPT access and the HPA. False: w->fault. */
bool guest_walk(struct walk *w, hpa_t *hpa);

/* Loads the PDPTE registers from CR3 of `r` (PAE) through `r`'s EPT into
 * pdpte[4]. False: `t` says why not. */
bool guest_load_pdptes(struct mmu *m, const struct regime *r, uint64_t pdpte[4],
		       struct translation *t);

/* Puts what a successful walk found into the paging-structure caches and the
 * nested TLB. */
void walk_fill(struct walk *w);

/* What a fault drops, and a VM exit without VPID (the spec's section 12). */
void mmu_after_fault(struct mmu *m, const struct fault *f);

/* EP4TA of a state: EPTP[51:12], or CONTEXT_NO_EPT. */
uint64_t mmu_ep4ta(const struct paging_state *s);

#endif
