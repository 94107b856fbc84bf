/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/json.h"
#include "host/settings.h"

#include "capture.h"
#include "suite.h"

#include <string.h>
#include <unistd.h>

enum color { RED, GREEN, BLUE };
static const char *const color_names[] = { "red", "green", "blue", NULL };

struct config {
	uint64_t size;
	uint32_t ways;
	uint8_t tiny;
	uint16_t narrow;
	bool on;
	enum color color;
	double share;
	char name[16];
	uint64_t top;
};

static const struct setting table[] = {
	{ "top", SETTING_U64, SETTING_FIELD(struct config, top), .value = "0",
	  .description = "Of no section" },
	{ "memory.size", SETTING_SIZE, SETTING_FIELD(struct config, size), .value = "4G",
	  .min = "1M", .max = "4P", .multiple = "4K", .unit = "bytes", .description = "Memory",
	  .source = "assumed" },
	{ "tlb.ways", SETTING_U64, SETTING_FIELD(struct config, ways), .value = "4", .min = "1",
	  .max = "64", .description = "Ways | of a set" },
	{ "tlb.tiny", SETTING_U64, SETTING_FIELD(struct config, tiny), .value = "0",
	  .description = "One byte" },
	{ "tlb.narrow", SETTING_SIZE, SETTING_FIELD(struct config, narrow), .value = "0",
	  .description = "Two bytes" },
	{ "tlb.l1.on", SETTING_BOOL, SETTING_FIELD(struct config, on), .value = "off",
	  .description = "Is it there" },
	{ "tlb.l1.color", SETTING_ENUM, SETTING_FIELD(struct config, color), .value = "green",
	  .names = color_names, .description = "Colour" },
	{ "tlb.share", SETTING_DOUBLE, SETTING_FIELD(struct config, share), .value = "0.25",
	  .min = "0", .max = "1", .description = "Share" },
	{ "tlb.name", SETTING_STRING, SETTING_FIELD(struct config, name), .value = "",
	  .description = "Name" },
};
enum { COUNT = sizeof(table) / sizeof(table[0]) };

static struct config config;
static struct settings *settings;
static struct error err;

static void setup(void)
{
	memset(&config, 0xee, sizeof(config));
	settings = settings_new();
	ck_assert_msg(settings_add(settings, "", table, COUNT, &config, &err), "%s", err.message);
}

static void teardown(void)
{
	settings_delete(settings);
}

static bool load(enum setting_layer layer, const char *text)
{
	return settings_load(settings, layer, "x.ini", text, strlen(text), &err);
}

static void check_get(const char *key, const char *expected)
{
	char text[64];

	ck_assert(settings_get(settings, key, text, sizeof(text)));
	ck_assert_str_eq(text, expected);
}

START_TEST(defaults)
{
	ck_assert_uint_eq(config.size, UINT64_C(4) << 30);
	ck_assert_uint_eq(config.ways, 4);
	ck_assert_uint_eq(config.tiny, 0);
	ck_assert_uint_eq(config.narrow, 0);
	ck_assert(!config.on);
	ck_assert_int_eq(config.color, GREEN);
	ck_assert_double_eq(config.share, 0.25);
	ck_assert_str_eq(config.name, "");
}
END_TEST

/* key=value, whether it is good, and the value in force afterwards or the
 * message. */
