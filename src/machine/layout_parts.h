/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Private to layout*.c.
 */
#ifndef MACHINE_LAYOUT_PARTS_H
#define MACHINE_LAYOUT_PARTS_H

#include "machine/layout.h"

/* Entries of 32-bit paging have 4 bytes. */
static inline bool layout_narrow(const struct layout *l)
{
	return l->config.paging == PAGING_32BIT;
}

/* Where guest-physical memory lies; it is backed. */
hpa_t layout_host_of(struct layout *l, gpa_t at);

uint64_t layout_read_entry(struct layout *l, hpa_t at);
void layout_write_entry(struct layout *l, hpa_t at, uint64_t entry);

/* A in the EPT entries used for `at`: ept_map() sets flags in leaves only. */
void layout_mark_accessed(struct layout *l, gpa_t at);
/* Permissions, then the edits of the configuration. */
bool layout_apply_edits(struct layout *l, struct error *err);

#endif
