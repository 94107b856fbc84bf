/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/decode_shape.h"

#include "base/bits.h"

/* ---- What is reserved in a register: asked of the code that loads it ---- */

static struct paging_state plain_64_bit(void)
{
	return (struct paging_state){ .cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG,
		                      .cr4 = CR4_PAE,
		                      .efer = EFER_LME | EFER_LMA,
		                      .pat = PAT_DEFAULT,
		                      .cs_l = true,
		                      .maxphyaddr = MAXPHYADDR_DEFAULT,
		                      .knobs = KNOBS_DEFAULT };
}

static void load(struct paging_state *s, enum decode_kind kind, uint64_t value)
{
	switch (kind) {
	case DECODE_CR0:
		s->cr0 = value;
		break;
	case DECODE_CR3:
		s->cr3 = value;
		break;
	case DECODE_CR4:
		s->cr4 = value;
		break;
	case DECODE_EFER:
		s->efer = value;
		break;
	case DECODE_PAT:
		s->pat = value;
		break;
	default:
		break;
	}
}

static enum rule load_rule(struct paging_state s, enum decode_kind kind, uint64_t value)
{
	struct regime r;

	load(&s, kind, value);
	return regime_init(&r, &s, false);
}

/* Bit by bit, each beside values that are good. */
static uint64_t register_reserved(enum decode_kind kind, unsigned maxphyaddr)
{
	struct paging_state s = plain_64_bit();
	uint64_t good = kind == DECODE_CR0    ? s.cr0
	                : kind == DECODE_CR4  ? s.cr4
	                : kind == DECODE_EFER ? s.efer
	                                      : 0;
	uint64_t reserved = 0;

	s.maxphyaddr = (uint8_t)maxphyaddr;
	for (unsigned bit = 0; bit < 64 && kind != DECODE_PAT; bit++)
		if (load_rule(s, kind, good | BIT(bit)) != RULE_NONE)
			reserved |= BIT(bit);
	return reserved;
}

/* Would the whole value be taken, beside registers that suit it? */
static enum rule register_rule(const struct regime *r, enum decode_kind kind, uint64_t value)
{
	struct paging_state s = plain_64_bit();

	s.maxphyaddr = r->state.maxphyaddr;
	if (kind == DECODE_CR0 && !(value & CR0_PG))
		s.efer = 0;
	if (kind == DECODE_EFER && !(value & EFER_LMA))
		s.cr0 = value & EFER_LME ? s.cr0 & ~CR0_PG : s.cr0;
	if (kind == DECODE_CR4 && !(value & CR4_PAE))
		s.efer = 0;
	return load_rule(s, kind, value);
}

void decode_register(struct decoded *d, const struct decode_context *c)
{
	struct shape s = { .holds = decode_features(c) };
	bool only_32 = d->kind == DECODE_PKRU || d->kind == DECODE_PKRS;
	const char *why = "bits contradict one another";

	s.reserved =
		only_32 ? BITS(63, 32) : register_reserved(d->kind, c->regime->state.maxphyaddr);
	decode_rows(d, &field_tables[d->kind], c, &s, "no meaning here");
	if (!only_32)
		d->rule = (uint8_t)register_rule(c->regime, d->kind, d->value);
	d->bad = d->rule != RULE_NONE || d->value & s.reserved;
	if (d->kind == DECODE_PAT)
		why = "a memory type is reserved";
	else if (d->value & s.reserved)
		why = "a reserved bit is set";
	for (unsigned i = 0; d->kind == DECODE_PAT && i < d->count; i++)
		if (load_rule(plain_64_bit(), DECODE_PAT, d->field[i].value) != RULE_NONE)
			d->field[i].state = FIELD_BROKEN;
	if (d->bad)
		snprintf(d->verdict, sizeof(d->verdict), "the register takes no such value: %s",
		         why);
}
