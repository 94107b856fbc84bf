/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/layout_parts.h"

#include "base/bits.h"
#include "base/walk.h"

#define ARENA_BYTES (UINT64_C(16) << 30)
#define FIRST_FRAME PAGE_SIZE_2M
#define TABLES_AT UINT64_C(0x1000) /* GPA of the first guest table */
#define DATA_AT PAGE_SIZE_1G       /* GPA of the data, or somewhat above */

struct layout_config layout_config_default(void)
{
	return (struct layout_config){
		.paging = PAGING_4LEVEL,
		.ept = true,
		.ept_levels = 4,
		.ept_ad = true,
		.guest_shift = PAGE_SHIFT_4K,
		.data_level = 1,
		.table_level = 1,
		.guest_present = true,
		.guest_perm = RIGHT_U | RIGHT_W | RIGHT_X,
		.data_perm = EPT_RWX | EPT_XU,
		.table_perm = EPT_RWX | EPT_XU,
		.state = {
			.cr0 = CR0_PE | CR0_ET | CR0_WP,
			.efer = EFER_NXE,
			.cpl = 3,
			.pat = PAT_DEFAULT,
			.maxphyaddr = MAXPHYADDR_DEFAULT,
			.ept_vpid_cap = EPT_CAP_EVERYTHING,
			.knobs = KNOBS_DEFAULT,
		},
	};
}

/* ---- Memory ---- */

static bool frame(struct layout *l, enum frame_size size, hpa_t *at, struct error *err)
{
	if (frames_allocate(&l->frames, size, at))
		return true;
	error_set(err, "the layout does not fit into its memory");
	return false;
}

static bool table_alloc(void *context, hpa_t *at)
{
	struct layout *l = context;

	return frames_allocate(&l->frames, FRAME_4K, at);
}

static void table_free(void *context, hpa_t at)
{
	struct layout *l = context;

	frames_free(&l->frames, at, FRAME_4K);
}

/* Maps the EPT page of `level` that holds `at`, unless it is mapped. */
static bool back(struct layout *l, gpa_t at, unsigned level, struct error *err)
{
	uint64_t size = BIT(walk_shift(9, level));
	struct ept_mapping m = {
		.level = (uint8_t)level,
		.type = MEMORY_WB,
		.perm = EPT_RWX | (l->config.state.controls.mbe ? EPT_XU : 0),
		.flags = l->config.fresh || !l->config.ept_ad ? 0 : EPT_A | EPT_D,
	};

	struct ept_mapping there;

	if (!l->config.ept || ept_lookup(&l->space, at, &there, NULL) == EPT_OK)
		return true;
	if (!frame(l, (enum frame_size)(level - 1), &m.hpa, err))
		return false;
	enum ept_error e = ept_map(&l->space, gpa(at.v & ~(size - 1)), &m);

	if (e != EPT_OK)
		error_set(err, "the EPT cannot map a page of 2^%u bytes: %s", walk_shift(9, level),
		          ept_error_text(e));
	return e == EPT_OK;
}

hpa_t layout_host_of(struct layout *l, gpa_t at)
{
	hpa_t where = hpa(at.v);

	if (l->config.ept)
		(void)gpa2hpa(&l->space, at, &where);
	return where;
}

/* ---- Guest tables ---- */

uint64_t layout_read_entry(struct layout *l, hpa_t at)
{
	return layout_narrow(l) ? mem_read32(&l->arena.mem, at) : mem_read64(&l->arena.mem, at);
}

void layout_write_entry(struct layout *l, hpa_t at, uint64_t entry)
{
	if (layout_narrow(l))
		mem_write32(&l->arena.mem, at, (uint32_t)entry);
	else
		mem_write64(&l->arena.mem, at, entry);
}

static bool new_table(struct layout *l, uint64_t *at, struct error *err)
{
	*at = (uint64_t)l->next_table++ << PAGE_SHIFT_4K;
	return back(l, gpa(*at), l->config.table_level, err);
}

/* Entries of PAE's PDPT have neither rights nor flags (SDM 3A, "PDPTE Registers"). */
static uint64_t table_entry(const struct layout *l, unsigned level, uint64_t table)
{
	if (l->config.paging == PAGING_PAE && level == 3)
		return table | PTE_P;
	return table | PTE_P | PTE_RW | PTE_US | (l->config.fresh ? 0 : PTE_A);
}

