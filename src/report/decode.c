/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/decode_shape.h"

#include "base/bits.h"
#include "ept/ept_format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static const struct {
	const char *name, *text, *example;
} kinds[DECODE_KIND_COUNT] = {
#define X(id, name, text, example) [id] = { name, text, example },
	DECODE_KINDS(X)
#undef X
};

const char *decode_kind_name(enum decode_kind kind)
{
	return kinds[kind].name;
}

const char *decode_kind_text(enum decode_kind kind)
{
	return kinds[kind].text;
}

const char *decode_kind_example(enum decode_kind kind)
{
	return kinds[kind].example;
}

bool decode_kind_find(const char *name, enum decode_kind *kind)
{
	for (unsigned k = 0; k < DECODE_KIND_COUNT; k++)
		if (!strcmp(kinds[k].name, name)) {
			*kind = (enum decode_kind)k;
			return true;
		}
	return false;
}

const char *entry_name(unsigned level)
{
	static const char *const names[] = { "?", "PTE", "PDE", "PDPTE", "PML4E", "PML5E" };

	return names[level <= 5 ? level : 0];
}

const char *page_size_name(unsigned shift)
{
	return shift == PAGE_SHIFT_4K   ? "4K"
	       : shift == PAGE_SHIFT_2M ? "2M"
	       : shift == PAGE_SHIFT_4M ? "4M"
	                                : "1G";
}

/* ---- Rows ---- */

static void text(struct decoded_field *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void text(struct decoded_field *f, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(f->text, sizeof(f->text), format, arguments);
	va_end(arguments);
}

static const char *exit_reason_name(uint64_t reason)
{
	switch (reason) {
	case EXIT_REASON_EPT_VIOLATION:
		return "EPT violation";
	case EXIT_REASON_EPT_MISCONFIG:
		return "EPT misconfiguration";
	case EXIT_REASON_VMFUNC:
		return "VMFUNC";
	case EXIT_REASON_PML_FULL:
		return "page-modification log full";
	case EXIT_REASON_SPP:
		return "SPP-related event";
	default:
		return "none that the area can hold";
	}
}

static void field_text(struct decoded_field *f, const struct field *row, enum decode_kind kind,
                       const struct decode_context *c, const struct shape *s, uint64_t value)
{
	const char *unit = row->set ? row->set : "", *gap = *unit ? " " : "";
	uint64_t masked = value & BITS(row->hi, row->lo);

	switch ((enum field_form)row->form) {
	case FORM_FLAG:
		text(f, "%s", f->value ? unit : row->clear ? row->clear : "");
		break;
	case FORM_NUMBER:
		text(f, "%" PRIu64 "%s%s", f->value, gap, unit);
		break;
	case FORM_NEXT:
		text(f, "%s %s 0x%" PRIx64, s->page ? "page at" : "next table at",
		     kind == DECODE_EPT_ENTRY ? "HPA" : "GPA",
		     decode_next_address(kind, c, s, value));
		break;
	case FORM_HIGH:
		text(f, "0x%" PRIx64, f->value);
		break;
	case FORM_HPA:
	case FORM_GPA:
		text(f, "%s 0x%" PRIx64 "%s%s", row->form == FORM_HPA ? "HPA" : "GPA", masked, gap,
		     unit);
		break;
	case FORM_GVA:
		text(f, "GVA 0x%" PRIx64, masked);
		break;
	case FORM_MEMORY_TYPE:
		text(f, "%s (%" PRIu64 ")",
		     f->value < 8 ? memory_type_name((unsigned)f->value) : "reserved", f->value);
		break;
	case FORM_EPT_TYPE:
		text(f, "%s (%" PRIu64 ")",
		     EPT_BAD_TYPES >> f->value & 1 ? "reserved"
		                                   : memory_type_name((unsigned)f->value),
		     f->value);
		break;
	case FORM_WALK_LENGTH:
		text(f, "%" PRIu64 ": a walk length of %" PRIu64, f->value, f->value + 1);
		break;
	case FORM_KEY_RIGHTS:
		text(f, "AD = %d, WD = %d: %s", (int)(f->value & 1), (int)(f->value >> 1 & 1),
		     f->value & 1   ? "no data access"
		     : f->value & 2 ? "reads only"
		                    : "reads and writes");
		break;
	case FORM_EXIT_REASON:
		text(f, "%" PRIu64 ": %s", f->value, exit_reason_name(f->value));
		break;
	}
}

static struct decoded_field *new_field(struct decoded *d, unsigned hi, unsigned lo,
                                       const char *name)
{
	struct decoded_field *f = &d->field[d->count];

	if (d->count + 1 < sizeof(d->field) / sizeof(d->field[0]))
		d->count++;
	*f = (struct decoded_field){ .hi = (uint8_t)hi,
		                     .lo = (uint8_t)lo,
		                     .name = name,
		                     .value = (d->value & BITS(hi, lo)) >> lo };
	return f;
}

/* One row of the table. */
static void add_row(struct decoded *d, const struct field *row, const struct decode_context *c,
                    const struct shape *s)
{
	uint64_t bits = BITS(row->hi, row->lo), missing = row->needs & ~s->holds;
	bool single = row->hi == row->lo;

	/* Reserved as things are, or without part: worth a word only when set. */
	if ((missing & IF_FEATURE || (single && bits & s->reserved)) && !(d->value & bits))
		return;
	struct decoded_field *f = new_field(d, row->hi, row->lo, row->name);

	field_text(f, row, d->kind, c, s, d->value);
	if (d->value & bits & s->reserved) {
		f->state = FIELD_BROKEN;
		if (single)
			text(f, "reserved here: must be 0");
		else
			snprintf(f->text + strlen(f->text), sizeof(f->text) - strlen(f->text),
			         "; bits 0x%" PRIx64 " are reserved: must be 0",
			         d->value & bits & s->reserved);
	} else if (row->form == FORM_EPT_TYPE && EPT_BAD_TYPES >> f->value & 1) {
		f->state = FIELD_BROKEN;
	} else if (missing & IF_FEATURE) {
		f->state = FIELD_IGNORED;
		text(f, "ignored: %s", feature_missing((uint32_t)missing & IF_FEATURE));
	}
}

/* Bits set that no row covers, runs of the same kind together. */
static void add_rest(struct decoded *d, uint64_t covered, uint64_t reserved, const char *idle)
{
	uint64_t rest = d->value & ~covered;

	for (unsigned lo = 0; lo < 64; lo++) {
		bool broken = reserved >> lo & 1;
		unsigned hi = lo;

		if (!(rest >> lo & 1))
			continue;
		while (hi < 63 && rest >> (hi + 1) & 1 && (reserved >> (hi + 1) & 1) == broken)
			hi++;
		struct decoded_field *f = new_field(d, hi, lo, broken ? "reserved" : "-");

		f->state = broken ? FIELD_BROKEN : FIELD_IGNORED;
		text(f, "%s", broken ? "reserved: must be 0" : idle);
		lo = hi;
	}
}

static void sort_fields(struct decoded *d)
{
	for (unsigned i = 1; i < d->count; i++)
		for (unsigned j = i; j > 0 && d->field[j].lo < d->field[j - 1].lo; j--) {
			struct decoded_field f = d->field[j];

			d->field[j] = d->field[j - 1];
			d->field[j - 1] = f;
		}
}

void decode_rows(struct decoded *d, const struct field_table *t, const struct decode_context *c,
                 const struct shape *s, const char *idle)
{
	uint64_t covered = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct field *row = &t->row[i];

		if (row->needs & FOR_SHAPE & ~s->holds)
			continue;
		/* Another row is for the case at hand: this one covers nothing. */
		if (row->needs & IF_VARIANT & ~s->holds)
			continue;
		covered |= BITS(row->hi, row->lo);
		add_row(d, row, c, s);
	}
	add_rest(d, covered, s->reserved, idle);
	sort_fields(d);
}

