/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/kernel.h"

#include "guest/space.h"
#include "mmu/regime.h"

#include <search.h>
#include <stdlib.h>

/* ---- Address spaces ---- */

static int compare_spaces(const void *a, const void *b)
{
	const struct space *one = a, *other = b;

	if (one->name != other->name)
		return one->name < other->name ? -1 : 1;
	return one->value < other->value ? -1 : one->value > other->value;
}

static struct space *find_space(struct kernel *k, enum space_name name, uint64_t value,
                                struct error *err)
{
	struct space key = { .value = value, .name = (uint8_t)name };
	struct space **found = tfind(&key, &k->spaces, compare_spaces);

	if (found)
		return *found;
	struct space *new = space_create(k, name, value, err);

	if (!new)
		return NULL;
	if (k->guest->config.pcid)
		new->cr3 |= k->pcids->next;
	k->pcids->next = (k->pcids->next + 1) & CR3_PCID;
	if (!tsearch(new, &k->spaces, compare_spaces)) {
		space_free(new);
		error_set(err, "out of memory");
		return NULL;
	}
	return new;
}

/* ---- Processes ---- */

static int compare_processes(const void *a, const void *b)
{
	const struct process *one = a, *other = b;

	return one->asid < other->asid ? -1 : one->asid > other->asid;
}

/* Made when first named, in an address space of its own. */
static struct process *find_process(struct kernel *k, uint32_t asid, struct error *err)
{
	struct process key = { .asid = asid };
	struct process **found = tfind(&key, &k->processes, compare_processes);

	if (found)
		return *found;
	struct process *new = malloc(sizeof *new);

	if (new)
		*new = (struct process){ asid, find_space(k, SPACE_ASID, asid, err) };
	else
		error_set(err, "out of memory");
	if (!new || !new->space || !tsearch(new, &k->processes, compare_processes)) {
		free(new);
		return NULL;
	}
	return new;
}

/* ---- Kernels ---- */

static bool init_frames(struct kernel *k, struct error *err)
{
	const struct guest *g = k->guest;
	struct frames_config config = {
		.size = k->vm->memory,
		.policy = g->config.frames,
		.seed = random_mix(g->machine->config.seed ^ random_mix(k->vm->number + 1u)),
		.fraction = g->config.fragmentation,
	};

	k->frames = &k->own_frames;
	if (hv_virtual(g->hv))
		return frames_init(&k->own_frames, &config, err);
	k->frames = &g->machine->frames;
	return true;
}

static void free_space(void *space)
{
	space_free(space);
}

static void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	tdestroy(k->spaces, free_space);
	tdestroy(k->processes, free);
	frames_destroy(&k->own_frames);
	free(k);
}

static struct kernel *find_kernel(struct guest *g, unsigned number, struct error *err)
{
	struct kernel *k = g->kernel[number];

	if (k)
		return k;
	k = calloc(1, sizeof *k);
	if (!k) {
		error_set(err, "out of memory");
		return NULL;
	}
	k->guest = g;
	k->vm = hv_vm(g->hv, number, err);
	k->pcids = hv_virtual(g->hv) ? &k->own_pcids : &g->pcids;
	if (k->vm && init_frames(k, err))
		k->process = find_process(k, 0, err);
	if (!k->process) {
		kernel_free(k);
		return NULL;
	}
	return g->kernel[number] = k;
}

/* Registers of a 64-bit kernel that runs a program at CPL 3. */
static struct paging_state kernel_state(const struct kernel *k)
{
	const struct guest_config *c = &k->guest->config;
	struct paging_state s = machine_state(k->guest->machine);

	s.cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG;
	s.cr4 = CR4_PAE | CR4_PGE | (c->pcid ? CR4_PCIDE : 0) | (c->levels == 5 ? CR4_LA57 : 0);
	s.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	s.cs_l = true;
	s.cpl = 3;
	s.cr3 = k->process->space->cr3;
	hv_state(k->vm, &s);
	return s;
}

static bool enter(struct guest *g, struct kernel *k, enum outcome *outcome, struct error *err)
{
	struct paging_state s = kernel_state(k);
	struct translation t;

	*outcome = mmu_enter(guest_mmu(g), &s, false, &t);
	if (*outcome != OUTCOME_OK) {
		error_set(err, "the virtual machine cannot be entered: %s",
		          rule_text(t.fault.rule));
		return false;
	}
	g->current = k;
	k->pcids->owner[g->config.pcid ? s.cr3 & CR3_PCID : 0] = k->process->space;
	return true;
}

bool guest_init(struct guest *g, struct hv *hv, const struct guest_config *config,
                struct error *err)
{
	struct processor *p = &hv->machine->processor[0];
	enum outcome outcome;

	*g = (struct guest){ .hv = hv, .machine = hv->machine, .config = *config };
	p->guest_levels = config->levels;
	p->ept_levels = hv_virtual(hv) ? hv->config.levels : 0;
	g->kernel = calloc(HV_VMS_MAX, sizeof *g->kernel);
	if (!g->kernel) {
		error_set(err, "out of memory");
		return false;
	}
	struct kernel *k = find_kernel(g, 0, err);

	return k && enter(g, k, &outcome, err);
}

