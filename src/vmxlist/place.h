/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the code goes: a private page that the guest reaches by a free slot of
 * the scenario's own top-level tables, in both dimensions. Private to
 * src/vmxlist.
 */
#ifndef VMXLIST_PLACE_H
#define VMXLIST_PLACE_H

#include "scenario/scenario.h"
#include "vmx/worklist.h"

#define PLACE_CELLS 32

/* The private pages of operation k, from WORK_PRIVATE_START + k * PRIVATE_SIZE.
 * Code is reached by one 2 MiB page, so all of them are in the first one. */
#define PRIVATE_SIZE 0x10000
#define PRIVATE_PDPT 0x0000 /* PAE: the supervisor's page directory */
#define PRIVATE_PD 0x1000  /* also the page table of 32-bit paging */
#define PRIVATE_TOP 0x2000 /* PML4 of 5-level paging, own top-level table, PDPTEs */
#define PRIVATE_CODE 0x3000
#define PRIVATE_CODE_OFFSET 0x800
#define PRIVATE_EPT 0x200000 /* EPT tables, one a level, behind those of all operations */

struct place {
	const char *why_not;
	struct work_cell cells[PLACE_CELLS]; /* what the way to the code consists of */
	unsigned count;
	uint64_t linear;    /* of the code */
	uint64_t entry_gpa; /* of the top-level guest entry that leads there (no paging: of the page) */
	uint64_t top_entry; /* of the one that the access uses */
	uint64_t area;      /* GPA of the operation's private pages */
	uint64_t pages;     /* HPA of them */
	uint64_t cr3;
	unsigned pdpte_slot; /* PAE: the register that leads there; 4: none */
	uint64_t pdpte, supervisor_pdpte;
};

/* What is occupied: a cell that may not be made an entry of. */
typedef bool (*place_taken)(const void *context, uint64_t at);

struct place_request {
	const struct scenario *s; /* the state and the access: its first step */
	const struct mem *mem;
	place_taken taken;
	const void *context;
	bool own;         /* the scenario's tables play no part: the place has its own */
	unsigned number;  /* of the operation */
	unsigned attempt; /* 0 and on: so many possible places are passed over */
	/* Slots of EPT root tables that lead to the private pages already. */
	struct place_root {
		uint64_t root, area;
		unsigned limit;
	} *roots;
	unsigned *root_count; /* at most PLACE_ROOTS */
};

#define PLACE_ROOTS 8

/* why_not if there is no (further) place. */
void place_code(const struct place_request *request, struct place *p);

#endif
