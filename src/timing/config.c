/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The timing model's settings. Defaults are the skx preset's; presets/skx.ini
 * says where each number is from.
 */
#include "timing/config.h"

#include "base/assoc.h"

#include <stdio.h>

static const char *const hash_names[] = { "linear", "mod", "xor", "split", NULL };
static const char *const replacement_names[] = { "lru", "tree-plru", "random", "fifo", "mru3-plru4", "nru", NULL };
static const char *const inclusion_names[] = { "non-inclusive", "inclusive", "victim", NULL };
static const char *const model_names[] = { "auto", "serial", "window", NULL };
static const char *const port_names[] = { "l1d", "l2", NULL };

#define FIELD(member) SETTING_FIELD(struct timing_config, member)

#define GUIDE "Intel, Optimization Reference Manual"
#define WIKICHIP "WikiChip, Skylake (server)"
#define LATENCY_MAX "100000"

#define CACHE(key_, id_, sets_, ways_, latency_, what_, source_)                                  \
	{ "cache." key_ ".sets", SETTING_U64, FIELD(cache[id_].sets), .value = sets_, .min = "1", \
	  .max = "16777216", .unit = "sets", .description = "Sets of the " what_,                 \
	  .source = source_ },                                                                    \
	{ "cache." key_ ".ways", SETTING_U64, FIELD(cache[id_].ways), .value = ways_,             \
	  .max = "1024", .unit = "ways", .description = "Ways of the " what_ "; 0: there is none", \
	  .source = source_ },                                                                    \
	{ "cache." key_ ".hash", SETTING_ENUM, FIELD(cache[id_].hash), .value = "linear",         \
	  .names = hash_names, .description = "How the set of the " what_ " is chosen",           \
	  .source = "assumed" },                                                                  \
	{ "cache." key_ ".replacement", SETTING_ENUM, FIELD(cache[id_].replacement),              \
	  .value = "lru", .names = replacement_names,                                             \
	  .description = "Which line of the " what_ " gives way", .source = "assumed" },          \
	{ "cache." key_ ".latency", SETTING_U64, FIELD(cache[id_].latency), .value = latency_,    \
	  .max = LATENCY_MAX, .unit = "cycles",                                                   \
	  .description = "From address to data on a hit in the " what_, .source = source_ }

#define INCLUSION(key_, id_, value_, what_)                                                       \
	{ "cache." key_ ".inclusion", SETTING_ENUM, FIELD(cache[id_].inclusion), .value = value_, \
	  .names = inclusion_names,                                                               \
	  .description = "What the " what_ " holds of the caches before it", .source = WIKICHIP }

static const struct setting cache_table[] = {
	CACHE("l1i", CACHE_L1I, "64", "8", "5", "first-level instruction cache", GUIDE),
	CACHE("l1d", CACHE_L1D, "64", "8", "5", "first-level data cache", GUIDE),
	CACHE("l2", CACHE_L2, "1024", "16", "14", "second-level cache", GUIDE),
	INCLUSION("l2", CACHE_L2, "non-inclusive", "second-level cache"),
	CACHE("llc", CACHE_LLC, "2048", "11", "70", "last-level cache", WIKICHIP),
	INCLUSION("llc", CACHE_LLC, "victim", "last-level cache"),
	{ "memory.latency", SETTING_U64, FIELD(memory_latency), .value = "250", .max = LATENCY_MAX,
	  .unit = "cycles", .description = "From address to data when no cache has the line",
	  .source = "assumed" },
};

#define QUANTITY(key_, member_, value_, min_, max_, unit_, text_, source_)                   \
	{ key_, SETTING_U64, FIELD(member_), .value = value_, .min = min_, .max = max_,      \
	  .unit = unit_, .description = text_, .source = source_ }

