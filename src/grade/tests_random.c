/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Random sequences of operations, compared with a model after each. A sequence
 * that fails is shrunk: operations are left out as long as it still fails.
 */
#include "grade/suite.h"

#include "base/bits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS 10000u
#define REPLAYS 60u /* attempts to leave something out */
#define SLOTS 48u
#define RWX (LAB_R | LAB_W | LAB_X)

struct operation {
	uint8_t kind; /* enum function */
	uint8_t slot; /* of gpas[] */
	uint8_t perm, type, offset;
	uint32_t frame;
};

struct mapped {
	bool there;
	uint64_t hpa;
	unsigned perm, type;
};

struct run {
	struct exam *x;
	struct mapped mapped[SLOTS];
	bool protect; /* lab_protect is there */
};

/* Few enough that they meet often; neighbours in tables of every level. */
static uint64_t slot_gpa(unsigned slot)
{
	static const unsigned shifts[] = { 12, 21, 30, 39 };
	uint64_t gpa = 0x7f0000000;

	for (unsigned i = 0; i < 4; i++)
		gpa ^= (uint64_t)(slot >> i & 1) << shifts[i];
	return gpa + (uint64_t)(slot >> 4) * 0x5000;
}

static struct operation random_operation(struct exam *x, bool protect)
{
	static const unsigned types[] = { LAB_UC, LAB_WC, LAB_WT, LAB_WP, LAB_WB };
	unsigned dice = (unsigned)random_below(&x->random, protect ? 20 : 18);

	return (struct operation){
		.kind = dice < 7    ? FN_map
		        : dice < 13 ? FN_unmap
		        : dice < 16 ? FN_walk
		        : dice < 18 ? FN_gpa2hpa
		                    : FN_protect,
		.slot = (uint8_t)random_below(&x->random, SLOTS),
		.perm = (uint8_t)random_below(&x->random, 8),
		.type = (uint8_t)types[random_below(&x->random, 5)],
		.offset = (uint8_t)(random_below(&x->random, 16) == 0),
		.frame = (uint32_t)random_below(&x->random, 1 << 20),
	};
}

/* ---- One operation, and what the model says ---- */

static bool do_map(struct run *r, const struct operation *o, uint64_t at, struct mapped *m)
{
	uint64_t hpa = (uint64_t)o->frame << 12;
	int due = o->offset  ? LAB_UNALIGNED
	          : !o->perm ? LAB_BAD_PERMISSION
	          : m->there ? LAB_DUPLICATED
	                     : LAB_OK;

	if (!call_map(r->x, at + o->offset, hpa, o->perm, o->type) ||
	    !must_answer(r->x, due,
	                 due == LAB_DUPLICATED ? MISTAKE_OVERWRITE : MISTAKE_WRONG_RESULT))
		return false;
	if (due == LAB_OK)
		*m = (struct mapped){ true, hpa, o->perm, o->type };
	return true;
}

static bool do_unmap(struct run *r, const struct operation *o, uint64_t at, struct mapped *m)
{
	int due = o->offset ? LAB_UNALIGNED : m->there ? LAB_OK : LAB_NOT_EXIST;

	if (!call_unmap(r->x, at + o->offset) || !must_answer(r->x, due, MISTAKE_WRONG_RESULT))
		return false;
	if (due == LAB_OK)
		m->there = false;
	return true;
}

static bool do_walk(struct run *r, uint64_t at, const struct mapped *m)
{
	const uint64_t *is = r->x->result;

	if (!call_walk(r->x, at) ||
	    !must_answer(r->x, m->there ? LAB_OK : LAB_NOT_EXIST, MISTAKE_WRONG_RESULT))
		return false;
	if (!m->there || (is[1] == m->hpa && is[2] == exam_granted(r->x, m->perm) && is[4] == 1))
		return true;
	return exam_fail(r->x, MISTAKE_WRONG_RESULT, "hpa 0x%" PRIx64 ", permissions %u, level 1",
	                 m->hpa, exam_granted(r->x, m->perm));
}

static bool do_gpa2hpa(struct run *r, const struct operation *o, uint64_t at,
                       const struct mapped *m)
{
	uint64_t offset = o->frame & 0xfff, due = m->there ? m->hpa + offset : 0;

	if (!call_gpa2hpa(r->x, at + offset) ||
	    !must_answer(r->x, m->there ? LAB_OK : LAB_NOT_EXIST, MISTAKE_WRONG_RESULT))
		return false;
	return r->x->result[1] == due ||
	       exam_fail(r->x, MISTAKE_WRONG_RESULT, "hpa 0x%" PRIx64 "; *hpa is 0x%" PRIx64, due,
	                 r->x->result[1]);
}

static bool do_protect(struct run *r, const struct operation *o, uint64_t at, struct mapped *m)
{
	int due = !o->perm ? LAB_BAD_PERMISSION : m->there ? LAB_OK : LAB_NOT_EXIST;

	if (!call_protect(r->x, at, o->perm) || !must_answer(r->x, due, MISTAKE_WRONG_RESULT))
		return false;
	if (due == LAB_OK)
		m->perm = o->perm;
	return true;
}

static bool must_agree(struct run *r, unsigned slot)
{
	const struct mapped *m = &r->mapped[slot];
	struct page p = { slot_gpa(slot), m->hpa, m->perm, m->type, 1 };

	return m->there ? must_translate(r->x, &p, 0) : must_not_translate(r->x, p.gpa);
}

/* Tables for what is mapped, and the root: the frames that are due. */
static unsigned frames_due(const struct run *r)
{
	unsigned count = 1;

	for (unsigned shift = 21; shift <= 39; shift += 9)
		for (unsigned i = 0; i < SLOTS; i++) {
			bool first = r->mapped[i].there;

			for (unsigned j = 0; j < i && first; j++)
				first = !r->mapped[j].there ||
				        slot_gpa(i) >> shift != slot_gpa(j) >> shift;
			count += first;
		}
	return count;
}

