/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The lines that the image writes, and what they say about a scenario.
 */
#ifndef VMXLIST_RESULT_H
#define VMXLIST_RESULT_H

#include "vmxlist/plan.h"

#include <stdio.h>

#define RESULT_CELLS 512

/* One @R or @S line. */
struct result {
	bool skipped; /* @S: `why` is enum work_skip */
	uint64_t index, op, why;
	uint64_t how, reason, qualification, gla, gpa, interruption, error, rip, rax, rdx, xmm0[2];
	uint64_t pml_index;
	struct work_cell cells[RESULT_CELLS];
	size_t cell_count;
	uint64_t log[512];
	size_t log_count;
	uint64_t ve[5];
	bool ve_given;
};

/* The next result of the stream. 1; 0 after the end line; -1: `why` says what
 * is wrong. Lines of other origin are passed over. */
int result_read(FILE *in, unsigned long *line, struct result *r, const char **why);

/* What a processor did, as a scenario's result. */
struct measured {
	const char *skipped; /* not NULL: nothing was measured, and why */
	bool carried;        /* the step was not executed: what stands here is the simulator's */
	bool other;          /* an exit that is no outcome: reason, interruption */
	uint32_t reason, vector;
	bool hpa_known;      /* with outcome ok */
	struct step_result step;
	struct cell cells[2 * RESULT_CELLS];
	uint64_t log[2 * 512];
};

/* The step that operation `first` begins; results has one for each operation of
 * the plan. Returns the operation that begins the next step. */
unsigned measure(const struct plan *plan, unsigned first, const struct result *results, struct measured *m);

#endif