static const struct assignment {
	const char *text;
	bool good;
	const char *key, *expected;
} assignments[] = {
	{ "memory.size=1M", true, "memory.size", "1M" },
	{ "memory.size = 0x200000", true, "memory.size", "2M" },
	{ "memory.size=4P", true, "memory.size", "4P" },
	{ "tlb.ways=64", true, "tlb.ways", "64" },
	{ "tlb.tiny=255", true, "tlb.tiny", "255" },
	{ "tlb.l1.on=yes", true, "tlb.l1.on", "on" },
	{ "tlb.l1.on=0", true, "tlb.l1.on", "off" },
	{ "tlb.l1.color=blue", true, "tlb.l1.color", "blue" },
	{ "tlb.share=1", true, "tlb.share", "1" },
	{ "tlb.name=a = b # c", true, "tlb.name", "a = b # c" },
	{ "tlb.name=", true, "tlb.name", "" },
	{ "tlb.name=123456789012345", true, "tlb.name", "123456789012345" },
	{ "memory.size=5000000", false, "memory.size",
	  "--set: memory.size = 5000000: expected size, 1M to 4P, a multiple of 4K" },
	{ "memory.size=512K", false, "memory.size",
	  "--set: memory.size = 512K: expected size, 1M to 4P, a multiple of 4K" },
	{ "tlb.ways=65", false, "tlb.ways", "--set: tlb.ways = 65: expected integer, 1 to 64" },
	{ "tlb.ways=-1", false, "tlb.ways", "--set: tlb.ways = -1: expected integer, 1 to 64" },
	{ "tlb.ways=", false, "tlb.ways", "--set: tlb.ways = : expected integer, 1 to 64" },
	{ "tlb.tiny=256", false, "tlb.tiny", "--set: tlb.tiny = 256: expected integer, 0 to 255" },
	{ "tlb.narrow=64K", false, "tlb.narrow",
	  "--set: tlb.narrow = 64K: expected size, 0 to 65535" },
	{ "tlb.l1.on=maybe", false, "tlb.l1.on", "--set: tlb.l1.on = maybe: expected on or off" },
	{ "tlb.l1.color=pink", false, "tlb.l1.color",
	  "--set: tlb.l1.color = pink: expected red, green or blue" },
	{ "tlb.share=1.01", false, "tlb.share",
	  "--set: tlb.share = 1.01: expected number, 0 to 1" },
	{ "tlb.share=nan", false, "tlb.share", "--set: tlb.share = nan: expected number, 0 to 1" },
	{ "tlb.name=1234567890123456", false, "tlb.name",
	  "--set: tlb.name = 1234567890123456: expected text of at most 15 bytes" },
	{ "tlb.name=a\nb", false, "tlb.name",
	  "--set: tlb.name = a?b: expected text of at most 15 bytes" },
	{ "memory.siz=1M", false, "top",
	  "--set: unknown key \"memory.siz\", did you mean \"memory.size\"?" },
	{ "tlb.color=red", false, "top",
	  "--set: unknown key \"tlb.color\", did you mean \"tlb.l1.color\"?" },
	{ "tlb.tiname=red", false, "top",
	  "--set: unknown key \"tlb.tiname\", did you mean \"tlb.name\"?" },
	{ "tlb.w=1", false, "top", "--set: unknown key \"tlb.w\"" },
	{ "tlb.share=-0.5", false, "tlb.share",
	  "--set: tlb.share = -0.5: expected number, 0 to 1" },
	{ "something.else=1", false, "top", "--set: unknown key \"something.else\"" },
	{ "=1", false, "top", "--set: unknown key \"\"" },
	{ "top", false, "top", "--set: expected key=value, found \"top\"" },
	{ "", false, "top", "--set: expected key=value, found \"\"" },
};

START_TEST(assign)
{
	const struct assignment *a = &assignments[_i];
	char before[64], after[64];
	bool good;

	ck_assert(settings_get(settings, a->key, before, sizeof(before)));
	good = settings_assign(settings, SETTING_OVERRIDE, a->text, "--set", &err);
	ck_assert_msg(good == a->good, "%s: %s", a->text, err.message);
	ck_assert(settings_get(settings, a->key, after, sizeof(after)));
	if (good) {
		ck_assert_str_eq(after, a->expected);
	} else {
		ck_assert_str_eq(err.message, a->expected);
		ck_assert_str_eq(after, before);
	}
}
END_TEST

/* Setting one field leaves its neighbours alone. */
START_TEST(narrow_fields)
{
	static const char *const fields[] = { "memory.size=2M", "tlb.ways=63",
		                              "tlb.tiny=255",   "tlb.narrow=65535",
		                              "tlb.l1.on=on",   "tlb.l1.color=blue",
		                              "tlb.share=0.75", "tlb.name=123456789012345",
		                              "top=77" };
	enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };
	struct config before;

	memset(&before, 0, sizeof(before));
	for (unsigned last = 0; last < FIELDS; last++) {
		for (unsigned i = 0; i < FIELDS; i++)
			ck_assert(settings_assign(settings, SETTING_OVERRIDE, fields[i], "", &err));
		before = config;
		ck_assert(settings_assign(settings, SETTING_OVERRIDE, fields[last], "", &err));
		ck_assert_mem_eq(&config, &before, sizeof(config));
	}
}
END_TEST

