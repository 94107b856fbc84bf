/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a test is written with. Each test is a function that calls the
 * submission, lets the processor judge, and stops at the first thing that is
 * wrong: every function here that returns bool returns false then, after noting
 * why.
 */
#ifndef GRADE_EXAM_H
#define GRADE_EXAM_H

#include "grade/bench.h"
#include "grade/mistakes.h"
#include "grade/process.h"
#include "host/random.h"

#include <eptsim/submission.h>

#include <stdarg.h>

#define FINDINGS_MAX 4u
#define LINE_SIZE 400u

/* One thing that is wrong, or legal but slow (a warning). */
struct finding {
	enum mistake mistake;
	bool warning;
	char called[4 * LINE_SIZE]; /* what was called, and what it answered */
	char expected[LINE_SIZE];
	char hardware[2 * LINE_SIZE]; /* what the processor does; empty: it was not asked */
};

struct exam {
	struct bench *bench;
	const struct sandbox *sandbox;
	struct process process;
	uint64_t functions; /* of the submission, as found once at the beginning */
	uint64_t seed;
	struct random random;
	char called[3 * LINE_SIZE]; /* the call made last */
	const char
		*situation; /* at most LINE_SIZE; of the call, to be shown before it; null: none */
	enum mistake context; /* what a leftover bit in a table entry means here */
	struct finding finding[FINDINGS_MAX];
	unsigned findings;
	bool failed;
	uint64_t result[8]; /* of the call made last: returned value, outputs */
	char printed[PRINTED_MAX + 1];
};

/* ---- Machine and process ---- */

/* A machine, and a fresh process of the submission. */
bool exam_start(struct exam *x, const struct bench_config *config);
/* The end of this machine: whether the submission wrote where it may not. */
bool exam_end(struct exam *x);
bool exam_has(const struct exam *x, enum function f);

/* ---- Notes ---- */

__attribute__((format(printf, 3, 4))) bool exam_fail(struct exam *x, enum mistake m,
                                                     const char *expected, ...);
__attribute__((format(printf, 3, 4))) void exam_warn(struct exam *x, enum mistake m,
                                                     const char *expected, ...);
/* What the processor does, for the finding made last. */
__attribute__((format(printf, 2, 3))) void exam_hardware(struct exam *x, const char *format, ...);

/* ---- Calls: false if the submission did not survive them. x->result has what
 * came back. ---- */

bool exam_call(struct exam *x, enum function f, unsigned count, const uint64_t *arguments);

/* The call's answer; the word is compared as int. */
static inline int answer(const struct exam *x)
{
	return (int)x->result[0];
}

bool call_map(struct exam *x, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type);
bool call_map_large(struct exam *x, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                    unsigned level);
bool call_unmap(struct exam *x, uint64_t gpa);
bool call_walk(struct exam *x, uint64_t gpa);
bool call_gpa2hpa(struct exam *x, uint64_t gpa);
bool call_gva2hpa(struct exam *x, uint64_t cr3, uint64_t gva);
bool call_protect(struct exam *x, uint64_t gpa, unsigned perm);
bool call_split(struct exam *x, uint64_t gpa);
bool call_merge(struct exam *x, uint64_t gpa, unsigned level);

/* The answer must be this one, or the mistake was made. */
bool must_answer(struct exam *x, int expected, enum mistake m);

/* ---- What is mapped: the judge's questions ---- */

struct page {
	uint64_t gpa, hpa;
	unsigned perm, type, level;
};

/* The permissions that the processor can grant for these (submission.h, lab_map). */
unsigned exam_granted(const struct exam *x, unsigned perm);

/* judge.c: does the processor translate every kind of access to the page as it
 * should? `offset` within the page is where it looks. */
bool must_translate(struct exam *x, const struct page *p, uint64_t offset);
/* Nothing must be mapped at gpa. */
bool must_not_translate(struct exam *x, uint64_t gpa);
/* Map, and be judged. */
bool must_map(struct exam *x, const struct page *p);

/* ---- Words ---- */

const char *exam_result_text(int result);
const char *exam_size_text(unsigned level);
/* "rwx", "r--". */
const char *exam_perm_text(unsigned perm, char text[4]);

#endif
