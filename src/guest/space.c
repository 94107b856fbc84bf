/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/space.h"

#include "base/walk.h"
#include "mmu/regime.h"

#include <stdlib.h>

static const enum frame_size frame_of_level[] = { [1] = FRAME_4K, [2] = FRAME_2M, [3] = FRAME_1G };

void space_halves(const struct kernel *k, uint64_t first[2], uint64_t last[2])
{
	unsigned bits = k->guest->config.levels == 5 ? 57 : 48;

	first[0] = 0;
	last[0] = BIT(bits - 1) - 1;
	first[1] = ~last[0];
	last[1] = UINT64_MAX;
}

struct space *space_create(struct kernel *k, enum space_name name, uint64_t value,
                           struct error *err)
{
	struct guest *g = k->guest;
	struct space *s = calloc(1, sizeof *s);
	uint64_t first[2], last[2];
	bool ok = s != NULL;

	if (!s) {
		error_set(err, "out of memory");
		return NULL;
	}
	s->name = (uint8_t)name;
	s->value = value;
	s->table = (struct page_table){
		.vm = k->vm,
		.frames = k->frames,
		.stats = &g->stats,
		.levels = g->config.levels,
	};
	/* Until the trace maps something, everything may be touched. */
	space_halves(k, first, last);
	for (unsigned i = 0; ok && i < 2; i++)
		ok = regions_map(&s->regions, first[i], last[i], REGION_R | REGION_W | REGION_X);
	if (!ok)
		error_set(err, "out of memory");
	if (!ok || !page_table_create(&s->table, err)) {
		space_free(s);
		return NULL;
	}
	s->cr3 = s->table.root.v;
	g->stats.spaces++;
	return s;
}

void space_free(struct space *s)
{
	regions_free(&s->regions);
	free(s);
}

/* ---- Entries ---- */

/* The bits of a leaf but its address and PTE_PS. x86 has no page that can be
 * written or executed but not read. */
static uint64_t leaf_bits(const struct kernel *k, uint64_t at, uint8_t rights)
{
	uint64_t bits = rights ? PTE_P : PTE_KEPT;

	if (rights & REGION_W)
		bits |= PTE_RW;
	if (!(rights & REGION_X))
		bits |= PTE_XD;
	if (!(at >> 63))
		bits |= PTE_US;
	if (k->guest->config.preset_flags)
		bits |= PTE_A | (rights & REGION_W ? PTE_D : 0);
	return bits;
}

static void count_page(struct guest_stats *stats, unsigned level, unsigned wanted)
{
	uint64_t *count[] = {
		[1] = &stats->pages_4k, [2] = &stats->pages_2m, [3] = &stats->pages_1g
	};

	++*count[level];
	stats->smaller += level < wanted;
}

static unsigned policy_level(const struct kernel *k)
{
	return (page_policy_shift(k->guest->config.page) - PAGE_SHIFT_4K) / 9 + 1;
}

enum attempt { PAGE_OK, PAGE_OCCUPIED, PAGE_NO_FRAME, PAGE_FAILED };

static enum attempt map_page_of(struct kernel *k, struct space *s, uint64_t at, unsigned level,
                                uint8_t rights, struct error *err)
{
	uint64_t bytes = frame_bytes(frame_of_level[level]);
	uint64_t base = at & ~(bytes - 1);
	hpa_t frame;

	if (!frames_allocate(k->frames, frame_of_level[level], &frame))
		return PAGE_NO_FRAME;
	enum page_table_result result = page_table_map(&s->table, gva(base), level,
	                                               frame.v | leaf_bits(k, base, rights), err);

	if (result != PAGE_TABLE_OK) {
		frames_free(k->frames, frame, frame_of_level[level]);
		return result == PAGE_TABLE_OCCUPIED ? PAGE_OCCUPIED : PAGE_FAILED;
	}
	return hv_populate(k->vm, gpa(frame.v), bytes, err) ? PAGE_OK : PAGE_FAILED;
}

/* The policy's page, or a smaller one where the block reaches beyond the region
 * or is mapped in part; for want of frames only with thp. */