START_TEST(ini)
{
	ck_assert_msg(load(SETTING_FILE, "\xef\xbb\xbf# a comment\r\n"
	                                 "top=7\r\n"
	                                 "\n"
	                                 "[memory]   ; with a comment\n"
	                                 "  size\t= 8G    # published: a manual, table 3\n"
	                                 "[ tlb ]\n"
	                                 "ways = 8 ;a comment\r\n"
	                                 "name = a;b"),
	              "%s", err.message);
	check_get("top", "7");
	check_get("memory.size", "8G");
	check_get("tlb.ways", "8");
	check_get("tlb.name", "a;b");
}
END_TEST

/* The text of a file, and its message; null where it is good. */
static const struct {
	const char *text, *message;
} texts[] = {
	{ "", NULL },
	{ "\n\n", NULL },
	{ "top = 1", NULL },
	{ "top = 1 # x\n[tlb]\nways = 2\n[tlb.l1]\non = on\n[tlb]\ntiny = 3\n", NULL },
	{ "[tlb]\nname = \"a # \\\"b\\\\\" ; c\n", NULL },
	{ "tlb.ways = 3\n", NULL },
	{ "[tlb]\nways = 8;no comment\n",
	  "x.ini:2: tlb.ways = 8;no comment: expected integer, 1 to 64" },
	{ "top = 1\n\n[memory]\nsize = 12\n",
	  "x.ini:4: memory.size = 12: expected size, 1M to 4P, a multiple of 4K" },
	{ "[tlb]\nwasy = 1\n", "x.ini:2: unknown key \"tlb.wasy\", did you mean \"tlb.ways\"?" },
	{ "[tlb]\nways = 1\n[memory]\nsize = 1M\n[tlb]\nways = 1\n",
	  "x.ini:6: tlb.ways is set twice, first in line 2" },
	{ "hello\n", "x.ini:1: expected key = value or [section]" },
	{ "= 1\n", "x.ini:1: expected key = value or [section]" },
	{ "[tlb\n", "x.ini:1: expected ']' at the end of the section's name" },
	{ "[tlb] x\n", "x.ini:1: expected nothing behind a section's name" },
	{ "[ ]\n", "x.ini:1: a section needs a name" },
	{ "[]\n", "x.ini:1: a section needs a name" },
	{ "tlb.name = \"abc\n", "x.ini:1: expected '\"' at the end of the value" },
	{ "tlb.name = \"abc\\\"\n", "x.ini:1: expected '\"' at the end of the value" },
	{ "tlb.name = \"abc\" x\n", "x.ini:1: expected nothing behind the quoted value" },
};

START_TEST(ini_texts)
{
	bool good = load(SETTING_FILE, texts[_i].text);

	ck_assert_msg(good == !texts[_i].message, "%d: %s", _i, err.message);
	if (!good)
		ck_assert_str_eq(err.message, texts[_i].message);
	if (strstr(texts[_i].text, "\\\\\""))
		ck_assert_str_eq(config.name, "a # \"b\\");
}
END_TEST

START_TEST(ini_limits)
{
	static char line[SETTINGS_LINE_MAX + 64], large[SETTINGS_FILE_MAX + 1];

	memset(line, '#', sizeof(line));
	ck_assert(settings_load(settings, SETTING_FILE, "f", line, SETTINGS_LINE_MAX, &err));
	ck_assert(!settings_load(settings, SETTING_FILE, "f", line, SETTINGS_LINE_MAX + 1, &err));
	ck_assert_str_eq(err.message, "f:1: the line is longer than 4096 bytes");
	memset(large, '\n', sizeof(large));
	ck_assert(settings_load(settings, SETTING_FILE, "f", large, SETTINGS_FILE_MAX, &err));
	ck_assert(!settings_load(settings, SETTING_FILE, "f", large, sizeof(large), &err));
	ck_assert_str_eq(err.message, "f: longer than 1 MiB: not a configuration file");
	ck_assert(!settings_load(settings, SETTING_FILE, "f", "top = 1\ntop\0 = 1", 16, &err));
	ck_assert_str_eq(err.message, "f:2: the line holds a zero byte: is this a text file?");
	/* A key as long as a line, in a section as long as a line. */
	memset(line, 'a', sizeof(line));
	line[0] = '[';
	line[4000] = ']';
	line[4001] = '\n';
	line[8001 - 4000] = '\n';
	memcpy(line + 4100, "=1", 2);
	ck_assert(!settings_load(settings, SETTING_FILE, "f", line, 4102, &err));
	ck_assert_int_eq(strncmp(err.message, "f:2: unknown key \"aaaa", 22), 0);
}
END_TEST

