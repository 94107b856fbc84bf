/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/walk_values.h"

#include "host/number.h"

#include <inttypes.h>
#include <string.h>

uint64_t walk_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
                     uint64_t max)
{
	uint64_t value;

	if (!number_parse_u64(text, &value))
		argp_error(state,
		           "%s: expected a number (decimal, or hexadecimal after 0x), found '%s'",
		           option, text);
	if (value < min || value > max) {
		if (max > UINT32_MAX)
			argp_error(state, "%s: %s is more than 0x%" PRIx64, option, text, max);
		else
			argp_error(state, "%s: %s is not in %" PRIu64 "..%" PRIu64, option, text,
			           min, max);
	}
	return value;
}

/* Index of `text` in the null-terminated list of names. */
unsigned walk_choice(struct argp_state *state, const char *option, const char *text,
                     const char *const *names)
{
	char list[128] = "";

	for (unsigned i = 0; names[i]; i++) {
		if (!strcmp(names[i], text))
			return i;
		if (i)
			strcat(list, names[i + 1] ? ", " : " or ");
		strcat(list, names[i]);
	}
	argp_error(state, "%s: expected %s, found '%s'", option, list, text);
	return 0;
}

uint8_t walk_parse_ept_page(struct argp_state *state, const char *option, const char *text)
{
	static const char *const names[] = { "4k", "2m", "1g", NULL };

	return (uint8_t)(walk_choice(state, option, text, names) + 1);
}

void walk_parse_paging(struct walk_options *o, struct argp_state *state, const char *text)
{
	static const char *const names[] = { "4level", "5level", "pae", "32bit", "none", NULL };
	static const uint8_t modes[] = { PAGING_4LEVEL, PAGING_5LEVEL, PAGING_PAE, PAGING_32BIT,
		                         PAGING_NONE };

	o->layout.paging = modes[walk_choice(state, "--paging", text, names)];
}

void walk_parse_guest_page(struct walk_options *o, struct argp_state *state, const char *text)
{
	static const char *const names[] = { "4k", "2m", "4m", "1g", NULL };
	static const uint8_t shifts[] = { PAGE_SHIFT_4K, PAGE_SHIFT_2M, PAGE_SHIFT_4M,
		                          PAGE_SHIFT_1G };

	o->layout.guest_shift = shifts[walk_choice(state, "--guest-page", text, names)];
}

void walk_parse_access(struct walk_options *o, struct argp_state *state, const char *text)
{
	static const char *const kinds[] = { "read", "write", "rmw", "fetch", NULL };
	char copy[64], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", text);
	word = strsep(&rest, ",");
	o->access.type = (uint8_t)walk_choice(state, "--access", word, kinds);
	while (rest) {
		word = strsep(&rest, ",");
		if (!strcmp(word, "implicit"))
			o->access.implicit = true;
		else if (!strcmp(word, "stack"))
			o->access.stack = true;
		else if (!strcmp(word, "shadow-stack"))
			o->access.shadow_stack = true;
		else if (!strcmp(word, "wruss"))
			o->access.user = o->access.shadow_stack = true;
		else
			argp_error(state,
			           "--access: expected implicit, stack, shadow-stack or wruss "
			           "after the kind, found '%s'",
			           word);
	}
	if (o->access.shadow_stack && o->access.type == ACCESS_FETCH)
		argp_error(state, "--access: a shadow-stack access is no fetch");
}

/* Letters to a mask: "r-x"; each letter at most once. */
static uint64_t parse_perm(struct argp_state *state, const char *option, const char *text,
                           const char *letters, const uint64_t *bits)
{
	uint64_t mask = 0;

	for (const char *c = text; *c; c++) {
		const char *found = strchr(letters, *c);

		if (*c == '-')
			continue;
		if (!found || mask & bits[found - letters])
			argp_error(state,
			           "%s: expected letters of %s, each once, and -, found '%s'",
			           option, letters, text);
		mask |= bits[found - letters];
	}
	return mask;
}

uint64_t walk_parse_ept_perm(struct argp_state *state, const char *option, const char *text)
{
	static const uint64_t bits[] = { EPT_R, EPT_W, EPT_X, EPT_XU };

	return parse_perm(state, option, text, "rwxu", bits);
}

