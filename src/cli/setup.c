/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/setup.h"

#include "cli/presets.h"
#include "host/number.h"

#include <stdio.h>
#include <stdlib.h>

/* Options that are a setting's short form: option, setting, argument, text. */
#define SHORT_FORMS(X)                                                                   \
	X("mode", "mode", "ept|native", "Guest paging on EPT (default), or alone")       \
	X("memory", "memory.size", "SIZE", "Host-physical memory, such as 4G")           \
	X("guest-page", "guest.page", "4k|2m|1g|thp", "Pages by which the guest maps")   \
	X("ept-page", "ept.page", "4k|2m|1g|thp", "Pages by which the hypervisor backs") \
	X("guest-levels", "guest.levels", "4|5", "Levels of the guest's page tables")    \
	X("ept-levels", "ept.levels", "4|5", "Levels of the EPT")                        \
	X("seed", "seed", "N", "Of everything random")

struct short_form {
	const char *option, *key;
};

static const struct short_form short_forms[] = {
#define X(option, key, arg, text) { option, key },
	SHORT_FORMS(X)
#undef X
};

enum { SHORT_COUNT = sizeof short_forms / sizeof *short_forms };

/* A short form's key is KEY_SHORT plus its index, which __COUNTER__ counts. */
enum { KEY_SET = 0x1000, KEY_CONFIG, KEY_CPU, KEY_SHORT, COUNTER_BASE = __COUNTER__ + 1 };

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "The machine:", 1 },
#define X(option, key, arg, text) \
	{ option, KEY_SHORT + __COUNTER__ - COUNTER_BASE, arg, 0, text, 1 },
	SHORT_FORMS(X)
#undef X
	{ "cpu", KEY_CPU, "PRESET", 0, "skx, icx, spr, adl-p, zen2, zen3, zen4, ideal or champsim", 1 },
	{ "set", KEY_SET, "KEY=VALUE", 0, "Any setting; `eptsim config list' names them", 1 },
	{ "config", KEY_CONFIG, "FILE", 0, "Settings from an INI file; --set wins over it", 1 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct setup *s = state->input;
	struct error error = { "" };
	char origin[32];
	bool good;

	if (key == KEY_SET) {
		good = settings_assign(s->settings, SETTING_OVERRIDE, arg, "--set", &error);
	} else if (key == KEY_CPU) {
		good = presets_load(s->settings, arg, &error);
	} else if (key == KEY_CONFIG) {
		good = settings_load_file(s->settings, SETTING_FILE, arg, &error);
	} else if (key >= KEY_SHORT && key < KEY_SHORT + SHORT_COUNT) {
		snprintf(origin, sizeof origin, "--%s", short_forms[key - KEY_SHORT].option);
		good = settings_set(s->settings, SETTING_OVERRIDE, short_forms[key - KEY_SHORT].key,
		                    arg, origin, 0, NULL, &error);
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	/* Not argp_error(): the sentence says it all. */
	if (!good)
		argp_failure(state, 2, 0, "%s", error.message);
	return 0;
}

const struct argp setup_argp = { .options = options, .parser = parse };

bool setup_init(struct setup *s, const char *command)
{
	struct error error = { "out of memory" };

	*s = (struct setup){ .settings = settings_new() };
	if (s->settings && replay_configs_add(s->settings, &s->configs, &error))
		return true;
	fprintf(stderr, "%s: %s\n", command, error.message);
	setup_free(s);
	return false;
}

void setup_free(struct setup *s)
{
	settings_delete(s->settings);
	s->settings = NULL;
}

bool setup_check(struct setup *s, const char *command, enum core_model model)
{
	struct error error = { "" };

	if (replay_configs_check(s->settings, &s->configs, &error)) {
		/* The setting itself stays "auto", as the report has it. */
		if (s->configs.machine.timing.core.model == CORE_AUTO)
			s->configs.machine.timing.core.model = (uint8_t)model;
		return true;
	}
	fprintf(stderr, "%s: %s\n", command, error.message);
	return false;
}

uint64_t setup_number(struct argp_state *state, const char *option, const char *arg)
{
	uint64_t value = 0;

	if (!number_parse_u64(arg, &value))
		argp_failure(state, 2, 0, "%s: expected a number, found \"%s\"", option, arg);
	return value;
}
