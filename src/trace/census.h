/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a trace holds, counted in memory that does not grow with it: pages are
 * counted exactly up to CENSUS_EXACT_MAX, and estimated above.
 */
#ifndef EPTSIM_TRACE_CENSUS_H
#define EPTSIM_TRACE_CENSUS_H

#include "trace/trace.h"

#define CENSUS_EXACT_MAX ((size_t)1 << 20)

struct census {
	uint64_t by_op[TRACE_OPS];
	uint64_t crossing; /* accesses that touch two pages */
	uint64_t lowest, highest; /* byte of an access */
	uint64_t sizes;    /* bytes of all accesses */
	bool any;          /* access at all */

	/* Pages seen: a set with open addressing, of page + 1. When it is full its
	 * members go over to a sketch (HyperLogLog), and it is freed. */
	uint64_t *set;
	size_t members;
	uint8_t *sketch;
	uint64_t last_page;
};

bool census_init(struct census *c); /* false: no memory */
void census_destroy(struct census *c);
void census_add(struct census *c, const struct trace_record *records, size_t count);

/* Different pages of 4 KiB. *exact: not an estimate. */
uint64_t census_pages(const struct census *c, bool *exact);

#endif
