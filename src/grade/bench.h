/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine that a submission works on: frames for tables, the guest's memory,
 * two processors with caches, and what the callbacks do to them. All of it is in
 * the grader; the submission's process shares the memory alone.
 */
#ifndef GRADE_BENCH_H
#define GRADE_BENCH_H

#include "runner/protocol.h"
#include "host/error.h"

#include <eptsim/ept.h>
#include <eptsim/mmu.h>

#define PROCESSORS 2u

/* What a processor can, and what the test wants of it. */
struct bench_config {
	uint64_t capabilities;
	unsigned maxphyaddr;
	unsigned levels;
	bool accessed_dirty; /* wanted */
	bool watch;          /* look at each store to a linked table */
	bool guest_writable;
	bool hide_eptp; /* the submission is asked to make it */
};

/* Everything, 46 bits, 4 levels. */
#define BENCH_CONFIG \
	((struct bench_config){ EPT_CAP_EVERYTHING, 46, 4, false, false, false, false })

enum frame_state { FRAME_UNUSED, FRAME_USED, FRAME_FREED };

/* What was seen while the submission ran, for the tests to judge. */
struct bench_seen {
	unsigned invept[PROCESSORS], invvpid[PROCESSORS]; /* executed with success */
	unsigned invept_failed;
	uint64_t failed_type, failed_eptp;
	unsigned alloc_calls, bad_frees;
	uint64_t bad_free; /* hpa of the first */
};

/* config.watch: what one call did to tables in use, in order. */
struct store {
	hpa_t at;
	uint64_t old, new;
	unsigned level;
	bool invalidated; /* by then every processor had executed INVEPT since the store before it
	                   */
};

#define STORES_MAX 4096u

struct bench {
	struct bench_config config;
	struct ept ept; /* as the grader's own EPTP makes it */
	uint64_t eptp;
	unsigned char *memory; /* TABLES_SIZE + GUEST_SIZE bytes, shared */
	int file;
	struct mem mem;
	hpa_t tables, guest; /* hpa of the two regions */
	struct mmu *processor[PROCESSORS];
	uint8_t state[TABLE_FRAMES]; /* enum frame_state */
	bool linked[TABLE_FRAMES];   /* watched: reported to the runner */
	unsigned used, peak;
	unsigned next; /* frame to be tried first */
	int budget;    /* frames that may still be had; -1: no limit */
	struct bench_seen seen;
	uint64_t shadow[TABLE_FRAMES][512]; /* watched: the memory before the store */
	struct store store[STORES_MAX];
	unsigned stores;
	unsigned invept_mark[PROCESSORS]; /* seen.invept at the last store */
	unsigned outside_reads;           /* of the walks of the judge */
	hpa_t outside;
	gpa_t backing_gpa; /* what the handler asked for last */
	unsigned backing_calls;
	hpa_t (*backing)(gpa_t gpa); /* null: the guest has no memory */
};

bool bench_create(struct bench *b, struct error *err) __attribute__((warn_unused_result));
void bench_destroy(struct bench *b);

/* A new machine: frame 0 is the root, zero; every other frame is unused, with
 * rubbish inside. False: this machine cannot be (a mistake of the test). */
bool bench_reset(struct bench *b, const struct bench_config *config);

/* The processors load their state anew, their caches empty; `eptp` as given.
 * The rule for which the VM entry fails, or RULE_NONE. */
enum rule bench_enter(struct bench *b, uint64_t eptp);

void bench_setup(const struct bench *b, struct setup *s);

/* What a callback does. Frames that became linked go to `linked`, their number
 * to *count. */
struct request bench_callback(struct bench *b, const struct reply *r, uint16_t linked[TABLE_FRAMES],
                              unsigned *count);

/* Is the table frame that holds `at` allocated? */
bool bench_owned(const struct bench *b, hpa_t at);
/* The first frame that the submission wrote though it is not its own. */
bool bench_stray_write(const struct bench *b, hpa_t *at);

static inline hpa_t bench_guest_frame(const struct bench *b, unsigned frame)
{
	return hpa(b->guest.v + frame * FRAME_SIZE);
}

/* bench_watch.c: notes what has been stored to linked tables since the last look,
 * and finds what has become linked. */
void bench_look(struct bench *b, uint16_t linked[TABLE_FRAMES], unsigned *count);
/* The stores since bench_watch_begin(): one that made a processor find an entry
 * that is neither the old nor the new one; one that changed the size of a page
 * without break-before-make. Null: none. */
void bench_watch_begin(struct bench *b);
const struct store *bench_transient(const struct bench *b);
const struct store *bench_size_change(const struct bench *b);

/* Rubbish that looks like entries: what frame `frame` holds when it is not used. */
uint64_t bench_rubbish(const struct bench *b, unsigned frame, unsigned index);

#endif
