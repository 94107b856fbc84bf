/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim decode: explains a value.
 */
#include "cli/commands.h"

#include "cli/features.h"
#include "host/number.h"
#include "host/output.h"
#include "report/decode.h"

#include <eptsim/ept.h>

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	OPT_LEVEL = 256,
	OPT_MODE,
	OPT_MAXPHYADDR,
	OPT_CAP,
	OPT_AD,
	OPT_WITH,
	OPT_WITHOUT,
	OPT_JSON
};

struct decode_command {
	struct paging_state state;
	struct regime regime;
	const char *kind_name;
	enum decode_kind kind;
	bool kind_given;
	unsigned level; /* 0: not given */
	const char *json;
	char **values;
	int value_count;
	struct output output;
	struct error error;
};

static const struct argp_option options[] = {
	{ "level", OPT_LEVEL, "LEVEL", 0, "Of an entry: 1..5, or pte, pde, pdpte, pml4e, pml5e",
	  0 },
	{ "mode", OPT_MODE, "MODE", 0,
	  "Paging mode of a guest entry: 4level (the default), 5level, "
	  "pae or 32bit",
	  0 },
	{ "maxphyaddr", OPT_MAXPHYADDR, "N", 0, "Width of physical addresses, 36..52 (46)", 0 },
	{ "cap", OPT_CAP, "V", 0, "IA32_VMX_EPT_VPID_CAP (everything that is modelled)", 0 },
	{ "ept-ad", OPT_AD, "on|off", 0, "EPT accessed and dirty flags (on)", 0 },
	{ "with", OPT_WITH, "NAMES", 0,
	  "Features that are on; 'eptsim help walk' lists them. On "
	  "without being asked for: wp, nx, pse, pge, pke, gbpages, ve, spp",
	  0 },
	{ "without", OPT_WITHOUT, "NAMES", 0, "Features that are off", 0 },
	{ "json", OPT_JSON, "FILE", 0, "Write JSON to FILE (-: standard output) instead of text",
	  0 },
	{ 0 },
};

/* ---- Options ---- */

static uint64_t number(struct argp_state *state, const char *what, const char *text, uint64_t min,
                       uint64_t max)
{
	uint64_t value;

	if (!number_parse_u64(text, &value))
		argp_error(state,
		           "%s: expected a number (decimal, or hexadecimal after 0x), found '%s'",
		           what, text);
	if (value < min || value > max)
		argp_error(state, "%s: %s is not in %" PRIu64 "..%" PRIu64, what, text, min, max);
	return value;
}

static void parse_level(struct decode_command *d, struct argp_state *state, const char *text)
{
	for (unsigned level = 1; level <= 5; level++)
		if ((text[0] == (char)('0' + level) && !text[1]) ||
		    !strcasecmp(text, entry_name(level)))
			d->level = level;
	if (!d->level)
		argp_error(state,
		           "--level: expected 1..5, pte, pde, pdpte, pml4e or pml5e, found '%s'",
		           text);
}

static void parse_mode(struct decode_command *d, struct argp_state *state, const char *text)
{
	struct paging_state *s = &d->state;
	bool long_mode = !strcmp(text, "4level") || !strcmp(text, "5level");

	if (!long_mode && strcmp(text, "pae") != 0 && strcmp(text, "32bit") != 0)
		argp_error(state, "--mode: expected 4level, 5level, pae or 32bit, found '%s'",
		           text);
	s->cr4 &= ~(CR4_PAE | CR4_LA57);
	s->efer &= ~(EFER_LME | EFER_LMA);
	s->cr4 |= strcmp(text, "32bit") != 0 ? CR4_PAE : 0;
	s->cr4 |= !strcmp(text, "5level") ? CR4_LA57 : 0;
	s->efer |= long_mode ? EFER_LME | EFER_LMA : 0;
}

static void parse_switch(struct decode_command *d, struct argp_state *state, const char *text)
{
	if (!strcmp(text, "on"))
		d->state.eptp |= EPTP_AD;
	else if (!strcmp(text, "off"))
		d->state.eptp &= ~EPTP_AD;
	else
		argp_error(state, "--ept-ad: expected on or off, found '%s'", text);
}

