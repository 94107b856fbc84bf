/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decompression by libarchive: its filters over its "raw" format. Only filters
 * that are libraries are enabled; those that would start a program are not.
 *
 * A filter decompresses 64 KiB at a time and drops the piece in which it meets
 * damage or an early end: so much before that place cannot be used.
 */
#include "trace/decompress.h"

#include "trace/format.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAW_SIZE 65536

struct decompressor {
	struct archive *archive;
	const char *compression;
	const char *name;
	trace_read_function *read;
	void *read_context;
	int read_error;    /* errno of a failed read, or 0 */
	bool raw_ended;    /* the source said so */
	uint64_t raw_size; /* bytes read from the source */
	size_t raw_last;   /* of these, in `raw` now */
	bool opened, ended;

	/* What libarchive delivered and nobody took yet. */
	const unsigned char *block;
	size_t block_size;
	uint64_t delivered;

	unsigned char raw[RAW_SIZE];
};

const char *compression_of(const unsigned char *head, size_t size)
{
	/* RFC 1952; xz file format 2.1.1.1; bzip2(1); RFC 8878 3.1.1 and 3.1.2
	 * (a skippable frame may come first); LZ4 frame format. */
	static const struct {
		const char *name;
		unsigned char magic[6], mask[6];
		size_t size;
	} rows[] = {
		{ "gzip", { 0x1f, 0x8b }, { 0xff, 0xff }, 2 },
		{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 6 },
		{ "bzip2", { 'B', 'Z', 'h', 0x30 }, { 0xff, 0xff, 0xff, 0xf0 }, 4 },
		{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, { 0xff, 0xff, 0xff, 0xff }, 4 },
		{ "zstd", { 0x50, 0x2a, 0x4d, 0x18 }, { 0xf0, 0xff, 0xff, 0xff }, 4 },
		{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, { 0xff, 0xff, 0xff, 0xff }, 4 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t same = 0;

		while (same < rows[i].size && same < size &&
		       (head[same] & rows[i].mask[same]) == rows[i].magic[same])
			same++;
		if (same == rows[i].size)
			return rows[i].name;
	}
	return NULL;
}

static la_ssize_t read_callback(struct archive *archive, void *context, const void **buffer)
{
	struct decompressor *d = context;
	ptrdiff_t got = d->read(d->read_context, d->raw, sizeof d->raw);

	*buffer = d->raw;
	if (got < 0) {
		d->read_error = errno;
		archive_set_error(archive, errno, "cannot read");
		return ARCHIVE_FATAL;
	}
	if (got == 0)
		d->raw_ended = true;
	else
		d->raw_last = (size_t)got;
	d->raw_size += (uint64_t)got;
	return got;
}

struct decompressor *decompressor_open(const char *compression, trace_read_function *read,
                                       void *context, const char *name, struct trace_error *error)
{
	struct decompressor *d = calloc(1, sizeof *d);
	struct archive *archive = archive_read_new();

	if (!d || !archive) {
		trace_error_set(error, TRACE_ERROR_READ, name, "out of memory");
		archive_read_free(archive);
		free(d);
		return NULL;
	}
	d->archive = archive;
	d->compression = compression;
	d->name = name;
	d->read = read;
	d->read_context = context;
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_lz4(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive); /* raw wants a byte at least */
	return d;
}

void decompressor_close(struct decompressor *d)
{
	if (!d)
		return;
	archive_read_free(d->archive);
	free(d);
}

const char *decompressor_name(const struct decompressor *d)
{
	return d->compression;
}

static ptrdiff_t fail(struct decompressor *d, struct trace_error *error)
{
	const char *why = archive_error_string(d->archive);

	d->ended = true;
	if (d->read_error)
		trace_error_set(error, TRACE_ERROR_READ, d->name, "cannot read: %s",
		                strerror(d->read_error));
	else
		trace_error_set(error, TRACE_ERROR_COMPRESSED, d->name,
		                "the %s stream %s after %llu decompressed bytes%s%s%s", d->compression,
		                d->raw_ended ? "ends too early," : "is damaged",
		                (unsigned long long)d->delivered, why ? " (" : "", why ? why : "",
		                why ? ")" : "");
	return -1;
}

/* Opening reads, so it is put off until the first read. False on failure; an
 * empty content is the end at once. */
static bool open_archive(struct decompressor *d)
{
	struct archive_entry *entry;
	int result = archive_read_open(d->archive, d, NULL, read_callback, NULL);

	d->opened = true;
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(d->archive, &entry);
	d->ended = result == ARCHIVE_EOF;
	return (result == ARCHIVE_OK || result == ARCHIVE_EOF) &&
	       /* Else too short or too odd for the filter that the first bytes announce. */
	       archive_filter_count(d->archive) > 1;
}

/* libarchive stops at the end of the stream, whatever follows. Zeros are the
 * padding of a block device or tape; anything else is not to be lost silently. */
static ptrdiff_t check_rest(struct decompressor *d, struct trace_error *error)
{
	uint64_t rest = d->raw_size - (uint64_t)archive_filter_bytes(d->archive, -1);
	size_t begin = d->raw_last - (size_t)(rest < d->raw_last ? rest : d->raw_last);

	d->ended = true;
	for (;;) {
		ptrdiff_t got;

		for (size_t i = begin; i < d->raw_last; i++) {
			if (d->raw[i]) {
				trace_error_set(error, TRACE_ERROR_COMPRESSED, d->name,
				                "something else follows the %s stream",
				                d->compression);
				return -1;
			}
		}
		got = d->raw_ended ? 0 : d->read(d->read_context, d->raw, sizeof d->raw);
		if (got < 0) {
			d->read_error = errno;
			return fail(d, error);
		}
		if (got == 0)
			return 0;
		begin = 0;
		d->raw_last = (size_t)got;
	}
}

ptrdiff_t decompressor_read(struct decompressor *d, void *buffer, size_t size,
                            struct trace_error *error)
{
	if (d->ended)
		return 0;
	if (!d->opened && !open_archive(d))
		return fail(d, error);
	if (d->ended)
		return 0;
	while (d->block_size == 0) {
		const void *block;
		la_int64_t offset;
		int result = archive_read_data_block(d->archive, &block, &d->block_size, &offset);

		if (result == ARCHIVE_EOF)
			return check_rest(d, error);
		if (result != ARCHIVE_OK) {
			d->block_size = 0;
			return fail(d, error);
		}
		d->block = block;
	}
	if (size > d->block_size)
		size = d->block_size;
	memcpy(buffer, d->block, size);
	d->block += size;
	d->block_size -= size;
	d->delivered += size;
	return (ptrdiff_t)size;
}
