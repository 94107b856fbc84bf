/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz target for src/trace: a trace in memory, read to its end. The first
 * byte chooses the options, so that one corpus serves all of them.
 */
#include "trace/trace.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

/* What the reader delivers must be what trace.h promises, and the writer's
 * line for it must fit. */
static void check_record(const struct trace_record *r)
{
	char line[EPTRACE_LINE_SIZE];

	check(r->op < TRACE_OPS && r->cpl <= 3 && r->unused == 0);
	if (trace_is_access(r))
		check(r->size >= 1 && r->size <= TRACE_SIZE_MAX);
	if (r->op >= TRACE_MAP)
		check(r->length && r->length % 4096 == 0 && r->address % 4096 == 0 &&
		      r->length - 1 <= UINT64_MAX - r->address);
	check(eptrace_text_line(line, r) < sizeof line);
}

static void check_error(const struct trace_error *error)
{
	check(error->kind != TRACE_ERROR_NONE);
	for (const char *p = error->message; *p; p++)
		check(*p >= 0x20 && *p < 0x7f);
}

/* What eptrace binary is given, it gives back. */
static void check_binary(const struct trace_record *records, size_t count)
{
	static struct trace_record back[TRACE_BLOCK_MIN * 2];
	char *bytes = NULL;
	size_t size, n;
	FILE *out = open_memstream(&bytes, &size);
	struct eptrace_binary_writer *w = out ? eptrace_binary_begin(out, 0) : NULL;
	struct trace_error error;
	struct trace *t;

	check(w && eptrace_binary_write(w, records, count) && eptrace_binary_end(w));
	check(fclose(out) == 0);
	t = trace_open_memory(bytes, size, "t", NULL, &error);
	check(t != NULL);
	n = trace_next_block(t, back, TRACE_BLOCK_MIN * 2);
	check(n == count && memcmp(records, back, n * sizeof *back) == 0);
	check(trace_next_block(t, back, TRACE_BLOCK_MIN * 2) == 0 && !trace_failed(t));
	trace_close(t);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trace_record records[TRACE_BLOCK_MIN * 2];
	struct trace_options options = { 0 };
	struct trace_error error;
	struct trace_counts counts;
	struct trace *t;
	uint64_t total = 0;
	size_t n;
	uint8_t choice = size ? data[0] : 0;

	options.strict = choice & 1;
	options.max_errors = choice & 2 ? 3 : 0;
	options.buffer_size = choice & 4 ? TRACE_BUFFER_MIN : 4096;
	if (choice & 8 && trace_format_at(choice >> 4))
		options.format = trace_format_name(trace_format_at(choice >> 4));
	t = trace_open_memory(data + (size > 0), size - (size > 0), "t", &options, &error);
	if (!t) {
		check_error(&error);
		return 0;
	}
	while ((n = trace_next_block(t, records, TRACE_BLOCK_MIN + choice % 7)) > 0) {
		total += n;
		for (size_t i = 0; i < n; i++)
			check_record(&records[i]);
		if (total == n && size % 8 == 0) /* not always: it takes its time */
			check_binary(records, n);
	}
	counts = trace_counts(t);
	check(counts.records == total && counts.directives <= total);
	check(counts.errors <= options.max_errors);
	if (trace_failed(t))
		check_error(trace_failed(t));
	trace_close(t);
	return 0;
}
