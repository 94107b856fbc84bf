/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/machine.h"

#include "host/number.h"

#include <string.h>

const struct stat cycle_stat_table[] = {
#define X(id, field, name, text) \
	STAT_COUNT("cycles." name, struct cycle_stats, by[id], "cycles", text),
	CHARGES(X)
#undef X
	STAT_COUNT("cycles.total", struct cycle_stats, total, "cycles", "All of these"),
	STAT_COUNT("cycles.walks", struct cycle_stats, walks, "cycles",
		   "Walking alone: references and flag updates"),
	STAT_QUOTIENT("cycles.per_translation", struct cycle_stats, total, translations,
		      "cycles/translation", "All of these, for each page translated"),
};
const size_t cycle_stat_count = sizeof cycle_stat_table / sizeof *cycle_stat_table;

const struct stat outcome_stat_table[] = {
#define X(id, name, text) \
	STAT_COUNT("outcome." name, struct outcome_stats, by[id], "attempts", text),
	OUTCOMES(X)
#undef X
	STAT_COUNT("outcome.unresolved", struct outcome_stats, unresolved, "accesses",
		   "accesses that did not succeed in the end"),
};
const size_t outcome_stat_count = sizeof outcome_stat_table / sizeof *outcome_stat_table;

const char *event_kind_name(enum event_kind kind)
{
	static const char *const names[EVENT_KINDS] = {
#define X(id, name, text) name,
		EVENTS(X)
#undef X
	};

	return names[kind];
}

static bool init_processor(struct machine *m, struct processor *p, struct error *err)
{
	struct mmu_geometry g = machine_geometry(&m->config, p->tlb_structure);

	p->mmu = mmu_create(&m->arena.mem, &g);
	if (!p->mmu)
		error_set(err, "there is no memory for the processor's structures");
	return p->mmu != NULL;
}

bool machine_init(struct machine *m, const struct machine_config *config, struct error *err)
{
	struct frames_config frames = {
		.size = config->memory_size,
		.policy = config->host_frames,
		.seed = random_mix(config->seed),
		.fraction = config->host_fragmentation,
	};

	memset(m, 0, sizeof *m);
	m->config = *config;
	if (!arena_init(&m->arena, config->memory_size, 0, err) ||
	    !frames_init(&m->frames, &frames, err))
		goto failed;
	for (unsigned i = 0; i < MACHINE_PROCESSORS; i++)
		if (!init_processor(m, &m->processor[i], err))
			goto failed;
	return true;
failed:
	machine_destroy(m);
	return false;
}

void machine_destroy(struct machine *m)
{
	for (unsigned i = 0; i < MACHINE_PROCESSORS; i++)
		mmu_destroy(m->processor[i].mmu);
	frames_destroy(&m->frames);
	arena_destroy(&m->arena);
	memset(m, 0, sizeof *m);
}

struct paging_state machine_state(const struct machine *m)
{
	return (struct paging_state){
		.pat = PAT_DEFAULT,
		.maxphyaddr = m->config.maxphyaddr,
		.ept_vpid_cap = EPT_CAP_EVERYTHING,
		.knobs = m->config.knobs,
	};
}

static uint64_t price(const struct machine *m, enum charge charge)
{
	const struct cost_config *c = &m->config.cost;

	switch (charge) {
#define X(id, field, name, text) \
	case id: return c->field;
		CHARGES(X)
#undef X
	default: return 0;
	}
}

/* How often: what walks did is counted there. */
static uint64_t times(const struct machine *m, enum charge charge)
{
	const uint64_t *kind = m->walk.kind;

	switch (charge) {
	case CHARGE_GUEST_REFERENCE:
		return kind[REF_GUEST];
	case CHARGE_EPT_REFERENCE:
		return kind[REF_EPT];
	case CHARGE_OTHER_REFERENCE:
		return kind[REF_HLAT] + kind[REF_SPPT] + kind[REF_PDPTE] + kind[REF_PML] +
		       kind[REF_VE];
	case CHARGE_FLAG_WRITE:
		return kind[REF_FLAG_GUEST] + kind[REF_FLAG_EPT];
	case CHARGE_STLB_HIT:
		return m->walk.tlb_hit[TLB_STLB] + m->walk.tlb_hit[TLB_STLB_1G];
	default:
		return m->charged[charge];
	}
}

uint64_t machine_cycle(const struct machine *m)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < CHARGE_COUNT; i++)
		total += times(m, i) * price(m, i);
	return total;
}

void machine_cycles(const struct machine *m, struct cycle_stats *stats)
{
	for (unsigned i = 0; i < CHARGE_COUNT; i++)
		stats->by[i] = times(m, i) * price(m, i);
	stats->total = machine_cycle(m);
	stats->walks = stats->by[CHARGE_GUEST_REFERENCE] + stats->by[CHARGE_EPT_REFERENCE] +
		       stats->by[CHARGE_OTHER_REFERENCE] + stats->by[CHARGE_FLAG_WRITE];
	stats->translations = m->walk.translations;
}

void machine_tell(struct machine *m, struct event *e)
{
	if (!m->listener)
		return;
	e->access = m->accesses;
	e->cycle = machine_cycle(m);
	m->listener(m->listener_context, e);
}

void machine_no_frame(const struct machine *m, struct error *err, const char *who,
		      enum frame_size frame, uint64_t size)
{
	char need[NUMBER_TEXT_SIZE], all[NUMBER_TEXT_SIZE];

	number_format_size(need, frame_bytes(frame));
	number_format_size(all, size);
	if (m->arena.exhausted)
		error_set(err, "this computer has no memory left for the simulated memory");
	else
		error_set(err, "%s finds no free frame of %s in its memory of %s; %s gives more", who,
			  need, all,
			  size == m->config.memory_size ? "--memory" : "--set guest.memory=");
}
