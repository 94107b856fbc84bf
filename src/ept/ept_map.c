/* SPDX-License-Identifier: BSD-2-Clause */
#include "ept/ept_edit.h"

/* The walk that makes the tables it misses. What it makes hangs together but is
 * linked to the tree by ept_map() alone, at the end. */
struct map_context {
	const struct ept_space *s;
	unsigned level; /* of the page to be mapped */
	enum ept_error error;
	hpa_t slot; /* of the last entry met: at the end, the leaf's */
	hpa_t link; /* of the entry that will reference made[0] */
	hpa_t made[WALK_MAX_LEVELS - 1];
	unsigned made_count;
};

static inline bool map_locate(void *context, unsigned level, uint64_t slot, hpa_t *at)
{
	(void)context, (void)level;
	*at = hpa(slot);
	return true;
}

static inline uint64_t map_read(void *context, unsigned level, hpa_t at)
{
	const struct map_context *c = context;

	(void)level;
	return mem_read64(c->s->mem, at);
}

static bool map_make_table(struct map_context *c, hpa_t at)
{
	hpa_t table;

	if (!ept_table_alloc(c->s, &table))
		return false;
	ept_table_clear(c->s, table);
	if (c->made_count == 0)
		c->link = at;
	else
		mem_write64(c->s->mem, at, ept_table_entry(&c->s->ept, table));
	c->made[c->made_count++] = table;
	return true;
}

static inline enum walk_end map_judge(void *context, unsigned level, uint64_t slot, hpa_t at,
                                      uint64_t entry)
{
	struct map_context *c = context;
	const struct ept *ept = &c->s->ept;

	(void)slot;
	c->slot = at;
	if (entry & ept->present) {
		if (level > c->level && !ept_entry_is_page(ept, level, entry) &&
		    ept_entry_rule(ept, level, entry) == RULE_NONE)
			return WALK_TABLE;
		c->error = EPT_DUPLICATED;
		return WALK_PAGE;
	}
	if (level == c->level)
		return WALK_NOT_PRESENT;
	if (map_make_table(c, at))
		return WALK_TABLE;
	c->error = EPT_NO_FRAME;
	return WALK_STOPPED;
}

/* Below a table just made, all are. */
static inline uint64_t map_table(void *context, uint64_t entry)
{
	const struct map_context *c = context;

	return c->made_count ? c->made[c->made_count - 1].v : entry & c->s->ept.address;
}

static const struct walk_format map_format = {
	.index_bits = 9,
	.entry_shift = 3,
	.locate = map_locate,
	.read = map_read,
	.judge = map_judge,
	.table = map_table,
};

static uint64_t map_leaf(const struct ept_mapping *m)
{
	return m->hpa.v | m->perm | m->flags | (uint64_t)m->type << EPT_TYPE_SHIFT |
	       (m->ipat ? EPT_IPAT : 0) | (m->level > 1 ? EPT_PAGE : 0);
}

static enum ept_error map_check(const struct ept *ept, gpa_t gpa, const struct ept_mapping *m)
{
	if (m->level != 1 && !(m->level == 2 && ept->page_2m) && !(m->level == 3 && ept->page_1g))
		return EPT_BAD_SIZE;
	if ((gpa.v | m->hpa.v) & (ept_size(m->level) - 1))
		return EPT_UNALIGNED;
	if (ept_gpa_too_wide(ept, gpa) || m->hpa.v & ~ept->address)
		return EPT_BAD_ADDRESS;
	if (m->type > 7 || EPT_BAD_TYPES >> m->type & 1)
		return EPT_BAD_TYPE;
	if (m->flags & ~EPT_LEAF_FLAGS || (m->flags & EPT_SPP && m->level != 1) ||
	    !ept_perm_legal(ept, m->level, map_leaf(m), m->perm))
		return EPT_BAD_PERMISSION;
	return EPT_OK;
}

enum ept_error ept_map(struct ept_space *s, gpa_t gpa, const struct ept_mapping *m)
{
	struct map_context c = { .s = s, .level = m->level };
	enum ept_error error = map_check(&s->ept, gpa, m);

	if (error != EPT_OK)
		return error;
	walk_run(&map_format, &c, s->ept.levels, s->ept.root.v, gpa.v);
	if (c.error != EPT_OK) {
		while (c.made_count)
			ept_table_free(s, c.made[--c.made_count]);
		return c.error;
	}
	mem_write64(s->mem, c.slot, map_leaf(m));
	if (c.made_count)
		ept_publish(s, c.link, ept_table_entry(&s->ept, c.made[0]));
	return EPT_OK;
}
