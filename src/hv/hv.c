/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/hv.h"

#include <stdlib.h>

static bool table_alloc(void *context, hpa_t *at)
{
	struct machine *m = context;

	return frames_allocate(&m->frames, FRAME_4K, at);
}

static void table_free(void *context, hpa_t at)
{
	struct machine *m = context;

	frames_free(&m->frames, at, FRAME_4K);
}

bool hv_init(struct hv *hv, struct machine *machine, const struct hv_config *config,
             struct error *err)
{
	*hv = (struct hv){ .machine = machine, .config = *config };
	hv->vm = calloc(HV_VMS_MAX, sizeof *hv->vm);
	if (!hv->vm)
		error_set(err, "out of memory");
	return hv->vm != NULL;
}

void hv_destroy(struct hv *hv)
{
	/* The tables go with the machine's memory. */
	for (unsigned i = 0; hv->vm && i < HV_VMS_MAX; i++)
		free(hv->vm[i]);
	free(hv->vm);
	*hv = (struct hv){ .vm = NULL };
}

static bool make_ept(struct vm *vm, struct error *err)
{
	struct hv *hv = vm->hv;
	struct machine *m = hv->machine;
	struct ept_frames frames = { table_alloc, table_free, m };
	enum ept_error e =
		ept_space_create(&vm->ept, &m->arena.mem, frames, hv->config.levels, hv->config.ad,
	                         EPT_CAP_EVERYTHING, m->config.maxphyaddr, &vm->eptp);

	if (e != EPT_OK)
		machine_no_frame(m, err, "the hypervisor", FRAME_4K, m->config.memory_size);
	return e == EPT_OK;
}

struct vm *hv_vm(struct hv *hv, unsigned number, struct error *err)
{
	struct vm *vm = hv->vm[number];
	uint64_t all = hv->machine->config.memory_size;

	if (vm)
		return vm;
	vm = calloc(1, sizeof *vm);
	if (!vm) {
		error_set(err, "out of memory");
		return NULL;
	}
	vm->hv = hv;
	vm->number = (uint16_t)number;
	vm->vpid = hv_virtual(hv) && hv->config.vpid ? (uint16_t)(number + 1) : 0;
	vm->memory = hv_virtual(hv) && hv->config.memory ? hv->config.memory : all;
	if (hv_virtual(hv) && !make_ept(vm, err)) {
		free(vm);
		return NULL;
	}
	hv->stats.vms++;
	return hv->vm[number] = vm;
}

void hv_state(const struct vm *vm, struct paging_state *s)
{
	s->ept = hv_virtual(vm->hv);
	s->eptp = vm->eptp;
	s->vpid = vm->vpid;
}

/* ---- Backing ---- */

static const enum frame_size frame_of_level[] = { [1] = FRAME_4K, [2] = FRAME_2M, [3] = FRAME_1G };

static void count_page(struct hv *hv, unsigned level, unsigned wanted)
{
	uint64_t *count[] = {
		[1] = &hv->stats.pages_4k, [2] = &hv->stats.pages_2m, [3] = &hv->stats.pages_1g
	};

	++*count[level];
	hv->stats.smaller += level < wanted;
}

/* EPT_DUPLICATED: some of the block is backed already, by smaller pages. */
static enum ept_error back_by(struct vm *vm, gpa_t gpa, unsigned level)
{
	struct machine *m = vm->hv->machine;
	uint64_t bytes = frame_bytes(frame_of_level[level]);
	struct ept_mapping page = {
		.level = (uint8_t)level,
		.type = MEMORY_WB,
		.perm = EPT_RWX,
		.flags = vm->hv->config.preset_flags ? EPT_A | EPT_D : 0,
	};

	if (!frames_allocate(&m->frames, frame_of_level[level], &page.hpa))
		return EPT_NO_FRAME;
	enum ept_error e = ept_map(&vm->ept, (gpa_t){ gpa.v & ~(bytes - 1) }, &page);

	if (e != EPT_OK)
		frames_free(&m->frames, page.hpa, frame_of_level[level]);
	return e;
}

/* The policy's page, or a smaller one where the block reaches beyond the
 * guest's memory or is backed in part; for want of frames only with thp. */
static bool back(struct vm *vm, gpa_t gpa, struct error *err)
{
	struct hv *hv = vm->hv;
	unsigned wanted = (page_policy_shift(hv->config.page) - PAGE_SHIFT_4K) / 9 + 1;
	unsigned level;

	for (level = wanted; level >= 1; level--) {
		uint64_t bytes = frame_bytes(frame_of_level[level]);

		if (level > 1 && (gpa.v & ~(bytes - 1)) + bytes > vm->memory)
			continue;
		enum ept_error e = back_by(vm, gpa, level);

		if (e == EPT_OK) {
			count_page(hv, level, wanted);
			return true;
		}
		if (e == EPT_NO_FRAME && (level == 1 || hv->config.page != PAGE_POLICY_THP))
			break;
	}
	machine_no_frame(hv->machine, err, "the hypervisor", frame_of_level[level ? level : 1],
	                 hv->machine->config.memory_size);
	return false;
}

enum hv_answer hv_ept_violation(struct vm *vm, const struct fault *f, struct error *err)
{
	struct hv *hv = vm->hv;

	machine_charge(hv->machine, COST_EXIT);
	machine_charge(hv->machine, COST_HYPERVISOR);
	if (f->gpa.v >= vm->memory) {
		hv->stats.outside++;
		return HV_MMIO;
	}
	if (f->rule != RULE_EPT_NOT_PRESENT) {
		hv->stats.refused++;
		return HV_REFUSED;
	}
	if (!back(vm, f->gpa, err))
		return HV_NO_MEMORY;
	hv->stats.violations++;
	return HV_BACKED;
}

bool hv_kernel_writes(struct vm *vm, gpa_t gpa, hpa_t *hpa, struct error *err)
{
	struct hv *hv = vm->hv;

	hpa->v = gpa.v;
	if (!hv_virtual(hv) || gpa2hpa(&vm->ept, gpa, hpa) == EPT_OK)
		return true;
	if (!back(vm, gpa, err))
		return false;
	if (hv->config.populate) {
		hv->stats.populated++;
	} else {
		struct event e = { .kind = EVENT_BACKED, .gpa = gpa };

		machine_tell(hv->machine, &e);
		machine_charge(hv->machine, COST_EXIT);
		machine_charge(hv->machine, COST_HYPERVISOR);
		mmu_vm_exit(hv->machine->processor[0].mmu);
		hv->stats.kernel_writes++;
	}
	return gpa2hpa(&vm->ept, gpa, hpa) == EPT_OK;
}

bool hv_populate(struct vm *vm, gpa_t gpa, uint64_t bytes, struct error *err)
{
	struct hv *hv = vm->hv;
	uint64_t end = gpa.v + bytes;
	hpa_t hpa;

	if (!hv_virtual(hv) || !hv->config.populate)
		return true;
	for (uint64_t at = gpa.v; at < end; at += PAGE_SIZE_4K) {
		struct ept_mapping m;

		if (gpa2hpa(&vm->ept, (gpa_t){ at }, &hpa) != EPT_OK) {
			if (!back(vm, (gpa_t){ at }, err))
				return false;
			hv->stats.populated++;
		}
		/* On to the end of what that page covers. */
		if (ept_lookup(&vm->ept, (gpa_t){ at }, &m, NULL) == EPT_OK)
			at |= frame_bytes(frame_of_level[m.level]) - PAGE_SIZE_4K;
	}
	return true;
}