/* ---- Verdicts ---- */

/* The field that a rule is about. */
static void mark_field(struct decoded *d, enum rule rule)
{
	static const struct {
		uint8_t rule, lo;
	} fields[] = {
		{ RULE_EPT_W_WITHOUT_R, 1 },   { RULE_EPT_EXEC_ONLY, 2 },
		{ RULE_EPT_MEMORY_TYPE, 3 },   { RULE_EPT_LARGE_UNSUPPORTED, 7 },
		{ RULE_EPT_PAGING_WRITE, 58 }, { RULE_EPTP_MEMORY_TYPE, 0 },
		{ RULE_EPTP_WALK_LENGTH, 3 },  { RULE_EPTP_AD, 6 },
		{ RULE_EPTP_SSS, 7 },
	};

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (unsigned k = 0; k < d->count && fields[i].rule == rule; k++)
			if (d->field[k].lo == fields[i].lo)
				d->field[k].state = FIELD_BROKEN;
}

static void names_of_entry(struct decoded *d, const struct decode_context *c, const struct shape *s)
{
	const struct regime *r = c->regime;
	bool ept = d->kind == DECODE_EPT_ENTRY;
	static const char *const modes[] = { "", "32-bit paging", "PAE paging", "4-level paging",
		                             "5-level paging" };

	snprintf(d->title, sizeof(d->title), "%s %s%s%s, %s", ept ? "EPT" : "guest",
	         entry_name(c->level), ept ? "" : " of ", ept ? "" : modes[r->mode],
	         !s->present ? "not present"
	         : s->page   ? "maps a page"
	                     : "references a table");
}

