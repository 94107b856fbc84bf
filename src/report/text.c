/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report for readers: each number stands before the words that say what it
 * counts, and what did not happen is left out.
 */
#include "report/report.h"
#include "report/text_line.h"

#include "host/number.h"

#include <inttypes.h>
#include <string.h>

const char *const report_grid_rows[GRID_ROWS] = { "guest PML5E", "guest PML4E", "guest PDPTE",
	                                          "guest PDE",   "guest PTE",   "the data" };
const char *const report_grid_columns[GRID_COLUMNS] = { "itself",    "EPT PML5E", "EPT PML4E",
	                                                "EPT PDPTE", "EPT PDE",   "EPT PTE" };

const struct grid_cell *report_grid_cell(const struct walk_stats *s, unsigned row, unsigned column)
{
	return &s->grid[5 - row][column ? 6 - column : 0];
}

/* ---- Configuration ---- */

static const char *get(const struct report *r, const char *key, char value[64])
{
	if (!settings_get(r->settings, key, value, 64))
		snprintf(value, 64, "?");
	return value;
}

static void print_configuration(const struct report *r, FILE *out)
{
	char a[64], b[64], c[64], d[64];

	heading(out, "Configuration");
	if (r->machine->config.mode == MODE_NATIVE)
		fprintf(out, "  native: %s-level page tables, %s pages\n",
		        get(r, "guest.levels", a), get(r, "guest.page", b));
	else
		fprintf(out,
			"  ept: %s-level guest page tables with %s pages, on a %s-level EPT with %s "
			"pages\n",
			get(r, "guest.levels", a), get(r, "guest.page", b), get(r, "ept.levels", c),
			get(r, "ept.page", d));
	fprintf(out, "  memory: %s, frames handed out %s\n", get(r, "memory.size", a),
		get(r, "host.frames", b));
}

/* ---- Walks ---- */

static void print_translations(const struct walk_stats *s, FILE *out)
{
	char text[80];

	heading(out, "Where translations were found");
	share(out, s->translations, s->translations,
	      "translations (an access that crosses a page has two)");
	for (unsigned id = 0; id < TLB_STRUCTURES; id++) {
		snprintf(text, sizeof text, "in the %s", tlb_structure_texts[id]);
		share(out, s->tlb_hit[id], s->translations, text);
	}
	share(out, s->walks, s->translations, "by a walk of the page tables");
	share(out, s->untranslated, s->translations, "nothing to translate");
}

static void print_walks(const struct walk_stats *s, FILE *out)
{
	heading(out, "Walks");
	number(out, s->walks, "walks found their translation");
	number(out, s->references, "references to paging structures these made");
	if (s->walks)
		fprintf(out,
		        "%14.2f  references per walk; median %" PRIu64 ", 99th percentile %" PRIu64
		        ", most %" PRIu64 "\n",
		        (double)s->references / (double)s->walks,
		        histogram_percentile(&s->per_walk, NULL, 0, 500),
		        histogram_percentile(&s->per_walk, NULL, 0, 990), s->per_walk.max);
	if (s->aborted_walks) {
		number(out, s->aborted_walks, "further walks ended in a fault or VM exit");
		number(out, s->aborted_references, "references those made");
	}
	if (s->full_walks)
		number(out, s->full_walks,
		       "of all began again without caches, since a cached entry led to a fault");
}

typedef uint64_t pick(const struct grid_cell *c);

static uint64_t pick_made(const struct grid_cell *c)
{
	return c->made;
}

static uint64_t pick_saved(const struct grid_cell *c)
{
	return c->saved_psc + c->saved_nested + c->saved_ept_psc;
}

/* Columns and rows in which nothing can happen are left out. */
static bool column_used(const struct walk_stats *s, unsigned column)
{
	uint64_t sum = 0;

	for (unsigned row = 0; row < GRID_ROWS; row++) {
		const struct grid_cell *c = report_grid_cell(s, row, column);

		sum += pick_made(c) + pick_saved(c) + c->aborted;
	}
	return sum != 0;
}

static bool row_used(const struct walk_stats *s, unsigned row)
{
	uint64_t sum = 0;

	for (unsigned column = 0; column < GRID_COLUMNS; column++) {
		const struct grid_cell *c = report_grid_cell(s, row, column);

		sum += pick_made(c) + pick_saved(c) + c->aborted;
	}
	return sum != 0;
}

