/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two processors that cache: what they still know after a change, and what they
 * can meet in the middle of one.
 */
#include "grade/suite.h"

#include <inttypes.h>
#include <string.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static const struct page first = { 0x40000000, 0x80000000, RWX, LAB_WB, 1 };

static enum outcome touch(struct exam *x, unsigned processor, uint64_t gpa, enum access_type type,
                          struct translation *t)
{
	struct access a = { .gva = { gpa }, .size = 1, .type = (uint8_t)type };

	return mmu_translate(x->bench->processor[processor], &a, t);
}

/* Both processors have used the page: its translation is cached. */
static bool warm(struct exam *x, const struct page *p)
{
	static const enum access_type types[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	struct translation t;

	for (unsigned i = 0; i < PROCESSORS; i++)
		for (unsigned j = 0; j < 3; j++)
			if (p->perm >> j & 1 && touch(x, i, p->gpa, types[j], &t) != OUTCOME_OK)
				return must_translate(x, p, 0);
	x->situation = "both processors have used the page";
	memset(&x->bench->seen, 0, sizeof x->bench->seen);
	return true;
}

/* Why does processor `i` still know it? */
static enum mistake stale_mistake(const struct exam *x, unsigned i)
{
	const struct bench_seen *s = &x->bench->seen;
	unsigned told = s->invept[0] + s->invept[1];

	if (s->invept_failed)
		return MISTAKE_INVEPT_FAILED;
	if (told && !s->invept[i])
		return MISTAKE_ONE_PROCESSOR;
	if (s->invvpid[0] + s->invvpid[1])
		return MISTAKE_INVVPID_USED;
	return MISTAKE_NO_INVEPT;
}

/* An access that the entries do not allow must not succeed on any processor. */
static bool must_be_gone(struct exam *x, uint64_t gpa, enum access_type type, const char *what)
{
	struct translation t;

	for (unsigned i = 0; i < PROCESSORS; i++) {
		if (touch(x, i, gpa, type, &t) != OUTCOME_OK)
			continue;
		exam_fail(x, stale_mistake(x, i),
		          "that no processor can %s gpa 0x%" PRIx64 " afterwards", what, gpa);
		exam_hardware(x,
		              "processor %u still %ss hpa 0x%" PRIx64
		              " there, from its cached translation "
		              "(INVEPT succeeded %u times on processor 0, %u on processor 1; "
		              "failed %u times)",
		              i, what, t.page[0].hpa.v, x->bench->seen.invept[0],
		              x->bench->seen.invept[1], x->bench->seen.invept_failed);
		return false;
	}
	return true;
}

static void test_unmap(struct exam *x)
{
	if (exam_start(x, &BENCH_CONFIG) && must_map(x, &first) && warm(x, &first) &&
	    call_unmap(x, first.gpa) && must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) &&
	    must_be_gone(x, first.gpa, ACCESS_READ, "read"))
		exam_end(x);
}

static void test_protect(struct exam *x)
{
	if (exam_start(x, &BENCH_CONFIG) && must_map(x, &first) && warm(x, &first) &&
	    call_protect(x, first.gpa, LAB_R) && must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) &&
	    must_be_gone(x, first.gpa, ACCESS_WRITE, "write") &&
	    must_be_gone(x, first.gpa, ACCESS_FETCH, "execute"))
		exam_end(x);
}

/* After split, one of the small pages goes: the large one must not be remembered. */
static void test_split(struct exam *x)
{
	struct page p = first;

	p.level = 2;
	if (exam_start(x, &BENCH_CONFIG) && must_map(x, &p) && warm(x, &p) &&
	    call_split(x, p.gpa) && must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) && warm(x, &p) &&
	    call_unmap(x, p.gpa) && must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) &&
	    must_be_gone(x, p.gpa, ACCESS_READ, "read"))
		exam_end(x);
}

/* ---- Needless flushes ---- */

static void test_needless(struct exam *x)
{
	const struct bench_seen *s = &x->bench->seen;
	uint64_t gpa = first.gpa + 0x1000;

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first) || !warm(x, &first))
		return;
	for (unsigned i = 0; i < 8; i++, gpa += 0x1000)
		if (!must_map(x, &(struct page){ gpa, first.hpa, RWX, LAB_WB, 1 }))
			return;
	if (s->invept[0] + s->invept[1] + s->invvpid[0] + s->invvpid[1])
		exam_warn(x, MISTAKE_FLUSHES,
		          "no invalidation for 8 pages that were not mapped before; %u "
		          "INVEPT and %u INVVPID were executed",
		          s->invept[0] + s->invept[1], s->invvpid[0] + s->invvpid[1]);
	exam_end(x);
}

