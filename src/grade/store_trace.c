/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Store traces: the stores to an EPT in use, in order, with the invalidations and
 * accesses between them; two processors that cache watch.
 */
#include "grade/image.h"

#include "host/number.h"
#include "scenario/cells.h"

#include <eptsim/mmu.h>
#include <eptsim/state.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 200000u

enum event { EVENT_STORE, EVENT_INVEPT, EVENT_INVVPID, EVENT_ACCESS };

struct line {
	unsigned number;
	uint8_t event;
	uint8_t processor, type; /* type: of an access, or of an invalidation */
	uint64_t a, b; /* store: hpa, value; invept: EPTP; invvpid: VPID, gva; access: gpa */
};

struct store_trace {
	struct line *line;
	unsigned count;
	uint64_t eptp, capabilities;
	unsigned maxphyaddr;
	struct cells *cells;
	struct mem mem;
	struct ept ept;
	struct mmu *processor[PROCESSORS];
	struct test_result *entries, *sizes, *stale, *operands;
	/* Since the last store that took something away. */
	unsigned told[PROCESSORS], invvpids, failed;
	bool taken; /* something was, and is perhaps still cached */
	unsigned needless;
};

/* ---- Reading ---- */

static unsigned words(char *line, char *word[6])
{
	unsigned count = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	for (char *w = strtok(line, " \t"); w; w = strtok(NULL, " \t")) {
		if (count == 6)
			return 7;
		word[count++] = w;
	}
	return count;
}

static bool cell_address(uint64_t at)
{
	return !(at & 7) && at >> HPA_BITS == 0;
}

/* Lines before the first event. */
static bool parse_head(struct store_trace *t, char *word[6], unsigned count)
{
	uint64_t value, at;

	if (count == 3 && strcmp(word[0], "mem") == 0 && number_parse_u64(word[1], &at) &&
	    number_parse_u64(word[2], &value) && cell_address(at)) {
		cells_write(t->cells, hpa(at), value);
		return true;
	}
	if (count != 2 || !number_parse_u64(word[1], &value))
		return false;
	if (strcmp(word[0], "eptp") == 0)
		t->eptp = value;
	else if (strcmp(word[0], "capabilities") == 0)
		t->capabilities = value;
	else if (strcmp(word[0], "maxphyaddr") == 0 && value >= MAXPHYADDR_MIN &&
	         value <= MAXPHYADDR_MAX)
		t->maxphyaddr = (unsigned)value;
	else
		return false;
	return true;
}

static bool parse_event(struct line *l, char *word[6], unsigned count)
{
	uint64_t n[5] = { 0 };
	bool access = count == 4 && strcmp(word[0], "access") == 0;

	for (unsigned i = 1; i < count; i++)
		if (!(access && i == 2) && !number_parse_u64(word[i], &n[i - 1]))
			return false;
	if (count == 3 && strcmp(word[0], "store") == 0) {
		*l = (struct line){ l->number, EVENT_STORE, 0, 0, n[0], n[1] };
		return cell_address(n[0]);
	}
	if (count < 2 || n[0] >= PROCESSORS)
		return false;
	*l = (struct line){ l->number, EVENT_ACCESS, (uint8_t)n[0], 0, n[2], 0 };
	if (access) {
		const char *type = strlen(word[2]) == 1 ? strchr("rwx", word[2][0]) : NULL;

		l->type = !type          ? 0
		          : *type == 'r' ? ACCESS_READ
		          : *type == 'w' ? ACCESS_WRITE
		                         : ACCESS_FETCH;
		return type && n[2] >> 47 == 0;
	}
	l->type = (uint8_t)(n[1] > 255 ? 255 : n[1]);
	l->event = count == 4 ? EVENT_INVEPT : EVENT_INVVPID;
	l->b = n[3];
	return (count == 4 && strcmp(word[0], "invept") == 0) ||
	       (count == 5 && strcmp(word[0], "invvpid") == 0);
}

static bool read_line(struct store_trace *t, char *text, unsigned number)
{
	char *word[6];
	unsigned count = words(text, word);
	struct line l = { .number = number };

	if (count == 0)
		return true;
	if (count <= 5 && t->count == 0 && parse_head(t, word, count))
		return true;
	if (count > 5 || t->count == LINES_MAX || !parse_event(&l, word, count))
		return false;
	t->line[t->count++] = l;
	return true;
}

static bool read_trace(struct store_trace *t, const char *path, struct error *err)
{
	FILE *file = fopen(path, "r");
	char text[256];
	unsigned number = 0;
	bool good = file != NULL;

	if (!file)
		error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	while (good && fgets(text, sizeof text, file))
		good = read_line(t, text, ++number);
	if (file && !good)
		error_set(err,
		          "%s:%u: expected eptp V, capabilities V, maxphyaddr N or mem HPA VALUE, "
		          "then store "
		          "HPA VALUE, invept CPU TYPE EPTP, invvpid CPU TYPE VPID GVA or access "
		          "CPU r|w|x GPA",
		          path, number);
	if (file)
		fclose(file);
	return good;
}

/* ---- Judging ---- */

static struct finding *fail(struct test_result *r, enum mistake m, const struct line *l)
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
		const struct line *l = &t->line[i];

		if (l->event == EVENT_INVEPT)
			told[l->processor] = true;
		if (l->event == EVENT_STORE && l->a == at && l->b & EPT_RWX)
			return told[0] && told[1] ? 0 : l->b;
	}
	return 0;
}

static void judge_store(struct store_trace *t, unsigned i)
{
	const struct line *l = &t->line[i];
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
static void judge_access(struct store_trace *t, const struct line *l)
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

static void judge_invalidation(struct store_trace *t, const struct line *l)
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
		const struct line *l = &t->line[i];

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
	struct store_trace t = { .line = calloc(LINES_MAX, sizeof(struct line)),
		                 .cells = cells_create(),
		                 .eptp = o->eptp,
		                 .capabilities = o->capabilities,
		                 .maxphyaddr = o->maxphyaddr };
	bool done;

	*g = (struct grade){ .result = NULL };
	done = t.line && t.cells && read_trace(&t, path, err) && start(&t, err);
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
