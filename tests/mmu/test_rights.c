/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Guest access rights, exhaustively: every combination of the rights bits at
 * every level, of the control registers and of the kinds of access, against the
 * rules written down flat.
 */
#include "mmu/layout.h"

#define GVA UINT64_C(0x40001000)

/* ---- The rules ---- */

struct bits {
	bool p, rw, us, xd;
};

/* What the rules look at. */
struct question {
	unsigned mode, levels;
	struct bits entry[6]; /* by level, levels .. 1 */
	bool dirty;	      /* of the leaf */
	bool user_cpl, wp, smep, smap, ac, nxe, pke, pks;
	uint32_t pkru, pkrs; /* AD and WD of the page's key */
	bool write, fetch, implicit, wruss, shadow_stack;
};

struct answer {
	bool fault;
	unsigned code;
	unsigned level; /* of the entry that ended the walk; 0: rights */
};

static struct answer the_rules(const struct question *q)
{
	bool user_access = q->wruss || (q->user_cpl && !q->implicit);
	bool pae_or_more = q->mode >= PAGING_PAE, long_mode = q->mode >= PAGING_4LEVEL;
	bool U = true, W = true, X = true, W_above = true;
	unsigned code = 0;

	/* Section 5: bits 1, 2, 4, 6 are the access's own. */
	if (q->write)
		code |= 1 << 1;
	if (user_access)
		code |= 1 << 2;
	if (q->fetch && (q->smep || (q->nxe && pae_or_more)))
		code |= 1 << 4;
	if (q->shadow_stack)
		code |= 1 << 6;
	/* Section 3: P, then reserved bits, level by level. Of these bits only XD can be reserved. */
	for (unsigned l = q->levels; l >= 1; l--) {
		const struct bits *e = &q->entry[l];

		if (!e->p)
			return (struct answer){ true, code, l };
		if (pae_or_more && e->xd && !q->nxe)
			return (struct answer){ true, code | 1 << 0 | 1 << 3, l };
	}
	code |= 1 << 0;
	/* Section 4: the whole walk. */
	for (unsigned l = q->levels; l >= 1; l--) {
		U = U && q->entry[l].us;
		W = W && q->entry[l].rw;
		X = X && !(q->entry[l].xd && q->nxe && pae_or_more);
		if (l > 1)
			W_above = W_above && q->entry[l].rw;
	}
	bool ok;

	if (q->shadow_stack)
		ok = W_above && !q->entry[1].rw && q->dirty && U == user_access;
	else if (user_access)
		ok = U && (!q->write || W) && (!q->fetch || X);
	else if (q->fetch)
		ok = X && !(q->smep && U);
	else {
		ok = !q->write || !q->wp || W;
		if (q->smap && U && !(q->ac && !q->implicit))
			ok = false;
	}
	bool key = false;

	if (long_mode && !q->fetch && U && q->pke)
		key = q->pkru & 1 || (q->pkru & 2 && q->write && (user_access || q->wp));
	if (long_mode && !q->fetch && !U && q->pks)
		key = q->pkrs & 1 || (q->pkrs & 2 && q->write && q->wp);
	if (key)
		code |= 1 << 5;
	return (struct answer){ !ok || key, code, 0 };
}

/* ---- The kinds of access ---- */

