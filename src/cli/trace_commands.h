/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The parts of `eptsim trace`: each is a program of its own, as in commands.h.
 */
#ifndef CLI_TRACE_COMMANDS_H
#define CLI_TRACE_COMMANDS_H

#include "host/output.h"
#include "trace/writer.h"

/* name, what it does */
#define TRACE_COMMANDS(X)                                                      \
	X(info, "tell what a trace holds")                                     \
	X(convert, "write a trace in another format")                          \
	X(generate, "make a synthetic trace")                                  \
	X(formats, "list the formats")

#define X(name, text) int trace_##name(int argc, char **argv);
TRACE_COMMANDS(X)
#undef X

/* An output and the writer of a format on it. */
struct trace_output {
	const char *command; /* for messages */
	const char *format;
	struct output output;
	struct trace_writer *writer;
};

/* False after a message. */
bool trace_output_open(struct trace_output *o, const char *path, unsigned flags);
bool trace_output_put(struct trace_output *o, const struct trace_record *records, size_t count);
/* Puts the file in place, and tells what the format could not hold. */
bool trace_output_commit(struct trace_output *o, bool quiet);
void trace_output_abandon(struct trace_output *o);

/* Whether a format of this name can be written; a message if not. */
bool trace_output_check(const char *command, const char *format);

#endif
