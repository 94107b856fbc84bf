/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The members of a .zip archive, one after the other, as one stream. Private to
 * src/trace.
 */
#ifndef EPTSIM_TRACE_UNZIP_H
#define EPTSIM_TRACE_UNZIP_H

#include "trace/trace.h"

struct unzip;

struct unzip *unzip_open(trace_read_function *read, void *context); /* NULL: no memory */
void unzip_close(struct unzip *u);                                  /* NULL is allowed */

/* At least 1 and at most `size` bytes; 0 at the end; -1 on failure: then
 * unzip_read_error() is the errno of the source, or 0 and the archive is bad. */
ptrdiff_t unzip_read(struct unzip *u, void *buffer, size_t size, bool *too_early,
                     const char **why);
int unzip_read_error(const struct unzip *u);

#endif
