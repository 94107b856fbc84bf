/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Without a work list: one machine by hand, its EPT built by ept_map().
 */
#ifndef VMX_SELFTEST_H
#define VMX_SELFTEST_H

#include "vmx/vmx.h"

void selftest(const struct vmx *v);

#endif
