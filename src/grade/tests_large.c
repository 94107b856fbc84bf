/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pages of 2M and 1G: map, walk, unmap, split, merge.
 */
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static uint64_t size_of(unsigned level)
{
	return BIT(12 + 9 * (level - 1));
}

static struct page large(unsigned level)
{
	return (struct page){ 5 * size_of(3) + 3 * size_of(level),
		              0x1240000000 + 2 * size_of(level), RWX, LAB_WB, level };
}

/* ---- Map ---- */

static void map_and_look(struct exam *x, unsigned level)
{
	struct page p = large(level);
	uint64_t last = size_of(level) - 1;

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p) || !must_translate(x, &p, last))
		return;
	/* walk and unmap know it, too. */
	if (!call_walk(x, p.gpa) || !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) ||
	    !call_walk(x, p.gpa + (last & ~UINT64_C(0xfff))))
		return;
	if (answer(x) != LAB_OK || x->result[1] != p.hpa + (last & ~UINT64_C(0xfff)) ||
	    x->result[4] != level) {
		exam_fail(x, x->result[1] == p.hpa ? MISTAKE_OFFSET_LOST : MISTAKE_WRONG_RESULT,
		          "LAB_OK, hpa 0x%" PRIx64 ", level %u; page says hpa 0x%" PRIx64
		          ", level %u",
		          p.hpa + (last & ~UINT64_C(0xfff)), level, x->result[1],
		          (unsigned)x->result[4]);
		return;
	}
	if (!call_unmap(x, p.gpa + 0x1000) || !must_answer(x, LAB_UNALIGNED, MISTAKE_UNALIGNED) ||
	    !call_unmap(x, p.gpa) || !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) ||
	    !must_not_translate(x, p.gpa) || !must_not_translate(x, p.gpa + last))
		return;
	exam_end(x);
}

static void test_map_2m(struct exam *x)
{
	map_and_look(x, 2);
}

static void test_map_1g(struct exam *x)
{
	map_and_look(x, 3);
}

/* Every address bit below the page size, in gpa and in hpa. */
static void test_unaligned(struct exam *x)
{
	for (unsigned level = 2; level <= 3; level++) {
		struct page p = large(level), other = p;

		other.gpa += size_of(level);
		if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
			return;
		for (unsigned bit = 12; bit < 12 + 9 * (level - 1); bit++) {
			if (!call_map_large(x, other.gpa, other.hpa | BIT(bit), RWX, LAB_WB,
			                    level) ||
			    !must_answer(x, LAB_UNALIGNED, MISTAKE_LARGE_UNALIGNED) ||
			    !call_map_large(x, other.gpa | BIT(bit), other.hpa, RWX, LAB_WB,
			                    level) ||
			    !must_answer(x, LAB_UNALIGNED, MISTAKE_LARGE_UNALIGNED) ||
			    !must_not_translate(x, other.gpa))
				return;
		}
		if (!exam_end(x))
			return;
	}
}

static void test_capability(struct exam *x)
{
	/* First a processor that has both sizes, then one without each. */
	for (unsigned without = 1; without <= 3; without++) {
		struct bench_config config = BENCH_CONFIG;

		config.capabilities &= ~(without == 2 ? EPT_CAP_2M : without == 3 ? EPT_CAP_1G : 0);
		if (!exam_start(x, &config))
			return;
		for (unsigned level = 2; level <= 3; level++) {
			struct page p = large(level);

			if (level != without) {
				if (!must_map(x, &p))
					return;
				continue;
			}
			x->situation = level == 2 ? "the processor lacks 2M pages"
			                          : "the processor lacks 1G pages";
			if (!call_map_large(x, p.gpa, p.hpa, RWX, LAB_WB, level) ||
			    !must_answer(x, LAB_BAD_SIZE, MISTAKE_LARGE_UNSUPPORTED) ||
			    !must_not_translate(x, p.gpa))
				return;
			x->situation = NULL;
		}
		if (!exam_end(x))
			return;
	}
}

/* A large page over a small one, a small one into a large one. */
static void test_overlap(struct exam *x)
{
	struct page p = large(2), inside = { p.gpa + 0x7000, 0x9000, RWX, LAB_WB, 1 };

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p) ||
	    !call_map(x, inside.gpa, inside.hpa, RWX, LAB_WB) ||
	    !must_answer(x, LAB_DUPLICATED, MISTAKE_OVERWRITE) || !must_translate(x, &p, 0x7000))
		return;
	inside.gpa += size_of(2);
	if (!must_map(x, &inside) ||
	    !call_map_large(x, p.gpa + size_of(2), p.hpa, RWX, LAB_WB, 2) ||
	    !must_answer(x, LAB_DUPLICATED, MISTAKE_OVERWRITE) || !must_translate(x, &inside, 0))
		return;
	exam_end(x);
}

