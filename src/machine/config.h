/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Configuration of the machine itself: memory, the structures of a processor
 * that cache translations, what things cost. The guest's and the hypervisor's
 * policies have configurations of their own (guest/config.h, hv/config.h).
 */
#ifndef MACHINE_CONFIG_H
#define MACHINE_CONFIG_H

#include "host/frames.h"
#include "host/settings.h"
#include "timing/config.h"

#include <eptsim/mmu.h>

enum machine_mode {
	MODE_EPT,    /* guest paging and EPT: two dimensions */
	MODE_NATIVE, /* guest paging alone: GPA = HPA */
	MODE_SHADOW, /* the hypervisor keeps GVA -> HPA tables: not there yet */
};

/* What `guest.page` and `ept.page` choose from. */
enum page_policy {
	PAGE_POLICY_4K,
	PAGE_POLICY_2M,
	PAGE_POLICY_1G,
	PAGE_POLICY_THP /* 2M where possible, else 4K: transparent huge pages */
};

extern const char *const page_policy_names[]; /* ends with null */
/* The page size that a policy tries first: log2 of its bytes. */
unsigned page_policy_shift(enum page_policy policy);

struct cache_config {
	uint32_t sets, ways;
	uint8_t hash, replacement; /* base/assoc.h */
};

#define MACHINE_CACHE_ENTRIES_MAX (1u << 20) /* of one structure */

/* The TLBs that a processor can have; 0 ways: it has no such one. */
enum tlb_structure {
	TLB_L1I_4K, /* instruction fetches */
	TLB_L1I_2M,
	TLB_L1D_4K, /* reads; writes too, unless there is a store TLB */
	TLB_L1D_2M,
	TLB_L1D_1G,
	TLB_STORE, /* writes */
	TLB_STLB,  /* second level: everything */
	TLB_STLB_1G,
	TLB_STRUCTURES
};

/* What each is in words, and as in its settings: "tlb.l1d.4k". */
extern const char *const tlb_structure_texts[TLB_STRUCTURES];
extern const char *const tlb_structure_keys[TLB_STRUCTURES];

enum { TLB_HOLDS_SIZE = 12 };

struct tlb_config {
	struct cache_config cache;
	/* Which ways hold pages of this size: "all", "none", "0-7". */
	char holds_4k[TLB_HOLDS_SIZE];
	char holds_2m[TLB_HOLDS_SIZE]; /* and 4M */
	char holds_1g[TLB_HOLDS_SIZE];
};

struct machine_config {
	uint64_t memory_size;
	uint8_t mode; /* enum machine_mode */
	uint8_t maxphyaddr;
	uint64_t seed;
	uint8_t host_frames; /* enum frames_policy */
	double host_fragmentation;
	struct knobs knobs;
	struct tlb_config tlb[TLB_STRUCTURES];
	struct cache_config guest_psc[6], ept_psc[6]; /* by level, 2..5 */
	struct cache_config nested;
	struct timing_config timing;
};

/* Joins the machine's tables to `s`; `config` gets the defaults. */
bool machine_settings_add(struct settings *s, struct machine_config *config, struct error *err)
	__attribute__((warn_unused_result));

/* Rules that join several fields. Call it when every layer is loaded. */
bool machine_config_check(const struct settings *s, const struct machine_config *config,
                          struct error *err) __attribute__((warn_unused_result));

/* The geometry that an MMU is made of; structure[i] says which structure TLB i
 * is. The config must have passed the check. */
struct mmu_geometry machine_geometry(const struct machine_config *config,
                                     uint8_t structure[MMU_MAX_TLBS]);

#endif
