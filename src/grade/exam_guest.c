/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/exam_guest.h"

uint64_t exam_guest_frame_gpa(const struct bench *b, unsigned frame)
{
	/* 5n + 3 = n has no solution: no frame has its own. */
	return bench_guest_frame(b, (5 * frame + 3) % GUEST_FRAMES).v;
}

static uint64_t *frame_cells(struct exam *x, unsigned frame)
{
	return (uint64_t *)(x->bench->memory + TABLES_SIZE + frame * FRAME_SIZE);
}

static bool take_frame(struct exam *x, struct exam_guest *g, unsigned *frame)
{
	struct page p;

	if (g->used == GUEST_FRAMES)
		return false;
	*frame = g->used++;
	p = (struct page){ exam_guest_frame_gpa(x->bench, *frame),
		           bench_guest_frame(x->bench, *frame).v, g->perm, LAB_WB, 1 };
	return must_map(x, &p);
}

bool exam_guest_make(struct exam *x, struct exam_guest *g, unsigned perm)
{
	unsigned frame;

	*g = (struct exam_guest){ .perm = perm };
	if (!take_frame(x, g, &frame))
		return false;
	g->cr3 = exam_guest_frame_gpa(x->bench, frame);
	return true;
}

/* Which frame has this gpa? */
static unsigned frame_of(const struct bench *b, const struct exam_guest *g, uint64_t gpa)
{
	unsigned frame = 0;

	while (frame < g->used && exam_guest_frame_gpa(b, frame) != (gpa & PTE_ADDRESS))
		frame++;
	return frame;
}

uint64_t *exam_guest_entry(struct exam *x, const struct exam_guest *g, uint64_t gva, unsigned level,
                           uint64_t *gpa)
{
	uint64_t table = g->cr3;

	for (unsigned l = 4;; l--) {
		unsigned frame = frame_of(x->bench, g, table),
			 index = gva >> (12 + 9 * (l - 1)) & 511;
		uint64_t *entry = &frame_cells(x, frame)[index];

		if (l == level) {
			if (gpa)
				*gpa = (table & PTE_ADDRESS) + 8 * index;
			return entry;
		}
		table = *entry;
	}
}

bool exam_guest_map(struct exam *x, struct exam_guest *g, uint64_t gva, uint64_t gpa,
                    unsigned level, uint64_t flags)
{
	for (unsigned l = 4; l > level; l--) {
		uint64_t *entry = exam_guest_entry(x, g, gva, l, NULL);
		unsigned frame;

		if (*entry & PTE_P)
			continue;
		if (!take_frame(x, g, &frame))
			return false;
		*entry = exam_guest_frame_gpa(x->bench, frame) | PTE_P | PTE_RW | PTE_US;
	}
	*exam_guest_entry(x, g, gva, level, NULL) = gpa | flags;
	return true;
}
