/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a printer wrote, as a string.
 */
#ifndef TESTS_HOST_CAPTURE_H
#define TESTS_HOST_CAPTURE_H

#include <stdio.h>

struct capture {
	char *text; /* the test frees it */
	size_t length;
	FILE *stream;
};

static inline FILE *capture_begin(struct capture *c)
{
	c->stream = open_memstream(&c->text, &c->length);
	return c->stream;
}

static inline const char *capture_end(struct capture *c)
{
	fclose(c->stream);
	return c->text;
}

#endif
