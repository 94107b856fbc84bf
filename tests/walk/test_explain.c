/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Explanations: each fault that a layout can provoke is told with its rule, at the
 * right entry; and what is written as JSON reads back and adds up.
 */
#include "machine/layout.h"
#include "report/explain.h"
#include "scenario/run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define GVA UINT64_C(0x12345678)

struct told {
	struct layout layout;
	struct mmu *mmu;
	struct access access;
	struct translation translation;
	struct explanation e;
};

static void tell(struct told *t, const struct layout_config *c, const struct access *a)
{
	struct mmu_geometry g = mmu_geometry_none();
	struct error error = { "" };
	struct explain_input in = { .access = &t->access, .translation = &t->translation };

	memset(t, 0, sizeof(*t));
	t->access = *a;
	ck_assert_msg(layout_init(&t->layout, c, a, &error), "%s", error.message);
	t->mmu = mmu_create(&t->layout.arena.mem, &g);
	in.entry = mmu_enter(t->mmu, &t->layout.state, true, &t->translation) != OUTCOME_OK;
	if (!in.entry)
		(void)!mmu_translate(t->mmu, a, &t->translation);
	in.state = in.entry ? &t->layout.state : mmu_state(t->mmu);
	in.refs = mmu_refs(t->mmu, &in.ref_count);
	ck_assert(explanation_make(&t->e, &in));
}

static void forget(struct told *t)
{
	explanation_destroy(&t->e);
	mmu_destroy(t->mmu);
	layout_destroy(&t->layout);
}

static const struct explained_ref *refused(const struct told *t)
{
	const struct explained_ref *found = NULL;

	for (size_t i = 0; i < t->e.ref_count; i++)
		if (t->e.ref[i].refused) {
			ck_assert_ptr_null(found);
			found = &t->e.ref[i];
		}
	return found;
}

/* ---- Each fault ---- */

struct provocation {
	const char *name;
	enum rule rule;
	enum outcome outcome;
	const char *entry; /* refused; NULL: none */
	unsigned number;   /* of its reference; 0: not asked */
	void (*change)(struct layout_config *c, struct access *a);
};

static void edit(struct layout_config *c, unsigned kind, unsigned level, unsigned guest_level,
                 uint64_t clear, uint64_t set)
{
	c->edit[c->edits++] = (struct layout_edit){ (uint8_t)kind, (uint8_t)level,
		                                    (uint8_t)guest_level, clear, set };
}

#define CHANGE(name, ...)                                           \
	static void name(struct layout_config *c, struct access *a) \
	{                                                           \
		(void)c, (void)a;                                   \
		__VA_ARGS__;                                        \
	}

CHANGE(guest_absent_4, edit(c, LAYOUT_GUEST, 4, 0, PTE_P, 0))
CHANGE(guest_absent_1, edit(c, LAYOUT_GUEST, 1, 0, PTE_P, 0))
CHANGE(guest_reserved_4, edit(c, LAYOUT_GUEST, 4, 0, 0, PTE_PS))
CHANGE(guest_reserved_width, edit(c, LAYOUT_GUEST, 2, 0, 0, UINT64_C(1) << 50))
CHANGE(supervisor_page, c->guest_perm = RIGHT_W | RIGHT_X)
CHANGE(read_only, c->guest_perm = RIGHT_U | RIGHT_X; a->type = ACCESS_WRITE)
CHANGE(execute_disable, c->guest_perm = RIGHT_U | RIGHT_W; a->type = ACCESS_FETCH)
CHANGE(smep, c->state.cpl = 0; c->state.cr4 |= CR4_SMEP; a->type = ACCESS_FETCH)
CHANGE(smap, c->state.cpl = 0; c->state.cr4 |= CR4_SMAP)
CHANGE(key, c->state.cr4 |= CR4_PKE; c->state.pkru = 1)
CHANGE(shadow_stack, a->shadow_stack = true)
CHANGE(not_canonical, a->gva.v = UINT64_C(1) << 60)
CHANGE(stack_not_canonical, a->gva.v = UINT64_C(1) << 60; a->stack = true)
CHANGE(ept_absent_4, edit(c, LAYOUT_EPT_TABLE, 4, 4, 7, 0))
CHANGE(ept_absent_data, edit(c, LAYOUT_EPT_DATA, 1, 0, 7, 0))
CHANGE(ept_absent_table, edit(c, LAYOUT_EPT_TABLE, 1, 2, 7, 0))
CHANGE(ept_no_read, c->data_perm = EPT_X)
CHANGE(ept_no_write, c->data_perm = EPT_R; a->type = ACCESS_WRITE)
CHANGE(ept_no_write_above, edit(c, LAYOUT_EPT_DATA, 3, 0, EPT_W, 0); a->type = ACCESS_WRITE)
CHANGE(ept_no_fetch, c->data_perm = EPT_R; a->type = ACCESS_FETCH)
CHANGE(ept_no_user_fetch, c->state.controls.mbe = true; c->data_perm = EPT_RWX;
       a->type = ACCESS_FETCH)
