/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_START ((size_t)256 << 10)

int lines_open(struct lines *l, const char *path)
{
	*l = (struct lines){ .fd = STDIN_FILENO };
	if (strcmp(path, "-") != 0)
		l->fd = open(path, O_RDONLY | O_CLOEXEC);
	return l->fd < 0 ? -1 : 0;
}

void lines_open_memory(struct lines *l, const void *bytes, size_t size)
{
	*l = (struct lines){ .fd = -1, .ended = 1, .bytes = bytes, .end = size };
}

void lines_close(struct lines *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	free(l->buffer);
	*l = (struct lines){ .fd = -1, .ended = 1 };
}

/* Makes room behind `end`: moves the rest of the buffer to its start, and
 * doubles the buffer when the rest fills it. */
static int make_room(struct lines *l)
{
	size_t rest = l->end - l->next;

	if (rest)
		memmove(l->buffer, l->bytes + l->next, rest);
	l->next = 0;
	l->end = rest;
	if (!l->buffer || rest == l->size) {
		size_t size = l->buffer ? 2 * l->size : BUFFER_START;
		char *larger = realloc(l->buffer, size);

		if (!larger)
			return -1;
		l->buffer = larger;
		l->size = size;
	}
	l->bytes = l->buffer;
	return 0;
}

static int fill(struct lines *l)
{
	ssize_t got;

	if (make_room(l) < 0)
		return -1;
	do
		got = read(l->fd, l->buffer + l->end, l->size - l->end);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	l->ended = got == 0;
	l->end += (size_t)got;
	return 0;
}

enum lines_result lines_next(struct lines *l, size_t limit, const char **line, size_t *length)
{
	size_t seen = 0; /* bytes of the line that hold no newline */

	for (;;) {
		size_t rest = l->end - l->next;
		const char *start = l->bytes + l->next;
		const char *newline = rest > seen ? memchr(start + seen, '\n', rest - seen) : NULL;

		if (newline || (l->ended && rest)) {
			*line = start;
			*length = newline ? (size_t)(newline - start) : rest;
			l->next += *length + (newline != NULL);
			return *length > limit ? LINES_TOO_LONG : LINES_LINE;
		}
		if (l->ended)
			return LINES_END;
		if (rest > limit)
			return LINES_TOO_LONG;
		seen = rest;
		if (fill(l) < 0)
			return LINES_FAILED;
	}
}
