/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One VM entry and the VM exit that ends it.
 *
 *   int vm_enter(struct guest_registers *r, bool resume);
 *
 * 0 after a VM exit (also one that says that the entry failed), 1 after
 * VMfailInvalid, 2 after VMfailValid. Offsets: struct guest_registers in
 * vmx/vmx.h.
 */
#define VMCS_HOST_RSP 0x6c14

	.text
	.globl vm_enter
vm_enter:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rdi
	movl $VMCS_HOST_RSP, %eax
	vmwrite %rsp, %rax
	testl %esi, %esi
	movq %rdi, %r15
	movups 0x40(%r15), %xmm0
	movq 0x00(%r15), %rax
	movq 0x08(%r15), %rcx
	movq 0x10(%r15), %rdx
	movq 0x18(%r15), %rbx
	movq 0x20(%r15), %rsi
	movq 0x28(%r15), %rdi
	movq 0x30(%r15), %rbp
	jnz 1f
	vmlaunch
	jmp 2f
1:	vmresume
2:	movl $1, %eax /* CF: VMfailInvalid */
	jc 3f
	movl $2, %eax
3:	addq $8, %rsp
	jmp 4f

	.globl vm_exit_point
vm_exit_point:
	pushq %r15
	movq 8(%rsp), %r15
	movq %rax, 0x00(%r15)
	movq %rcx, 0x08(%r15)
	movq %rdx, 0x10(%r15)
	movq %rbx, 0x18(%r15)
	movq %rsi, 0x20(%r15)
	movq %rdi, 0x28(%r15)
	movq %rbp, 0x30(%r15)
	movups %xmm0, 0x40(%r15)
	addq $16, %rsp
	xorl %eax, %eax
4:	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	cld
	ret

	.section .note.GNU-stack, "", @progbits
