/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Random operations on an EPT against a flat model: an array of the smallest
 * pieces that can be mapped, each with the page that covers it. It shares no code
 * with the EPT and no structure either.
 *
 * The guest-physical space is eight gigabytes spread over the whole width. In each,
 * a few 2M chunks can be mapped by 4K pages, the others by 2M and 1G pages only, so
 * that the array stays small.
 */
#include "fixture.h"

#define K4 UINT64_C(0x1000)
#define M2 UINT64_C(0x200000)
#define G1 UINT64_C(0x40000000)

#define REGIONS 8
#define CHUNKS 512 /* of 2M in a region */
#define FINE 6     /* chunks of a region that can have 4K pages */
#define PIECES (REGIONS * (CHUNKS - FINE + FINE * 512))
#define OPERATIONS 100000

static const uint64_t regions[2][REGIONS] = {
	{ 0, G1, 511 * G1, 512 * G1, 513 * G1, UINT64_C(1) << 46, UINT64_C(1) << 47,
	  (UINT64_C(1) << 48) - G1 },
	{ 0, G1, 512 * G1, (UINT64_C(1) << 48) - G1, UINT64_C(1) << 48, UINT64_C(1) << 55,
	  (UINT64_C(1) << 57) - 2 * G1, (UINT64_C(1) << 57) - G1 },
};
static const unsigned fine_chunks[FINE] = { 0, 1, 2, 255, 256, 511 };

/* One gpa's page, as mapped: size 0 is nothing. */
struct page {
	uint64_t size, start, hpa, perm, flags;
	uint8_t type;
	bool ipat;
};

struct processor {
	uint8_t levels;
	bool exec_only, mbe, pw;
};

static const struct processor processors[] = {
	{ 4, false, false, false },
	{ 4, true, true, false },
	{ 5, true, false, true },
	{ 5, false, true, true },
};

enum kind { MAP, UNMAP, PROTECT, SPLIT, MERGE, KINDS };
static const char *const kinds[KINDS] = { "map", "unmap", "protect", "split", "merge" };

struct model {
	struct fixture *f;
	struct processor p;
	uint64_t random;
	const uint64_t *region;
	unsigned first[REGIONS][CHUNKS + 1]; /* piece with which a chunk begins */
	uint64_t start[PIECES];
	struct page page[PIECES];
	unsigned pages_4k[REGIONS][CHUNKS], pages_2m[REGIONS], pages_1g[REGIONS];
	unsigned results[EPT_NOT_UNIFORM + 1][KINDS]; /* how often which operation ended how */
	enum kind kind;
	uint64_t step;
};

static uint64_t chance(struct model *m, uint64_t n)
{
	return random_next(&m->random) % n;
}

static struct model *model_new(const struct processor *p)
{
	struct model *m = calloc(1, sizeof *m);
	unsigned piece = 0;

	ck_assert_ptr_nonnull(m);
	m->p = *p;
	m->random = random_seed() * 16 + (unsigned)(p - processors);
	m->f = fixture_new(m->p.levels,
	                   EPT_CAP_EVERYTHING & ~(m->p.exec_only ? 0 : EPT_CAP_EXEC_ONLY), 46,
	                   m->p.mbe, m->p.pw);
	m->f->random = m->random;
	m->region = regions[m->p.levels == 5];
	for (unsigned r = 0; r < REGIONS; r++)
		for (unsigned c = 0; c < CHUNKS; c++) {
			bool fine = false;

			for (unsigned i = 0; i < FINE; i++)
				fine |= fine_chunks[i] == c;
			m->first[r][c] = piece;
			for (unsigned i = 0; i < (fine ? 512 : 1); i++)
				m->start[piece++] = m->region[r] + c * M2 + i * K4;
			m->first[r][c + 1] = piece;
		}
	ck_assert_uint_eq(piece, PIECES);
	return m;
}

static unsigned region_of(const struct model *m, uint64_t address)
{
	for (unsigned r = 0; r < REGIONS; r++)
		if (address - m->region[r] < G1)
			return r;
	ck_abort_msg("the test uses address %" PRIx64, address);
}

static unsigned chunk_of(const struct model *m, uint64_t address)
{
	return (address - m->region[region_of(m, address)]) / M2;
}

static bool is_fine(const struct model *m, uint64_t address)
{
	unsigned r = region_of(m, address), c = chunk_of(m, address);

	return m->first[r][c + 1] - m->first[r][c] > 1;
}

static unsigned piece_of(const struct model *m, uint64_t address)
{
	unsigned r = region_of(m, address), piece = m->first[r][chunk_of(m, address)];

	return is_fine(m, address) ? piece + address % M2 / K4 : piece;
}

