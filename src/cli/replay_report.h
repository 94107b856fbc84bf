/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report of a replay, put together from the replay and its trace.
 */
#ifndef CLI_REPLAY_REPORT_H
#define CLI_REPLAY_REPORT_H

#include "replay/replay.h"
#include "report/report.h"

/* The report, and what it points to. It must not move. */
struct replay_report {
	struct report report; /* the caller sets settings, input, sha256, records */
	uint64_t limit;       /* set by the caller: the replay was to stop after so many records */
	struct trace_counts counts;
	struct timing_stats time;
	struct report_fault *faults;
	char input[256], foreign[128], errors[640], stopped[128];
};

/* Works out the sums and fills in the rest. False: out of memory. */
bool replay_report_fill(struct replay_report *n, struct replay *r, const struct trace *t)
	__attribute__((warn_unused_result));
void replay_report_free(struct replay_report *n);

#endif
