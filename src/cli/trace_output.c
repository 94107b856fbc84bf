/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A trace on its way into a file.
 */
#include "cli/trace_commands.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

bool trace_output_check(const char *command, const char *format)
{
	if (trace_writer_exists(format))
		return true;
	fprintf(stderr, "%s: no format \"%s\" that can be written, expected one of", command, format);
	for (size_t i = 0; trace_format_at(i); i++)
		if (trace_writer_exists(trace_format_name(trace_format_at(i))))
			fprintf(stderr, " %s", trace_format_name(trace_format_at(i)));
	fputc('\n', stderr);
	return false;
}

bool trace_output_open(struct trace_output *o, const char *path, unsigned flags)
{
	struct error error = { "" };
	bool unknown;

	if (!output_open(&o->output, path, &error)) {
		fprintf(stderr, "%s: %s\n", o->command, error.message);
		return false;
	}
	o->writer = trace_writer_open(o->format, o->output.stream, flags, &unknown);
	if (!o->writer)
		fprintf(stderr, "%s: out of memory\n", o->command);
	return o->writer != NULL;
}

bool trace_output_put(struct trace_output *o, const struct trace_record *records, size_t count)
{
	/* A failed write is told by output_commit(), with the file's name. */
	return trace_writer_put(o->writer, records, count) && !output_failed(&o->output);
}

static void tell(const struct trace_output *o, uint64_t count, const char *what)
{
	if (count)
		fprintf(stderr, "%s: %" PRIu64 " %s\n", o->command, count, what);
}

static void tell_losses(const struct trace_output *o, const struct trace_losses *l)
{
	tell(o, l->directives, "directives left out: the format has none");
	tell(o, l->fetches, "fetches left out: the format has none");
	tell(o, l->accesses, "accesses left out: address 0 means none in the format");
	tell(o, l->modifies, "read-modify-writes became a read and a write");
	tell(o, l->sizes, "accesses lost their size: the format has none");
	tell(o, l->fields, "accesses lost pc, tid, asid or cpl");
	tell(o, l->invented, "instructions added for accesses that did not fit the one before");
}

bool trace_output_commit(struct trace_output *o, bool quiet)
{
	struct trace_losses losses;
	struct error error = { "" };

	/* Likewise told by output_commit(). */
	(void)trace_writer_close(o->writer, &losses);
	o->writer = NULL;
	if (!output_commit(&o->output, &error)) {
		fprintf(stderr, "%s: %s\n", o->command, error.message);
		return false;
	}
	if (!quiet)
		tell_losses(o, &losses);
	return true;
}

void trace_output_abandon(struct trace_output *o)
{
	struct trace_losses losses;

	if (o->writer)
		(void)trace_writer_close(o->writer, &losses);
	o->writer = NULL;
	output_abandon(&o->output);
}
