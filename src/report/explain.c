/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From the list of references to groups and sentences.
 */
#include "report/explain.h"

#include "base/bits.h"
#include "base/walk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_NONE (-1)  /* no group yet, or one of its own */
#define GROUP_FLAGS (-2)
#define GROUP_TABLES (-3) /* without EPT: all guest entries */

/* Where in the walk the next reference belongs. */
struct cursor {
	struct explanation *e;
	struct explained_group *group;
	int key;
	bool page2, restarted;
	bool hlat; /* in HLAT paging */
	uint64_t gva;
	gpa_t table; /* where the next guest entry is */
	gpa_t data;
	bool data_known;
	unsigned number;
};

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
	c->data_known = r->mode == PAGING_NONE;
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

static const char *guest_word(const struct cursor *c)
{
	return c->hlat ? "HLAT" : "guest";
}

static void title_structure(struct cursor *c, unsigned level)
{
	const struct regime *r = &c->e->regime;
	struct explained_group *g = c->group;

	g->gpa = gpa(walk_slot(r->index_bits, r->mode == PAGING_32BIT ? 2 : 3, c->table.v, level,
			       c->gva));
	g->gpa_valid = true;
	snprintf(g->title, sizeof(g->title),
		 "The %s %s is at GPA 0x%" PRIx64 "; EPT says where that is in host memory:",
		 guest_word(c), entry_name(level), g->gpa.v);
}

static void title_data(struct cursor *c)
{
	struct explained_group *g = c->group;

	g->gpa = c->data;
	g->gpa_valid = c->data_known;
	if (g->gpa_valid)
		snprintf(g->title, sizeof(g->title),
			 "The data is at GPA 0x%" PRIx64 "; EPT says where that is in host memory:",
			 c->data.v);
	else
		snprintf(g->title, sizeof(g->title), "EPT says where the data is in host memory:");
}

