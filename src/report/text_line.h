/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines of the text report: a number, then the words that say what it counts.
 */
#ifndef REPORT_TEXT_LINE_H
#define REPORT_TEXT_LINE_H

#include <inttypes.h>
#include <stdio.h>

static inline void heading(FILE *out, const char *text)
{
	fprintf(out, "\n%s\n", text);
}

static inline void number(FILE *out, uint64_t value, const char *text)
{
	fprintf(out, "%14" PRIu64 "  %s\n", value, text);
}

static inline void share(FILE *out, uint64_t value, uint64_t all, const char *text)
{
	if (value)
		fprintf(out, "%14" PRIu64 "  %6.2f %%  %s\n", value,
			all ? 100.0 * (double)value / (double)all : 0.0, text);
}

#endif
