/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decompression of a forward stream by the library that each compression has.
 * Whatever decodes is delivered, up to the byte before damage or an early end:
 * the libraries are asked for as much as the reader has room for, and an error
 * is told only when they have nothing more. Archives go through unzip.c.
 */
#include "trace/decompress.h"

#include "trace/codec.h"
#include "trace/format.h"
#include "trace/unzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAW_SIZE 65536

struct decompressor {
	const struct codec *codec; /* NULL: an archive */
	void *state;
	struct unzip *unzip;
	const char *compression;
	const char *name;
	trace_read_function *read;
	void *read_context;
	bool raw_ended;     /* the source said so */
	bool between;       /* a stream is complete; what follows it is not looked at yet */
	bool ended;         /* nothing follows, or an error was told */
	uint64_t delivered;
	/* An error that came with output, to be told when that is used. */
	enum codec_result pending;
	const char *pending_why;

	/* raw[begin, end) is not decompressed yet. */
	size_t begin, end;
	unsigned char raw[RAW_SIZE];
};

/* RFC 1952; xz file format 2.1.1.1; bzip2(1); RFC 8878 3.1.1 and 3.1.2 (a
 * skippable frame may come first); LZ4 frame format; APPNOTE.TXT 4.3.7. */
static const struct {
	const char *name;
	const struct codec *codec;
	unsigned char magic[6], mask[6];
	size_t size;
} rows[] = {
	{ "gzip", &codec_gzip, { 0x1f, 0x8b }, { 0xff, 0xff }, 2 },
	{ "xz",
	  &codec_xz,
	  { 0xfd, '7', 'z', 'X', 'Z', 0 },
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	  6 },
	{ "bzip2", &codec_bzip2, { 'B', 'Z', 'h', 0x30 }, { 0xff, 0xff, 0xff, 0xf0 }, 4 },
	{ "zstd", &codec_zstd, { 0x28, 0xb5, 0x2f, 0xfd }, { 0xff, 0xff, 0xff, 0xff }, 4 },
	{ "zstd", &codec_zstd, { 0x50, 0x2a, 0x4d, 0x18 }, { 0xf0, 0xff, 0xff, 0xff }, 4 },
	{ "lz4", &codec_lz4, { 0x04, 0x22, 0x4d, 0x18 }, { 0xff, 0xff, 0xff, 0xff }, 4 },
	{ "zip", NULL, { 'P', 'K', 3, 4 }, { 0xff, 0xff, 0xff, 0xff }, 4 },
};

#define ROWS (sizeof rows / sizeof *rows)

/* Row of the compression that these bytes announce, or ROWS. */
static size_t row_of(const unsigned char *head, size_t size)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t same = 0;

		while (same < rows[i].size && same < size &&
		       (head[same] & rows[i].mask[same]) == rows[i].magic[same])
			same++;
		if (same == rows[i].size)
			return i;
	}
	return ROWS;
}

const char *compression_of(const unsigned char *head, size_t size)
{
	size_t row = row_of(head, size);

	return row < ROWS ? rows[row].name : NULL;
}

struct decompressor *decompressor_open(const char *compression, trace_read_function *read,
                                       void *context, const char *name, struct trace_error *error)
{
	struct decompressor *d = calloc(1, sizeof *d);
	size_t row = 0;

	while (strcmp(rows[row].name, compression) != 0)
		row++;
	if (d) {
		d->codec = rows[row].codec;
		d->compression = rows[row].name;
		d->name = name;
		d->read = read;
		d->read_context = context;
		if (d->codec)
			d->state = d->codec->open();
		else
			d->unzip = unzip_open(read, context);
	}
	if (!d || (!d->state && !d->unzip)) {
		trace_error_set(error, TRACE_ERROR_READ, name, "out of memory");
		free(d);
		return NULL;
	}
	return d;
}

void decompressor_close(struct decompressor *d)
{
	if (!d)
		return;
	if (d->codec)
		d->codec->close(d->state);
	unzip_close(d->unzip);
	free(d);
}

const char *decompressor_name(const struct decompressor *d)
{
	return d->compression;
}

static ptrdiff_t fail(struct decompressor *d, struct trace_error *error,
                      enum trace_error_kind kind, const char *what, const char *why)
{
	d->ended = true;
	trace_error_set(error, kind, d->name, "the %s stream %s after %llu decompressed bytes%s%s%s",
	                d->compression, what, (unsigned long long)d->delivered, why ? " (" : "",
	                why ? why : "", why ? ")" : "");
	return -1;
}

