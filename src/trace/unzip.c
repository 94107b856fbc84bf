/* SPDX-License-Identifier: BSD-2-Clause
 *
 * .zip by libarchive, read forward: members come in the order of the file,
 * which for drmemtrace is the order of the chunks. libarchive decompresses up
 * to 256 KiB at a time and drops the piece in which it meets damage.
 */
#include "trace/unzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RAW_SIZE 65536

struct unzip {
	struct archive *archive;
	trace_read_function *read;
	void *read_context;
	int read_error;
	bool opened, in_member, raw_ended;

	/* What libarchive delivered and nobody took yet. */
	const unsigned char *block;
	size_t block_size;

	unsigned char raw[RAW_SIZE];
};

static la_ssize_t read_callback(struct archive *archive, void *context, const void **buffer)
{
	struct unzip *u = context;
	ptrdiff_t got = u->read(u->read_context, u->raw, sizeof u->raw);

	*buffer = u->raw;
	if (got < 0) {
		u->read_error = errno;
		archive_set_error(archive, errno, "cannot read");
		return ARCHIVE_FATAL;
	}
	u->raw_ended = got == 0;
	return got;
}

struct unzip *unzip_open(trace_read_function *read, void *context)
{
	struct unzip *u = calloc(1, sizeof *u);

	if (u)
		u->archive = archive_read_new();
	if (!u || !u->archive) {
		free(u);
		return NULL;
	}
	u->read = read;
	u->read_context = context;
	archive_read_support_format_zip_streamable(u->archive);
	return u;
}

void unzip_close(struct unzip *u)
{
	if (!u)
		return;
	archive_read_free(u->archive);
	free(u);
}

int unzip_read_error(const struct unzip *u)
{
	return u->read_error;
}

/* Go to the next member with content; the value is libarchive's. */
static int next_member(struct unzip *u)
{
	struct archive_entry *entry;
	int result = ARCHIVE_OK;

	if (!u->opened) /* opening reads, so it is put off until now */
		result = archive_read_open(u->archive, u, NULL, read_callback, NULL);
	u->opened = true;
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(u->archive, &entry);
	u->in_member = result == ARCHIVE_OK;
	return result;
}

ptrdiff_t unzip_read(struct unzip *u, void *buffer, size_t size, bool *too_early,
                     const char **why)
{
	while (u->block_size == 0) {
		const void *block = NULL;
		la_int64_t offset;
		int result = u->in_member ? archive_read_data_block(u->archive, &block,
		                                                    &u->block_size, &offset)
		                          : next_member(u);

		if (result == ARCHIVE_EOF && !u->in_member)
			return 0;
		if (result == ARCHIVE_EOF) {
			u->in_member = false;
			u->block_size = 0;
		} else if (result != ARCHIVE_OK) {
			u->block_size = 0;
			*too_early = u->raw_ended;
			*why = archive_error_string(u->archive);
			return -1;
		}
		u->block = block;
	}
	if (size > u->block_size)
		size = u->block_size;
	memcpy(buffer, u->block, size);
	u->block += size;
	u->block_size -= size;
	return (ptrdiff_t)size;
}
