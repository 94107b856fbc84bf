/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/walk_options.h"

#include "cli/features.h"
#include "cli/walk_values.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_ACCESS = 256,
	OPT_CPL,
	OPT_SIZE,
	OPT_WITH,
	OPT_WITHOUT,
	OPT_PKRU,
	OPT_PKRS,
	OPT_CAP,
	OPT_MAXPHYADDR,
	OPT_PEEK,
	OPT_WARM,
	OPT_CACHES,
	OPT_JSON,
	OPT_MODE,
	OPT_PAGING,
	OPT_GUEST_LEVELS,
	OPT_EPT_LEVELS,
	OPT_GUEST_PAGE,
	OPT_EPT_PAGE,
	OPT_TABLE_PAGE,
	OPT_EPT_AD,
	OPT_FRESH,
	OPT_GUEST_PERM,
	OPT_EPT_PERM,
	OPT_TABLE_PERM,
	OPT_CLEAR_PRESENT,
	OPT_SET_BITS,
	OPT_CLEAR_BITS,
	OPT_SCENARIO,
	OPT_ID,
	OPT_MEM,
	OPT_CR0,
	OPT_CR3,
	OPT_CR4,
	OPT_EFER,
	OPT_EPTP,
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "The access:", 1 },
	{ "access", OPT_ACCESS, "KIND", 0,
	  "read (the default), write, rmw or fetch; after commas: "
	  "implicit, stack, shadow-stack, wruss",
	  0 },
	{ "cpl", OPT_CPL, "N", 0, "Privilege level 0..3 (3: user)", 0 },
	{ "size", OPT_SIZE, "N", 0, "Bytes, 1..4096 (8; a fetch: 1)", 0 },

	{ NULL, 0, NULL, 0, "A layout: tables built for this one address (the default):", 2 },
	{ "mode", OPT_MODE, "MODE", 0, "ept (guest paging and EPT) or native (guest paging alone)",
	  0 },
	{ "paging", OPT_PAGING, "MODE", 0, "4level, 5level, pae, 32bit or none", 0 },
	{ "guest-levels", OPT_GUEST_LEVELS, "N", 0, "4 or 5: the same as --paging 4level or 5level",
	  0 },
	{ "guest-page", OPT_GUEST_PAGE, "SIZE", 0, "4k, 2m (32bit: 4m) or 1g", 0 },
	{ "ept-levels", OPT_EPT_LEVELS, "N", 0, "4 or 5", 0 },
	{ "ept-page", OPT_EPT_PAGE, "SIZE", 0,
	  "4k, 2m or 1g: EPT pages under data and guest tables", 0 },
	{ "ept-table-page", OPT_TABLE_PAGE, "SIZE", 0, "EPT pages under the guest's tables alone", 0 },
	{ "ept-ad", OPT_EPT_AD, "on|off", 0, "EPT accessed and dirty flags (on)", 0 },
	{ "fresh", OPT_FRESH, NULL, 0,
	  "All accessed and dirty flags are clear, as in tables that "
	  "nobody used yet",
	  0 },
	{ "guest-perm", OPT_GUEST_PERM, "PERM", 0,
	  "Of the guest's page: letters of rwx, and s "
	  "for a supervisor's page; without r it is not present; - stands for a missing one",
	  0 },
	{ "ept-perm", OPT_EPT_PERM, "PERM", 0,
	  "Of the EPT page under the data: letters of rwx, and u "
	  "(execute in user mode) with mbe",
	  0 },
	{ "ept-table-perm", OPT_TABLE_PERM, "PERM", 0, "Of the EPT pages under the guest's tables",
	  0 },
	{ "clear-present", OPT_CLEAR_PRESENT, "ENTRY", 0,
	  "Make an entry not present: guest2 is the "
	  "guest's entry of level 2, ept2 the EPT's on the way to the data, ept2@4 the EPT's on "
	  "the "
	  "way to the guest's entry of level 4",
	  0 },
	{ "set-bits", OPT_SET_BITS, "ENTRY:BITS", 0, "Set bits of an entry", 0 },
	{ "clear-bits", OPT_CLEAR_BITS, "ENTRY:BITS", 0, "Clear bits of an entry", 0 },

	{ NULL, 0, NULL, 0, "A scenario:", 3 },
	{ "scenario", OPT_SCENARIO, "FILE", 0,
	  "Explain each step of the first scenario in FILE (-: "
	  "standard input); no GVA is given",
	  0 },
	{ "id", OPT_ID, "ID", 0, "With --scenario: the one with this id", 0 },

	{ NULL, 0, NULL, 0, "A dump of physical memory:", 4 },
	{ "mem", OPT_MEM, "FILE@HPA", 0, "The bytes of FILE are at HPA and up (repeat for more)",
	  0 },
	{ "cr0", OPT_CR0, "V", 0, "CR0 as it was (0x80010011)", 0 },
	{ "cr3", OPT_CR3, "V", 0, "CR3 as it was", 0 },
	{ "cr4", OPT_CR4, "V", 0, "CR4 as it was (0x20)", 0 },
	{ "efer", OPT_EFER, "V", 0, "IA32_EFER as it was (0xd00: 4-level paging)", 0 },
	{ "eptp", OPT_EPTP, "V", 0, "The EPT pointer; without it there is no EPT", 0 },

	{ NULL, 0, NULL, 0, "The processor of a layout or a dump:", 5 },
	{ "with", OPT_WITH, "NAMES", 0, "Switch features on (see below)", 0 },
	{ "without", OPT_WITHOUT, "NAMES", 0, "Switch features off", 0 },
	{ "pkru", OPT_PKRU, "V", 0, "Protection-key rights of user-mode addresses (0)", 0 },
	{ "pkrs", OPT_PKRS, "V", 0, "Protection-key rights of supervisor-mode addresses (0)", 0 },
	{ "cap", OPT_CAP, "V", 0, "IA32_VMX_EPT_VPID_CAP (everything that is modelled)", 0 },
	{ "maxphyaddr", OPT_MAXPHYADDR, "N", 0, "Width of physical addresses, 36..52 (46)", 0 },
	{ "warm", OPT_WARM, "N", 0, "Make the same access N times first", 0 },
	{ "caches", OPT_CACHES, "NAMES", 0,
	  "all (the default), none, or some of tlb, psc, nested, "
	  "ept-psc",
	  0 },
	{ "peek", OPT_PEEK, NULL, 0,
	  "Look only: no flag, no log, no cache changes (always so for a "
	  "dump without --warm)",
	  0 },

	{ NULL, 0, NULL, 0, "Output:", 6 },
	{ "json", OPT_JSON, "FILE", 0,
	  "Write the explanation as JSON to FILE (-: standard output) "
	  "instead of text",
	  0 },
	{ NULL, 0, NULL, 0, "", -1 },
	{ 0 },
};