static uint64_t leaf_entry(const struct layout *l, uint64_t page)
{
	return page | PTE_P | PTE_RW | PTE_US | (l->config.fresh ? 0 : PTE_A | PTE_D) |
	       (l->leaf_level > 1 ? PTE_PS : 0);
}

/* Maps the guest page that holds `at` to `page`; `first`: remember the entries. */
static bool map_guest(struct layout *l, uint64_t at, uint64_t page, bool first, struct error *err)
{
	unsigned bits = layout_narrow(l) ? 10 : 9, shift = layout_narrow(l) ? 2 : 3;
	unsigned top = l->config.paging == PAGING_5LEVEL   ? 5
	               : l->config.paging == PAGING_4LEVEL ? 4
	               : l->config.paging == PAGING_PAE    ? 3
	                                                   : 2;
	uint64_t table = TABLES_AT;

	for (unsigned level = top;; level--) {
		gpa_t slot = gpa(walk_slot(bits, shift, table, level, at));
		hpa_t where = layout_host_of(l, slot);
		uint64_t entry = layout_read_entry(l, where);

		if (first)
			l->slot[level] = slot;
		if (level == l->leaf_level) {
			layout_write_entry(l, where, leaf_entry(l, page));
			return true;
		}
		if (!(entry & PTE_P)) {
			if (!new_table(l, &table, err))
				return false;
			entry = table_entry(l, level, table);
			layout_write_entry(l, where, entry);
		}
		table = entry & PTE_ADDRESS;
	}
}

/* One page of the access: guest mapping, and what lies under the bytes. */
static bool map_piece(struct layout *l, uint64_t at, uint64_t page, bool first, struct error *err)
{
	uint64_t offset = at & (BIT(l->config.guest_shift) - 1);

	if (l->leaf_level && !map_guest(l, at, page, first, err))
		return false;
	gpa_t data = l->leaf_level ? gpa(page | offset) : gpa(at);

	*(first ? &l->data : &l->data_end) = data;
	return back(l, data, l->config.data_level, err);
}

static bool map_access(struct layout *l, const struct access *a, struct error *err)
{
	uint64_t limit = l->config.paging >= PAGING_4LEVEL ? ~UINT64_C(0) : BITS(31, 0);
	uint64_t first = a->gva.v & limit, last = (a->gva.v + a->size - 1) & limit;
	/* A page of each size begins here, and the smaller ones have some digits of their own. */
	uint64_t page = DATA_AT + (l->config.guest_shift == PAGE_SHIFT_4K  ? 0x403000
	                           : l->config.guest_shift < PAGE_SHIFT_1G ? 0x400000
	                                                                   : 0);
	bool same = first >> l->config.guest_shift == last >> l->config.guest_shift;

	if (!map_piece(l, first, page, true, err))
		return false;
	return map_piece(l, last, same ? page : page + BIT(l->config.guest_shift), false, err);
}

/* ---- Registers and the structures that controls need ---- */

static void init_registers(struct layout *l)
{
	struct paging_state *s = &l->state;
	unsigned paging = l->config.paging;

	*s = l->config.state;
	s->cr3 = paging == PAGING_NONE ? 0 : TABLES_AT;
	s->cs_l = paging >= PAGING_4LEVEL;
	if (paging != PAGING_NONE)
		s->cr0 |= CR0_PG;
	if (paging == PAGING_32BIT)
		s->cr4 |= CR4_PSE;
	if (paging >= PAGING_PAE)
		s->cr4 |= CR4_PAE;
	if (paging >= PAGING_4LEVEL)
		s->efer |= EFER_LME | EFER_LMA;
	if (paging == PAGING_5LEVEL)
		s->cr4 |= CR4_LA57;
	s->ept = l->config.ept;
	s->hlatp = s->cr3; /* HLAT paging finds the same tables */
}

/* One table a level; the first 16 of the page's 32 regions of 128 bytes may be
 * written (SDM 3C, "Sub-Page Permission Table"). */
static bool build_sppt(struct layout *l, struct error *err)
{
	hpa_t table;

	if (!frame(l, FRAME_4K, &table, err))
		return false;
	l->state.spptp = table.v;
	for (unsigned level = 4; level > 1; level--) {
		hpa_t slot = hpa(walk_slot(9, 3, table.v, level, l->data.v));

		if (!frame(l, FRAME_4K, &table, err))
			return false;
		mem_write64(&l->arena.mem, slot, table.v | 1);
	}
	mem_write64(&l->arena.mem, hpa(walk_slot(9, 3, table.v, 1, l->data.v)), 0x55555555);
	return true;
}

