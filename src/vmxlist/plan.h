/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a scenario is carried out on a real processor: where the code lies that
 * makes the access, what memory holds besides the scenario's own cells, and
 * what to conclude from what the processor does.
 *
 * The simulator is asked where an access ends, to put a mark there; whether the
 * mark is met is for the processor to say.
 */
#ifndef VMXLIST_PLAN_H
#define VMXLIST_PLAN_H

#include "scenario/run.h"
#include "vmx/worklist.h"

#define PLAN_DATA_MAX 16 /* bytes of the largest access */
#define PLAN_MARKS 4     /* cells that such an access touches at most, and one to spare */

enum plan_role {
	PLAN_ACCESS,
	PLAN_LOAD_PDPTES, /* MOV CR3, before the access */
	/* Sequences: */
	PLAN_STORE,
	PLAN_INVALIDATE, /* INVEPT, INVVPID */
	PLAN_REFUSED,    /* an instruction of the guest that #GP or a VM exit is expected of */
	PLAN_CARRIED     /* not executed: the operations after it begin in the state that it leads to */
};

struct plan_op {
	struct work_op op;
	uint8_t role; /* enum plan_role */
	size_t step;
	const struct step_result *simulated; /* sequences: what the simulator says, without caches */
	/* PLAN_ACCESS */
	bool located;      /* the simulator says that it succeeds: at hpa, and hpa2 */
	bool checked;      /* `data` tells whether it did so there */
	bool data_in_xmm;  /* a read brings it there, else into rax */
	bool lar;          /* ... as LAR does: bits of a descriptor */
	bool direct_valid; /* an event at the entry at top_entry, of the top-level table, may be seen from `direct` */
	uint64_t hpa, hpa2, top_entry;
	uint64_t nowhere; /* what executing zeros touches: nothing is mapped there */
	uint8_t data[PLAN_DATA_MAX];
	struct work_cell written[PLAN_MARKS]; /* what a write leaves in cells that the scenario does not name */
	unsigned written_count;
	struct work_cell *stores; /* op.stores of them */
};

struct plan {
	const char *why_not; /* not NULL: it cannot be expressed, and why */
	const struct scenario *scenario;
	struct work_item item;
	unsigned named; /* so many of the cells are the scenario's, the rest are marks */
	struct work_cell cells[WORK_CELLS_MAX], extras[WORK_CELLS_MAX];
	struct plan_op ops[WORK_OPS_MAX];
	struct work_cell stores[WORK_CELLS_MAX]; /* of all operations */
	unsigned store_count;
};

struct planner;

struct planner *planner_create(void); /* NULL: out of memory */
void planner_free(struct planner *p); /* NULL is allowed */

/* The plan lives until the next call. `index` is the item's number. */
const struct plan *plan_scenario(struct planner *p, const struct scenario *s, uint32_t index);

#endif
