/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

bool ept_table_alloc(const struct ept_space *s, hpa_t *table)
{
	if (!s->frames.alloc(s->frames.ctx, table))
		return false;
	/* No entry can hold such an address: the frame is of no use for a table. */
	if (table->v & ~s->ept.address) {
		s->frames.free(s->frames.ctx, *table);
		return false;
	}
	return true;
}

void ept_table_free(const struct ept_space *s, hpa_t table)
{
	s->frames.free(s->frames.ctx, table);
}

void ept_table_clear(const struct ept_space *s, hpa_t table)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		mem_write64(s->mem, ept_table_slot(table, i), 0);
}

bool ept_table_has_only(const struct ept_space *s, hpa_t slot)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		hpa_t other = ept_table_slot(ept_table_of(slot), i);

		if (other.v != slot.v && mem_read64(s->mem, other) & s->ept.present)
			return false;
	}
	return true;
}
