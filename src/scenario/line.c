/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/line.h"

#include <inttypes.h>
#include <string.h>

#define GIVEN(mask, key) ((mask) >> (key) & 1)

/* --- the state ----------------------------------------------------------- */

/* A condition of a paging mode (SDM 3A, "Paging Modes and Control Bits"), -1:
 * either. LME follows LMA and PE must be 1 where PG is: no processor is in
 * another state. */
struct mode_bits {
	const char *name;
	int pg, pae, lma, la57;
};

static const struct mode_bits modes[] = {
#define X(id, mode, pg, pae, lma, la57) [id] = { mode, pg, pae, lma, la57 },
	SCENARIO_MODES(X)
#undef X
};

static int check_mode(struct parse *p, const struct scenario *s)
{
	const struct paging_state *st = &s->state;
	const struct mode_bits *m = &modes[s->mode];
	const struct {
		const char *reg, *bit;
		uint64_t value, mask;
		int wanted;
	} bits[] = {
		{ "cr0", "PG (bit 31)", st->cr0, CR0_PG, m->pg },
		{ "cr0", "PE (bit 0)", st->cr0, CR0_PE, m->pg ? 1 : -1 },
		{ "cr4", "PAE (bit 5)", st->cr4, CR4_PAE, m->pae },
		{ "efer", "LMA (bit 10)", st->efer, EFER_LMA, m->lma },
		{ "efer", "LME (bit 8)", st->efer, EFER_LME, m->pg ? m->lma : -1 },
		{ "cr4", "LA57 (bit 12)", st->cr4, CR4_LA57, m->la57 },
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i].wanted >= 0 && !!(bits[i].value & bits[i].mask) != bits[i].wanted)
			return parse_error(p, "mode: expected %s.%s = %d for \"%s\", found %s = 0x%" PRIx64,
			                   bits[i].reg, bits[i].bit, bits[i].wanted, m->name,
			                   bits[i].reg, bits[i].value);
	return 0;
}

/* Linear-address masking and linear-address-space separation. */
static int check_modelled(struct parse *p, const char *reg, uint64_t value)
{
	if (strcmp(reg, "cr3") == 0 && value & CR3_LAM)
		return parse_error(p, "expected bits 62:61 = 0 (LAM is not modelled), found 0x%" PRIx64, value);
	if (strcmp(reg, "cr4") == 0 && value & (CR4_LASS | CR4_LAM_SUP))
		return parse_error(p, "expected bits 28:27 = 0 (LAM and LASS are not modelled), found 0x%" PRIx64,
		                   value);
	return 0;
}

static int check_state(struct parse *p, struct scenario *s, uint32_t given)
{
	struct paging_state *st = &s->state;

	parse_push(p, "cr3", 0);
	if (check_modelled(p, "cr3", st->cr3) < 0)
		return -1;
	parse_pop(p);
	parse_push(p, "cr4", 0);
	if (check_modelled(p, "cr4", st->cr4) < 0)
		return -1;
	parse_pop(p);
	if (check_mode(p, s) < 0)
		return -1;
	st->ept = GIVEN(given, SCENARIO_EPTP);
	st->cs_l = s->mode == MODE_IA32E4 || s->mode == MODE_IA32E5;
	st->pml_inside = st->controls.pml && GIVEN(given, SCENARIO_PML_ADDRESS);
	st->ve_inside = st->controls.ve && GIVEN(given, SCENARIO_VE_ADDRESS);
	/* Registers of something that is off may be given, and play no part. */
	s->pdpte_given = s->mode == MODE_PAE && GIVEN(given, SCENARIO_PDPTE);
	if (!s->pdpte_given)
		memset(st->pdpte, 0, sizeof(st->pdpte));
	return 0;
}

/* --- steps --------------------------------------------------------------- */

/* What is expected stands beside the access or the operation. */
static int read_expectation(struct parse *p, const json_t *expect, const json_t *mem_after,
                            struct step *step)
{
	if (expect) {
		parse_push(p, "expect", 0);
		if (parse_object(p, expect, &expect_keys, &step->expect, &step->expect.present) < 0)
			return -1;
		parse_pop(p);
	}
	if (mem_after) {
		parse_push(p, "mem_after", 0);
		if (parse_cells(p, mem_after, &step->mem_after) < 0)
			return -1;
		parse_pop(p);
		step->mem_after_given = true;
	}
	return 0;
}

/* Which kind of step the keys make: exactly one operation, or the keys of an
 * access. */
