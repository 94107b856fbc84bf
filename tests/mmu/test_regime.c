/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What follows from the control registers: reserved bits, bit by bit, for every
 * mode and MAXPHYADDR; which states VM entry refuses; which addresses are
 * canonical and which accesses cross a page.
 */
#include "mmu/layout.h"

#include "base/bits.h"

#include <stddef.h>

#define GVA UINT64_C(0x40001000)

/* ---- Reserved bits ---- */

/* Rows of the formats: bits hi..lo are reserved in a present entry of that mode and
 * level. N: MAXPHYADDR; M: the smaller of N and 40. A row with hi < lo is empty. */
enum when { ALWAYS, NXE_OFF, PSE_ON, GBPAGES_OFF };
#define N (-1)	      /* MAXPHYADDR */
#define M_MINUS_19 (-2) /* min(MAXPHYADDR, 40) - 19 */
#define TABLE 1
#define PAGE 2

static const struct reserved_row {
	enum paging_mode from, to; /* modes */
	unsigned top, bottom;	   /* levels */
	unsigned what;		   /* TABLE | PAGE */
	int hi, lo;
	enum when when;
} reserved_rows[] = {
	/* Every mode with 8-byte entries. */
	{ PAGING_PAE, PAGING_5LEVEL, 5, 1, TABLE | PAGE, 51, N, ALWAYS },
	{ PAGING_PAE, PAGING_5LEVEL, 5, 1, TABLE | PAGE, 63, 63, NXE_OFF },
	{ PAGING_PAE, PAGING_PAE, 2, 1, TABLE | PAGE, 62, 52, ALWAYS },
	/* PML5E and PML4E. */
	{ PAGING_4LEVEL, PAGING_5LEVEL, 5, 4, TABLE, 7, 7, ALWAYS },
	/* PDPTE and PDE with PS. */
	{ PAGING_4LEVEL, PAGING_5LEVEL, 3, 3, PAGE, 29, 13, ALWAYS },
	{ PAGING_4LEVEL, PAGING_5LEVEL, 3, 3, TABLE, 7, 7, GBPAGES_OFF },
	{ PAGING_PAE, PAGING_5LEVEL, 2, 2, PAGE, 20, 13, ALWAYS },
	/* 32-bit PDE with PS. */
	{ PAGING_32BIT, PAGING_32BIT, 2, 2, PAGE, 21, M_MINUS_19, PSE_ON },
};

struct setting {
	enum paging_mode mode;
	unsigned n;
	bool nxe, pse, gbpages;
};

static int edge(int bit, unsigned n)
{
	return bit == N ? (int)n : bit == M_MINUS_19 ? (int)(n < 40 ? n : 40) - 19 : bit;
}

static bool reserved(const struct setting *s, unsigned level, bool page, unsigned bit)
{
	for (size_t i = 0; i < sizeof reserved_rows / sizeof reserved_rows[0]; i++) {
		const struct reserved_row *r = &reserved_rows[i];
		bool now = r->when == ALWAYS || (r->when == NXE_OFF && !s->nxe) ||
			   (r->when == PSE_ON && s->pse) || (r->when == GBPAGES_OFF && !s->gbpages);

		if (now && s->mode >= r->from && s->mode <= r->to && level <= r->top &&
		    level >= r->bottom && r->what & (page ? PAGE : TABLE) &&
		    (int)bit <= edge(r->hi, s->n) && (int)bit >= edge(r->lo, s->n))
			return true;
	}
	return false;
}

static bool can_map_page(const struct setting *s, unsigned level)
{
	return level == 1 || (level == 2 && (s->mode != PAGING_32BIT || s->pse)) ||
	       (level == 3 && s->mode >= PAGING_4LEVEL && s->gbpages);
}

