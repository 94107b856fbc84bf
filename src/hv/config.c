/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/hv.h"

#define FIELD(member) SETTING_FIELD(struct hv_config, member)

static const struct setting hv_table[] = {
	{ "guest.memory", SETTING_SIZE, FIELD(memory), .value = "0", .max = "4P", .multiple = "4K",
	  .unit = "bytes",
	  .description =
	          "Guest-physical memory of each virtual machine; 0: as much as memory.size" },
	{ "ept.page", SETTING_ENUM, FIELD(page), .value = "4k", .names = page_policy_names,
	  .description = "Pages by which the hypervisor backs guest memory" },
	{ "ept.levels", SETTING_U64, FIELD(levels), .value = "4", .min = "4", .max = "5",
	  .unit = "levels", .description = "Levels of the extended page tables" },
	{ "ept.ad", SETTING_BOOL, FIELD(ad), .value = "on",
	  .description = "Accessed and dirty flags in EPT entries" },
	{ "ept.vpid", SETTING_BOOL, FIELD(vpid), .value = "on",
	  .description = "Each virtual machine has a VPID: its number plus 1" },
	{ "ept.preset_flags", SETTING_BOOL, FIELD(preset_flags), .value = "off",
	  .description = "The hypervisor makes pages with accessed and dirty flags set" },
	{ "ept.populate", SETTING_BOOL, FIELD(populate), .value = "off",
	  .description =
	          "The hypervisor backs what the guest kernel takes at once, without an exit" },
};

const struct stat hv_stat_table[] = {
#define COUNT(name_, field_, unit_, text_) STAT_COUNT(name_, struct hv_stats, field_, unit_, text_)
	COUNT("hv.vms", vms, "virtual machines", "Virtual machines"),
	COUNT("hv.violations", violations, "exits", "EPT violations resolved by backing a page"),
	COUNT("hv.kernel_writes", kernel_writes, "exits",
	      "Exits because the guest kernel wrote to a page table that was not backed yet"),
	COUNT("hv.populated", populated, "pages", "Pages backed beforehand"),
	COUNT("hv.pages_4k", pages_4k, "pages", "Pages of 4K that back guest memory"),
	COUNT("hv.pages_2m", pages_2m, "pages", "Pages of 2M that back guest memory"),
	COUNT("hv.pages_1g", pages_1g, "pages", "Pages of 1G that back guest memory"),
	COUNT("hv.smaller", smaller, "pages", "Pages smaller than the policy would like"),
	COUNT("hv.outside", outside, "exits", "Violations outside the guest's memory"),
	COUNT("hv.refused", refused, "exits", "Violations by rights, which backing does not cure"),
#undef COUNT
};
const size_t hv_stat_count = sizeof hv_stat_table / sizeof *hv_stat_table;

bool hv_settings_add(struct settings *s, struct hv_config *config, struct error *err)
{
	return settings_add(s, "", hv_table, sizeof hv_table / sizeof *hv_table, config, err);
}

bool hv_config_check(const struct settings *s, const struct hv_config *config,
                     const struct machine_config *machine, struct error *err)
{
	uint64_t memory = config->memory ? config->memory : machine->memory_size;
	unsigned bits = config->levels == 5 ? 57 : 48;

	if (machine->mode == MODE_NATIVE)
		return true;
	if (memory > UINT64_C(1) << machine->maxphyaddr || memory > UINT64_C(1) << bits) {
		settings_reject(s, err, config->memory ? "guest.memory" : "memory.size",
		                "more than a guest can address (maxphyaddr = %u, %u-level EPT)",
		                machine->maxphyaddr, config->levels);
		return false;
	}
	return true;
}
