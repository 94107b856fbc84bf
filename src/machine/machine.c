/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/machine.h"

#include "host/number.h"

#include <string.h>

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

	struct timing_config timing = m->config.timing;

	timing.seed = m->config.seed;
	p->mmu = mmu_create(&m->arena.mem, &g);
	if (!p->mmu || !timing_init(&p->timing, &timing)) {
		error_set(err, "there is no memory for the processor's structures");
		return false;
	}
	return true;
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
	for (unsigned i = 0; i < MACHINE_PROCESSORS; i++) {
		mmu_destroy(m->processor[i].mmu);
		timing_destroy(&m->processor[i].timing);
	}
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

void machine_tell(struct machine *m, struct event *e)
{
	if (!m->listener)
		return;
	e->access = m->accesses;
	e->cycle = timing_cycle(&m->processor[0].timing);
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
		error_set(err, "%s finds no free frame of %s in its memory of %s; %s gives more",
		          who, need, all,
		          size == m->config.memory_size ? "--memory" : "--set guest.memory=");
}
