/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The three address spaces. Each is a struct of its own, so that the compiler
 * refuses a guest-physical address where a host-physical one is due.
 */
#ifndef EPTSIM_ADDR_H
#define EPTSIM_ADDR_H

#include <stdint.h>

/* clang-format off */
/* Guest-virtual address: what the SDM calls a linear address. */
typedef struct { uint64_t v; } gva_t;
/* Guest-physical address: what guest paging yields. */
typedef struct { uint64_t v; } gpa_t;
/* Host-physical address: what EPT yields, an offset into simulated memory. */
typedef struct { uint64_t v; } hpa_t;

static inline gva_t gva(uint64_t v) { return (gva_t){ v }; }
static inline gpa_t gpa(uint64_t v) { return (gpa_t){ v }; }
static inline hpa_t hpa(uint64_t v) { return (hpa_t){ v }; }

/* clang-format on */

#define PAGE_SHIFT_4K 12
#define PAGE_SHIFT_2M 21
#define PAGE_SHIFT_4M 22
#define PAGE_SHIFT_1G 30
#define PAGE_SIZE_4K (UINT64_C(1) << PAGE_SHIFT_4K)
#define PAGE_SIZE_2M (UINT64_C(1) << PAGE_SHIFT_2M)
#define PAGE_SIZE_4M (UINT64_C(1) << PAGE_SHIFT_4M)
#define PAGE_SIZE_1G (UINT64_C(1) << PAGE_SHIFT_1G)

#endif
