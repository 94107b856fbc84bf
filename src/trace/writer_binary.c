/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Writers of ChampSim's records and of drmemtrace.
 */
#include "trace/writer_row.h"

#include "trace/binary.h"

/* ---- ChampSim: an instruction is collected with the accesses that follow it ---- */

#define INVENTED_IP 0x400000 /* of an access before the first instruction */

bool champsim_begin(struct trace_writer *w)
{
	w->champsim.layout = CHAMPSIM_LAYOUT;
	return true;
}

bool cloudsuite_begin(struct trace_writer *w)
{
	w->champsim.layout = CLOUDSUITE_LAYOUT;
	return true;
}

static void champsim_flush(struct trace_writer *w)
{
	if (w->champsim.used)
		writer_bytes(w, w->champsim.record, w->champsim.layout.size);
	w->champsim.used = false;
}

static void champsim_start(struct trace_writer *w, uint64_t ip, uint32_t asid)
{
	struct champsim_pending *c = &w->champsim;

	champsim_flush(w);
	memset(c->record, 0, sizeof c->record);
	put64(c->record, ip);
	if (c->layout.asid_at)
		put16(c->record + c->layout.asid_at, (uint16_t)asid);
	c->ip = ip;
	c->loads = c->stores = 0;
	c->used = true;
}

void champsim_put(struct trace_writer *w, const struct trace_record *r)
{
	struct champsim_pending *c = &w->champsim;
	bool write = r->op == TRACE_WRITE;
	uint64_t ip = r->flags & TRACE_HAS_PC ? r->pc : c->used ? c->ip : INVENTED_IP;

	if (r->op == TRACE_FETCH) {
		champsim_start(w, r->address, r->asid);
		return;
	}
	if (r->address == 0) { /* there it means an empty slot */
		w->losses.accesses++;
		return;
	}
	/* Loads come before stores there: one behind a store begins a new record. */
	if (!c->used || ip != c->ip || (write ? c->stores == c->layout.destinations
	                                      : c->loads == c->layout.sources || c->stores)) {
		champsim_start(w, ip, r->asid);
		w->losses.invented++;
	}
	if (write)
		put64(c->record + c->layout.destination_at + 8 * c->stores++, r->address);
	else
		put64(c->record + c->layout.source_at + 8 * c->loads++, r->address);
}

bool champsim_end(struct trace_writer *w)
{
	champsim_flush(w);
	return !w->failed;
}

/* ---- drmemtrace: docs/formats/drmemtrace.md ---- */

enum { ENTRY_READ = 0, ENTRY_WRITE = 1, ENTRY_INSTR = 10, ENTRY_THREAD = 22, ENTRY_PID = 24,
       ENTRY_HEADER = 25, ENTRY_FOOTER = 26 };

#define DRMEMTRACE_VERSION 5

static void put_entry(struct trace_writer *w, unsigned type, unsigned size, uint64_t address)
{
	unsigned char entry[12];

	put16(entry, (uint16_t)type);
	put16(entry + 2, (uint16_t)size);
	put64(entry + 4, address);
	writer_bytes(w, entry, sizeof entry);
}

bool drmemtrace_begin(struct trace_writer *w)
{
	put_entry(w, ENTRY_HEADER, 0, DRMEMTRACE_VERSION);
	return !w->failed;
}

void drmemtrace_put(struct trace_writer *w, const struct trace_record *r)
{
	if (r->flags & TRACE_HAS_TID && (!w->drmemtrace.has_tid || w->drmemtrace.tid != r->tid)) {
		w->drmemtrace.has_tid = true;
		w->drmemtrace.tid = r->tid;
		put_entry(w, ENTRY_THREAD, 4, r->tid);
	}
	if (r->flags & TRACE_HAS_ASID && (!w->drmemtrace.has_pid || w->drmemtrace.pid != r->asid)) {
		w->drmemtrace.has_pid = true;
		w->drmemtrace.pid = r->asid;
		put_entry(w, ENTRY_PID, 4, r->asid);
	}
	put_entry(w, r->op == TRACE_FETCH   ? ENTRY_INSTR
	             : r->op == TRACE_WRITE ? ENTRY_WRITE
	                                    : ENTRY_READ,
	          r->size, r->address);
}

bool drmemtrace_end(struct trace_writer *w)
{
	put_entry(w, ENTRY_FOOTER, 0, 0);
	return !w->failed;
}