static const struct setting core_table[] = {
	{ "core.model", SETTING_ENUM, FIELD(core.model), .value = "auto", .names = model_names,
	  .description = "One access at a time (auto: walk, bench) or an out-of-order window (run, replay)" },
	{ "core.clock", SETTING_DOUBLE, FIELD(core.clock), .value = "3", .min = "0.01",
	  .max = "100", .unit = "GHz", .description = "Turns cycles into nanoseconds",
	  .source = "assumed" },
	QUANTITY("core.width", core.width, "4", "1", "16", "instructions/cycle",
		 "Instructions begun and retired each cycle", WIKICHIP),
	QUANTITY("core.rob", core.rob, "224", "1", "1024", "instructions",
		 "Reorder buffer of the window model", WIKICHIP),
	QUANTITY("core.load_queue", core.load_queue, "72", "1", "1024", "loads",
		 "Load queue of the window model", WIKICHIP),
	QUANTITY("core.store_queue", core.store_queue, "56", "1", "1024", "stores",
		 "Store queue of the window model", WIKICHIP),
	QUANTITY("core.fill_buffers", core.fill_buffers, "12", "1", "64", "lines",
		 "Lines that the first-level data cache can await at a time", GUIDE),
	QUANTITY("walker.count", walker.count, "2", "1", "16", "walkers",
		 "Page walks that can be under way at a time", WIKICHIP),
	{ "walker.port", SETTING_ENUM, FIELD(walker.port), .value = "l1d", .names = port_names,
	  .description = "The cache that a page walk's references ask first", .source = "assumed" },
	QUANTITY("walker.start", walker.start, "0", NULL, LATENCY_MAX, "cycles",
		 "From a miss in the TLBs to the walk's first reference", "assumed"),
	QUANTITY("tlb.stlb.latency", lookup.stlb, "9", NULL, LATENCY_MAX, "cycles",
		 "A second-level TLB hit, beyond a first-level hit",
		 "latency curves of InstLatx64"),
	QUANTITY("psc.guest.latency", lookup.guest_psc, "0", NULL, LATENCY_MAX, "cycles",
		 "A hit in a guest paging-structure cache", "assumed"),
	QUANTITY("psc.ept.latency", lookup.ept_psc, "0", NULL, LATENCY_MAX, "cycles",
		 "A hit in an EPT paging-structure cache", "assumed"),
	QUANTITY("nested.latency", lookup.nested, "0", NULL, LATENCY_MAX, "cycles",
		 "A hit in the nested TLB", "assumed"),
	{ "fast_paths", SETTING_BOOL, FIELD(fast_paths), .value = "on",
	  .description = "The simulator's own short cuts; they change no number" },
};

static const struct setting cost_table[] = {
	QUANTITY("cost.flag_write", flag_write, "20", NULL, "1000000000", "cycles",
		 "A locked update of an accessed or dirty flag", "assumed"),
#define X(id, name, value, text) \
	QUANTITY("cost." #name, cost[id], value, NULL, "1000000000", "cycles", text, "assumed"),
	TIMING_COSTS(X)
#undef X
};

#define JOIN(table) settings_add(s, "", table, sizeof(table) / sizeof(*table), config, err)

bool timing_settings_add(struct settings *s, struct timing_config *config, struct error *err)
{
	config->seed = 1;
	return JOIN(core_table) && JOIN(cache_table) && JOIN(cost_table);
}

/* ---- Checks ---- */

static bool reject(const struct settings *s, struct error *err, const char *cache,
		   const char *field, const char *reason)
{
	char key[48];

	snprintf(key, sizeof key, "cache.%s.%s", cache, field);
	settings_reject(s, err, key, "%s", reason);
	return false;
}

static bool check_cache(const struct settings *s, const char *name,
			const struct data_cache_config *c, struct error *err)
{
	bool power = (c->sets & (c->sets - 1)) == 0;

	if (c->ways == 0)
		return true;
	if ((uint64_t)c->sets * c->ways > TIMING_CACHE_LINES_MAX)
		return reject(s, err, name, "sets", "sets times ways is more than 16777216 lines");
	if (c->hash != ASSOC_MOD && !power)
		return reject(s, err, name, "sets",
			      "this hash needs a power of two; \"mod\" takes any number of sets");
	if (!assoc_geometry_ok(c->sets, c->ways, c->hash, c->replacement))
		return reject(s, err, name, "ways",
			      c->replacement == ASSOC_MRU3_PLRU4 ?
				      "replacement mru3-plru4 needs 12 ways" :
			      c->replacement == ASSOC_NRU ?
				      "replacement nru takes at most 64" :
				      "replacement tree-plru needs a power of two, at most 64");
	return true;
}

bool timing_config_check(const struct settings *s, const struct timing_config *config,
			 struct error *err)
{
	static const char *const names[DATA_CACHES] = { "l1i", "l1d", "l2", "llc" };
	uint32_t nearer = 0;

	for (unsigned id = 0; id < DATA_CACHES; id++) {
		const struct data_cache_config *c = &config->cache[id];

		if (!check_cache(s, names[id], c, err))
			return false;
		if (c->ways && id != CACHE_L1I) {
			if (c->latency < nearer)
				return reject(s, err, names[id], "latency",
					      "less than that of a cache nearer to the core");
			nearer = c->latency;
		}
	}
	if (config->memory_latency < nearer) {
		settings_reject(s, err, "memory.latency",
				"less than that of a cache, which is %u", nearer);
		return false;
	}
	return true;
}