static int step_kind(struct parse *p, uint32_t given, uint8_t *kind)
{
	const uint32_t access = (1u << STEP_KEY_OPERATION) - 1;
	uint32_t operations = given >> STEP_KEY_OPERATION & ((1u << STEP_KINDS) - 1);

	if (given & access && operations)
		return parse_error(p, "expected one operation, found \"%s\" and the keys of an access",
		                   step_kind_name(__builtin_ctz(operations)));
	if (operations & (operations - 1))
		return parse_error(p, "expected one operation, found \"%s\" and \"%s\"",
		                   step_kind_name(__builtin_ctz(operations)),
		                   step_kind_name(__builtin_ctz(operations & (operations - 1))));
	if (!(given & access) && !operations)
		return parse_error(p, "expected an access or an operation, found neither");
	*kind = operations ? __builtin_ctz(operations) : STEP_ACCESS;
	for (int i = 0; !operations && i < STEP_KEY_OPERATION; i++)
		if (step_keys.keys[i].required && !GIVEN(given, i))
			return parse_error(p, "the key \"%s\" is missing", step_keys.keys[i].name);
	if (GIVEN(given, STEP_KEY_EPTP_LIST) && *kind != STEP_VMFUNC)
		return parse_error(p, "expected \"eptp_list\" beside \"vmfunc\" only");
	return 0;
}

static int read_step(struct parse *p, const json_t *json, struct step *step)
{
	uint32_t given;
	const char *reg;

	memset(p->later, 0, sizeof(p->later));
	if (parse_object(p, json, &step_keys, step, &given) < 0 ||
	    step_kind(p, given, &step->kind) < 0)
		return -1;
	if (step->kind == STEP_MOV_CR3 || step->kind == STEP_MOV_CR4) {
		reg = step->kind == STEP_MOV_CR3 ? "cr3" : "cr4";
		parse_push(p, step_kind_name(step->kind), 0);
		if (check_modelled(p, reg, step->value) < 0)
			return -1;
		parse_pop(p);
	}
	return read_expectation(p, p->later[LATER_EXPECT], p->later[LATER_MEM_AFTER], step);
}

static int read_steps(struct parse *p, const json_t *json, struct scenario *s)
{
	size_t count = json_array_size(json);

	parse_push(p, "steps", 0);
	if (!json_is_array(json) || count == 0)
		return parse_bad(p, "an array of at least one step", json);
	if (count > SCENARIO_STEPS_MAX)
		return parse_error(p, "expected at most %d steps, found %zu", SCENARIO_STEPS_MAX, count);
	s->steps = pool_alloc(p->pool, count, sizeof(*s->steps));
	s->step_count = count;
	s->sequence = true;
	for (size_t i = 0; i < count; i++) {
		parse_push(p, NULL, i);
		if (read_step(p, json_array_get(json, i), &s->steps[i]) < 0)
			return -1;
		parse_pop(p);
	}
	parse_pop(p);
	return 0;
}

static int read_single_access(struct parse *p, const json_t *const later[LATER_KEYS], struct scenario *s)
{
	uint32_t given;

	s->steps = pool_alloc(p->pool, 1, sizeof(*s->steps));
	s->step_count = 1;
	s->steps->kind = STEP_ACCESS;
	parse_push(p, "access", 0);
	if (parse_object(p, later[LATER_ACCESS], &access_keys, &s->steps->access, &given) < 0)
		return -1;
	parse_pop(p);
	return read_expectation(p, later[LATER_EXPECT], later[LATER_MEM_AFTER], s->steps);
}

/* --- the line ------------------------------------------------------------ */

static const char *default_id(struct parse *p)
{
	char *id = pool_alloc(p->pool, 32, 1);

	snprintf(id, 32, "line %lu", p->line);
	return id;
}

int scenario_from_json(struct parse *p, json_t *json, struct scenario *s)
{
	const json_t *later[LATER_KEYS];
	uint32_t given;

	*s = (struct scenario){
		.file = p->file,
		.line = p->line,
		.json = json,
		.pml_index = 511,
		.state = { .pat = PAT_DEFAULT, .maxphyaddr = MAXPHYADDR_DEFAULT,
			   .ept_vpid_cap = EPT_CAP_EVERYTHING, .knobs = KNOBS_DEFAULT },
	};
	memset(p->later, 0, sizeof(p->later));
	p->depth = 0;
	if (parse_object(p, json, &scenario_keys, s, &given) < 0 || check_state(p, s, given) < 0)
		return -1;
	memcpy(later, p->later, sizeof(later));
	if (!s->id)
		s->id = default_id(p);
	if (!later[LATER_ACCESS] == !later[LATER_STEPS])
		return parse_error(p, "expected either \"access\" or \"steps\", found %s",
		                   later[LATER_ACCESS] ? "both" : "neither");
	if (later[LATER_ACCESS])
		return read_single_access(p, later, s);
	if (later[LATER_EXPECT] || later[LATER_MEM_AFTER])
		return parse_error(p, "expected \"%s\" inside each step, found it beside \"steps\"",
		                   later[LATER_EXPECT] ? "expect" : "mem_after");
	return read_steps(p, later[LATER_STEPS], s);
}
