/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writer of eptrace text. What it writes, the reader reads back unchanged.
 */
#include "trace/eptrace.h"

#include <inttypes.h>
#include <stdarg.h>

bool eptrace_text_begin(FILE *out)
{
	return fprintf(out, EPTRACE_HEADER "%d\n", EPTRACE_VERSION) > 0;
}

/* A line under construction; EPTRACE_LINE_SIZE bytes hold the longest. */
struct put {
	char *line;
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) put(struct put *p, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	p->used += (size_t)vsnprintf(p->line + p->used, EPTRACE_LINE_SIZE - p->used, text, arguments);
	va_end(arguments);
}

static void put_operand(struct put *p, char operand, const struct trace_record *record)
{
	switch (operand) {
	case OPERAND_ADDRESS:
	case OPERAND_PAGE_ADDRESS:
		put(p, " 0x%" PRIx64, record->address);
		break;
	case OPERAND_LENGTH:
		put(p, " %" PRIu64, record->length);
		break;
	case OPERAND_RIGHTS:
		if (record->rights)
			put(p, " %s%s%s", record->rights & TRACE_RIGHT_R ? "r" : "",
			    record->rights & TRACE_RIGHT_W ? "w" : "",
			    record->rights & TRACE_RIGHT_X ? "x" : "");
		break;
	case OPERAND_SIZE:
		put(p, " %u", record->size);
		break;
	case OPERAND_TYPE:
	case OPERAND_INVEPT_TYPE:
		put(p, " %u", record->type);
		break;
	default: /* OPERAND_PCID, OPERAND_NUMBER */
		put(p, " %u", record->tag);
	}
}

size_t eptrace_text_line(char line[], const struct trace_record *record)
{
	const struct eptrace_row *row = &eptrace_rows[record->op];
	struct put p = { .line = line };

	put(&p, "%s", row->word);
	for (const char *operand = row->operands; *operand; operand++)
		put_operand(&p, *operand, record);
	if (record->flags & TRACE_HAS_PC)
		put(&p, " pc=0x%" PRIx64, record->pc);
	if (record->flags & TRACE_HAS_TID)
		put(&p, " tid=%" PRIu32, record->tid);
	if (record->flags & TRACE_HAS_ASID)
		put(&p, " asid=%" PRIu32, record->asid);
	if (record->flags & TRACE_HAS_CPL)
		put(&p, " cpl=%u", record->cpl);
	put(&p, "\n");
	return p.used;
}

bool eptrace_text_write(FILE *out, const struct trace_record *records, size_t count)
{
	char line[EPTRACE_LINE_SIZE];

	for (size_t i = 0; i < count; i++) {
		size_t size = eptrace_text_line(line, &records[i]);

		if (fwrite(line, 1, size, out) != size)
			return false;
	}
	return true;
}
