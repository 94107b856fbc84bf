/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One translation explained: every reference with its place in the walk, what
 * the entry says and what it decided, then the result or the fault. Data, made
 * from the list of references and nothing else; the printers share it.
 */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "host/json.h"
#include "report/decode.h"

#include <eptsim/mmu.h>

#include <stdio.h>

/* What is to be explained. */
struct explain_input {
	const struct paging_state *state; /* in force, or, if `entry`, to be loaded */
	const struct access *access;
	const struct translation *translation;
	const struct ref *refs;
	size_t ref_count;
	bool entry;         /* not the access failed but the loading of the state */
	bool peek;          /* nothing was changed */
	const char *title;  /* of a scenario's step; NULL: none */
	const char *caches; /* what they held before, in words; NULL: says nothing */
	/* Is there memory at `at`? NULL: everywhere. What is absent reads as all ones. */
	bool (*present)(void *context, hpa_t at);
	void *context;
};

struct explained_ref {
	struct ref ref;
	unsigned number;    /* of a read of an entry, from 1; 0: not counted */
	char name[32];      /* "guest PML4E" */
	char marks[80];     /* flags that are set */
	char decision[256]; /* what it decided */
	bool refused;       /* the fault is at this entry */
};

/* References made for one purpose. */
struct explained_group {
	char title[256];
	size_t first, count; /* of the references */
	int8_t guest_level;  /* of the guest entry sought; 0: the data; -1: none of them */
	bool page2;          /* of a page-crossing access: for the second page */
	gva_t gva;           /* that is translated: of the first byte in this page */
	bool gpa_valid;
	gpa_t gpa; /* that EPT translates */
};

/* One line of the heading or the result. */
struct explained_line {
	char label[24];
	char text[256];
};

#define EXPLAIN_LINES 12

struct explanation {
	struct explain_input input; /* pointers valid as long as the caller keeps them */
	struct regime regime;
	char headline[256];
	struct explained_line state[EXPLAIN_LINES];
	unsigned state_lines;
	struct explained_ref *ref;
	size_t ref_count;
	struct explained_group *group;
	size_t group_count;
	/* References counted. */
	unsigned guest_reads, ept_reads, sppt_reads, flag_writes, log_writes, saved;
	char count[352];
	char outcome[256]; /* one sentence */
	struct explained_line result[EXPLAIN_LINES];
	unsigned result_lines;
	bool error_code_valid, qualification_valid;
	struct decoded error_code, qualification;
};

/* False: no memory. */
bool explanation_make(struct explanation *e, const struct explain_input *in)
	__attribute__((warn_unused_result));
void explanation_destroy(struct explanation *e);

void explanation_print(const struct explanation *e, FILE *out);
json_t *explanation_json(const struct explanation *e);

/* "a write of 8 bytes by the user (CPL 3)" */
void explain_access(char *out, size_t size, const struct paging_state *s, const struct access *a);
/* "4-level paging" */
const char *explain_paging(enum paging_mode mode);

/* Private to explain*.c: the heading and the result. */
void explain_state(struct explanation *e);
void explain_result(struct explanation *e);

#endif
