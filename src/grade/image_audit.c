/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLES_MAX 65536u

enum mistake eptp_mistake(enum rule rule)
{
	switch (rule) {
	case RULE_EPTP_WALK_LENGTH:
		return MISTAKE_EPTP_WALK_LENGTH;
	case RULE_EPTP_MEMORY_TYPE:
		return MISTAKE_EPTP_TYPE;
	case RULE_EPTP_AD:
		return MISTAKE_EPTP_AD;
	default:
		return MISTAKE_EPTP_RESERVED;
	}
}

enum mistake entry_mistake(enum rule rule, unsigned level, uint64_t entry)
{
	switch (rule) {
	case RULE_EPT_W_WITHOUT_R:
		return MISTAKE_WRITE_ONLY;
	case RULE_EPT_EXEC_ONLY:
		return MISTAKE_EXECUTE_ONLY;
	case RULE_EPT_ADDRESS_WIDTH:
		return MISTAKE_ADDRESS_WIDTH;
	case RULE_EPT_LARGE_UNSUPPORTED:
		return level >= 4 ? MISTAKE_PML4_BIT_7 : MISTAKE_LARGE_UNSUPPORTED;
	case RULE_EPT_LARGE_UNALIGNED:
		return MISTAKE_LARGE_UNALIGNED;
	case RULE_EPT_MEMORY_TYPE:
		return MISTAKE_BAD_TYPE;
	default:
		/* A guest's A and D are bits 5 and 6, without 3 and 4. */
		return level >= 4 && entry & EPT_PAGE                     ? MISTAKE_PML4_BIT_7
		       : (entry & (UINT64_C(7) << 3)) == UINT64_C(1) << 5 ? MISTAKE_GUEST_BITS
		                                                          : MISTAKE_TABLE_TYPE;
	}
}

/* ---- All entries ---- */

struct visit {
	const struct ept *ept;
	const struct mem *mem;
	bool (*see)(void *context, unsigned level, hpa_t at, uint64_t entry);
	void *context;
	uint64_t *seen; /* open hash of tables with their level; 0: free */
	unsigned count;
};

/* False: it was there, or there is no room. */
static bool first_time(struct visit *v, uint64_t key)
{
	unsigned at = (unsigned)(random_mix(key) % (2 * TABLES_MAX));

	while (v->seen[at] && v->seen[at] != key)
		at = (at + 1) % (2 * TABLES_MAX);
	if (v->seen[at] || v->count == TABLES_MAX)
		return false;
	v->seen[at] = key;
	v->count++;
	return true;
}

static bool visit(struct visit *v, uint64_t table, unsigned level)
{
	/* The same table at another level means something else. */
	if (!first_time(v, table | level | 8))
		return v->count < TABLES_MAX;
	for (unsigned i = 0; i < 512; i++) {
		hpa_t at = hpa(table + 8 * i);
		uint64_t entry = mem_read64(v->mem, at);

		if (!(entry & v->ept->present))
			continue;
		if (!v->see(v->context, level, at, entry))
			return false;
		if (level == 1 || (level < 4 && entry & EPT_PAGE) ||
		    ept_entry_rule(v->ept, level, entry) != RULE_NONE)
			continue;
		if (!visit(v, entry & v->ept->address, level - 1))
			return false;
	}
	return true;
}

bool image_visit(const struct ept *ept, const struct mem *mem,
                 bool (*see)(void *context, unsigned level, hpa_t at, uint64_t entry),
                 void *context)
{
	struct visit v = { ept, mem, see, context, calloc(2 * TABLES_MAX, sizeof(uint64_t)), 0 };
	bool done = v.seen && visit(&v, ept->root.v, ept->levels);

	free(v.seen);
	return done;
}

/* ---- The audit ---- */

struct audit {
	const struct ept *ept;
	struct test_result *result;
};

static bool audit_entry(void *context, unsigned level, hpa_t at, uint64_t entry)
{
	struct audit *a = context;
	enum rule rule = ept_entry_rule(a->ept, level, entry);
	struct finding *f;

	if (rule == RULE_NONE)
		return true;
	f = grade_fail(a->result, entry_mistake(rule, level, entry));
	if (!f)
		return false;
	snprintf(f->called, sizeof f->called, "the memory image");
	snprintf(f->expected, sizeof f->expected, "that every present entry is well-formed");
	snprintf(f->hardware, sizeof f->hardware,
	         "level %u entry at hpa 0x%" PRIx64 " is 0x%" PRIx64
	         ": EPT misconfiguration: %s (%s)",
	         level, at.v, entry, rule_text(rule), rule_name(rule));
	return true;
}

bool image_audit(struct grade *g, const struct mem *mem, uint64_t eptp, uint64_t capabilities,
                 unsigned maxphyaddr)
{
	struct test_result *r =
		grade_add_named(g, "image", "eptp", "a VM entry accepts the EPT pointer", 1);
	struct ept ept;
	enum rule rule = ept_init(&ept, eptp, capabilities, maxphyaddr, false, false);
	struct audit a = { &ept, NULL };
	struct finding *f;

	if (r && rule != RULE_NONE && (f = grade_fail(r, eptp_mistake(rule)))) {
		snprintf(f->called, sizeof f->called, "EPTP 0x%" PRIx64, eptp);
		snprintf(f->expected, sizeof f->expected, "an EPT pointer that a VM entry accepts");
		snprintf(f->hardware, sizeof f->hardware, "%s: %s (%s)",
		         outcome_text(OUTCOME_ENTRY_FAIL), rule_text(rule), rule_name(rule));
	}
	a.result = grade_add_named(g, "image", "entries", "every entry is well-formed", 1);
	if (rule != RULE_NONE) {
		if (a.result && (f = grade_fail(a.result, eptp_mistake(rule)))) {
			snprintf(f->called, sizeof f->called, "EPTP 0x%" PRIx64, eptp);
			snprintf(f->expected, sizeof f->expected,
			         "an EPT pointer that leads to entries");
		}
		return false;
	}
	if (a.result && !image_visit(&ept, mem, audit_entry, &a) && !a.result->findings &&
	    (f = grade_fail(a.result, MISTAKE_IMAGE)))
		snprintf(f->called, sizeof f->called, "the memory image has more than %u tables",
		         TABLES_MAX);
	return true;
}
