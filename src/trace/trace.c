/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Opening a trace, recognising its format, and handing out blocks of records.
 */
#include "trace/format.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE_DEFAULT ((size_t)1 << 20)

/* Every format, the surer probes first: of two equally sure ones the first wins. */
static const struct trace_format *const formats[] = {
	&trace_format_lackey,     &trace_format_eptrace_text, &trace_format_eptrace_binary,
	&trace_format_pinatrace,  &trace_format_din,          &trace_format_xdin,
	&trace_format_champsim,   &trace_format_cloudsuite,   &trace_format_drmemtrace,
	&trace_format_execlog,    &trace_format_gem5,         &trace_format_ramulator,
	&trace_format_perf,
};

#define FORMAT_COUNT (sizeof formats / sizeof *formats)

const char *trace_format_name(const struct trace_format *format)
{
	return format->name;
}

const char *trace_format_description(const struct trace_format *format)
{
	return format->description;
}

unsigned trace_format_flags(const struct trace_format *format)
{
	return format->flags;
}

const struct trace_format *trace_format_at(size_t i)
{
	return i < FORMAT_COUNT ? formats[i] : NULL;
}

const struct trace_format *trace_format_find(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* "lackey, eptrace" */
static const char *format_names(char *names, size_t size)
{
	size_t used = 0;

	names[0] = 0;
	for (size_t i = 0; i < FORMAT_COUNT && used < size; i++)
		used += (size_t)snprintf(names + used, size - used, "%s%s", i ? ", " : "",
		                         formats[i]->name);
	return names;
}

/* Read more behind what is there, moving that to the front when room gets
 * short. The caller leaves room: a text line that fills the buffer is cut.
 * False if the input failed: then t->input_error says why. */
static bool refill(struct trace *t)
{
	ptrdiff_t got;

	if (t->input_error.kind)
		return false;
	if (t->begin == t->end || t->end == t->buffer_size) {
		memmove(t->buffer, t->buffer + t->begin, t->end - t->begin);
		t->offset += t->begin;
		t->end -= t->begin;
		t->begin = 0;
	}
	got = input_read(t->input, t->buffer + t->end, t->buffer_size - t->end, &t->input_error);
	if (got < 0)
		return false;
	if (got == 0)
		t->input_ended = true;
	t->end += (size_t)got;
	t->buffer[t->end] = 0; /* stops the fast loops, which do not count bytes */
	return true;
}

static const struct trace_format *best_format(const struct trace *t, int *score)
{
	const struct trace_format *best = NULL;

	*score = PROBE_NO;
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		int sure = formats[i]->probe(t->buffer, t->end, t->input_ended);

		if (sure > *score) {
			*score = sure;
			best = formats[i];
		}
	}
	return best;
}

/* Look at the beginning until one format is certain or enough was seen. A
 * producer at the other end of a pipe may be slow: no more is waited for than
 * is needed, and a probe runs only when what it sees has doubled. */
static bool recognise(struct trace *t)
{
	size_t enough = t->buffer_size < PROBE_SIZE ? t->buffer_size : PROBE_SIZE;
	size_t next = 1;
	int score;

	for (;;) {
		/* What can be read is used first: a failure is told after it. */
		bool good = refill(t);

		if (good && t->end < next && !t->input_ended)
			continue;
		next = 2 * t->end < enough ? 2 * t->end : enough;
		t->format = best_format(t, &score);
		if (score == PROBE_CERTAIN || t->end >= enough || t->input_ended || !good)
			break;
	}
	if (!t->format) {
		char names[400], quoted[QUOTE_SIZE];

		if (t->input_error.kind)
			t->failed = t->input_error;
		else if (t->end == 0)
			trace_error_set(&t->failed, TRACE_ERROR_FORMAT, t->name, "the trace is empty");
		else
			trace_error_set(&t->failed, TRACE_ERROR_FORMAT, t->name,
			                "not a trace of a known format (%s): it begins with \"%s\"",
			                format_names(names, sizeof names),
			                trace_quote(quoted, (char *)t->buffer, t->end));
	}
	return t->format != NULL;
}

static struct trace *allocate(const char *path, const struct trace_options *options,
                              struct trace_error *error)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	size_t size = options->buffer_size ? options->buffer_size : BUFFER_SIZE_DEFAULT;
	struct trace *t;

	memset(error, 0, sizeof *error);
	if (size < TRACE_BUFFER_MIN)
		size = TRACE_BUFFER_MIN;
	t = calloc(1, sizeof *t + strlen(name) + 1);
	if (t)
		t->buffer = malloc(size + 1);
	if (!t || !t->buffer) {
		trace_error_set(error, TRACE_ERROR_READ, name, "out of memory");
		free(t);
		return NULL;
	}
	memcpy(t->name, name, strlen(name) + 1);
	t->options = *options;
	t->buffer_size = size;
	/* With its newline the longest line just fits the buffer. */
	t->line_limit = size - 1 < TRACE_LINE_MAX ? size - 1 : TRACE_LINE_MAX;
	return t;
}

