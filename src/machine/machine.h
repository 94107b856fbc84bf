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

/* What costs cycles: id, field of struct cost_config, name, what it is. */
#define CHARGES(X)                                                                               \
	X(CHARGE_GUEST_REFERENCE, reference, "guest_references",                                 \
	  "Reads of guest paging-structure entries")                                             \
	X(CHARGE_EPT_REFERENCE, reference, "ept_references", "Reads of EPT entries")             \
	X(CHARGE_OTHER_REFERENCE, reference, "other_references",                                 \
	  "Other references of walks: HLAT, SPPT, PDPTEs, logs")                                 \
	X(CHARGE_FLAG_WRITE, flag_write, "flag_writes", "Updates of accessed and dirty flags")   \
	X(CHARGE_STLB_HIT, stlb_hit, "stlb_hits", "Second-level TLB hits")                       \
	X(CHARGE_FAULT, page_fault, "fault_delivery", "Delivery of exceptions to the guest")     \
	X(CHARGE_KERNEL, kernel, "guest_handler", "Page-fault handling by the guest kernel")     \
	X(CHARGE_EXIT, vm_exit, "vm_exits", "VM exits and entries")                              \
	X(CHARGE_HYPERVISOR, hypervisor, "hypervisor_handler",                                   \
	  "Exit handling by the hypervisor")                                                     \
	X(CHARGE_INVLPG, invlpg, "invlpg", "INVLPG")                                             \
	X(CHARGE_INVPCID, invpcid, "invpcid", "INVPCID")                                         \
	X(CHARGE_INVEPT, invept, "invept", "INVEPT")                                             \
	X(CHARGE_INVVPID, invvpid, "invvpid", "INVVPID")                                         \
	X(CHARGE_MOV_CR3, mov_cr3, "mov_cr3", "MOV to CR3")

enum charge {
#define X(id, field, name, text) id,
	CHARGES(X)
#undef X
	CHARGE_COUNT
};

/* Cycles by cause; worked out from the counts by machine_cycles(). */
struct cycle_stats {
	uint64_t by[CHARGE_COUNT];
	uint64_t total;
	uint64_t walks;        /* references and flag writes: what walking itself costs */
	uint64_t translations; /* below the line of cycles per translation */
};

extern const struct stat cycle_stat_table[];
extern const size_t cycle_stat_count;

/* How translations and operations ended, by enum outcome; every attempt counts. */
struct outcome_stats {
	uint64_t by[OUTCOME_COUNT];
	uint64_t unresolved; /* accesses that did not succeed in the end */
};

extern const struct stat outcome_stat_table[];
extern const size_t outcome_stat_count;

struct processor {
	struct mmu *mmu;
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
	uint64_t charged[CHARGE_COUNT]; /* how often; what walks did is counted in `walk` */
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

static inline void machine_charge(struct machine *m, enum charge charge)
{
	m->charged[charge]++;
}

/* Cycles charged so far. */
uint64_t machine_cycle(const struct machine *m);
void machine_cycles(const struct machine *m, struct cycle_stats *stats);

/* Statistics and events of one call of mmu_translate(). */
void machine_settle(struct machine *m, const struct translation *t);

/* Tells the listener; access and cycle are filled in. */
void machine_tell(struct machine *m, struct event *e);

/* `who` finds no frame of that size in memory of `size` bytes: the sentence behind
 * a file and a line. */
void machine_no_frame(const struct machine *m, struct error *err, const char *who,
		      enum frame_size frame, uint64_t size);

#endif