static bool must_account(struct run *r)
{
	unsigned due = frames_due(r);

	return r->x->bench->used == due ||
	       exam_fail(r->x, r->x->bench->used > due ? MISTAKE_EMPTY_KEPT : MISTAKE_BAD_FREE,
	                 "%u frames allocated, the root included; there are %u", due,
	                 r->x->bench->used);
}

static bool step(struct run *r, const struct operation *o, unsigned number)
{
	struct mapped *m = &r->mapped[o->slot];
	uint64_t at = slot_gpa(o->slot);
	bool good = o->kind == FN_map       ? do_map(r, o, at, m)
	            : o->kind == FN_unmap   ? do_unmap(r, o, at, m)
	            : o->kind == FN_walk    ? do_walk(r, at, m)
	            : o->kind == FN_protect ? do_protect(r, o, at, m)
	                                    : do_gpa2hpa(r, o, at, m);

	/* The page itself, and another, by turns. */
	return good && must_agree(r, o->slot) && must_agree(r, number % SLOTS) &&
	       (number % 16 != 0 || must_account(r));
}

/* ---- A sequence ---- */

/* How many operations it survives; `count` if all. */
static unsigned run_sequence(struct exam *x, const struct operation *o, unsigned count)
{
	struct run r = { .x = x, .protect = exam_has(x, FN_protect) };
	unsigned done = 0;

	if (!exam_start(x, &BENCH_CONFIG))
		return 0;
	while (done < count && step(&r, &o[done], done))
		done++;
	if (done == count && (!must_account(&r) || !exam_end(x)))
		return count ? count - 1 : 0;
	return done;
}

/* The exam as it was before the sequence. */
static void forget(struct exam *x, const struct exam *before)
{
	process_stop(&x->process);
	*x = *before;
}

/* Leaves out ever smaller pieces; `o` has `count` operations of which the last
 * one fails. Returns how many are left. */
static unsigned shrink(struct exam *x, const struct exam *before, struct operation *o,
                       unsigned count)
{
	struct operation *try = malloc(count * sizeof *try);
	unsigned replays = 0;

	for (unsigned piece = count / 2; try && piece > 0 && replays < REPLAYS; piece /= 2)
		for (unsigned from = 0; from + piece < count && replays < REPLAYS;) {
			unsigned left = count - piece, survived;

			memcpy(try, o, from * sizeof *o);
			memcpy(try + from, o + from + piece, (left - from) * sizeof *o);
			forget(x, before);
			survived = run_sequence(x, try, left);
			replays++;
			if (survived == left) {
				from += piece;
				continue;
			}
			count = survived + 1;
			memcpy(o, try, count * sizeof *o);
		}
	free(try);
	return count;
}

static void add_text(char *text, size_t room, const struct operation *o)
{
	static const char *const names[FUNCTION_COUNT] = { [FN_map] = "map",
		                                           [FN_unmap] = "unmap",
		                                           [FN_walk] = "walk",
		                                           [FN_gpa2hpa] = "gpa2hpa",
		                                           [FN_protect] = "protect" };
	size_t used = strlen(text);
	char perm[4];

	snprintf(text + used, room - used, "%s(0x%" PRIx64 "%s%s), ", names[o->kind],
	         slot_gpa(o->slot) + (o->kind == FN_map || o->kind == FN_unmap ? o->offset : 0),
	         o->kind == FN_map || o->kind == FN_protect ? ", " : "",
	         o->kind == FN_map || o->kind == FN_protect ? exam_perm_text(o->perm, perm) : "");
}

/* The calls before the one that failed, if they are few enough to read. */
static void tell(struct exam *x, const struct operation *o, unsigned count, unsigned original)
{
	struct finding *f = &x->finding[x->findings ? x->findings - 1 : 0];
	char text[2 * LINE_SIZE] = "", last[4 * LINE_SIZE];

	memcpy(last, f->called, sizeof last);
	if (count == 0 || x->findings == 0)
		return;
	for (unsigned i = count > 12 ? count - 12 : 0; i + 1 < count; i++)
		add_text(text, sizeof text, &o[i]);
	snprintf(f->called, sizeof f->called,
	         "%s%.780s%.380s (shortest sequence found: %u calls; it failed first at call %u of "
	         "%u)",
	         count > 12 ? "..., " : "", text, last, count, original, OPERATIONS);
}

static void test_random(struct exam *x)
{
	struct operation *o = malloc(OPERATIONS * sizeof *o);
	struct exam *before = malloc(sizeof *before);
	unsigned done, count;

	if (!o || !before) {
		exam_fail(x, MISTAKE_WRONG_RESULT, "memory for this test");
		free(o);
		free(before);
		return;
	}
	for (unsigned i = 0; i < OPERATIONS; i++)
		o[i] = random_operation(x, exam_has(x, FN_protect));
	*before = *x;
	done = run_sequence(x, o, OPERATIONS);
	/* What does not return takes its time each time. */
	if (x->failed && done > 0 && x->process.death != DEATH_CPU_TIME &&
	    x->process.death != DEATH_WALL_TIME) {
		count = shrink(x, before, o, done + 1);
		/* Once more, for what it says. */
		forget(x, before);
		run_sequence(x, o, count);
		tell(x, o, count, done + 1);
	}
	free(o);
	free(before);
}

const struct test tests_random[] = {
	{ "random.operations", ASPECT_INTERFACE, 8, NOT_OPTIONAL,
	  "10,000 random calls agree with a model", test_random },
	{ 0 },
};
