/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From the boot loader (32-bit protected mode, no paging) to long mode, with
 * the first 4 GiB mapped one to one.
 */
#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 3 /* modules page-aligned, memory sizes given */

#define CPUID_LONG_MODE 29 /* 80000001h EDX */
#define MSR_EFER 0xc0000080
#define EFER_LME 8
#define CR4_START 0x620 /* PAE, OSFXSR, OSXMMEXCPT: the compiler may use SSE */
#define STACK_SIZE 65536

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.globl _start
_start:
	cli
	cld
	movl $stack_end, %esp
	movl %eax, %esi
	movl %ebx, %ebp
	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb no_long_mode
	movl $0x80000001, %eax
	cpuid
	btl $CPUID_LONG_MODE, %edx
	jnc no_long_mode

	/* PML4[0] -> PDPT, PDPT[0..3] -> four page directories of 2 MiB pages */
	movl $(pdpt + 3), pml4
	movl $(directories + 3), %eax
	movl $pdpt, %edi
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	decl %ecx
	jnz 1b
	movl $0x83, %eax /* present, writable, page */
	movl $directories, %edi
	movl $2048, %ecx
2:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	decl %ecx
	jnz 2b

	movl $CR4_START, %eax
	movl %eax, %cr4
	movl $pml4, %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	btsl $EFER_LME, %eax
	wrmsr
	movl $0x80010033, %eax /* PG, WP, NE, ET, MP, PE */
	movl %eax, %cr0
	lgdt gdt_pointer
	ljmp $8, $long_mode

no_long_mode:
	movl $no_long_mode_text, %esi
1:	lodsb
	testb %al, %al
	jz 3f
	movb %al, %bl
	movw $0x3fd, %dx /* COM1, line status: transmitter empty? */
	movl $100000, %ecx
2:	inb %dx, %al
	testb $0x20, %al
	loopz 2b
	movb %bl, %al
	movw $0x3f8, %dx
	outb %al, %dx
	outb %al, $0xe9
	jmp 1b
3:	hlt
	jmp 3b

	.code64
long_mode:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	xorl %eax, %eax
	movw %ax, %fs
	movw %ax, %gs
	/* The task register must hold something when a VM exit loads it. */
	leaq tss(%rip), %rax
	movw %ax, gdt_tss+2
	shrq $16, %rax
	movb %al, gdt_tss+4
	movb %ah, gdt_tss+7
	movw $0x18, %ax
	ltr %ax
	movl $stack_end, %esp
	movl %esi, %edi
	movl %ebp, %esi
	call vmx_main
3:	hlt
	jmp 3b

	.globl exception_stubs
	/* Nothing is expected: each vector tells its number and address. */
	.balign 16
exception_stubs:
	.set vector, 0
	.rept 32
	.balign 16
	pushq $vector
	jmp exception_common
	.set vector, vector + 1
	.endr
exception_common:
	popq %rdi
	movq (%rsp), %rsi
	movq 8(%rsp), %rdx
	movq %cr2, %rcx
	andq $-16, %rsp
	call unexpected_exception
3:	hlt
	jmp 3b

	.section .rodata
no_long_mode_text:
	.asciz "eptsim-vmx: this processor has no 64-bit mode\n"

	.data
	.balign 16
	.globl gdt
gdt:	.quad 0
	.quad 0x00af9b000000ffff /* 08: code, 64-bit */
	.quad 0x00cf93000000ffff /* 10: data */
gdt_tss:
	.quad 0x0000890000000067, 0 /* 18: TSS */
gdt_pointer:
	.word . - gdt - 1
	.quad gdt

	.bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 4096
directories:
	.skip 4 * 4096
	.globl tss
tss:	.skip 104
	.balign 16
	.skip STACK_SIZE
stack_end:

	.section .note.GNU-stack, "", @progbits