/* ---- Options by group ---- */

static bool parse_layout_option(struct walk_options *o, int key, char *arg,
                                struct argp_state *state)
{
	static const char *const modes[] = { "native", "ept", NULL };
	static const char *const levels[] = { "4", "5", NULL };
	static const char *const switches[] = { "off", "on", NULL };

	switch (key) {
	case OPT_MODE:
		o->layout.ept = walk_choice(state, "--mode", arg, modes);
		break;
	case OPT_PAGING:
		walk_parse_paging(o, state, arg);
		break;
	case OPT_GUEST_LEVELS:
		o->layout.paging = walk_choice(state, "--guest-levels", arg, levels)
		                           ? PAGING_5LEVEL
		                           : PAGING_4LEVEL;
		break;
	case OPT_EPT_LEVELS:
		o->layout.ept_levels =
			(uint8_t)(4 + walk_choice(state, "--ept-levels", arg, levels));
		break;
	case OPT_GUEST_PAGE:
		walk_parse_guest_page(o, state, arg);
		break;
	case OPT_EPT_PAGE:
		o->layout.data_level = walk_parse_ept_page(state, "--ept-page", arg);
		break;
	case OPT_TABLE_PAGE:
		o->layout.table_level = walk_parse_ept_page(state, "--ept-table-page", arg);
		break;
	case OPT_EPT_AD:
		o->layout.ept_ad = walk_choice(state, "--ept-ad", arg, switches);
		break;
	case OPT_FRESH:
		o->layout.fresh = true;
		break;
	case OPT_GUEST_PERM:
		walk_parse_guest_perm(o, state, arg);
		break;
	case OPT_EPT_PERM:
		o->layout.data_perm = walk_parse_ept_perm(state, "--ept-perm", arg);
		break;
	case OPT_TABLE_PERM:
		o->layout.table_perm = walk_parse_ept_perm(state, "--ept-table-perm", arg);
		break;
	case OPT_CLEAR_PRESENT:
		walk_parse_clear_present(o, state, arg);
		break;
	case OPT_SET_BITS:
		walk_parse_bits(o, state, "--set-bits", arg, true);
		break;
	case OPT_CLEAR_BITS:
		walk_parse_bits(o, state, "--clear-bits", arg, false);
		break;
	default:
		return false;
	}
	return true;
}