static const struct trace_options default_options;

/* The format that the options name; false if there is none of that name. */
static bool format_from_options(struct trace *t)
{
	char names[400], quoted[QUOTE_SIZE];

	if (!t->options.format)
		return true;
	t->format = trace_format_find(t->options.format);
	if (!t->format)
		trace_error_set(&t->failed, TRACE_ERROR_USAGE, t->name,
		                "no trace format \"%s\", expected one of %s",
		                trace_quote(quoted, t->options.format, strlen(t->options.format)),
		                format_names(names, sizeof names));
	return t->format != NULL;
}

/* Common end of the three ways to open. */
static struct trace *opened(struct trace *t, struct trace_error *error)
{
	if (t->input && (t->format || recognise(t)))
		return t;
	*error = t->failed;
	trace_close(t);
	return NULL;
}

struct trace *trace_open(const char *path, const struct trace_options *options,
                         struct trace_error *error)
{
	struct trace *t = allocate(path, options ? options : &default_options, error);

	if (t && format_from_options(t))
		t->input = input_open_path(path, t->name, &t->options, &t->failed);
	return t ? opened(t, error) : NULL;
}

struct trace *trace_open_memory(const void *bytes, size_t size, const char *name,
                                const struct trace_options *options, struct trace_error *error)
{
	struct trace *t = allocate(name, options ? options : &default_options, error);

	if (t && format_from_options(t))
		t->input = input_open_memory(bytes, size, t->name, &t->options, &t->failed);
	return t ? opened(t, error) : NULL;
}

struct trace *trace_open_source(trace_read_function *read, void *context, const char *name,
                                const struct trace_options *options, struct trace_error *error)
{
	struct trace *t = allocate(name, options ? options : &default_options, error);

	if (t && format_from_options(t))
		t->input = input_open_source(read, context, t->name, &t->options, &t->failed);
	return t ? opened(t, error) : NULL;
}

void trace_close(struct trace *t)
{
	if (!t)
		return;
	if (t->format && t->format->close)
		t->format->close(t);
	input_close(t->input);
	free(t->buffer);
	free(t);
}

size_t trace_next_block(struct trace *t, struct trace_record *records, size_t capacity)
{
	size_t count = 0;

	while (!t->ended && capacity - count >= t->format->burst) {
		t->block_count = count;
		size_t more = t->format->decode(t, records + count, capacity - count);

		count += more;
		t->counts.records += more;
		if (t->failed.kind) {
			t->ended = true;
		} else if (capacity - count < t->format->burst) {
			break;
		} else if (t->input_ended) {
			t->ended = true;
			if (t->format->finish)
				t->format->finish(t);
		} else if (!refill(t)) {
			t->failed = t->input_error;
			t->ended = true;
		}
	}
	return count;
}

const struct trace_error *trace_failed(const struct trace *t)
{
	return t->failed.kind ? &t->failed : NULL;
}

const struct trace_error *trace_tolerated(const struct trace *t)
{
	return t->tolerated.kind ? &t->tolerated : NULL;
}

struct trace_counts trace_counts(const struct trace *t)
{
	struct trace_counts counts = t->counts;

	counts.lines = t->line;
	counts.bytes = t->offset + t->begin;
	return counts;
}

const struct trace_format *trace_format(const struct trace *t)
{
	return t->format;
}

unsigned trace_flags(const struct trace *t)
{
	return t->format->flags | t->flags;
}

const char *trace_compression(const struct trace *t)
{
	return input_compression(t->input);
}

const char *trace_op_name(enum trace_op op)
{
	static const char *const names[TRACE_OPS] = {
		[TRACE_READ] = "read",       [TRACE_WRITE] = "write",     [TRACE_MODIFY] = "modify",
		[TRACE_FETCH] = "fetch",     [TRACE_CR3] = "cr3",         [TRACE_INVLPG] = "invlpg",
		[TRACE_INVPCID] = "invpcid", [TRACE_INVEPT] = "invept",   [TRACE_INVVPID] = "invvpid",
		[TRACE_VM] = "vm",           [TRACE_MAP] = "map",         [TRACE_UNMAP] = "unmap",
		[TRACE_PROTECT] = "protect",
	};

	return names[op];
}