/* Layers win in their own order, not in that of loading. */
START_TEST(layers_in_order)
{
	static const enum setting_layer layers[] = { SETTING_PRESET, SETTING_FILE,
		                                     SETTING_OVERRIDE };
	static const char *const values[] = { "tlb.ways = 10", "tlb.ways = 20", "tlb.ways = 30" };
	static const unsigned orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};

	for (unsigned used = 1; used <= 3; used++)
		for (unsigned i = 0; i < 6; i++) {
			uint32_t highest = 0;

			teardown();
			setup();
			for (unsigned j = 0; j < used; j++) {
				ck_assert(load(layers[orders[i][j]], values[orders[i][j]]));
				if (10 * orders[i][j] + 10 > highest)
					highest = 10 * orders[i][j] + 10;
			}
			ck_assert_uint_eq(config.ways, highest);
		}
	/* Within one layer the last counts; a bad value is bad in any layer. */
	ck_assert(settings_assign(settings, SETTING_OVERRIDE, "tlb.ways=31", "--set", &err));
	ck_assert_uint_eq(config.ways, 31);
	ck_assert(!load(SETTING_PRESET, "tlb.ways = 0"));
}
END_TEST

static void check_printed(enum settings_format format, const char *expected)
{
	struct capture c;

	ck_assert(settings_print(settings, capture_begin(&c), format));
	ck_assert_str_eq(capture_end(&c), expected);
	free(c.text);
}

static void change_some(void)
{
	ck_assert(load(SETTING_PRESET, "[tlb]\nways = 8 ; measured: curve\nshare = 0.1\n"));
	ck_assert(load(SETTING_FILE, "[tlb]\nname = \" x#\" # bad \x1b[2J\n"));
	ck_assert(settings_assign(settings, SETTING_OVERRIDE, "memory.size=8M", "--set", &err));
}

START_TEST(print_text)
{
	change_some();
	check_printed(SETTINGS_TEXT, "key           value  unit   from     source\n"
	                             "top           0             default\n"
	                             "memory.size   8M     bytes  --set\n"
	                             "tlb.ways      8             x.ini:2  measured: curve\n"
	                             "tlb.tiny      0             default\n"
	                             "tlb.narrow    0             default\n"
	                             "tlb.l1.on     off           default\n"
	                             "tlb.l1.color  green         default\n"
	                             "tlb.share     0.1           x.ini:3\n"
	                             "tlb.name       x#           x.ini:2  bad ?[2J\n");
}
END_TEST

START_TEST(print_list)
{
	struct capture c;
	static const char expected[] =
		"key           default  allowed                             unit   meaning\n"
		"top           0        integer, 0 to 18446744073709551615         Of no section\n"
		"memory.size   4G       size, 1M to 4P, a multiple of 4K    bytes  Memory\n";

	ck_assert(settings_print(settings, capture_begin(&c), SETTINGS_LIST));
	capture_end(&c);
	c.text[strlen(expected)] = 0;
	ck_assert_str_eq(c.text, expected);
	free(c.text);
}
END_TEST

START_TEST(print_ini)
{
	change_some();
	check_printed(SETTINGS_INI, "top = 0\n"
	                            "\n[memory]\nsize = 8M\n"
	                            "\n[tlb]\nways = 8 # measured: curve\ntiny = 0\nnarrow = 0\n"
	                            "\n[tlb.l1]\non = off\ncolor = green\n"
	                            "\n[tlb]\nshare = 0.1\nname = \" x#\" # bad ?[2J\n");
}
END_TEST