CHANGE(ept_table_read_only, c->table_perm = EPT_R | EPT_X)
CHANGE(ept_flag_write, c->ept_ad = false; c->table_perm = EPT_R;
       edit(c, LAYOUT_GUEST, 1, 0, PTE_A, 0))
CHANGE(write_without_read, edit(c, LAYOUT_EPT_DATA, 1, 0, EPT_R, 0))
CHANGE(execute_only, c->state.ept_vpid_cap &= ~EPT_CAP_EXEC_ONLY; c->data_perm = EPT_X)
CHANGE(ept_reserved, edit(c, LAYOUT_EPT_DATA, 2, 0, 0, EPT_IPAT))
CHANGE(ept_width, edit(c, LAYOUT_EPT_DATA, 1, 0, 0, UINT64_C(1) << 50))
CHANGE(ept_bit_7, edit(c, LAYOUT_EPT_DATA, 4, 0, 0, EPT_PAGE))
CHANGE(ept_large_unaligned, c->data_level = 2; edit(c, LAYOUT_EPT_DATA, 2, 0, 0, 0x1000))
CHANGE(ept_large_unsupported, c->state.ept_vpid_cap &= ~EPT_CAP_1G;
       edit(c, LAYOUT_EPT_DATA, 3, 0, 0, EPT_PAGE))
CHANGE(ept_type, edit(c, LAYOUT_EPT_TABLE, 1, 3, 0, EPT_TYPE))
CHANGE(ept_paging_write, c->state.controls.pw = true; c->data_perm = EPT_X;
       edit(c, LAYOUT_EPT_DATA, 1, 0, 0, EPT_PWA))
CHANGE(vgp, c->state.controls.pw = c->state.controls.vgp = true;
       edit(c, LAYOUT_EPT_DATA, 1, 0, 0, EPT_VGP))
CHANGE(virtualization, c->state.controls.ve = true; edit(c, LAYOUT_EPT_DATA, 1, 0, 7, 0))
CHANGE(spp_forbids, c->state.controls.spp = true; c->data_perm = EPT_R; a->type = ACCESS_WRITE;
       a->gva.v |= 0x800)
CHANGE(eptp_bad, c->state.ept_vpid_cap &= ~EPT_CAP_SSS; c->state.cr0 |= UINT64_C(1) << 40)
CHANGE(gpa_width, c->state.maxphyaddr = 52; edit(c, LAYOUT_GUEST, 1, 0, 0, UINT64_C(1) << 49))

