/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bad configurations: the message names file, line, key and what is allowed.
 */
#include "timing/config.h"

#include "../host/suite.h"

#include <string.h>

/* False with a message, as the command line would have it. */
static bool load(const char *text, struct timing_config *c, struct error *err)
{
	struct settings *s = settings_new();
	bool ok;

	memset(c, 0, sizeof *c);
	ok = timing_settings_add(s, c, err);
	ck_assert_msg(ok, "%s", err->message);
	ok = settings_load(s, SETTING_FILE, "cpu.ini", text, strlen(text), err) &&
	     timing_config_check(s, c, err);
	settings_delete(s);
	return ok;
}

static const struct {
	const char *text;
	const char *said[4]; /* parts of the message */
} bad[] = {
	{ "[cache.l1d]\nsets = 48\n", { "cpu.ini:2", "cache.l1d.sets", "48", "power of two" } },
	{ "[cache.llc]\nhash = xor\nsets = 1000\n", { "cpu.ini:3", "cache.llc.sets", "1000", "mod" } },
	{ "[cache.l2]\nreplacement = tree-plru\nways = 20\n",
	  { "cpu.ini:3", "cache.l2.ways", "20", "power of two, at most 64" } },
	{ "[cache.l2]\nreplacement = mru3-plru4\n", { "cache.l2.ways", "16", "12 ways" } },
	{ "walker.count = 0\n", { "cpu.ini:1", "walker.count", "1", "16" } },
	{ "walker.count = 17\n", { "cpu.ini:1", "walker.count", "1", "16" } },
	{ "\n\nwalker.cuont = 2\n", { "cpu.ini:3", "walker.cuont" } },
	{ "[cache.l1d]\nlatency = -5\n", { "cpu.ini:2", "cache.l1d.latency", "-5", "100000" } },
	{ "[memory]\nlatency = -1\n", { "cpu.ini:2", "memory.latency", "-1", "100000" } },
	{ "[cache.l1d]\nsets = 0\n", { "cpu.ini:2", "cache.l1d.sets", "1", "16777216" } },
	{ "[cache.l1d]\nsets = 99999999999999999999\n", { "cpu.ini:2", "cache.l1d.sets" } },
	{ "[cache.llc]\nsets = 16777216\nways = 1024\n",
	  { "cpu.ini:2", "cache.llc.sets", "16777216", "lines" } },
	{ "[cache.llc]\nways = 1025\n", { "cpu.ini:2", "cache.llc.ways", "1024" } },
	{ "[cache.l2]\nlatency = 3\n", { "cpu.ini:2", "cache.l2.latency", "nearer to the core" } },
	{ "memory.latency = 69\n", { "cpu.ini:1", "memory.latency", "70" } },
	{ "[core]\nwidth = 0\n", { "cpu.ini:2", "core.width", "1", "16" } },
	{ "[core]\nrob = 1025\n", { "cpu.ini:2", "core.rob", "1024" } },
	{ "[core]\nfill_buffers = 0\n", { "cpu.ini:2", "core.fill_buffers", "64" } },
	{ "[core]\nclock = 0\n", { "cpu.ini:2", "core.clock", "0.01", "100" } },
	{ "[core]\nmodel = magic\n", { "cpu.ini:2", "core.model", "serial", "window" } },
	{ "[cache.l2]\ninclusion = maybe\n", { "cpu.ini:2", "cache.l2.inclusion", "victim" } },
	{ "[cost]\nvm_exit = 1.5\n", { "cpu.ini:2", "cost.vm_exit", "1.5" } },
	{ "[cache.l1d]\nsets = 64\nsets = 64\n", { "cpu.ini:3", "cache.l1d.sets" } },
};

START_TEST(bad_configurations)
{
	struct timing_config c;
	struct error err = { "" };

	ck_assert_msg(!load(bad[_i].text, &c, &err), "taken: %s", bad[_i].text);
	for (unsigned i = 0; i < 4 && bad[_i].said[i]; i++)
		ck_assert_msg(strstr(err.message, bad[_i].said[i]) != NULL, "\"%s\" is not in: %s",
			      bad[_i].said[i], err.message);
}
END_TEST

START_TEST(good_configurations)
{
	struct timing_config c;
	struct error err = { "" };

	ck_assert_msg(load("", &c, &err), "%s", err.message);
	ck_assert_uint_eq(c.cache[CACHE_L1D].sets, 64);
	ck_assert_uint_eq(c.cost[COST_EXIT], 1200);
	ck_assert_msg(load("[cache.llc]\nhash = mod\nsets = 1000\n[cache.l1i]\nways = 0\n", &c, &err),
		      "%s", err.message);
	ck_assert_uint_eq(c.cache[CACHE_LLC].sets, 1000);
	/* A cache that is not there needs no geometry that fits. */
	ck_assert_msg(load("[cache.l1d]\nways = 0\nsets = 3\nlatency = 99\n", &c, &err), "%s",
		      err.message);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("configuration");

	tcase_add_loop_test(tests, bad_configurations, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, good_configurations);
	return run_suite("timing configuration", tests);
}
