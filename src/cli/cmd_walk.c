/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim walk: one translation, explained reference by reference.
 */
#include "cli/commands.h"

#include "cli/walk_dump.h"
#include "cli/walk_options.h"
#include "host/json.h"
#include "host/output.h"
#include "report/explain.h"
#include "scenario/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct walk_command {
	struct walk_options options;
	struct output output;
	unsigned explained;
	bool ended_in_fault;
	struct error error;
};

/* ---- Output ---- */

/* What stands before a translation. JSON is written one by one: a scenario may have
 * many. */
static void begin(struct walk_command *w)
{
	FILE *out = w->output.stream;

	if (w->options.json)
		fputs(w->explained ? ",\n" : "{\"schema\":\"eptsim-walk/1\",\"translations\":[\n",
		      out);
	else if (w->explained)
		fputs("\n", out);
	w->explained++;
}

static bool show(struct walk_command *w, const struct explain_input *in)
{
	struct explanation e;
	FILE *out = w->output.stream;
	bool ok = true;

	if (in->translation->outcome != OUTCOME_OK)
		w->ended_in_fault = true;
	if (!explanation_make(&e, in)) {
		error_set(&w->error, "out of memory");
		return false;
	}
	begin(w);
	if (w->options.json) {
		json_t *object = explanation_json(&e);

		ok = json_write(object, out, &w->error);
		json_decref(object);
	} else {
		explanation_print(&e, out);
	}
	explanation_destroy(&e);
	return ok && !output_failed(&w->output);
}

static bool finish(struct walk_command *w)
{
	if (w->options.json)
		fputs("]}\n", w->output.stream);
	return output_commit(&w->output, &w->error);
}

/* ---- One state, one access ---- */

static struct mmu_geometry geometry(unsigned caches)
{
	struct mmu_geometry g = mmu_geometry_everything(), none = mmu_geometry_none();

	if (!(caches & CACHE_TLB))
		g.tlbs = 0;
	if (!(caches & CACHE_PSC))
		memcpy(g.guest_psc, none.guest_psc, sizeof(g.guest_psc));
	if (!(caches & CACHE_EPT_PSC))
		memcpy(g.ept_psc, none.ept_psc, sizeof(g.ept_psc));
	if (!(caches & CACHE_NESTED))
		g.nested = none.nested;
	return g;
}

static enum outcome access_once(const struct walk_command *w, struct mmu *m, struct translation *t)
{
	const struct walk_options *o = &w->options;

	if (o->peek || (o->source == WALK_DUMP && !o->warm))
		return mmu_peek(m, &o->access, true, t);
	return mmu_translate(m, &o->access, t);
}

static void say_caches(char *out, size_t size, const struct walk_options *o)
{
	if (!o->warm)
		snprintf(out, size, "empty");
	else
		snprintf(out, size, "as %u access%s before left them", o->warm,
		         o->warm == 1 ? "" : "es");
}

static bool translate(struct walk_command *w, struct mmu *m, const struct paging_state *s,
                      bool pdptes_given, struct explain_input *in)
{
	const struct walk_options *o = &w->options;
	struct translation t = { .outcome = OUTCOME_OK };
	char caches[64];

	in->state = s;
	in->access = &o->access;
	in->translation = &t;
	in->entry = mmu_enter(m, s, pdptes_given, &t) != OUTCOME_OK;
	if (!in->entry) {
		for (unsigned i = 0; i < o->warm; i++) {
			mmu_refs_clear(m);
			(void)!mmu_translate(m, &o->access, &t);
		}
		mmu_refs_clear(m);
		t = (struct translation){ .outcome = OUTCOME_OK };
		access_once(w, m, &t);
		in->state = mmu_state(m);
		say_caches(caches, sizeof(caches), o);
		in->caches = caches;
	}
	in->peek = o->peek || (o->source == WALK_DUMP && !o->warm);
	in->refs = mmu_refs(m, &in->ref_count);
	return show(w, in);
}

static bool with_mmu(struct walk_command *w, const struct mem *mem, const struct paging_state *s,
                     bool pdptes_given, struct explain_input *in)
{
	struct mmu_geometry g = geometry(w->options.caches);
	struct mmu *m = mmu_create(mem, &g);
	bool ok = m && translate(w, m, s, pdptes_given, in);

	if (!m)
		error_set(&w->error, "out of memory");
	mmu_destroy(m);
	return ok;
}

/* A linear address of 32 bits has no bits above. */
static bool check_width(struct walk_command *w, const struct paging_state *s)
{
	uint64_t at = w->options.access.gva.v;

	if (s->cs_l || at <= UINT32_MAX)
		return true;
	error_set(&w->error, "0x%" PRIx64 " is no address here: %s has linear addresses of 32 bits",
	          at, explain_paging(regime_mode(s)));
	return false;
}

static bool walk_layout(struct walk_command *w)
{
	const struct walk_options *o = &w->options;
	struct explain_input in = { .title = NULL };
	struct layout l;

	if (!layout_init(&l, &o->layout, &o->access, &w->error))
		return false;
	bool ok = check_width(w, &l.state) && with_mmu(w, &l.arena.mem, &l.state, true, &in);

	layout_destroy(&l);
	return ok;
}

