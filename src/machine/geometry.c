/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From settings to the structures of an MMU, and the rules that join several
 * settings.
 */
#include "machine/config.h"

#include "base/assoc.h"
#include "host/number.h"

#include <stdio.h>
#include <string.h>

static struct cache_geometry geometry(const struct cache_config *c)
{
	return (struct cache_geometry){
		.sets = c->sets, .ways = c->ways, .hash = c->hash, .policy = c->replacement
	};
}

/* "all", "none", "3", "0-7". False: none of these, or beyond the ways. */
static bool parse_holds(const char *text, uint32_t ways, uint16_t *first, uint16_t *count)
{
	char copy[TLB_HOLDS_SIZE];
	uint64_t from, to;

	*first = *count = 0;
	if (!strcmp(text, "none") || ways == 0)
		return true;
	if (!strcmp(text, "all")) {
		*count = (uint16_t)ways;
		return true;
	}
	snprintf(copy, sizeof copy, "%s", text);
	char *dash = strchr(copy, '-');

	if (dash)
		*dash = 0;
	if (!number_parse_u64(copy, &from))
		return false;
	to = from;
	if (dash && !number_parse_u64(dash + 1, &to))
		return false;
	if (to < from || to >= ways)
		return false;
	*first = (uint16_t)from;
	*count = (uint16_t)(to - from + 1);
	return true;
}

/* Which accesses a structure answers. */
static uint8_t serves(const struct machine_config *config, enum tlb_structure id)
{
	switch (id) {
	case TLB_L1I_4K:
	case TLB_L1I_2M:
		return TLB_FOR_FETCH;
	case TLB_STORE:
		return TLB_FOR_WRITE;
	case TLB_STLB:
	case TLB_STLB_1G:
		return TLB_FOR_ALL;
	default:
		return config->tlb[TLB_STORE].cache.ways ? TLB_FOR_READ
		                                         : TLB_FOR_READ | TLB_FOR_WRITE;
	}
}

static bool parse_all_holds(const struct tlb_config *t, struct tlb_geometry *g)
{
	const char *text[TLB_PAGES] = { t->holds_4k, t->holds_2m, t->holds_2m, t->holds_1g };

	for (unsigned size = 0; size < TLB_PAGES; size++)
		if (!parse_holds(text[size], t->cache.ways, &g->ways[size].first,
		                 &g->ways[size].count))
			return false;
	return true;
}

struct mmu_geometry machine_geometry(const struct machine_config *config,
                                     uint8_t structure[MMU_MAX_TLBS])
{
	struct mmu_geometry g = { .nested = geometry(&config->nested), .seed = config->seed };

	for (unsigned id = 0; id < TLB_STRUCTURES; id++) {
		const struct tlb_config *t = &config->tlb[id];

		/* A structure that does not exist is not even looked at. */
		if (t->cache.ways == 0)
			continue;
		struct tlb_geometry *out = &g.tlb[g.tlbs];

		out->name = tlb_structure_keys[id];
		out->geometry = geometry(&t->cache);
		out->serves = serves(config, id);
		out->level = id >= TLB_STLB ? 2 : 1;
		parse_all_holds(t, out);
		structure[g.tlbs++] = (uint8_t)id;
	}
	for (unsigned level = 2; level <= 5; level++) {
		g.guest_psc[level] = geometry(&config->guest_psc[level]);
		g.ept_psc[level] = geometry(&config->ept_psc[level]);
	}
	return g;
}

/* ---- Checks ---- */

static bool check_cache(const struct settings *s, const char *key, const struct cache_config *c,
                        struct error *err)
{
	char full[64];
	bool power = c->sets && (c->sets & (c->sets - 1)) == 0;

	if (assoc_geometry_ok(c->sets, c->ways, c->hash, c->replacement)) {
		if ((uint64_t)c->sets * c->ways <= MACHINE_CACHE_ENTRIES_MAX)
			return true;
		snprintf(full, sizeof full, "%s.sets", key);
		settings_reject(s, err, full, "sets times ways is more than %u",
		                MACHINE_CACHE_ENTRIES_MAX);
		return false;
	}
	if (c->hash != ASSOC_MOD && !power) {
		snprintf(full, sizeof full, "%s.sets", key);
		settings_reject(s, err, full,
		                "this hash needs a power of two; \"mod\" takes any number of sets");
	} else {
		snprintf(full, sizeof full, "%s.ways", key);
		settings_reject(s, err, full, "this replacement needs %s",
		                c->replacement == ASSOC_MRU3_PLRU4 ? "12 ways"
		                : c->replacement == ASSOC_NRU      ? "at most 64 ways"
		                                                   : "a power of two, at most 64");
	}
	return false;
}

static bool check_tlb(const struct settings *s, enum tlb_structure id, const struct tlb_config *t,
                      struct error *err)
{
	static const char *const size_keys[] = { "4k", "2m", "1g" };
	const char *text[] = { t->holds_4k, t->holds_2m, t->holds_1g };
	uint16_t first, count;
	char key[64];

	snprintf(key, sizeof key, "tlb.%s", tlb_structure_keys[id]);
	if (!check_cache(s, key, &t->cache, err))
		return false;
	for (unsigned i = 0; i < 3; i++) {
		if (!parse_holds(text[i], t->cache.ways, &first, &count)) {
			snprintf(key, sizeof key, "tlb.%s.holds.%s", tlb_structure_keys[id],
			         size_keys[i]);
			settings_reject(s, err, key,
			                "expected all, none, or a range of ways 0 to %u",
			                t->cache.ways - 1);
			return false;
		}
		/* The three groups of this policy are not divided further. */
		if (count && count != t->cache.ways && t->cache.replacement == ASSOC_MRU3_PLRU4) {
			snprintf(key, sizeof key, "tlb.%s.holds.%s", tlb_structure_keys[id],
			         size_keys[i]);
			settings_reject(s, err, key, "replacement mru3-plru4 uses all ways alike");
			return false;
		}
	}
	return true;
}

static bool check_pscs(const struct settings *s, const char *dimension,
                       const struct cache_config *psc, struct error *err)
{
	static const char *const level_keys[6] = { [2] = "pde", "pdpte", "pml4e", "pml5e" };

	for (unsigned level = 2; level <= 5; level++) {
		char key[64];

		snprintf(key, sizeof key, "psc.%s.%s", dimension, level_keys[level]);
		if (!check_cache(s, key, &psc[level], err))
			return false;
	}
	return true;
}

bool machine_config_check(const struct settings *s, const struct machine_config *config,
                          struct error *err)
{
	if (config->mode == MODE_SHADOW) {
		settings_reject(s, err, "mode", "shadow page tables are not there yet");
		return false;
	}
	if (config->memory_size > UINT64_C(1) << config->maxphyaddr) {
		settings_reject(s, err, "memory.size", "more than maxphyaddr = %u bits address",
		                config->maxphyaddr);
		return false;
	}
	for (unsigned id = 0; id < TLB_STRUCTURES; id++)
		if (!check_tlb(s, id, &config->tlb[id], err))
			return false;
	return check_pscs(s, "guest", config->guest_psc, err) &&
	       check_pscs(s, "ept", config->ept_psc, err) &&
	       check_cache(s, "nested", &config->nested, err) &&
	       timing_config_check(s, &config->timing, err);
}
