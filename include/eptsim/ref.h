/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a translation did, reference by reference. Latency, statistics, events
 * and explanations are computed from this list and from nothing else.
 */
#ifndef EPTSIM_REF_H
#define EPTSIM_REF_H

#include <eptsim/addr.h>

enum ref_kind {
	REF_GUEST,      /* read of a guest paging-structure entry */
	REF_EPT,        /* read of an EPT paging-structure entry */
	REF_SPPT,       /* read of a sub-page-permission-table entry */
	REF_HLAT,       /* read of a HLAT paging-structure entry */
	REF_PDPTE,      /* load of a PAE PDPTE register */
	REF_FLAG_GUEST, /* locked update that sets A or D in a guest entry */
	REF_FLAG_EPT,   /* the same in an EPT entry */
	REF_PML,        /* store of a page-modification log entry */
	REF_VE,         /* store to the virtualization-exception information area */
	/* From here on: references that a cache saved. No memory is touched. */
	REF_SAVED_PSC,     /* the walk started below guest_level: guest paging-structure cache */
	REF_SAVED_NESTED,  /* the nested TLB had this GPA */
	REF_SAVED_EPT_PSC, /* the EPT walk started below ept_level */
	REF_FULL_WALK,     /* what precedes was not trusted: the walk starts again, without caches */
	REF_KINDS
};

/* For which purpose an EPT walk (or a saved one) was made. */
#define REF_ROW_DATA 0 /* guest_level of references made for the final access */

/* ref.flags */
#define REF_A 1     /* REF_FLAG_*: this update set A ... */
#define REF_D 2     /* ... and D */
#define REF_PAGE2 4 /* made for the second page of a page-crossing access */
/* REF_SAVED_PSC, REF_SAVED_NESTED: level of the EPT leaf that maps the table or
 * page that was known, 0 without EPT. So it can be told what was saved. */
#define REF_LEAF_LEVEL_SHIFT 3
#define REF_LEAF_LEVEL (7u << REF_LEAF_LEVEL_SHIFT)

struct ref {
	hpa_t hpa;
	/* The entry read, or the value stored; REF_SAVED_PSC: the GPA of the table where
	 * the walk goes on; REF_SAVED_NESTED: the GPA that was known. */
	uint64_t value;
	uint8_t kind;        /* enum ref_kind */
	uint8_t guest_level; /* 5..1, or REF_ROW_DATA */
	uint8_t ept_level;   /* 5..1; 0 for the guest entry itself */
	uint8_t flags;
	uint8_t type; /* memory type of the access (SDM 3C, "Memory Type Used for Accessing EPT
	               * Paging Structures", "... for Translated Guest-Physical Addresses") */
};

static inline int ref_is_memory(const struct ref *r)
{
	return r->kind < REF_SAVED_PSC;
}

#endif