/* The pieces of [start, start + size). */
static void range_of(const struct model *m, uint64_t start, uint64_t size, unsigned *from,
                     unsigned *to)
{
	unsigned r = region_of(m, start), c = chunk_of(m, start);

	*from = piece_of(m, start);
	*to = size == K4 ? *from + 1 : m->first[r][size == M2 ? c + 1 : CHUNKS];
}

static void count_page(struct model *m, uint64_t start, uint64_t size, int by)
{
	unsigned r = region_of(m, start);

	if (size == K4)
		m->pages_4k[r][chunk_of(m, start)] += (unsigned)by;
	else if (size == M2)
		m->pages_2m[r] += (unsigned)by;
	else
		m->pages_1g[r] += (unsigned)by;
}

static void put(struct model *m, uint64_t start, struct page page)
{
	unsigned from, to;

	page.start = start;
	range_of(m, start, page.size, &from, &to);
	for (unsigned i = from; i < to; i++)
		m->page[i] = page;
	count_page(m, start, page.size, 1);
}

static void take(struct model *m, uint64_t start)
{
	uint64_t size = m->page[piece_of(m, start)].size;
	unsigned from, to;

	range_of(m, start, size, &from, &to);
	for (unsigned i = from; i < to; i++)
		m->page[i].size = 0;
	count_page(m, start, size, -1);
}

static unsigned pages_in_region(const struct model *m, unsigned r, bool below_1g)
{
	unsigned n = m->pages_2m[r] + (below_1g ? 0 : m->pages_1g[r]);

	for (unsigned i = 0; i < FINE; i++)
		n += m->pages_4k[r][fine_chunks[i]];
	return n;
}

/* The table frames that an EPT of these pages has. */
static unsigned frames_due(const struct model *m)
{
	unsigned n = 1;

	for (unsigned r = 0; r < REGIONS; r++) {
		for (unsigned i = 0; i < FINE; i++)
			n += m->pages_4k[r][fine_chunks[i]] != 0;
		n += pages_in_region(m, r, true) != 0;
	}
	for (unsigned shift = 39; shift < (m->p.levels == 5 ? 57 : 48); shift += 9)
		for (unsigned r = 0; r < REGIONS; r++) {
			bool counted = false;

			for (unsigned q = 0; q < r; q++)
				counted |= m->region[q] >> shift == m->region[r] >> shift &&
				           pages_in_region(m, q, false);
			n += !counted && pages_in_region(m, r, false);
		}
	return n;
}

static void expect_error(struct model *m, enum ept_error got, enum ept_error due)
{
	expect(got == due, "step %" PRIu64 ", %s: %s; due: %s", m->step, kinds[m->kind],
	       ept_error_text(got), ept_error_text(due));
	m->results[got][m->kind]++;
}

static void compare(struct model *m, uint64_t address)
{
	const struct page *page = &m->page[piece_of(m, address)];
	struct ept_mapping found;
	hpa_t to, slot;
	enum ept_error due = page->size ? EPT_OK : EPT_NOT_EXIST;

	expect(gpa2hpa(&m->f->s, gpa(address), &to) == due &&
	               ept_lookup(&m->f->s, gpa(address), &found, &slot) == due,
	       "step %" PRIu64 ", after %s: %" PRIx64 " is mapped or not", m->step, kinds[m->kind],
	       address);
	if (!page->size) {
		expect(to.v == 0 && slot.v == 0 && found.level == 0 && found.perm == 0,
		       "step %" PRIu64 ", after %s: an output is set", m->step, kinds[m->kind]);
		return;
	}
	expect(to.v == page->hpa + (address - page->start),
	       "step %" PRIu64 ", after %s: %" PRIx64 " leads to %" PRIx64, m->step, kinds[m->kind],
	       address, to.v);
	expect(found.hpa.v == page->hpa && found.perm == page->perm && found.flags == page->flags &&
	               found.type == page->type && found.ipat == page->ipat &&
	               found.level == (page->size == K4   ? 1
	                               : page->size == M2 ? 2
	                                                  : 3),
	       "step %" PRIu64 ", after %s: attributes of %" PRIx64, m->step, kinds[m->kind],
	       address);
	expect((*fixture_cell(m->f, slot) & 0xffffffffff000) == page->hpa,
	       "step %" PRIu64 ", after %s: slot of %" PRIx64, m->step, kinds[m->kind], address);
}