enum guest_answer space_map_page(struct kernel *k, struct space *s, const struct region *region,
                                 uint64_t at, struct error *err)
{
	unsigned wanted = policy_level(k);

	for (unsigned level = wanted; level >= 1; level--) {
		uint64_t mask = frame_bytes(frame_of_level[level]) - 1;

		if ((at & ~mask) < region->first || (at | mask) > region->last)
			continue;
		switch (map_page_of(k, s, at, level, region->rights, err)) {
		case PAGE_OK:
			count_page(&k->guest->stats, level, wanted);
			return GUEST_MAPPED;
		case PAGE_FAILED:
			return GUEST_NO_MEMORY;
		case PAGE_NO_FRAME:
			if (level > 1 && k->guest->config.page == PAGE_POLICY_THP)
				break;
			machine_no_frame(k->guest->machine, err, "the guest", frame_of_level[level],
			                 k->vm->memory);
			return GUEST_NO_MEMORY;
		case PAGE_OCCUPIED:
			break;
		}
	}
	/* A 4K page is there already, with rights that refuse the access. */
	return GUEST_REFUSED;
}

/* ---- Ranges ---- */

static void change_page(struct kernel *k, struct space *s, const struct page_table_leaf *leaf,
                        uint64_t at, bool unmap, uint8_t rights)
{
	uint64_t bytes = frame_bytes(frame_of_level[leaf->level]);
	uint64_t address = leaf->entry & PTE_ADDRESS & ~(bytes - 1);
	uint64_t keep = leaf->entry & (PTE_A | PTE_D | (leaf->level > 1 ? PTE_PS : 0));

	if (unmap) {
		page_table_store(&s->table, leaf, 0);
		frames_free(k->frames, hpa(address), frame_of_level[leaf->level]);
		k->guest->stats.unmapped++;
		return;
	}
	page_table_store(&s->table, leaf, address | keep | leaf_bits(k, at, rights));
}

static bool change_half(struct kernel *k, struct space *s, uint64_t first, uint64_t last,
                        bool unmap, uint8_t rights, struct error *err)
{
	for (uint64_t at = first;;) {
		struct page_table_leaf leaf = page_table_find(&s->table, gva(at));
		uint64_t mask = BIT(walk_shift(9, leaf.level)) - 1;

		if (leaf.there && ((at & ~mask) < first || (at | mask) > last)) {
			if (!page_table_split(&s->table, &leaf, gva(at), err))
				return false;
			continue;
		}
		if (leaf.there)
			change_page(k, s, &leaf, at, unmap, rights);
		if ((at | mask) >= last)
			return true;
		at = (at | mask) + 1;
	}
}

/* The part of [first, last] in half i of the address space. False: there is none. */
static bool clip(const struct kernel *k, unsigned i, uint64_t *first, uint64_t *last)
{
	uint64_t from[2], to[2];

	space_halves(k, from, to);
	if (*first < from[i])
		*first = from[i];
	if (*last > to[i])
		*last = to[i];
	return *first <= *last;
}

bool space_change(struct kernel *k, struct space *s, uint64_t first, uint64_t last, bool unmap,
                  uint8_t rights, struct error *err)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t from = first, to = last;

		if (clip(k, i, &from, &to) && !change_half(k, s, from, to, unmap, rights, err))
			return false;
	}
	return true;
}

bool space_populate(struct kernel *k, struct space *s, uint64_t first, uint64_t last,
                    struct error *err)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t from = first, to = last;

		for (bool more = clip(k, i, &from, &to); more;) {
			struct page_table_leaf leaf = page_table_find(&s->table, gva(from));

			if (!leaf.there) {
				const struct region *r = regions_find(&s->regions, from);

				if (space_map_page(k, s, r, from, err) == GUEST_NO_MEMORY)
					return false;
				k->guest->stats.populated++;
				leaf = page_table_find(&s->table, gva(from));
			}
			from |= BIT(walk_shift(9, leaf.level)) - 1;
			more = from < to;
			from++;
		}
	}
	return true;
}
