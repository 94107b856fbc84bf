/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/store_trace.h"

#include <eptsim/state.h>

#include <inttypes.h>
#include <stdlib.h>

static struct finding *fail(struct test_result *r, enum mistake m, const struct trace_line *l)
{
	struct finding *f = r ? grade_fail(r, m) : NULL;

	if (f && l->event == EVENT_STORE)
		snprintf(f->called, sizeof f->called, "line %u: store 0x%" PRIx64 " 0x%" PRIx64,
		         l->number, l->a, l->b);
	else if (f)
		snprintf(f->called, sizeof f->called, "line %u, on processor %u", l->number,
		         l->processor);
	return f;
}

struct search {
	uint64_t at;
	unsigned level;
	const struct ept *ept;
};

/* A table is known by any present entry in it: its siblings have its level. */
static bool look(void *context, unsigned level, hpa_t at, uint64_t entry)
{
	struct search *s = context;

	if ((at.v ^ s->at) >> PAGE_SHIFT_4K == 0)
		s->level = level;
	/* An empty table is known by the entry that references it. */
	if (level > 1 && !(level < 4 && entry & EPT_PAGE) &&
	    ((entry & s->ept->address) ^ s->at) >> PAGE_SHIFT_4K == 0)
		s->level = level - 1;
	return s->level == 0;
}

/* Level of the table that holds the cell; 0: it is linked nowhere. */
static unsigned level_of(const struct store_trace *t, uint64_t at)
{
	struct search s = { .at = at, .ept = &t->ept };

	if ((at ^ t->ept.root.v) >> PAGE_SHIFT_4K == 0)
		return t->ept.levels;
	image_visit(&t->ept, &t->mem, look, &s);
	return s.level;
}

/* Does a later store, before anything else happens to it, put it right? */
static bool mended(const struct store_trace *t, unsigned i, unsigned level)
{
	uint64_t at = t->line[i].a;

	for (i++; i < t->count; i++)
		if (t->line[i].event == EVENT_STORE && t->line[i].a == at)
			return ept_entry_rule(&t->ept, level, t->line[i].b) == RULE_NONE;
	return false;
}

static bool is_page(unsigned level, uint64_t entry)
{
	return level == 1 || (level < 4 && entry & EPT_PAGE);
}

/* What the entry was when it was present, if since then not every processor has
 * executed INVEPT: somebody may still cache it. Else 0. */
static uint64_t perhaps_cached(const struct store_trace *t, unsigned i, uint64_t old)
{
	bool told[PROCESSORS] = { false };
	uint64_t at = t->line[i].a;

	if (old & EPT_RWX)
		return old;
	while (i-- > 0) {
		const struct trace_line *l = &t->line[i];

		if (l->event == EVENT_INVEPT)
			told[l->processor] = true;
		if (l->event == EVENT_STORE && l->a == at && l->b & EPT_RWX)
			return told[0] && told[1] ? 0 : l->b;
	}
	return 0;
}

static void judge_store(struct store_trace *t, unsigned i)
{
	const struct trace_line *l = &t->line[i];
	uint64_t old = cells_read(t->cells, hpa(l->a)), cached = perhaps_cached(t, i, old);
	unsigned level = level_of(t, l->a);
	enum rule rule;
	struct finding *f;

	cells_write(t->cells, hpa(l->a), l->b);
	if (level == 0)
		return;
	rule = ept_entry_rule(&t->ept, level, l->b);
	if (rule != RULE_NONE) {
		f = fail(t->entries,
		         mended(t, i, level) ? MISTAKE_SEVERAL_STORES
		                             : entry_mistake(rule, level, l->b),
		         l);
		if (f) {
			snprintf(f->expected, sizeof f->expected,
			         "a well-formed entry after every store");
			snprintf(f->hardware, sizeof f->hardware,
			         "a walk that meets this level %u entry: %s: %s (%s)", level,
			         outcome_text(OUTCOME_EPT_MISCONFIG), rule_text(rule),
			         rule_name(rule));
		}
	}
	if (cached && l->b & EPT_RWX && is_page(level, cached) != is_page(level, l->b) &&
	    (f = fail(t->sizes, MISTAKE_BREAK_BEFORE_MAKE, l))) {
		snprintf(f->expected, sizeof f->expected,
		         "a not-present entry and INVEPT on both processors in between");
		snprintf(f->hardware, sizeof f->hardware,
		         "level %u entry 0x%" PRIx64 " becomes 0x%" PRIx64
		         " while it may be cached",
		         level, cached, l->b);
	}
	if (old & EPT_RWX && ((old ^ l->b) & EPT_ADDRESS || old & ~l->b & EPT_RWX)) {
		t->taken = true;
		t->told[0] = t->told[1] = t->invvpids = t->failed = 0;
	}
}

static enum mistake stale_mistake(const struct store_trace *t, unsigned processor)
{
	if (t->failed)
		return MISTAKE_INVEPT_FAILED;
	if (t->told[0] + t->told[1] && !t->told[processor])
		return MISTAKE_ONE_PROCESSOR;
	return t->invvpids ? MISTAKE_INVVPID_USED : MISTAKE_NO_INVEPT;
}