/* One entry with one more bit: does the walk end at this level with RSVD? */
static void try_bit(struct mmu *m, struct tree *t, const struct setting *s, unsigned level, bool page,
		    unsigned bit)
{
	uint64_t slot = tree_slot(t, level, GVA), before = tree_read(t, slot), entry = before;
	struct access a = layout_access(ACCESS_READ, GVA);
	struct translation tr;

	if (page && level > 1)
		entry |= PTE_PS;
	if (entry >> bit & 1)
		return; /* P, R/W, U/S, A; PS where it makes a page; an address bit in use */
	entry |= UINT64_C(1) << bit;
	/* With PS a table entry becomes a page's. */
	bool is_page = page || (bit == 7 && can_map_page(s, level));
	bool bad = false;

	for (unsigned b = 0; b < 64; b++)
		bad = bad || (entry >> b & 1 && reserved(s, level, is_page, b));
	tree_write(t, slot, entry);
	enum outcome o = mmu_peek(m, &a, false, &tr);

	tree_write(t, slot, before);
	bool got = o == OUTCOME_PF && tr.fault.error_code & PF_RSVD && tr.fault.level == level;

	expect(got == bad, "mode %u, MAXPHYADDR %u, NXE %d, PSE %d, gbpages %d, level %u, %s, bit %u: %s",
	       s->mode, s->n, s->nxe, s->pse, s->gbpages, level, page ? "page" : "table", bit,
	       got ? "reserved" : "not reserved");
	if (got)
		expect(tr.fault.error_code == (PF_P | PF_RSVD), "error code %x", tr.fault.error_code);
	/* A P = 0 entry may hold anything. */
	tree_write(t, slot, entry & ~PTE_P);
	o = mmu_peek(m, &a, false, &tr);
	tree_write(t, slot, before);
	expect(o == OUTCOME_PF && tr.fault.error_code == 0, "not present: %s %x", outcome_name(o),
	       tr.fault.error_code);
}

static void try_setting(const struct setting *set)
{
	struct mmu_geometry none = mmu_geometry_none();
	struct layout l;

	layout_init(&l, 1);
	struct tree t = tree_guest(&l, set->mode);

	/* An entry for a page at address 0 has no address bit set. */
	tree_set(&t, 1, GVA, FLAGS_ALL);
	struct paging_state s = layout_state(set->mode, t.root);

	s.maxphyaddr = (uint8_t)set->n;
	s.efer = (s.efer & ~EFER_NXE) | (set->nxe ? EFER_NXE : 0);
	s.cr4 = (s.cr4 & ~CR4_PSE) | (set->pse ? CR4_PSE : 0);
	s.knobs.gbpages = set->gbpages;
	struct mmu *m = mmu_create(&l.mem, &none);

	layout_enter(m, &s);
	unsigned levels = set->mode == PAGING_PAE ? 2 : t.levels;

	for (unsigned level = 1; level <= levels; level++)
		for (unsigned bit = 1; bit < (set->mode == PAGING_32BIT ? 32u : 64u); bit++) {
			if (level > 1)
				try_bit(m, &t, set, level, false, bit);
			if (can_map_page(set, level)) {
				uint64_t slot = tree_slot(&t, level, GVA), before = tree_read(&t, slot);

				tree_write(&t, slot, FLAGS_ALL);
				try_bit(m, &t, set, level, true, bit);
				tree_write(&t, slot, before);
			}
		}
	mmu_destroy(m);
	layout_free(&l);
}

START_TEST(reserved_bits)
{
	for (enum paging_mode mode = PAGING_32BIT; mode <= PAGING_5LEVEL; mode++)
		for (unsigned n = 0; n < 8; n++)
			try_setting(&(struct setting){ mode, (unsigned)_i, n & 1, n & 2, n & 4 });
}
END_TEST

