/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz target: any bytes as INI text. Beyond not crashing, what was taken
 * must print as INI that reads back as the same values.
 */
#include "host/frames.h"
#include "host/settings.h"

#include <stdlib.h>
#include <string.h>

struct config {
	uint64_t size, top;
	uint16_t ways;
	bool on;
	enum frames_policy frames;
	double share;
	char name[16];
};

static const struct setting table[] = {
	{ "top", SETTING_U64, SETTING_FIELD(struct config, top), .value = "0", .description = "x" },
	{ "memory.size", SETTING_SIZE, SETTING_FIELD(struct config, size), .value = "4G",
	  .min = "1M", .max = "4P", .multiple = "4K", .description = "x" },
	{ "memory.frames", SETTING_ENUM, SETTING_FIELD(struct config, frames),
	  .value = "contiguous", .names = frames_policy_names, .description = "x" },
	{ "tlb.ways", SETTING_U64, SETTING_FIELD(struct config, ways), .value = "4", .min = "1",
	  .description = "x" },
	{ "tlb.l1.on", SETTING_BOOL, SETTING_FIELD(struct config, on), .value = "off",
	  .description = "x" },
	{ "tlb.share", SETTING_DOUBLE, SETTING_FIELD(struct config, share), .value = "0",
	  .max = "1", .description = "x" },
	{ "tlb.name", SETTING_STRING, SETTING_FIELD(struct config, name), .value = "",
	  .description = "x" },
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

/* All bytes of a config that mean something are in its fields: start from 0. */
static struct settings *load(struct config *c, const char *text, size_t length)
{
	struct settings *s = settings_new();
	struct error err = { "" };

	memset(c, 0, sizeof(*c));
	if (!s || !settings_add(s, "", table, COUNT, c, &err))
		abort();
	if (settings_load(s, SETTING_FILE, "fuzz", text, length, &err) == (err.message[0] != 0))
		abort(); /* a message exactly when it fails */
	return s;
}

static void print_all(const struct settings *s)
{
	FILE *nowhere = fopen("/dev/null", "w");

	if (!nowhere)
		abort();
	settings_print(s, nowhere, SETTINGS_TEXT);
	fclose(nowhere);
	json_decref(settings_json(s));
	json_decref(settings_json_full(s));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config first, second;
	struct settings *s = load(&first, (const char *)data, size), *again;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	print_all(s);
	if (!out || !settings_print(s, out, SETTINGS_INI))
		abort();
	fclose(out);
	again = load(&second, text, length);
	/* The bytes behind a string's end are left from longer values. */
	if (first.size != second.size || first.top != second.top || first.ways != second.ways ||
	    first.on != second.on || first.frames != second.frames || first.share != second.share ||
	    strcmp(first.name, second.name) != 0)
		abort();
	settings_delete(s);
	settings_delete(again);
	free(text);
	return 0;
}
