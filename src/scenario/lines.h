/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines of a file or of memory, of bounded length. Private to src/scenario.
 */
#ifndef SCENARIO_LINES_H
#define SCENARIO_LINES_H

#include <stddef.h>

struct lines {
	int fd;       /* -1: all bytes are there */
	int ended;    /* nothing more comes from fd */
	char *buffer; /* own memory, of `size` bytes; NULL if bytes are elsewhere */
	size_t size;
	const char *bytes; /* present: bytes[next .. end - 1] */
	size_t next, end;
};

enum lines_result { LINES_LINE, LINES_END, LINES_TOO_LONG, LINES_FAILED /* errno says why */ };

/* path "-" is standard input. -1: errno says why. */
int lines_open(struct lines *l, const char *path);
void lines_open_memory(struct lines *l, const void *bytes, size_t size);
void lines_close(struct lines *l);

/* The next line without its newline, of at most `limit` bytes; valid until the
 * next call. */
enum lines_result lines_next(struct lines *l, size_t limit, const char **line, size_t *length);

#endif
