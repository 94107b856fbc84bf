/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The guest kernel, imitated: no instruction of its own is run. It keeps
 * address spaces with real page tables, maps pages on page faults by its page
 * policy, and switches between address spaces and (with the hypervisor's
 * help) virtual machines. docs/replay.md says what it does and does not do.
 */
#ifndef GUEST_KERNEL_H
#define GUEST_KERNEL_H

#include "guest/page_table.h"
#include "guest/regions.h"

/* What an address space is called. */
enum space_name {
	SPACE_ASID, /* the number of the process that began in it */
	SPACE_CR3   /* a CR3 value: bits 51:12 name the space */
};

struct space {
	/* The name: what the kernel's tree is sorted by. */
	uint64_t value;
	uint8_t name; /* enum space_name */

	bool declared; /* a map directive came: only what is mapped may be touched */
	uint64_t cr3;  /* loaded last, or to be loaded; without bit 63 */
	struct page_table table;
	struct regions regions;
};

/* A trace's asid: a process, which runs in one address space at a time. */
struct process {
	uint32_t asid; /* what the kernel's tree is sorted by */
	struct space *space;
};

/* The PCIDs of one VPID. */
struct pcids {
	uint16_t next;
	struct space *owner[4096]; /* who used it last */
};

/* One guest kernel: that of a VM. */
struct kernel {
	struct guest *guest;
	struct vm *vm;
	struct frames own_frames; /* virtual: of the VM's guest-physical memory */
	struct frames *frames;    /* these, or the machine's */
	void *spaces, *processes; /* tsearch() trees */
	struct process *process;  /* the one that runs */
	struct pcids own_pcids;
	struct pcids *pcids; /* these, or native the machine's */
};

/* All guest kernels of a machine. */
struct guest {
	struct hv *hv;
	struct machine *machine;
	struct guest_config config;
	struct guest_stats stats;
	struct kernel **kernel; /* by number of the VM; null: not there */
	struct kernel *current;
	struct pcids pcids; /* native: all kernels are parts of one machine */
};

/* Makes VM 0 and its first address space, and enters it. False with a message. */
bool guest_init(struct guest *g, struct hv *hv, const struct guest_config *config,
                struct error *err) __attribute__((warn_unused_result));
/* Also right for all zero bytes. */
void guest_destroy(struct guest *g);

enum guest_answer {
	GUEST_MAPPED,   /* try the access again */
	GUEST_REFUSED,  /* nothing to be done: the program would be killed */
	GUEST_NO_MEMORY /* with a message */
};

/* A page fault of the address space that runs, and its handling. */
enum guest_answer guest_page_fault(struct guest *g, const struct fault *f, struct error *err);

/* Operations of the guest or on it. False: memory is used up, with a message;
 * *outcome is what the instruction ended in. */
#define GUEST_OPERATION __attribute__((warn_unused_result)) bool

/* MOV to CR3 of `value` by process `asid`, which runs from then on: bits 51:12
 * name the space, which is made when first named; bits 11:0 and 63 are as the
 * instruction has them. */
GUEST_OPERATION guest_mov_cr3(struct guest *g, uint32_t asid, uint64_t value, enum outcome *outcome,
                              struct error *err);
/* The kernel's own switch to the process of that number, made when first named. */
GUEST_OPERATION guest_switch_asid(struct guest *g, uint32_t asid, enum outcome *outcome,
                                  struct error *err);
/* The hypervisor lets VM `number` run. */
GUEST_OPERATION guest_switch_vm(struct guest *g, unsigned number, enum outcome *outcome,
                                struct error *err);

/* System calls, as far as page tables feel them: pages of [first, last], both
 * included, with REGION_ rights. They invalidate nothing. */
GUEST_OPERATION guest_map(struct guest *g, uint64_t first, uint64_t last, uint8_t rights,
                          struct error *err);
GUEST_OPERATION guest_unmap(struct guest *g, uint64_t first, uint64_t last, struct error *err);
GUEST_OPERATION guest_protect(struct guest *g, uint64_t first, uint64_t last, uint8_t rights,
                              struct error *err);

static inline uint32_t guest_asid(const struct guest *g)
{
	return g->current->process->asid;
}

static inline struct mmu *guest_mmu(const struct guest *g)
{
	return g->machine->processor[0].mmu;
}

#endif
