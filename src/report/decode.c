/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/fields.h"

#include "base/bits.h"
#include "base/walk.h"
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
	return shift == PAGE_SHIFT_4K ? "4K" :
	       shift == PAGE_SHIFT_2M ? "2M" :
	       shift == PAGE_SHIFT_4M ? "4M" :
					"1G";
}

/* ---- What an entry is ---- */

struct shape {
	bool present, page;
	uint32_t holds;    /* the FOR_ and IF_ conditions that hold */
	uint64_t reserved; /* bits that must be 0 */
	unsigned page_shift;
};

static bool pae_pdpte(const struct decode_context *c)
{
	return c->regime->mode == PAGING_PAE && c->level == 3;
}

static uint32_t features(const struct decode_context *c)
{
	const struct regime *r = c->regime;
	const struct paging_state *s = &r->state;

	return (r->nx ? IF_NX : 0) | (r->global ? IF_GLOBAL : 0) | (c->hlat ? IF_HLAT : 0) |
	       (r->rights.keys[0] || r->rights.keys[1] ? IF_KEYS : 0) |
	       (r->ept.ad ? IF_EPT_AD : 0) | (r->ept.mbe ? IF_MBE : 0) |
	       (r->ept.sss ? IF_SSS : 0) | (s->controls.spp ? IF_SPP : 0) |
	       (r->ept.pw ? IF_PW : 0) | (s->controls.vgp ? IF_VGP : 0) |
	       (s->controls.ve ? IF_VE : 0) |
	       (s->cr4 & CR4_PCIDE ? IF_PCIDE : IF_NO_PCIDE);
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
	struct shape s = { .present = value & PTE_P, .holds = features(c) };

	s.holds |= narrow ? 0 : FOR_8_BYTE;
	if (pae_pdpte(c)) {
		s.reserved = pdpte_reserved(r);
		s.holds |= FOR_TABLE | FOR_NO_PSE36;
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
	s.holds |= narrow && s.page && c->level == 2 ? FOR_PSE36 : FOR_NO_PSE36;
	return s;
}

static struct shape ept_shape(const struct decode_context *c, uint64_t value)
{
	const struct ept *ept = &c->regime->ept;
	struct shape s = { .present = value & ept->present, .holds = features(c) };

	s.page = ept_entry_is_page(ept, c->level, value);
	s.reserved = (s.page ? ept->reserved_page : ept->reserved_table)[c->level];
	s.page_shift = walk_shift(ept_format.index_bits, c->level);
	s.holds |= s.page ? FOR_PAGE : FOR_TABLE;
	s.holds |= c->level == 1 ? FOR_4K : s.page ? FOR_LARGE : 0;
	s.holds |= c->level == 2 || c->level == 3 ? FOR_PS : 0;
	return s;
}

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
	uint64_t good = kind == DECODE_CR0 ? s.cr0 : kind == DECODE_CR4 ? s.cr4 :
			kind == DECODE_EFER ? s.efer : 0;
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

/* Address of what the entry points to. */
static uint64_t next_address(enum decode_kind kind, const struct decode_context *c,
			     const struct shape *s, uint64_t value)
{
	if (kind == DECODE_EPT_ENTRY)
		return value & c->regime->ept.address & (s->page ? ~(BIT(s->page_shift) - 1) : ~UINT64_C(0));
	return s->page ? regime_page_base(c->regime, c->level, value).v :
			 value & c->regime->address_mask;
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
		     kind == DECODE_EPT_ENTRY ? "HPA" : "GPA", next_address(kind, c, s, value));
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
		text(f, "%s (%" PRIu64 ")", f->value < 8 ? memory_type_name((unsigned)f->value) :
							   "reserved", f->value);
		break;
	case FORM_WALK_LENGTH:
		text(f, "%" PRIu64 ": an EPT of %" PRIu64 " levels", f->value, f->value + 1);
		break;
	case FORM_KEY_RIGHTS:
		text(f, "AD = %d, WD = %d: %s", (int)(f->value & 1), (int)(f->value >> 1 & 1),
		     f->value & 1 ? "no data access" : f->value & 2 ? "reads only" : "reads and writes");
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

static void add_rows(struct decoded *d, const struct field_table *t,
		     const struct decode_context *c, const struct shape *s, const char *idle)
{
	uint64_t covered = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct field *row = &t->row[i];

		if (row->needs & FOR_SHAPE & ~s->holds)
			continue;
		/* A row for another setting of CR4.PCIDE covers nothing. */
		if (row->needs & (IF_PCIDE | IF_NO_PCIDE) & ~s->holds)
			continue;
		covered |= BITS(row->hi, row->lo);
		add_row(d, row, c, s);
	}
	add_rest(d, covered, s->reserved, idle);
	sort_fields(d);
}

/* ---- Verdicts ---- */

static void names_of_entry(struct decoded *d, const struct decode_context *c, const struct shape *s)
{
	const struct regime *r = c->regime;
	bool ept = d->kind == DECODE_EPT_ENTRY;
	static const char *const modes[] = { "", "32-bit paging", "PAE paging", "4-level paging",
					     "5-level paging" };
	char where[40];

	snprintf(where, sizeof(where), "%s", ept ? "EPT" : modes[r->mode]);
	if (ept && r->ept.levels == 5)
		snprintf(where, sizeof(where), "5-level EPT");
	snprintf(d->title, sizeof(d->title), "%s %s of %s, %s", ept ? "EPT" : "guest",
		 entry_name(c->level), where,
		 !s->present ? "not present" :
		 s->page     ? "maps a page" :
			       "references a table");
}