void guest_destroy(struct guest *g)
{
	for (unsigned i = 0; g->kernel && i < HV_VMS_MAX; i++)
		kernel_free(g->kernel[i]);
	free(g->kernel);
	*g = (struct guest){ .kernel = NULL };
}

/* ---- Faults ---- */

static bool rights_allow(uint8_t rights, uint32_t error_code)
{
	if (error_code & PF_I)
		return rights & REGION_X;
	return error_code & PF_W ? rights & REGION_W : rights != 0;
}

enum guest_answer guest_page_fault(struct guest *g, const struct fault *f, struct error *err)
{
	struct kernel *k = g->current;
	struct space *s = k->process->space;
	const struct region *region = regions_find(&s->regions, f->cr2.v);
	enum guest_answer answer = GUEST_REFUSED;
	bool upper = f->cr2.v >> 63;

	machine_charge(g->machine, COST_FAULT);
	machine_charge(g->machine, COST_KERNEL);
	if (!(f->error_code & PF_P) && region && rights_allow(region->rights, f->error_code) &&
	    !(upper && f->error_code & PF_U))
		answer = space_map_page(k, s, region, f->cr2.v, err);
	if (answer == GUEST_MAPPED)
		g->stats.page_faults++;
	else if (answer == GUEST_REFUSED)
		g->stats.refused++;
	return answer;
}

/* ---- Switches ---- */

/* Process `p` runs in `s` from here on, unless the instruction refuses. */
static enum outcome load_cr3(struct guest *g, struct process *p, struct space *s, uint64_t value)
{
	struct kernel *k = g->current;
	struct translation t;
	enum outcome outcome = mmu_mov_cr3(guest_mmu(g), value, &t);

	machine_charge(g->machine, COST_MOV_CR3);
	if (outcome != OUTCOME_OK)
		return outcome;
	k->process = p;
	p->space = s;
	s->cr3 = g->config.pcid ? value & ~CR3_NO_FLUSH : value;
	k->pcids->owner[g->config.pcid ? value & CR3_PCID : 0] = s;
	g->stats.switches++;
	return outcome;
}

bool guest_mov_cr3(struct guest *g, uint32_t asid, uint64_t value, enum outcome *outcome,
                   struct error *err)
{
	struct process *p = find_process(g->current, asid, err);
	struct space *s = p ? find_space(g->current, SPACE_CR3, value & PTE_ADDRESS, err) : NULL;

	if (s)
		*outcome = load_cr3(g, p, s, s->table.root.v | (value & ~PTE_ADDRESS));
	return s != NULL;
}

/* The kernel's own switch: what is cached under the PCID is good if no other
 * space used it meanwhile. */
static enum outcome switch_to(struct guest *g, struct process *p)
{
	struct space *s = p->space;
	uint64_t value = s->cr3;

	if (g->config.pcid && g->current->pcids->owner[value & CR3_PCID] == s)
		value |= CR3_NO_FLUSH;
	return load_cr3(g, p, s, value);
}

bool guest_switch_asid(struct guest *g, uint32_t asid, enum outcome *outcome, struct error *err)
{
	struct process *p = find_process(g->current, asid, err);

	if (!p)
		return false;
	*outcome = OUTCOME_OK;
	/* Two processes in one address space: nothing is loaded. */
	if (p->space == g->current->process->space)
		g->current->process = p;
	else
		*outcome = switch_to(g, p);
	return true;
}

bool guest_switch_vm(struct guest *g, unsigned number, enum outcome *outcome, struct error *err)
{
	struct kernel *k = find_kernel(g, number, err);

	if (!k)
		return false;
	if (hv_virtual(g->hv)) {
		mmu_vm_exit(guest_mmu(g));
		machine_charge(g->machine, COST_EXIT);
		machine_charge(g->machine, COST_HYPERVISOR);
		return enter(g, k, outcome, err);
	}
	/* Without VMs all are processes of one machine. */
	g->current = k;
	*outcome = switch_to(g, k->process);
	return true;
}

/* ---- System calls ---- */

static bool too_many(bool done, struct error *err)
{
	if (!done)
		error_set(err, "more than %d mapped regions in one address space", REGIONS_MAX);
	return done;
}

bool guest_map(struct guest *g, uint64_t first, uint64_t last, uint8_t rights, struct error *err)
{
	struct kernel *k = g->current;
	struct space *s = k->process->space;

	if (!s->declared)
		regions_free(&s->regions);
	s->declared = true;
	if (!space_change(k, s, first, last, true, 0, err) ||
	    !too_many(regions_map(&s->regions, first, last, rights), err))
		return false;
	return !g->config.populate || space_populate(k, s, first, last, err);
}

bool guest_unmap(struct guest *g, uint64_t first, uint64_t last, struct error *err)
{
	struct space *s = g->current->process->space;

	return space_change(g->current, s, first, last, true, 0, err) &&
	       too_many(regions_unmap(&s->regions, first, last), err);
}

bool guest_protect(struct guest *g, uint64_t first, uint64_t last, uint8_t rights,
                   struct error *err)
{
	struct space *s = g->current->process->space;

	return space_change(g->current, s, first, last, false, rights, err) &&
	       too_many(regions_protect(&s->regions, first, last, rights), err);
}