static uint64_t random_address(struct model *m)
{
	unsigned r = chance(m, REGIONS);
	unsigned c = chance(m, 4) ? fine_chunks[chance(m, FINE)] : chance(m, CHUNKS);

	return m->region[r] + c * M2 + chance(m, M2);
}

static uint64_t random_perm(struct model *m)
{
	unsigned perm = chance(m, 16);

	if (chance(m, 4))
		perm |= 1;
	if (!m->p.mbe && chance(m, 16))
		perm &= 7;
	return (perm & 7) | (perm & 8) << 7;
}

static bool perm_legal(const struct model *m, uint64_t perm, uint64_t flags)
{
	if (!perm || (perm & ~UINT64_C(7) && !m->p.mbe))
		return false;
	if (perm & 2 && !(perm & 1))
		return false;
	return perm & 1 || (m->p.exec_only && !(m->p.pw && flags >> 58 & 1));
}

static struct page random_page(struct model *m)
{
	static const uint64_t sizes[] = { K4, K4, K4, M2, M2, G1 };
	static const uint64_t bits[] = {
		EPT_A, EPT_D, EPT_SVE, EPT_VGP, EPT_PWA, EPT_SSS, EPT_SPP
	};
	static const uint8_t types[] = { 0, 1, 4, 5, 6 };
	struct page page = { .size = sizes[chance(m, 6)] };

	page.hpa = random_next(&m->random) % (UINT64_C(1) << 40) & ~(page.size - 1);
	page.perm = random_perm(m);
	page.type = types[chance(m, 5)];
	page.ipat = chance(m, 2);
	for (unsigned i = 0; i < 7; i++)
		if (chance(m, 4) == 0 && (bits[i] != EPT_SPP || page.size == K4))
			page.flags |= bits[i];
	return page;
}

static struct ept_mapping mapping_of(const struct page *page)
{
	return (struct ept_mapping){ .hpa = hpa(page->hpa),
		                     .level = page->size == K4   ? 1
		                              : page->size == M2 ? 2
		                                                 : 3,
		                     .type = page->type,
		                     .ipat = page->ipat,
		                     .perm = page->perm,
		                     .flags = page->flags };
}

/* Has the EPT what it needs for the frames that the model now has? If not, the
 * caller takes the change back. */
static bool frames_suffice(const struct model *m)
{
	unsigned due = frames_due(m), have = m->f->in_use;

	return m->f->budget == NO_LIMIT || due <= have || due - have <= m->f->budget;
}

static void do_map(struct model *m, uint64_t address, struct page page)
{
	enum ept_error due = EPT_OK;
	struct ept_mapping mapping;
	unsigned from, to;

	m->kind = MAP;
	if (page.size == K4 && !is_fine(m, address))
		page.size = M2, page.hpa &= ~(M2 - 1), page.flags &= ~EPT_SPP;
	address &= ~(page.size - 1);
	mapping = mapping_of(&page);

	range_of(m, address, page.size, &from, &to);
	if (chance(m, 64) == 0)
		address |= UINT64_C(1) << chance(m, mapping.level * 9 + 3), due = EPT_UNALIGNED;
	else if (chance(m, 64) == 0)
		mapping.hpa.v |= UINT64_C(1) << chance(m, mapping.level * 9 + 3),
			due = EPT_UNALIGNED;
	else if (chance(m, 64) == 0)
		mapping.hpa.v |= UINT64_C(1) << (46 + chance(m, 18)), due = EPT_BAD_ADDRESS;
	else if (chance(m, 64) == 0)
		mapping.type = (uint8_t[]){ 2, 3, 7, 8, 255 }[chance(m, 5)], due = EPT_BAD_TYPE;
	else if (!perm_legal(m, page.perm, page.flags))
		due = EPT_BAD_PERMISSION;
	for (unsigned i = from; i < to && due == EPT_OK; i++)
		if (m->page[i].size)
			due = EPT_DUPLICATED;
	if (due == EPT_OK) {
		put(m, address, page);
		if (!frames_suffice(m)) {
			take(m, address);
			due = EPT_NO_FRAME;
		}
	}
	expect_error(m, ept_map(&m->f->s, gpa(address), &mapping), due);
}

