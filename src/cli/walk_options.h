/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What `eptsim walk` was asked for.
 */
#ifndef CLI_WALK_OPTIONS_H
#define CLI_WALK_OPTIONS_H

#include "machine/layout.h"

#include <eptsim/mmu.h>

#define WALK_DUMPS_MAX 64
#define WALK_SWITCHES_MAX 32
#define WALK_WARM_MAX 1000000

enum walk_source { WALK_LAYOUT, WALK_SCENARIO, WALK_DUMP };

/* Which caches the processor has. */
enum { CACHE_TLB = 1, CACHE_PSC = 2, CACHE_NESTED = 4, CACHE_EPT_PSC = 8, CACHE_ALL = 15 };

struct walk_options {
	enum walk_source source;
	struct access access;
	bool peek;
	unsigned warm;
	unsigned caches;  /* CACHE_... */
	const char *json; /* NULL: text */

	/* A layout; its `state` serves a dump too. */
	struct layout_config layout;
	const char *layout_option; /* an option that only a layout has, if one was given */
	const char *dump_option;   /* likewise a dump's */
	const char *access_option; /* likewise of both, but not a scenario's */

	struct {
		const char *names;
		bool on;
	} feature[WALK_SWITCHES_MAX]; /* --with, --without, in their order */
	unsigned switches;

	const char *scenario, *id;

	/* FILE@HPA, taken apart. */
	struct {
		const char *file;
		hpa_t at;
	} dump[WALK_DUMPS_MAX];
	unsigned dumps;
	bool cr0_given, cr3_given, cr4_given, efer_given;
};

/* Ends the program with status 2 and a sentence on bad usage. */
void walk_options_parse(struct walk_options *o, int argc, char **argv);

#endif
