/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A guest's page tables, made by the grader in the guest's memory. The
 * submission maps them: their gpas have nothing in common with their hpas.
 */
#ifndef GRADE_EXAM_GUEST_H
#define GRADE_EXAM_GUEST_H

#include "grade/exam.h"
#include "mmu/regime.h" /* the format of guest entries */

struct exam_guest {
	uint64_t cr3;  /* gpa of the top table */
	unsigned used; /* frames of the guest's memory */
	unsigned perm; /* with which the EPT maps the tables */
};

/* gpa of frame `frame` of the guest's memory: the hpa of another frame of it, so
 * that who takes the one for the other reads memory, and the wrong one. */
uint64_t exam_guest_frame_gpa(const struct bench *b, unsigned frame);

/* The top table, mapped by the submission, as all others, with these rights. */
bool exam_guest_make(struct exam *x, struct exam_guest *g, unsigned perm);

/* Maps in the guest, at `level`; intermediate entries grant everything. Tables
 * are taken, and mapped by the submission, as needed. */
bool exam_guest_map(struct exam *x, struct exam_guest *g, uint64_t gva, uint64_t gpa,
                    unsigned level, uint64_t flags);

/* The guest entry of `level` for a gva: where it lies, as hpa and as gpa. */
uint64_t *exam_guest_entry(struct exam *x, const struct exam_guest *g, uint64_t gva, unsigned level,
                           uint64_t *gpa);

#endif
