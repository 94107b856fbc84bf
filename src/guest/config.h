/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Configuration and statistics of the guest kernel.
 */
#ifndef GUEST_CONFIG_H
#define GUEST_CONFIG_H

#include "host/stats.h"
#include "machine/config.h"

struct guest_config {
	uint8_t page;   /* enum page_policy */
	uint8_t levels; /* 4 or 5 */
	uint8_t frames; /* enum frames_policy: of guest-physical frames; native: unused */
	double fragmentation;
	bool pcid;         /* CR4.PCIDE */
	bool preset_flags; /* leaves are made with A, and D if writable, set */
	bool populate;     /* map directives make the pages at once */
};

bool guest_settings_add(struct settings *s, struct guest_config *config, struct error *err)
	__attribute__((warn_unused_result));
bool guest_config_check(const struct settings *s, const struct guest_config *config,
                        const struct machine_config *machine, struct error *err)
	__attribute__((warn_unused_result));

struct guest_stats {
	uint64_t page_faults;                  /* resolved by mapping a page */
	uint64_t refused;                      /* page faults that no mapping cures */
	uint64_t pages_4k, pages_2m, pages_1g; /* mapped */
	uint64_t smaller;                      /* pages smaller than the policy's first choice */
	uint64_t populated;                    /* pages mapped without a fault */
	uint64_t unmapped;                     /* pages */
	uint64_t splits;                       /* large pages taken apart by unmap or protect */
	uint64_t tables;                       /* page-table frames taken */
	uint64_t spaces;                       /* address spaces */
	uint64_t switches;                     /* MOV to CR3 */
};

extern const struct stat guest_stat_table[];
extern const size_t guest_stat_count;

#endif
