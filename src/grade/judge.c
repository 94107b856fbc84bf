/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The judge of entries: what the simulated processor does with them, and, where
 * that is not what was asked for, which mistake made them so.
 */
#include "grade/exam.h"

#include "base/bits.h"
#include "base/walk.h"

#include <inttypes.h>
#include <stdio.h>

unsigned exam_granted(const struct exam *x, unsigned perm)
{
	if (perm & LAB_W)
		perm |= LAB_R;
	if (perm & LAB_X && !(x->bench->config.capabilities & EPT_CAP_EXEC_ONLY))
		perm |= LAB_R;
	return perm;
}

/* ---- What the processor does, in words ---- */

static const char *const access_names[] = { "a read", "a write", "", "a fetch" };

static void describe_walk(struct exam *x, uint64_t gpa, const struct ept_walk *w)
{
	enum rule rule = (enum rule)w->rule;

	exam_hardware(x,
	              "gpa 0x%" PRIx64 ": %s; level %u entry at hpa 0x%" PRIx64 " is 0x%" PRIx64
	              ": %s (%s)",
	              gpa,
	              w->end == WALK_BAD ? "VM exit: EPT misconfiguration"
	                                 : "VM exit: EPT violation",
	              w->level, w->slot[w->level].v, w->entry[w->level], rule_text(rule),
	              rule_name(rule));
}

/* One access judged by the processor itself, without its caches. */
static void describe(struct exam *x, uint64_t gpa, unsigned type, const struct ept_walk *w)
{
	struct access a = { .gva = { gpa }, .size = 1, .type = (uint8_t)type };
	struct translation t;
	enum outcome outcome;

	/* Bit 47 makes a gpa no canonical address: then the walk alone speaks. */
	if (gpa >> 47) {
		if (w->end != WALK_PAGE)
			describe_walk(x, gpa, w);
		return;
	}
	outcome = mmu_peek(x->bench->processor[0], &a, false, &t);
	if (outcome == OUTCOME_OK)
		exam_hardware(x,
		              "%s of gpa 0x%" PRIx64 " goes to hpa 0x%" PRIx64
		              ", type %s; level %u entry at "
		              "hpa 0x%" PRIx64 " is 0x%" PRIx64,
		              access_names[type], gpa, t.page[0].hpa.v,
		              memory_type_name(t.page[0].type), w->level, w->slot[w->level].v,
		              w->entry[w->level]);
	else if (outcome == OUTCOME_EPT_VIOLATION)
		exam_hardware(x,
		              "%s of gpa 0x%" PRIx64 ": %s, qualification 0x%" PRIx64
		              "; level %u entry at "
		              "hpa 0x%" PRIx64 " is 0x%" PRIx64 ": %s (%s)",
		              access_names[type], gpa, outcome_text(outcome), t.fault.qualification,
		              t.fault.level, t.fault.entry_hpa.v, t.fault.entry,
		              rule_text((enum rule)t.fault.rule),
		              rule_name((enum rule)t.fault.rule));
	else
		describe_walk(x, gpa, w);
}

/* ---- Which mistake ---- */

static bool pointer(uint64_t address)
{
	return address >> 32 == RUNNER_TABLES >> 32 || address >> 32 == RUNNER_GUEST >> 32 ||
	       address >> 40 == 0x7f || address >> 40 == 0x55;
}

/* Some address of the machine, shifted by a page: 12 bits more or less. */
static bool shifted(const struct bench *b, uint64_t address, uint64_t wanted)
{
	uint64_t mask = BITS(b->config.maxphyaddr - 1, 12);

	if (address == (wanted << 12 & EPT_ADDRESS) || address == (wanted >> 12 & mask))
		return address != wanted;
	for (unsigned frame = 0; frame < TABLE_FRAMES; frame++) {
		uint64_t at = b->tables.v + frame * FRAME_SIZE;

		if (b->state[frame] == FRAME_USED &&
		    (address == (at << 12 & EPT_ADDRESS) || address == (at >> 12 & mask)))
			return true;
	}
	return false;
}

/* Is some other entry of the table present: was the wrong one written? */
static bool other_entry(const struct exam *x, hpa_t slot)
{
	uint64_t table = slot.v & ~UINT64_C(4095);

	if (!bench_owned(x->bench, slot))
		return false;
	for (unsigned i = 0; i < 512; i++)
		if (table + 8 * i != slot.v &&
		    mem_read64(&x->bench->mem, hpa(table + 8 * i)) & EPT_RWX)
			return true;
	return false;
}