static const struct provocation provocations[] = {
	{ "P = 0 at the top", RULE_GUEST_NOT_PRESENT, OUTCOME_PF, "guest PML4E", 5,
	  guest_absent_4 },
	{ "P = 0 in the leaf", RULE_GUEST_NOT_PRESENT, OUTCOME_PF, "guest PTE", 20,
	  guest_absent_1 },
	{ "PS in a PML4E", RULE_GUEST_RESERVED, OUTCOME_PF, "guest PML4E", 5, guest_reserved_4 },
	{ "too wide", RULE_GUEST_RESERVED, OUTCOME_PF, "guest PDE", 15, guest_reserved_width },
	{ "supervisor page", RULE_SUPERVISOR_ONLY, OUTCOME_PF, "guest PTE", 20, supervisor_page },
	{ "read-only", RULE_READ_ONLY, OUTCOME_PF, "guest PTE", 20, read_only },
	{ "XD", RULE_EXECUTE_DISABLE, OUTCOME_PF, "guest PTE", 20, execute_disable },
	{ "SMEP", RULE_SMEP, OUTCOME_PF, "guest PTE", 20, smep },
	{ "SMAP", RULE_SMAP, OUTCOME_PF, "guest PTE", 20, smap },
	{ "key", RULE_PROTECTION_KEY, OUTCOME_PF, "guest PTE", 20, key },
	{ "shadow stack", RULE_SHADOW_STACK, OUTCOME_PF, "guest PTE", 20, shadow_stack },
	{ "not canonical", RULE_NOT_CANONICAL, OUTCOME_GP, NULL, 0, not_canonical },
	{ "stack", RULE_NOT_CANONICAL, OUTCOME_SS, NULL, 0, stack_not_canonical },
	{ "EPT top", RULE_EPT_NOT_PRESENT, OUTCOME_EPT_VIOLATION, "EPT PML4E", 1, ept_absent_4 },
	{ "EPT leaf", RULE_EPT_NOT_PRESENT, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, ept_absent_data },
	{ "EPT of a table", RULE_EPT_NOT_PRESENT, OUTCOME_EPT_VIOLATION, "EPT PTE", 14,
	  ept_absent_table },
	{ "EPT read", RULE_EPT_READ, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, ept_no_read },
	{ "EPT write", RULE_EPT_WRITE, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, ept_no_write },
	{ "EPT write above", RULE_EPT_WRITE, OUTCOME_EPT_VIOLATION, "EPT PTE", 24,
	  ept_no_write_above },
	{ "EPT fetch", RULE_EPT_FETCH, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, ept_no_fetch },
	{ "EPT user fetch", RULE_EPT_FETCH_USER, OUTCOME_EPT_VIOLATION, "EPT PTE", 24,
	  ept_no_user_fetch },
	{ "table read-only", RULE_EPT_WRITE, OUTCOME_EPT_VIOLATION, "EPT PTE", 4,
	  ept_table_read_only },
	{ "flag write", RULE_EPT_WRITE, OUTCOME_EPT_VIOLATION, NULL, 0, ept_flag_write },
	{ "W without R", RULE_EPT_W_WITHOUT_R, OUTCOME_EPT_MISCONFIG, "EPT PTE", 24,
	  write_without_read },
	{ "execute-only", RULE_EPT_EXEC_ONLY, OUTCOME_EPT_MISCONFIG, "EPT PTE", 24, execute_only },
	{ "EPT reserved", RULE_EPT_RESERVED, OUTCOME_EPT_MISCONFIG, "EPT PDE", 23, ept_reserved },
	{ "EPT too wide", RULE_EPT_ADDRESS_WIDTH, OUTCOME_EPT_MISCONFIG, "EPT PTE", 24, ept_width },
	{ "EPT bit 7", RULE_EPT_LARGE_UNSUPPORTED, OUTCOME_EPT_MISCONFIG, "EPT PML4E", 0,
	  ept_bit_7 },
	{ "2M unaligned", RULE_EPT_LARGE_UNALIGNED, OUTCOME_EPT_MISCONFIG, "EPT PDE", 23,
	  ept_large_unaligned },
	{ "no 1G", RULE_EPT_LARGE_UNSUPPORTED, OUTCOME_EPT_MISCONFIG, "EPT PDPTE", 22,
	  ept_large_unsupported },
	{ "EPT type", RULE_EPT_MEMORY_TYPE, OUTCOME_EPT_MISCONFIG, "EPT PTE", 9, ept_type },
	{ "paging-write", RULE_EPT_PAGING_WRITE, OUTCOME_EPT_MISCONFIG, "EPT PTE", 24,
	  ept_paging_write },
	{ "verification", RULE_EPT_VGP, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, vgp },
	{ "#VE", RULE_EPT_NOT_PRESENT, OUTCOME_VE, "EPT PTE", 24, virtualization },
	{ "SPP", RULE_SPP_WRITE, OUTCOME_EPT_VIOLATION, "EPT PTE", 24, spp_forbids },
	{ "entry", RULE_CR_RESERVED, OUTCOME_ENTRY_FAIL, NULL, 0, eptp_bad },
	{ "GPA width", RULE_EPT_GPA_WIDTH, OUTCOME_EPT_VIOLATION, NULL, 0, gpa_width },
};

