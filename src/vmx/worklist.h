/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The work list: what the hosted tool hands to the bare-metal image. Little
 * endian, 8-byte aligned; shared by both, so it has only plain data.
 *
 *   struct work_header
 *   items, each:
 *     struct work_item
 *     struct work_cell cells[cells]    compared: reported when they change
 *     struct work_cell extras[extras]  written before, never reported
 *     operations, each:
 *       struct work_op
 *       struct work_cell stores[stores]  written before the operation
 */
#ifndef VMX_WORKLIST_H
#define VMX_WORKLIST_H

#include <stddef.h>
#include <stdint.h>

#define WORK_MAGIC UINT64_C(0x3154534c4b524f57) /* "WORKLST1" */
#define WORK_VERSION 1

/* Host-physical memory that the image keeps free. Scenarios use the window;
 * the tables and the code that carry the access lie behind it. */
#define WORK_WINDOW_START UINT64_C(0x08000000)
#define WORK_WINDOW_END UINT64_C(0x18000000)
#define WORK_PRIVATE_START WORK_WINDOW_END
#define WORK_PRIVATE_END UINT64_C(0x18400000)

#define WORK_BYTES_MAX (UINT64_C(96) << 20)
#define WORK_ITEMS_MAX 1000000
#define WORK_CELLS_MAX 4096
#define WORK_OPS_MAX 32

struct work_header {
	uint64_t magic;
	uint32_t version;
	uint32_t items;
	uint64_t bytes;    /* of the whole list, this header included */
	uint64_t checksum; /* of everything behind the header: work_checksum() */
};

struct work_cell {
	uint64_t at;
	uint64_t value;
};

struct work_item {
	uint32_t bytes; /* of the item, this structure included */
	uint32_t index; /* number of the scenario's line */
	uint16_t cells, extras, ops;
	uint16_t pml_index; /* before the first operation */
	uint32_t ve_busy;   /* the #VE area's second dword, where the area is the image's own */
	uint32_t zero;
};

/* work_op.flags */
#define WORK_LONG (1u << 0)        /* IA-32e mode guest: CS.L = 1 */
#define WORK_EPT (1u << 1)         /* enable EPT */
#define WORK_KEEP_PDPTES (1u << 3) /* the PDPTE registers as the operation before left them ... */
#define WORK_DIRECT (1u << 4)      /* `direct` is an address to start at, should the code be out of reach */
#define WORK_ONLY_DIRECT (1u << 5) /* there is no code: start at `direct` */
#define WORK_SHADOW_STACK (1u << 6)
#define WORK_PML_OWN (1u << 7)     /* the log is the image's own */
#define WORK_VE_OWN (1u << 8)      /* so is the #VE area */
#define WORK_ENTER (1u << 9)       /* enter the guest; else the stores are made, and: */
#define WORK_INVEPT (1u << 10)     /* INVEPT type rax, EPTP rdi; reason 1: VMfail */
#define WORK_INVVPID (1u << 11)    /* INVVPID type rax, VPID rbx, address rdi; the same */
#define WORK_VMFUNC (1u << 12)     /* EPTP switching is on; the list is in the page at `eptp_list` */

/* work_op.controls */
#define WORK_MBE (1u << 0)
#define WORK_VE (1u << 1)
#define WORK_PML (1u << 2)
#define WORK_SPP (1u << 3)
#define WORK_PW (1u << 4)
#define WORK_VGP (1u << 5)
#define WORK_HLAT (1u << 6)

/* One VM entry: the state that it loads, and the registers that the code finds. */
struct work_op {
	uint32_t flags;
	uint32_t controls;
	uint32_t stores;
	uint8_t cpl, ac, maxphyaddr;
	uint8_t pdpte_slot; /* with WORK_KEEP_PDPTES: this one is given all the same; 4: none */
	uint64_t cr0, cr3, cr4, efer, pat;
	uint32_t pkru, pkrs;
	uint64_t pdpte[4];
	uint64_t eptp, spptp, pml_address, ve_address, hlatp, eptp_list;
	uint16_t eptp_index, vpid, hlat_prefix, zero;
	uint64_t ept_vpid_cap; /* what the processor's must agree with, under cap_mask */
	uint64_t cap_mask;
	uint64_t code;         /* linear address of the code */
	uint64_t code_end;     /* of the instruction that reports success */
	uint64_t code_entry;   /* GPA of the guest entry, or page, by which the code is reached */
	uint64_t direct;
	uint64_t rax, rbx, rcx, rdx, rdi, rsp;
	uint64_t gdt_base;
	uint64_t ssp;
};

static inline uint64_t work_checksum(const void *bytes, uint64_t size)
{
	const uint64_t *word = (const uint64_t *)bytes;
	uint64_t sum = UINT64_C(14695981039346656037);

	for (uint64_t i = 0; i < size / 8; i++) {
		sum = (sum ^ word[i]) * UINT64_C(1099511628211);
		sum ^= sum >> 29;
	}
	return sum;
}

/* Bytes of an item's parts, for walking it. */
static inline const struct work_cell *work_cells(const struct work_item *item)
{
	return (const struct work_cell *)(item + 1);
}

static inline const struct work_cell *work_extras(const struct work_item *item)
{
	return work_cells(item) + item->cells;
}

static inline const struct work_op *work_first_op(const struct work_item *item)
{
	return (const struct work_op *)(work_extras(item) + item->extras);
}

static inline const struct work_cell *work_stores(const struct work_op *op)
{
	return (const struct work_cell *)(op + 1);
}

static inline const struct work_op *work_next_op(const struct work_op *op)
{
	return (const struct work_op *)(work_stores(op) + op->stores);
}

/* ---- Results: lines of hexadecimal fields, each with a checksum ----
 *
 *   @I maxphyaddr ept_vpid_cap secondary-controls      once, about the processor
 *   @R index op how reason qualification gla gpa intr_info error_code rip
 *      rax rdx xmm0 pml_index cells {at value}... log {gpa}... ve {qword}...
 *   @S index why                                       the item was not run
 *   @E items                                           the end
 */
enum work_how { WORK_BY_CODE, WORK_BY_DIRECT, WORK_VMFAIL, WORK_OUT_OF_REACH, WORK_NO_ENTRY };

enum work_skip {
	WORK_SKIP_NONE,
	WORK_SKIP_MAXPHYADDR, /* the processor has another MAXPHYADDR */
	WORK_SKIP_CAPABILITY, /* ... another IA32_VMX_EPT_VPID_CAP */
	WORK_SKIP_CONTROL,    /* ... not the control */
	WORK_SKIP_FEATURE     /* ... not a CR4 bit that is set */
};

#endif
