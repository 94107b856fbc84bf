/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/pattern.h"

#define PLACE 8 /* bytes of an access */
#define LINE 64
#define PAGE 4096

const char *const pattern_kind_names[] = { "seq", "stride", "random", "zipf", "chase", NULL };

static uint64_t pages(const struct pattern *p)
{
	return (p->footprint + PAGE - 1) / PAGE;
}

void pattern_init(struct pattern *p, enum pattern_kind kind, uint64_t footprint, uint64_t stride,
		  uint64_t seed)
{
	*p = (struct pattern){ .kind = kind, .footprint = footprint, .stride = stride, .seed = seed };
	p->count = kind == PATTERN_STRIDE || kind == PATTERN_CHASE ? footprint / stride :
								     footprint / PLACE;
	random_seed(&p->random, seed);
	permutation_init(&p->permutation, kind == PATTERN_ZIPF ? pages(p) : p->count, seed);
}

/* Each power of two of ranks is as likely as the next, and in it every rank: about
 * 1/r, in whole numbers, so the same on every host. */
static uint64_t zipf_page(struct pattern *p)
{
	uint64_t count = pages(p);
	unsigned octaves = 64 - (unsigned)__builtin_clzll(count);

	for (;;) {
		unsigned octave = (unsigned)random_below(&p->random, octaves);
		uint64_t rank = (UINT64_C(1) << octave) +
				random_below(&p->random, UINT64_C(1) << octave);

		if (rank <= count)
			return permutation_at(&p->permutation, rank - 1);
	}
}

static uint64_t offset(struct pattern *p)
{
	uint64_t at;

	switch (p->kind) {
	case PATTERN_RANDOM:
		return PLACE * random_below(&p->random, p->count);
	case PATTERN_ZIPF:
		at = PAGE * zipf_page(p) + PLACE * random_below(&p->random, PAGE / PLACE);
		return at < p->footprint ? at : p->footprint - PLACE;
	default:
		break;
	}
	uint64_t step = p->next++;

	if (p->next == p->count)
		p->next = 0;
	if (p->kind == PATTERN_SEQ)
		return PLACE * step;
	if (p->kind == PATTERN_STRIDE)
		return p->stride * step;
	uint64_t block = permutation_at(&p->permutation, step);

	return p->stride * block + LINE * (random_mix(p->seed ^ block) % (p->stride / LINE));
}

void pattern_fill(struct pattern *p, struct trace_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		records[i] = (struct trace_record){ .address = PATTERN_BASE + offset(p),
						    .size = PLACE,
						    .op = TRACE_READ,
						    .cpl = TRACE_CPL_DEFAULT };
}