static void check(struct decode_command *d, struct argp_state *state)
{
	bool entry = d->kind == DECODE_GUEST_ENTRY || d->kind == DECODE_EPT_ENTRY;

	if (!d->kind_given)
		return;
	if (!d->value_count)
		argp_error(state, "%s: a value is needed, say %s", d->kind_name,
		           decode_kind_example(d->kind));
	if (entry && !d->level)
		argp_error(state, "%s: which level? --level 1..5, or pte, pde, pdpte, pml4e, pml5e",
		           d->kind_name);
	if (d->kind == DECODE_VE_AREA && d->value_count > 5)
		argp_error(state, "ve-area: the area has 5 values of 8 bytes, found %d",
		           d->value_count);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct decode_command *d = state->input;

	switch (key) {
	case OPT_LEVEL:
		parse_level(d, state, arg);
		return 0;
	case OPT_MODE:
		parse_mode(d, state, arg);
		return 0;
	case OPT_MAXPHYADDR:
		d->state.maxphyaddr =
			(uint8_t)number(state, "--maxphyaddr", arg, MAXPHYADDR_MIN, MAXPHYADDR_MAX);
		return 0;
	case OPT_CAP:
		d->state.ept_vpid_cap = number(state, "--cap", arg, 0, UINT64_MAX);
		return 0;
	case OPT_AD:
		parse_switch(d, state, arg);
		return 0;
	case OPT_WITH:
	case OPT_WITHOUT:
		if (!features_set(&d->state, arg, key == OPT_WITH, &d->error))
			argp_error(state, "%s", d->error.message);
		return 0;
	case OPT_JSON:
		d->json = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			return ARGP_ERR_UNKNOWN; /* ARGP_KEY_ARGS takes them all */
		d->kind_name = arg;
		d->kind_given = decode_kind_find(arg, &d->kind);
		if (!d->kind_given)
			argp_error(state, "there is no kind '%s'; 'eptsim decode' lists them", arg);
		return 0;
	case ARGP_KEY_ARGS:
		d->values = state->argv + state->next;
		d->value_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_SUCCESS:
		check(d, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "KIND VALUE...",
	.doc = "Explain a value bit by bit: what each field means, which bits are reserved, what "
	       "the "
	       "value leads to. Values are decimal, or hexadecimal after 0x. Without a KIND: list "
	       "the "
	       "kinds, each with an example."
	       "\vA ! marks what must not be: reserved bits that are set, a misconfiguration.\n"
	       "Exit status: 0 explained, 2 bad input.",
};

/* ---- Output ---- */

static void list_kinds(FILE *out)
{
	fputs("Kinds of values, each with an example:\n", out);
	for (unsigned k = 0; k < DECODE_KIND_COUNT; k++)
		fprintf(out, "  %s\n      eptsim decode %s %s\n",
		        decode_kind_text((enum decode_kind)k),
		        decode_kind_name((enum decode_kind)k),
		        decode_kind_example((enum decode_kind)k));
}

/* Is `level` one of the paging mode or EPT? */
static bool check_level(struct decode_command *d)
{
	static const uint8_t top[] = { 0, 2, 3, 4, 5 };
	unsigned levels = d->kind == DECODE_EPT_ENTRY ? 5 : top[d->regime.mode];

	if (d->level <= levels)
		return true;
	error_set(&d->error, "this paging mode has no %s", entry_name(d->level));
	return false;
}

static bool decode_values(struct decode_command *d, json_t *array)
{
	struct decode_context c = { .regime = &d->regime,
		                    .level = (uint8_t)d->level,
		                    .hlat = d->state.controls.hlat };
	bool narrow = d->kind == DECODE_GUEST_ENTRY && d->regime.mode == PAGING_32BIT;

	for (int i = 0; i < d->value_count; i++) {
		struct decoded decoded;
		uint64_t value;

		if (!number_parse_u64(d->values[i], &value)) {
			error_set(
				&d->error,
				"expected a number (decimal, or hexadecimal after 0x), found '%s'",
				d->values[i]);
			return false;
		}
		if ((narrow || d->kind == DECODE_ERROR_CODE) && value > UINT32_MAX) {
			error_set(&d->error, "%s has more than 32 bits", d->values[i]);
			return false;
		}
		c.qword = (uint8_t)i;
		decode(&decoded, d->kind, &c, value);
		if (d->json)
			json_array_append_new(array, decode_json(&decoded));
		else
			decode_print(&decoded, d->output.stream);
	}
	return true;
}

static bool run(struct decode_command *d)
{
	json_t *object;
	bool ok;

	/* What makes a state bad is not the question here. */
	(void)regime_init(&d->regime, &d->state, false);
	if (!check_level(d))
		return false;
	if (!d->json)
		return decode_values(d, NULL);
	object = json_object();
	json_object_set_new(object, "schema", json_string("eptsim-decode/1"));
	json_object_set_new(object, "values", json_array());
	ok = decode_values(d, json_object_get(object, "values")) &&
	     json_write(object, d->output.stream, &d->error);
	json_decref(object);
	return ok;
}

int cmd_decode(int argc, char **argv)
{
	struct decode_command d = {
		.state = {
			.cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG,
			.cr4 = CR4_PAE | CR4_PSE | CR4_PGE | CR4_PKE,
			.efer = EFER_LME | EFER_LMA | EFER_NXE,
			.pat = PAT_DEFAULT,
			.maxphyaddr = MAXPHYADDR_DEFAULT,
			.ept = true,
			.eptp = EPTP_AD | UINT64_C(3) << EPTP_WALK_SHIFT | MEMORY_WB,
			.ept_vpid_cap = EPT_CAP_EVERYTHING,
			.controls = { .ve = true, .spp = true },
			.knobs = KNOBS_DEFAULT,
		},
	};
	bool ok;

	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &d) != 0)
		return 2;
	ok = output_open(&d.output, d.json ? d.json : "-", &d.error);
	if (ok && !d.kind_given)
		list_kinds(d.output.stream);
	else if (ok)
		ok = run(&d);
	ok = ok && output_commit(&d.output, &d.error);
	output_abandon(&d.output);
	if (ok)
		return 0;
	fprintf(stderr, "eptsim decode: %s\n", d.error.message);
	return 2;
}
