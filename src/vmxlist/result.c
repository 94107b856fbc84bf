/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Lines of the image: a kind, hexadecimal fields, a checksum.
 */
#include "vmxlist/result.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 4096

struct fields {
	char kind;
	size_t count, next;
	uint64_t values[FIELDS_MAX];
};

static uint32_t add(uint32_t sum, uint8_t byte)
{
	return (sum ^ byte) * 16777619u; /* FNV-1a */
}

/* "@K f f f *sum". False: it is no such line, or damaged. */
static bool parse_line(const char *text, struct fields *f)
{
	uint32_t sum = 2166136261u;
	char *end;

	if (text[0] != '@' || !text[1])
		return false;
	f->kind = text[1];
	f->count = f->next = 0;
	sum = add(sum, (uint8_t)f->kind);
	for (text += 2; text[0] == ' ' && text[1] != '*'; text = end) {
		if (f->count == FIELDS_MAX)
			return false;
		uint64_t value = strtoull(text, &end, 16);

		if (end == text)
			return false;
		f->values[f->count++] = value;
		for (unsigned i = 0; i < 8; i++)
			sum = add(sum, (uint8_t)(value >> (8 * i)));
	}
	return text[0] == ' ' && text[1] == '*' && strtoull(text + 2, &end, 16) == sum &&
	       (*end == '\n' || *end == '\0' || *end == '\r');
}

/* Fields that are missing read as 0; `bad` tells. */
static uint64_t take(struct fields *f, bool *bad)
{
	if (f->next < f->count)
		return f->values[f->next++];
	*bad = true;
	return 0;
}

static bool take_result(struct fields *f, struct result *r)
{
	bool bad = false;
	uint64_t *numbers[] = { &r->index, &r->op, &r->how, &r->reason, &r->qualification, &r->gla,
				&r->gpa, &r->interruption, &r->error, &r->rip, &r->rax, &r->rdx,
				&r->xmm0[0], &r->xmm0[1], &r->pml_index };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = take(f, &bad);
	r->cell_count = take(f, &bad);
	if (r->cell_count > RESULT_CELLS)
		return false;
	for (size_t i = 0; i < r->cell_count; i++) {
		r->cells[i].at = take(f, &bad);
		r->cells[i].value = take(f, &bad);
	}
	r->log_count = take(f, &bad);
	if (r->log_count > 512)
		return false;
	for (size_t i = 0; i < r->log_count; i++)
		r->log[i] = take(f, &bad);
	r->ve_given = take(f, &bad) == 5;
	for (size_t i = 0; r->ve_given && i < 5; i++)
		r->ve[i] = take(f, &bad);
	return !bad && f->next == f->count;
}

int result_read(FILE *in, unsigned long *line, struct result *r, const char **why)
{
	static const char damaged[] = "a line of the image is damaged";
	struct fields f;
	char *text = NULL;
	size_t size = 0;
	bool bad = false;
	int status = -1;

	*why = "the image's output ends early";
	while (getline(&text, &size, in) > 0) {
		++*line;
		if (text[0] != '@')
			continue;
		memset(r, 0, sizeof(*r));
		if (!parse_line(text, &f)) {
			*why = damaged;
			break;
		}
		if (f.kind == 'E') {
			status = 0;
			break;
		}
		if (f.kind == 'S') {
			r->skipped = true;
			r->index = take(&f, &bad);
			r->why = take(&f, &bad);
		} else if (f.kind != 'R') {
			continue;
		} else {
			bad = !take_result(&f, r);
		}
		if (bad)
			*why = damaged;
		else
			status = 1;
		break;
	}
	free(text);
	return status;
}
