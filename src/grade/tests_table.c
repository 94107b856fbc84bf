/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Map, unmap and walk, 4K pages.
 */
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>

#define RWX (LAB_R | LAB_W | LAB_X)

static struct page small(uint64_t gpa, uint64_t hpa)
{
	return (struct page){ gpa, hpa, RWX, LAB_WB, 1 };
}

static const struct page first = { 0x123456789000, 0x2468ac000, RWX, LAB_WB, 1 };

/* ---- Map ---- */

static void test_map(struct exam *x)
{
	(void)(exam_start(x, &BENCH_CONFIG) && must_map(x, &first) && exam_end(x));
}

/* Every page must still be there when all are: two gpas that share an entry by
 * mistake show. */
static void map_all(struct exam *x, const struct bench_config *config)
{
	struct page page[48];
	unsigned count = 0;
	uint64_t base = 0;

	if (!exam_start(x, config))
		return;
	x->context = MISTAKE_WRONG_INDEX;
	page[count++] = small(base, 0x100000000);
	for (unsigned bit = 12; bit < (config->levels == 5 ? 57 : 48); bit++, count++)
		page[count] = small(base ^ BIT(bit), 0x100000000 + (uint64_t)count * 0x3000);
	for (unsigned i = 0; i < count; i++) {
		if (!call_map(x, page[i].gpa, page[i].hpa, RWX, LAB_WB) ||
		    !must_answer(x, LAB_OK,
		                 answer(x) == LAB_DUPLICATED ? MISTAKE_WRONG_INDEX
		                                             : MISTAKE_WRONG_RESULT) ||
		    !must_translate(x, &page[i], 0))
			return;
	}
	for (unsigned i = 0; i < count; i++)
		if (!must_translate(x, &page[i], 0x123))
			return;
	x->context = MISTAKE_NONE;
	exam_end(x);
}

static void test_map_many(struct exam *x)
{
	map_all(x, &BENCH_CONFIG);
}

static void test_map_5_levels(struct exam *x)
{
	struct bench_config config = BENCH_CONFIG;

	config.levels = 5;
	config.maxphyaddr = 52;
	map_all(x, &config);
}

static void test_duplicated(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	if (!call_map(x, first.gpa, first.hpa + 0x5000, LAB_R, LAB_WB) ||
	    !must_answer(x, LAB_DUPLICATED, MISTAKE_OVERWRITE) || !must_translate(x, &first, 0))
		return;
	exam_end(x);
}

static void test_unaligned(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	for (unsigned bit = 0; bit < 12; bit++) {
		uint64_t other = first.gpa + 0x1000;

		if (!call_map(x, other | BIT(bit), first.hpa, RWX, LAB_WB) ||
		    !must_answer(x, LAB_UNALIGNED, MISTAKE_UNALIGNED) ||
		    !call_map(x, other, first.hpa | BIT(bit), RWX, LAB_WB) ||
		    !must_answer(x, LAB_UNALIGNED, MISTAKE_UNALIGNED) ||
		    !must_not_translate(x, other))
			return;
	}
	exam_end(x);
}

static void test_permissions(struct exam *x)
{
	uint64_t other = first.gpa + 0x1000;

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	if (!call_map(x, other, first.hpa, 0, LAB_WB) ||
	    !must_answer(x, LAB_BAD_PERMISSION, MISTAKE_NO_PERMISSION) ||
	    !must_not_translate(x, other) || !call_map(x, other, first.hpa, 8 | RWX, LAB_WB) ||
	    !must_answer(x, LAB_BAD_PERMISSION, MISTAKE_WRONG_RESULT))
		return;
	exam_end(x);
}

static void test_write_only(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	if (call_map(x, 0x7000, 0x8000, LAB_W, LAB_WB) &&
	    must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT))
		exam_end(x);
}

static void test_no_frame(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first))
		return;
	for (int budget = 0; budget < 3; budget++) {
		unsigned used = x->bench->used;

		x->situation = "alloc_frame has no frame left, or not enough";
		x->bench->budget = budget;
		if (!call_map(x, 0x7000, 0x8000, RWX, LAB_WB) ||
		    !must_answer(x, LAB_NO_FRAME, MISTAKE_WRONG_RESULT) ||
		    !must_not_translate(x, 0x7000))
			return;
		if (x->bench->used != used) {
			exam_fail(x, MISTAKE_FRAME_LEAK,
			          "as many frames allocated as before the call: %u, not %u", used,
			          x->bench->used);
			return;
		}
	}
	x->bench->budget = -1;
	x->situation = NULL;
	if (must_map(x, &(struct page){ 0x7000, 0x8000, RWX, LAB_WB, 1 }))
		exam_end(x);
}

/* ---- Unmap ---- */

static void test_unmap(struct exam *x)
{
	struct page neighbour = small(first.gpa + 0x1000, first.hpa + 0x9000);

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first) || !must_map(x, &neighbour))
		return;
	if (!call_unmap(x, first.gpa) || !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) ||
	    !must_not_translate(x, first.gpa) || !must_translate(x, &neighbour, 0) ||
	    !call_unmap(x, first.gpa) || !must_answer(x, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT) ||
	    !call_unmap(x, neighbour.gpa | 0x10) ||
	    !must_answer(x, LAB_UNALIGNED, MISTAKE_UNALIGNED) ||
	    !must_translate(x, &neighbour, 0) || !must_map(x, &first))
		return;
	exam_end(x);
}

