/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay/replay.h"

static const struct setting replay_table[] = {
	{ "report.faults", SETTING_U64, SETTING_FIELD(struct replay_config, faults_kept),
	  .value = "16", .max = "100000", .unit = "faults",
	  .description = "Accesses that failed: so many of the first are reported in full" },
};

bool replay_settings_add(struct settings *s, struct replay_config *config, struct error *err)
{
	return settings_add(s, "", replay_table, sizeof replay_table / sizeof *replay_table, config,
	                    err);
}

bool replay_configs_add(struct settings *s, struct replay_configs *c, struct error *err)
{
	return machine_settings_add(s, &c->machine, err) && guest_settings_add(s, &c->guest, err) &&
	       hv_settings_add(s, &c->hv, err) && replay_settings_add(s, &c->replay, err);
}

bool replay_configs_check(const struct settings *s, const struct replay_configs *c,
                          struct error *err)
{
	return machine_config_check(s, &c->machine, err) &&
	       guest_config_check(s, &c->guest, &c->machine, err) &&
	       hv_config_check(s, &c->hv, &c->machine, err);
}

const struct stat replay_stat_table[] = {
#define COUNT(name_, field_, unit_, text_) \
	STAT_COUNT("replay." name_, struct replay_stats, field_, unit_, text_)
	COUNT("accesses", accesses, "accesses", "Accesses replayed"),
	COUNT("fetches", by_type[ACCESS_FETCH], "accesses", "Instruction fetches"),
	COUNT("reads", by_type[ACCESS_READ], "accesses", "Reads"),
	COUNT("writes", by_type[ACCESS_WRITE], "accesses", "Writes"),
	COUNT("modifies", by_type[ACCESS_RMW], "accesses", "Read-modify-writes"),
	COUNT("crossing", crossing, "accesses", "Accesses that touch two pages"),
	COUNT("directives", directives, "directives", "Directives carried out"),
	COUNT("ignored", ignored, "directives",
	      "Directives of a hypervisor, ignored in native mode"),
	COUNT("failed", failed, "operations", "Operations that ended in a fault or VMfail"),
#undef COUNT
};
const size_t replay_stat_count = sizeof replay_stat_table / sizeof *replay_stat_table;