static const struct kind {
	const char *name;
	enum access_type type;
	bool implicit, wruss, shadow_stack;
} kinds[] = {
	{ "read", ACCESS_READ, false, false, false },
	{ "write", ACCESS_WRITE, false, false, false },
	{ "read-modify-write", ACCESS_RMW, false, false, false },
	{ "fetch", ACCESS_FETCH, false, false, false },
	{ "implicit read", ACCESS_READ, true, false, false },
	{ "implicit write", ACCESS_WRITE, true, false, false },
	{ "implicit read-modify-write", ACCESS_RMW, true, false, false },
	{ "shadow-stack read", ACCESS_READ, false, false, true },
	{ "shadow-stack write", ACCESS_WRITE, false, false, true },
	{ "shadow-stack read-modify-write", ACCESS_RMW, false, false, true },
	{ "implicit shadow-stack read", ACCESS_READ, true, false, true },
	{ "implicit shadow-stack write", ACCESS_WRITE, true, false, true },
	{ "WRUSS", ACCESS_WRITE, false, true, true },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* ---- The machine ---- */

#define KEY 9 /* the page's */

struct machine {
	struct layout l;
	struct tree guest;
	struct mmu *m;
	unsigned mode, levels, top;
	uint64_t slot[6], address[6]; /* by level */
	struct paging_state base;
};

static void machine_init(struct machine *x, unsigned mode)
{
	struct mmu_geometry none = mmu_geometry_none();

	layout_init(&x->l, 1);
	x->mode = mode;
	x->guest = tree_guest(&x->l, mode);
	tree_set(&x->guest, 1, GVA, guest_leaf(0x5000, 1));
	x->base = layout_state(mode, x->guest.root);
	/* PAE: level 3 are registers. */
	x->levels = mode == PAGING_PAE ? 2 : x->guest.levels;
	for (unsigned l = 1; l <= x->levels; l++) {
		x->slot[l] = tree_slot(&x->guest, l, GVA);
		x->address[l] = tree_read(&x->guest, x->slot[l]) & PTE_ADDRESS;
	}
	x->m = mmu_create(&x->l.mem, &none);
	ck_assert_ptr_nonnull(x->m);
}

static void machine_free(struct machine *x)
{
	mmu_destroy(x->m);
	layout_free(&x->l);
}

static void put_entry(const struct machine *x, const struct question *q, unsigned level)
{
	const struct bits *e = &q->entry[level];
	uint64_t entry = x->address[level] | PTE_A | (e->p ? PTE_P : 0) | (e->rw ? PTE_RW : 0) |
			 (e->us ? PTE_US : 0);

	if (x->mode >= PAGING_PAE)
		entry |= e->xd ? PTE_XD : 0;
	if (level == 1 && q->dirty)
		entry |= PTE_D;
	if (level == 1 && x->mode >= PAGING_4LEVEL)
		entry |= (uint64_t)KEY << PTE_KEY_SHIFT;
	tree_write(&x->guest, x->slot[level], entry);
}

/* The control registers; other keys say the opposite. */
static void put_state(const struct machine *x, const struct question *q)
{
	struct paging_state s = x->base;
	uint32_t others = ~(UINT32_C(3) << (2 * KEY));

	s.cr0 = (s.cr0 & ~CR0_WP) | (q->wp ? CR0_WP : 0);
	s.cr4 |= (q->smep ? CR4_SMEP : 0) | (q->smap ? CR4_SMAP : 0) | (q->pke ? CR4_PKE : 0) |
		 (q->pks ? CR4_PKS : 0);
	s.efer = (s.efer & ~EFER_NXE) | (q->nxe ? EFER_NXE : 0);
	s.cpl = q->user_cpl ? 3 : 0;
	s.ac = q->ac;
	/* Key 0 is what a page without keys would have. */
	s.pkru = q->pkru << (2 * KEY) | (others & UINT32_C(0xf0f0f0ff));
	s.pkrs = q->pkrs << (2 * KEY) | (others & UINT32_C(0x0f0f0fff));
	layout_enter(x->m, &s);
}

static void ask(const struct machine *x, struct question *q)
{
	for (unsigned k = 0; k < KINDS; k++) {
		const struct kind *kind = &kinds[k];
		struct access a = layout_access(kind->type, GVA);
		struct translation t;

		a.implicit = kind->implicit;
		a.user = kind->wruss;
		a.shadow_stack = kind->shadow_stack;
		q->write = kind->type == ACCESS_WRITE || kind->type == ACCESS_RMW;
		q->fetch = kind->type == ACCESS_FETCH;
		q->implicit = kind->implicit;
		q->wruss = kind->wruss;
		q->shadow_stack = kind->shadow_stack;
		struct answer expected = the_rules(q);
		enum outcome got = mmu_peek(x->m, &a, false, &t);

		expect(expected.fault ? got == OUTCOME_PF && t.fault.error_code == expected.code &&
						t.fault.cr2.v == GVA &&
						t.fault.level == (expected.level ? expected.level : 1) :
					got == OUTCOME_OK && t.page[0].hpa.v == 0x5000,
		       "mode %u, CPL %d, WP %d, SMEP %d, SMAP %d, AC %d, NXE %d, keys %d %d %x %x, dirty %d, "
		       "leaf %d%d%d%d, %s: %s %x, not %s %x",
		       x->mode, q->user_cpl ? 3 : 0, q->wp, q->smep, q->smap, q->ac, q->nxe, q->pke, q->pks,
		       q->pkru, q->pkrs, q->dirty, q->entry[1].p, q->entry[1].rw, q->entry[1].us,
		       q->entry[1].xd, kind->name, outcome_name(got), t.fault.error_code,
		       expected.fault ? "pf" : "ok", expected.code);
	}
}

/* All 64 settings of the registers but the keys. */
static void set_registers(struct question *q, unsigned n)
{
	q->user_cpl = n & 1;
	q->wp = n & 2;
	q->smep = n & 4;
	q->smap = n & 8;
	q->ac = n & 16;
	q->nxe = n & 32;
}

static const unsigned modes[] = { PAGING_32BIT, PAGING_PAE, PAGING_4LEVEL, PAGING_5LEVEL };

/* R/W, U/S, XD of every level. */
START_TEST(levels)
{
	struct machine x;

	machine_init(&x, modes[_i]);
	unsigned bits = modes[_i] == PAGING_32BIT ? 2 : 3, combinations = 1u << (bits * x.levels);

	for (unsigned registers = 0; registers < 64; registers++) {
		struct question q = { .mode = x.mode, .levels = x.levels };

		set_registers(&q, registers);
		put_state(&x, &q);
		for (unsigned c = 0; c < combinations; c++) {
			for (unsigned l = 1; l <= x.levels; l++) {
				unsigned e = c >> (bits * (l - 1)) & 7;

				q.entry[l] = (struct bits){ true, e & 1, e & 2, bits == 3 && e & 4 };
				put_entry(&x, &q, l);
			}
			for (int dirty = 0; dirty < 2; dirty++) {
				q.dirty = dirty;
				put_entry(&x, &q, 1);
				ask(&x, &q);
			}
		}
	}
	machine_free(&x);
}
END_TEST

/* P = 0 at each level, what is below never matters. */
START_TEST(not_present)
{
	struct machine x;

	machine_init(&x, modes[_i]);
	for (unsigned registers = 0; registers < 64; registers++) {
		struct question q = { .mode = x.mode, .levels = x.levels };

		set_registers(&q, registers);
		put_state(&x, &q);
		for (unsigned c = 0; c < 1u << (2 * x.levels); c++) {
			for (unsigned l = 1; l <= x.levels; l++) {
				bool p = c >> (2 * l - 2) & 1, rest = c >> (2 * l - 1) & 1;

				q.entry[l] = (struct bits){ p, rest, rest, x.mode != PAGING_32BIT && rest };
				put_entry(&x, &q, l);
			}
			ask(&x, &q);
		}
	}
	machine_free(&x);
}
END_TEST

/* Protection keys: both registers, on and off, with the rights of the leaf and
 * of all levels above it. */
START_TEST(keys)
{
	struct machine x;

	machine_init(&x, modes[_i]);
	for (unsigned registers = 0; registers < 64 * 64; registers++) {
		struct question q = { .mode = x.mode, .levels = x.levels };

		set_registers(&q, registers % 64);
		q.pke = registers >> 6 & 1;
		q.pks = registers >> 7 & 1;
		q.pkru = registers >> 8 & 3;
		q.pkrs = registers >> 10 & 3;
		put_state(&x, &q);
		for (unsigned c = 0; c < 64; c++) {
			for (unsigned l = 1; l <= x.levels; l++) {
				unsigned e = l == 1 ? c & 7 : c >> 3;

				q.entry[l] = (struct bits){ true, e & 1, e & 2,
							    x.mode != PAGING_32BIT && e & 4 };
				put_entry(&x, &q, l);
			}
			q.dirty = true;
			put_entry(&x, &q, 1);
			ask(&x, &q);
		}
	}
	machine_free(&x);
}
END_TEST

/* The same through mmu_set_privilege(), and no fault where paging is off. */
START_TEST(privilege)
{
	struct machine x;

	machine_init(&x, PAGING_4LEVEL);
	struct question q = { .mode = PAGING_4LEVEL, .levels = 4, .dirty = true };

	for (unsigned l = 1; l <= 4; l++) {
		q.entry[l] = (struct bits){ true, true, true, false };
		put_entry(&x, &q, l);
	}
	set_registers(&q, 2 | 4 | 8 | 32);
	q.pke = true;
	put_state(&x, &q);
	for (unsigned n = 0; n < 16; n++) {
		q.user_cpl = n & 1;
		q.ac = n & 2;
		q.pkru = n >> 2;
		mmu_set_privilege(x.m, q.user_cpl ? 3 : 0, q.ac, q.pkru << (2 * KEY), 0);
		ask(&x, &q);
	}
	struct paging_state s = layout_state(PAGING_NONE, 0);

	s.cpl = 3;
	s.cr4 |= CR4_SMEP | CR4_SMAP | CR4_PKE;
	s.pkru = ~0u;
	layout_enter(x.m, &s);
	for (enum access_type type = 0; type < ACCESS_TYPES; type++) {
		struct access a = layout_access(type, 0x1234);
		struct translation t;

		ck_assert_int_eq(mmu_translate(x.m, &a, &t), OUTCOME_OK);
		ck_assert_uint_eq(t.page[0].hpa.v, 0x1234);
	}
	machine_free(&x);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rights");
	TCase *tc = tcase_create("rights");

	tcase_set_timeout(tc, 600);
	tcase_add_loop_test(tc, levels, 0, 4);
	tcase_add_loop_test(tc, not_present, 0, 4);
	tcase_add_loop_test(tc, keys, 0, 4);
	tcase_add_test(tc, privilege);
	suite_add_tcase(suite, tc);
	return layout_run(suite);
}