static ptrdiff_t fail_read(struct decompressor *d, struct trace_error *error)
{
	d->ended = true;
	trace_error_set(error, TRACE_ERROR_READ, d->name, "cannot read: %s", strerror(errno));
	return -1;
}

/* Read behind what is there; false if the source failed. */
static bool fill(struct decompressor *d)
{
	ptrdiff_t got;

	memmove(d->raw, d->raw + d->begin, d->end - d->begin);
	d->end -= d->begin;
	d->begin = 0;
	got = d->read(d->read_context, d->raw + d->end, sizeof d->raw - d->end);
	if (got < 0)
		return false;
	d->raw_ended = got == 0;
	d->end += (size_t)got;
	return true;
}

static bool skip_zeros(struct decompressor *d)
{
	while (d->begin < d->end && d->raw[d->begin] == 0)
		d->begin++;
	return d->begin < d->end;
}

/* Behind a stream: another one, as if it were the same; zeros, the padding of a
 * block device or tape; the end. Anything else is not to be lost silently.
 * Returns 1 to go on, 0 at the end, -1 on failure. */
static int next_stream(struct decompressor *d, struct trace_error *error)
{
	size_t row;

	while (!d->raw_ended && (!skip_zeros(d) || d->end - d->begin < COMPRESSION_MAGIC_SIZE))
		if (!fill(d))
			return (int)fail_read(d, error);
	if (!skip_zeros(d)) {
		d->ended = true;
		return 0;
	}
	row = row_of(d->raw + d->begin, d->end - d->begin);
	/* lz4 and zstd share the skippable frames. */
	if (row == ROWS || (rows[row].codec != d->codec &&
	                    !(d->codec == &codec_lz4 && rows[row].mask[0] == 0xf0))) {
		d->ended = true;
		trace_error_set(error, TRACE_ERROR_COMPRESSED, d->name,
		                "something else follows the %s stream", d->compression);
		return -1;
	}
	d->between = false;
	if (d->codec->again(d->state))
		return 1;
	return (int)fail(d, error, TRACE_ERROR_READ, "needs more memory than there is", NULL);
}

/* Let the library work once. Returns how much it delivered, or -1. */
static ptrdiff_t run(struct decompressor *d, void *buffer, size_t size, struct trace_error *error)
{
	struct codec_window w = { d->raw + d->begin, d->end - d->begin, buffer, size };
	bool starved = d->raw_ended && w.in_size == 0;
	const char *why = d->pending_why;
	enum codec_result result = d->pending;
	size_t got;

	if (result == CODEC_MORE)
		result = d->codec->run(d->state, &w, &why);
	got = size - w.out_size;
	d->begin = d->end - w.in_size;
	d->between = result == CODEC_END;
	d->delivered += got;
	if (got && result != CODEC_END) {
		d->pending = result;
		d->pending_why = why;
	}
	if (got || result == CODEC_END)
		return (ptrdiff_t)got;
	switch (result) {
	case CODEC_MORE:
		return starved ? fail(d, error, TRACE_ERROR_COMPRESSED, "ends too early,", why) : 0;
	case CODEC_DAMAGED:
		return fail(d, error, TRACE_ERROR_COMPRESSED, "is damaged", why);
	case CODEC_REFUSED:
		return fail(d, error, TRACE_ERROR_COMPRESSED, "needs more than 256 MiB of memory",
		            why);
	default:
		return fail(d, error, TRACE_ERROR_READ, "needs more memory than there is", why);
	}
}

static ptrdiff_t read_archive(struct decompressor *d, void *buffer, size_t size,
                              struct trace_error *error)
{
	bool too_early = false;
	const char *why = NULL;
	ptrdiff_t got = unzip_read(d->unzip, buffer, size, &too_early, &why);

	if (got > 0)
		d->delivered += (uint64_t)got;
	if (got == 0)
		d->ended = true;
	if (got < 0 && unzip_read_error(d->unzip)) {
		errno = unzip_read_error(d->unzip);
		return fail_read(d, error);
	}
	return got < 0 ? fail(d, error, TRACE_ERROR_COMPRESSED,
	                      too_early ? "ends too early," : "is damaged", why)
	               : got;
}

ptrdiff_t decompressor_read(struct decompressor *d, void *buffer, size_t size,
                            struct trace_error *error)
{
	while (!d->ended) {
		ptrdiff_t got;

		if (!d->codec)
			return read_archive(d, buffer, size, error);
		if (d->between) {
			int goes_on = next_stream(d, error);

			if (goes_on <= 0)
				return goes_on;
		}
		if (d->begin == d->end && !d->raw_ended && !fill(d))
			return fail_read(d, error);
		got = run(d, buffer, size, error);
		if (got != 0)
			return got;
	}
	return 0;
}