/* Written and read back: the same values, whatever they are. */
START_TEST(round_trip)
{
	static const char *const names[] = { "",    " ",    "a",        "a b", " a ",  "#",
		                             "a;b", "a ;b", " a",       "\"",  "\\",   "\\\"",
		                             "[x]", "x=y",  "\xc3\xa4", "a\\", "\"a\"" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct config before;
		struct capture c;

		ck_assert(settings_set(settings, SETTING_OVERRIDE, "tlb.name", names[i], NULL, 0,
		                       NULL, &err));
		ck_assert(settings_assign(settings, SETTING_OVERRIDE,
		                          "tlb.share=0.30000000000000004", "", &err));
		ck_assert(settings_assign(settings, SETTING_OVERRIDE, "top=0xffffffffffffffff", "",
		                          &err));
		before = config;
		ck_assert(settings_print(settings, capture_begin(&c), SETTINGS_INI));
		capture_end(&c);
		teardown();
		setup();
		ck_assert_msg(load(SETTING_FILE, c.text), "%s", err.message);
		ck_assert_str_eq(config.name, before.name);
		ck_assert(config.share == before.share);
		ck_assert_uint_eq(config.top, before.top);
		ck_assert_uint_eq(config.size, before.size);
		free(c.text);
	}
}
END_TEST

START_TEST(markdown)
{
	struct capture c;
	static const char expected[] =
		"| key | default | allowed | unit | meaning | source |\n"
		"|---|---|---|---|---|---|\n"
		"| `top` | 0 | integer, 0 to 18446744073709551615 | | Of no section | |\n"
		"| `memory.size` | 4G | size, 1M to 4P, a multiple of 4K | bytes | Memory | "
	        "assumed |\n"
		"| `tlb.ways` | 4 | integer, 1 to 64 | | Ways \\| of a set | |\n";

	change_some(); /* must not show: documentation tells defaults */
	ck_assert(settings_print(settings, capture_begin(&c), SETTINGS_MARKDOWN));
	capture_end(&c);
	c.text[strlen(expected)] = 0;
	ck_assert_str_eq(c.text, expected);
	free(c.text);
}
END_TEST

START_TEST(json)
{
	json_t *object;
	struct capture c;

	change_some();
	object = settings_json(settings);
	ck_assert(json_write_line(object, capture_begin(&c), NULL));
	ck_assert_str_eq(
		capture_end(&c),
		"{\"top\":0,\"memory.size\":8388608,\"tlb.ways\":8,\"tlb.tiny\":0,\"tlb.narrow\":0,"
		"\"tlb.l1.on\":false,\"tlb.l1.color\":\"green\",\"tlb.share\":0.1,\"tlb.name\":\" "
	        "x#\"}\n");
	free(c.text);
	json_decref(object);
	object = settings_json_full(settings);
	ck_assert(json_write_line(json_object_get(object, "tlb.ways"), capture_begin(&c), NULL));
	ck_assert_str_eq(capture_end(&c), "{\"value\":8,\"layer\":\"preset\",\"origin\":\"x.ini:"
	                                  "2\",\"source\":\"measured: curve\","
	                                  "\"default\":\"4\",\"min\":\"1\",\"max\":\"64\","
	                                  "\"description\":\"Ways | of a set\"}\n");
	free(c.text);
	json_decref(object);
}
END_TEST

START_TEST(reject)
{
	change_some();
	settings_reject(settings, &err, "tlb.ways", "the hash cannot index %d sets", 3);
	ck_assert_str_eq(err.message, "x.ini:2: tlb.ways = 8: the hash cannot index 3 sets");
	settings_reject(settings, &err, "memory.size", "too small");
	ck_assert_str_eq(err.message, "--set: memory.size = 8M: too small");
	settings_reject(settings, &err, "tlb.tiny", "no");
	ck_assert_str_eq(err.message, "default: tlb.tiny = 0: no");
	settings_reject(settings, &err, "absent", "no");
	ck_assert_str_eq(err.message, "absent: no");
}
END_TEST

/* One table for two structs, by prefix. */
START_TEST(prefixes)
{
	struct config other;

	ck_assert_msg(settings_add(settings, "second.", table, COUNT, &other, &err), "%s",
	              err.message);
	ck_assert(load(SETTING_FILE, "[second.tlb]\nways = 7\n[tlb]\nways = 6\n"));
	ck_assert_uint_eq(other.ways, 7);
	ck_assert_uint_eq(config.ways, 6);
	check_get("second.tlb.ways", "7");
	ck_assert(!settings_add(settings, "second.", table, 1, &other, &err));
	ck_assert_str_eq(err.message, "setting second.top: the key is malformed or declared twice");
}
END_TEST

