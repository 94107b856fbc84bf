/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sub-page write permissions (SDM 3C, "Sub-Page Write Permissions"): which
 * 128-byte regions of a read-only 4K page a write may touch all the same.
 */
#include "mmu/walk.h"

#define SPPT_VALID BIT(0)
#define SPPT_RESERVED_LOW BITS(11, 1)
#define SPPT_ODD_BITS UINT64_C(0xaaaaaaaaaaaaaaaa)
#define SPPT_LEVELS 4
#define SPP_REGION_SHIFT 7 /* 128 bytes */

struct sppt_walk {
	struct walk *w;
	unsigned level;
	hpa_t at;
	uint64_t entry;
};

static bool sppt_locate(void *context, unsigned level, uint64_t slot, hpa_t *at)
{
	(void)context, (void)level;
	*at = hpa(slot);
	return true;
}

static uint64_t sppt_read(void *context, unsigned level, hpa_t at)
{
	struct sppt_walk *s = context;

	s->level = level;
	s->at = at;
	s->entry = mem_read64(s->w->m->mem, at);
	s->w->ref_type = MEMORY_WB;
	walk_ref(s->w, REF_SPPT, at, s->entry, 0, level, 0);
	return s->entry;
}

static enum walk_end sppt_judge(void *context, unsigned level, uint64_t slot, hpa_t at,
				uint64_t entry)
{
	const struct sppt_walk *s = context;

	(void)slot, (void)at;
	if (level == 1)
		return entry & SPPT_ODD_BITS ? WALK_BAD : WALK_PAGE;
	if (!(entry & SPPT_VALID))
		return WALK_NOT_PRESENT;
	if (entry & (SPPT_RESERVED_LOW | BITS(63, s->w->r->state.maxphyaddr)))
		return WALK_BAD;
	return WALK_TABLE;
}

static uint64_t sppt_table(void *context, uint64_t entry)
{
	const struct sppt_walk *s = context;

	return entry & s->w->r->ept.address;
}

static const struct walk_format sppt_format = {
	.index_bits = 9,
	.entry_shift = 3,
	.locate = sppt_locate,
	.read = sppt_read,
	.judge = sppt_judge,
	.table = sppt_table,
};

static void spp_fault(struct walk *w, gpa_t at, const struct sppt_walk *s, bool miss)
{
	*w->fault = (struct fault){
		.kind = miss ? OUTCOME_SPP_MISS : OUTCOME_SPP_MISCONFIG,
		.rule = miss ? RULE_SPPT_NOT_VALID : RULE_SPPT_RESERVED,
		.dimension = DIMENSION_SPPT,
		.level = (uint8_t)s->level,
		.page2 = w->page2,
		.gpa = at,
		.gpa_valid = true,
		.gla = w->gva,
		.gla_valid = true,
		.exit_reason = EXIT_REASON_SPP,
		.qualification = miss ? SPPQ_MISS : 0,
		.entry_hpa = s->at,
		.entry = s->entry,
	};
}

bool sppt_allows(struct walk *w, gpa_t at)
{
	struct sppt_walk s = { .w = w };
	enum walk_end end = walk_run(&sppt_format, &s, SPPT_LEVELS,
				     w->r->state.spptp & w->r->ept.address, at.v);

	if (end != WALK_PAGE) {
		spp_fault(w, at, &s, end == WALK_NOT_PRESENT);
		return false;
	}
	/* Every region that the write touches needs its (even) bit. */
	unsigned first = (at.v & (PAGE_SIZE_4K - 1)) >> SPP_REGION_SHIFT;
	unsigned last = ((at.v & (PAGE_SIZE_4K - 1)) + w->size - 1) >> SPP_REGION_SHIFT;

	for (unsigned region = first; region <= last; region++)
		if (!(s.entry >> (2 * region) & 1))
			return false;
	return true;
}
