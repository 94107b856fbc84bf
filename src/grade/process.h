/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The process in which a submission runs, as the grader sees it: it answers
 * calls, makes callbacks, and may end at any time for a reason that is told.
 */
#ifndef GRADE_PROCESS_H
#define GRADE_PROCESS_H

#include "grade/confine.h"
#include "runner/protocol.h"
#include "grade/workdir.h"

#include <sys/types.h>

#define PRINTED_MAX 600

struct sandbox {
	const struct workdir *workdir;
	bool confine_files; /* Landlock is there */
	struct filter_program loading, running;
	int memory;                         /* file of the simulated memory */
	unsigned cpu_seconds, wall_seconds; /* of one process */
};

struct process {
	const struct sandbox *sandbox;
	pid_t pid; /* 0: none */
	int requests, replies, printed;
	double until;       /* wall time */
	uint64_t functions; /* mask of those it has */
	enum death death;
	uint64_t detail[2];
	char text[REPLY_TEXT_MAX + 1]; /* what the loader said */
	char output[PRINTED_MAX + 1];  /* what it printed, the beginning */
};

/* False: it ended before it was ready (`death` says why). */
bool process_start(struct process *p, const struct sandbox *s);
/* Ends it, and collects what it printed. */
void process_stop(struct process *p);

/* False: it is dead. */
bool process_send(struct process *p, const struct request *r, const void *tail);
bool process_receive(struct process *p, struct reply *r);

/* How it ended, in a sentence without its subject: "called exit(0)". */
void process_death_text(const struct process *p, char *text, size_t room);

#endif
