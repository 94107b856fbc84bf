/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The words around the references: what is translated in which state, and how
 * it ends.
 */
#include "report/explain.h"

#include "base/bits.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static void line(struct explained_line *lines, unsigned *count, const char *label,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
static void line(struct explained_line *lines, unsigned *count, const char *label,
                 const char *format, ...)
{
	struct explained_line *l = &lines[*count];
	va_list arguments;

	if (*count == EXPLAIN_LINES)
		return;
	++*count;
	snprintf(l->label, sizeof(l->label), "%s", label);
	va_start(arguments, format);
	vsnprintf(l->text, sizeof(l->text), format, arguments);
	va_end(arguments);
}

/* Appends `word` to the comma-separated list in `list`. */
static void append(char *list, size_t size, bool on, const char *word)
{
	size_t used = strlen(list);

	if (on)
		snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}

/* ---- The heading ---- */

const char *explain_paging(enum paging_mode mode)
{
	static const char *const names[] = { "paging is off", "32-bit paging", "PAE paging",
		                             "4-level paging", "5-level paging" };

	return names[mode];
}

void explain_access(char *out, size_t size, const struct paging_state *s, const struct access *a)
{
	static const char *const kinds[ACCESS_TYPES] = { "a read", "a write", "a read-modify-write",
		                                         "an instruction fetch" };
	bool user = a->user || (s->cpl == 3 && !a->implicit);

	snprintf(out, size, "%s of %u byte%s by the %s (CPL %u%s%s%s%s%s)", kinds[a->type], a->size,
	         a->size == 1 ? "" : "s", user ? "user" : "supervisor", s->cpl,
	         a->implicit ? ", implicit" : "", a->user ? ", WRUSS" : "",
	         a->shadow_stack ? ", shadow stack" : "", a->stack ? ", stack segment" : "",
	         s->ac ? ", RFLAGS.AC = 1" : "");
}

static void state_registers(struct explanation *e)
{
	const struct paging_state *s = &e->regime.state;
	char on[128] = "";

	line(e->state, &e->state_lines, "guest paging", "%s, CR3 = 0x%" PRIx64,
	     explain_paging(e->regime.mode), s->cr3);
	append(on, sizeof(on), s->cr0 & CR0_WP, "WP");
	append(on, sizeof(on), s->cr0 & CR0_CD, "CD");
	append(on, sizeof(on), s->efer & EFER_NXE, "NXE");
	append(on, sizeof(on), s->cr4 & CR4_PSE, "PSE");
	append(on, sizeof(on), s->cr4 & CR4_PGE, "PGE");
	append(on, sizeof(on), s->cr4 & CR4_PCIDE, "PCIDE");
	append(on, sizeof(on), s->cr4 & CR4_SMEP, "SMEP");
	append(on, sizeof(on), s->cr4 & CR4_SMAP, "SMAP");
	append(on, sizeof(on), s->cr4 & CR4_PKE, "PKE");
	append(on, sizeof(on), s->cr4 & CR4_PKS, "PKS");
	append(on, sizeof(on), s->cr4 & CR4_CET, "CET");
	line(e->state, &e->state_lines, "registers",
	     "CR0 = 0x%" PRIx64 ", CR4 = 0x%" PRIx64 ", EFER = 0x%" PRIx64 "; on: %s", s->cr0,
	     s->cr4, s->efer, *on ? on : "nothing of interest");
	if (e->regime.mode == PAGING_PAE && !e->input.entry)
		line(e->state, &e->state_lines, "PDPTE registers",
		     "0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64, s->pdpte[0],
		     s->pdpte[1], s->pdpte[2], s->pdpte[3]);
	if (s->cr4 & (CR4_PKE | CR4_PKS))
		line(e->state, &e->state_lines, "protection keys",
		     "PKRU = 0x%" PRIx32 ", IA32_PKRS = 0x%" PRIx32, s->pkru, s->pkrs);
}

