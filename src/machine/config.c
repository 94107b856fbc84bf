/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The machine's settings. Defaults of the structures are the skx preset's:
 * sizes as published (CPUID leaf 2/4/18h dumps, InstLatx64; WikiChip, "Skylake
 * (server)"), hash and replacement as in "TLB;DR". Intel publishes no sizes of
 * paging-structure caches and nested TLB: those are assumed.
 */
#include "machine/config.h"

#include "base/assoc.h"

#include <string.h>

const char *const page_policy_names[] = { "4k", "2m", "1g", "thp", NULL };

unsigned page_policy_shift(enum page_policy policy)
{
	return policy == PAGE_POLICY_4K   ? PAGE_SHIFT_4K
	       : policy == PAGE_POLICY_1G ? PAGE_SHIFT_1G
	                                  : PAGE_SHIFT_2M;
}

static const char *const mode_names[] = { "ept", "native", "shadow", NULL };
static const char *const hash_names[] = { "linear", "mod", "xor", "split", NULL };
static const char *const replacement_names[] = { "lru",  "tree-plru",  "random",
	                                         "fifo", "mru3-plru4", "nru", NULL };

#define FIELD(member) SETTING_FIELD(struct machine_config, member)

#define TLBDR "TLB;DR (Tatar et al., 2022)"
#define INSTLAT "CPUID dumps of InstLatx64"

static const struct setting machine_table[] = {
	{ "mode", SETTING_ENUM, FIELD(mode), .value = "ept", .names = mode_names,
	  .description = "Translation: guest paging with EPT, without, or shadow page tables" },
	{ "memory.size", SETTING_SIZE, FIELD(memory_size), .value = "16G", .min = "1M", .max = "4P",
	  .multiple = "4K", .unit = "bytes",
	  .description = "Host-physical memory; only what is touched costs real memory" },
	{ "host.frames", SETTING_ENUM, FIELD(host_frames), .value = "contiguous",
	  .names = frames_policy_names, .description = "How host-physical frames are handed out" },
	{ "host.fragmentation", SETTING_DOUBLE, FIELD(host_fragmentation), .value = "0.5",
	  .min = "0", .max = "1",
	  .description =
	          "host.frames = fragmented: part of the 2M blocks that cannot be had whole" },
	{ "seed", SETTING_U64, FIELD(seed), .value = "1",
	  .description = "Of everything random: frames and random replacement" },
	{ "maxphyaddr", SETTING_U64, FIELD(maxphyaddr), .value = "46", .min = "36", .max = "52",
	  .unit = "bits", .description = "Width of physical addresses (MAXPHYADDR)",
	  .source = INSTLAT },
	{ "knob.accessed_on_fault", SETTING_BOOL, FIELD(knobs.accessed_on_fault), .value = "off",
	  .description = "Guest A flags of upper levels are set though a lower level faults" },
	{ "knob.ept_accessed_on_fault", SETTING_BOOL, FIELD(knobs.ept_accessed_on_fault),
	  .value = "off", .description = "EPT A flags are set by a walk that ends in a violation" },
	{ "knob.flags_before_final", SETTING_BOOL, FIELD(knobs.flags_before_final), .value = "on",
	  .description = "Guest A and D flags are set before the final EPT access is judged" },
	{ "knob.rmw_sets_read", SETTING_BOOL, FIELD(knobs.rmw_sets_read), .value = "off",
	  .description = "A read-modify-write's violation sets qualification bit 0 as well" },
	{ "knob.gbpages", SETTING_BOOL, FIELD(knobs.gbpages), .value = "on",
	  .description = "Guest paging has 1G pages (CPUID Page1GB)" },
};

#define CACHE(key_, member_, sets_, ways_, hash_, replacement_, what_, source_)                  \
	{ key_ ".sets", SETTING_U64, FIELD(member_.sets), .value = sets_, .min = "1",            \
	  .max = "1048576", .description = "Sets of the " what_, .source = source_ },            \
	{ key_ ".ways", SETTING_U64, FIELD(member_.ways), .value = ways_, .max = "4096",         \
	  .description = "Ways of the " what_ "; 0: there is none", .source = source_ },         \
	{ key_ ".hash", SETTING_ENUM, FIELD(member_.hash), .value = hash_, .names = hash_names,  \
	  .description = "How the set of the " what_ " is chosen", .source = source_ },          \
	{ key_ ".replacement", SETTING_ENUM, FIELD(member_.replacement), .value = replacement_,  \
	  .names = replacement_names, .description = "Which entry of the " what_ " gives way",   \
	  .source = source_ }

#define HOLDS(key_, member_, size_, value_)                                                      \
	{                                                                                        \
		key_, SETTING_STRING, FIELD(member_),                                            \
			.value = value_,                                                         \
			.description =                                                           \
				"Ways that hold " size_ " pages: all, none, or a range like 0-7" \
	}

#define TLB(key_, id_, sets_, ways_, hash_, replacement_, what_, h4k_, h2m_, h1g_)    \
	CACHE("tlb." key_, tlb[id_].cache, sets_, ways_, hash_, replacement_, what_,  \
	      INSTLAT "; " TLBDR),                                                    \
		HOLDS("tlb." key_ ".holds.4k", tlb[id_].holds_4k, "4K", h4k_),        \
		HOLDS("tlb." key_ ".holds.2m", tlb[id_].holds_2m, "2M and 4M", h2m_), \
		HOLDS("tlb." key_ ".holds.1g", tlb[id_].holds_1g, "1G", h1g_)

#define L1I_4K "instruction TLB for 4K pages"
#define L1I_2M "instruction TLB for large pages"
#define L1D_4K "data TLB for 4K pages"
#define L1D_2M "data TLB for 2M pages"
#define L1D_1G "data TLB for 1G pages"
#define STORE "store TLB"
#define STLB "second-level TLB"
#define STLB_1G "second-level TLB for 1G pages"

const char *const tlb_structure_texts[TLB_STRUCTURES] = { L1I_4K, L1I_2M, L1D_4K, L1D_2M,
	                                                  L1D_1G, STORE,  STLB,   STLB_1G };
const char *const tlb_structure_keys[TLB_STRUCTURES] = { "l1i.4k", "l1i.2m", "l1d.4k", "l1d.2m",
	                                                 "l1d.1g", "store",  "stlb",   "stlb.1g" };

static const struct setting tlb_table[] = {
	TLB("l1i.4k", TLB_L1I_4K, "16", "8", "linear", "tree-plru", L1I_4K, "all", "none", "none"),
	TLB("l1i.2m", TLB_L1I_2M, "1", "8", "linear", "tree-plru", L1I_2M, "none", "all", "none"),
	TLB("l1d.4k", TLB_L1D_4K, "16", "4", "linear", "tree-plru", L1D_4K, "all", "none", "none"),
	TLB("l1d.2m", TLB_L1D_2M, "8", "4", "linear", "tree-plru", L1D_2M, "none", "all", "none"),
	TLB("l1d.1g", TLB_L1D_1G, "1", "4", "linear", "tree-plru", L1D_1G, "none", "none", "all"),
	TLB("store", TLB_STORE, "1", "0", "linear", "lru", STORE, "all", "all", "all"),
	TLB("stlb", TLB_STLB, "128", "12", "xor", "mru3-plru4", STLB, "all", "all", "none"),
	TLB("stlb.1g", TLB_STLB_1G, "4", "4", "linear", "tree-plru", STLB_1G, "none", "none",
	    "all"),
};

#define PSC(key_, member_, sets_, ways_, what_) \
	CACHE(key_, member_, sets_, ways_, "linear", "lru", what_ " cache", "assumed")

static const struct setting psc_table[] = {
	PSC("psc.guest.pml5e", guest_psc[5], "1", "1", "guest PML5E"),
	PSC("psc.guest.pml4e", guest_psc[4], "1", "2", "guest PML4E"),
	PSC("psc.guest.pdpte", guest_psc[3], "1", "4", "guest PDPTE"),
	PSC("psc.guest.pde", guest_psc[2], "8", "4", "guest PDE"),
	PSC("psc.ept.pml5e", ept_psc[5], "1", "1", "EPT PML5E"),
	PSC("psc.ept.pml4e", ept_psc[4], "1", "2", "EPT PML4E"),
	PSC("psc.ept.pdpte", ept_psc[3], "1", "4", "EPT PDPTE"),
	PSC("psc.ept.pde", ept_psc[2], "8", "4", "EPT PDE"),
	CACHE("nested", nested, "16", "4", "linear", "lru", "nested TLB", "assumed"),
};

#define JOIN(table) settings_add(s, "", table, sizeof(table) / sizeof(*table), config, err)

bool machine_settings_add(struct settings *s, struct machine_config *config, struct error *err)
{
	return JOIN(machine_table) && JOIN(tlb_table) && JOIN(psc_table) &&
	       timing_settings_add(s, &config->timing, err);
}
