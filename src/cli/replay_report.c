/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a replay and its trace contribute to the report.
 */
#include "cli/replay_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct report_fault *copy_faults(const struct replay *r)
{
	struct report_fault *list = calloc(r->fault_count + 1, sizeof *list);

	for (size_t i = 0; list && i < r->fault_count; i++) {
		const struct replay_fault *f = &r->fault[i];

		list[i] = (struct report_fault){ .access = f->access,
			                         .type = trace_op_name(f->record.op),
			                         .address = f->record.address,
			                         .size = f->record.size,
			                         .cpl = f->record.cpl,
			                         .fault = f->fault };
	}
	return list;
}

static void describe_input(struct replay_report *n, const struct replay *r, const struct trace *t)
{
	struct trace_counts counts = n->counts;
	const struct replay_stats *s = &r->stats;
	struct report *report = &n->report;
	const char *compression = trace_compression(t);
	unsigned note = 0;

	snprintf(n->input, sizeof n->input,
	         "%s trace%s%s; accesses: %" PRIu64 " (fetches %" PRIu64 ", reads %" PRIu64
	         ", writes %" PRIu64 ", read-modify-writes %" PRIu64 "); directives: %" PRIu64,
	         trace_format_name(trace_format(t)),
	         strcmp(compression, "none") ? ", compressed by " : "",
	         strcmp(compression, "none") ? compression : "", s->accesses,
	         s->by_type[ACCESS_FETCH], s->by_type[ACCESS_READ], s->by_type[ACCESS_WRITE],
	         s->by_type[ACCESS_RMW], s->directives);
	report->input_text = n->input;
	if (counts.foreign) {
		snprintf(n->foreign, sizeof n->foreign, "lines of another shape, skipped: %" PRIu64,
		         counts.foreign);
		report->notes[note++] = n->foreign;
	}
	if (counts.errors) {
		snprintf(n->errors, sizeof n->errors,
		         "malformed records, skipped: %" PRIu64 "; the first: %s", counts.errors,
		         trace_tolerated(t)->message);
		report->notes[note++] = n->errors;
	}
	if (report->records == n->limit) {
		snprintf(n->stopped, sizeof n->stopped,
		         "stopped after %" PRIu64 " records (--limit)", n->limit);
		report->notes[note++] = n->stopped;
	}
	if (counts.other)
		report->notes[note++] = "input.other counts items of the trace that are no "
					"accesses, such as prefetches";
	if (trace_flags(t) & TRACE_FORMAT_SAMPLED)
		report->notes[note++] = "the trace holds a sample of the accesses only";
	/* There is no way yet to enter the second dimension alone. */
	if (trace_flags(t) & TRACE_FORMAT_PHYSICAL)
		report->notes[note++] = "the trace holds physical addresses; they were replayed as "
					"virtual ones";
}

/* What the reader of the input counts. */
static const struct stat input_stat_table[] = {
	STAT_COUNT("input.records", struct trace_counts, records, "records", "Records read"),
	STAT_COUNT("input.directives", struct trace_counts, directives, "records",
	           "Of these, directives"),
	STAT_COUNT("input.lines", struct trace_counts, lines, "lines", "Lines of a text format"),
	STAT_COUNT("input.foreign", struct trace_counts, foreign, "lines",
	           "Lines of another shape, skipped"),
	STAT_COUNT("input.errors", struct trace_counts, errors, "records",
	           "Malformed records, skipped"),
	STAT_COUNT("input.other", struct trace_counts, other, "items",
	           "Items of the format that are no accesses: prefetches, escapes and the like"),
	STAT_COUNT("input.bytes", struct trace_counts, bytes, "bytes", "Bytes, decompressed"),
};

static void add_part(struct report *report, const char *title, const struct stat *table,
                     size_t count, const void *values)
{
	report->part[report->parts++] = (struct report_part){
		title, { .prefix = "", .table = table, .count = count, .values = values }
	};
}

bool replay_report_fill(struct replay_report *n, struct replay *r, const struct trace *t)
{
	struct report *report = &n->report;

	replay_finish(r);
	timing_summary(&r->machine.processor[0].timing, &n->time);
	n->counts = trace_counts(t);
	n->faults = copy_faults(r);
	report->command = "replay";
	report->machine = &r->machine;
	report->time = &n->time;
	report->fault = n->faults;
	report->faults = r->fault_count;
	describe_input(n, r, t);
	add_part(report, NULL, input_stat_table, sizeof input_stat_table / sizeof *input_stat_table,
	         &n->counts);
	add_part(report, NULL, replay_stat_table, replay_stat_count, &r->stats);
	add_part(report, NULL, walk_stat_table, walk_stat_count, &r->machine.walk);
	add_part(report, "How attempts ended", outcome_stat_table, outcome_stat_count,
	         &r->machine.outcome);
	add_part(report, "Guest kernel", guest_stat_table, guest_stat_count, &r->guest.stats);
	add_part(report, hv_virtual(&r->hv) ? "Hypervisor" : NULL, hv_stat_table, hv_stat_count,
	         &r->hv.stats);
	add_part(report, NULL, timing_stat_table, timing_stat_count, &n->time);
	return n->faults != NULL;
}

void replay_report_free(struct replay_report *n)
{
	free(n->faults);
}
