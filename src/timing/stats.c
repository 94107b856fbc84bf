/* SPDX-License-Identifier: BSD-2-Clause */
#include "timing/stats.h"

const char *const timing_level_names[TIMING_LEVELS] = { "l1d", "l2", "llc", "memory" };

#define S struct timing_stats
#define COUNT(name_, field_, unit_, text_) STAT_COUNT(name_, S, field_, unit_, text_)

const struct stat timing_stat_table[] = {
	COUNT("cycles", cycles, "cycles", "Time from the first instruction to the end of the last"),
	COUNT("instructions", instructions, "instructions",
	      "Instructions; a data access without a fetch counts as one"),
	COUNT("timed_accesses", accesses, "accesses", "Fetches, loads and stores that succeeded"),
	STAT_QUOTIENT("cycles_per_access", S, cycles, accesses, "cycles/access",
		      "Time for each access"),
	STAT_QUOTIENT("cycles_per_instruction", S, cycles, instructions, "cycles/instruction",
		      "Time for each instruction"),
	COUNT("translation.cycles", translation_cycles, "cycles",
	      "Time by which translation delayed the program"),
	STAT_PERCENT("translation.share", S, translation_cycles, cycles,
		     "Share of all time that translation took"),
	COUNT("translation.stlb_cycles", stlb_cycles, "cycles",
	      "Lookups in the second-level TLB, hits and misses"),
	COUNT("walker.walks", walks, "walks", "Page walks, those that ended in a fault too"),
	COUNT("walker.cycles", walk_cycles, "cycles", "From misses to translations"),
	STAT_QUOTIENT("walker.cycles_per_walk", S, walk_cycles, walks, "cycles/walk",
		      "Mean time of a walk"),
	COUNT("walker.references", walk_references, "references",
	      "References of walks, updates of flags aside"),
	STAT_QUOTIENT("walker.references_per_walk", S, walk_references, walks,
		      "references/walk", "Mean references of a walk"),
	STAT_QUOTIENT("walker.memory_references_per_walk", S, walk_memory, walks,
		      "references/walk", "Of these, that no cache answered"),
	COUNT("walker.waits", walker_waits, "walks", "Walks that waited for a free walker"),
	COUNT("walker.wait_cycles", walker_wait_cycles, "cycles", "Time they waited"),
	COUNT("walker.joined", joined, "accesses", "Accesses that joined a walk under way"),
	COUNT("walker.joined_cycles", joined_cycles, "cycles", "Time they waited for it"),
	STAT_SPREAD("walker.latency", S, walk_latency, "cycles",
		    "Time of each walk, from the miss to the translation"),
	COUNT("walker.guest_cycles", kind[REF_GUEST].cycles, "cycles",
	      "Reads of guest paging-structure entries"),
	COUNT("walker.ept_cycles", kind[REF_EPT].cycles, "cycles", "Reads of EPT entries"),
	COUNT("walker.hlat_cycles", kind[REF_HLAT].cycles, "cycles", "Reads of HLAT entries"),
	COUNT("walker.sppt_cycles", kind[REF_SPPT].cycles, "cycles",
	      "Reads of sub-page-permission-table entries"),
	COUNT("walker.pdpte_cycles", kind[REF_PDPTE].cycles, "cycles", "Loads of PDPTE registers"),
	COUNT("walker.pml_cycles", kind[REF_PML].cycles, "cycles",
	      "Stores to the page-modification log"),
	COUNT("walker.ve_cycles", kind[REF_VE].cycles, "cycles",
	      "Stores to the virtualization-exception area"),
	COUNT("walker.flag_writes", flag_writes, "updates", "Locked updates of A and D flags"),
	COUNT("walker.flag_write_cycles", flag_write_cycles, "cycles", "Time of these"),
#define CACHES(key_, field_, what_, first_)                                              \
	COUNT("cache." key_ "." first_, field_.by[LEVEL_L1], "references",                       \
	      what_ " that the first-level cache answered"),                                     \
	COUNT("cache." key_ ".l2", field_.by[LEVEL_L2], "references", what_ " that L2 answered"), \
	COUNT("cache." key_ ".llc", field_.by[LEVEL_LLC], "references",                          \
	      what_ " that the last-level cache answered"),                                      \
	COUNT("cache." key_ ".memory", field_.by[LEVEL_MEMORY], "references",                    \
	      what_ " that memory answered")
	CACHES("fetch", fetch, "Instruction lines", "l1i"),
	CACHES("data", data, "Lines of loads and stores", "l1d"),
	CACHES("walk", walk, "References of walks", "l1d"),
#undef CACHES
#define STRUCTURE(key_, hits_, lookups_, what_)                                            \
	COUNT(key_ ".lookups", lookups_, "lookups", "Lookups in the " what_),              \
	COUNT(key_ ".hits", hits_, "lookups", "Of these, hits"),                           \
	STAT_PERCENT(key_ ".hit_rate", S, hits_, lookups_, "Share of hits in the " what_)
#define CACHE(key_, id_, what_) \
	STRUCTURE("cache." key_, cache_hits[id_], cache_lookups[id_], what_)
	CACHE("l1i", CACHE_L1I, "first-level instruction cache"),
	CACHE("l1d", CACHE_L1D, "first-level data cache"),
	CACHE("l2", CACHE_L2, "second-level cache"),
	CACHE("llc", CACHE_LLC, "last-level cache"),
#undef CACHE
#define PSC(key_, level_, what_)                                                              \
	STRUCTURE("psc.guest." key_, guest_psc_hits[level_], guest_psc_lookups[level_],       \
		  "guest " what_ " cache"),                                                   \
	STRUCTURE("psc.ept." key_, ept_psc_hits[level_], ept_psc_lookups[level_],             \
		  "EPT " what_ " cache")
	PSC("pde", 2, "PDE"),
	PSC("pdpte", 3, "PDPTE"),
	PSC("pml4e", 4, "PML4E"),
	PSC("pml5e", 5, "PML5E"),
#undef PSC
	STRUCTURE("nested", nested_hits, nested_lookups, "nested TLB"),
	COUNT("walker.ept_walks", ept_walks, "EPT walks", "EPT walks made, of whatever length"),
	COUNT("fill_buffers.waits", fill_buffer_waits, "references",
	      "Misses that waited for a free fill buffer"),
	COUNT("fill_buffers.wait_cycles", fill_buffer_wait_cycles, "cycles", "Time they waited"),
	COUNT("fill_buffers.merged", merged, "references",
	      "References to a line that was under way"),
#define X(id, name, value, text)                                       \
	COUNT("cost." #name ".count", cost_count[id], "events", text), \
	COUNT("cost." #name ".cycles", cost_cycles[id], "cycles", "Time of these"),
	TIMING_COSTS(X)
#undef X
	COUNT("cost.cycles", interruption_cycles, "cycles", "Faults, exits, and invalidations"),
	STAT_PERCENT("cost.share", S, interruption_cycles, cycles,
		     "Share of all time that they took"),
};
const size_t timing_stat_count = sizeof timing_stat_table / sizeof *timing_stat_table;
