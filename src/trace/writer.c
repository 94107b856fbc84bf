/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The writers of text formats, a function a line, and what is common to all.
 */
#include "trace/writer_row.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void writer_bytes(struct trace_writer *w, const void *bytes, size_t size)
{
	if (!w->failed && fwrite(bytes, 1, size, w->out) != size)
		w->failed = true;
}

static size_t print(char line[WRITER_LINE_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static size_t print(char line[WRITER_LINE_SIZE], const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, WRITER_LINE_SIZE, format, arguments);
	va_end(arguments);
	return (size_t)size;
}

static size_t lackey_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	static const char prefixes[][4] = { " L ", " S ", " M ", "I  " };

	return print(line, "%s%08" PRIx64 ",%u\n", prefixes[r->op], r->address, r->size);
}

static size_t pinatrace_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	return print(line, "0x%" PRIx64 ": %c 0x%" PRIx64 "\n", r->pc,
	             r->op == TRACE_WRITE ? 'W' : 'R', r->address);
}

static size_t din_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	return print(line, "%u %" PRIx64 "\n",
	             r->op == TRACE_FETCH ? 2u : (unsigned)(r->op == TRACE_WRITE), r->address);
}

static size_t xdin_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	return print(line, "%c %" PRIx64 " %x\n",
	             r->op == TRACE_FETCH   ? 'i'
	             : r->op == TRACE_WRITE ? 'w'
	                                    : 'r',
	             r->address, r->size);
}

/* Flags and ticks are made up: the first say fetch or not, the second 0. */
static size_t gem5_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	size_t size = print(line, "%c,%" PRIu64 ",%u,%u,0", r->op == TRACE_WRITE ? 'w' : 'r',
	                    r->address, r->size, r->op == TRACE_FETCH ? 256u : 0u);

	if (r->flags & TRACE_HAS_PC)
		size += print(line + size, ",%" PRIu64, r->pc);
	return size + print(line + size, "\n");
}

static size_t ramulator_line(char line[WRITER_LINE_SIZE], const struct trace_record *r)
{
	return print(line, "0x%" PRIx64 " %c\n", r->address, r->op == TRACE_WRITE ? 'W' : 'R');
}

static bool pinatrace_end(struct trace_writer *w)
{
	writer_bytes(w, "#eof\n", 5);
	return !w->failed;
}

static bool text_begin(struct trace_writer *w)
{
	w->failed = !eptrace_text_begin(w->out);
	return !w->failed;
}

static bool binary_begin(struct trace_writer *w)
{
	w->binary = eptrace_binary_begin(w->out, w->flags);
	return w->binary != NULL;
}

static void binary_put(struct trace_writer *w, const struct trace_record *r)
{
	w->failed = !eptrace_binary_write(w->binary, r, 1);
}

static bool binary_end(struct trace_writer *w)
{
	return eptrace_binary_end(w->binary) && !w->failed;
}

static const struct writer_row rows[] = {
	{ "eptrace", HOLDS_ALL, eptrace_text_line, text_begin, NULL, NULL },
	{ "eptrace-binary", HOLDS_ALL, NULL, binary_begin, binary_put, binary_end },
	{ "lackey", HOLDS_SIZE | HOLDS_FETCH | HOLDS_MODIFY, lackey_line, NULL, NULL, NULL },
	{ "pinatrace", HOLDS_PC, pinatrace_line, NULL, NULL, pinatrace_end },
	{ "din", HOLDS_FETCH, din_line, NULL, NULL, NULL },
	{ "xdin", HOLDS_SIZE | HOLDS_FETCH, xdin_line, NULL, NULL, NULL },
	{ "champsim", HOLDS_FETCH | HOLDS_PC, NULL, champsim_begin, champsim_put, champsim_end },
	{ "cloudsuite", HOLDS_FETCH | HOLDS_PC | HOLDS_ASID, NULL, cloudsuite_begin, champsim_put,
	  champsim_end },
	{ "drmemtrace", HOLDS_SIZE | HOLDS_FETCH | HOLDS_PC | HOLDS_TID | HOLDS_ASID, NULL,
	  drmemtrace_begin, drmemtrace_put, drmemtrace_end },
	{ "gem5", HOLDS_SIZE | HOLDS_FETCH | HOLDS_PC, gem5_line, NULL, NULL, NULL },
	{ "ramulator", 0, ramulator_line, NULL, NULL, NULL },
};

static const struct writer_row *find(const char *format)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, format) == 0)
			return &rows[i];
	return NULL;
}

bool trace_writer_exists(const char *format)
{
	return find(format) != NULL;
}

struct trace_writer *trace_writer_open(const char *format, FILE *out, unsigned flags,
                                       bool *unknown)
{
	const struct writer_row *row = find(format);
	struct trace_writer *w;

	*unknown = !row;
	w = row ? calloc(1, sizeof *w) : NULL;
	if (!w)
		return NULL;
	w->row = row;
	w->out = out;
	w->flags = flags;
	if (row->begin && !row->begin(w) && !w->failed) {
		free(w);
		return NULL;
	}
	return w;
}

static void put_one(struct trace_writer *w, const struct trace_record *r)
{
	char line[WRITER_LINE_SIZE];
	size_t size;

	if (w->row->put) {
		w->row->put(w, r);
		return;
	}
	size = w->row->line(line, r);
	if (size)
		writer_bytes(w, line, size);
	else
		w->losses.accesses++;
}

/* A modification that the format does not know is a read and then a write. */
static void put_access(struct trace_writer *w, const struct trace_record *r)
{
	struct trace_record half = *r;

	if (r->op != TRACE_MODIFY || w->row->holds & HOLDS_MODIFY) {
		put_one(w, r);
		return;
	}
	w->losses.modifies++;
	half.op = TRACE_READ;
	put_one(w, &half);
	half.op = TRACE_WRITE;
	put_one(w, &half);
}

static bool loses_fields(unsigned holds, unsigned flags)
{
	return (flags & TRACE_HAS_PC && !(holds & HOLDS_PC)) ||
	       (flags & TRACE_HAS_TID && !(holds & HOLDS_TID)) ||
	       (flags & TRACE_HAS_ASID && !(holds & HOLDS_ASID)) ||
	       (flags & TRACE_HAS_CPL && !(holds & HOLDS_CPL));
}

bool trace_writer_put(struct trace_writer *w, const struct trace_record *records, size_t count)
{
	unsigned holds = w->row->holds;

	if (w->binary) /* no loss, and no call a record */
		return !w->failed && eptrace_binary_write(w->binary, records, count);
	for (size_t i = 0; i < count && !w->failed; i++) {
		const struct trace_record *r = &records[i];

		if (!trace_is_access(r) && !(holds & HOLDS_DIRECTIVE)) {
			w->losses.directives++;
			continue;
		}
		if (r->op == TRACE_FETCH && !(holds & HOLDS_FETCH)) {
			w->losses.fetches++;
			continue;
		}
		w->losses.fields += loses_fields(holds, r->flags);
		w->losses.sizes += r->size != 1 && !(holds & HOLDS_SIZE);
		put_access(w, r);
	}
	return !w->failed;
}

bool trace_writer_close(struct trace_writer *w, struct trace_losses *losses)
{
	bool good = (!w->row->end || w->row->end(w)) && !w->failed;

	*losses = w->losses;
	free(w);
	return good;
}
