/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine with a guest kernel and a processor on it, for tests and benchmarks of
 * the interpreter.
 */
#ifndef TESTS_CPU_MACHINE_H
#define TESTS_CPU_MACHINE_H

#include "cpu/cpu.h"
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rig {
	struct settings *settings;
	struct replay_configs configs;
	struct replay replay;
	struct cpu cpu;
};

static inline void rig_check(bool good, const struct error *err)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", err->message);
	exit(1);
}

/* `assignments`: settings, ends with null. */
static inline void rig_init(struct rig *r, const char *const *assignments)
{
	struct error err = { "out of memory" };

	memset(r, 0, sizeof *r);
	r->settings = settings_new();
	rig_check(r->settings && replay_configs_add(r->settings, &r->configs, &err), &err);
	for (; assignments && *assignments; assignments++)
		rig_check(settings_assign(r->settings, SETTING_OVERRIDE, *assignments, "test", &err),
			  &err);
	rig_check(replay_configs_check(r->settings, &r->configs, &err), &err);
	rig_check(replay_init(&r->replay, &r->configs, &err), &err);
	rig_check(cpu_init(&r->cpu, &r->replay.machine, &err), &err);
	r->cpu.cpl = 3;
}

static inline void rig_destroy(struct rig *r)
{
	cpu_destroy(&r->cpu);
	replay_destroy(&r->replay);
	settings_delete(r->settings);
}

static inline void rig_map(struct rig *r, uint64_t at, uint64_t size, uint8_t rights)
{
	struct error err;

	rig_check(guest_map(&r->replay.guest, at, at + size - 1, rights, &err), &err);
}

/* Lets guest kernel or hypervisor see to a fault: true if the instruction may go on. */
static inline bool rig_resolve(struct rig *r)
{
	const struct fault *f = &r->cpu.exception.fault;
	struct error err = { "" };

	cpu_forget_pages(&r->cpu);
	if (f->kind == OUTCOME_PF)
		return guest_page_fault(&r->replay.guest, f, &err) == GUEST_MAPPED;
	if (f->kind == OUTCOME_EPT_VIOLATION)
		return hv_ept_violation(r->replay.guest.current->vm, f, &err) == HV_BACKED;
	return false;
}

/* Runs, faults seen to, until something else happens. */
static inline enum cpu_status rig_run(struct rig *r, uint64_t count)
{
	uint64_t end = r->cpu.instructions + count;
	enum cpu_status status;

	do
		status = cpu_run(&r->cpu, end - r->cpu.instructions);
	while ((status == CPU_EXCEPTION || status == CPU_EXIT) && rig_resolve(r));
	return status;
}

/* The host bytes of the page at `at`, which is mapped if need be. */
static inline unsigned char *rig_page(struct rig *r, uint64_t at)
{
	struct access a = { .gva = gva(at), .size = 1, .type = ACCESS_READ };
	struct translation t;

	cpu_forget_pages(&r->cpu);
	while (mmu_translate(r->cpu.mmu, &a, &t) != OUTCOME_OK) {
		r->cpu.exception.fault = t.fault;
		if (!rig_resolve(r))
			return NULL;
	}
	mmu_refs_clear(r->cpu.mmu);
	return arena_frame(&r->replay.machine.arena, t.page[0].hpa);
}

/* Loads bytes into guest memory, behind the processor's back. */
static inline void rig_write(struct rig *r, uint64_t at, const void *from, size_t size)
{
	for (size_t done = 0; done < size;) {
		size_t part = PAGE_SIZE_4K - (at + done) % PAGE_SIZE_4K;

		if (part > size - done)
			part = size - done;
		memcpy(rig_page(r, at + done) + (at + done) % PAGE_SIZE_4K,
		       (const char *)from + done, part);
		done += part;
	}
}

#endif
