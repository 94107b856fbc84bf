/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void format_bounded(char out[ERROR_MESSAGE_SIZE], const char *format, va_list arguments)
{
	int length = vsnprintf(out, ERROR_MESSAGE_SIZE, format, arguments);

	if (length < 0)
		strcpy(out, "error message cannot be formatted");
	else if (length >= ERROR_MESSAGE_SIZE)
		strcpy(out + ERROR_MESSAGE_SIZE - 4, "...");
	for (unsigned char *c = (unsigned char *)out; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
}

void error_set(struct error *err, const char *format, ...)
{
	char text[ERROR_MESSAGE_SIZE]; /* an argument may be the old message */
	va_list arguments;

	if (!err)
		return;
	va_start(arguments, format);
	format_bounded(text, format, arguments);
	va_end(arguments);
	memcpy(err->message, text, sizeof(text));
}

void error_prefix(struct error *err, const char *format, ...)
{
	char front[ERROR_MESSAGE_SIZE];
	va_list arguments;

	if (!err)
		return;
	va_start(arguments, format);
	format_bounded(front, format, arguments);
	va_end(arguments);
	error_set(err, "%s%s", front, err->message);
}