static void print_grid_line(const struct walk_stats *s, unsigned row, pick *f, FILE *out)
{
	uint64_t sum = 0;

	fprintf(out, "  %-12s", report_grid_rows[row]);
	for (unsigned column = 0; column < GRID_COLUMNS; column++) {
		uint64_t value = f(report_grid_cell(s, row, column));

		sum += value;
		if (!column_used(s, column))
			continue;
		if (row == GRID_ROWS - 1 && column == 0)
			fprintf(out, " %12s", "");
		else
			fprintf(out, " %12" PRIu64, value);
	}
	fprintf(out, " %12" PRIu64 "\n", sum);
}

static void print_grid(const struct walk_stats *s, const char *title, pick *f, FILE *out)
{
	uint64_t all = 0;

	heading(out, title);
	fprintf(out, "  %-12s", "");
	for (unsigned column = 0; column < GRID_COLUMNS; column++)
		if (column_used(s, column))
			fprintf(out, " %12s", report_grid_columns[column]);
	fprintf(out, " %12s\n", "all");
	for (unsigned row = 0; row < GRID_ROWS; row++)
		if (row_used(s, row))
			print_grid_line(s, row, f, out);
	fprintf(out, "  %-12s", "all");
	for (unsigned column = 0; column < GRID_COLUMNS; column++) {
		uint64_t sum = 0;

		for (unsigned row = 0; row < GRID_ROWS; row++)
			sum += f(report_grid_cell(s, row, column));
		all += sum;
		if (column_used(s, column))
			fprintf(out, " %12" PRIu64, sum);
	}
	fprintf(out, " %12" PRIu64 "\n", all);
}

static void print_grids(const struct walk_stats *s, FILE *out)
{
	if (s->references == 0)
		return;
	print_grid(s,
	           "References that walks made, by what they looked for (row) and what they read "
	           "(column)",
	           pick_made, out);
	if (s->kind[REF_SAVED_PSC] + s->kind[REF_SAVED_NESTED] + s->kind[REF_SAVED_EPT_PSC])
		print_grid(s, "References that paging-structure caches and nested TLB saved them",
		           pick_saved, out);
}

/* ---- The rest ---- */

/* Counters that are not 0, with their descriptions. */
static void print_part(const struct report_part *p, FILE *out)
{
	bool first = true;

	for (size_t i = 0; i < p->group.count; i++) {
		const struct stat *s = &p->group.table[i];
		uint64_t value = *(const uint64_t *)((const char *)p->group.values + s->offset);

		if (s->type != STAT_COUNTER || value == 0)
			continue;
		if (first)
			heading(out, p->heading);
		first = false;
		number(out, value, s->description);
	}
}

static void print_fault(const struct report_fault *f, FILE *out)
{
	const struct fault *t = &f->fault;

	fprintf(out, "  access %" PRIu64 ": %s of %u bytes at 0x%" PRIx64 ", CPL %u: %s, ",
	        f->access, f->type, f->size, f->address, f->cpl, outcome_text(t->kind));
	if (t->kind == OUTCOME_PF)
		fprintf(out, "error code 0x%x, ", t->error_code);
	if (t->kind == OUTCOME_EPT_VIOLATION)
		fprintf(out, "qualification 0x%" PRIx64 ", GPA 0x%" PRIx64 ", ", t->qualification,
		        t->gpa.v);
	fprintf(out, "%s\n", rule_text(t->rule));
}

static void print_faults(const struct report *r, FILE *out)
{
	uint64_t all = r->machine->outcome.unresolved;

	if (!all)
		return;
	heading(out, "Accesses that did not succeed");
	for (size_t i = 0; i < r->faults; i++)
		print_fault(&r->fault[i], out);
	if (all > r->faults)
		fprintf(out, "  and %" PRIu64 " more\n", all - r->faults);
}

void report_text(const struct report *r, FILE *out)
{
	const struct walk_stats *s = &r->machine->walk;

	fprintf(out, "eptsim %s: %s\n", r->command, r->input);
	if (r->input_text)
		fprintf(out, "  %s\n", r->input_text);
	for (size_t i = 0; i < sizeof r->notes / sizeof *r->notes; i++)
		if (r->notes[i])
			fprintf(out, "  %s\n", r->notes[i]);
	print_configuration(r, out);
	report_text_time(r, out);
	print_translations(s, out);
	print_walks(s, out);
	print_grids(s, out);
	for (unsigned i = 0; i < r->parts; i++)
		if (r->part[i].heading)
			print_part(&r->part[i], out);
	print_faults(r, out);
}
