/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes the shared object of a submission, confined.
 */
#ifndef GRADE_COMPILE_H
#define GRADE_COMPILE_H

#include "grade/workdir.h"

#define SOURCE_MAX ((size_t)1 << 20)
#define OBJECT_MAX ((size_t)16 << 20)
#define COMPILER_MESSAGES_MAX 6000

struct compile_options {
	const char *compiler;
	bool confine_files; /* Landlock is there */
	unsigned seconds;
};

enum compiled {
	COMPILED,
	COMPILE_REFUSED, /* the compiler refuses it: `messages` */
	COMPILE_FAILED   /* not the submission's fault: `err` */
};

/* `path` ends in .c (compiled) or is a shared object (copied). */
enum compiled compile_submission(struct workdir *w, const char *path,
                                 const struct compile_options *options,
                                 char messages[COMPILER_MESSAGES_MAX], struct error *err);

#endif
