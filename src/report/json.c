/* SPDX-License-Identifier: BSD-2-Clause
 *
 * eptsim-report/1.
 */
#include "report/report.h"

static json_t *input_json(const struct report *r)
{
	json_t *o = json_object();

	json_put(&o, "name", json_text(r->input));
	json_put(&o, "sha256", r->sha256 ? json_string(r->sha256) : json_null());
	json_put(&o, "records", json_u64(r->records));
	return o;
}

static json_t *cell_json(const struct grid_cell *c, const struct served *t)
{
	json_t *o = json_object();

	json_put(&o, "made", json_u64(c->made));
	json_put(&o, "aborted", json_u64(c->aborted));
	json_put(&o, "saved_guest_psc", json_u64(c->saved_psc));
	json_put(&o, "saved_nested_tlb", json_u64(c->saved_nested));
	json_put(&o, "saved_ept_psc", json_u64(c->saved_ept_psc));
	for (unsigned level = 0; level < TIMING_LEVELS; level++)
		json_put(&o, timing_level_names[level], json_u64(t->by[level]));
	json_put(&o, "cycles", json_u64(t->cycles));
	return o;
}

static json_t *grid_json(const struct walk_stats *s, const struct timing_stats *t)
{
	json_t *grid = json_array();

	for (unsigned row = 0; row < GRID_ROWS; row++) {
		json_t *line = json_array();

		for (unsigned column = 0; column < GRID_COLUMNS; column++)
			json_push(&line, cell_json(report_grid_cell(s, row, column),
							 report_served_cell(t, row, column)));
		json_push(&grid, line);
	}
	return grid;
}

/* Counts by kind: how attempts ended, what was set. */
static json_t *events_json(const struct machine *m)
{
	json_t *o = json_object();

	for (unsigned kind = OUTCOME_OK + 1; kind < OUTCOME_COUNT; kind++)
		json_put(&o, outcome_name(kind), json_u64(m->outcome.by[kind]));
	json_put(&o, "vm_exits", json_u64(machine_charged(m, COST_EXIT)));
	json_put(&o, "flag_guest_a", json_u64(m->walk.guest_a));
	json_put(&o, "flag_guest_d", json_u64(m->walk.guest_d));
	json_put(&o, "flag_ept_a", json_u64(m->walk.ept_a));
	json_put(&o, "flag_ept_d", json_u64(m->walk.ept_d));
	json_put(&o, "invlpg", json_u64(machine_charged(m, COST_INVLPG)));
	json_put(&o, "invpcid", json_u64(machine_charged(m, COST_INVPCID)));
	json_put(&o, "invept", json_u64(machine_charged(m, COST_INVEPT)));
	json_put(&o, "invvpid", json_u64(machine_charged(m, COST_INVVPID)));
	json_put(&o, "mov_cr3", json_u64(machine_charged(m, COST_MOV_CR3)));
	return o;
}

static json_t *faults_json(const struct report *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->faults; i++) {
		const struct report_fault *f = &r->fault[i];
		json_t *o = json_object();

		json_put(&o, "access", json_u64(f->access));
		json_put(&o, "type", json_string(f->type));
		json_put(&o, "address", json_hex(f->address));
		json_put(&o, "size", json_u64(f->size));
		json_put(&o, "cpl", json_u64(f->cpl));
		json_put(&o, "fault", report_fault_json(&f->fault));
		json_push(&list, o);
	}
	return list;
}

json_t *report_json_object(const struct report *r)
{
	struct stats_group groups[REPORT_PARTS];
	json_t *o = json_object();

	for (unsigned i = 0; i < r->parts; i++)
		groups[i] = r->part[i].group;
	json_put(&o, "schema", json_string("eptsim-report/1"));
	json_put(&o, "command", json_string(r->command));
	json_put(&o, "config", settings_json(r->settings));
	json_put(&o, "input", input_json(r));
	json_put(&o, "stats", stats_json(groups, r->parts));
	json_put(&o, "histograms", stats_json_histograms(groups, r->parts));
	json_put(&o, "grid", grid_json(&r->machine->walk, r->time));
	json_put(&o, "events", events_json(r->machine));
	json_put(&o, "faults", faults_json(r));
	return o;
}

bool report_json(const struct report *r, FILE *out, struct error *err)
{
	json_t *o = report_json_object(r);

	if (!o) {
		error_set(err, "out of memory");
		return false;
	}
	bool good = json_write(o, out, err);

	json_decref(o);
	return good;
}

bool report_csv(const struct report *r, FILE *out, struct error *err)
{
	struct stats_group groups[REPORT_PARTS];

	for (unsigned i = 0; i < r->parts; i++)
		groups[i] = r->part[i].group;
	if (stats_print(groups, r->parts, out, STATS_CSV))
		return true;
	error_set(err, "out of memory");
	return false;
}