/* The group that `r` belongs to, begun if it is a new one. */
static void enter_group(struct cursor *c, const struct ref *r)
{
	bool ept = c->e->regime.state.ept, own = r->kind == REF_SAVED_PSC || r->kind == REF_FULL_WALK;
	int key = r->guest_level;

	if (c->e->input.entry)
		key = GROUP_NONE;
	else if (r->kind == REF_FLAG_GUEST && c->key != key && ept)
		key = GROUP_FLAGS;
	else if (!ept && !own)
		key = GROUP_TABLES;
	if (c->group && key == c->key && !own && !c->restarted)
		return;
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
			 "The guest's entries %s their accessed and dirty flags:",
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

static struct decode_context context_of(const struct cursor *c, unsigned level)
{
	return (struct decode_context){ .regime = &c->e->regime,
					.level = (uint8_t)level,
					.hlat = c->hlat };
}

static void explain_ept_entry(struct cursor *c, struct explained_ref *x)
{
	struct decode_context context = context_of(c, x->ref.ept_level);
	bool bad;

	c->e->ept_reads++;
	x->number = ++c->number;
	snprintf(x->name, sizeof(x->name), "EPT %s", entry_name(x->ref.ept_level));
	decode_marks(x->marks, sizeof(x->marks), DECODE_EPT_ENTRY, &context, x->ref.value);
	decode_decision(x->decision, sizeof(x->decision), DECODE_EPT_ENTRY, &context, x->ref.value,
			&bad);
}

static void explain_guest_entry(struct cursor *c, struct explained_ref *x)
{
	const struct regime *r = &c->e->regime;
	unsigned level = x->ref.guest_level;
	struct decode_context context = context_of(c, level);
	uint64_t entry = x->ref.value;
	bool bad;

	c->e->guest_reads++;
	x->number = ++c->number;
	snprintf(x->name, sizeof(x->name), "%s %s", guest_word(c), entry_name(level));
	decode_marks(x->marks, sizeof(x->marks), DECODE_GUEST_ENTRY, &context, entry);
	decode_decision(x->decision, sizeof(x->decision), DECODE_GUEST_ENTRY, &context, entry, &bad);
	if (bad)
		return;
	if (c->hlat && entry & PTE_RESTART) {
		snprintf(x->decision, sizeof(x->decision),
			 "bit 11 (restart): ordinary paging translates, from CR3");
		c->hlat = false;
		c->table = gpa(r->table);
		c->restarted = true;
	} else if (regime_entry_is_page(r, level, entry)) {
		uint64_t offset = c->gva & (BIT(walk_shift(r->index_bits, level)) - 1);

		c->data = gpa(regime_page_base(r, level, entry).v | offset);
		c->data_known = true;
	} else {
		c->table = gpa(entry & r->address_mask);
	}
}

static void explain_sppt_entry(struct cursor *c, struct explained_ref *x)
{
	unsigned level = x->ref.ept_level;

	c->e->sppt_reads++;
	x->number = ++c->number;
	snprintf(x->name, sizeof(x->name), "SPPT L%uE", level);
	snprintf(x->marks, sizeof(x->marks), "%s", level > 1 && x->ref.value & 1 ? "V" : "-");
	if (level == 1)
		snprintf(x->decision, sizeof(x->decision),
			 "write rights of the page's 32 regions of 128 bytes (even bits)");
	else
		snprintf(x->decision, sizeof(x->decision), "next table at HPA 0x%" PRIx64,
			 x->ref.value & c->e->regime.ept.address);
}

static void explain_flags(struct cursor *c, struct explained_ref *x)
{
	bool ept = x->ref.kind == REF_FLAG_EPT;
	unsigned flags = x->ref.flags & (REF_A | REF_D);

	c->e->flag_writes++;
	snprintf(x->name, sizeof(x->name), "%s %s", ept ? "EPT" : guest_word(c),
		 entry_name(ept ? x->ref.ept_level : x->ref.guest_level));
	snprintf(x->decision, sizeof(x->decision), "%s: locked write that %s %s",
		 c->e->input.peek ? "not done" : "flag",
		 c->e->input.peek ? "would set" : "sets",
		 flags == (REF_A | REF_D) ? "A and D" : flags == REF_A ? "A" : "D");
}

static void explain_saved(struct cursor *c, struct explained_ref *x)
{
	c->e->saved++;
	switch ((enum ref_kind)x->ref.kind) {
	case REF_SAVED_PSC:
		snprintf(x->name, sizeof(x->name), "guest %s cache", entry_name(x->ref.guest_level));
		snprintf(x->decision, sizeof(x->decision),
			 "the paging-structure cache knows the table of the guest %s: GPA 0x%" PRIx64
			 " at this HPA",
			 entry_name(x->ref.guest_level - 1u), x->ref.value);
		c->table = gpa(x->ref.value);
		break;
	case REF_SAVED_NESTED:
		snprintf(x->name, sizeof(x->name), "nested TLB");
		snprintf(x->decision, sizeof(x->decision),
			 "knows where GPA 0x%" PRIx64 " is: no EPT walk", x->ref.value);
		break;
	case REF_SAVED_EPT_PSC:
		snprintf(x->name, sizeof(x->name), "EPT %s cache", entry_name(x->ref.ept_level));
		snprintf(x->decision, sizeof(x->decision),
			 "the paging-structure cache knows the table of the EPT %s",
			 entry_name(x->ref.ept_level - 1u));
		break;
	default:
		c->e->saved--;
		break;
	}
}

static void explain_other(struct cursor *c, struct explained_ref *x)
{
	static const char *const ve_parts[] = { "exit reason, busy", "exit qualification",
						"guest linear address", "guest-physical address",
						"EPTP index" };
	const struct paging_state *s = &c->e->regime.state;
	const char *verb = c->e->input.peek ? "not done: would store" : "stores";

	switch ((enum ref_kind)x->ref.kind) {
	case REF_PDPTE:
		snprintf(x->name, sizeof(x->name), "PDPTE load");
		snprintf(x->decision, sizeof(x->decision), "%s",
			 regime_pdpte_reserved(x->ref.value, s->maxphyaddr) ?
				 rule_text(RULE_PDPTE_RESERVED) :
			 x->ref.value & PTE_P ? "good" :
						"not present");
		break;
	case REF_PML:
		c->e->log_writes++;
		snprintf(x->name, sizeof(x->name), "PML entry");
		snprintf(x->decision, sizeof(x->decision),
			 "%s this GPA into the page-modification log", verb);
		break;
	case REF_VE:
		c->e->log_writes++;
		snprintf(x->name, sizeof(x->name), "#VE area");
		snprintf(x->decision, sizeof(x->decision), "%s: %s", verb,
			 ve_parts[(x->ref.hpa.v - s->ve_address) / 8 % 5]);
		break;
	default:
		explain_saved(c, x);
		break;
	}
}

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
	switch ((enum ref_kind)r->kind) {
	case REF_GUEST:
	case REF_HLAT:
		explain_guest_entry(c, x);
		break;
	case REF_EPT:
		explain_ept_entry(c, x);
		break;
	case REF_SPPT:
		explain_sppt_entry(c, x);
		break;
	case REF_FLAG_GUEST:
	case REF_FLAG_EPT:
		explain_flags(c, x);
		break;
	default:
		explain_other(c, x);
		break;
	}
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
