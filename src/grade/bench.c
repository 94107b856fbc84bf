/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/bench.h"

#include "base/bits.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOT_FRAME 77u

/* ---- Memory ---- */

static uint64_t *cell(struct bench *b, hpa_t at)
{
	uint64_t offset = at.v - b->tables.v;

	if (offset >= TABLES_SIZE) {
		offset = at.v - b->guest.v;
		if (offset >= GUEST_SIZE)
			return NULL;
		offset += TABLES_SIZE;
	}
	return (uint64_t *)(b->memory + (offset & ~UINT64_C(7)));
}

static uint64_t read64(void *ctx, hpa_t at)
{
	struct bench *b = ctx;
	uint64_t *c = cell(b, at);

	/* Memory of others: whatever is there, it is no table of this EPT. */
	if (!c) {
		if (b->outside_reads++ == 0)
			b->outside = at;
		return 0;
	}
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

static void write64(void *ctx, hpa_t at, uint64_t value)
{
	uint64_t *c = cell(ctx, at);

	if (c)
		__atomic_store_n(c, value, __ATOMIC_RELAXED);
}

bool bench_create(struct bench *b, struct error *err)
{
	struct mmu_geometry everything = mmu_geometry_everything();

	memset(b, 0, sizeof *b);
	b->file = memfd_create("simulated memory", MFD_CLOEXEC);
	b->memory = MAP_FAILED;
	if (b->file >= 0 && ftruncate(b->file, TABLES_SIZE + GUEST_SIZE) == 0)
		b->memory = mmap(NULL, TABLES_SIZE + GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		                 b->file, 0);
	if (b->memory == MAP_FAILED) {
		error_set(err, "no memory for the simulated machine: %s", strerror(errno));
		b->memory = NULL;
		return false;
	}
	b->mem = (struct mem){ .read64 = read64, .write64 = write64, .ctx = b };
	for (unsigned i = 0; i < PROCESSORS; i++) {
		b->processor[i] = mmu_create(&b->mem, &everything);
		if (!b->processor[i]) {
			error_set(err, "no memory for a processor");
			return false;
		}
	}
	return true;
}

void bench_destroy(struct bench *b)
{
	for (unsigned i = 0; i < PROCESSORS; i++)
		mmu_destroy(b->processor[i]);
	if (b->memory)
		munmap(b->memory, TABLES_SIZE + GUEST_SIZE);
	if (b->file >= 0)
		close(b->file);
}

/* ---- Frames ---- */

uint64_t bench_rubbish(const struct bench *b, unsigned frame, unsigned index)
{
	uint64_t address = ((uint64_t)frame << 21 | (uint64_t)index << 30) &
	                   BITS(b->config.maxphyaddr - 1, 12);

	/* Every fourth is a page for everybody; were it each, nothing could be
	 * mapped in such a table, and nobody would see why. */
	return address | (index % 4 == 3 ? 0x37 : 0x30);
}

static uint64_t *frame_cells(const struct bench *b, unsigned frame)
{
	return (uint64_t *)(b->memory + frame * FRAME_SIZE);
}

static void fill_rubbish(struct bench *b, unsigned frame)
{
	uint64_t *cells = frame_cells(b, frame);

	for (unsigned i = 0; i < 512; i++)
		cells[i] = bench_rubbish(b, frame, i);
}

static hpa_t frame_hpa(const struct bench *b, unsigned frame)
{
	return hpa(b->tables.v + frame * FRAME_SIZE);
}

static bool frame_of(const struct bench *b, hpa_t at, unsigned *frame)
{
	if (at.v - b->tables.v >= TABLES_SIZE)
		return false;
	*frame = (unsigned)((at.v - b->tables.v) / FRAME_SIZE);
	return true;
}

bool bench_owned(const struct bench *b, hpa_t at)
{
	unsigned frame;

	return frame_of(b, at, &frame) && b->state[frame] == FRAME_USED;
}

bool bench_stray_write(const struct bench *b, hpa_t *at)
{
	for (unsigned frame = 0; frame < TABLE_FRAMES; frame++) {
		const uint64_t *cells = frame_cells(b, frame);

		for (unsigned i = 0; i < 512 && b->state[frame] != FRAME_USED; i++)
			if (cells[i] != bench_rubbish(b, frame, i)) {
				*at = hpa(frame_hpa(b, frame).v + 8 * i);
				return true;
			}
	}
	return false;
}

/* ---- The machine ---- */

bool bench_reset(struct bench *b, const struct bench_config *config)
{
	unsigned n = config->maxphyaddr;

	b->config = *config;
	/* Both regions use high address bits, so that a mask too short shows. */
	b->tables = hpa(BIT(n - 1) | BIT(n - 4) | 0x5a600000);
	b->guest = hpa(BIT(n - 2) | 0x13400000);
	memset(&b->seen, 0, sizeof b->seen);
	memset(b->state, FRAME_UNUSED, sizeof b->state);
	memset(b->linked, 0, sizeof b->linked);
	memset(b->memory + TABLES_SIZE, 0, GUEST_SIZE);
	for (unsigned frame = 0; frame < TABLE_FRAMES; frame++)
		fill_rubbish(b, frame);
	memset(frame_cells(b, ROOT_FRAME), 0, FRAME_SIZE);
	b->state[ROOT_FRAME] = FRAME_USED;
	b->linked[ROOT_FRAME] = true;
	b->used = b->peak = 1;
	b->next = 5;
	b->budget = -1;
	b->outside_reads = 0;
	b->backing_calls = 0;
	b->backing = NULL;
	if (config->watch)
		memcpy(b->shadow, b->memory, TABLES_SIZE);
	return bench_enter(b, 0) == RULE_NONE;
}

/* The EPTP that the grader uses where the submission makes none. */
static uint64_t own_eptp(const struct bench *b)
{
	const struct bench_config *c = &b->config;

	return frame_hpa(b, ROOT_FRAME).v | (uint64_t)(c->levels - 1) << EPTP_WALK_SHIFT |
	       (c->capabilities & EPT_CAP_WB ? MEMORY_WB : MEMORY_UC) |
	       (c->accessed_dirty && c->capabilities & EPT_CAP_AD ? EPTP_AD : 0);
}

enum rule bench_enter(struct bench *b, uint64_t eptp)
{
	const struct bench_config *c = &b->config;
	/* Paging off, so that an access names its gpa; CS.L lets it be wide. */
	struct paging_state s = { .cr0 = CR0_PE | CR0_ET,
		                  .pat = PAT_DEFAULT,
		                  .cs_l = true,
		                  .maxphyaddr = (uint8_t)c->maxphyaddr,
		                  .ept = true,
		                  .vpid = 1,
		                  .ept_vpid_cap = c->capabilities,
		                  .knobs = KNOBS_DEFAULT };
	struct translation t;
	enum rule rule;

	b->eptp = s.eptp = eptp ? eptp : own_eptp(b);
	rule = ept_init(&b->ept, s.eptp, c->capabilities, c->maxphyaddr, false, false);
	for (unsigned i = 0; i < PROCESSORS && rule == RULE_NONE; i++) {
		mmu_reset(b->processor[i]);
		if (mmu_enter(b->processor[i], &s, false, &t) != OUTCOME_OK)
			rule = (enum rule)t.fault.rule;
	}
	return rule;
}

void bench_setup(const struct bench *b, struct setup *s)
{
	*s = (struct setup){
		.root = frame_hpa(b, ROOT_FRAME).v,
		.eptp = b->config.hide_eptp ? 0 : b->eptp,
		.capabilities = b->config.capabilities,
		.tables = b->tables.v,
		.guest = b->guest.v,
		.maxphyaddr = b->config.maxphyaddr,
		.levels = b->config.levels,
		.want_accessed_dirty = b->config.accessed_dirty,
		.guest_writable = b->config.guest_writable,
		.watch = b->config.watch,
		.root_frame = ROOT_FRAME,
	};
}

/* ---- Callbacks ---- */

/* Frames come scattered, so that neighbours by chance hide nothing. */
static int callback_alloc(struct bench *b, uint64_t *at)
{
	b->seen.alloc_calls++;
	*at = 0;
	if (b->budget == 0 || b->used == TABLE_FRAMES)
		return -1;
	if (b->budget > 0)
		b->budget--;
	/* An odd step visits every frame of a power of two. */
	do
		b->next = (b->next + 197) % TABLE_FRAMES;
	while (b->state[b->next] == FRAME_USED);
	b->state[b->next] = FRAME_USED;
	b->used++;
	if (b->used > b->peak)
		b->peak = b->used;
	*at = frame_hpa(b, b->next).v;
	return 0;
}

static void callback_free(struct bench *b, hpa_t at)
{
	unsigned frame;

	if (!frame_of(b, at, &frame) || at.v % FRAME_SIZE || b->state[frame] != FRAME_USED ||
	    frame == ROOT_FRAME) {
		if (b->seen.bad_frees++ == 0)
			b->seen.bad_free = at.v;
		return;
	}
	b->state[frame] = FRAME_FREED;
	b->linked[frame] = false;
	b->used--;
	fill_rubbish(b, frame);
	if (b->config.watch)
		memcpy(b->shadow[frame], frame_cells(b, frame), FRAME_SIZE);
}

static int callback_invept(struct bench *b, const uint64_t *v)
{
	if (v[0] >= PROCESSORS || mmu_invept(b->processor[v[0]], v[1], v[2]) != OUTCOME_OK) {
		if (b->seen.invept_failed++ == 0) {
			b->seen.failed_type = v[1];
			b->seen.failed_eptp = v[2];
		}
		return -1;
	}
	b->seen.invept[v[0]]++;
	return 0;
}

static int callback_invvpid(struct bench *b, const uint64_t *v)
{
	if (v[0] >= PROCESSORS ||
	    mmu_invvpid(b->processor[v[0]], v[1], v[2], gva(v[3])) != OUTCOME_OK)
		return -1;
	b->seen.invvpid[v[0]]++;
	return 0;
}

static int callback_backing(struct bench *b, gpa_t at, uint64_t *value)
{
	b->backing_gpa = at;
	b->backing_calls++;
	*value = b->backing ? b->backing(at).v : 0;
	return *value ? 0 : -1;
}

struct request bench_callback(struct bench *b, const struct reply *r, uint16_t linked[TABLE_FRAMES],
                              unsigned *count)
{
	struct request answer = { .kind = REQUEST_ANSWER };
	int result = 0;

	*count = 0;
	switch (r->kind) {
	case REPLY_ALLOC:
		result = callback_alloc(b, &answer.arg[1]);
		break;
	case REPLY_FREE:
		callback_free(b, hpa(r->v[0]));
		break;
	case REPLY_INVEPT:
		result = callback_invept(b, r->v);
		break;
	case REPLY_INVVPID:
		result = callback_invvpid(b, r->v);
		break;
	case REPLY_BACKING:
		result = callback_backing(b, gpa(r->v[0]), &answer.arg[1]);
		break;
	default:
		break;
	}
	if (b->config.watch)
		bench_look(b, linked, count);
	answer.arg[0] = (uint64_t)(int64_t)result;
	return answer;
}
