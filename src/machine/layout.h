/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A layout: the smallest machine state in which one linear address is mapped.
 * Real guest tables, a real EPT made by ept_map(), in an arena; a few entries
 * then changed at will, so that each fault can be provoked.
 *
 * Guest tables lie at GPA 1000h and up, the data at GPA 1G and up. Without EPT
 * these are the host-physical addresses too.
 */
#ifndef MACHINE_LAYOUT_H
#define MACHINE_LAYOUT_H

#include "host/arena.h"
#include "host/frames.h"
#include "mmu/regime.h"

#include <eptsim/access.h>
#include <eptsim/ept.h>
#include <eptsim/state.h>

/* Which entry. */
enum layout_entry_kind {
	LAYOUT_GUEST,     /* the guest entry of `level` */
	LAYOUT_EPT_DATA,  /* the EPT entry of `level` on the way to the data */
	LAYOUT_EPT_TABLE, /* ... on the way to the guest entry of `guest_level` */
};

struct layout_edit {
	uint8_t kind; /* enum layout_entry_kind */
	uint8_t level, guest_level;
	uint64_t clear, set; /* bits; cleared first */
};

#define LAYOUT_EDITS_MAX 32

struct layout_config {
	uint8_t paging; /* enum paging_mode */
	bool ept;
	uint8_t ept_levels;  /* 4 or 5 */
	bool ept_ad;         /* EPT accessed and dirty flags are on */
	uint8_t guest_shift; /* log2 of the guest's page: 12, 21, 22 (32-bit), 30 */
	uint8_t data_level;  /* EPT page under the data: 1 (4K), 2 (2M), 3 (1G) */
	uint8_t table_level; /* EPT page under the guest's tables */
	bool fresh;          /* A and D flags are clear, as in tables nobody used yet */
	uint8_t guest_perm;  /* of the guest's leaf: RIGHT_U, RIGHT_W, RIGHT_X */
	bool guest_present;
	uint64_t data_perm;  /* of the EPT leaf under the data: EPT_R, EPT_W, EPT_X, EPT_XU */
	uint64_t table_perm; /* of the EPT leaves under the guest's tables */
	struct layout_edit edit[LAYOUT_EDITS_MAX];
	unsigned edits;
	/* Registers, controls, capabilities and knobs that are not a matter of layout:
	 * the bits that make the paging mode, CR3, EPTP and the addresses in the VMCS are
	 * filled in. */
	struct paging_state state;
	bool supervisor_shadow_stack; /* EPTP bit 7 */
};

/* 4-level paging on a 4-level EPT, 4K pages, everything allowed. */
struct layout_config layout_config_default(void);

struct layout {
	struct layout_config config;
	struct arena arena;
	struct frames frames;
	struct ept_space space;
	struct paging_state state; /* for mmu_enter(), PDPTE registers given */
	unsigned next_table;       /* GPA of the next guest table, in pages */
	unsigned leaf_level;       /* of the guest; 0: paging is off */
	gpa_t slot[6];             /* by level: the guest's entry for the address */
	gpa_t data;                /* the address's GPA */
	gpa_t data_end;            /* of the access's last byte */
};

/* Builds the layout in which `access` succeeds, then edits it. False with a message
 * where the options contradict one another. The layout must not move afterwards. */
bool layout_init(struct layout *l, const struct layout_config *c, const struct access *access,
                 struct error *err) __attribute__((warn_unused_result));
void layout_destroy(struct layout *l);

#endif
