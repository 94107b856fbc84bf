/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/arrangement.h"

#include "base/bits.h"
#include "grade/exam_guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RWX (LAB_R | LAB_W | LAB_X)
#define GVA UINT64_C(0x00005a7c3b2e1000)
#define DATA UINT64_C(0x40000000) /* gpa of the page at GVA; the next page follows */
#define USER (PTE_P | PTE_RW | PTE_US)

/* ---- Arranging ---- */

static bool arrange_page(struct exam *x, struct exam_guest *g, const struct arrangement *a,
                         unsigned n)
{
	uint64_t gva = GVA + n * 0x1000, at = DATA + n * 0x1000;
	uint64_t flags = a->leaf ? a->leaf : USER;
	unsigned perm = a->page ? a->page : RWX;
	struct page p;

	if (n == 1 && a->second == 3)
		flags &= ~PTE_RW;
	if (n == 1 && a->second == 4)
		perm = LAB_R;
	if (!exam_guest_map(x, g, gva, at, 1, n == 1 && a->second == 1 ? 0 : flags))
		return false;
	p = (struct page){ at, 0x90000000 + n * 0x5000, perm, LAB_WB, 1 };
	return (n == 0 && a->no_page) || (n == 1 && a->second == 2) || must_map(x, &p);
}

static void set_guest_flags(struct exam *x, const struct exam_guest *g)
{
	for (unsigned n = 0; n < 2; n++)
		for (unsigned level = 4; level >= 1; level--) {
			uint64_t *entry = exam_guest_entry(x, g, GVA + n * 0x1000, level, NULL);

			if (*entry & PTE_P)
				*entry |= PTE_A | (level == 1 ? PTE_D : 0);
		}
}