static bool parse_dump_option(struct walk_options *o, int key, char *arg, struct argp_state *state)
{
	struct paging_state *s = &o->layout.state;

	switch (key) {
	case OPT_MEM:
		walk_parse_dump(o, state, arg);
		break;
	case OPT_CR0:
		s->cr0 = walk_number(state, "--cr0", arg, 0, UINT64_MAX);
		o->cr0_given = true;
		break;
	case OPT_CR3:
		s->cr3 = walk_number(state, "--cr3", arg, 0, UINT64_MAX);
		o->cr3_given = true;
		break;
	case OPT_CR4:
		s->cr4 = walk_number(state, "--cr4", arg, 0, UINT64_MAX);
		o->cr4_given = true;
		break;
	case OPT_EFER:
		s->efer = walk_number(state, "--efer", arg, 0, UINT64_MAX);
		o->efer_given = true;
		break;
	case OPT_EPTP:
		s->eptp = walk_number(state, "--eptp", arg, 0, UINT64_MAX);
		s->ept = true;
		break;
	default:
		return false;
	}
	return true;
}

static bool parse_processor_option(struct walk_options *o, int key, char *arg,
                                   struct argp_state *state)
{
	struct paging_state *s = &o->layout.state;

	switch (key) {
	case OPT_ACCESS:
		walk_parse_access(o, state, arg);
		break;
	case OPT_CPL:
		s->cpl = (uint8_t)walk_number(state, "--cpl", arg, 0, 3);
		break;
	case OPT_SIZE:
		o->access.size = (uint32_t)walk_number(state, "--size", arg, 1, 4096);
		break;
	case OPT_WITH:
	case OPT_WITHOUT:
		if (o->switches == WALK_SWITCHES_MAX)
			argp_error(state, "at most %d times --with and --without",
			           WALK_SWITCHES_MAX);
		o->feature[o->switches].names = arg;
		o->feature[o->switches++].on = key == OPT_WITH;
		break;
	case OPT_PKRU:
		s->pkru = (uint32_t)walk_number(state, "--pkru", arg, 0, UINT32_MAX);
		break;
	case OPT_PKRS:
		s->pkrs = (uint32_t)walk_number(state, "--pkrs", arg, 0, UINT32_MAX);
		break;
	case OPT_CAP:
		s->ept_vpid_cap = walk_number(state, "--cap", arg, 0, UINT64_MAX);
		break;
	case OPT_MAXPHYADDR:
		s->maxphyaddr = (uint8_t)walk_number(state, "--maxphyaddr", arg, MAXPHYADDR_MIN,
		                                     MAXPHYADDR_MAX);
		break;
	case OPT_WARM:
		o->warm = (unsigned)walk_number(state, "--warm", arg, 0, WALK_WARM_MAX);
		break;
	case OPT_CACHES:
		walk_parse_caches(o, state, arg);
		break;
	case OPT_PEEK:
		o->peek = true;
		break;
	default:
		return false;
	}
	return true;
}

/* ---- All together ---- */

