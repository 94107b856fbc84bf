/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The image: VMX on, the work list of the boot module checked and carried out.
 */
#include "vmx/console.h"
#include "vmx/cpu.h"
#include "vmx/list.h"
#include "vmx/run.h"
#include "vmx/selftest.h"
#include "vmx/vmx.h"

#define MULTIBOOT_LOADED 0x2badb002
#define MULTIBOOT_HAS_MEMORY 1u
#define MULTIBOOT_HAS_MODULES 8u

/* The Multiboot 0.6.96 information structure, as far as it is used. */
struct multiboot {
	uint32_t flags;
	uint32_t lower_kib, upper_kib; /* upper: from 1 MiB up to the first hole */
	uint32_t boot_device, command_line;
	uint32_t modules, module_list;
};

struct multiboot_module {
	uint32_t start, end, name, reserved;
};

void vmx_main(uint32_t magic, const struct multiboot *boot);
void unexpected_exception(uint64_t vector, uint64_t error_or_rip, uint64_t next, uint64_t cr2);

extern const char exception_stubs[], image_end[];

/* SDM 3A, "64-Bit Mode IDT": one interrupt gate for each exception. */
static uint64_t idt[64] __attribute__((aligned(16)));

static void load_idt(void)
{
	struct __attribute__((packed)) { uint16_t limit; uint64_t base; } pointer = {
		sizeof idt - 1, (uint64_t)idt
	};

	for (unsigned i = 0; i < 32; i++) {
		uint64_t at = (uint64_t)exception_stubs + 16 * (uint64_t)i;

		idt[2 * i] = (at & 0xffff) | UINT64_C(0x8) << 16 | UINT64_C(0x8e00) << 32 |
			     (at >> 16 & 0xffff) << 48;
		idt[2 * i + 1] = at >> 32;
	}
	__asm__ volatile("lidt %0" : : "m"(pointer));
}

/* Some exceptions push an error code before the address. */
void unexpected_exception(uint64_t vector, uint64_t error_or_rip, uint64_t next, uint64_t cr2)
{
	print("eptsim-vmx: unexpected exception ");
	print_decimal(vector);
	print(", stack ");
	print_hex(error_or_rip);
	print(" ");
	print_hex(next);
	print(", cr2 ");
	print_hex(cr2);
	print("\n");
	stop();
}

static const struct work_header *find_list(const struct multiboot *boot, uint64_t *size)
{
	if (!(boot->flags & MULTIBOOT_HAS_MODULES) || boot->modules == 0)
		return NULL;
	const struct multiboot_module *m = (const void *)(uint64_t)boot->module_list;

	*size = m->end - m->start;
	if (m->end > WORK_WINDOW_START && m->start < WORK_PRIVATE_END)
		die("the work list lies in the memory that scenarios use");
	return (const void *)(uint64_t)m->start;
}

static void describe(const struct vmx *v)
{
	line_begin('I');
	line_field(v->maxphyaddr);
	line_field(v->ept_vpid_cap);
	line_field(v->secondary);
	line_field(v->tertiary);
	line_field(v->cr4_fixed1);
	line_field((uint64_t)v->pku | (uint64_t)v->pks << 1 | (uint64_t)v->cet << 2);
	line_field(v->entry);
	line_field(v->exit);
	line_end();
}

void vmx_main(uint32_t magic, const struct multiboot *boot)
{
	struct vmx v;
	uint64_t size = 0;

	console_init();
	load_idt();
	if (magic != MULTIBOOT_LOADED)
		die("the boot loader does not speak Multiboot");
	vmx_start(&v);
	if (!(boot->flags & MULTIBOOT_HAS_MEMORY) ||
	    ((uint64_t)boot->upper_kib << 10) + (UINT64_C(1) << 20) < WORK_PRIVATE_END)
		die("less memory than scenarios use");
	describe(&v);
	const struct work_header *list = find_list(boot, &size);

	if (!list) {
		selftest(&v);
		stop();
	}
	list_check(list, size);
	memset((void *)WORK_WINDOW_START, 0, WORK_PRIVATE_END - WORK_WINDOW_START);
	const struct work_item *item = (const void *)(list + 1);

	for (uint32_t i = 0; i < list->items; i++) {
		run_item(&v, item);
		item = (const void *)((const char *)item + item->bytes);
	}
	line_begin('E');
	line_field(list->items);
	line_end();
	stop();
}
