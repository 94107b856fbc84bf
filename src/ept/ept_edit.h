/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the operations that edit an EPT have in common.
 *
 * A processor may walk the tables while they are edited. So each operation
 * prepares what is new where nothing links to it, and then makes the change with
 * one 64-bit store: a walk sees all of it or nothing.
 */
#ifndef EPT_EDIT_H
#define EPT_EDIT_H

#include "ept/ept_format.h"

#define EPT_ENTRIES 512 /* of one table */

/* The leaf bits that struct ept_mapping keeps in `flags`. */
#define EPT_LEAF_FLAGS (EPT_SVE | EPT_SPP | EPT_SSS | EPT_VGP | EPT_PWA | EPT_A | EPT_D)

/* Bytes that one entry of this level covers. */
static inline uint64_t ept_size(unsigned level)
{
	return BIT(walk_shift(ept_format.index_bits, level));
}

static inline hpa_t ept_table_slot(hpa_t table, unsigned index)
{
	return hpa(table.v + ((uint64_t)index << ept_format.entry_shift));
}

/* The table that an entry lies in. */
static inline hpa_t ept_table_of(hpa_t slot)
{
	return hpa(slot.v & EPT_ADDRESS);
}

/* The entry that references a table: every right, so that the leaf decides, and
 * nothing else, for the other bits are reserved or a leaf's. */
static inline uint64_t ept_table_entry(const struct ept *ept, hpa_t table)
{
	return table.v | ept->present;
}

/* Takes a frame that the processor can address; its content is anything. */
bool ept_table_alloc(const struct ept_space *s, hpa_t *table);
void ept_table_free(const struct ept_space *s, hpa_t table);
void ept_table_clear(const struct ept_space *s, hpa_t table);
/* Is the entry at `slot` the only present one of its table? */
bool ept_table_has_only(const struct ept_space *s, hpa_t slot);

/* Links what was prepared: the store that a walk may see before any of those
 * above it in the program would show it half-made tables. */
static inline void ept_publish(const struct ept_space *s, hpa_t slot, uint64_t entry)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
	mem_write64(s->mem, slot, entry);
}

/* The walk to the page that holds `gpa`, or why there is none. */
enum ept_error ept_find(const struct ept_space *s, gpa_t gpa, struct ept_walk *w);

/* Would a leaf of `level` be well-formed with these permissions? The rest of
 * `leaf` is. */
static inline bool ept_perm_legal(const struct ept *ept, unsigned level, uint64_t leaf,
                                  uint64_t perm)
{
	return perm != 0 && !(perm & ~ept->present) &&
	       ept_entry_rule(ept, level, ept_entry_set_perm(leaf, perm)) == RULE_NONE;
}

/* What the leaf that the walk ended at says. */
struct ept_mapping ept_mapping_of(const struct ept *ept, const struct ept_walk *w);

#endif