/* The processor's caches and the entries must agree. */
static void judge_access(struct store_trace *t, const struct trace_line *l)
{
	struct access a = { .gva = { l->a }, .size = 1, .type = l->type };
	struct mmu *m = t->processor[l->processor];
	struct translation cold, warm;
	enum outcome due = mmu_peek(m, &a, false, &cold), is = mmu_translate(m, &a, &warm);
	struct finding *f;

	if (is != OUTCOME_OK || (due == OUTCOME_OK && cold.page[0].hpa.v == warm.page[0].hpa.v))
		return;
	f = fail(t->stale, stale_mistake(t, l->processor), l);
	if (!f)
		return;
	snprintf(f->expected, sizeof f->expected,
	         "that the access to gpa 0x%" PRIx64 " uses the entries as "
	         "they are",
	         l->a);
	snprintf(f->hardware, sizeof f->hardware,
	         "it goes to hpa 0x%" PRIx64 " by a cached translation; the entries say: %s",
	         warm.page[0].hpa.v, outcome_text(due));
}

static void judge_invalidation(struct store_trace *t, const struct trace_line *l)
{
	struct mmu *m = t->processor[l->processor];
	bool ept = l->event == EVENT_INVEPT;
	enum outcome outcome =
		ept ? mmu_invept(m, l->type, l->a) : mmu_invvpid(m, l->type, l->a, gva(l->b));
	struct finding *f;

	if (outcome != OUTCOME_OK) {
		t->failed++;
		f = fail(t->operands, MISTAKE_INVEPT_FAILED, l);
		if (f) {
			snprintf(f->expected, sizeof f->expected,
			         "operands that the instruction takes");
			snprintf(f->hardware, sizeof f->hardware, "%s", outcome_text(outcome));
		}
		return;
	}
	if (!t->taken)
		t->needless++;
	if (ept)
		t->told[l->processor]++;
	else
		t->invvpids++;
}

static void run_trace(struct store_trace *t)
{
	struct finding *f;

	for (unsigned i = 0; i < t->count; i++) {
		const struct trace_line *l = &t->line[i];

		if (l->event == EVENT_STORE)
			judge_store(t, i);
		else if (l->event == EVENT_ACCESS)
			judge_access(t, l);
		else
			judge_invalidation(t, l);
	}
	/* In the end every page that was used is used once more. */
	for (unsigned i = 0; i < t->count; i++)
		if (t->line[i].event == EVENT_ACCESS)
			judge_access(t, &t->line[i]);
	if (t->needless && t->operands && t->operands->findings < FINDINGS_MAX) {
		f = &t->operands->finding[t->operands->findings++];
		*f = (struct finding){ .mistake = MISTAKE_FLUSHES, .warning = true };
		snprintf(f->called, sizeof f->called,
		         "%u invalidations before anything was taken away", t->needless);
		snprintf(f->expected, sizeof f->expected, "none");
	}
}

static bool start(struct store_trace *t, struct error *err)
{
	struct mmu_geometry everything = mmu_geometry_everything();
	struct paging_state s = { .cr0 = CR0_PE | CR0_ET,
		                  .pat = PAT_DEFAULT,
		                  .cs_l = true,
		                  .maxphyaddr = (uint8_t)t->maxphyaddr,
		                  .ept = true,
		                  .eptp = t->eptp,
		                  .vpid = 1,
		                  .ept_vpid_cap = t->capabilities,
		                  .knobs = KNOBS_DEFAULT };
	struct translation unused;
	enum rule rule = ept_init(&t->ept, t->eptp, t->capabilities, t->maxphyaddr, false, false);

	if (rule != RULE_NONE) {
		error_set(err, "the trace's EPT pointer 0x%" PRIx64 ": %s", t->eptp,
		          rule_text(rule));
		return false;
	}
	t->mem = cells_mem(t->cells);
	for (unsigned i = 0; i < PROCESSORS; i++) {
		t->processor[i] = mmu_create(&t->mem, &everything);
		if (!t->processor[i] ||
		    mmu_enter(t->processor[i], &s, false, &unused) != OUTCOME_OK) {
			error_set(err, "no processor can use this EPT");
			return false;
		}
	}
	return true;
}

static void add_results(struct grade *g, struct store_trace *t)
{
	/* All four first: a result may move when another is added. */
	grade_add_named(g, "trace", "entries", "no walk meets a malformed entry", 1);
	grade_add_named(g, "trace", "sizes", "page sizes change by break-before-make", 1);
	grade_add_named(g, "trace", "stale", "no access uses a stale translation", 1);
	grade_add_named(g, "trace", "operands", "invalidations succeed", 1);
	if (g->count < 4)
		return;
	t->entries = &g->result[g->count - 4];
	t->sizes = &g->result[g->count - 3];
	t->stale = &g->result[g->count - 2];
	t->operands = &g->result[g->count - 1];
}

bool grade_trace(struct grade *g, const char *path, const struct grade_options *o,
                 struct error *err)
{
	struct store_trace t = { .line = calloc(TRACE_LINES_MAX, sizeof(struct trace_line)),
		                 .cells = cells_create(),
		                 .eptp = o->eptp,
		                 .capabilities = o->capabilities,
		                 .maxphyaddr = o->maxphyaddr };
	bool done;

	*g = (struct grade){ .result = NULL };
	done = t.line && t.cells && store_trace_read(&t, path, err) && start(&t, err);
	if (done) {
		add_results(g, &t);
		run_trace(&t);
		grade_sum(g);
	}
	for (unsigned i = 0; i < PROCESSORS; i++)
		mmu_destroy(t.processor[i]);
	cells_free(t.cells);
	free(t.line);
	return done;
}