/* ---- In the middle of a change ---- */

static bool must_be_atomic(struct exam *x)
{
	const struct store *s = bench_transient(x->bench);
	enum rule rule;

	if (!s)
		return true;
	rule = ept_entry_rule(&x->bench->ept, s->level, s->new);
	exam_fail(x, MISTAKE_SEVERAL_STORES,
	          "that the level %u entry at hpa 0x%" PRIx64
	          " goes from its old to its new value in "
	          "one store",
	          s->level, s->at.v);
	exam_hardware(x, "between two stores it finds 0x%" PRIx64 " there: %s (%s)", s->new,
	              rule == RULE_NONE ? "neither the old nor the new page" : rule_text(rule),
	              rule == RULE_NONE ? "an access to it succeeds wrongly" : rule_name(rule));
	return false;
}

static bool must_break(struct exam *x)
{
	const struct store *s = bench_size_change(x->bench);

	if (!s)
		return true;
	exam_fail(x, MISTAKE_BREAK_BEFORE_MAKE,
	          "a not-present entry at hpa 0x%" PRIx64
	          ", INVEPT on both processors, then the new entry",
	          s->at.v);
	exam_hardware(
		x,
		"while one processor caches the old page of level %u, the entry becomes 0x%" PRIx64
		": it may use both sizes for one gpa",
		s->level, s->new);
	return false;
}

static bool start_watched(struct exam *x, bool accessed_dirty)
{
	struct bench_config config = BENCH_CONFIG;

	config.watch = true;
	config.accessed_dirty = accessed_dirty;
	return exam_start(x, &config);
}

static void test_stores(struct exam *x)
{
	struct page next = { first.gpa + 0x1000, 0x9000, LAB_R | LAB_W, LAB_WT, 1 };

	if (!start_watched(x, false) || !must_map(x, &first) || !must_be_atomic(x) ||
	    !must_map(x, &next) || !must_be_atomic(x) || !call_unmap(x, first.gpa) ||
	    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !must_be_atomic(x))
		return;
	exam_end(x);
}

static void test_protect_stores(struct exam *x)
{
	static const unsigned perms[] = { LAB_R, LAB_R | LAB_X, LAB_R | LAB_W, RWX };

	if (!start_watched(x, false) || !must_map(x, &first))
		return;
	for (unsigned i = 0; i < 4; i++)
		if (!call_protect(x, first.gpa, perms[i]) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !must_be_atomic(x))
			return;
	exam_end(x);
}

static void change_sizes(struct exam *x, enum function f)
{
	struct page p = first;

	p.level = 2;
	if (!start_watched(x, false) || !must_map(x, &p) || !call_split(x, p.gpa) ||
	    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
		return;
	if (f == FN_merge &&
	    (!call_merge(x, p.gpa, 2) || !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT)))
		return;
	if (must_be_atomic(x) && must_break(x))
		exam_end(x);
}

static void test_split_stores(struct exam *x)
{
	change_sizes(x, FN_split);
}

static void test_merge_stores(struct exam *x)
{
	change_sizes(x, FN_merge);
}

#define STALE(id, points, function, title, run)                   \
	{                                                         \
		id, ASPECT_HARDWARE, points, function, title, run \
	}

const struct test tests_invalidation[] = {
	STALE("invalidation.unmap", 4, NOT_OPTIONAL, "no processor uses an unmapped page",
	      test_unmap),
	STALE("invalidation.protect", 3, FN_protect, "no processor uses rights that are gone",
	      test_protect),
	STALE("invalidation.split", 2, FN_split, "no processor remembers a page that was split",
	      test_split),
	STALE("invalidation.needless", 1, NOT_OPTIONAL, "mapping flushes nothing", test_needless),
	STALE("invalidation.stores", 3, NOT_OPTIONAL, "map and unmap change entries in one store",
	      test_stores),
	STALE("invalidation.protect-stores", 2, FN_protect,
	      "protect changes the entry in one store", test_protect_stores),
	STALE("invalidation.split-stores", 2, FN_split, "split breaks before it makes",
	      test_split_stores),
	STALE("invalidation.merge-stores", 2, FN_merge, "merge breaks before it makes",
	      test_merge_stores),
	{ 0 },
};
