/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the bytes of a trace come from. The first few decide whether they go
 * through a decompressor; a plain trace is read straight into the reader's buffer.
 */
#include "trace/input.h"

#include "trace/decompress.h"
#include "trace/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct trace_input {
	const char *name;
	trace_read_function *read;
	void *read_context;
	void (*on_input)(void *context, const void *bytes, size_t size);
	void *on_input_context;

	int descriptor; /* to close, or -1 */
	const unsigned char *memory;
	size_t memory_size;

	/* Bytes read to find the compression, and how many were handed on. */
	unsigned char head[COMPRESSION_MAGIC_SIZE];
	size_t head_size, head_used;

	struct decompressor *decompressor; /* NULL: plain */
};

/* The system's own limit for one read; keeps the result in range. */
#define READ_MAX ((size_t)1 << 30)

static ptrdiff_t read_descriptor(void *context, void *buffer, size_t size)
{
	struct trace_input *input = context;
	ptrdiff_t got;

	do
		got = read(input->descriptor, buffer, size < READ_MAX ? size : READ_MAX);
	while (got < 0 && errno == EINTR);
	return got;
}

static ptrdiff_t read_memory(void *context, void *buffer, size_t size)
{
	struct trace_input *input = context;

	if (size > input->memory_size)
		size = input->memory_size;
	if (size)
		memcpy(buffer, input->memory, size);
	input->memory += size;
	input->memory_size -= size;
	return (ptrdiff_t)size;
}

/* Bytes as the source has them: first those of the head. */
static ptrdiff_t read_raw(void *context, void *buffer, size_t size)
{
	struct trace_input *input = context;
	ptrdiff_t got;

	if (input->head_used < input->head_size) {
		size_t left = input->head_size - input->head_used;

		if (size > left)
			size = left;
		memcpy(buffer, input->head + input->head_used, size);
		input->head_used += size;
		return (ptrdiff_t)size;
	}
	got = input->read(input->read_context, buffer, size);
	if (got > 0 && input->on_input)
		input->on_input(input->on_input_context, buffer, (size_t)got);
	return got;
}

ptrdiff_t input_read(struct trace_input *input, void *buffer, size_t size,
                     struct trace_error *error)
{
	ptrdiff_t got;

	if (input->decompressor)
		return decompressor_read(input->decompressor, buffer, size, error);
	got = read_raw(input, buffer, size);
	if (got < 0)
		trace_error_set(error, TRACE_ERROR_READ, input->name, "cannot read: %s",
		                strerror(errno));
	return got;
}

const char *input_compression(const struct trace_input *input)
{
	return input->decompressor ? decompressor_name(input->decompressor) : "none";
}

/* Fill the head: a pipe may deliver it byte by byte. */
static bool read_head(struct trace_input *input, struct trace_error *error)
{
	size_t have = 0;

	while (have < sizeof input->head) {
		ptrdiff_t got = read_raw(input, input->head + have, sizeof input->head - have);

		if (got < 0) {
			trace_error_set(error, TRACE_ERROR_READ, input->name, "cannot read: %s",
			                strerror(errno));
			return false;
		}
		if (got == 0)
			break;
		have += (size_t)got;
	}
	input->head_size = have;
	if (have == 0)
		trace_error_set(error, TRACE_ERROR_FORMAT, input->name, "the trace is empty");
	return have > 0;
}

static struct trace_input *start(struct trace_input *input, struct trace_error *error)
{
	const char *compression;

	if (!read_head(input, error)) {
		input_close(input);
		return NULL;
	}
	compression = compression_of(input->head, input->head_size);
	if (compression) {
		input->decompressor = decompressor_open(compression, read_raw, input, input->name, error);
		if (!input->decompressor) {
			input_close(input);
			return NULL;
		}
	}
	return input;
}

static struct trace_input *allocate(const char *name, const struct trace_options *options,
                                    struct trace_error *error)
{
	struct trace_input *input = calloc(1, sizeof *input);

	if (!input) {
		trace_error_set(error, TRACE_ERROR_READ, name, "out of memory");
		return NULL;
	}
	input->name = name;
	input->descriptor = -1;
	input->on_input = options->on_input;
	input->on_input_context = options->on_input_context;
	return input;
}

struct trace_input *input_open_path(const char *path, const char *name,
                                    const struct trace_options *options, struct trace_error *error)
{
	struct trace_input *input = allocate(name, options, error);
	struct stat status;

	if (!input)
		return NULL;
	input->read = read_descriptor;
	input->read_context = input;
	/* Standard input is duplicated, so that closing the trace leaves it open. */
	if (strcmp(path, "-") == 0)
		input->descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		input->descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (input->descriptor < 0 || fstat(input->descriptor, &status) < 0) {
		trace_error_set(error, TRACE_ERROR_OPEN, name, "cannot open: %s", strerror(errno));
		input_close(input);
		return NULL;
	}
	if (S_ISDIR(status.st_mode)) {
		trace_error_set(error, TRACE_ERROR_OPEN, name, "is a directory, expected a trace");
		input_close(input);
		return NULL;
	}
#ifdef F_SETPIPE_SZ
	/* Fewer switches between the producer and us; a refusal does no harm. */
	if (S_ISFIFO(status.st_mode))
		(void)fcntl(input->descriptor, F_SETPIPE_SZ, 1 << 20);
#endif
	return start(input, error);
}

struct trace_input *input_open_memory(const void *bytes, size_t size, const char *name,
                                      const struct trace_options *options,
                                      struct trace_error *error)
{
	struct trace_input *input = allocate(name, options, error);

	if (!input)
		return NULL;
	input->memory = bytes;
	input->memory_size = size;
	input->read = read_memory;
	input->read_context = input;
	return start(input, error);
}

struct trace_input *input_open_source(trace_read_function *read, void *context, const char *name,
                                      const struct trace_options *options,
                                      struct trace_error *error)
{
	struct trace_input *input = allocate(name, options, error);

	if (!input)
		return NULL;
	input->read = read;
	input->read_context = context;
	return start(input, error);
}

void input_close(struct trace_input *input)
{
	if (!input)
		return;
	decompressor_close(input->decompressor);
	if (input->descriptor >= 0)
		close(input->descriptor);
	free(input);
}