void decode_decision(char *out, size_t size, enum decode_kind kind,
		     const struct decode_context *c, uint64_t value, bool *bad)
{
	bool ept = kind == DECODE_EPT_ENTRY;
	struct shape s = ept ? ept_shape(c, value) : guest_shape(c, value);
	enum rule rule = !s.present ? (ept ? RULE_EPT_NOT_PRESENT : RULE_GUEST_NOT_PRESENT) :
			 ept	    ? ept_entry_rule(&c->regime->ept, c->level, value) :
			 value & s.reserved ?
				      (pae_pdpte(c) ? RULE_PDPTE_RESERVED : RULE_GUEST_RESERVED) :
				      RULE_NONE;

	*bad = rule != RULE_NONE;
	if (*bad)
		snprintf(out, size, "%s", rule_text(rule));
	else if (s.page)
		snprintf(out, size, "maps the %s page at %s 0x%" PRIx64,
			 page_size_name(s.page_shift), ept ? "HPA" : "GPA",
			 next_address(kind, c, &s, value));
	else
		snprintf(out, size, "next table at %s 0x%" PRIx64, ept ? "HPA" : "GPA",
			 next_address(kind, c, &s, value));
}

static void entry_verdict(struct decoded *d, const struct decode_context *c, const struct shape *s)
{
	bool ept = d->kind == DECODE_EPT_ENTRY;
	char decision[160];

	decode_decision(decision, sizeof(decision), d->kind, c, d->value, &d->bad);
	if (d->bad && ept && s->present)
		d->rule = (uint8_t)ept_entry_rule(&c->regime->ept, c->level, d->value);
	else if (d->bad)
		d->rule = ept ? RULE_EPT_NOT_PRESENT :
			  !s->present  ? RULE_GUEST_NOT_PRESENT :
			  pae_pdpte(c) ? RULE_PDPTE_RESERVED :
					 RULE_GUEST_RESERVED;
	const char *end = !d->bad    ? "" :
			  !s->present ? (ept ? ": a walk that reaches it ends in an EPT violation" :
					       ": a walk that reaches it ends in #PF with P = 0") :
			  ept	      ? ": a walk that reaches it ends in an EPT misconfiguration" :
			  pae_pdpte(c) ? ": loading the PDPTE registers ends in #GP" :
					 ": a walk that reaches it ends in #PF with RSVD = 1";

	snprintf(d->verdict, sizeof(d->verdict), "%s%s", decision, end);
	/* Not present is a state, not a mistake. */
	d->bad = d->bad && s->present;
}

static void decode_entry(struct decoded *d, const struct decode_context *c)
{
	static const struct field present_only = { 0, 0, 0, FORM_FLAG, NULL, "P (present)", "",
						   "the entry is not present" };
	bool ept = d->kind == DECODE_EPT_ENTRY;
	struct shape s = ept ? ept_shape(c, d->value) : guest_shape(c, d->value);
	struct field_table table = field_tables[d->kind];
	struct field rows[4];

	names_of_entry(d, c, &s);
	entry_verdict(d, c, &s);
	if (s.present) {
		add_rows(d, &table, c, &s, "ignored");
		return;
	}
	/* The rest of it is software's, but for bit 63 of an EPT entry. */
	s.reserved = 0;
	if (!ept) {
		add_rows(d, &(struct field_table){ &present_only, 1 }, c, &s,
			 "ignored: the entry is not present");
		return;
	}
	memcpy(rows, table.row, 3 * sizeof(rows[0]));
	rows[3] = table.row[table.count - 1];
	rows[3].needs &= ~(uint32_t)FOR_SHAPE;
	add_rows(d, &(struct field_table){ rows, 4 }, c, &s, "ignored: the entry is not present");
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
	add_rows(d, &field_tables[DECODE_EPTP], c, &s, "");
	if (d->bad)
		snprintf(d->verdict, sizeof(d->verdict), "VM entry fails: %s", rule_text(d->rule));
	else
		snprintf(d->verdict, sizeof(d->verdict), "a %u-level EPT with its top table at HPA "
			 "0x%" PRIx64, ept.levels, ept.root.v);
}

static void decode_register(struct decoded *d, const struct decode_context *c)
{
	struct shape s = { .holds = features(c) };
	bool only_32 = d->kind == DECODE_PKRU || d->kind == DECODE_PKRS;

	if (only_32)
		s.reserved = BITS(63, 32);
	else
		s.reserved = register_reserved(d->kind, c->regime->state.maxphyaddr);
	add_rows(d, &field_tables[d->kind], c, &s, "no meaning here");
	if (!only_32)
		d->rule = (uint8_t)register_rule(c->regime, d->kind, d->value);
	d->bad = d->rule != RULE_NONE || d->value & s.reserved;
	if (d->value & s.reserved)
		snprintf(d->verdict, sizeof(d->verdict), "a reserved bit is set: the register takes no "
			 "such value");
	else if (d->bad)
		snprintf(d->verdict, sizeof(d->verdict), "%s: bits contradict one another",
			 rule_text(d->rule));
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
	add_rows(d, t, c, &s, d->kind == DECODE_CAP ? "not modelled" : "undefined: no meaning");
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

/* ---- Marks ---- */

void decode_marks(char *out, size_t size, enum decode_kind kind, const struct decode_context *c,
		  uint64_t value)
{
	struct shape s = kind == DECODE_EPT_ENTRY ? ept_shape(c, value) : guest_shape(c, value);
	const struct field_table *t = &field_tables[kind];
	size_t used = 0;

	*out = 0;
	for (unsigned i = 0; i < t->count && s.present && used < size; i++) {
		const struct field *row = &t->row[i];
		uint64_t field = (value & BITS(row->hi, row->lo)) >> row->lo;
		const char *gap = used ? " " : "";

		if (!row->mark || row->needs & ~s.holds)
			continue;
		if (row->form == FORM_MEMORY_TYPE)
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
