/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One simulated machine: settings in force, physical memory, frames,
 * processors, and what all of it cost. The hypervisor (src/hv) and the guest
 * kernel (src/guest) are imitated on top of it.
 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "host/arena.h"
#include "host/frames.h"
#include "machine/config.h"
#include "machine/event.h"
#include "machine/walk_stats.h"
#include "timing/timing.h"

/* How translations and operations ended, by enum outcome; every attempt counts. */
struct outcome_stats {
	uint64_t by[OUTCOME_COUNT];
	uint64_t unresolved; /* accesses that did not succeed in the end */
};

extern const struct stat outcome_stat_table[];
extern const size_t outcome_stat_count;

struct processor {
	struct mmu *mmu;
	struct timing timing;
	/* Which structure of the settings a TLB of the MMU is. */
	uint8_t tlb_structure[MMU_MAX_TLBS];
	unsigned guest_levels, ept_levels; /* of tables; ept_levels 0: native */
};

#define MACHINE_PROCESSORS 1

struct machine {
	struct machine_config config;
	struct arena arena;
	struct frames frames; /* host-physical */
	struct processor processor[MACHINE_PROCESSORS];

	uint64_t accesses; /* begun */
	struct walk_stats walk;
	struct outcome_stats outcome;

	/* Who listens to events; null: nobody. */
	void (*listener)(void *context, const struct event *e);
	void *listener_context;
};

/* The config must have passed machine_config_check(). The machine must not move
 * afterwards. False with a message. */
bool machine_init(struct machine *m, const struct machine_config *config, struct error *err)
	__attribute__((warn_unused_result));
/* Also right for one that is all zero bytes or whose init failed. */
void machine_destroy(struct machine *m);

/* What every paging state of this machine has in common: widths, knobs, PAT,
 * capabilities. */
struct paging_state machine_state(const struct machine *m);

/* Something that interrupts the program happened: it costs its time. */
static inline void machine_charge(struct machine *m, enum timing_cost cost)
{
	timing_cost(&m->processor[0].timing, cost);
}

/* How often it happened. */
static inline uint64_t machine_charged(const struct machine *m, enum timing_cost cost)
{
	return m->processor[0].timing.stats.cost_count[cost];
}

/* Statistics and events of one call of mmu_translate(). */
void machine_settle(struct machine *m, const struct translation *t);

/* Tells the listener; access and cycle are filled in. */
void machine_tell(struct machine *m, struct event *e);

/* `who` finds no frame of that size in memory of `size` bytes: the sentence behind
 * a file and a line. */
void machine_no_frame(const struct machine *m, struct error *err, const char *who,
                      enum frame_size frame, uint64_t size);

#endif