static bool build_vmcs_structures(struct layout *l, struct error *err)
{
	const struct vm_controls *c = &l->config.state.controls;
	hpa_t log, area;

	if (c->pml) {
		if (!frame(l, FRAME_4K, &log, err))
			return false;
		l->state.pml_address = log.v;
		l->state.pml_inside = true;
	}
	if (c->ve) {
		if (!frame(l, FRAME_4K, &area, err))
			return false;
		l->state.ve_address = area.v;
		l->state.ve_inside = true;
	}
	return !c->spp || build_sppt(l, err);
}

static void load_pdptes(struct layout *l)
{
	for (unsigned i = 0; i < 4 && l->config.paging == PAGING_PAE; i++)
		l->state.pdpte[i] =
			mem_read64(&l->arena.mem, layout_host_of(l, gpa(TABLES_AT + 8 * i)));
}

/* ---- All of it ---- */

static bool check_config(struct layout *l, struct error *err)
{
	const struct layout_config *c = &l->config;

	l->leaf_level = c->paging == PAGING_NONE          ? 0
	                : c->guest_shift == PAGE_SHIFT_4K ? 1
	                : c->guest_shift == PAGE_SHIFT_1G ? 3
	                                                  : 2;
	if (c->paging == PAGING_NONE)
		return true;
	if ((c->guest_shift == PAGE_SHIFT_4M) != layout_narrow(l) && l->leaf_level == 2)
		error_set(err, layout_narrow(l) ? "32-bit paging has pages of 4K and 4M"
		                                : "only 32-bit paging has pages of 4M");
	else if (l->leaf_level == 3 && c->paging < PAGING_4LEVEL)
		error_set(err, "only 4-level and 5-level paging have pages of 1G");
	else
		return true;
	return false;
}

static bool init_ept(struct layout *l, struct error *err)
{
	const struct layout_config *c = &l->config;
	struct ept_frames tables = { table_alloc, table_free, l };
	const struct paging_state *s = &c->state;

	if (!c->ept)
		return true;
	enum ept_error e =
		ept_space_create(&l->space, &l->arena.mem, tables, c->ept_levels, c->ept_ad,
	                         s->ept_vpid_cap, s->maxphyaddr, &l->state.eptp);

	if (e != EPT_OK) {
		error_set(err, "no EPT of %u levels can be made: %s", c->ept_levels,
		          ept_error_text(e));
		return false;
	}
	l->state.eptp |= c->supervisor_shadow_stack ? EPTP_SSS : 0;
	enum rule rule = ept_init(&l->space.ept, l->state.eptp, s->ept_vpid_cap, s->maxphyaddr,
	                          s->controls.mbe, s->controls.pw);

	if (rule != RULE_NONE)
		error_set(err, "no EPT of %u levels can be made: %s", c->ept_levels,
		          rule_text(rule));
	return rule == RULE_NONE;
}

static bool build(struct layout *l, const struct access *a, struct error *err)
{
	uint64_t root;

	init_registers(l);
	if (!init_ept(l, err))
		return false;
	l->next_table = TABLES_AT >> PAGE_SHIFT_4K;
	if (l->leaf_level && !new_table(l, &root, err))
		return false;
	if (!map_access(l, a, err) || !build_vmcs_structures(l, err))
		return false;
	for (unsigned i = TABLES_AT >> PAGE_SHIFT_4K; i < l->next_table; i++)
		layout_mark_accessed(l, gpa((uint64_t)i << PAGE_SHIFT_4K));
	layout_mark_accessed(l, l->data);
	layout_mark_accessed(l, l->data_end);
	if (!layout_apply_edits(l, err))
		return false;
	load_pdptes(l);
	return true;
}

bool layout_init(struct layout *l, const struct layout_config *c, const struct access *access,
                 struct error *err)
{
	struct frames_config frames = { .base = FIRST_FRAME, .size = ARENA_BYTES - FIRST_FRAME };

	*l = (struct layout){ .config = *c };
	if (check_config(l, err) && arena_init(&l->arena, ARENA_BYTES, 0, err) &&
	    frames_init(&l->frames, &frames, err) && build(l, access, err))
		return true;
	layout_destroy(l);
	return false;
}

void layout_destroy(struct layout *l)
{
	frames_destroy(&l->frames);
	arena_destroy(&l->arena);
}