static void do_unmap(struct model *m, uint64_t address)
{
	struct page *page = &m->page[piece_of(m, address)], was = *page;
	struct ept_mapping got, due_mapping = { .level = 0 };
	enum ept_error due = EPT_OK;

	m->kind = UNMAP;
	if (page->size && chance(m, 16))
		address = page->start;
	else
		address &= ~(K4 - 1) | chance(m, 2);
	if (address % K4)
		due = EPT_UNALIGNED;
	else if (!page->size)
		due = EPT_NOT_EXIST;
	else if (address != page->start)
		due = EPT_UNALIGNED;
	if (due == EPT_OK) {
		due_mapping = mapping_of(&was);
		take(m, address);
	}
	expect_error(m, ept_unmap(&m->f->s, gpa(address), chance(m, 8) ? &got : NULL), due);
	if (chance(m, 2) && due == EPT_OK && m->f->budget == NO_LIMIT) {
		/* What unmap returns is what map takes. */
		expect_error(m, ept_map(&m->f->s, gpa(address), &due_mapping), EPT_OK);
		ck_assert_int_eq(ept_unmap(&m->f->s, gpa(address), &got), EPT_OK);
		expect(got.hpa.v == was.hpa && got.perm == was.perm && got.flags == was.flags &&
		               got.type == was.type && got.ipat == was.ipat &&
		               got.level == due_mapping.level,
		       "step %" PRIu64 ": what was unmapped", m->step);
	}
}

static void do_protect(struct model *m, uint64_t address)
{
	struct page page = m->page[piece_of(m, address)];
	uint64_t perm = random_perm(m);
	enum ept_error due = EPT_OK;

	m->kind = PROTECT;
	if (!page.size)
		due = EPT_NOT_EXIST;
	else if (!perm_legal(m, perm, page.flags))
		due = EPT_BAD_PERMISSION;
	if (due == EPT_OK) {
		page.perm = perm;
		take(m, page.start);
		put(m, page.start, page);
	}
	expect_error(m, ept_protect(&m->f->s, gpa(address), perm), due);
}

static void do_split(struct model *m, uint64_t address)
{
	struct page page = m->page[piece_of(m, address)];
	enum ept_error due = EPT_OK;

	m->kind = SPLIT;
	if (page.size == M2 && !is_fine(m, page.start))
		return;
	if (!page.size)
		due = EPT_NOT_EXIST;
	else if (page.size == K4)
		due = EPT_BAD_SIZE;
	else if (m->f->budget == 0)
		due = EPT_NO_FRAME;
	if (due == EPT_OK) {
		uint64_t end = page.start + page.size;

		take(m, page.start);
		page.size /= 512;
		for (uint64_t start = page.start; start < end; start += page.size) {
			put(m, start, page);
			page.hpa += page.size;
		}
	}
	expect_error(m, ept_split(&m->f->s, gpa(address)), due);
}

static void do_merge(struct model *m, uint64_t address)
{
	unsigned level = chance(m, 32) ? 2 + chance(m, 2) : (chance(m, 2) ? 1 : 4 + chance(m, 9));
	uint64_t size = level == 3 ? G1 : M2, small = size / 512;
	uint64_t start = address & ~(size - 1), flags = 0;
	struct page page = m->page[piece_of(m, start)];
	enum ept_error due = EPT_OK;
	unsigned from, to;
	bool anything = false;

	m->kind = MERGE;
	if (level != 2 && level != 3) {
		expect_error(m, ept_merge(&m->f->s, gpa(address), level), EPT_BAD_SIZE);
		return;
	}
	range_of(m, start, size, &from, &to);
	for (unsigned i = from; i < to; i++) {
		const struct page *p = &m->page[i];

		anything |= p->size != 0;
		flags |= p->flags;
		if (p->size != small || p->perm != page.perm || p->type != page.type ||
		    p->ipat != page.ipat || (p->flags ^ page.flags) & ~(EPT_A | EPT_D) ||
		    p->flags & EPT_SPP || p->hpa - page.hpa != p->start - start)
			due = EPT_NOT_UNIFORM;
	}
	if (!anything)
		due = EPT_NOT_EXIST;
	else if (page.hpa & (size - 1))
		due = EPT_NOT_UNIFORM;
	if (due == EPT_OK) {
		for (uint64_t at = start; at < start + size; at += small)
			take(m, at);
		page.size = size;
		page.flags = flags;
		put(m, start, page);
	}
	expect_error(m, ept_merge(&m->f->s, gpa(address), level), due);
}

/* 512 small pages in a row, most of them such that they can be merged. */
static void do_fill(struct model *m, uint64_t address)
{
	struct page page = random_page(m);
	uint64_t size = chance(m, 4) ? M2 : G1;

	address &= ~(size - 1);
	page.size = size / 512;
	page.hpa &= ~(size - 1);
	page.flags &= ~EPT_SPP;
	for (unsigned i = 0; i < 512; i++) {
		if (chance(m, 16) == 0)
			page.flags ^= chance(m, 2) ? EPT_A : EPT_D;
		do_map(m, address + i * page.size, page);
		page.hpa += page.size;
	}
}

