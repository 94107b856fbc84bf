/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Items of the work list, carried out.
 */
#ifndef VMX_RUN_H
#define VMX_RUN_H

#include "vmx/vmx.h"

/* Runs the item and prints a result line for each of its operations. */
void run_item(const struct vmx *v, const struct work_item *item);

#endif