/* ---- Split and merge ---- */

/* The 512 pages that a page splits into. */
static bool pieces(struct exam *x, const struct page *p)
{
	for (unsigned i = 0; i < 512; i += i == 0 ? 1 : 51) {
		uint64_t offset = i * size_of(p->level - 1);
		struct page piece = { p->gpa + offset, p->hpa + offset, p->perm, p->type,
			              p->level - 1 };

		if (!must_translate(x, &piece, 0x321))
			return false;
	}
	return true;
}

static void test_split(struct exam *x)
{
	for (unsigned level = 2; level <= 3; level++) {
		struct page p = large(level);

		p.perm = LAB_R | LAB_X;
		p.type = level == 2 ? LAB_WB : LAB_WT;
		if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
			return;
		x->context = MISTAKE_SPLIT_LEFTOVERS;
		if (!call_split(x, p.gpa + 0x6789) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !pieces(x, &p))
			return;
		x->context = MISTAKE_NONE;
		/* 4K pages split no further; elsewhere there is nothing. */
		if (level == 2 &&
		    (!call_split(x, p.gpa) || !must_answer(x, LAB_BAD_SIZE, MISTAKE_WRONG_RESULT)))
			return;
		if (!call_split(x, p.gpa + size_of(3)) ||
		    !must_answer(x, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT) || !exam_end(x))
			return;
	}
}

/* Split, then merge: the same page as before. */
static void test_merge(struct exam *x)
{
	for (unsigned level = 2; level <= 3; level++) {
		struct page p = large(level);
		unsigned used;

		if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
			return;
		used = x->bench->used;
		if (!call_split(x, p.gpa) || !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) ||
		    !call_merge(x, p.gpa + 0x5000, level) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !must_translate(x, &p, 0) ||
		    !must_translate(x, &p, size_of(level) - 1))
			return;
		if (x->bench->used != used) {
			exam_fail(x, MISTAKE_FRAME_LEAK,
			          "%u frames allocated, as before split and merge; not %u", used,
			          x->bench->used);
			return;
		}
		if (!exam_end(x))
			return;
	}
}

/* One of the 512 differs in its type, its rights, its address, or is not there. */
static void test_merge_not_uniform(struct exam *x)
{
	for (unsigned how = 0; how < 4; how++) {
		struct page p = large(2), odd = { p.gpa + 0x5000, p.hpa + 0x5000, RWX, LAB_WB, 1 };

		if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p) || !call_split(x, p.gpa) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !call_unmap(x, odd.gpa) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
			return;
		odd.type = how == 0 ? LAB_WC : LAB_WB;
		odd.perm = how == 1 ? LAB_R : RWX;
		odd.hpa += how == 2 ? 0x1000 : 0;
		x->context = how == 0 ? MISTAKE_MIXED_TYPES : MISTAKE_NONE;
		if ((how < 3 && !must_map(x, &odd)) || !call_merge(x, p.gpa, 2) ||
		    !must_answer(x, LAB_NOT_UNIFORM,
		                 how == 0 ? MISTAKE_MIXED_TYPES : MISTAKE_WRONG_RESULT) ||
		    (how < 3 && !must_translate(x, &odd, 0)))
			return;
		x->context = MISTAKE_NONE;
		if (!exam_end(x))
			return;
	}
}

#define LARGE(id, aspect, points, function, title, run)  \
	{                                                \
		id, aspect, points, function, title, run \
	}

const struct test tests_large[] = {
	LARGE("large.map-2m", ASPECT_INTERFACE, 4, FN_map_large, "2M pages", test_map_2m),
	LARGE("large.map-1g", ASPECT_INTERFACE, 2, FN_map_large, "1G pages", test_map_1g),
	LARGE("large.unaligned", ASPECT_HARDWARE, 3, FN_map_large,
	      "unaligned large pages are refused", test_unaligned),
	LARGE("large.capability", ASPECT_HARDWARE, 2, FN_map_large,
	      "page sizes that the processor lacks are refused", test_capability),
	LARGE("large.overlap", ASPECT_INTERFACE, 2, FN_map_large,
	      "pages of two sizes do not overlap", test_overlap),
	LARGE("large.split", ASPECT_INTERFACE, 4, FN_split, "split leaves the memory as it is",
	      test_split),
	LARGE("large.merge", ASPECT_INTERFACE, 3, FN_merge, "merge takes a split back", test_merge),
	LARGE("large.merge-not-uniform", ASPECT_INTERFACE, 3, FN_merge,
	      "merge refuses pages that are not alike", test_merge_not_uniform),
	{ 0 },
};
