/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What must make no difference: a peek, and the geometry of the caches as long
 * as nothing cached is stale. On random machines, and on the scenarios.
 */
#include "mmu/layout.h"

#include "base/assoc.h"
#include "base/bits.h"
#include "scenario/scenario.h"

#define MACHINES 4000 /* in eight lots, each machine with ACCESSES accesses */
#define ACCESSES 250
#define POOL 24 /* addresses that are mapped */

/* ---- Random machines ---- */

struct machine {
	struct layout l;
	unsigned char *first; /* memory before the first access */
	struct paging_state s;
	uint64_t pool[POOL];
	uint16_t pml_index;
};

static bool chance(uint64_t *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

/* GVAs that share tables, at every level. */
static void choose_pool(struct machine *x, enum paging_mode mode, uint64_t *random)
{
	for (unsigned i = 0; i < POOL; i++) {
		uint64_t near = i && chance(random, 80) ? x->pool[random_below(random, i)] : 0;
		static const uint8_t steps[] = { 12, 12, 12, 13, 21, 22, 30, 31, 39, 48 };
		uint64_t at = near + (UINT64_C(1) << steps[random_below(random, sizeof steps)]);

		if (mode <= PAGING_PAE)
			at &= BITS(31, 12);
		else if (mode == PAGING_4LEVEL)
			at &= BITS(46, 12);
		else
			at &= BITS(55, 12);
		x->pool[i] = at;
	}
}

static void map_guest(struct machine *x, struct tree *t, enum paging_mode mode, bool gbpages,
		      uint64_t *random)
{
	for (unsigned l = 0; l < 7; l++)
		t->where[l] = (uint8_t)random_below(random, 3);
	for (unsigned i = 0; i < POOL; i++) {
		unsigned level = chance(random, 70) ? 1 : 2 + (mode >= PAGING_4LEVEL && gbpages && chance(random, 40));
		/* Data pages: at 3G and above, or among the tables. */
		uint64_t page = (chance(random, 95) ? 3 * G1 + (random_below(random, 64) << 20) : 0) & BITS(31, 20);

		page |= random_below(random, 64) << 12;
		if (level > 1)
			page &= level == 3 ? ~(G1 - 1) : ~(2 * M2 - 1);
		/* A table may be a page already, or the other way round. */
		uint64_t slot = 0, table = t->root;
		bool taken = false;

		for (unsigned l = t->levels; l > level; l--) {
			slot = table + ((x->pool[i] >> (12 + t->index_bits * (l - 1)) & (BIT(t->index_bits) - 1))
					<< t->entry_shift);
			uint64_t entry = tree_read(t, slot);

			if (!(entry & PTE_P))
				break;
			if (l <= 3 && entry & PTE_PS) {
				taken = true;
				break;
			}
			table = entry & PTE_ADDRESS & (G1 - 1);
		}
		if (taken || (tree_read(t, tree_slot(t, level, x->pool[i])) & PTE_P))
			continue;
		tree_set(t, level, x->pool[i],
			 page | FLAGS_ALL | (level > 1 ? PTE_PS : 0) | (chance(random, 50) ? PTE_D : 0) |
				 (chance(random, 30) ? PTE_G : 0) | (chance(random, 20) ? PTE_RESTART : 0));
	}
}

static void map_ept(struct tree *ept, uint64_t *random)
{
	layout_map_tables(ept);
	for (uint64_t at = 3 * G1; at < 3 * G1 + (UINT64_C(64) << 20); at += M2) {
		if (chance(random, 40)) {
			tree_set(ept, 2, at, ept_leaf(at & BITS(29, 21), 2));
			continue;
		}
		for (unsigned i = 0; i < 64; i++) {
			uint64_t leaf = ept_leaf(random_below(random, 1u << 24) << 12, 1);

			if (chance(random, 30))
				leaf = (leaf & ~EPT_W) | EPT_SPP;
			tree_set(ept, 1, at + i * PAGE_SIZE_4K + (chance(random, 50) ? M2 / 2 : 0), leaf);
		}
	}
}

/* Guest-paging verification: some pages ask for it, many tables are paging-write. */
static void scatter_paging_write(struct machine *x, uint64_t from, uint64_t to, uint64_t *random)
{
	for (uint64_t at = from; at < to; at += 8) {
		uint64_t entry;

		memcpy(&entry, x->l.ram + at, 8);
		if (entry)
			entry |= (chance(random, 75) ? EPT_PWA : 0) | (chance(random, 20) ? EPT_VGP : 0);
		memcpy(x->l.ram + at, &entry, 8);
	}
}

/* Rights, flags and reserved bits go wrong here and there. */
static void spoil(struct machine *x, uint64_t from, uint64_t to, unsigned per_mille, uint64_t *random)
{
	static const uint8_t bits[] = { 0, 1, 1, 1, 2, 2, 2, 3, 5, 5, 6, 6, 7, 8, 8, 9, 9, 10, 11, 51, 57, 58, 60, 61,
					61, 63, 63 };

	for (uint64_t at = from; at < to; at += 8) {
		uint64_t entry;

		memcpy(&entry, x->l.ram + at, 8);
		if (entry && random_below(random, 1000) < per_mille)
			entry ^= BIT(bits[random_below(random, sizeof bits)]);
		memcpy(x->l.ram + at, &entry, 8);
	}
}

static void choose_controls(struct machine *x, uint64_t *random)
{
	struct paging_state *s = &x->s;
	struct vm_controls *c = &s->controls;

	c->mbe = chance(random, 30);
	c->pml = chance(random, 30);
	c->spp = chance(random, 60);
	c->pw = chance(random, 30);
	c->vgp = chance(random, 50);
	c->ve = chance(random, 30);
	c->hlat = chance(random, 30);
	s->eptp |= (chance(random, 50) ? EPTP_AD : 0) | (chance(random, 30) ? EPTP_SSS : 0);
	s->pml_inside = s->ve_inside = chance(random, 80);
	s->pml_address = layout_frame(&x->l);
	s->ve_address = layout_frame(&x->l);
	x->pml_index = (uint16_t)(chance(random, 70) ? 511 : random_below(random, 20));
}

static void choose_state(struct machine *x, enum paging_mode mode, uint64_t *random)
{
	struct paging_state *s = &x->s;

	s->cr0 ^= chance(random, 30) ? CR0_WP : 0;
	s->cr4 |= random_next(random) & (CR4_SMEP | CR4_SMAP | CR4_PKE | CR4_PKS | CR4_PGE);
	if (mode == PAGING_PAE || mode >= PAGING_4LEVEL)
		s->efer ^= chance(random, 20) ? EFER_NXE : 0;
	s->vpid = (uint16_t)random_below(random, 3);
	s->knobs.accessed_on_fault = chance(random, 30);
	s->knobs.ept_accessed_on_fault = chance(random, 30);
	s->knobs.flags_before_final = chance(random, 70);
	s->knobs.rmw_sets_read = chance(random, 30);
}

static void machine_init(struct machine *x, uint64_t *random)
{
	enum paging_mode mode = chance(random, 10) ? PAGING_NONE : 1 + random_below(random, 4);
	bool ept = chance(random, 80);

	layout_init(&x->l, 4);
	choose_pool(x, mode, random);
	x->s = layout_state(mode, 0);
	if (ept) {
		struct tree t = tree_ept(&x->l, 4 + random_below(random, 2));
		uint64_t from = x->l.next;

		map_ept(&t, random);
		layout_use_ept(&x->s, &t);
		choose_controls(x, random);
		if (x->s.controls.pw)
			scatter_paging_write(x, from, x->l.next, random);
		spoil(x, from, x->l.next, chance(random, 50) ? 20 : 1, random);
		/* SPPT: L1 entries mostly of even bits. */
		struct tree sppt = { &x->l, layout_frame(&x->l), 4, 9, 3, 1, 0, { 0 } };

		x->s.spptp = sppt.root;
		for (uint64_t at = 3 * G1; at < 3 * G1 + (UINT64_C(16) << 20); at += PAGE_SIZE_4K)
			tree_set(&sppt, 1, at,
				 random_next(random) & (chance(random, 60) ? UINT64_C(0x5555555555555555) : ~UINT64_C(0)));
	}
	choose_state(x, mode, random);
	if (mode != PAGING_NONE) {
		struct tree guest = tree_guest(&x->l, mode), hlat = tree_guest(&x->l, mode);
		uint64_t from = x->l.next;

		x->s.knobs.gbpages = chance(random, 90);
		map_guest(x, &guest, mode, x->s.knobs.gbpages, random);
		/* PAE: the registers stay as they are; native: one place only. */
		if (!ept)
			for (uint64_t at = guest.root; at < x->l.next; at += 4) {
				uint32_t cell;

				memcpy(&cell, x->l.ram + at, 4);
				if ((at % 8 == 0 || mode == PAGING_32BIT) && cell & 1 && cell < 3 * G1)
					cell &= G1 - 1;
				memcpy(x->l.ram + at, &cell, 4);
			}
		x->s.cr3 = guest.root + (ept ? guest.where[guest.levels] * G1 : 0);
		if (x->s.controls.hlat && mode >= PAGING_4LEVEL) {
			map_guest(x, &hlat, mode, x->s.knobs.gbpages, random);
			x->s.hlatp = hlat.root + hlat.where[hlat.levels] * G1;
			x->s.hlat_prefix = chance(random, 80) ? 0 : 1;
		}
		spoil(x, from, x->l.next, chance(random, 70) ? 15 : 1, random);
	}
	x->first = malloc(x->l.next);
	memcpy(x->first, x->l.ram, x->l.next);
}

static void machine_free(struct machine *x)
{
	free(x->first);
	layout_free(&x->l);
}

static struct access random_access(const struct machine *x, uint64_t *random)
{
	static const uint16_t sizes[] = { 1, 2, 4, 8, 16, 64, 4096 };
	struct access a = { .gva = gva(x->pool[random_below(random, POOL)] + random_below(random, PAGE_SIZE_4K)),
			    .size = sizes[random_below(random, 7)],
			    .type = (uint8_t)random_below(random, ACCESS_TYPES) };

	if (chance(random, 10))
		a.gva.v = random_next(random);
	if (x->s.controls.hlat && chance(random, 30))
		a.gva.v |= BITS(63, 56);
	if (a.type != ACCESS_FETCH && chance(random, 20)) {
		a.shadow_stack = true;
		a.user = chance(random, 20);
	}
	a.implicit = !a.user && a.type != ACCESS_FETCH && chance(random, 10);
	a.stack = chance(random, 10);
	return a;
}

/* ---- Comparing ---- */

static bool same_fault(const struct fault *a, const struct fault *b)
{
	return a->kind == b->kind && a->rule == b->rule && a->vector == b->vector &&
	       a->error_code == b->error_code && a->qualification == b->qualification && a->cr2.v == b->cr2.v &&
	       a->gla_valid == b->gla_valid && a->gla.v == b->gla.v && a->gpa_valid == b->gpa_valid &&
	       a->gpa.v == b->gpa.v && a->exit_reason == b->exit_reason && a->page2 == b->page2 &&
	       a->dimension == b->dimension && a->level == b->level;
}

/* Everything that does not say where it came from. */
static bool same(const struct translation *a, const struct translation *b)
{
	if (a->outcome != b->outcome)
		return false;
	if (a->outcome != OUTCOME_OK)
		return same_fault(&a->fault, &b->fault);
	if (a->pages != b->pages)
		return false;
	for (unsigned i = 0; i < a->pages; i++)
		if (a->page[i].hpa.v != b->page[i].hpa.v || a->page[i].type != b->page[i].type)
			return false;
	return true;
}

struct run {
	struct translation t[ACCESSES];
	uint64_t refs; /* a hash of the references made */
	unsigned char *ram;
	uint16_t pml_index;
	unsigned outcomes[OUTCOME_COUNT];
};

static uint64_t hash_refs(uint64_t hash, const struct mmu *m)
{
	size_t count;
	const struct ref *r = mmu_refs(m, &count);

	for (size_t i = 0; i < count; i++) {
		hash = (hash ^ r[i].hpa.v ^ r[i].value << 7) * UINT64_C(0x100000001b3);
		hash = (hash ^ r[i].kind ^ (uint64_t)r[i].guest_level << 8 ^ (uint64_t)r[i].ept_level << 16 ^
			(uint64_t)r[i].flags << 24) *
		       UINT64_C(0x100000001b3);
	}
	return hash;
}

enum peeks {
	NO_PEEKS,
	PEEKS,	   /* before each access: that one and another; both must not show */
	SAME_REFS, /* and the peek makes the references of the access: without caches */
};

static void check_peeks(struct mmu *m, const struct machine *x, const struct access *a, enum peeks peeks,
			uint64_t *random, struct translation peeked[2], hpa_t *hpa, enum outcome *to)
{
	struct access other = random_access(x, random);
	struct translation t;

	if (mmu_peek(m, &other, chance(random, 50), &t) != t.outcome)
		ck_abort_msg("outcome");
	if (mmu_peek(m, a, false, &peeked[0]) != peeked[0].outcome)
		ck_abort_msg("outcome");
	*to = gva2hpa(m, a->gva, hpa);
	mmu_refs_clear(m);
	if (mmu_peek(m, a, true, &peeked[1]) != peeked[1].outcome)
		ck_abort_msg("outcome");
	(void)peeks;
}

static void run(struct machine *x, const struct mmu_geometry *g, uint64_t seed, enum peeks peeks,
		struct run *out)
{
	struct mmu *m = mmu_create(&x->l.mem, g);
	uint64_t random = seed, peek_random = seed + 1;
	struct translation t;

	ck_assert_ptr_nonnull(m);
	memset(out, 0, sizeof *out);
	memcpy(x->l.ram, x->first, x->l.next);
	mmu_set_pml_index(m, x->pml_index);
	enum outcome entered = mmu_enter(m, &x->s, false, &t);

	out->t[0] = t;
	for (unsigned i = 0; entered == OUTCOME_OK && i < ACCESSES; i++) {
		struct access a = random_access(x, &random);
		struct translation peeked[2];
		enum outcome to = OUTCOME_OK;
		hpa_t hpa = { 0 };
		uint64_t peeked_refs = 0;

		if (chance(&random, 10))
			mmu_set_privilege(m, chance(&random, 50) ? 3 : 0, chance(&random, 50),
					  (uint32_t)random_next(&random), (uint32_t)random_next(&random));
		if (peeks != NO_PEEKS) {
			check_peeks(m, x, &a, peeks, &peek_random, peeked, &hpa, &to);
			peeked_refs = hash_refs(0, m);
		}
		mmu_refs_clear(m);
		enum outcome o = mmu_translate(m, &a, &out->t[i]);

		out->outcomes[o]++;
		out->refs = hash_refs(out->refs, m);
		if (peeks == NO_PEEKS)
			continue;
		for (unsigned p = 0; p < 2; p++)
			expect(same(&peeked[p], &out->t[i]), "access %u: peek %u says %s, %s; the access %s, %s", i, p,
			       outcome_name(peeked[p].outcome), rule_name(peeked[p].fault.rule), outcome_name(o),
			       rule_name(out->t[i].fault.rule));
		if (peeks == SAME_REFS)
			expect(peeked_refs == hash_refs(0, m), "access %u: other references", i);
		/* gva2hpa is a read whose guest rights nobody judges. */
		bool refused = o == OUTCOME_PF &&
		               (out->t[i].fault.error_code & (PF_P | PF_RSVD)) == PF_P;

		if (a.type == ACCESS_READ && !a.shadow_stack && out->t[i].pages == 1 && !refused)
			expect(to == o && (o != OUTCOME_OK || hpa.v == out->t[i].page[0].hpa.v), "access %u: gva2hpa %s", i,
			       outcome_name(to));
	}
	out->ram = malloc(x->l.next);
	memcpy(out->ram, x->l.ram, x->l.next);
	out->pml_index = mmu_pml_index(m);
	mmu_destroy(m);
}

static void check_same_run(const struct machine *x, const struct run *a, const struct run *b, const char *what)
{
	for (unsigned i = 0; i < ACCESSES; i++)
		expect(same(&a->t[i], &b->t[i]), "%s, access %u: %s %s, and %s %s", what, i,
		       outcome_name(a->t[i].outcome), rule_name(a->t[i].fault.rule), outcome_name(b->t[i].outcome),
		       rule_name(b->t[i].fault.rule));
	expect(memcmp(a->ram, b->ram, x->l.next) == 0, "%s: memory differs", what);
	expect(a->pml_index == b->pml_index, "%s: PML index", what);
}

/* ---- Random geometries ---- */

static struct cache_geometry random_cache(uint64_t *random)
{
	struct cache_geometry g;

	if (chance(random, 25))
		return (struct cache_geometry){ 0, 0, 0, 0 };
	do {
		g.sets = 1 + (uint32_t)random_below(random, 8);
		g.ways = 1 + (uint32_t)random_below(random, 12);
		g.hash = (uint8_t)random_below(random, 3);
		g.policy = (uint8_t)random_below(random, 5);
	} while (!assoc_geometry_ok(g.sets, g.ways, g.hash, g.policy));
	return g;
}

static struct mmu_geometry random_geometry(uint64_t *random)
{
	struct mmu_geometry g = { .tlbs = (unsigned)random_below(random, 5), .seed = random_next(random) };

	for (unsigned i = 0; i < g.tlbs; i++) {
		struct tlb_geometry *t = &g.tlb[i];

		t->name = "tlb";
		t->geometry = random_cache(random);
		t->serves = (uint8_t)(1 + random_below(random, 7));
		t->level = i < 2 || chance(random, 50) ? 1 : 2;
		for (unsigned p = 0; p < TLB_PAGES && t->geometry.ways; p++) {
			t->ways[p].first = (uint16_t)random_below(random, t->geometry.ways);
			t->ways[p].count = (uint16_t)random_below(random, t->geometry.ways - t->ways[p].first + 1u);
			if (t->geometry.policy == ASSOC_MRU3_PLRU4) {
				t->ways[p].first = 0;
				t->ways[p].count = chance(random, 50) ? 12 : 0;
			}
		}
	}
	for (unsigned level = 2; level <= 5; level++) {
		g.guest_psc[level] = random_cache(random);
		g.ept_psc[level] = random_cache(random);
	}
	g.nested = random_cache(random);
	return g;
}

/* Every machine: cold, with large caches, with two random geometries; and each
 * with peeks in between. */
START_TEST(machines)
{
	uint64_t random = random_seed() + ((uint64_t)_i << 32);
	static struct run runs[6];
	unsigned outcomes[OUTCOME_COUNT] = { 0 };

	for (unsigned n = 0; n < MACHINES / 8; n++) {
		struct machine x = { 0 };
		struct mmu_geometry none = mmu_geometry_none(), large = mmu_geometry_everything();
		struct mmu_geometry odd[2] = { random_geometry(&random), random_geometry(&random) };

		machine_init(&x, &random);
		uint64_t seed = random_next(&random);

		run(&x, &none, seed, NO_PEEKS, &runs[0]);
		run(&x, &none, seed, SAME_REFS, &runs[1]);
		run(&x, &large, seed, PEEKS, &runs[2]);
		run(&x, &odd[0], seed, NO_PEEKS, &runs[3]);
		run(&x, &odd[0], seed, PEEKS, &runs[4]);
		run(&x, &odd[1], seed, NO_PEEKS, &runs[5]);
		check_same_run(&x, &runs[0], &runs[1], "peeks, no caches");
		check_same_run(&x, &runs[0], &runs[2], "large caches");
		check_same_run(&x, &runs[0], &runs[3], "a random geometry");
		check_same_run(&x, &runs[0], &runs[4], "a random geometry with peeks");
		check_same_run(&x, &runs[0], &runs[5], "another random geometry");
		ck_assert_uint_eq(runs[0].refs, runs[1].refs);
		ck_assert_uint_eq(runs[3].refs, runs[4].refs);
		for (unsigned o = 0; o < OUTCOME_COUNT; o++)
			outcomes[o] += runs[0].outcomes[o];
		for (unsigned r = 0; r < 6; r++)
			free(runs[r].ram);
		machine_free(&x);
	}
	/* The machines must not all be dull. */
	for (enum outcome o = 0; o <= OUTCOME_SPP_MISCONFIG; o++)
		if (o != OUTCOME_ENTRY_FAIL)
			ck_assert_msg(outcomes[o] >= 10, "%s: only %u", outcome_name(o), outcomes[o]);
}
END_TEST

/* ---- The scenarios ---- */

/* One step; the scenario language's own runner has no place for a peek. */
static enum outcome step(struct mmu *m, const struct step *s, struct cells *cells, struct translation *t)
{
	switch ((enum step_kind)s->kind) {
	case STEP_ACCESS:
		return mmu_translate(m, &s->access, t);
	case STEP_STORE:
		cells_write_list(cells, &s->store);
		return OUTCOME_OK;
	case STEP_MOV_CR3:
		return mmu_mov_cr3(m, s->value, t);
	case STEP_MOV_CR0:
		return mmu_mov_cr0(m, s->value, t);
	case STEP_MOV_CR4:
		return mmu_mov_cr4(m, s->value, t);
	case STEP_INVLPG:
		mmu_invlpg(m, s->invlpg);
		return OUTCOME_OK;
	case STEP_INVPCID:
		return mmu_invpcid(m, s->invpcid.type, s->invpcid.pcid, s->invpcid.gva);
	case STEP_INVEPT:
		return mmu_invept(m, s->invept.type, s->invept.eptp);
	case STEP_INVVPID:
		return mmu_invvpid(m, s->invvpid.type, s->invvpid.vpid, s->invvpid.gva);
	case STEP_VMFUNC:
		return mmu_vmfunc(m, s->vmfunc.ecx, s->vmfunc.eptp_list, s->vmfunc.eptp_count);
	case STEP_VM_ENTRY:
		mmu_vm_entry(m, s->vm_entry.vpid_given ? s->vm_entry.vpid : mmu_state(m)->vpid);
		return OUTCOME_OK;
	default:
		mmu_vm_exit(m);
		return OUTCOME_OK;
	}
}

/* Hash of all that a run shows. */
static uint64_t run_scenario(const struct scenario *s, bool peeks, uint64_t seed)
{
	struct mmu_geometry g = mmu_geometry_everything();
	struct cells *cells = cells_create();
	struct mem mem = cells_mem(cells);
	struct mmu *m = mmu_create(&mem, &g);
	struct pool pool = { 0 };
	struct translation t = { 0 };
	uint64_t hash = 0;

	cells_write_list(cells, &s->mem);
	mmu_set_pml_index(m, s->pml_index);
	if (mmu_enter(m, &s->state, s->pdpte_given, &t) == OUTCOME_OK)
		for (size_t i = 0; i < s->step_count; i++) {
			for (unsigned p = 0; peeks && p < 3; p++) {
				const struct step *of = &s->steps[random_below(&seed, s->step_count)];
				struct access a = of->kind == STEP_ACCESS ?
							  of->access :
							  layout_access(ACCESS_READ, random_next(&seed) >> 16);

				if (chance(&seed, 50))
					a.type = (uint8_t)random_below(&seed, ACCESS_TYPES);
				if (mmu_peek(m, &a, p, &t) != t.outcome)
					ck_abort_msg("outcome");
			}
			mmu_refs_clear(m);
			memset(&t, 0, sizeof t);
			enum outcome o = step(m, &s->steps[i], cells, &t);

			hash = hash_refs(hash * 31 + o, m) + t.fault.qualification + t.fault.error_code +
			       mmu_pml_index(m);
			if (o == OUTCOME_OK && s->steps[i].kind == STEP_ACCESS)
				hash = hash * 31 + t.page[0].hpa.v + t.page[0].source;
		}
	struct cell_list changed = cells_changed(cells, &pool);

	for (size_t i = 0; i < changed.count; i++)
		hash = hash * 31 + (changed.cells[i].at.v ^ changed.cells[i].value);
	pool_free(&pool);
	mmu_destroy(m);
	cells_free(cells);
	return hash;
}

START_TEST(scenarios)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	uint64_t random = random_seed();
	unsigned count = 0;

	if (scenario_reader_open(r, "tests/data/scenarios.jsonl"))
		ck_abort_msg("%s", scenario_reader_error(r));
	while (scenario_read(r, &s) == 1) {
		uint64_t plain = run_scenario(s, false, 0);

		for (unsigned i = 0; i < 3; i++)
			ck_assert_msg(run_scenario(s, true, random_next(&random)) == plain, "%s: a peek shows", s->id);
		count++;
	}
	ck_assert_uint_ge(count, 1000);
	scenario_reader_free(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peek");
	TCase *tc = tcase_create("peek");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, machines, 0, 8);
	tcase_add_test(tc, scenarios);
	suite_add_tcase(suite, tc);
	return layout_run(suite);
}
