/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the tests of the EPT stand on: a memory that knows its frames, counts the
 * stores that a walking processor could see, and can run out.
 */
#ifndef TEST_EPT_FIXTURE_H
#define TEST_EPT_FIXTURE_H

#include <eptsim/ept.h>
#include <eptsim/state.h>

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Unlike ck_assert_msg() free of charge where it holds, for loops of millions. */
#define expect(condition, format, ...)                                          \
	do {                                                                    \
		if (!(condition))                                               \
			ck_abort_msg("%s: " format, #condition, ##__VA_ARGS__); \
	} while (0)

#define FRAMES 256u
#define FRAME_BASE UINT64_C(0x9abcd0000) /* needs all 36 bits of the smallest MAXPHYADDR */
#define NO_LIMIT ~0u

struct fixture {
	struct mem mem;
	struct ept_space s;
	uint64_t eptp;
	uint64_t cell[FRAMES][512];
	bool used[FRAMES];
	unsigned in_use;
	unsigned budget;      /* frames that may still be had */
	uint64_t spoil;       /* added to each frame's address on its way out */
	bool strict;          /* look at reachability, which is slow */
	unsigned seen_stores; /* strict: stores to entries that a walk can reach */
	void (*after_store)(struct fixture *f);
	uint64_t random;
};

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline uint64_t random_seed(void)
{
	const char *text = getenv("EPTSIM_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;

	printf("EPTSIM_SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	return seed;
}

static inline unsigned fixture_frame(const struct fixture *f, hpa_t at)
{
	uint64_t frame = (at.v - FRAME_BASE) >> 12;

	expect(at.v >= FRAME_BASE && frame < FRAMES, "access outside the frames: %" PRIx64, at.v);
	expect(f->used[frame], "access to a frame that is free: %" PRIx64, at.v);
	expect(at.v % 8 == 0, "unaligned access: %" PRIx64, at.v);
	return (unsigned)frame;
}

static inline uint64_t *fixture_cell(struct fixture *f, hpa_t at)
{
	return &f->cell[fixture_frame(f, at)][at.v % 4096 / 8];
}

/* Marks the tables below the one at `table`, and says how many there are. */
static inline unsigned fixture_reach(const struct fixture *f, unsigned level, uint64_t table,
                                     bool reached[FRAMES])
{
	unsigned frame = fixture_frame(f, hpa(table)), count = 1;

	expect(!reached[frame], "table %" PRIx64 " is referenced twice", table);
	reached[frame] = true;
	for (unsigned i = 0; i < 512 && level > 1; i++) {
		uint64_t entry = f->cell[frame][i];

		if (entry & 7 && !(entry & 1 << 7))
			count += fixture_reach(f, level - 1, entry & UINT64_C(0xffffffffff000),
			                       reached);
	}
	return count;
}

static inline bool fixture_reachable(const struct fixture *f, hpa_t at)
{
	bool reached[FRAMES] = { false };

	if (f->s.ept.root.v == 0)
		return false;
	fixture_reach(f, f->s.ept.levels, f->s.ept.root.v, reached);
	return reached[fixture_frame(f, at)];
}

static inline uint64_t fixture_read(void *ctx, hpa_t at)
{
	return *fixture_cell(ctx, at);
}

static inline void fixture_write(void *ctx, hpa_t at, uint64_t value)
{
	struct fixture *f = ctx;

	if (f->strict && fixture_reachable(f, at))
		f->seen_stores++;
	*fixture_cell(f, at) = value;
	if (f->after_store)
		f->after_store(f);
}

static inline bool fixture_alloc(void *ctx, hpa_t *frame)
{
	struct fixture *f = ctx;
	unsigned n = (unsigned)(random_next(&f->random) % FRAMES);

	if (f->budget == 0)
		return false;
	if (f->budget != NO_LIMIT)
		f->budget--;
	expect(f->in_use < FRAMES, "the test has too few frames");
	while (f->used[n])
		n = (n + 1) % FRAMES;
	f->used[n] = true;
	f->in_use++;
	/* What a frame may contain: entries that look good. */
	for (unsigned i = 0; i < 512; i++)
		f->cell[n][i] = (random_next(&f->random) & UINT64_C(0xffffff000)) | 0x37;
	*frame = hpa(FRAME_BASE + ((uint64_t)n << 12) + f->spoil);
	return true;
}

static inline void fixture_free(void *ctx, hpa_t frame)
{
	struct fixture *f = ctx;

	frame.v -= f->spoil;
	expect(frame.v % 4096 == 0, "%" PRIx64 " is no frame", frame.v);
	unsigned n = fixture_frame(f, frame);

	if (f->strict)
		expect(!fixture_reachable(f, frame), "a frame is freed before it is unlinked");
	f->used[n] = false;
	f->in_use--;
}

static inline struct ept_frames fixture_frames(struct fixture *f)
{
	return (struct ept_frames){ fixture_alloc, fixture_free, f };
}

/* An EPT with nothing mapped. */
static inline struct fixture *fixture_new(unsigned levels, uint64_t cap, unsigned maxphyaddr,
                                          bool mbe, bool pw)
{
	struct fixture *f = calloc(1, sizeof *f);

	ck_assert_ptr_nonnull(f);
	f->mem = (struct mem){ .read64 = fixture_read, .write64 = fixture_write, .ctx = f };
	f->budget = NO_LIMIT;
	f->random = levels;
	ck_assert_int_eq(ept_space_create(&f->s, &f->mem, fixture_frames(f), levels,
	                                  cap & EPT_CAP_AD, cap, maxphyaddr, &f->eptp),
	                 EPT_OK);
	ck_assert_int_eq(ept_init(&f->s.ept, f->eptp, cap, maxphyaddr, mbe, pw), RULE_NONE);
	return f;
}

static inline void fixture_delete(struct fixture *f)
{
	ept_space_destroy(&f->s);
	ck_assert_uint_eq(f->in_use, 0);
	free(f);
}

static inline int fixture_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
