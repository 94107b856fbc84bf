/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/presets.h"

#include <stdio.h>
#include <string.h>

/* symbol, name */
#define PRESETS(X)        \
	X(skx, "skx")     \
	X(icx, "icx")     \
	X(spr, "spr")     \
	X(adl_p, "adl-p") \
	X(zen2, "zen2")   \
	X(zen3, "zen3")   \
	X(zen4, "zen4")   \
	X(ideal, "ideal") \
	X(champsim, "champsim")

/* The file's bytes, so that an installed program needs no folder of data. The
 * assembler reads them; the Makefile knows that this object depends on them. */
#define X(symbol, name)                                                 \
	__asm__(".pushsection .rodata\n"                                \
		"preset_" #symbol ": .incbin \"presets/" name ".ini\"\n" \
		"preset_" #symbol "_end: .byte 0\n"                     \
		".popsection\n");                                       \
	extern const char preset_##symbol[], preset_##symbol##_end[];
PRESETS(X)
#undef X

const char *presets_name(unsigned i)
{
	static const char *const names[] = {
#define X(symbol, name) name,
		PRESETS(X)
#undef X
	};

	return i < sizeof names / sizeof *names ? names[i] : NULL;
}

bool presets_load(struct settings *s, const char *name, struct error *err)
{
	char list[256] = "";

#define X(symbol, name_)                                                                    \
	if (!strcmp(name, name_))                                                           \
		return settings_load(s, SETTING_PRESET, "presets/" name_ ".ini", preset_##symbol, \
				     (size_t)(preset_##symbol##_end - preset_##symbol), err);
	PRESETS(X)
#undef X
	for (unsigned i = 0; presets_name(i); i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
			 presets_name(i));
	error_set(err, "--cpu: expected one of %s, found \"%s\"", list, name);
	return false;
}
