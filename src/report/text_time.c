/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Time in the text report: how long it took, what a walk takes, who answered
 * its references, and what interrupted the program.
 */
#include "report/report.h"
#include "report/text_line.h"

static double quotient(uint64_t above, uint64_t below)
{
	return below ? (double)above / (double)below : 0.0;
}

const struct served *report_served_cell(const struct timing_stats *s, unsigned row, unsigned column)
{
	return &s->grid[5 - row][column ? 6 - column : 0];
}

static uint64_t references(const struct served *s)
{
	return s->by[LEVEL_L1] + s->by[LEVEL_L2] + s->by[LEVEL_LLC] + s->by[LEVEL_MEMORY];
}

/* ---- In all ---- */

static void print_time(const struct timing_stats *s, const struct timing_config *c, FILE *out)
{
	heading(out, c->core.model == CORE_WINDOW ? "Time, with an out-of-order window" :
						    "Time, with one access after another");
	number(out, s->cycles, "cycles");
	fprintf(out, "%14.3f  microseconds at %g GHz\n", (double)s->cycles / c->core.clock / 1000,
		c->core.clock);
	fprintf(out, "%14.2f  cycles per access, %.2f per instruction\n",
		quotient(s->cycles, s->accesses), quotient(s->cycles, s->instructions));
	share(out, s->translation_cycles, s->cycles, "delay by translation");
	share(out, s->interruption_cycles, s->cycles, "faults, exits, invalidations");
}

static void print_walks(const struct timing_stats *s, FILE *out)
{
	const struct histogram *h = &s->walk_latency;

	if (!s->walks)
		return;
	heading(out, "Cycles of a walk");
	fprintf(out,
		"%14.2f  mean; median %" PRIu64 ", 90th percentile %" PRIu64 ", 99th %" PRIu64
		", longest %" PRIu64 "\n",
		quotient(h->sum, h->count), histogram_percentile(h, NULL, 0, 500),
		histogram_percentile(h, NULL, 0, 900), histogram_percentile(h, NULL, 0, 990), h->max);
	share(out, s->walk_cycles, s->walk_cycles, "all walks, those that ended in a fault too");
	share(out, s->kind[REF_GUEST].cycles, s->walk_cycles, "reads of guest entries");
	share(out, s->kind[REF_EPT].cycles, s->walk_cycles, "reads of EPT entries");
	share(out, s->flag_write_cycles, s->walk_cycles, "updates of accessed and dirty flags");
	share(out, s->walker_wait_cycles, s->walk_cycles, "waiting for a free walker");
	if (s->joined)
		number(out, s->joined, "accesses joined a walk under way");
}

/* ---- The grid ---- */

static bool column_used(const struct timing_stats *s, unsigned column)
{
	for (unsigned row = 0; row < GRID_ROWS; row++)
		if (references(report_served_cell(s, row, column)))
			return true;
	return false;
}

static void print_cell(const struct served *c, bool cycles, FILE *out)
{
	uint64_t all = references(c);
	char text[32];

	if (!all) {
		fprintf(out, " %14s", "");
		return;
	}
	if (cycles)
		snprintf(text, sizeof text, "%.1f", quotient(c->cycles, all));
	else
		snprintf(text, sizeof text, "%.0f/%.0f/%.0f/%.0f",
			 100 * quotient(c->by[LEVEL_L1], all), 100 * quotient(c->by[LEVEL_L2], all),
			 100 * quotient(c->by[LEVEL_LLC], all),
			 100 * quotient(c->by[LEVEL_MEMORY], all));
	fprintf(out, " %14s", text);
}

static void print_grid(const struct timing_stats *s, const char *title, bool cycles, FILE *out)
{
	heading(out, title);
	fprintf(out, "  %-12s", "");
	for (unsigned column = 0; column < GRID_COLUMNS; column++)
		if (column_used(s, column))
			fprintf(out, " %14s", report_grid_columns[column]);
	fputc('\n', out);
	for (unsigned row = 0; row < GRID_ROWS; row++) {
		uint64_t all = 0;

		for (unsigned column = 0; column < GRID_COLUMNS; column++)
			all += references(report_served_cell(s, row, column));
		if (!all)
			continue;
		fprintf(out, "  %-12s", report_grid_rows[row]);
		for (unsigned column = 0; column < GRID_COLUMNS; column++)
			if (column_used(s, column))
				print_cell(report_served_cell(s, row, column), cycles, out);
		fputc('\n', out);
	}
}

/* ---- Structures ---- */

static void rate(FILE *out, const char *name, uint64_t hits, uint64_t lookups)
{
	if (lookups)
		fprintf(out, "%14" PRIu64 "  %6.2f %%  %s\n", lookups, 100 * quotient(hits, lookups), name);
}

static void print_structures(const struct report *r, FILE *out)
{
	static const char *const caches[DATA_CACHES] = { "first-level instruction cache",
							 "first-level data cache",
							 "second-level cache", "last-level cache" };
	static const char *const levels[6] = { [2] = "PDE", "PDPTE", "PML4E", "PML5E" };
	const struct walk_stats *w = &r->machine->walk;
	const struct timing_stats *s = r->time;
	char text[64];

	if (!w->translations)
		return;
	heading(out, "Lookups, and how many were hits");
	rate(out, "first-level TLBs", w->tlb_hits, w->translations);
	rate(out, "second-level TLBs", w->stlb_hits, w->stlb_hits + w->walks);
	for (unsigned level = 2; level <= 5; level++) {
		snprintf(text, sizeof text, "guest %s cache", levels[level]);
		if (s->guest_psc_hits[level])
			rate(out, text, s->guest_psc_hits[level], s->guest_psc_lookups[level]);
	}
	rate(out, "nested TLB", s->nested_hits, s->nested_lookups);
	for (unsigned level = 2; level <= 5; level++) {
		snprintf(text, sizeof text, "EPT %s cache", levels[level]);
		if (s->ept_psc_hits[level])
			rate(out, text, s->ept_psc_hits[level], s->ept_psc_lookups[level]);
	}
	for (unsigned id = 0; id < DATA_CACHES; id++)
		rate(out, caches[id], s->cache_hits[id], s->cache_lookups[id]);
}

static void print_costs(const struct timing_stats *s, FILE *out)
{
	static const char *const texts[TIMING_COST_COUNT] = {
#define X(id, name, value, text) text,
		TIMING_COSTS(X)
#undef X
	};

	if (!s->interruption_cycles)
		return;
	heading(out, "Cycles of what interrupted the program");
	for (unsigned i = 0; i < TIMING_COST_COUNT; i++)
		share(out, s->cost_cycles[i], s->interruption_cycles, texts[i]);
}

void report_text_time(const struct report *r, FILE *out)
{
	const struct timing_stats *s = r->time;

	print_time(s, &r->machine->config.timing, out);
	print_walks(s, out);
	if (s->kind[REF_GUEST].cycles + s->kind[REF_EPT].cycles) {
		print_grid(s, "Cycles of each reference, by what was looked for (row) and read (column)",
			   true, out);
		print_grid(s, "Where these were found, per cent in L1D/L2/LLC/memory", false, out);
	}
	print_structures(r, out);
	print_costs(s, out);
}
