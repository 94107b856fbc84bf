/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/explain.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *json_access(const struct access *a)
{
	static const char *const types[ACCESS_TYPES] = { "read", "write", "rmw", "fetch" };
	json_t *o = json_object();

	set(o, "type", json_string(types[a->type]));
	set(o, "gva", json_hex(a->gva.v));
	set(o, "size", json_u64(a->size));
	set(o, "implicit", json_boolean(a->implicit));
	set(o, "stack", json_boolean(a->stack));
	set(o, "shadow_stack", json_boolean(a->shadow_stack));
	set(o, "user", json_boolean(a->user));
	return o;
}

static json_t *json_state(const struct explanation *e)
{
	const struct paging_state *s = &e->regime.state;
	json_t *o = json_object();

	set(o, "mode", json_string(paging_mode_name(e->regime.mode)));
	set(o, "cr0", json_hex(s->cr0));
	set(o, "cr3", json_hex(s->cr3));
	set(o, "cr4", json_hex(s->cr4));
	set(o, "efer", json_hex(s->efer));
	set(o, "cpl", json_u64(s->cpl));
	set(o, "maxphyaddr", json_u64(s->maxphyaddr));
	set(o, "eptp", s->ept ? json_hex(s->eptp) : json_null());
	set(o, "ept_vpid_cap", json_hex(s->ept_vpid_cap));
	return o;
}

static const char *kind_name(const struct ref *r)
{
	static const char *const names[REF_KINDS] = {
		[REF_GUEST] = "guest",
		[REF_EPT] = "ept",
		[REF_SPPT] = "sppt",
		[REF_HLAT] = "hlat",
		[REF_PDPTE] = "pdpte_load",
		[REF_FLAG_GUEST] = "flag_guest",
		[REF_FLAG_EPT] = "flag_ept",
		[REF_PML] = "pml",
		[REF_VE] = "ve",
		[REF_SAVED_PSC] = "saved_psc",
		[REF_SAVED_NESTED] = "saved_nested",
		[REF_SAVED_EPT_PSC] = "saved_ept_psc",
		[REF_FULL_WALK] = "full_walk",
	};

	return r->kind < REF_KINDS ? names[r->kind] : "?";
}

static json_t *json_ref(const struct explained_ref *x)
{
	json_t *o = json_object();

	if (x->number)
		set(o, "number", json_u64(x->number));
	set(o, "kind", json_string(kind_name(&x->ref)));
	set(o, "name", json_text(x->name));
	set(o, "guest_level", json_u64(x->ref.guest_level));
	set(o, "ept_level", json_u64(x->ref.ept_level));
	set(o, "hpa", json_hex(x->ref.hpa.v));
	if (ref_is_memory(&x->ref)) {
		set(o, "value", json_hex(x->ref.value));
		set(o, "memory_type", json_string(memory_type_name(x->ref.type)));
	}
	if (x->marks[0])
		set(o, "flags", json_text(x->marks));
	set(o, "decision", json_text(x->decision));
	set(o, "refused", json_boolean(x->refused));
	return o;
}

static json_t *json_group(const struct explanation *e, const struct explained_group *g)
{
	json_t *o = json_object(), *refs = json_array();

	set(o, "title", json_text(g->title));
	set(o, "guest_level",
	    g->guest_level < 0 ? json_null() : json_u64((uint64_t)g->guest_level));
	set(o, "gva", json_hex(g->gva.v));
	set(o, "gpa", g->gpa_valid ? json_hex(g->gpa.v) : json_null());
	for (size_t i = 0; i < g->count; i++)
		json_array_append_new(refs, json_ref(&e->ref[g->first + i]));
	set(o, "references", refs);
	return o;
}

static json_t *json_page(const struct explanation *e, const struct page_result *p)
{
	static const char *const sources[] = { "tlb", "stlb", "walk", "none" };
	json_t *o = json_object();

	set(o, "hpa", json_hex(p->hpa.v));
	if (p->source == SOURCE_WALK && e->regime.state.ept)
		set(o, "gpa", json_hex(p->gpa.v));
	set(o, "memory_type", json_string(memory_type_name(p->type)));
	set(o, "page_bytes", json_u64(UINT64_C(1) << p->page_shift));
	set(o, "source", json_string(sources[p->source]));
	return o;
}

static json_t *json_fault(const struct explanation *e)
{
	const struct fault *f = &e->input.translation->fault;
	json_t *o = json_object();

	set(o, "rule", json_string(rule_name((enum rule)f->rule)));
	set(o, "sentence", json_string(rule_text((enum rule)f->rule)));
	if (f->vector)
		set(o, "vector", json_u64(f->vector));
	if (f->exit_reason)
		set(o, "exit_reason", json_u64(f->exit_reason));
	set(o, "dimension", json_string(dimension_name((enum dimension)f->dimension)));
	set(o, "level", json_u64(f->level));
	set(o, "guest_level", json_u64(f->guest_level));
	set(o, "second_page", json_boolean(f->page2));
	if (f->level) {
		set(o, "entry_hpa", json_hex(f->entry_hpa.v));
		set(o, "entry", json_hex(f->entry));
	}
	if (f->kind == OUTCOME_PF)
		set(o, "cr2", json_hex(f->cr2.v));
	if (f->gpa_valid)
		set(o, "gpa", json_hex(f->gpa.v));
	if (f->gla_valid)
		set(o, "gla", json_hex(f->gla.v));
	if (e->error_code_valid)
		set(o, "error_code", decode_json(&e->error_code));
	if (e->qualification_valid)
		set(o, "qualification", decode_json(&e->qualification));
	return o;
}

static json_t *json_counts(const struct explanation *e)
{
	json_t *o = json_object();

	set(o, "references", json_u64(e->guest_reads + e->ept_reads + e->sppt_reads));
	set(o, "guest", json_u64(e->guest_reads));
	set(o, "ept", json_u64(e->ept_reads));
	set(o, "sppt", json_u64(e->sppt_reads));
	set(o, "flag_writes", json_u64(e->flag_writes));
	set(o, "stores", json_u64(e->log_writes));
	set(o, "saved", json_u64(e->saved));
	return o;
}

json_t *explanation_json(const struct explanation *e)
{
	const struct translation *t = e->input.translation;
	json_t *o = json_object(), *groups = json_array(), *pages = json_array();

	if (e->input.title)
		set(o, "title", json_text(e->input.title));
	set(o, "access", json_access(e->input.access));
	set(o, "state", json_state(e));
	set(o, "peek", json_boolean(e->input.peek));
	for (size_t i = 0; i < e->group_count; i++)
		json_array_append_new(groups, json_group(e, &e->group[i]));
	set(o, "groups", groups);
	set(o, "outcome", json_string(outcome_name((enum outcome)t->outcome)));
	set(o, "sentence", json_text(e->outcome));
	for (unsigned i = 0; i < t->pages && t->outcome == OUTCOME_OK; i++)
		json_array_append_new(pages, json_page(e, &t->page[i]));
	set(o, "pages", pages);
	set(o, "fault", t->outcome == OUTCOME_OK ? json_null() : json_fault(e));
	set(o, "counts", json_counts(e));
	return o;
}
