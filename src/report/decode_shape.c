/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/decode_shape.h"

#include "base/bits.h"
#include "base/walk.h"
#include "ept/ept_format.h"

#include <inttypes.h>

/* ---- What an entry is ---- */

uint32_t decode_features(const struct decode_context *c)
{
	const struct regime *r = c->regime;
	const struct paging_state *s = &r->state;

	return (r->nx ? IF_NX : 0) | (r->global ? IF_GLOBAL : 0) | (c->hlat ? IF_HLAT : 0) |
	       (r->rights.keys[0] || r->rights.keys[1] ? IF_KEYS : 0) |
	       (r->ept.ad ? IF_EPT_AD : 0) | (r->ept.mbe ? IF_MBE | IF_MBE_TOO : IF_NO_MBE) |
	       (r->ept.sss ? IF_SSS : 0) | (s->controls.spp ? IF_SPP : 0) |
	       (r->ept.pw ? IF_PW : 0) | (s->controls.vgp ? IF_VGP : 0) |
	       (s->controls.ve ? IF_VE : 0) | (s->cr4 & CR4_PCIDE ? IF_PCIDE : IF_NO_PCIDE);
}

static uint64_t pdpte_reserved(const struct regime *r)
{
	uint64_t reserved = 0;

	for (unsigned bit = 1; bit < 64; bit++)
		if (regime_pdpte_reserved(BIT(bit) | PTE_P, r->state.maxphyaddr))
			reserved |= BIT(bit);
	return reserved;
}

static struct shape guest_shape(const struct decode_context *c, uint64_t value)
{
	const struct regime *r = c->regime;
	bool narrow = r->mode == PAGING_32BIT;
	struct shape s = { .present = value & PTE_P, .holds = decode_features(c) };

	s.holds |= narrow ? 0 : FOR_8_BYTE;
	if (decode_pae_pdpte(c)) {
		s.reserved = pdpte_reserved(r);
		s.holds |= FOR_TABLE | FOR_ADDRESS_12;
		return s;
	}
	s.page = regime_entry_is_page(r, c->level, value);
	s.reserved = regime_reserved(r, c->level, s.page);
	s.page_shift = walk_shift(r->index_bits, c->level);
	s.holds |= FOR_RIGHTS | (s.page ? FOR_PAGE : FOR_TABLE);
	if (c->level == 1)
		s.holds |= FOR_4K;
	else if (s.page)
		s.holds |= FOR_LARGE;
	if ((c->level == 2 || c->level == 3) && (!narrow || r->page_levels))
		s.holds |= FOR_PS;
	if (narrow && s.page && c->level == 2)
		s.holds |= FOR_PSE36;
	else
		s.holds |= s.page && c->level > 1 ? FOR_ADDRESS_13 : FOR_ADDRESS_12;
	return s;
}

static struct shape ept_shape(const struct decode_context *c, uint64_t value)
{
	const struct ept *ept = &c->regime->ept;
	struct shape s = { .present = value & ept->present, .holds = decode_features(c) };

	s.page = ept_entry_is_page(ept, c->level, value);
	s.reserved = (s.page ? ept->reserved_page : ept->reserved_table)[c->level];
	s.page_shift = walk_shift(ept_format.index_bits, c->level);
	s.holds |= s.page ? FOR_PAGE : FOR_TABLE;
	s.holds |= c->level == 1 ? FOR_4K : s.page ? FOR_LARGE : 0;
	s.holds |= c->level == 2 || c->level == 3 ? FOR_PS : 0;
	return s;
}

struct shape decode_shape(enum decode_kind kind, const struct decode_context *c, uint64_t value)
{
	return kind == DECODE_EPT_ENTRY ? ept_shape(c, value) : guest_shape(c, value);
}

uint64_t decode_reserved(enum decode_kind kind, const struct decode_context *c, uint64_t value)
{
	return value & decode_shape(kind, c, value).reserved;
}

/* ---- Where it leads ---- */

/* Address of what the entry points to. */
uint64_t decode_next_address(enum decode_kind kind, const struct decode_context *c,
                             const struct shape *s, uint64_t value)
{
	if (kind == DECODE_EPT_ENTRY)
		return value & c->regime->ept.address &
		       (s->page ? ~(BIT(s->page_shift) - 1) : ~UINT64_C(0));
	return s->page ? regime_page_base(c->regime, c->level, value).v
	               : value & c->regime->address_mask;
}

enum rule decode_entry_rule(enum decode_kind kind, const struct decode_context *c, uint64_t value)
{
	struct shape s = decode_shape(kind, c, value);
	bool ept = kind == DECODE_EPT_ENTRY;

	if (!s.present)
		return ept ? RULE_EPT_NOT_PRESENT : RULE_GUEST_NOT_PRESENT;
	if (ept)
		return ept_entry_rule(&c->regime->ept, c->level, value);
	if (value & s.reserved)
		return decode_pae_pdpte(c) ? RULE_PDPTE_RESERVED : RULE_GUEST_RESERVED;
	return RULE_NONE;
}

void decode_decision(char *out, size_t size, enum decode_kind kind, const struct decode_context *c,
                     uint64_t value, bool *bad)
{
	struct shape s = decode_shape(kind, c, value);
	const char *space = kind == DECODE_EPT_ENTRY ? "HPA" : "GPA";
	enum rule rule = decode_entry_rule(kind, c, value);

	*bad = rule != RULE_NONE;
	if (*bad)
		snprintf(out, size, "%s", rule_text(rule));
	else if (s.page)
		snprintf(out, size, "maps the %s page at %s 0x%" PRIx64,
		         page_size_name(s.page_shift), space,
		         decode_next_address(kind, c, &s, value));
	else
		snprintf(out, size, "next table at %s 0x%" PRIx64, space,
		         decode_next_address(kind, c, &s, value));
}

/* ---- Marks ---- */

void decode_marks(char *out, size_t size, enum decode_kind kind, const struct decode_context *c,
                  uint64_t value)
{
	struct shape s = decode_shape(kind, c, value);
	const struct field_table *t = &field_tables[kind];
	size_t used = 0;

	*out = 0;
	for (unsigned i = 0; i < t->count && s.present && used < size; i++) {
		const struct field *row = &t->row[i];
		uint64_t field = (value & BITS(row->hi, row->lo)) >> row->lo;
		const char *gap = used ? " " : "";

		if (!row->mark || row->needs & ~s.holds)
			continue;
		if (row->form == FORM_EPT_TYPE)
			used += (size_t)snprintf(out + used, size - used, "%s%s", gap,
			                         memory_type_name((unsigned)field));
		else if (field && row->form == FORM_NUMBER)
			used += (size_t)snprintf(out + used, size - used, "%s%s=%" PRIu64, gap,
			                         row->mark, field);
		else if (field)
			used += (size_t)snprintf(out + used, size - used, "%s%s", gap, row->mark);
	}
	if (!*out)
		snprintf(out, size, "-");
}
