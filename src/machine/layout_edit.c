/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entries of a layout changed at will, after it was built whole.
 */
#include "machine/layout_parts.h"

static bool find_ept_entry(struct layout *l, gpa_t at, unsigned level, hpa_t *slot)
{
	struct ept_walk w = { .level = 0 };

	if (!l->config.ept)
		return false;
	ept_walk(&l->space.ept, &l->arena.mem, at, &w);
	if (level > w.top || level < w.level)
		return false;
	*slot = w.slot[level];
	return true;
}

static bool guest_level_exists(const struct layout *l, unsigned level)
{
	return l->leaf_level && level >= l->leaf_level && level <= 5 && l->slot[level].v;
}

static bool find_entry(struct layout *l, const struct layout_edit *e, hpa_t *slot)
{
	switch ((enum layout_entry_kind)e->kind) {
	case LAYOUT_GUEST:
		if (!guest_level_exists(l, e->level))
			return false;
		*slot = layout_host_of(l, l->slot[e->level]);
		return true;
	case LAYOUT_EPT_DATA:
		return find_ept_entry(l, l->data, e->level, slot);
	case LAYOUT_EPT_TABLE:
		return guest_level_exists(l, e->guest_level) &&
		       find_ept_entry(l, l->slot[e->guest_level], e->level, slot);
	}
	return false;
}

void layout_mark_accessed(struct layout *l, gpa_t at)
{
	struct ept_walk w = { .level = 0 };

	if (!l->config.ept || !l->config.ept_ad || l->config.fresh)
		return;
	ept_walk(&l->space.ept, &l->arena.mem, at, &w);
	for (unsigned level = w.top; level >= w.level; level--)
		mem_write64(&l->arena.mem, w.slot[level], w.entry[level] | EPT_A);
}

static void apply(struct layout *l, hpa_t at, uint64_t clear, uint64_t set, bool guest)
{
	if (guest)
		layout_write_entry(l, at, (layout_read_entry(l, at) & ~clear) | set);
	else
		mem_write64(&l->arena.mem, at, (mem_read64(&l->arena.mem, at) & ~clear) | set);
}

static void apply_permissions(struct layout *l, gpa_t at, uint64_t perm, bool data)
{
	uint64_t known = EPT_RWX | (l->config.state.controls.mbe ? EPT_XU : 0);
	struct ept_walk w = { .level = 0 };

	if (!l->config.ept)
		return;
	ept_walk(&l->space.ept, &l->arena.mem, at, &w);
	mem_write64(&l->arena.mem, w.slot[w.level],
	            ept_entry_set_perm(w.entry[w.level], perm & known) |
	                    (l->config.state.controls.spp && data && w.level == 1 ? EPT_SPP : 0));
}

static void apply_guest_permissions(struct layout *l)
{
	const struct layout_config *c = &l->config;
	hpa_t leaf;

	if (!l->leaf_level)
		return;
	leaf = layout_host_of(l, l->slot[l->leaf_level]);
	apply(l, leaf,
	      (c->guest_present ? 0 : PTE_P) | (c->guest_perm & RIGHT_U ? 0 : PTE_US) |
	              (c->guest_perm & RIGHT_W ? 0 : PTE_RW),
	      c->guest_perm & RIGHT_X || layout_narrow(l) ? 0 : PTE_XD, true);
}

bool layout_apply_edits(struct layout *l, struct error *err)
{
	hpa_t at[LAYOUT_EDITS_MAX] = { { 0 } };

	/* All places first: an edit can hide what the next one is about. */
	for (unsigned i = 0; i < l->config.edits; i++) {
		const struct layout_edit *e = &l->config.edit[i];

		if (find_entry(l, e, &at[i]))
			continue;
		if (e->kind == LAYOUT_GUEST)
			error_set(err, "no guest entry of level %u is used in this layout",
			          e->level);
		else
			error_set(err, "no such EPT entry of level %u is used in this layout",
			          e->level);
		return false;
	}
	apply_guest_permissions(l);
	for (unsigned level = 5; level >= 1 && l->leaf_level; level--)
		if (guest_level_exists(l, level))
			apply_permissions(l, l->slot[level], l->config.table_perm, false);
	apply_permissions(l, l->data, l->config.data_perm, true);
	for (unsigned i = 0; i < l->config.edits; i++)
		apply(l, at[i], l->config.edit[i].clear, l->config.edit[i].set,
		      l->config.edit[i].kind == LAYOUT_GUEST);
	return true;
}
