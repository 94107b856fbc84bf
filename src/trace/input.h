/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The bytes of a trace, decompressed: from a file, standard input, memory or a
 * callback. Reads forward only. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_INPUT_H
#define EPTSIM_TRACE_INPUT_H

#include "trace/trace.h"

struct trace_input;

/* On failure NULL, and `*error` says why. An empty source is a failure. `name`
 * must outlive the input. */
struct trace_input *input_open_path(const char *path, const char *name,
                                    const struct trace_options *options,
                                    struct trace_error *error);
struct trace_input *input_open_memory(const void *bytes, size_t size, const char *name,
                                      const struct trace_options *options,
                                      struct trace_error *error);
struct trace_input *input_open_source(trace_read_function *read, void *context, const char *name,
                                      const struct trace_options *options,
                                      struct trace_error *error);
void input_close(struct trace_input *input);

/* At least 1 and at most `size` decompressed bytes; 0 at the end; -1 on
 * failure, and `*error` says why. */
ptrdiff_t input_read(struct trace_input *input, void *buffer, size_t size,
                     struct trace_error *error);

/* "none" or the name of the compression. */
const char *input_compression(const struct trace_input *input);

#endif