static void state_ept(struct explanation *e)
{
	const struct paging_state *s = &e->regime.state;
	const struct vm_controls *c = &s->controls;
	char on[200] = "";

	if (!s->ept) {
		line(e->state, &e->state_lines, "EPT",
		     "none: guest-physical addresses are host-physical ones");
		return;
	}
	line(e->state, &e->state_lines, "EPT",
	     "%u levels, EPTP = 0x%" PRIx64 ", accessed and dirty flags %s", e->regime.ept.levels,
	     s->eptp, e->regime.ept.ad ? "on" : "off");
	append(on, sizeof(on), c->mbe, "mode-based execute control");
	append(on, sizeof(on), c->ve, "EPT-violation #VE");
	append(on, sizeof(on), c->pml, "page-modification logging");
	append(on, sizeof(on), c->spp, "sub-page write permissions");
	append(on, sizeof(on), c->pw, "paging-write control");
	append(on, sizeof(on), c->vgp, "guest-paging verification");
	append(on, sizeof(on), c->hlat, "HLAT paging");
	append(on, sizeof(on), e->regime.ept.sss, "supervisor shadow stacks");
	if (*on)
		line(e->state, &e->state_lines, "controls", "%s", on);
}

void explain_state(struct explanation *e)
{
	const struct explain_input *in = &e->input;
	char access[160];

	explain_access(access, sizeof(access), in->state, in->access);
	if (in->entry)
		snprintf(e->headline, sizeof(e->headline),
		         "The state cannot be loaded, so nothing is translated (GVA 0x%" PRIx64
		         ": %s)",
		         in->access->gva.v, access);
	else
		snprintf(e->headline, sizeof(e->headline), "GVA 0x%" PRIx64 ": %s",
		         in->access->gva.v, access);
	state_registers(e);
	state_ept(e);
	line(e->state, &e->state_lines, "processor", "MAXPHYADDR %u%s", in->state->maxphyaddr,
	     in->peek ? "; this is a peek: nothing is changed" : "");
	if (in->caches)
		line(e->state, &e->state_lines, "caches", "%s", in->caches);
}

/* ---- Success ---- */

static void success(struct explanation *e)
{
	const struct translation *t = e->input.translation;
	static const char *const sources[] = { "from the TLB", "from the second-level TLB",
		                               "found by the walk",
		                               "neither paging nor EPT is on" };

	snprintf(e->outcome, sizeof(e->outcome), "The access succeeds.");
	for (unsigned i = 0; i < t->pages; i++) {
		const struct page_result *p = &t->page[i];
		char label[24];

		snprintf(label, sizeof(label), "%s", i ? "second page" : "HPA");
		line(e->result, &e->result_lines, label, "0x%" PRIx64 " (%s)", p->hpa.v,
		     sources[p->source]);
		if (p->source == SOURCE_WALK && e->regime.state.ept)
			line(e->result, &e->result_lines, "GPA", "0x%" PRIx64, p->gpa.v);
		line(e->result, &e->result_lines, "memory type", "%s", memory_type_name(p->type));
		if (p->source != SOURCE_NONE)
			line(e->result, &e->result_lines, "page", "%s%s",
			     page_size_name(p->page_shift),
			     e->regime.state.ept && e->regime.mode != PAGING_NONE
			             ? " (the smaller of the guest's and the EPT's page)"
			             : "");
	}
}

/* ---- Faults ---- */

static const char *exception_name(unsigned vector)
{
	return vector == VECTOR_PF   ? "#PF"
	       : vector == VECTOR_GP ? "#GP"
	       : vector == VECTOR_SS ? "#SS"
	       : vector == VECTOR_VE ? "#VE"
	                             : "?";
}

static void what_was_sought(char *out, size_t size, const struct fault *f)
{
	if (f->guest_level)
		snprintf(out, size, "guest %s", entry_name(f->guest_level));
	else
		snprintf(out, size, "data");
}