START_TEST(each_fault)
{
	const struct provocation *p = &provocations[_i];
	struct layout_config c = layout_config_default();
	struct access a = { .gva = gva(GVA), .size = 1, .type = ACCESS_READ };
	const struct explained_ref *x;
	static struct told t;

	p->change(&c, &a);
	tell(&t, &c, &a);
	ck_assert_msg(t.translation.outcome == p->outcome && t.translation.fault.rule == p->rule,
	              "%s: %s, %s", p->name, outcome_name(t.translation.outcome),
	              rule_name(t.translation.fault.rule));
	ck_assert_ptr_nonnull(strstr(t.e.result[0].text, rule_text(p->rule)));
	x = refused(&t);
	ck_assert_msg(!x == !p->entry, "%s: %s", p->name, x ? x->name : "no entry");
	if (x) {
		ck_assert_str_eq(x->name, p->entry);
		ck_assert_msg(!p->number || x->number == p->number, "%s: reference %u", p->name,
		              x->number);
		ck_assert_ptr_nonnull(strstr(x->decision, rule_text(p->rule)));
	}
	ck_assert_int_eq(t.e.error_code_valid, p->outcome == OUTCOME_PF);
	ck_assert_int_eq(t.e.qualification_valid,
	                 p->outcome == OUTCOME_EPT_VIOLATION || p->outcome == OUTCOME_VE);
	forget(&t);
}
END_TEST

/* ---- JSON ---- */

static uint64_t number_at(const json_t *o, const char *key)
{
	uint64_t value = 0;

	ck_assert_msg(json_u64_value(json_object_get(o, key), &value), "%s", key);
	return value;
}

/* Numbers run from 1, each level has its address, and the counts are what is listed. */
static void check_groups(const json_t *root)
{
	const json_t *groups = json_object_get(root, "groups");
	const json_t *counts = json_object_get(root, "counts");
	uint64_t number = 0, guest = 0, ept = 0;

	for (size_t g = 0; g < json_array_size(groups); g++) {
		const json_t *refs = json_object_get(json_array_get(groups, g), "references");

		for (size_t i = 0; i < json_array_size(refs); i++) {
			const json_t *r = json_array_get(refs, i);
			const char *kind = json_string_value(json_object_get(r, "kind"));

			if (!json_object_get(r, "number"))
				continue;
			ck_assert_uint_eq(number_at(r, "number"), ++number);
			guest += !strcmp(kind, "guest");
			ept += !strcmp(kind, "ept");
		}
	}
	ck_assert_uint_eq(number_at(counts, "references"), number);
	ck_assert_uint_eq(number_at(counts, "guest"), guest);
	ck_assert_uint_eq(number_at(counts, "ept"), ept);
}

START_TEST(json)
{
	static const uint8_t modes[] = { PAGING_NONE, PAGING_32BIT, PAGING_PAE, PAGING_4LEVEL,
		                         PAGING_5LEVEL };

	for (unsigned fresh = 0; fresh < 2; fresh++)
		for (unsigned ept = 0; ept < 2; ept++) {
			struct layout_config c = layout_config_default();
			struct access a = { .gva = gva(0x12345ffc),
				            .size = 8,
				            .type = ACCESS_WRITE };
			static struct told t;

			c.paging = modes[_i];
			c.fresh = fresh;
			c.ept = ept;
			tell(&t, &c, &a);
			json_t *made = explanation_json(&t.e);
			char *text = json_dumps(made, 0);
			json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
			const json_t *pages = json_object_get(read, "pages");

			ck_assert_ptr_nonnull(read);
			ck_assert(json_equal(made, read));
			ck_assert_str_eq(json_string_value(json_object_get(read, "outcome")), "ok");
			ck_assert_uint_eq(json_array_size(pages), 2);
			for (unsigned i = 0; i < 2; i++)
				ck_assert_uint_eq(number_at(json_array_get(pages, i), "hpa"),
				                  t.translation.page[i].hpa.v);
			check_groups(read);
			json_decref(made);
			json_decref(read);
			free(text);
			forget(&t);
		}
}
END_TEST