static bool arrange(struct exam *x, struct exam_guest *g, const struct arrangement *a)
{
	struct bench_config config = BENCH_CONFIG;
	uint64_t table;

	config.guest_writable = true;
	config.accessed_dirty = a->ad;
	config.capabilities &= ~EPT_CAP_ADVANCED;
	if (!exam_start(x, &config))
		return false;
	if (!exam_guest_make(x, g, a->tables ? a->tables : LAB_R | LAB_W) ||
	    !arrange_page(x, g, a, 0) || !arrange_page(x, g, a, 1))
		return false;
	if (a->flags_set)
		set_guest_flags(x, g);
	if (a->lost) {
		exam_guest_entry(x, g, GVA, a->lost, &table);
		if (!call_unmap(x, table & ~UINT64_C(0xfff)) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
			return false;
	}
	if (a->upper) {
		struct ept_walk w;

		ept_walk(&x->bench->ept, &x->bench->mem, gpa(DATA), &w);
		mem_write64(&x->bench->mem, w.slot[2], w.entry[2] & ~EPT_W);
	}
	if (a->cut)
		*exam_guest_entry(x, g, GVA, a->cut, NULL) &= ~PTE_P;
	return true;
}

/* ---- What is due ---- */

static enum lab_event_kind kind_of(enum outcome outcome)
{
	return outcome == OUTCOME_OK              ? LAB_DONE
	       : outcome == OUTCOME_PF            ? LAB_PAGE_FAULT
	       : outcome == OUTCOME_EPT_VIOLATION ? LAB_EPT_VIOLATION
	                                          : LAB_EPT_MISCONFIG;
}

static void translate(struct exam *x, const struct exam_guest *g, const struct arrangement *a,
                      struct translation *t)
{
	static const enum access_type types[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	struct mmu *m = x->bench->processor[0];
	struct paging_state s = *mmu_state(m);
	struct access access = { .gva = { GVA + a->offset },
		                 .size = a->size ? a->size : 8,
		                 .type = (uint8_t)types[a->type] };

	s.cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG;
	s.cr3 = g->cr3;
	s.cr4 = CR4_PAE;
	s.efer = EFER_LME | EFER_LMA | EFER_NXE;
	s.cpl = a->user ? 3 : 0;
	mmu_reset(m);
	if (mmu_enter(m, &s, false, t) == OUTCOME_OK && mmu_translate(m, &access, t) == OUTCOME_OK)
		t->fault = (struct fault){ .kind = OUTCOME_OK };
}

static void describe(struct exam *x, const struct translation *t)
{
	const struct fault *f = &t->fault;

	if (t->outcome == OUTCOME_OK)
		exam_hardware(x, "the access succeeds, at hpa 0x%" PRIx64, t->page[0].hpa.v);
	else if (t->outcome == OUTCOME_PF)
		exam_hardware(x,
		              "%s, error code 0x%x, CR2 0x%" PRIx64
		              "; level %u guest entry at hpa 0x%" PRIx64 " is 0x%" PRIx64
		              ": %s (%s)",
		              outcome_text(OUTCOME_PF), f->error_code, f->cr2.v, f->level,
		              f->entry_hpa.v, f->entry, rule_text((enum rule)f->rule),
		              rule_name((enum rule)f->rule));
	else
		exam_hardware(x,
		              "%s, qualification 0x%" PRIx64 ", gpa 0x%" PRIx64 ", gla 0x%" PRIx64
		              "; level %u entry at hpa 0x%" PRIx64 " is 0x%" PRIx64 ": %s (%s)",
		              outcome_text((enum outcome)t->outcome), f->qualification, f->gpa.v,
		              f->gla.v, f->level, f->entry_hpa.v, f->entry,
		              rule_text((enum rule)f->rule), rule_name((enum rule)f->rule));
}

/* ---- Comparing ---- */

static bool differs(struct exam *x, enum mistake m, const char *field, uint64_t due, uint64_t is,
                    const struct translation *t)
{
	exam_fail(x, m, "%s 0x%" PRIx64 ", not 0x%" PRIx64, field, due, is);
	describe(x, t);
	return false;
}

static bool same_event(struct exam *x, enum mistake m, const struct translation *t)
{
	static const char *const kinds[] = { "LAB_DONE", "LAB_PAGE_FAULT", "LAB_EPT_VIOLATION",
		                             "LAB_EPT_MISCONFIG" };
	const struct fault *f = &t->fault;
	const uint64_t *r = x->result;
	enum lab_event_kind kind = kind_of((enum outcome)t->outcome);
	enum mistake q =
		m == MISTAKE_CROSSING || m == MISTAKE_STRUCTURE_WRITE ? m : MISTAKE_QUALIFICATION;

	if (r[1] != kind) {
		exam_fail(x, m, "event %s, not %s", kinds[kind],
		          r[1] <= LAB_EPT_MISCONFIG ? kinds[r[1]] : "?");
		describe(x, t);
		return false;
	}
	if (kind == LAB_DONE && r[2] != t->page[0].hpa.v)
		return differs(x, MISTAKE_WRONG_ADDRESS, "hpa", t->page[0].hpa.v, r[2], t);
	if (kind == LAB_PAGE_FAULT && r[3] != f->error_code)
		return differs(x, MISTAKE_PAGE_FAULT, "error code", f->error_code, r[3], t);
	if (kind == LAB_PAGE_FAULT && r[4] != f->cr2.v)
		return differs(x, m == MISTAKE_CROSSING ? m : MISTAKE_PAGE_FAULT, "CR2", f->cr2.v,
		               r[4], t);
	if (kind == LAB_EPT_VIOLATION && (r[5] & 0x1ff) != f->qualification)
		return differs(x, q, "qualification", f->qualification, r[5], t);
	if (kind >= LAB_EPT_VIOLATION && r[6] != f->gpa.v)
		return differs(x, q, "gpa", f->gpa.v, r[6], t);
	if (kind == LAB_EPT_VIOLATION && r[7] != f->gla.v)
		return differs(x, q, "gla", f->gla.v, r[7], t);
	return true;
}

static bool same_memory(struct exam *x, enum mistake m, const uint64_t *is,
                        const struct translation *t)
{
	const uint64_t *due = (const uint64_t *)x->bench->memory;

	for (size_t i = 0; i < (TABLES_SIZE + GUEST_SIZE) / 8; i++) {
		bool table = i < TABLES_SIZE / 8;
		uint64_t at = table ? x->bench->tables.v + 8 * i
		                    : x->bench->guest.v + (8 * i - TABLES_SIZE);

		if (is[i] == due[i])
			continue;
		exam_fail(x,
		          m == MISTAKE_STRUCTURE_WRITE || m == MISTAKE_CROSSING ? m
		                                                                : MISTAKE_EPT_FLAGS,
		          "the %s entry at hpa 0x%" PRIx64 " 0x%" PRIx64
		          " afterwards, not 0x%" PRIx64,
		          table ? "EPT" : "guest", at, due[i], is[i]);
		describe(x, t);
		return false;
	}
	return true;
}

static bool call_translate(struct exam *x, const struct exam_guest *g, const struct arrangement *a)
{
	static const char *const names[] = { "read", "write", "fetch" };
	uint64_t arguments[5] = { g->cr3, GVA + a->offset, a->size ? a->size : 8, a->type,
		                  a->user };

	x->situation = a->what;
	snprintf(x->called, sizeof x->called,
	         "lab_translate(cr3 0x%" PRIx64 ", gva 0x%" PRIx64
	         ", %u bytes, %s, %s), A/D flags %s",
	         g->cr3, arguments[1], (unsigned)arguments[2], names[a->type],
	         a->user ? "user" : "supervisor", a->ad ? "on" : "off");
	if (!exam_call(x, FN_translate, 5, arguments))
		return false;
	if (answer(x) == LAB_NOT_IMPLEMENTED)
		return exam_fail(x, MISTAKE_NOT_IMPLEMENTED, "an event");
	return true;
}

static bool one(struct exam *x, enum mistake m, const struct arrangement *a)
{
	size_t size = TABLES_SIZE + GUEST_SIZE;
	unsigned char *before = malloc(size), *after = malloc(size);
	struct translation t = { .outcome = OUTCOME_OK };
	struct exam_guest g;
	bool good = before && after && arrange(x, &g, a);

	if (good) {
		memcpy(before, x->bench->memory, size);
		good = call_translate(x, &g, a);
	}
	if (good) {
		memcpy(after, x->bench->memory, size);
		memcpy(x->bench->memory, before, size);
		translate(x, &g, a, &t);
		good = same_event(x, m, &t) && same_memory(x, m, (const uint64_t *)after, &t);
	}
	free(before);
	free(after);
	x->situation = NULL;
	return good && exam_end(x);
}

void exam_arrangements(struct exam *x, enum mistake m, const struct arrangement *a, size_t count)
{
	for (size_t i = 0; i < count && one(x, m, &a[i]); i++)
		;
}