static enum mistake bad_table_entry(const struct exam *x, unsigned level, uint64_t entry)
{
	if (x->context == MISTAKE_SPLIT_LEFTOVERS)
		return x->context;
	if (level >= 4 && entry & EPT_PAGE)
		return MISTAKE_PML4_BIT_7;
	/* P, RW, US, A, D of a guest: bits 5 and 6 without 3 and 4. */
	if (entry & BIT(5) && !(entry & (BIT(3) | BIT(4))))
		return MISTAKE_GUEST_BITS;
	return MISTAKE_TABLE_TYPE;
}

static enum mistake bad_entry(const struct exam *x, const struct ept_walk *w, const struct page *p)
{
	uint64_t entry = w->entry[w->level], address = entry & EPT_ADDRESS;
	bool table = w->level > p->level;

	if (pointer(address))
		return MISTAKE_POINTER_STORED;
	if (shifted(x->bench, address, p->hpa))
		return MISTAKE_PFN_SHIFT;
	if (p->level > 1 && w->level == p->level && !(entry & EPT_PAGE))
		return MISTAKE_PAGE_BIT;
	switch ((enum rule)w->rule) {
	case RULE_EPT_W_WITHOUT_R:
		return MISTAKE_WRITE_ONLY;
	case RULE_EPT_EXEC_ONLY:
		return MISTAKE_EXECUTE_ONLY;
	case RULE_EPT_ADDRESS_WIDTH:
		return MISTAKE_ADDRESS_WIDTH;
	case RULE_EPT_LARGE_UNSUPPORTED:
		return x->context == MISTAKE_SPLIT_LEFTOVERS ? x->context
		       : w->level >= 4                       ? MISTAKE_PML4_BIT_7
		                                             : MISTAKE_LARGE_UNSUPPORTED;
	case RULE_EPT_LARGE_UNALIGNED:
		return x->context == MISTAKE_SPLIT_LEFTOVERS ? x->context : MISTAKE_LARGE_UNALIGNED;
	case RULE_EPT_MEMORY_TYPE:
		return table ? MISTAKE_TABLE_TYPE : MISTAKE_BAD_TYPE;
	default:
		return bad_table_entry(x, w->level, entry);
	}
}

static enum mistake missing_entry(const struct exam *x, const struct ept_walk *w,
                                  const struct page *p)
{
	unsigned level = w->level;
	uint64_t entry = w->entry[level];
	hpa_t table = hpa(w->slot[level].v & ~UINT64_C(4095));

	/* Did the walk follow an entry to what is no table? */
	if (!bench_owned(x->bench, table)) {
		if (pointer(table.v))
			return MISTAKE_POINTER_STORED;
		if (level < p->level || (level + 1 == p->level && p->level > 1))
			return MISTAKE_PAGE_BIT;
		return shifted(x->bench, table.v, p->hpa) ? MISTAKE_PFN_SHIFT
		                                          : MISTAKE_WRONG_ADDRESS;
	}
	if (entry & EPT_ADDRESS)
		return level > p->level ? MISTAKE_TABLE_NOT_PRESENT : MISTAKE_WRONG_RIGHTS;
	return other_entry(x, w->slot[level]) ? MISTAKE_WRONG_INDEX : MISTAKE_WRONG_ADDRESS;
}

static bool walk_fails(struct exam *x, const struct ept_walk *w, const struct page *p, uint64_t gpa)
{
	char text[4];
	enum mistake m = w->end == WALK_BAD ? bad_entry(x, w, p) : missing_entry(x, w, p);

	exam_fail(x, m, "that gpa 0x%" PRIx64 " leads to hpa 0x%" PRIx64 " (%s, %s, %s page)", gpa,
	          p->hpa + (gpa - p->gpa), exam_perm_text(p->perm, text), memory_type_name(p->type),
	          exam_size_text(p->level));
	describe(x, gpa, p->perm & LAB_R ? ACCESS_READ : ACCESS_FETCH, w);
	return false;
}

/* ---- A page that the walk reached ---- */

