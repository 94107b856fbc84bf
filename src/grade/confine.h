/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Confinement of a process that runs what a student wrote: files by Landlock,
 * system calls by seccomp, time and memory by limits. docs/instructor.md says
 * what protects against what.
 */
#ifndef GRADE_CONFINE_H
#define GRADE_CONFINE_H

#include "host/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/filter.h>

struct limits {
	unsigned cpu_seconds;
	uint64_t memory;    /* bytes of address space */
	uint64_t file;      /* bytes of one file written */
	unsigned files;     /* open at once */
	unsigned processes; /* of this user, where the user is not root; 0: no more */
};

/* Files below these directories (or these files), each list ends with NULL. */
struct reach {
	const char *const *read;
	const char *const *write;
};

/* Version of Landlock in this kernel, 0: none. */
int confine_landlock(void);

/* The remaining functions are for a child between fork and exec: what they took
 * away does not come back. False: errno says why. */
bool confine_limits(const struct limits *limits);
bool confine_files(const struct reach *reach);
/* Root becomes nobody; a user that may not do so stays what it is. */
void confine_user(void);

/* Who owns files that such a process must read: nobody's id for root, else -1. */
int confine_owner(void);

/* Programs of the system-call filter. */
enum filter { FILTER_COMPILER, FILTER_LOADING, FILTER_RUNNING };

struct filter_program {
	struct sock_filter *code;
	size_t length;
};

bool filter_make(enum filter which, struct filter_program *program, struct error *err);
void filter_free(struct filter_program *program);
/* In the child. */
bool filter_install(const struct filter_program *program);

#define ONE_ALLOCATION_MAX (UINT64_C(256) << 20)

#endif