/* PSE-36: address bits 39:32 come from bits 20:13, as far as MAXPHYADDR reaches. */
START_TEST(pse36)
{
	struct mmu_geometry none = mmu_geometry_none();
	struct layout l;

	layout_init(&l, 1);
	struct tree t = tree_guest(&l, PAGING_32BIT);
	struct paging_state s = layout_state(PAGING_32BIT, t.root);
	struct mmu *m = mmu_create(&l.mem, &none);

	s.maxphyaddr = 52;
	layout_enter(m, &s);
	for (unsigned bit = 12; bit <= 31; bit++) {
		struct access a = layout_access(ACCESS_READ, GVA + 0x234567);
		struct translation tr;
		uint64_t expected = bit >= 22 ? UINT64_C(1) << bit :
				    bit >= 13 ? UINT64_C(1) << (bit + 19) :
						0; /* PAT */

		tree_set(&t, 2, GVA, FLAGS_ALL | PTE_PS | UINT64_C(1) << bit);
		enum outcome o = mmu_peek(m, &a, false, &tr);

		if (bit == 21)
			expect(o == OUTCOME_PF, "bit 21: %s", outcome_name(o));
		else
			expect(o == OUTCOME_OK && tr.page[0].hpa.v == expected + 0x235567, "bit %u: %s %" PRIx64, bit,
			       outcome_name(o), tr.page[0].hpa.v);
	}
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

/* PDPTE registers that the state gives: 2:1, 8:5, 63:N of a present one. */
START_TEST(pdpte_registers)
{
	struct mmu_geometry none = mmu_geometry_none();
	struct layout l;

	layout_init(&l, 1);
	struct mmu *m = mmu_create(&l.mem, &none);

	for (unsigned n = MAXPHYADDR_MIN; n <= MAXPHYADDR_MAX; n++)
		for (unsigned i = 0; i < 4 * 64; i++) {
			unsigned which = i / 64, bit = i % 64;
			bool bad = (bit >= 1 && bit <= 2) || (bit >= 5 && bit <= 8) || bit >= n;
			struct paging_state s = layout_state(PAGING_PAE, 0);
			struct translation t;

			s.maxphyaddr = (uint8_t)n;
			s.pdpte[which] = PTE_P | UINT64_C(1) << bit;
			enum outcome o = mmu_enter(m, &s, true, &t);

			expect(o == (bad ? OUTCOME_ENTRY_FAIL : OUTCOME_OK), "N %u, register %u, bit %u: %s", n, which,
			       bit, outcome_name(o));
			if (bad)
				expect(t.fault.rule == RULE_PDPTE_RESERVED, "%s", rule_name(t.fault.rule));
			s.pdpte[which] &= ~PTE_P;
			if (bit)
				expect(mmu_enter(m, &s, true, &t) == OUTCOME_OK, "not present, bit %u", bit);
			/* Loaded from CR3: #GP, and the registers stay as they were. */
			memset(l.ram, 0, 32);
			layout_enter(m, &s);
			uint64_t value = PTE_P | UINT64_C(1) << bit, cr3 = 0x40;

			memcpy(l.ram + cr3 + 8 * which, &value, 8);
			o = mmu_mov_cr3(m, cr3, &t);
			memset(l.ram + cr3, 0, 32);
			expect(o == (bad ? OUTCOME_GP : OUTCOME_OK), "MOV CR3: N %u, bit %u: %s", n, bit, outcome_name(o));
			expect(mmu_state(m)->cr3 == (bad ? 0 : cr3) && mmu_state(m)->pdpte[which] == (bad ? 0 : value),
			       "N %u, bit %u: registers", n, bit);
		}
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

/* ---- What VM entry refuses ---- */

struct machine {
	struct layout l;
	struct tree guest, ept;
	struct mmu *m;
};

static void machine_init(struct machine *x)
{
	struct mmu_geometry none = mmu_geometry_none();

	layout_init(&x->l, 1);
	x->guest = tree_guest(&x->l, PAGING_4LEVEL);
	x->ept = tree_ept(&x->l, 4);
	layout_map_tables(&x->ept);
	tree_set(&x->guest, 1, GVA, guest_leaf(0x5000, 1));
	x->m = mmu_create(&x->l.mem, &none);
}

static void machine_free(struct machine *x)
{
	mmu_destroy(x->m);
	layout_free(&x->l);
}

/* A field of the state, and how it is changed. */
#define FIELD(name) offsetof(struct paging_state, name), sizeof(((struct paging_state *)0)->name)
#define CONTROL(name) \
	offsetof(struct paging_state, controls) + offsetof(struct vm_controls, name), sizeof(bool)

/* The fields start from a good 4-level state with EPT and N = 40; `needs` is
 * changed first. */
static const struct entry_row {
	const char *name;
	size_t field, size;
	uint64_t set, clear;
	enum rule rule;
	struct {
		size_t field, size;
		uint64_t set, clear;
	} needs[2];
} entry_rows[] = {
	{ "nothing", FIELD(cr3), 0, 0, RULE_NONE, { { 0 } } },
	{ "CR3 bit N", FIELD(cr3), BIT(40), 0, RULE_CR3_WIDTH, { { 0 } } },
	{ "CR3 bit N - 1", FIELD(cr3), BIT(39), 0, RULE_NONE, { { 0 } } },
	{ "CR3 bit 63", FIELD(cr3), BIT(63), 0, RULE_CR3_WIDTH, { { 0 } } },
	{ "CR3 bits 11:0", FIELD(cr3), 0xfff, 0, RULE_NONE, { { 0 } } },
	{ "CR0 bit 32", FIELD(cr0), BIT(32), 0, RULE_CR_RESERVED, { { 0 } } },
	{ "PG without PE", FIELD(cr0), 0, CR0_PE, RULE_CR_RESERVED, { { 0 } } },
	{ "CET without WP", FIELD(cr4), CR4_CET, 0, RULE_CR_RESERVED, { { FIELD(cr0), 0, CR0_WP } } },
	{ "CET with WP", FIELD(cr4), CR4_CET, 0, RULE_NONE, { { 0 } } },
	{ "LMA without PG", FIELD(cr0), 0, CR0_PG, RULE_CR_RESERVED, { { 0 } } },
	{ "LMA without PAE", FIELD(cr4), 0, CR4_PAE, RULE_CR_RESERVED, { { 0 } } },
	{ "LMA without LME", FIELD(efer), 0, EFER_LME, RULE_CR_RESERVED, { { 0 } } },
	{ "LME without LMA", FIELD(efer), 0, EFER_LMA, RULE_CR_RESERVED, { { 0 } } },
	{ "PCIDE without LMA", FIELD(cr4), CR4_PCIDE, 0, RULE_CR_RESERVED,
	  { { FIELD(efer), 0, EFER_LMA | EFER_LME } } },
	{ "PCIDE with LMA", FIELD(cr4), CR4_PCIDE, 0, RULE_NONE, { { 0 } } },
	{ "EFER bit 1", FIELD(efer), BIT(1), 0, RULE_CR_RESERVED, { { 0 } } },
	{ "PAT type 2", FIELD(pat), 2, 7, RULE_CR_RESERVED, { { 0 } } },
	{ "PAT type 3", FIELD(pat), UINT64_C(3) << 56, UINT64_C(0xff) << 56, RULE_CR_RESERVED, { { 0 } } },
	{ "PAT type 7", FIELD(pat), 7, 0xff, RULE_NONE, { { 0 } } },
	{ "PAT type 8", FIELD(pat), UINT64_C(8) << 24, UINT64_C(0xff) << 24, RULE_CR_RESERVED, { { 0 } } },

	{ "EPTP memory type 1", FIELD(eptp), 1, 7, RULE_EPTP_MEMORY_TYPE, { { 0 } } },
	{ "EPTP memory type 7", FIELD(eptp), 7, 0, RULE_EPTP_MEMORY_TYPE, { { 0 } } },
	{ "EPTP memory type 0", FIELD(eptp), 0, 7, RULE_NONE, { { 0 } } },
	{ "EPTP memory type 0, capability", FIELD(eptp), 0, 7, RULE_EPTP_MEMORY_TYPE,
	  { { FIELD(ept_vpid_cap), 0, EPT_CAP_UC } } },
	{ "EPTP memory type 6, capability", FIELD(ept_vpid_cap), 0, EPT_CAP_WB, RULE_EPTP_MEMORY_TYPE, { { 0 } } },
	{ "EPTP walk length 3", FIELD(eptp), 2 << 3, 7 << 3, RULE_EPTP_WALK_LENGTH, { { 0 } } },
	{ "EPTP walk length 5", FIELD(eptp), 4 << 3, 7 << 3, RULE_NONE, { { 0 } } },
	{ "EPTP walk length 6", FIELD(eptp), 5 << 3, 7 << 3, RULE_EPTP_WALK_LENGTH, { { 0 } } },
	{ "EPTP walk length 8", FIELD(eptp), 7 << 3, 0, RULE_EPTP_WALK_LENGTH, { { 0 } } },
	{ "EPTP walk length 5, capability", FIELD(eptp), 4 << 3, 7 << 3, RULE_EPTP_WALK_LENGTH,
	  { { FIELD(ept_vpid_cap), 0, EPT_CAP_WALK_5 } } },
	{ "EPTP walk length 4, capability", FIELD(ept_vpid_cap), 0, EPT_CAP_WALK_4, RULE_EPTP_WALK_LENGTH, { { 0 } } },
	{ "EPTP A/D", FIELD(eptp), EPTP_AD, 0, RULE_NONE, { { 0 } } },
	{ "EPTP A/D, capability", FIELD(eptp), EPTP_AD, 0, RULE_EPTP_AD, { { FIELD(ept_vpid_cap), 0, EPT_CAP_AD } } },
	{ "EPTP shadow stack", FIELD(eptp), EPTP_SSS, 0, RULE_NONE, { { 0 } } },
	{ "EPTP shadow stack, capability", FIELD(eptp), EPTP_SSS, 0, RULE_EPTP_SSS,
	  { { FIELD(ept_vpid_cap), 0, EPT_CAP_SSS } } },
	{ "EPTP bit 8", FIELD(eptp), BIT(8), 0, RULE_EPTP_RESERVED, { { 0 } } },
	{ "EPTP bit 11", FIELD(eptp), BIT(11), 0, RULE_EPTP_RESERVED, { { 0 } } },
	{ "EPTP bit N - 1", FIELD(eptp), BIT(39), 0, RULE_NONE, { { 0 } } },
	{ "EPTP bit N", FIELD(eptp), BIT(40), 0, RULE_EPTP_RESERVED, { { 0 } } },
	{ "EPTP bit 63", FIELD(eptp), BIT(63), 0, RULE_EPTP_RESERVED, { { 0 } } },
	{ "a bad EPTP, EPT off", FIELD(eptp), ~UINT64_C(0), 0, RULE_NONE, { { FIELD(ept), 0, 1 } } },

	{ "MBE without EPT", CONTROL(mbe), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "PML without EPT", CONTROL(pml), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "SPP without EPT", CONTROL(spp), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "HLAT without EPT", CONTROL(hlat), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "paging-write without EPT", CONTROL(pw), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "verification without EPT", CONTROL(vgp), 1, 0, RULE_CONTROL_NEEDS_EPT, { { FIELD(ept), 0, 1 } } },
	{ "MBE", CONTROL(mbe), 1, 0, RULE_NONE, { { 0 } } },
	{ "PML", CONTROL(pml), 1, 0, RULE_NONE, { { 0 } } },
	{ "SPP", CONTROL(spp), 1, 0, RULE_NONE, { { 0 } } },
	{ "HLAT", CONTROL(hlat), 1, 0, RULE_NONE, { { 0 } } },
	{ "paging-write", CONTROL(pw), 1, 0, RULE_NONE, { { 0 } } },
	{ "verification", CONTROL(vgp), 1, 0, RULE_NONE, { { 0 } } },

	{ "SPPTP bit 11", FIELD(spptp), BIT(11), 0, RULE_CONTROL_ADDRESS, { { CONTROL(spp), 1, 0 } } },
	{ "SPPTP bit 0", FIELD(spptp), BIT(0), 0, RULE_CONTROL_ADDRESS, { { CONTROL(spp), 1, 0 } } },
	{ "SPPTP bit N", FIELD(spptp), BIT(40), 0, RULE_CONTROL_ADDRESS, { { CONTROL(spp), 1, 0 } } },
	{ "SPPTP bit N - 1", FIELD(spptp), BIT(39), 0, RULE_NONE, { { CONTROL(spp), 1, 0 } } },
	{ "SPPTP, SPP off", FIELD(spptp), ~UINT64_C(0), 0, RULE_NONE, { { 0 } } },
	{ "PML address bit 11", FIELD(pml_address), BIT(11), 0, RULE_CONTROL_ADDRESS,
	  { { CONTROL(pml), 1, 0 }, { FIELD(pml_inside), 1, 0 } } },
	{ "PML address bit N", FIELD(pml_address), BIT(40), 0, RULE_CONTROL_ADDRESS,
	  { { CONTROL(pml), 1, 0 }, { FIELD(pml_inside), 1, 0 } } },
	{ "PML address bit 63", FIELD(pml_address), BIT(63), 0, RULE_CONTROL_ADDRESS,
	  { { CONTROL(pml), 1, 0 }, { FIELD(pml_inside), 1, 0 } } },
	{ "PML address, PML off", FIELD(pml_address), ~UINT64_C(0), 0, RULE_NONE, { { FIELD(pml_inside), 1, 0 } } },
	{ "#VE area bit 3", FIELD(ve_address), BIT(3), 0, RULE_CONTROL_ADDRESS,
	  { { CONTROL(ve), 1, 0 }, { FIELD(ve_inside), 1, 0 } } },
	{ "#VE area bit N", FIELD(ve_address), BIT(40), 0, RULE_CONTROL_ADDRESS,
	  { { CONTROL(ve), 1, 0 }, { FIELD(ve_inside), 1, 0 } } },
	{ "HLATP bits 4:3", FIELD(hlatp), BIT(3) | BIT(4), 0, RULE_NONE, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit 2", FIELD(hlatp), BIT(2), 0, RULE_HLATP, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit 5", FIELD(hlatp), BIT(5), 0, RULE_HLATP, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit 11", FIELD(hlatp), BIT(11), 0, RULE_HLATP, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit N - 1", FIELD(hlatp), BIT(39), 0, RULE_NONE, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit N", FIELD(hlatp), BIT(40), 0, RULE_HLATP, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP bit 63", FIELD(hlatp), BIT(63), 0, RULE_HLATP, { { CONTROL(hlat), 1, 0 } } },
	{ "HLATP, HLAT off", FIELD(hlatp), ~UINT64_C(0), 0, RULE_NONE, { { 0 } } },
};

static void change(struct paging_state *s, size_t field, size_t size, uint64_t set, uint64_t clear)
{
	uint64_t value = 0;

	memcpy(&value, (char *)s + field, size);
	value = (value & ~clear) | set;
	memcpy((char *)s + field, &value, size);
}

START_TEST(entry)
{
	const struct entry_row *r = &entry_rows[_i];
	struct machine x;
	struct translation t;

	machine_init(&x);
	struct paging_state good = layout_state(PAGING_4LEVEL, x.guest.root), s;

	good.maxphyaddr = 40;
	layout_use_ept(&good, &x.ept);
	s = good;
	for (unsigned i = 0; i < 2; i++)
		if (r->needs[i].size)
			change(&s, r->needs[i].field, r->needs[i].size, r->needs[i].set, r->needs[i].clear);
	change(&s, r->field, r->size, r->set, r->clear);
	layout_enter(x.m, &good);
	enum outcome o = mmu_enter(x.m, &s, true, &t);

	if (r->rule == RULE_NONE) {
		ck_assert_msg(o == OUTCOME_OK, "%s: %s, %s", r->name, outcome_name(o), rule_name(t.fault.rule));
	} else {
		ck_assert_msg(o == OUTCOME_ENTRY_FAIL && t.fault.rule == r->rule, "%s: %s, %s, not %s", r->name,
			      outcome_name(o), rule_name(t.fault.rule), rule_name(r->rule));
		/* The state before stays in force. */
		ck_assert_uint_eq(layout_read(x.m, GVA), 0x5000);
	}
	machine_free(&x);
}
END_TEST

/* ---- Addresses ---- */

static const struct address_row {
	enum paging_mode mode;
	uint64_t gva;
	uint32_t size;
	bool stack, shadow_stack;
	enum outcome outcome; /* OUTCOME_PF: canonical, and not mapped */
	uint64_t cr2;
	bool compatibility; /* CS.L = 0 */
} address_rows[] = {
	{ PAGING_4LEVEL, UINT64_C(0x7fffffffffff), 1, 0, 0, OUTCOME_PF, UINT64_C(0x7fffffffffff), 0 },
	{ PAGING_4LEVEL, UINT64_C(0x7fffffffffff), 2, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0x800000000000), 1, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0x800000000000), 1, 1, 0, OUTCOME_SS, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0x800000000000), 1, 1, 1, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0x7ffffffff000), 4096, 0, 0, OUTCOME_PF, UINT64_C(0x7ffffffff000), 0 },
	{ PAGING_4LEVEL, UINT64_C(0x7ffffffff001), 4096, 1, 0, OUTCOME_SS, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0xffff7fffffffffff), 1, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0xffff7fffffffffff), 2, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0xffff800000000000), 1, 0, 0, OUTCOME_PF, UINT64_C(0xffff800000000000), 0 },
	{ PAGING_4LEVEL, UINT64_C(0xffffffffffffffff), 2, 0, 0, OUTCOME_PF, UINT64_C(0xffffffffffffffff), 0 },
	{ PAGING_5LEVEL, UINT64_C(0x800000000000), 1, 0, 0, OUTCOME_PF, UINT64_C(0x800000000000), 0 },
	{ PAGING_5LEVEL, UINT64_C(0xffffffffffffff), 1, 0, 0, OUTCOME_PF, UINT64_C(0xffffffffffffff), 0 },
	{ PAGING_5LEVEL, UINT64_C(0x100000000000000), 1, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_5LEVEL, UINT64_C(0xff00000000000000), 1, 0, 0, OUTCOME_PF, UINT64_C(0xff00000000000000), 0 },
	{ PAGING_5LEVEL, UINT64_C(0xfeffffffffffffff), 1, 0, 0, OUTCOME_GP, 0, 0 },
	{ PAGING_4LEVEL, UINT64_C(0x180000002000), 1, 0, 0, OUTCOME_PF, 0x2000, 1 },
	{ PAGING_32BIT, UINT64_C(0x100002000), 1, 0, 0, OUTCOME_PF, 0x2000, 0 },
	{ PAGING_PAE, UINT64_C(0xffffffff), 1, 0, 0, OUTCOME_PF, UINT64_C(0xffffffff), 0 },
};