/* After the registers, wherever they stand on the command line. */
static void switch_features(struct walk_options *o, struct argp_state *state)
{
	struct paging_state *s = &o->layout.state;
	struct error error;

	if (o->source == WALK_DUMP) {
		s->cr0 |= o->cr0_given ? 0 : CR0_PG;
		s->cr4 |= o->cr4_given ? 0 : CR4_PAE;
		s->efer |= o->efer_given ? 0 : EFER_LME | EFER_LMA;
		s->cs_l = s->efer & EFER_LMA;
	}
	for (unsigned i = 0; i < o->switches; i++)
		if (!features_set(s, o->feature[i].names, o->feature[i].on, &error))
			argp_error(state, "%s", error.message);
	o->layout.supervisor_shadow_stack = s->eptp & EPTP_SSS;
	if (o->source == WALK_LAYOUT)
		s->eptp = 0;
}

static const char *option_name(int key)
{
	for (const struct argp_option *option = options; option->name || option->doc; option++)
		if (option->key == key)
			return option->name;
	return "?";
}

static void check(struct walk_options *o, struct argp_state *state, bool gva_given)
{
	if (o->scenario) {
		const char *other = o->layout_option ? o->layout_option
		                    : o->dump_option ? o->dump_option
		                                     : o->access_option;

		o->source = WALK_SCENARIO;
		if (other)
			argp_error(state, "--%s does not go with --scenario, which says it all",
			           other);
		if (gva_given)
			argp_error(state,
			           "--scenario: the addresses are in the scenario, none is given");
		return;
	}
	if (o->id)
		argp_error(state, "--id belongs to --scenario");
	if (!gva_given)
		argp_error(state, "a guest-virtual address is needed");
	if (o->dump_option) {
		o->source = WALK_DUMP;
		if (o->layout_option)
			argp_error(state, "--%s builds tables, --%s is about tables that are there",
			           o->layout_option, o->dump_option);
		if (!o->dumps)
			argp_error(state, "--%s needs the memory, by --mem FILE@HPA",
			           o->dump_option);
		if (!o->cr3_given && (!o->cr0_given || o->layout.state.cr0 & CR0_PG))
			argp_error(state, "--mem needs --cr3: where the guest's tables are");
	}
	if (!o->access.size)
		o->access.size = o->access.type == ACCESS_FETCH ? 1 : 8;
	switch_features(o, state);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct walk_options *o = state->input;

	if (parse_layout_option(o, key, arg, state)) {
		o->layout_option = option_name(key);
		return 0;
	}
	if (parse_dump_option(o, key, arg, state)) {
		o->dump_option = option_name(key);
		return 0;
	}
	if (parse_processor_option(o, key, arg, state)) {
		o->access_option = option_name(key);
		return 0;
	}
	switch (key) {
	case OPT_SCENARIO:
		o->scenario = arg;
		return 0;
	case OPT_ID:
		o->id = arg;
		return 0;
	case OPT_JSON:
		o->json = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one address is expected, found '%s' too", arg);
		o->access.gva = gva(walk_number(state, "GVA", arg, 0, UINT64_MAX));
		return 0;
	case ARGP_KEY_END:
		check(o, state, state->arg_num > 0);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of features stands behind the options. */
static char *help_filter(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || !(f = open_memstream(&list, &size)))
		return (char *)text;
	fputs("Features for --with and --without (on without being asked for: wp, nx, gbpages, "
	      "flags_before_final):\n",
	      f);
	features_print(f);
	fprintf(f, "\n%s", text ? text : "");
	if (fclose(f)) {
		free(list);
		return (char *)text;
	}
	return list;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "GVA\n--scenario FILE",
	.doc = "Explain one translation, reference by reference: where each entry is, what it "
	       "says, "
	       "what it decides, and how the access ends."
	       "\vExit status: 0 the access succeeds, 1 it ends in a fault or VM exit, 2 bad "
	       "input.",
	.help_filter = help_filter,
};

void walk_options_parse(struct walk_options *o, int argc, char **argv)
{
	*o = (struct walk_options){ .layout = layout_config_default(), .caches = CACHE_ALL };
	o->layout.data_level = o->layout.table_level = 0;
	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, o) != 0)
		exit(2);
	if (!o->layout.data_level)
		o->layout.data_level = 1;
	if (!o->layout.table_level)
		o->layout.table_level = o->layout.data_level;
}
