/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What went wrong, in one sentence. The library reports by value: nothing
 * here prints or exits, the command line decides what to do with the message.
 */
#ifndef HOST_ERROR_H
#define HOST_ERROR_H

enum { ERROR_MESSAGE_SIZE = 512 };

struct error {
	char message[ERROR_MESSAGE_SIZE]; /* empty: no error */
};

/*
 * Set the message. Input quoted in it may be hostile, so control characters
 * become '?' (the message stays one line and sends no terminal sequence), and
 * one that does not fit ends in "...". `err` may be null where the caller
 * does not care.
 */
void error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put context in front of the message: a file and line, an option's name. */
void error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