/* The GPA told above a group is the one that leads to the entry below it. */
START_TEST(addresses)
{
	for (unsigned shift = 12; shift <= 30; shift += 9) {
		struct layout_config c = layout_config_default();
		struct access a = { .gva = gva(GVA), .size = 8, .type = ACCESS_READ };
		static struct told t;

		c.paging = _i ? PAGING_5LEVEL : PAGING_4LEVEL;
		c.guest_shift = (uint8_t)shift;
		tell(&t, &c, &a);
		for (size_t g = 0; g < t.e.group_count; g++) {
			const struct explained_group *group = &t.e.group[g];
			hpa_t at;

			ck_assert(group->gpa_valid);
			ck_assert_int_eq(gpa2hpa(&t.layout.space, group->gpa, &at), EPT_OK);
			if (group->guest_level)
				ck_assert_uint_eq(
					t.e.ref[group->first + group->count - 1].ref.hpa.v, at.v);
			else
				ck_assert_uint_eq(t.translation.page[0].hpa.v, at.v);
		}
		forget(&t);
	}
}
END_TEST

/* ---- Random tables ---- */

/* What a group says it looks for is what it finds: the low bits of an address stay. */
static void check_addresses(const struct explanation *e, const struct translation *t)
{
	for (size_t g = 0; g < e->group_count; g++) {
		const struct explained_group *group = &e->group[g];

		if (!group->gpa_valid)
			continue;
		for (size_t i = 0; i < group->count; i++) {
			const struct explained_ref *x = &e->ref[group->first + i];

			if (x->ref.kind == REF_GUEST || x->ref.kind == REF_HLAT)
				ck_assert_uint_eq(x->ref.hpa.v % 4096, group->gpa.v % 4096);
		}
		if (group->guest_level == 0 && t->outcome == OUTCOME_OK)
			ck_assert_uint_eq(group->gpa.v, t->page[group->page2].gpa.v);
	}
}

static void check_explanation(const struct explanation *e, const struct translation *t,
                              const char *id)
{
	unsigned number = 0, refused = 0;

	for (size_t i = 0; i < e->ref_count; i++) {
		const struct explained_ref *x = &e->ref[i];

		ck_assert_msg(*x->name && *x->decision, "%s: reference %zu", id, i);
		ck_assert(!x->number || x->number == ++number);
		refused += x->refused;
	}
	ck_assert_uint_eq(number, e->guest_reads + e->ept_reads + e->sppt_reads);
	if (t->outcome == OUTCOME_OK)
		ck_assert_uint_eq(refused, 0);
	else
		ck_assert_msg(refused == (t->fault.entry_hpa.v != 0), "%s: %u refused", id,
		              refused);
	check_addresses(e, t);
}

static void see(void *context, size_t step, const struct scenario_view *view)
{
	const struct scenario *s = context;
	struct explain_input in = { .state = mmu_state(view->mmu),
		                    .access = &s->steps[step].access,
		                    .translation = view->translation };
	struct explanation e;

	if (!view->entered || s->steps[step].kind != STEP_ACCESS)
		return;
	in.refs = mmu_refs(view->mmu, &in.ref_count);
	ck_assert(explanation_make(&e, &in));
	check_explanation(&e, view->translation, s->id);
	explanation_destroy(&e);
}

START_TEST(scenarios)
{
	struct scenario_reader *reader = scenario_reader_create(NULL);
	struct scenario_runner *runner = scenario_runner_create();
	const struct scenario *s;
	const char *file = getenv("EPTSIM_SCENARIOS");
	unsigned count = 0;

	ck_assert_int_eq(scenario_reader_open(reader, file ? file : "tests/data/scenarios.jsonl"), 0);
	for (; scenario_read(reader, &s) == 1; count++) {
		struct step_result *results = calloc(s->step_count, sizeof(*results));

		scenario_run_observed(runner, s, results, see, (void *)(uintptr_t)s);
		free(results);
	}
	ck_assert_uint_ge(count, 1000);
	scenario_runner_free(runner);
	scenario_reader_free(reader);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("explain");
	TCase *tests = tcase_create("explain");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, each_fault, 0, LENGTH(provocations));
	tcase_add_loop_test(tests, json, 0, 5);
	tcase_add_loop_test(tests, addresses, 0, 2);
	tcase_add_test(tests, scenarios);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
