/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What students get: the header, a skeleton to fill in, a Makefile, a README.
 */
#ifndef GRADE_HANDOUT_H
#define GRADE_HANDOUT_H

#include "host/error.h"

#include <stdbool.h>

extern const unsigned char image_skeleton[], image_skeleton_end[];
extern const unsigned char image_readme[], image_readme_end[];
extern const unsigned char image_makefile[], image_makefile_end[];

/* Into `directory`, which is made, or is there and has none of these files. */
bool handout_write(const char *directory, struct error *err);

#endif
