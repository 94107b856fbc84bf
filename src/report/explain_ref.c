/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One reference in words.
 */
#include "report/explain_cursor.h"

#include "base/bits.h"
#include "base/walk.h"

#include <inttypes.h>
#include <string.h>

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
	snprintf(x->name, sizeof(x->name), "%s %s", explain_guest_word(c), entry_name(level));
	decode_marks(x->marks, sizeof(x->marks), DECODE_GUEST_ENTRY, &context, entry);
	decode_decision(x->decision, sizeof(x->decision), DECODE_GUEST_ENTRY, &context, entry,
	                &bad);
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
	} else {
		c->table = gpa(entry & r->address_mask);
	}
}

/* The write rights of the 128-byte regions that the access touches in this page. */
static void decide_regions(const struct cursor *c, struct explained_ref *x)
{
	const struct access *a = c->e->input.access;
	unsigned offset = (unsigned)(c->data.v & (PAGE_SIZE_4K - 1));
	unsigned whole =
		c->page2 ? a->size - (unsigned)(PAGE_SIZE_4K - (a->gva.v & (PAGE_SIZE_4K - 1)))
			 : a->size;
	unsigned end = offset + whole > PAGE_SIZE_4K ? (unsigned)PAGE_SIZE_4K : offset + whole;
	unsigned first = offset / 128, last = (end - 1) / 128;

	if (first == last)
		snprintf(x->decision, sizeof(x->decision),
		         "bit %u is %u: the write right of 128-byte region %u", 2 * first,
		         (unsigned)(x->ref.value >> (2 * first) & 1), first);
	else
		snprintf(x->decision, sizeof(x->decision),
		         "even bits %u to %u: the write rights of 128-byte regions %u to %u",
		         2 * first, 2 * last, first, last);
}

static void explain_sppt_entry(struct cursor *c, struct explained_ref *x)
{
	unsigned level = x->ref.ept_level;

	c->e->sppt_reads++;
	x->number = ++c->number;
	snprintf(x->name, sizeof(x->name), "SPPT L%uE", level);
	snprintf(x->marks, sizeof(x->marks), "%s", level > 1 && x->ref.value & 1 ? "V" : "-");
	if (level == 4 && c->group->count > 1) {
		struct explained_ref *leaf = x - 1;
		size_t used = strlen(leaf->decision);

		snprintf(leaf->decision + used, sizeof(leaf->decision) - used,
		         "; not writable, so sub-page permissions decide");
	}
	if (level == 1)
		decide_regions(c, x);
	else
		snprintf(x->decision, sizeof(x->decision), "next table at HPA 0x%" PRIx64,
		         x->ref.value & c->e->regime.ept.address);
}

static void explain_flags(struct cursor *c, struct explained_ref *x)
{
	bool ept = x->ref.kind == REF_FLAG_EPT;
	unsigned flags = x->ref.flags & (REF_A | REF_D);

	c->e->flag_writes++;
	snprintf(x->name, sizeof(x->name), "%s %s",
	         ept                     ? "EPT"
	         : c->key == GROUP_FLAGS ? c->flag_word
	                                 : explain_guest_word(c),
	         entry_name(ept ? x->ref.ept_level : x->ref.guest_level));
	snprintf(x->decision, sizeof(x->decision), "a locked write %s %s",
	         c->e->input.peek ? "would set" : "sets",
	         flags == (REF_A | REF_D) ? "A and D"
	         : flags == REF_A         ? "A"
	                                  : "D");
}

static void explain_saved(struct cursor *c, struct explained_ref *x)
{
	unsigned levels = c->e->regime.ept.levels;
	unsigned leaf = (x->ref.flags & REF_LEAF_LEVEL) >> REF_LEAF_LEVEL_SHIFT;

	c->e->saved++;
	switch ((enum ref_kind)x->ref.kind) {
	case REF_SAVED_PSC:
		snprintf(x->name, sizeof(x->name), "guest %s cache",
		         entry_name(x->ref.guest_level));
		snprintf(
			x->decision, sizeof(x->decision),
			"the paging-structure cache knows the table of the guest %s: GPA 0x%" PRIx64
			" at this HPA",
			entry_name(x->ref.guest_level - 1u), x->ref.value);
		c->table = gpa(x->ref.value);
		break;
	case REF_SAVED_NESTED:
		snprintf(x->name, sizeof(x->name), "nested TLB");
		snprintf(x->decision, sizeof(x->decision),
		         "knows where GPA 0x%" PRIx64 " is: an EPT walk of %u reads is saved",
		         x->ref.value, levels + 1 - leaf);
		break;
	case REF_SAVED_EPT_PSC:
		snprintf(x->name, sizeof(x->name), "EPT %s cache", entry_name(x->ref.ept_level));
		snprintf(
			x->decision, sizeof(x->decision),
			"the paging-structure cache knows the table of the EPT %s: %u read%s saved",
			entry_name(x->ref.ept_level - 1u), levels + 1 - x->ref.ept_level,
			levels == x->ref.ept_level ? " is" : "s are");
		break;
	default:
		c->e->saved--;
		break;
	}
}

static void explain_other(struct cursor *c, struct explained_ref *x)
{
	static const char *const ve_parts[] = { "exit reason and the busy flag",
		                                "exit qualification", "guest linear address",
		                                "guest-physical address", "EPTP index" };
	const struct paging_state *s = &c->e->regime.state;
	const char *verb = c->e->input.peek ? "would get" : "gets";

	switch ((enum ref_kind)x->ref.kind) {
	case REF_PDPTE:
		snprintf(x->name, sizeof(x->name), "PDPTE load");
		snprintf(x->decision, sizeof(x->decision), "%s",
		         regime_pdpte_reserved(x->ref.value, s->maxphyaddr)
		                 ? rule_text(RULE_PDPTE_RESERVED)
		         : x->ref.value & PTE_P ? "good"
		                                : "not present");
		break;
	case REF_PML:
		c->e->log_writes++;
		snprintf(x->name, sizeof(x->name), "PML entry");
		snprintf(x->decision, sizeof(x->decision), "the page-modification log %s this GPA",
		         verb);
		break;
	case REF_VE:
		c->e->log_writes++;
		snprintf(x->name, sizeof(x->name), "#VE area");
		snprintf(x->decision, sizeof(x->decision), "the area %s the %s", verb,
		         ve_parts[(x->ref.hpa.v - s->ve_address) / 8 % 5]);
		break;
	default:
		explain_saved(c, x);
		break;
	}
}

void explain_reference(struct cursor *c, struct explained_ref *x)
{
	switch ((enum ref_kind)x->ref.kind) {
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
}
