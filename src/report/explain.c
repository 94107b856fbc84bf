/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From the list of references to groups and sentences.
 */
#include "report/explain_cursor.h"

#include "base/bits.h"
#include "base/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Groups ---- */

static void begin_page(struct cursor *c, bool page2)
{
	const struct regime *r = &c->e->regime;
	uint64_t at = c->e->input.access->gva.v;

	if (page2)
		at = (at | (PAGE_SIZE_4K - 1)) + 1;
	c->gva = r->state.cs_l ? at : at & BITS(31, 0);
	c->page2 = page2;
	c->key = GROUP_NONE;
	c->data = gpa(c->gva);
}

/* From the top: the first page, the second, and the full walk after one that
 * cached entries led astray. */
static void begin_walk(struct cursor *c)
{
	const struct regime *r = &c->e->regime;

	c->hlat = r->hlat && (r->state.hlat_prefix == 0 || c->gva >> 63);
	c->table = gpa(c->hlat ? r->state.hlatp & r->address_mask : r->table);
	if (r->mode == PAGING_PAE)
		c->table = gpa(r->state.pdpte[c->gva >> 30 & 3] & r->address_mask);
	c->restarted = true;
}

static struct explained_group *new_group(struct cursor *c, int key)
{
	struct explanation *e = c->e;

	c->key = key;
	c->group = &e->group[e->group_count++];
	*c->group = (struct explained_group){ .first = e->ref_count,
		                              .page2 = c->page2,
		                              .gva = gva(c->gva),
		                              .guest_level = (int8_t)(key < 0 ? -1 : key) };
	return c->group;
}

static void title_structure(struct cursor *c, unsigned level)
{
	const struct regime *r = &c->e->regime;
	struct explained_group *g = c->group;

	g->gpa = gpa(walk_slot(r->index_bits, r->mode == PAGING_32BIT ? 2 : 3, c->table.v, level,
	                       c->gva));
	g->gpa_valid = true;
	if (r->mode == PAGING_PAE && level == 2)
		snprintf(g->title, sizeof(g->title),
		         "The guest PDE is, by PDPTE register %u, at GPA 0x%" PRIx64
		         "; EPT says where that is in host memory:",
		         (unsigned)(c->gva >> 30 & 3), g->gpa.v);
	else
		snprintf(g->title, sizeof(g->title),
		         "The %s %s is at GPA 0x%" PRIx64
		         "; EPT says where that is in host memory:",
		         explain_guest_word(c), entry_name(level), g->gpa.v);
}

/* The leaf was read before, and with paging off there is none. */
static void title_data(struct cursor *c)
{
	struct explained_group *g = c->group;

	g->gpa = c->data;
	g->gpa_valid = true;
	snprintf(g->title, sizeof(g->title),
	         "The data is at GPA 0x%" PRIx64 "; EPT says where that is in host memory:",
	         c->data.v);
}

/* The group that `r` belongs to, begun if it is a new one. */
static void enter_group(struct cursor *c, const struct ref *r)
{
	bool ept = c->e->regime.state.ept,
	     own = r->kind == REF_SAVED_PSC || r->kind == REF_FULL_WALK;
	int key = r->guest_level;

	if (c->e->input.entry)
		key = GROUP_NONE;
	else if (r->kind == REF_FLAG_GUEST && c->key != key && ept)
		key = GROUP_FLAGS;
	else if (!ept && !own)
		key = GROUP_TABLES;
	if (c->group && key == c->key && !own && !c->restarted)
		return;
	if (r->kind == REF_FLAG_GUEST)
		c->flag_word = c->restarted ? "HLAT" : explain_guest_word(c);
	/* The entry below the one cached is read without asking EPT. */
	new_group(c, r->kind == REF_SAVED_PSC ? r->guest_level - 1 : own ? GROUP_NONE : key);
	if (!ept && c->key >= 0)
		c->key = GROUP_TABLES;
	c->restarted = false;
	if (c->e->input.entry)
		snprintf(c->group->title, sizeof(c->group->title),
		         "PAE paging loads its four PDPTE registers from GPA 0x%" PRIx64 ":",
		         c->table.v);
	else if (key == GROUP_FLAGS)
		snprintf(c->group->title, sizeof(c->group->title),
		         "The %s entries %s their accessed and dirty flags:", c->flag_word,
		         c->e->input.peek ? "would get" : "get");
	else if (r->kind == REF_FULL_WALK)
		snprintf(c->group->title, sizeof(c->group->title),
		         "Cached entries refuse the access. That is not trusted: the walk starts "
		         "again, without caches.");
	else if (r->kind == REF_SAVED_PSC)
		snprintf(c->group->title, sizeof(c->group->title),
		         "The first guest entries need not be read:");
	else if (key == GROUP_TABLES)
		snprintf(c->group->title, sizeof(c->group->title),
		         "Without EPT a guest-physical address is the host-physical one:");
	else if (key > 0)
		title_structure(c, (unsigned)key);
	else
		title_data(c);
}

