/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/explain.h"

#include <inttypes.h>
#include <string.h>

struct widths {
	int name, hpa, value, marks;
};

static int hex_width(uint64_t value)
{
	return snprintf(NULL, 0, "0x%" PRIx64, value);
}

static void widen(int *width, int w)
{
	*width = w > *width ? w : *width;
}

static struct widths measure(const struct explanation *e)
{
	struct widths w = { 0, 0, 0, 0 };

	for (size_t i = 0; i < e->ref_count; i++) {
		const struct explained_ref *x = &e->ref[i];

		widen(&w.name, (int)strlen(x->name));
		widen(&w.hpa, hex_width(x->ref.hpa.v));
		if (ref_is_memory(&x->ref))
			widen(&w.value, hex_width(x->ref.value));
		widen(&w.marks, (int)strlen(x->marks));
	}
	return w;
}

/* ' ' a read, '+' a write, '-' saved by a cache, '!' refused. */
static char sign(const struct explained_ref *x)
{
	if (x->refused)
		return '!';
	if (!ref_is_memory(&x->ref))
		return '-';
	return x->number || x->ref.kind == REF_PDPTE ? ' ' : '+';
}

static void print_ref(const struct explained_ref *x, const struct widths *w, FILE *out)
{
	char number[16] = "", hpa_text[24], value[24] = "";

	if (x->number)
		snprintf(number, sizeof(number), "%u", x->number);
	snprintf(hpa_text, sizeof(hpa_text), "0x%" PRIx64, x->ref.hpa.v);
	if (ref_is_memory(&x->ref))
		snprintf(value, sizeof(value), "0x%" PRIx64, x->ref.value);
	fprintf(out, "%c%3s  %-*s  %*s  %*s  %-*s  %s\n", sign(x), number, w->name, x->name, w->hpa,
	        hpa_text, w->value, value, w->marks, x->marks, x->decision);
}

static void print_lines(const struct explained_line *lines, unsigned count, FILE *out)
{
	int width = 0;

	for (unsigned i = 0; i < count; i++)
		widen(&width, (int)strlen(lines[i].label));
	for (unsigned i = 0; i < count; i++)
		fprintf(out, "  %-*s  %s\n", width, lines[i].label, lines[i].text);
}

static void print_groups(const struct explanation *e, FILE *out)
{
	struct widths w = measure(e);
	bool page2 = false;

	if (e->ref_count)
		fprintf(out, "\n  #  %-*s  %*s  %*s  %-*s  what it decides\n", w.name, "entry",
		        w.hpa, "at HPA", w.value, "value", w.marks, "flags set");
	else
		fprintf(out, "\nNo paging structure is read.\n");
	for (size_t g = 0; g < e->group_count; g++) {
		const struct explained_group *group = &e->group[g];

		if (group->page2 && !page2)
			fprintf(out, "\nThe second page, from GVA 0x%" PRIx64 " on:\n",
			        group->gva.v);
		page2 = group->page2;
		fprintf(out, "%s\n", group->title);
		for (size_t i = 0; i < group->count; i++)
			print_ref(&e->ref[group->first + i], &w, out);
	}
}

void explanation_print(const struct explanation *e, FILE *out)
{
	if (e->input.title)
		fprintf(out, "%s\n", e->input.title);
	fprintf(out, "%s\n", e->headline);
	print_lines(e->state, e->state_lines, out);
	print_groups(e, out);
	fprintf(out, "\n%s\n", e->outcome);
	print_lines(e->result, e->result_lines, out);
	if (e->qualification_valid) {
		fprintf(out, "  exit qualification 0x%" PRIx64 "\n", e->qualification.value);
		decode_print_fields(&e->qualification, out);
	}
	if (e->error_code_valid) {
		fprintf(out, "  error code 0x%" PRIx64 "\n", e->error_code.value);
		decode_print_fields(&e->error_code, out);
	}
	fprintf(out, "%s\n", e->count);
}