void walk_parse_guest_perm(struct walk_options *o, struct argp_state *state, const char *text)
{
	enum { PRESENT = 1 << 8, SUPERVISOR = 1 << 9 }; /* no RIGHT_ */
	static const uint64_t bits[] = { PRESENT, RIGHT_W, RIGHT_X, SUPERVISOR };
	uint64_t perm = parse_perm(state, "--guest-perm", text, "rwxs", bits);

	o->layout.guest_present = perm & PRESENT;
	o->layout.guest_perm =
		(uint8_t)((perm & (RIGHT_W | RIGHT_X)) | (perm & SUPERVISOR ? 0 : RIGHT_U));
}

/* "guest2", "ept2", "ept2@4". */
static struct layout_edit *parse_entry(struct walk_options *o, struct argp_state *state,
                                       const char *option, const char *text, size_t length)
{
	struct layout_edit *e = &o->layout.edit[o->layout.edits];
	char copy[16] = "";
	int level = 0, guest_level = 0, used = 0;

	if (o->layout.edits == LAYOUT_EDITS_MAX)
		argp_error(state, "at most %d entries can be changed", LAYOUT_EDITS_MAX);
	if (length < sizeof(copy))
		memcpy(copy, text, length);
	*e = (struct layout_edit){ 0 };
	if (sscanf(copy, "guest%1d%n", &level, &used) == 1 && !copy[used])
		e->kind = LAYOUT_GUEST;
	else if (sscanf(copy, "ept%1d@%1d%n", &level, &guest_level, &used) == 2 && !copy[used])
		e->kind = LAYOUT_EPT_TABLE;
	else if (sscanf(copy, "ept%1d%n", &level, &used) == 1 && !copy[used])
		e->kind = LAYOUT_EPT_DATA;
	if (level < 1 || level > 5 || guest_level < 0 || guest_level > 5)
		argp_error(state,
		           "%s: expected an entry like guest2, ept2 or ept2@4 (levels 1..5), "
		           "found '%.*s'",
		           option, (int)(length < 40 ? length : 40), text);
	e->level = (uint8_t)level;
	e->guest_level = (uint8_t)guest_level;
	o->layout.edits++;
	return e;
}

void walk_parse_clear_present(struct walk_options *o, struct argp_state *state, const char *text)
{
	struct layout_edit *e = parse_entry(o, state, "--clear-present", text, strlen(text));

	e->clear = e->kind == LAYOUT_GUEST ? PTE_P : EPT_RWX | EPT_XU;
}

void walk_parse_bits(struct walk_options *o, struct argp_state *state, const char *option,
                     const char *text, bool set)
{
	const char *colon = strchr(text, ':');
	struct layout_edit *e;
	uint64_t bits;

	if (!colon)
		argp_error(state, "%s: expected ENTRY:BITS, say guest2:0x80, found '%s'", option,
		           text);
	e = parse_entry(o, state, option, text, (size_t)(colon - text));
	bits = walk_number(state, option, colon + 1, 0, UINT64_MAX);
	*(set ? &e->set : &e->clear) = bits;
}

void walk_parse_dump(struct walk_options *o, struct argp_state *state, char *text)
{
	char *at = strrchr(text, '@');

	if (!at || at == text) {
		argp_error(state, "--mem: expected FILE@HPA, found '%s'", text);
		return;
	}
	if (o->dumps == WALK_DUMPS_MAX)
		argp_error(state, "--mem: at most %d files", WALK_DUMPS_MAX);
	*at = 0;
	o->dump[o->dumps].file = text;
	o->dump[o->dumps].at = hpa(walk_number(state, "--mem", at + 1, 0, (UINT64_C(1) << 52) - 1));
	if (o->dump[o->dumps].at.v % 8)
		argp_error(state, "--mem: the address %s is not a multiple of 8", at + 1);
	o->dumps++;
}

void walk_parse_caches(struct walk_options *o, struct argp_state *state, const char *text)
{
	static const char *const names[] = {
		"none", "all", "tlb", "psc", "nested", "ept-psc", NULL
	};
	static const unsigned masks[] = { 0,         CACHE_ALL,    CACHE_TLB,
		                          CACHE_PSC, CACHE_NESTED, CACHE_EPT_PSC };
	char copy[64], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", text);
	o->caches = 0;
	while (rest)
		o->caches |= masks[walk_choice(state, "--caches", strsep(&rest, ","), names)];
}
