/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The instruction that makes an access. Private to src/vmxlist.
 */
#ifndef VMXLIST_CODE_H
#define VMXLIST_CODE_H

#include <eptsim/access.h>

#define CODE_MAX 15 /* bytes of an instruction */
#define CODE_INT3 0xcc

struct code {
	uint8_t bytes[CODE_MAX + 1]; /* followed by INT3 */
	unsigned size;               /* without it */
	bool data_in_xmm, lar;
};

/* The address is in rdi (or rsp, ssp, GDTR), data in rax, rdx and xmm0. NULL, or
 * why there is no such instruction. */
const char *code_for_access(const struct access *a, bool long_mode, bool protected_mode,
			    struct code *c);
/* MOV CR3, rax. */
void code_mov_cr3(struct code *c);
/* JMP rdi. */
void code_jump(struct code *c);

#endif
