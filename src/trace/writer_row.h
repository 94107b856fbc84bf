/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the writers of the formats share. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_WRITER_ROW_H
#define EPTSIM_TRACE_WRITER_ROW_H

#include "trace/champsim.h"
#include "trace/writer.h"

/* What a format holds; the rest is a loss. */
#define HOLDS_SIZE 1
#define HOLDS_FETCH 2
#define HOLDS_MODIFY 4
#define HOLDS_DIRECTIVE 8
#define HOLDS_PC 16
#define HOLDS_TID 32
#define HOLDS_ASID 64
#define HOLDS_CPL 128
#define HOLDS_ALL 255

#define WRITER_LINE_SIZE 160

struct writer_row {
	const char *name; /* of the trace_format */
	unsigned holds;
	/* Text formats: one line of an access that the format holds, or 0: its
	 * address cannot be written. */
	size_t (*line)(char line[WRITER_LINE_SIZE], const struct trace_record *r);
	/* The others. begin and end may be NULL. */
	bool (*begin)(struct trace_writer *w);
	void (*put)(struct trace_writer *w, const struct trace_record *r);
	bool (*end)(struct trace_writer *w);
};

struct trace_writer {
	const struct writer_row *row;
	FILE *out;
	unsigned flags;
	bool failed;
	struct trace_losses losses;

	struct eptrace_binary_writer *binary;
	struct champsim_pending {
		struct champsim_layout layout;
		bool used;
		size_t loads, stores; /* slots in use */
		uint64_t ip;
		unsigned char record[96];
	} champsim;
	struct {
		bool has_tid, has_pid;
		uint32_t tid, pid;
	} drmemtrace;
};

void writer_bytes(struct trace_writer *w, const void *bytes, size_t size);

/* writer_binary.c */
bool champsim_begin(struct trace_writer *w);
bool cloudsuite_begin(struct trace_writer *w);
void champsim_put(struct trace_writer *w, const struct trace_record *r);
bool champsim_end(struct trace_writer *w);
bool drmemtrace_begin(struct trace_writer *w);
void drmemtrace_put(struct trace_writer *w, const struct trace_record *r);
bool drmemtrace_end(struct trace_writer *w);

#endif
