/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

static void put_entry(json_t **o, const struct fault *f)
{
	if (f->dimension != DIMENSION_NONE)
		json_put(o, "dimension", json_string(dimension_name(f->dimension)));
	if (!f->level)
		return;
	json_put(o, "level", json_u64(f->level));
	if (f->dimension == DIMENSION_EPT)
		json_put(o, "guest_level", json_u64(f->guest_level));
	json_put(o, "entry_hpa", json_hex(f->entry_hpa.v));
	json_put(o, "entry", json_hex(f->entry));
}

json_t *report_fault_json(const struct fault *f)
{
	json_t *o = json_object();

	json_put(&o, "kind", json_string(outcome_name(f->kind)));
	json_put(&o, "rule", json_string(rule_name(f->rule)));
	if (f->vector)
		json_put(&o, "vector", json_u64(f->vector));
	if (f->kind == OUTCOME_PF)
		json_put(&o, "cr2", json_hex(f->cr2.v));
	if (f->kind == OUTCOME_PF || f->kind == OUTCOME_GP || f->kind == OUTCOME_SS)
		json_put(&o, "error_code", json_hex(f->error_code));
	if (f->exit_reason)
		json_put(&o, "exit_reason", json_u64(f->exit_reason));
	if (f->kind == OUTCOME_EPT_VIOLATION || f->kind == OUTCOME_VE ||
	    f->kind == OUTCOME_SPP_MISS || f->kind == OUTCOME_SPP_MISCONFIG)
		json_put(&o, "qualification", json_hex(f->qualification));
	if (f->gla_valid)
		json_put(&o, "gla", json_hex(f->gla.v));
	if (f->gpa_valid)
		json_put(&o, "gpa", json_hex(f->gpa.v));
	put_entry(&o, f);
	if (f->page2)
		json_put(&o, "second_page", json_true());
	return o;
}
