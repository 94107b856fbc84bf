/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Store traces: the stores to an EPT in use, in order, with the invalidations and
 * accesses between them; two processors that cache watch.
 */
#ifndef GRADE_STORE_TRACE_H
#define GRADE_STORE_TRACE_H

#include "grade/image.h"
#include "scenario/cells.h"

#include <eptsim/mmu.h>

#define TRACE_LINES_MAX 200000u

enum trace_event { EVENT_STORE, EVENT_INVEPT, EVENT_INVVPID, EVENT_ACCESS };

struct trace_line {
	unsigned number;
	uint8_t event;
	uint8_t processor, type; /* type: of an access, or of an invalidation */
	uint64_t a, b; /* store: hpa, value; invept: EPTP; invvpid: VPID, gva; access: gpa */
};

struct store_trace {
	struct trace_line *line;
	unsigned count;
	uint64_t eptp, capabilities;
	unsigned maxphyaddr;
	struct cells *cells;
	struct mem mem;
	struct ept ept;
	struct mmu *processor[PROCESSORS];
	struct test_result *entries, *sizes, *stale, *operands;
	/* Since the last store that took something away. */
	unsigned told[PROCESSORS], invvpids, failed;
	bool taken; /* something was, and is perhaps still cached */
	unsigned needless;
};

/* False with a message that names the line. */
bool store_trace_read(struct store_trace *t, const char *path, struct error *err);

#endif
