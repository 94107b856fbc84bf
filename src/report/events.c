/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/events.h"

#include "report/report.h"

#include <string.h>

static void put_flag(json_t **o, const struct event *e)
{
	const struct ref *r = e->flag;
	bool guest = r->kind == REF_FLAG_GUEST;

	json_put(o, "dimension",
	         json_string(dimension_name(guest ? DIMENSION_GUEST : DIMENSION_EPT)));
	json_put(o, "level", json_u64(guest ? r->guest_level : r->ept_level));
	if (!guest)
		json_put(o, "guest_level", json_u64(r->guest_level));
	json_put(o, "flags", json_string(r->flags & REF_A ? (r->flags & REF_D ? "AD" : "A") : "D"));
	json_put(o, "entry_hpa", json_hex(r->hpa.v));
	json_put(o, "old", json_hex(e->old));
	json_put(o, "new", json_hex(r->value));
}

static bool has_address(const struct event *e)
{
	static const char *const with[] = { "cr3", "invlpg", "invpcid", "invvpid",
		                            "map", "unmap",  "protect" };

	for (size_t i = 0; i < sizeof with / sizeof *with; i++)
		if (!strcmp(e->operation, with[i]))
			return true;
	return false;
}

static bool is_typed(const struct event *e)
{
	return !strcmp(e->operation, "invpcid") || !strcmp(e->operation, "invept") ||
	       !strcmp(e->operation, "invvpid");
}

static void put_operation(json_t **o, const struct event *e)
{
	json_put(o, "operation", json_string(e->operation));
	if (is_typed(e))
		json_put(o, "type", json_u64(e->type));
	if (!strcmp(e->operation, "invpcid") || !strcmp(e->operation, "invvpid") ||
	    !strcmp(e->operation, "vm") || !strcmp(e->operation, "asid"))
		json_put(o, "tag", json_u64(e->tag));
	if (has_address(e))
		json_put(o, "address", json_hex(e->address));
	json_put(o, "outcome", json_string(outcome_name(e->outcome)));
}

void events_write(void *context, const struct event *e)
{
	struct events_writer *w = context;
	json_t *o = json_object();

	json_put(&o, "event", json_string(event_kind_name(e->kind)));
	json_put(&o, "access", json_u64(e->access));
	json_put(&o, "cycle", json_u64(e->cycle));
	switch (e->kind) {
	case EVENT_FLAG:
		put_flag(&o, e);
		break;
	case EVENT_OPERATION:
		put_operation(&o, e);
		break;
	case EVENT_BACKED:
		json_put(&o, "gpa", json_hex(e->gpa.v));
		break;
	default:
		json_put(&o, "fault", report_fault_json(e->fault));
		break;
	}
	if (!o && !w->error.message[0])
		error_set(&w->error, "out of memory");
	/* A stream that failed is told by output_commit(). */
	if (o)
		json_write_line(o, w->out, NULL);
	json_decref(o);
}