START_TEST(addresses)
{
	const struct address_row *r = &address_rows[_i];
	struct mmu_geometry none = mmu_geometry_none();
	struct layout l;

	layout_init(&l, 1);
	struct tree t = tree_guest(&l, r->mode);
	struct paging_state s = layout_state(r->mode, t.root);
	struct mmu *m = mmu_create(&l.mem, &none);
	struct access a = { .gva = gva(r->gva), .size = r->size, .type = ACCESS_READ, .stack = r->stack,
			    .shadow_stack = r->shadow_stack };
	struct translation tr;

	if (r->compatibility)
		s.cs_l = false;
	layout_enter(m, &s);
	ck_assert_int_eq(mmu_translate(m, &a, &tr), r->outcome);
	if (r->outcome == OUTCOME_PF) {
		ck_assert_uint_eq(tr.fault.cr2.v, r->cr2);
	} else {
		ck_assert_int_eq(tr.fault.rule, RULE_NOT_CANONICAL);
		ck_assert_uint_eq(tr.fault.error_code, 0);
	}
	mmu_destroy(m);
	layout_free(&l);
}
END_TEST

/* Two pages, mapped apart: an access touches the second if a byte of it is there. */
START_TEST(crossing)
{
	struct mmu_geometry geometries[2] = { mmu_geometry_none(), mmu_geometry_everything() };

	for (unsigned g = 0; g < 2; g++) {
		struct layout l;

		layout_init(&l, 1);
		struct tree t = tree_guest(&l, PAGING_32BIT);
		const uint64_t last = UINT64_C(0xfffff000);

		/* The page after the last is the first. */
		tree_set(&t, 1, last, guest_leaf(0x7000, 1));
		tree_set(&t, 1, 0, guest_leaf(0x3000, 1));
		struct paging_state s = layout_state(PAGING_32BIT, t.root);
		struct mmu *m = mmu_create(&l.mem, &geometries[g]);

		layout_enter(m, &s);
		for (uint32_t offset = 0; offset < 4096; offset += offset < 4000 ? 37 : 1)
			for (uint32_t size = 1; size <= 4096; size += size < 100 || size > 4000 ? 1 : 97) {
				struct access a = { .gva = gva(last + offset), .size = size, .type = ACCESS_READ };
				struct translation tr;
				bool two = offset + size > 4096;

				tree_set(&t, 1, 0, two ? guest_leaf(0x3000, 1) : 0);
				mmu_invlpg(m, gva(0));
				expect(mmu_translate(m, &a, &tr) == OUTCOME_OK, "%u bytes at %x", size, offset);
				expect(tr.pages == (two ? 2 : 1), "%u bytes at %x: %u pages", size, offset, tr.pages);
				expect(tr.page[0].hpa.v == 0x7000 + offset, "first page");
				expect(!two || tr.page[1].hpa.v == 0x3000, "second page");
				if (!two)
					continue;
				tree_set(&t, 1, 0, 0);
				mmu_invlpg(m, gva(0));
				expect(mmu_translate(m, &a, &tr) == OUTCOME_PF && tr.fault.cr2.v == 0 && tr.fault.page2,
				       "%u bytes at %x, second page not present", size, offset);
			}
		mmu_destroy(m);
		layout_free(&l);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("regime");
	TCase *tc = tcase_create("regime");

	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, reserved_bits, MAXPHYADDR_MIN, MAXPHYADDR_MAX + 1);
	tcase_add_test(tc, pse36);
	tcase_add_test(tc, pdpte_registers);
	tcase_add_loop_test(tc, entry, 0, sizeof entry_rows / sizeof entry_rows[0]);
	tcase_add_loop_test(tc, addresses, 0, sizeof address_rows / sizeof address_rows[0]);
	tcase_add_test(tc, crossing);
	suite_add_tcase(suite, tc);
	return layout_run(suite);
}