static bool walk_dump(struct walk_command *w)
{
	const struct paging_state *s = &w->options.layout.state;
	struct dump d;
	struct explain_input in = { .present = dump_present, .context = &d };

	if ((s->cr3 & CR3_LAM) || s->cr4 & (CR4_LASS | CR4_LAM_SUP)) {
		error_set(&w->error,
		          "linear-address masking and separation (LAM, LASS) are not modelled");
		return false;
	}
	if (!check_width(w, s) || !dump_open(&d, &w->options, &w->error))
		return false;
	bool ok = with_mmu(w, &d.mem, s, false, &in);

	if (ok && d.error) {
		error_set(&w->error, "%s: %s", d.error_file, strerror(d.error));
		ok = false;
	}
	dump_close(&d);
	return ok;
}

/* ---- A scenario ---- */

struct step_view {
	struct walk_command *w;
	const struct scenario *s;
	bool failed;
};

/* Steps that translate nothing only change what later ones find. */
static bool show_step(struct walk_command *w, const char *title, const struct translation *t)
{
	FILE *out = w->output.stream;
	bool done = t->outcome == OUTCOME_OK;
	json_t *object;

	w->ended_in_fault |= !done;
	begin(w);
	if (!w->options.json) {
		fprintf(out, "%s: %s%s%s\n", title,
		        done ? "done" : outcome_text((enum outcome)t->outcome),
		        done ? "" : ", because ", done ? "" : rule_text((enum rule)t->fault.rule));
		return !output_failed(&w->output);
	}
	object = json_object();
	json_object_set_new(object, "title", json_text(title));
	json_object_set_new(object, "outcome", json_string(outcome_name((enum outcome)t->outcome)));
	if (!done)
		json_object_set_new(object, "rule",
		                    json_string(rule_name((enum rule)t->fault.rule)));
	bool ok = json_write(object, out, &w->error);

	json_decref(object);
	return ok;
}

static void see_step(void *context, size_t index, const struct scenario_view *view)
{
	static const struct access none = { .size = 1 };
	struct step_view *v = context;
	const struct step *step = &v->s->steps[index];
	bool access = step->kind == STEP_ACCESS;
	char title[200];
	struct explain_input in = {
		.state = view->entered ? mmu_state(view->mmu) : &v->s->state,
		.access = access ? &step->access : &none,
		.translation = view->translation,
		.entry = !view->entered,
		.title = title,
	};

	if (v->failed)
		return;
	snprintf(title, sizeof(title), "Scenario %.100s, step %zu of %zu: %s", v->s->id, index + 1,
	         v->s->step_count, step_kind_name((enum step_kind)step->kind));
	if (!access && view->entered) {
		v->failed = !show_step(v->w, title, view->translation);
		return;
	}
	in.refs = mmu_refs(view->mmu, &in.ref_count);
	v->failed = !show(v->w, &in);
}

static bool find_scenario(struct walk_command *w, struct scenario_reader *r,
                          const struct scenario **s)
{
	const struct walk_options *o = &w->options;

	if (scenario_reader_open(r, o->scenario) == 0)
		while (scenario_read(r, s) == 1)
			if (!o->id || !strcmp((*s)->id, o->id))
				return true;
	if (*scenario_reader_error(r))
		error_set(&w->error, "%s", scenario_reader_error(r));
	else if (o->id)
		error_set(&w->error, "%s: no scenario has the id '%s'", o->scenario, o->id);
	else
		error_set(&w->error, "%s: there is no scenario", o->scenario);
	return false;
}

static bool walk_scenario(struct walk_command *w)
{
	struct scenario_reader *reader = scenario_reader_create(stderr);
	struct scenario_runner *runner = scenario_runner_create();
	struct step_result *results = NULL;
	struct step_view view = { .w = w };
	bool ok = reader && runner && find_scenario(w, reader, &view.s);

	if (ok) {
		results = calloc(view.s->step_count, sizeof(*results));
		ok = results != NULL;
	}
	if (ok) {
		scenario_run_observed(runner, view.s, results, see_step, &view);
		ok = !view.failed;
	}
	if (!ok && !*w->error.message)
		error_set(&w->error, "out of memory");
	free(results);
	scenario_runner_free(runner);
	scenario_reader_free(reader);
	return ok;
}

int cmd_walk(int argc, char **argv)
{
	struct walk_command w = { .explained = 0 };
	const char *path;
	bool ok;

	walk_options_parse(&w.options, argc, argv);
	path = w.options.json ? w.options.json : "-";
	ok = output_open(&w.output, path, &w.error);
	if (ok)
		ok = w.options.source == WALK_SCENARIO ? walk_scenario(&w)
		     : w.options.source == WALK_DUMP   ? walk_dump(&w)
		                                       : walk_layout(&w);
	ok = ok && finish(&w);
	output_abandon(&w.output);
	if (ok)
		return w.ended_in_fault;
	fprintf(stderr, "eptsim walk: %s\n", w.error.message);
	return 2;
}
