/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output files that appear whole or not at all. A regular file is written
 * without a name in the target's directory (or, where the file system cannot,
 * under a temporary one) and put in place by output_commit. What is not a
 * regular file (a pipe, a terminal, /dev/stdout, /dev/full) is written
 * directly. The process should ignore SIGPIPE, so that a reader that went
 * away becomes an error here.
 */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include "host/error.h"

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *stream; /* write here; null when not open */
	/* Private to output.c; the struct must not move while it is open. */
	int descriptor;
	int failure;     /* errno of the first write that failed */
	bool unnamed;    /* the file has no name yet */
	char *path;      /* as the user gave it, for messages */
	char *target;    /* the regular file to replace; null: written directly */
	char *temporary; /* its name until then; null: none */
};

/* `path` "-" is standard output. False with a message that names the path. */
bool output_open(struct output *o, const char *path, struct error *err)
	__attribute__((warn_unused_result));

/* True when some write has failed already: time to stop a long output. */
bool output_failed(const struct output *o);

/*
 * Write out what is buffered, close, put the file in place. False with a
 * message when any write failed; then nothing is left behind and a file that
 * stood there before is untouched. Closed afterwards in both cases.
 */
bool output_commit(struct output *o, struct error *err) __attribute__((warn_unused_result));

/* Close without a trace. Nothing to do after output_commit, so that it may
 * stand on every way out of a function; right for all zero bytes too. */
void output_abandon(struct output *o);

#endif
