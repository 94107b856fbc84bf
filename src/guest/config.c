/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/config.h"

#define FIELD(member) SETTING_FIELD(struct guest_config, member)

static const struct setting guest_table[] = {
	{ "guest.page", SETTING_ENUM, FIELD(page), .value = "4k", .names = page_policy_names,
	  .description = "Pages by which the guest kernel maps what a program touches" },
	{ "guest.levels", SETTING_U64, FIELD(levels), .value = "4", .min = "4", .max = "5",
	  .unit = "levels", .description = "Levels of the guest's page tables" },
	{ "guest.frames", SETTING_ENUM, FIELD(frames), .value = "contiguous",
	  .names = frames_policy_names,
	  .description = "How guest-physical frames are handed out (native: see host.frames)" },
	{ "guest.fragmentation", SETTING_DOUBLE, FIELD(fragmentation), .value = "0.5", .min = "0",
	  .max = "1",
	  .description =
	          "guest.frames = fragmented: part of the 2M blocks that cannot be had whole" },
	{ "guest.pcid", SETTING_BOOL, FIELD(pcid), .value = "on",
	  .description = "Address spaces have PCIDs (CR4.PCIDE)" },
	{ "guest.preset_flags", SETTING_BOOL, FIELD(preset_flags), .value = "off",
	  .description = "The kernel makes pages with accessed (and dirty) flags set" },
	{ "guest.populate", SETTING_BOOL, FIELD(populate), .value = "off",
	  .description = "A map directive makes its pages at once, without page faults" },
};

const struct stat guest_stat_table[] = {
#define COUNT(name_, field_, unit_, text_) \
	STAT_COUNT("guest." name_, struct guest_stats, field_, unit_, text_)
	COUNT("page_faults", page_faults, "faults", "Page faults resolved by mapping a page"),
	COUNT("refused", refused, "faults", "Page faults that no mapping cures"),
	COUNT("pages_4k", pages_4k, "pages", "Pages of 4K mapped"),
	COUNT("pages_2m", pages_2m, "pages", "Pages of 2M mapped"),
	COUNT("pages_1g", pages_1g, "pages", "Pages of 1G mapped"),
	COUNT("smaller", smaller, "pages", "Pages smaller than the policy would like"),
	COUNT("populated", populated, "pages", "Pages mapped beforehand"),
	COUNT("unmapped", unmapped, "pages", "Pages unmapped"),
	COUNT("splits", splits, "pages", "Large pages taken apart"),
	COUNT("tables", tables, "frames", "Frames taken for page tables"),
	COUNT("spaces", spaces, "address spaces", "Address spaces"),
	COUNT("switches", switches, "switches", "Switches between address spaces"),
#undef COUNT
};
const size_t guest_stat_count = sizeof guest_stat_table / sizeof *guest_stat_table;

bool guest_settings_add(struct settings *s, struct guest_config *config, struct error *err)
{
	return settings_add(s, "", guest_table, sizeof guest_table / sizeof *guest_table, config,
	                    err);
}

bool guest_config_check(const struct settings *s, const struct guest_config *config,
                        const struct machine_config *machine, struct error *err)
{
	if (config->page == PAGE_POLICY_1G && !machine->knobs.gbpages) {
		settings_reject(s, err, "guest.page", "knob.gbpages is off");
		return false;
	}
	return true;
}
