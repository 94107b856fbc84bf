/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Is the work list whole, and does it stay within bounds?
 */
#ifndef VMX_LIST_H
#define VMX_LIST_H

#include "vmx/worklist.h"

/* Returns if it does; else tells in one line why not, and stops. */
void list_check(const struct work_header *list, uint64_t size);

#endif
