/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Guest page tables as the guest's kernel edits them: real entries at real
 * guest-physical addresses, 4 or 5 levels.
 */
#ifndef GUEST_PAGE_TABLE_H
#define GUEST_PAGE_TABLE_H

#include "guest/config.h"
#include "hv/hv.h"

/* A software flag in an entry that is not present: the kernel took away every
 * right, and the page is still there (Linux: _PAGE_PROTNONE). */
#define PTE_KEPT (UINT64_C(1) << 9)

struct page_table {
	struct vm *vm;
	struct frames *frames; /* guest-physical */
	struct guest_stats *stats;
	gpa_t root;
	uint8_t levels;
};

enum page_table_result {
	PAGE_TABLE_OK,
	PAGE_TABLE_OCCUPIED, /* a page, or tables for smaller pages, are there */
	PAGE_TABLE_NO_MEMORY /* with a message */
};

/* Takes the frame of the top table. False with a message. */
bool page_table_create(struct page_table *p, struct error *err) __attribute__((warn_unused_result));

/* A frame of zeros for a table. False with a message. */
bool page_table_frame(struct page_table *p, gpa_t *at, struct error *err)
	__attribute__((warn_unused_result));

/* Makes `leaf` the entry of `level` (1..3) for `at`, and the tables on the way,
 * which grant every right (to user accesses only in the lower half). */
enum page_table_result page_table_map(struct page_table *p, gva_t at, unsigned level, uint64_t leaf,
                                      struct error *err);

/* The entry where the tables end for `at`. */
struct page_table_leaf {
	bool there;    /* it maps a page, or keeps one (PTE_KEPT) */
	uint8_t level; /* of the entry */
	hpa_t slot;
	uint64_t entry;
};

struct page_table_leaf page_table_find(const struct page_table *p, gva_t at);

/* Replaces the large page of `leaf`, which holds `at`, by 512 of the next size. */
bool page_table_split(struct page_table *p, const struct page_table_leaf *leaf, gva_t at,
                      struct error *err) __attribute__((warn_unused_result));

void page_table_store(struct page_table *p, const struct page_table_leaf *leaf, uint64_t entry);

#endif
