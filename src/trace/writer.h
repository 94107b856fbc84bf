/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writing traces in the formats that others read.
 *
 *	struct trace_writer *w = trace_writer_open("lackey", out, 0, &error);
 *	... trace_writer_put(w, records, count) ...
 *	trace_writer_close(w, &losses)
 *
 * Memory does not grow with the trace. No format but eptrace holds everything;
 * what one cannot hold is counted, never dropped in silence.
 */
#ifndef EPTSIM_TRACE_WRITER_H
#define EPTSIM_TRACE_WRITER_H

#include "trace/trace.h"

struct trace_losses {
	uint64_t directives; /* left out */
	uint64_t fetches;    /* left out */
	uint64_t accesses;   /* left out: their address means "none" there */
	uint64_t fields;     /* accesses whose pc, tid, asid or cpl was left out */
	uint64_t sizes;      /* accesses whose size was left out, or changed */
	uint64_t modifies;   /* written as a read and a write */
	uint64_t invented;   /* instructions added, for accesses that had none */
};

struct trace_writer;

/* `flags`: TRACE_FORMAT_PHYSICAL, TRACE_FORMAT_SAMPLED of what will be written.
 * NULL if there is no memory, or no such format to write: then *unknown. */
struct trace_writer *trace_writer_open(const char *format, FILE *out, unsigned flags,
                                       bool *unknown);
/* False if the stream failed. */
bool trace_writer_put(struct trace_writer *w, const struct trace_record *records, size_t count);
/* Writes what is left, and frees. */
bool trace_writer_close(struct trace_writer *w, struct trace_losses *losses);

/* Whether the format of this name can be written; if so, whether its addresses
 * are physical is told by trace_format_flags(). */
bool trace_writer_exists(const char *format);

#endif