static void entry_verdict(struct decoded *d, const struct decode_context *c, const struct shape *s)
{
	bool ept = d->kind == DECODE_EPT_ENTRY;
	char decision[160];

	decode_decision(decision, sizeof(decision), d->kind, c, d->value, &d->bad);
	d->rule = (uint8_t)decode_entry_rule(d->kind, c, d->value);
	const char *end = !d->bad       ? ""
	                  : !s->present ? (ept ? ": a walk that reaches it ends in an EPT violation"
	                                       : ": a walk that reaches it ends in #PF with P = 0")
	                  : ept         ? ": a walk that reaches it ends in an EPT misconfiguration"
	                  : decode_pae_pdpte(c)
	                          ? ": loading the PDPTE registers ends in #GP"
	                          : ": a walk that reaches it ends in #PF with RSVD = 1";

	snprintf(d->verdict, sizeof(d->verdict), "%s%s", decision, end);
	/* Not present is a state, not a mistake. */
	d->bad = d->bad && s->present;
}

static void decode_entry(struct decoded *d, const struct decode_context *c)
{
	static const struct field present_only = {
		0, 0, 0, FORM_FLAG, NULL, "P (present)", "", "the entry is not present"
	};
	bool ept = d->kind == DECODE_EPT_ENTRY;
	struct shape s = decode_shape(d->kind, c, d->value);
	struct field_table table = field_tables[d->kind];
	struct field rows[5]; /* R, W, both kinds of X, SVE */
	unsigned count = 0;

	names_of_entry(d, c, &s);
	entry_verdict(d, c, &s);
	if (s.present) {
		decode_rows(d, &table, c, &s, "ignored");
		mark_field(d, (enum rule)d->rule);
		return;
	}
	/* The rest of it is software's, but for bit 63 of an EPT entry. */
	s.reserved = 0;
	if (!ept) {
		decode_rows(d, &(struct field_table){ &present_only, 1 }, c, &s,
		            "ignored: the entry is not present");
		return;
	}
	for (unsigned i = 0; i < table.count && count < sizeof(rows) / sizeof(rows[0]); i++)
		if (table.row[i].lo <= 2 || table.row[i].lo == 63) {
			rows[count] = table.row[i];
			rows[count++].needs &= ~(uint32_t)FOR_SHAPE;
		}
	decode_rows(d, &(struct field_table){ rows, count }, c, &s,
	            "ignored: the entry is not present");
}

static void decode_eptp(struct decoded *d, const struct decode_context *c)
{
	const struct paging_state *state = &c->regime->state;
	struct shape s = { .holds = ~0u };
	struct ept ept;

	/* Which bits are reserved: those for which alone an EPTP is refused so. */
	for (unsigned bit = 8; bit < 64; bit++)
		if (ept_init(&ept, BIT(bit) | 0x1e, EPT_CAP_EVERYTHING, state->maxphyaddr, false,
		             false) == RULE_EPTP_RESERVED)
			s.reserved |= BIT(bit);
	d->rule = (uint8_t)ept_init(&ept, d->value, state->ept_vpid_cap, state->maxphyaddr, false,
	                            false);
	d->bad = d->rule != RULE_NONE;
	decode_rows(d, &field_tables[DECODE_EPTP], c, &s, "");
	mark_field(d, (enum rule)d->rule);
	if (d->bad)
		snprintf(d->verdict, sizeof(d->verdict), "VM entry fails: %s", rule_text(d->rule));
	else
		snprintf(d->verdict, sizeof(d->verdict),
		         "a %u-level EPT with its top table at HPA "
		         "0x%" PRIx64,
		         ept.levels, ept.root.v);
}

/* Exit qualifications, error code, capabilities, #VE area: what has no row has no
 * meaning. */
static void decode_report(struct decoded *d, const struct decode_context *c)
{
	const struct field_table *t = &field_tables[d->kind];
	struct shape s = { .holds = ~0u };

	if (d->kind == DECODE_VE_AREA) {
		static const char *const parts[] = { "exit reason and busy flag",
			                             "exit qualification", "guest linear address",
			                             "guest-physical address", "EPTP index" };

		t = &field_tables_ve[c->qword < 5 ? c->qword : 4];
		snprintf(d->title, sizeof(d->title), "#VE area, offset %u: %s", 8 * c->qword,
		         parts[c->qword < 5 ? c->qword : 4]);
	}
	decode_rows(d, t, c, &s, d->kind == DECODE_CAP ? "not modelled" : "undefined: no meaning");
}

void decode(struct decoded *d, enum decode_kind kind, const struct decode_context *c,
            uint64_t value)
{
	*d = (struct decoded){ .kind = kind, .value = value };
	snprintf(d->title, sizeof(d->title), "%s", kinds[kind].text);
	switch (kind) {
	case DECODE_GUEST_ENTRY:
	case DECODE_EPT_ENTRY:
		decode_entry(d, c);
		break;
	case DECODE_EPTP:
		decode_eptp(d, c);
		break;
	case DECODE_CR0:
	case DECODE_CR3:
	case DECODE_CR4:
	case DECODE_EFER:
	case DECODE_PKRU:
	case DECODE_PKRS:
	case DECODE_PAT:
		decode_register(d, c);
		break;
	default:
		decode_report(d, c);
		break;
	}
}
