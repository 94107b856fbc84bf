/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A directory of its own for one submission: the only one that the compiler may
 * write, removed in the end.
 */
#ifndef GRADE_WORKDIR_H
#define GRADE_WORKDIR_H

#include "host/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The program that runs submissions, and the header that they include: parts of
 * this program (src/grade/images.c). */
extern const unsigned char image_runner[], image_runner_end[];
extern const unsigned char image_header[], image_header_end[];

struct workdir {
	char path[200];
	char submission[240]; /* the shared object in it */
	char runner[240];
};

bool workdir_create(struct workdir *w, struct error *err) __attribute__((warn_unused_result));
/* Everything in it, whatever was put there. */
void workdir_remove(struct workdir *w);

/* A file of this name in it, owned by whom the confined process runs as. */
bool workdir_write(const struct workdir *w, const char *name, const void *bytes, size_t length,
                   unsigned mode, struct error *err) __attribute__((warn_unused_result));

#endif