static void entry_at_fault(struct explanation *e, const struct fault *f)
{
	static const char *const dimensions[] = { "", "guest ", "EPT ", "SPPT ", "HLAT " };
	char sought[32], name[24];

	what_was_sought(sought, sizeof(sought), f);
	if (f->level == 0) {
		if (f->rule == RULE_EPT_WRITE)
			line(e->result, &e->result_lines, "at",
			     "the write that sets a flag in the %s", sought);
		return;
	}
	if (f->dimension == DIMENSION_SPPT)
		snprintf(name, sizeof(name), "L%uE", f->level);
	else
		snprintf(name, sizeof(name), "%s", entry_name(f->level));
	if (f->dimension == DIMENSION_GUEST && e->regime.mode == PAGING_PAE && f->level == 3)
		line(e->result, &e->result_lines, "entry", "PDPTE register = 0x%" PRIx64, f->entry);
	else
		line(e->result, &e->result_lines, "entry",
		     "%s%s = 0x%" PRIx64 " at HPA 0x%" PRIx64 "%s%s", dimensions[f->dimension],
		     name, f->entry, f->entry_hpa.v,
		     f->dimension == DIMENSION_EPT ? ", on the way to the " : "",
		     f->dimension == DIMENSION_EPT ? sought : "");
}

/* Which bits of the entry are reserved. */
static void reserved_bits(struct explanation *e, const struct fault *f)
{
	bool ept = f->dimension == DIMENSION_EPT;
	struct decode_context c = { .regime = &e->regime,
		                    .level = f->level,
		                    .hlat = f->dimension == DIMENSION_HLAT };
	uint64_t bits;

	switch ((enum rule)f->rule) {
	case RULE_GUEST_RESERVED:
	case RULE_PDPTE_RESERVED:
	case RULE_EPT_RESERVED:
	case RULE_EPT_ADDRESS_WIDTH:
	case RULE_EPT_LARGE_UNALIGNED:
		bits = decode_reserved(ept ? DECODE_EPT_ENTRY : DECODE_GUEST_ENTRY, &c, f->entry);
		line(e->result, &e->result_lines, "reserved bits", "0x%" PRIx64, bits);
		break;
	default:
		break;
	}
}

/* Rights are ANDed over all levels: which entries withhold the one that is missing? */
static bool withholds(const struct explanation *e, const struct explained_ref *x, enum rule rule)
{
	bool guest = x->ref.kind == REF_GUEST || x->ref.kind == REF_HLAT;
	bool ept = x->ref.kind == REF_EPT;

	switch (rule) {
	case RULE_READ_ONLY:
		return guest && !(x->ref.value & PTE_RW);
	case RULE_SUPERVISOR_ONLY:
		return guest && !(x->ref.value & PTE_US);
	case RULE_EXECUTE_DISABLE:
		return guest && e->regime.nx && x->ref.value & PTE_XD;
	case RULE_EPT_READ:
		return ept && !(x->ref.value & EPT_R);
	case RULE_EPT_WRITE:
	case RULE_SPP_WRITE:
		return ept && !(x->ref.value & EPT_W);
	case RULE_EPT_FETCH:
		return ept && !(x->ref.value & EPT_X);
	case RULE_EPT_FETCH_USER:
		return ept && !(x->ref.value & EPT_XU);
	default:
		return false;
	}
}

/* In the group of the fault, or, for guest rights, of the page. */
static void withheld_by(struct explanation *e, const struct fault *f)
{
	bool guest = f->dimension != DIMENSION_EPT;
	char list[200] = "";

	for (size_t i = 0; i < e->ref_count; i++) {
		const struct explained_ref *x = &e->ref[i];
		bool mine = guest || x->ref.guest_level == f->guest_level;
		char name[64];

		snprintf(name, sizeof(name), "%s (reference %u)", x->name, x->number);
		append(list, sizeof(list),
		       mine && !!(x->ref.flags & REF_PAGE2) == f->page2 &&
		               withholds(e, x, (enum rule)f->rule),
		       name);
	}
	if (*list)
		line(e->result, &e->result_lines, "withheld by", "%s", list);
}

