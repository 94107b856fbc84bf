/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the readers of the formats share: the row that describes a format and
 * the state of an open trace. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_FORMAT_H
#define EPTSIM_TRACE_FORMAT_H

#include "trace/input.h"
#include "trace/trace.h"

/* Probes answer how sure they are, 0 to 100. */
#define PROBE_NO 0
#define PROBE_CERTAIN 100 /* no need to read further, no other format can be meant */

/* Recognition looks at this much of a trace. */
#define PROBE_SIZE 65536

struct trace_format {
	const char *name;
	const char *description; /* one line */
	unsigned flags;          /* TRACE_FORMAT_* */

	/* How sure it is that `head`, the first bytes of a trace (all of it, if
	 * `whole`), is of this format. A trace of the format with a mistake in
	 * its first record should still be recognised, so that the mistake can be
	 * named. */
	int (*probe)(const unsigned char *head, size_t size, bool whole);

	/* The most records that one item makes, 1..TRACE_BLOCK_MIN. */
	size_t burst;

	/* Turn bytes of the buffer into records, and stop when fewer than `burst`
	 * slots are left and only then, unless what remains of the buffer is no
	 * whole item or the trace has failed. `t->input_ended` says that nothing
	 * will follow the buffer. buffer[end] is a readable 0. One call per block,
	 * so that the loop over the records is the reader's own: no indirect call
	 * a record. */
	size_t (*decode)(struct trace *t, struct trace_record *records, size_t capacity);

	/* Called once at the end of a trace that did not fail; may fail it. May
	 * be NULL. */
	void (*finish)(struct trace *t);

	/* Frees t->block. NULL where the format has none. */
	void (*close)(struct trace *t);
};

extern const struct trace_format trace_format_lackey, trace_format_eptrace_text,
	trace_format_eptrace_binary, trace_format_pinatrace, trace_format_din, trace_format_xdin,
	trace_format_champsim, trace_format_cloudsuite, trace_format_drmemtrace,
	trace_format_execlog, trace_format_gem5, trace_format_ramulator, trace_format_perf;

struct eptrace_block; /* a block of eptrace binary that is being read */

struct trace {
	const struct trace_format *format;
	struct trace_options options;
	struct trace_input *input;

	/* The window on the decompressed trace: bytes [begin, end) of the buffer
	 * are not decoded yet. */
	unsigned char *buffer; /* one byte more than buffer_size */
	size_t buffer_size;
	size_t begin, end;
	uint64_t offset; /* of buffer[0] in the trace */
	bool input_ended;
	struct trace_error input_error; /* to be told when the buffer is used up */

	/* Text formats. */
	uint64_t line;      /* number of the current line, from 1; 0 before the first */
	size_t line_limit;  /* a longer line is over-long */
	size_t line_dropped; /* bytes of the current, over-long line already given up */

	/* What a reader keeps from one item to the next; all 0 at the beginning. */
	union {
		bool pinatrace_ended; /* "#eof" was read */
		struct {
			bool inside; /* of a line, whose rest is in the buffer */
			uint32_t cpu;
			uint64_t pc;
		} execlog;
		struct {
			uint64_t pc, next_pc; /* of the last instruction, and behind it */
			uint32_t tid, pid;
			uint8_t flags;   /* TRACE_HAS_* of tid and pid */
			bool has_pc, headed, footed;
		} drmemtrace;
	} state;
	struct eptrace_block *block;
	unsigned flags; /* TRACE_FORMAT_* that the trace itself says */

	bool ended; /* no more records */
	size_t block_count; /* records of the block at hand before this call of decode() */
	struct trace_counts counts;
	struct trace_error failed;    /* kind TRACE_ERROR_NONE: not failed */
	struct trace_error tolerated; /* the first one */
	char name[];
};

/* The record at hand is malformed: "NAME:LINE: expected EXPECTED, found
 * "FOUND"". `found` NULL: found nothing more. Returns true if the error is
 * tolerated, so that the reader goes on with the next record; false if the
 * trace has failed. */
bool trace_malformed(struct trace *t, const char *expected, const char *found, size_t size);

/* The same at a byte of a binary trace; `found` is in words. */
bool trace_malformed_at(struct trace *t, uint64_t offset, const char *expected, const char *found);

/* Where the next undecoded byte stands in the decompressed trace. */
static inline uint64_t trace_offset(const struct trace *t)
{
	return t->offset + t->begin;
}

/* Fill `*error`: "NAME: " and the text. */
void trace_error_set(struct trace_error *error, enum trace_error_kind kind, const char *name,
                     const char *text, ...) __attribute__((format(printf, 4, 5)));

/* Quote bytes of a trace for a message: unprintable ones as \xNN, "..." where
 * cut. Returns `quoted`. */
#define QUOTE_SIZE 200
const char *trace_quote(char quoted[QUOTE_SIZE], const char *bytes, size_t size);

#endif
