/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a processor caches of its translations: TLBs, guest and EPT
 * paging-structure caches, nested TLB. docs/caching.md says when each is filled
 * and used; SDM 3C, "Caching Translation Information" what it may hold.
 */
#ifndef MMU_CACHES_H
#define MMU_CACHES_H

#include "base/assoc.h"
#include "mmu/memory_type.h"

#include <eptsim/mmu.h>

/* What a GPA page maps to: an EPT walk's result, or a nested-TLB entry. */
struct nested {
	uint64_t base;  /* HPA of the page */
	uint64_t all;   /* AND of the entries used: EPT_R, EPT_W, EPT_X, EPT_XU */
	uint64_t upper; /* the same without the leaf */
	uint64_t leaf;  /* the leaf entry */
	uint8_t shift;  /* log2 of the page's bytes */
	bool dirty;     /* a write needs no D flag set */
};

/* A combined (or, without EPT, linear) translation. */
struct tlb_entry {
	uint64_t base; /* HPA of the page */
	uint64_t fill; /* id of the fill */
	struct memory_type_parts type;
	uint8_t rights;  /* RIGHT_...: of guest paging */
	uint8_t key;     /* protection key */
	uint8_t shift;   /* log2 of the page's bytes */
	bool ept_sss;    /* EPT makes it a supervisor shadow-stack page */
	uint16_t ept_all; /* EPT_R, EPT_W, EPT_X, EPT_XU; all set without EPT */
};

/* Where a guest table lies, with what the entries above it said. */
struct psc_entry {
	gpa_t table_gpa;
	hpa_t table_hpa;
	struct nested nested; /* of the page that holds the table */
	uint8_t rights;       /* RIGHT_U, RIGHT_W, RIGHT_X so far */
	uint8_t cache_bits;   /* PTE_PWT, PTE_PCD of the entry that points to the table */
	bool verified;        /* every entry above was read through a paging-write EPT leaf */
};

struct ept_psc_entry {
	hpa_t table;
	uint64_t all; /* AND of the entries above the table */
};

/* What tags an entry. Contexts get small numbers that fit into a key. */
struct context {
	uint64_t ep4ta; /* EPTP[51:12], or CONTEXT_NO_EPT */
	uint16_t vpid;
	uint16_t pcid; /* or CONTEXT_GLOBAL, CONTEXT_GUEST_PHYSICAL */
};
#define CONTEXT_NO_EPT (~UINT64_C(0))
#define CONTEXT_GLOBAL 0x1000u
#define CONTEXT_GUEST_PHYSICAL 0x2000u
#define CONTEXT_BITS 16
#define CONTEXT_MAX (1u << CONTEXT_BITS)

struct tlb {
	struct assoc assoc;
	struct tlb_entry *entry;
	struct tlb_geometry geometry;
	uint8_t sizes; /* bit by enum tlb_page: such a page was filled since the last clear */
};

struct psc {
	struct assoc assoc;
	struct psc_entry *entry;
};

struct ept_psc {
	struct assoc assoc;
	struct ept_psc_entry *entry;
};

struct nested_tlb {
	struct assoc assoc;
	struct nested *entry;
};

struct caches {
	struct tlb tlb[MMU_MAX_TLBS];
	unsigned tlbs;
	struct psc psc[6];
	struct ept_psc ept_psc[6];
	struct nested_tlb nested;
	void *memory; /* of all of them */
	uint64_t fills; /* ids given */
	bool globals;   /* a global translation was filled since the last clear */

	struct context *contexts;
	unsigned context_count, context_capacity;
	/* Contexts of the state in force. */
	uint32_t current;        /* VPID, PCID, EP4TA */
	uint32_t current_global; /* VPID, global, EP4TA */
	uint32_t current_ept;    /* guest-physical, EP4TA */
};

bool caches_init(struct caches *c, const struct mmu_geometry *g);
void caches_free(struct caches *c);
/* As if just made: what is cached, and the replacement state. */
void caches_clear(struct caches *c);
/* Selects the contexts that lookups and fills use. */
void caches_select(struct caches *c, uint16_t vpid, uint16_t pcid, uint64_t ep4ta);

/* log2 of the bytes of a page, by enum tlb_page, and back. */
extern const uint8_t tlb_page_shift[TLB_PAGES];

/* The TLB entry for `gva` under the current context among those that serve
 * `serves` (one TLB_FOR_ bit), smallest page first within a TLB, level 1 before
 * level 2. Tells the replacement policy (unless `peek`), and refills level 1 from
 * a level 2 hit. NULL: none. *tlb is its index. */
struct tlb_entry *caches_tlb_find(struct caches *c, gva_t gva, unsigned serves, bool peek,
				  unsigned *tlb);
/* Drops that entry, of page size `shift`, from every TLB. */
void caches_tlb_drop(struct caches *c, gva_t gva, unsigned shift);
/* Fills every TLB that serves `serves`, and the STLBs. Returns the fill id. */
uint64_t caches_tlb_fill(struct caches *c, gva_t gva, unsigned serves,
			 const struct tlb_entry *entry, bool global);

struct psc_entry *caches_psc_find(struct caches *c, unsigned level, unsigned shift, gva_t gva,
				  bool peek);
void caches_psc_fill(struct caches *c, unsigned level, unsigned shift, gva_t gva,
		     const struct psc_entry *entry);
struct nested *caches_nested_find(struct caches *c, gpa_t gpa, bool peek);
void caches_nested_fill(struct caches *c, gpa_t gpa, const struct nested *entry);
struct ept_psc_entry *caches_ept_psc_find(struct caches *c, unsigned level, gpa_t gpa, bool peek);
void caches_ept_psc_fill(struct caches *c, unsigned level, gpa_t gpa,
			 const struct ept_psc_entry *entry);

/* Which linear and combined mappings to drop. */
struct drop {
	bool any_vpid;    /* else `vpid` only */
	bool not_vpid;    /* every VPID but `vpid` */
	bool any_pcid;    /* else `pcid` only */
	bool any_ep4ta;   /* else `ep4ta` only */
	bool not_linear;  /* combined mappings only: those with an EP4TA */
	bool globals;     /* global translations too, whatever the PCID */
	bool one_address; /* only what a translation of `gva` would use ... */
	bool all_psc;     /* ... but every paging-structure-cache entry of the PCID */
	uint16_t vpid, pcid;
	uint64_t ep4ta;
	gva_t gva;
};

void caches_drop(struct caches *c, const struct drop *d);
/* Guest-physical mappings: of one EP4TA or all; of one GPA or all. */
void caches_drop_guest_physical(struct caches *c, const uint64_t *ep4ta, const gpa_t *gpa);

#endif