static void decode_fault(struct explanation *e, const struct fault *f)
{
	struct decode_context c = { .regime = &e->regime };
	bool exception = f->vector && f->vector != VECTOR_VE;
	bool spp = f->kind == OUTCOME_SPP_MISS || f->kind == OUTCOME_SPP_MISCONFIG;

	if (f->kind == OUTCOME_EPT_VIOLATION || f->kind == OUTCOME_VE || spp) {
		e->qualification_valid = true;
		decode(&e->qualification, spp ? DECODE_SPP_QUALIFICATION : DECODE_QUALIFICATION, &c,
		       f->qualification);
	}
	if (f->kind == OUTCOME_PF) {
		e->error_code_valid = true;
		decode(&e->error_code, DECODE_ERROR_CODE, &c, f->error_code);
	} else if (exception) {
		line(e->result, &e->result_lines, "error code", "%" PRIu32, f->error_code);
	}
}

static void failure(struct explanation *e)
{
	const struct fault *f = &e->input.translation->fault;

	snprintf(e->outcome, sizeof(e->outcome), "%s.", outcome_text((enum outcome)f->kind));
	e->outcome[0] = (char)toupper((unsigned char)e->outcome[0]);
	line(e->result, &e->result_lines, "because", "%s%s", rule_text((enum rule)f->rule),
	     f->page2 ? " (on the second page)" : "");
	if (f->vector)
		line(e->result, &e->result_lines, "exception", "%s, vector %u",
		     exception_name(f->vector), f->vector);
	if (f->exit_reason && f->kind != OUTCOME_VE)
		line(e->result, &e->result_lines, "exit reason", "%u", f->exit_reason);
	entry_at_fault(e, f);
	reserved_bits(e, f);
	withheld_by(e, f);
	if (f->kind == OUTCOME_PF)
		line(e->result, &e->result_lines, "CR2", "0x%" PRIx64, f->cr2.v);
	else if (f->gpa_valid)
		line(e->result, &e->result_lines, "GPA", "0x%" PRIx64, f->gpa.v);
	if (f->gla_valid && f->kind != OUTCOME_PF && f->kind != OUTCOME_GP && f->kind != OUTCOME_SS)
		line(e->result, &e->result_lines, "GLA", "0x%" PRIx64, f->gla.v);
	if (f->kind == OUTCOME_EPT_MISCONFIG)
		line(e->result, &e->result_lines, "qualification",
		     "undefined for an EPT misconfiguration");
	decode_fault(e, f);
}

/* ---- The count ---- */

static void plural(char *list, size_t size, unsigned count, const char *one, const char *more)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %s", count, count == 1 ? one : more);
	append(list, size, count, text);
}

static void count_line(struct explanation *e)
{
	unsigned reads = e->guest_reads + e->ept_reads + e->sppt_reads;
	bool ok = e->input.translation->outcome == OUTCOME_OK;
	char of[80] = "", writes[80] = "", saved[80] = "";

	plural(of, sizeof(of), e->guest_reads, "guest entry", "guest entries");
	plural(of, sizeof(of), e->ept_reads, "EPT entry", "EPT entries");
	plural(of, sizeof(of), e->sppt_reads, "SPPT entry", "SPPT entries");
	plural(writes, sizeof(writes), e->flag_writes, "flag write", "flag writes");
	plural(writes, sizeof(writes), e->log_writes, "store", "stores");
	plural(saved, sizeof(saved), e->saved, "cache hit", "cache hits");
	snprintf(e->count, sizeof(e->count), "%u reference%s before %s%s%s%s%s%s%s%s", reads,
	         reads == 1 ? "" : "s", ok ? "the data access" : "the fault", *of ? ": " : "", of,
	         !*writes        ? ""
	         : e->input.peek ? "; not done: "
	                         : "; besides ",
	         writes, *saved ? "; " : "", saved, *saved ? " saved others" : "");
}

void explain_result(struct explanation *e)
{
	if (e->input.translation->outcome == OUTCOME_OK)
		success(e);
	else
		failure(e);
	count_line(e);
}