static bool judge_address(struct exam *x, const struct ept_walk *w, const struct page *p,
                          uint64_t at)
{
	uint64_t due = p->hpa + (at - p->gpa), is = ept_walk_hpa(&x->bench->ept, w, gpa(at)).v;
	uint64_t address = w->entry[w->level] & EPT_ADDRESS;
	enum mistake m = MISTAKE_WRONG_ADDRESS;

	if (is == due && w->level == p->level)
		return true;
	if (pointer(address))
		m = MISTAKE_POINTER_STORED;
	else if (shifted(x->bench, address, p->hpa))
		m = MISTAKE_PFN_SHIFT;
	else if (w->level < p->level && x->context != MISTAKE_SPLIT_LEFTOVERS)
		m = MISTAKE_PAGE_BIT;
	else if (x->context == MISTAKE_WRONG_INDEX)
		m = MISTAKE_WRONG_INDEX;
	exam_fail(x, m, "that gpa 0x%" PRIx64 " leads to hpa 0x%" PRIx64 " in a %s page", at, due,
	          exam_size_text(p->level));
	describe(x, at, p->perm & LAB_R ? ACCESS_READ : ACCESS_FETCH, w);
	return false;
}

static bool judge_rights(struct exam *x, const struct ept_walk *w, const struct page *p,
                         uint64_t gpa)
{
	static const unsigned types[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	uint64_t leaf = w->entry[w->level];
	unsigned is = (unsigned)(w->all & EPT_RWX), due = exam_granted(x, p->perm);
	char text[4];

	for (unsigned i = 0; i < 3; i++) {
		unsigned bit = 1u << i;

		if ((is & bit) == (due & bit))
			continue;
		exam_fail(x,
		          leaf & bit ? MISTAKE_TABLE_RIGHTS
		          : (leaf & (BIT(5) | BIT(6))) == (BIT(5) | BIT(6)) || leaf >> 63
		                  ? MISTAKE_GUEST_BITS
		                  : MISTAKE_WRONG_RIGHTS,
		          "that the page at gpa 0x%" PRIx64 " is %s, %s asked for", gpa,
		          exam_perm_text(due, text),
		          due == p->perm ? "as" : "the least that a processor has for what was");
		describe(x, gpa, types[i], w);
		return false;
	}
	return true;
}

static bool judge_type(struct exam *x, const struct ept_walk *w, const struct page *p, uint64_t gpa)
{
	uint64_t leaf = w->entry[w->level];
	unsigned is = (leaf & EPT_TYPE) >> EPT_TYPE_SHIFT;
	unsigned access = p->perm & (LAB_R | LAB_W) ? ACCESS_READ : ACCESS_FETCH;

	/* Bits 5 and 6 are A and D for a guest; bit 63 is its XD. */
	if ((is != p->type && leaf & EPT_IPAT && is == MEMORY_WT) || leaf & EPT_SVE) {
		exam_fail(x, MISTAKE_GUEST_BITS,
		          "that bits 6:3 hold memory type %s and no IPAT, and bit 63 is 0",
		          memory_type_name(p->type));
	} else if (is != p->type && is == MEMORY_UC) {
		exam_warn(x, MISTAKE_LEAF_UNCACHED, "memory type %s", memory_type_name(p->type));
		describe(x, gpa, access, w);
		return true;
	} else if (is != p->type) {
		exam_fail(x, x->context == MISTAKE_MIXED_TYPES ? x->context : MISTAKE_BAD_TYPE,
		          "memory type %s at gpa 0x%" PRIx64, memory_type_name(p->type), gpa);
	} else {
		return true;
	}
	describe(x, gpa, access, w);
	return false;
}

bool must_translate(struct exam *x, const struct page *p, uint64_t offset)
{
	uint64_t at = p->gpa + offset;
	struct ept_walk w;

	if (x->failed)
		return false;
	ept_walk(&x->bench->ept, &x->bench->mem, gpa(at), &w);
	if (w.end != WALK_PAGE)
		return walk_fails(x, &w, p, at);
	return judge_address(x, &w, p, at) && judge_rights(x, &w, p, at) &&
	       judge_type(x, &w, p, at);
}

bool must_not_translate(struct exam *x, uint64_t at)
{
	struct ept_walk w;

	if (x->failed)
		return false;
	ept_walk(&x->bench->ept, &x->bench->mem, gpa(at), &w);
	if (w.end == WALK_NOT_PRESENT)
		return true;
	exam_fail(x, x->context ? x->context : MISTAKE_STILL_MAPPED,
	          "that nothing is mapped at gpa 0x%" PRIx64, at);
	describe(x, at, ACCESS_READ, &w);
	return false;
}

bool must_map(struct exam *x, const struct page *p)
{
	bool called = p->level == 1 ? call_map(x, p->gpa, p->hpa, p->perm, p->type)
	                            : call_map_large(x, p->gpa, p->hpa, p->perm, p->type, p->level);

	return called && must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) && must_translate(x, p, 0);
}