/* Makes room: else pages of 4K soon are everywhere, and nothing large fits. */
static void do_clear(struct model *m, uint64_t address)
{
	uint64_t size = chance(m, 4) ? M2 : G1;
	unsigned from, to;

	range_of(m, address & ~(size - 1), size, &from, &to);
	for (unsigned i = from; i < to; i++)
		if (m->page[i].size) {
			uint64_t start = m->page[i].start;

			take(m, start);
			expect_error(m, ept_unmap(&m->f->s, gpa(start), NULL), EPT_OK);
		}
}

static void do_one(struct model *m)
{
	uint64_t address = random_address(m);

	m->f->budget = chance(m, 3) ? NO_LIMIT : chance(m, 3);
	switch (chance(m, 64)) {
	case 0 ... 19:
		do_map(m, address, random_page(m));
		break;
	case 20 ... 39:
		do_unmap(m, address);
		break;
	case 40 ... 43:
		do_clear(m, address);
		break;
	case 44 ... 51:
		do_protect(m, address);
		break;
	case 52 ... 56:
		do_split(m, address);
		break;
	case 57 ... 62:
		do_merge(m, address);
		break;
	default:
		if (chance(m, 8) == 0)
			do_fill(m, address);
	}
	m->f->budget = NO_LIMIT;
	expect(m->f->in_use == frames_due(m), "step %" PRIu64 ", after %s: %u frames, due %u",
	       m->step, kinds[m->kind], m->f->in_use, frames_due(m));
	compare(m, address);
	for (unsigned i = 0; i < 4; i++)
		compare(m, random_address(m));
}

static void compare_all(struct model *m)
{
	bool reached[FRAMES] = { false };

	for (unsigned i = 0; i < PIECES; i++)
		compare(m, m->start[i] + chance(m, K4));
	/* Every table is in the tree once, and none outside it. */
	expect(fixture_reach(m->f, m->p.levels, m->f->s.ept.root.v, reached) == m->f->in_use,
	       "step %" PRIu64 ": tables are lost", m->step);
	for (unsigned frame = 0; frame < FRAMES; frame++)
		expect(reached[frame] == m->f->used[frame], "frame %u", frame);
}

/* Random operations that never succeed, or never fail in some way, test little. */
static void check_results(const struct model *m)
{
	static const char possible[EPT_NOT_UNIFORM + 1][KINDS + 1] = {
		[EPT_OK] = "mupsg",        [EPT_UNALIGNED] = "mu---",
		[EPT_NOT_EXIST] = "-upsg", [EPT_DUPLICATED] = "m----",
		[EPT_NO_FRAME] = "m--s-",  [EPT_BAD_PERMISSION] = "m-p--",
		[EPT_BAD_SIZE] = "---sg",  [EPT_BAD_ADDRESS] = "m----",
		[EPT_BAD_TYPE] = "m----",  [EPT_NOT_UNIFORM] = "----g",
	};

	for (unsigned error = EPT_OK; error <= EPT_NOT_UNIFORM; error++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			expect(m->results[error][kind] >= (possible[error][kind] == '-' ? 0 : 8),
			       "only %u times, %s: %s", m->results[error][kind], kinds[kind],
			       ept_error_text(error));
}

START_TEST(random_operations)
{
	struct model *m = model_new(&processors[_i]);

	for (m->step = 0; m->step < OPERATIONS; m->step++) {
		do_one(m);
		if (m->step % 4096 == 0)
			compare_all(m);
	}
	compare_all(m);
	check_results(m);
	for (unsigned i = 0; i < PIECES; i++)
		if (m->page[i].size) {
			uint64_t start = m->page[i].start;

			take(m, start);
			ck_assert_int_eq(ept_unmap(&m->f->s, gpa(start), NULL), EPT_OK);
		}
	ck_assert_uint_eq(m->f->in_use, 1);
	fixture_delete(m->f);
	free(m);
}
END_TEST

/* An EPT that is destroyed with everything mapped leaves no frame either. */
START_TEST(destroy_full)
{
	struct model *m = model_new(&processors[_i]);

	for (m->step = 0; m->step < 20000; m->step++)
		do_map(m, random_address(m), random_page(m));
	ck_assert_uint_gt(m->f->in_use, 20);
	fixture_delete(m->f);
	free(m);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ept_model");
	TCase *tests = tcase_create("model");

	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests, random_operations, 0, sizeof processors / sizeof *processors);
	tcase_add_loop_test(tests, destroy_full, 0, sizeof processors / sizeof *processors);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