/* Sections with names of one length, one behind the other. */
START_TEST(sections)
{
	struct config a, b;
	struct capture c;

	teardown();
	settings = settings_new();
	ck_assert(settings_add(settings, "aaa.", table, 1, &a, &err));
	ck_assert(settings_add(settings, "bbb.", table, 1, &b, &err));
	ck_assert(settings_print(settings, capture_begin(&c), SETTINGS_INI));
	ck_assert_str_eq(capture_end(&c), "[aaa]\ntop = 0\n\n[bbb]\ntop = 0\n");
	free(c.text);
}
END_TEST

START_TEST(wrong_tables)
{
	static const struct setting bad[] = {
		{ "Upper", SETTING_U64, 0, 8, .value = "0", .description = "x" },
		{ "", SETTING_U64, 0, 8, .value = "0", .description = "x" },
		{ "a.", SETTING_U64, 0, 8, .value = "0", .description = "x" },
		{ "a", SETTING_U64, 0, 3, .value = "0", .description = "x" },
		{ "a", SETTING_U64, 0, 8, .value = "5", .max = "4", .description = "x" },
		{ "a", SETTING_U64, 0, 8, .value = "5", .max = "4K", .description = "x" },
		{ "a", SETTING_U64, 0, 8, .value = "5", .multiple = "0", .description = "x" },
		{ "a", SETTING_U64, 0, 8, .value = NULL, .description = "x" },
		{ "a", SETTING_U64, 0, 8, .value = "5" },
		{ "a", SETTING_BOOL, 0, 8, .value = "on", .description = "x" },
		{ "a", SETTING_DOUBLE, 0, 4, .value = "1", .description = "x" },
		{ "a", SETTING_DOUBLE, 0, 8, .value = "1", .min = "x", .description = "x" },
		{ "a", SETTING_ENUM, 0, 4, .value = "red", .description = "x" },
		{ "a", SETTING_ENUM, 0, 4, .value = "pink", .names = color_names,
		  .description = "x" },
		{ "a", SETTING_STRING, 0, 3, .value = "abc", .description = "x" },
		{ "a", SETTING_BOOL, 0, 1, .value = "on", .max = "1", .description = "x" },
	};
	uint64_t room;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!settings_add(settings, "", &bad[i], 1, &room, &err), "row %u", i);
}
END_TEST

START_TEST(files)
{
	char path[] = "/tmp/eptsim-settings-XXXXXX", expected[128];
	int descriptor = mkstemp(path);

	ck_assert_int_eq(write(descriptor, "top = 9\ntop = x", 15), 15);
	close(descriptor);
	ck_assert(!settings_load_file(settings, SETTING_FILE, path, &err));
	snprintf(expected, sizeof(expected), "%s:2: top is set twice, first in line 1", path);
	ck_assert_str_eq(err.message, expected);
	ck_assert_uint_eq(config.top, 9);
	unlink(path);
	ck_assert(!settings_load_file(settings, SETTING_FILE, "/nonexistent", &err));
	ck_assert_str_eq(err.message, "/nonexistent: cannot be opened: No such file or directory");
	ck_assert(!settings_load_file(settings, SETTING_FILE, "/", &err));
	ck_assert_str_eq(err.message, "/: cannot be read: Is a directory");
	ck_assert(!settings_load_file(settings, SETTING_FILE, "/dev/zero", &err));
	ck_assert_str_eq(err.message, "/dev/zero: longer than 1 MiB: not a configuration file");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("settings");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, defaults);
	tcase_add_loop_test(tests, assign, 0, sizeof(assignments) / sizeof(assignments[0]));
	tcase_add_test(tests, narrow_fields);
	tcase_add_test(tests, ini);
	tcase_add_loop_test(tests, ini_texts, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tests, ini_limits);
	tcase_add_test(tests, layers_in_order);
	tcase_add_test(tests, print_text);
	tcase_add_test(tests, print_list);
	tcase_add_test(tests, print_ini);
	tcase_add_test(tests, round_trip);
	tcase_add_test(tests, markdown);
	tcase_add_test(tests, json);
	tcase_add_test(tests, reject);
	tcase_add_test(tests, prefixes);
	tcase_add_test(tests, sections);
	tcase_add_test(tests, wrong_tables);
	tcase_add_test(tests, files);
	return run_suite("settings", tests);
}
