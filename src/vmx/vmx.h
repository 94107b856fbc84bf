/* SPDX-License-Identifier: BSD-2-Clause
 *
 * VMX operation of one processor, and one virtual machine.
 */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "vmx/worklist.h"

#include <stdbool.h>

/* What enter.S loads before a VM entry and saves after the exit. */
struct guest_registers {
	uint64_t rax, rcx, rdx, rbx, rsi, rdi, rbp, unused;
	uint64_t xmm0[2];
};

struct vmx {
	uint8_t maxphyaddr;
	uint64_t ept_vpid_cap;
	uint32_t secondary; /* the secondary controls that can be 1 */
	uint64_t tertiary;
	uint32_t entry, exit;
	uint64_t cr4_fixed1; /* bits that may be 1 */
	bool pku;            /* protection keys for user pages */
	bool pks, cet;
};

/* Enters VMX operation; tells in one line and stops where that is not possible. */
void vmx_start(struct vmx *v);

/* The guest-state area, the controls and the host-state area for `op`. False: a
 * field that it needs does not exist. */
bool vmx_load(const struct vmx *v, const struct work_op *op);

/* enter.S */
int vm_enter(struct guest_registers *r, bool resume);

/* Pages of the image's own: the log and the #VE area of scenarios that name none. */
extern uint64_t vmx_pml_page[512];
extern uint64_t vmx_ve_page[512];

/* memory, freestanding */
void *memset(void *to, int value, size_t count);
void *memcpy(void *to, const void *from, size_t count);

#endif