/* ---- References ---- */

static void explain_ref(struct cursor *c, const struct ref *r)
{
	struct explained_ref *x;
	const struct explain_input *in = &c->e->input;

	if (!!(r->flags & REF_PAGE2) != c->page2) {
		begin_page(c, true);
		begin_walk(c);
	}
	if (r->kind == REF_FULL_WALK) {
		enter_group(c, r);
		begin_walk(c);
		return;
	}
	enter_group(c, r);
	x = &c->e->ref[c->e->ref_count++];
	*x = (struct explained_ref){ .ref = *r };
	c->group->count++;
	explain_reference(c, x);
	if (ref_is_memory(r) && in->present && !in->present(in->context, r->hpa)) {
		size_t used = strlen(x->decision);

		snprintf(x->decision + used, sizeof(x->decision) - used,
		         " (not in the dump: reads as all ones)");
	}
}

/* ---- The entry at fault ---- */

static bool is_entry_at_fault(const struct fault *f, const struct ref *r)
{
	bool guest = r->kind == REF_GUEST || r->kind == REF_HLAT || r->kind == REF_PDPTE;

	/* A register has no address. */
	if (f->rule == RULE_PDPTE_RESERVED)
		return r->kind == REF_PDPTE && r->value == f->entry;
	if (f->level == 0 || r->hpa.v != f->entry_hpa.v)
		return false;
	switch ((enum dimension)f->dimension) {
	case DIMENSION_GUEST:
	case DIMENSION_HLAT:
		return guest && r->guest_level == f->level;
	case DIMENSION_EPT:
		return r->kind == REF_EPT && r->ept_level == f->level;
	case DIMENSION_SPPT:
		return r->kind == REF_SPPT && r->ept_level == f->level;
	default:
		return false;
	}
}

static void mark_refusal(struct explanation *e)
{
	const struct fault *f = &e->input.translation->fault;

	if (e->input.translation->outcome == OUTCOME_OK)
		return;
	for (size_t i = e->ref_count; i-- > 0;) {
		struct explained_ref *x = &e->ref[i];
		char decision[sizeof(x->decision)];

		if (!is_entry_at_fault(f, &x->ref))
			continue;
		x->refused = true;
		memcpy(decision, x->decision, sizeof(decision));
		/* Rights are judged at the last entry, which is good in itself. */
		if (!strstr(decision, rule_text(f->rule)))
			snprintf(x->decision, sizeof(x->decision), "%.100s, but: %s", decision,
			         rule_text(f->rule));
		return;
	}
}

/* ---- All of it ---- */

bool explanation_make(struct explanation *e, const struct explain_input *in)
{
	struct cursor c = { .e = e };

	*e = (struct explanation){ .input = *in };
	(void)regime_init(&e->regime, in->state, false);
	/* At most one group a reference. */
	e->ref = calloc(in->ref_count + 1, sizeof(*e->ref));
	e->group = calloc(in->ref_count + 1, sizeof(*e->group));
	if (!e->ref || !e->group) {
		explanation_destroy(e);
		return false;
	}
	begin_page(&c, false);
	begin_walk(&c);
	if (in->entry)
		c.table = gpa(e->regime.table);
	for (size_t i = 0; i < in->ref_count; i++)
		explain_ref(&c, &in->refs[i]);
	mark_refusal(e);
	explain_state(e);
	explain_result(e);
	return true;
}

void explanation_destroy(struct explanation *e)
{
	free(e->ref);
	free(e->group);
	e->ref = NULL;
	e->group = NULL;
}
