/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Transparent decompression of a forward stream. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_DECOMPRESS_H
#define EPTSIM_TRACE_DECOMPRESS_H

#include "trace/trace.h"

/* So many first bytes tell every compression. */
#define COMPRESSION_MAGIC_SIZE 10

/* Name of the compression that these first bytes of a stream announce, or NULL. */
const char *compression_of(const unsigned char *head, size_t size);

struct decompressor;

/* `compression` is what compression_of() said. `read` delivers the compressed
 * bytes from the first on. `name` must outlive the decompressor. */
struct decompressor *decompressor_open(const char *compression, trace_read_function *read,
                                       void *context, const char *name,
                                       struct trace_error *error);
void decompressor_close(struct decompressor *d); /* NULL is allowed */
const char *decompressor_name(const struct decompressor *d);

/* As input_read(). */
ptrdiff_t decompressor_read(struct decompressor *d, void *buffer, size_t size,
                            struct trace_error *error);

#endif