/* ---- Walk ---- */

static bool walk_says(struct exam *x, const struct page *p, uint64_t offset)
{
	char text[4], other[4];
	unsigned perm = exam_granted(x, p->perm);
	enum mistake m = MISTAKE_WRONG_RESULT;

	if (!call_walk(x, p->gpa + offset) ||
	    !must_answer(x, LAB_OK, p->perm == LAB_X ? MISTAKE_PRESENCE : MISTAKE_WRONG_RESULT))
		return false;
	if (x->result[1] == p->hpa + offset && x->result[2] == perm && x->result[3] == p->type &&
	    x->result[4] == p->level)
		return true;
	if (offset && x->result[1] == p->hpa)
		m = MISTAKE_OFFSET_LOST;
	return exam_fail(x, m,
	                 "hpa 0x%" PRIx64 ", %s, %s, level %u; page says hpa 0x%" PRIx64
	                 ", %s, %s, "
	                 "level %u",
	                 p->hpa + offset, exam_perm_text(perm, text), memory_type_name(p->type),
	                 p->level, x->result[1], exam_perm_text((unsigned)x->result[2], other),
	                 memory_type_name((unsigned)x->result[3]), (unsigned)x->result[4]);
}

static bool outputs_are_zero(struct exam *x, unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		if (x->result[i] != 0)
			return exam_fail(x, MISTAKE_OUTPUT_UNSET, "every output 0 after an error");
	return true;
}

static void test_walk(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG))
		return;
	for (unsigned perm = 1; perm <= RWX; perm++) {
		struct page p = { first.gpa + perm * 0x1000, first.hpa + perm * 0x3000, perm,
			          perm % 2 ? LAB_WB : LAB_WT, 1 };

		if (!call_map(x, p.gpa, p.hpa, p.perm, p.type) ||
		    !must_answer(x, LAB_OK, MISTAKE_WRONG_RESULT) || !walk_says(x, &p, 0))
			return;
	}
	exam_end(x);
}

static void test_walk_errors(struct exam *x)
{
	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &first) || !walk_says(x, &first, 0))
		return;
	if (!call_walk(x, first.gpa | 0x800) || !must_answer(x, LAB_UNALIGNED, MISTAKE_UNALIGNED) ||
	    !outputs_are_zero(x, 4))
		return;
	/* Gone at each level. */
	for (unsigned bit = 12; bit < 48; bit += 9)
		if (!call_walk(x, first.gpa ^ BIT(bit)) ||
		    !must_answer(x, LAB_NOT_EXIST, MISTAKE_WRONG_RESULT) || !outputs_are_zero(x, 4))
			return;
	exam_end(x);
}

/* An entry without bit 0 is present all the same. */
static void test_execute_only(struct exam *x)
{
	struct page p = { 0x40000000, 0x77000, LAB_X, LAB_WB, 1 };

	if (!exam_start(x, &BENCH_CONFIG) || !must_map(x, &p))
		return;
	if (!walk_says(x, &p, 0) || !call_map(x, p.gpa, p.hpa + 0x1000, RWX, LAB_WB) ||
	    !must_answer(x, LAB_DUPLICATED, MISTAKE_PRESENCE) || !must_translate(x, &p, 0) ||
	    !call_unmap(x, p.gpa) || !must_answer(x, LAB_OK, MISTAKE_PRESENCE) ||
	    !must_not_translate(x, p.gpa))
		return;
	exam_end(x);
}

#define INTERFACE(id, points, title, run)                              \
	{                                                              \
		id, ASPECT_INTERFACE, points, NOT_OPTIONAL, title, run \
	}

const struct test tests_table[] = {
	INTERFACE("table.map", 5, "a page that is mapped can be read, written and executed",
	          test_map),
	INTERFACE("table.map-many", 5, "pages whose gpas differ in one bit keep apart",
	          test_map_many),
	INTERFACE("table.map-5-levels", 3, "the same with a 5-level EPT", test_map_5_levels),
	INTERFACE("table.duplicated", 3, "a page that is there is not overwritten",
	          test_duplicated),
	INTERFACE("table.unaligned", 3, "unaligned addresses are refused", test_unaligned),
	INTERFACE("table.permissions", 2, "a page needs a permission", test_permissions),
	INTERFACE("table.write-only", 2, "a write-only page can be asked for", test_write_only),
	INTERFACE("table.execute-only", 3, "an execute-only page is there", test_execute_only),
	INTERFACE("table.no-frame", 3, "a map that lacks frames changes nothing", test_no_frame),
	INTERFACE("table.unmap", 5, "unmap takes one page away", test_unmap),
	INTERFACE("table.walk", 4, "walk says what was mapped", test_walk),
	INTERFACE("table.walk-errors", 3, "walk says what is wrong", test_walk_errors),
	{ 0 },
};
