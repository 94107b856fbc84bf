/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Entry formats, EPTP and the walk's verdicts, exhaustively, against tables that
 * say what the SDM says and share nothing with the code.
 */
#include "fixture.h"

#include "base/walk.h"

#include <string.h>

static const unsigned widths[] = { 36, 39, 40, 46, 52 };

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])
#define N 0 /* stands for MAXPHYADDR */

enum form { TABLE, PAGE };

/* SDM 3C, "Format of an EPT ... Entry": what is reserved. */
static const struct {
	unsigned level;
	enum form form;
	unsigned high, low;
	enum rule rule;
} reserved[] = {
	{ 5, TABLE, 7, 7, RULE_EPT_LARGE_UNSUPPORTED },
	{ 5, TABLE, 6, 3, RULE_EPT_RESERVED },
	{ 5, TABLE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 4, TABLE, 7, 7, RULE_EPT_LARGE_UNSUPPORTED },
	{ 4, TABLE, 6, 3, RULE_EPT_RESERVED },
	{ 4, TABLE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 3, TABLE, 7, 7, RULE_EPT_LARGE_UNSUPPORTED },
	{ 3, TABLE, 6, 3, RULE_EPT_RESERVED },
	{ 3, TABLE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 3, PAGE, 29, 12, RULE_EPT_LARGE_UNALIGNED },
	{ 3, PAGE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 2, TABLE, 7, 7, RULE_EPT_LARGE_UNSUPPORTED },
	{ 2, TABLE, 6, 3, RULE_EPT_RESERVED },
	{ 2, TABLE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 2, PAGE, 20, 12, RULE_EPT_LARGE_UNALIGNED },
	{ 2, PAGE, 51, N, RULE_EPT_ADDRESS_WIDTH },
	{ 1, PAGE, 51, N, RULE_EPT_ADDRESS_WIDTH },
};

/* By R + 2W + 4X + 8XU: - not present, . legal, w write without read,
 * x execute-only unsupported, b both. First index: MBE, second: execute-only. */
static const char permissions[2][2][17] = {
	{ "-.w.x.b.-.w.x.b.", "-.w...w.-.w...w." },
	{ "-.w.x.b.x.b.x.b.", "-.w...w...w...w." },
};

static const char types[] = "..xx...x"; /* memory types 2, 3 and 7 are not to be used */

struct processor {
	unsigned width;
	bool exec_only, page_2m, page_1g, mbe, pw;
};

static enum form form_of(const struct processor *p, unsigned level, uint64_t entry)
{
	switch (level) {
	case 1:
		return PAGE;
	case 2:
		return p->page_2m && entry >> 7 & 1 ? PAGE : TABLE;
	case 3:
		return p->page_1g && entry >> 7 & 1 ? PAGE : TABLE;
	default:
		return TABLE;
	}
}

static char permission_of(const struct processor *p, uint64_t entry)
{
	return permissions[p->mbe][p->exec_only][(entry & 7) | (entry >> 10 & 1) << 3];
}

/* The rules that `entry` breaks, one bit each. */
static uint64_t broken_rules(const struct processor *p, unsigned level, uint64_t entry)
{
	enum form form = form_of(p, level, entry);
	char permission = permission_of(p, entry);
	uint64_t broken = 0;

	if (permission == '-')
		return 0;
	if (permission == 'w' || permission == 'b')
		broken |= UINT64_C(1) << RULE_EPT_W_WITHOUT_R;
	if (permission == 'x' || permission == 'b')
		broken |= UINT64_C(1) << RULE_EPT_EXEC_ONLY;
	for (unsigned i = 0; i < LENGTH(reserved); i++) {
		if (reserved[i].level != level || reserved[i].form != form)
			continue;
		unsigned low = reserved[i].low == N ? p->width : reserved[i].low;

		for (unsigned bit = low; bit <= reserved[i].high; bit++)
			if (entry >> bit & 1)
				broken |= UINT64_C(1) << reserved[i].rule;
	}
	if (form == PAGE && types[entry >> 3 & 7] == 'x')
		broken |= UINT64_C(1) << RULE_EPT_MEMORY_TYPE;
	if (form == PAGE && p->pw && entry >> 58 & 1 && !(entry & 1))
		broken |= UINT64_C(1) << RULE_EPT_PAGING_WRITE;
	return broken;
}

static struct ept ept_of(const struct processor *p, unsigned levels)
{
	struct ept ept;
	uint64_t cap = EPT_CAP_EVERYTHING & ~(EPT_CAP_EXEC_ONLY | EPT_CAP_2M | EPT_CAP_1G);

	cap |= (p->exec_only ? 1u << 0 : 0) | (p->page_2m ? 1u << 16 : 0) |
	       (p->page_1g ? 1u << 17 : 0);
	ck_assert_int_eq(ept_init(&ept, UINT64_C(0x765430006) | (levels - 1) << 3, cap, p->width,
	                          p->mbe, p->pw),
	                 RULE_NONE);
	return ept;
}

/* A memory with one entry of each level on the path of WALKED. */
#define WALKED (UINT64_C(0x0a9c3a5871d4f2b8) >> 7)
struct path {
	uint64_t at[6], entry[6];
};

static uint64_t path_read(void *ctx, hpa_t at)
{
	const struct path *path = ctx;

	for (unsigned level = 1; level <= 5; level++)
		if (path->at[level] == at.v)
			return path->entry[level];
	return 0;
}

static void path_write(void *ctx, hpa_t at, uint64_t value)
{
	(void)ctx, (void)value;
	ck_abort_msg("a walk writes to %" PRIx64, at.v);
}

static const unsigned shifts[] = { 0, 12, 21, 30, 39, 48 };

static void path_make(struct path *path, const struct ept *ept, uint64_t address)
{
	uint64_t table = ept->root.v;

	*path = (struct path){ { 0 }, { 0 } };
	for (unsigned level = ept->levels; level > 0; level--) {
		path->at[level] = table + 8 * (address >> shifts[level] & 511);
		/* The highest address bit and the lowest. */
		table = (UINT64_C(1) << (ept->maxphyaddr - 1)) + 0x12340000 + level * 0x1000;
		path->entry[level] = table | 7;
	}
}

static void check_entry(const struct processor *p, const struct ept *ept, struct path *path,
                        unsigned level, uint64_t entry)
{
	struct mem mem = { .read64 = path_read, .write64 = path_write, .ctx = path };
	uint64_t broken = broken_rules(p, level, entry);
	enum rule rule = ept_entry_rule(ept, level, entry);
	struct ept_walk w;
	enum walk_end end;

	expect(broken ? broken >> rule & 1 : rule == RULE_NONE,
	       "level %u entry %016" PRIx64
	       " MAXPHYADDR %u exec-only %d 2M %d 1G %d MBE %d pw %d: %s",
	       level, entry, p->width, p->exec_only, p->page_2m, p->page_1g, p->mbe, p->pw,
	       rule_name(rule));

	path->entry[level] = entry;
	ept_walk(ept, &mem, gpa(WALKED & (ept->levels == 5 ? 0x1ffffffffffffff : 0xffffffffffff)),
	         &w);
	if (permission_of(p, entry) == '-')
		end = WALK_NOT_PRESENT, rule = RULE_EPT_NOT_PRESENT;
	else if (broken)
		end = WALK_BAD;
	else if (form_of(p, level, entry) == PAGE)
		end = WALK_PAGE;
	else /* there is nothing where it leads */
		end = WALK_NOT_PRESENT, rule = RULE_EPT_NOT_PRESENT, level--;
	expect(w.end == end && w.rule == rule && w.level == level && w.top == ept->levels,
	       "level %u entry %016" PRIx64 " MAXPHYADDR %u: end %d rule %s level %d", level, entry,
	       p->width, w.end, rule_name(w.rule), w.level);
}

static void check_level(const struct processor *p, const struct ept *ept, unsigned level)
{
	static const uint64_t addresses[] = { 0, UINT64_C(0xfc0000000) };
	struct path path;

	path_make(&path, ept, WALKED);
	/* All low bits, and beside each single bit. */
	for (uint64_t low = 0; low < 4096; low++)
		for (unsigned i = 0; i < 2; i++)
			check_entry(p, ept, &path, level, addresses[i] | low);
	for (unsigned bit = 12; bit < 64; bit++)
		for (unsigned perm = 0; perm < 16; perm++)
			for (unsigned rest = 0; rest < 4; rest++)
				check_entry(p, ept, &path, level,
				            UINT64_C(1) << bit | (perm & 7) | (perm & 8) << 7 |
				                    (rest & 1 ? 1 << 7 : 0) |
				                    (rest & 2 ? 6 << 3 : 0));
	for (unsigned one = 12; one < 64; one++)
		for (unsigned two = one + 1; two < 64; two++)
			for (unsigned low = 0x87; low >= 0x84; low--)
				check_entry(p, ept, &path, level,
				            UINT64_C(1) << one | UINT64_C(1) << two | low);
}

START_TEST(every_entry)
{
	for (unsigned caps = 0; caps < 32; caps++) {
		struct processor p = { widths[_i],    caps & 1,      caps >> 1 & 1,
			               caps >> 2 & 1, caps >> 3 & 1, caps >> 4 & 1 };

		for (unsigned levels = 4; levels <= 5; levels++) {
			struct ept ept = ept_of(&p, levels);

			for (unsigned level = 1; level <= levels; level++)
				check_level(&p, &ept, level);
		}
	}
}
END_TEST

/* A malformed entry ends the walk whatever the rights above it, a not-present one
 * above it comes first. */
START_TEST(order_of_levels)
{
	struct processor p = { 46, true, true, true, false, false };
	struct ept ept = ept_of(&p, 5);

	for (unsigned upper = 5; upper > 1; upper--)
		for (unsigned lower = upper - 1; lower > 0; lower--) {
			struct path path;
			struct mem mem = { .read64 = path_read,
				           .write64 = path_write,
				           .ctx = &path };
			struct ept_walk w;

			path_make(&path, &ept, 0);
			path.entry[upper] &= ~UINT64_C(7);
			path.entry[lower] |= UINT64_C(1) << 50;
			ept_walk(&ept, &mem, gpa(0), &w);
			expect(w.end == WALK_NOT_PRESENT && w.level == upper, "%u %u", upper,
			       lower);
			path.entry[upper] |= 4;
			ept_walk(&ept, &mem, gpa(0), &w);
			expect(w.end == WALK_BAD && w.level == lower, "%u %u", upper, lower);
			path.entry[upper] |= UINT64_C(1) << 51;
			ept_walk(&ept, &mem, gpa(0), &w);
			expect(w.end == WALK_BAD && w.level == upper, "%u %u", upper, lower);
		}
}
END_TEST

START_TEST(what_a_walk_says)
{
	struct processor p = { widths[_i], true, true, true, true, false };

	for (unsigned levels = 4; levels <= 5; levels++)
		for (unsigned leaf = 1; leaf <= 3; leaf++) {
			struct ept ept = ept_of(&p, levels);
			uint64_t address = WALKED & ((UINT64_C(1) << (levels == 5 ? 57 : 48)) - 1);
			uint64_t inside = (UINT64_C(1) << shifts[leaf]) - 1;
			uint64_t page = (UINT64_C(0xeabcdefedfeed000) >> (64 - widths[_i])) &
			                ~inside & ~UINT64_C(0xfff);
			uint64_t upper = ~UINT64_C(0);
			struct path path;
			struct mem mem = { .read64 = path_read,
				           .write64 = path_write,
				           .ctx = &path };
			struct ept_walk w;

			path_make(&path, &ept, address);
			path.entry[leaf] = page | 0x437 | (leaf > 1 ? 0x80 : 0);
			path.entry[4] |= UINT64_C(0xa5) << 52;
			for (unsigned level = leaf + 1; level <= levels; level++) {
				path.entry[level] ^= level == 4 ? 2 : 4;
				upper &= path.entry[level];
			}
			ept_walk(&ept, &mem, gpa(address), &w);
			ck_assert_int_eq(w.end, WALK_PAGE);
			ck_assert_int_eq(w.rule, RULE_NONE);
			ck_assert_uint_eq(w.top, levels);
			ck_assert_uint_eq(w.level, leaf);
			ck_assert_uint_eq(w.upper, upper);
			ck_assert_uint_eq(w.all, upper & path.entry[leaf]);
			for (unsigned level = leaf; level <= levels; level++) {
				ck_assert_uint_eq(w.slot[level].v, path.at[level]);
				ck_assert_uint_eq(w.entry[level], path.entry[level]);
			}
			ck_assert_uint_eq(ept_walk_page_shift(&w), shifts[leaf]);
			ck_assert_uint_eq(ept_walk_hpa(&ept, &w, gpa(address)).v,
			                  page | (address & inside));
			for (unsigned bit = 0; bit < 64; bit++)
				ck_assert_int_eq(ept_gpa_too_wide(&ept, gpa(UINT64_C(1) << bit)),
				                 bit >= (levels == 5 ? 57 : 48));
		}
}
END_TEST

/* ---- EPTP ---- */

static uint64_t eptp_broken(uint64_t eptp, uint64_t cap, unsigned width)
{
	/* bits 2:0 and 5:3, and the capability bit each value needs */
	static const int type_needs[8] = { 8, -1, -1, -1, -1, -1, 14, -1 };
	static const int length_needs[8] = { -1, -1, -1, 6, 7, -1, -1, -1 };
	int type = type_needs[eptp & 7], length = length_needs[eptp >> 3 & 7];
	uint64_t broken = 0;

	if (type < 0 || !(cap >> type & 1))
		broken |= UINT64_C(1) << RULE_EPTP_MEMORY_TYPE;
	if (length < 0 || !(cap >> length & 1))
		broken |= UINT64_C(1) << RULE_EPTP_WALK_LENGTH;
	if (eptp >> 6 & 1 && !(cap >> 21 & 1))
		broken |= UINT64_C(1) << RULE_EPTP_AD;
	if (eptp >> 7 & 1 && !(cap >> 23 & 1))
		broken |= UINT64_C(1) << RULE_EPTP_SSS;
	if (eptp >> 8 & 15 || eptp >> width)
		broken |= UINT64_C(1) << RULE_EPTP_RESERVED;
	return broken;
}

static void check_eptp(uint64_t eptp, uint64_t cap, unsigned width)
{
	struct ept ept;
	uint64_t broken = eptp_broken(eptp, cap, width);
	enum rule rule = ept_init(&ept, eptp, cap, width, false, false);

	expect(broken ? broken >> rule & 1 : rule == RULE_NONE,
	       "EPTP %016" PRIx64 " capabilities %" PRIx64 " MAXPHYADDR %u: %s", eptp, cap, width,
	       rule_name(rule));
	if (rule == RULE_NONE)
		expect(ept.levels == (eptp >> 3 & 7) + 1 && ept.type == (eptp & 7) &&
		               ept.ad == (eptp >> 6 & 1) && ept.sss == (eptp >> 7 & 1) &&
		               ept.root.v == (eptp & ~UINT64_C(0xfff)),
		       "EPTP %016" PRIx64 " is taken apart wrongly", eptp);
}

START_TEST(every_eptp)
{
	static const unsigned matters[] = { 6, 7, 8, 14, 21, 23 };
	unsigned width = widths[_i];

	for (unsigned set = 0; set < 1 << LENGTH(matters); set++) {
		uint64_t cap = EPT_CAP_EVERYTHING;

		for (unsigned i = 0; i < LENGTH(matters); i++)
			if (!(set >> i & 1))
				cap &= ~(UINT64_C(1) << matters[i]);
		for (uint64_t low = 0; low < 4096; low++) {
			check_eptp(low, cap, width);
			check_eptp(low | UINT64_C(0xffffff000), cap, width);
			check_eptp(low | UINT64_C(1) << (width - 1), cap, width);
			check_eptp(low | UINT64_C(1) << width, cap, width);
			check_eptp(low | UINT64_C(1) << 63, cap, width);
		}
		for (unsigned bit = 12; bit < 64; bit++)
			for (unsigned low = 0; low < 256; low++)
				check_eptp(low | UINT64_C(1) << bit, cap, width);
	}
}
END_TEST

/* ---- Entries as software makes them ---- */

START_TEST(entry_helpers)
{
	static const uint64_t highs[] = { 0, UINT64_C(0xfff) << 52, UINT64_C(0xa5) << 53 };
	static const uint64_t address[] = { 0, 0x1000, UINT64_C(0x8000000000000),
		                            UINT64_C(0xffffffffff000), UINT64_C(0x123456789a000) };

	for (uint64_t low = 0; low < 4096; low++)
		for (unsigned h = 0; h < LENGTH(highs); h++)
			for (unsigned a = 0; a < LENGTH(address); a++) {
				uint64_t entry = highs[h] | address[a] | low;
				hpa_t pa = hpa(42);
				bool present = low % 8 != 0;

				expect(ept_entry_pa(entry, &pa) == present, "%" PRIx64, entry);
				expect(pa.v == (present ? address[a] : 42), "%" PRIx64, entry);
				expect(ept_entry_flags(entry) == (highs[h] | low), "%" PRIx64,
				       entry);
				for (unsigned b = 0; b < LENGTH(address); b++)
					expect(ept_entry_set_pa(entry, hpa(address[b])) ==
					               (highs[h] | address[b] | low),
					       "%" PRIx64, entry);
				for (unsigned perm = 0; perm < 16; perm++) {
					unsigned bits = (perm & 7) | (perm & 8) << 7;
					uint64_t rest = highs[h] | address[a] | (low & 0xbf8);

					expect(ept_entry_set_perm(entry, bits) == (rest | bits),
					       "%" PRIx64, entry);
				}
				expect(ept_entry_set_perm(entry, ~UINT64_C(0)) == (entry | 0x407),
				       "%" PRIx64, entry);
			}
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(memory_type_name(MEMORY_UC), "UC");
	ck_assert_str_eq(memory_type_name(MEMORY_WC), "WC");
	ck_assert_str_eq(memory_type_name(MEMORY_WT), "WT");
	ck_assert_str_eq(memory_type_name(MEMORY_WP), "WP");
	ck_assert_str_eq(memory_type_name(MEMORY_WB), "WB");
	for (unsigned e = EPT_OK; e <= EPT_NOT_UNIFORM; e++) {
		ck_assert_uint_gt(strlen(ept_error_text(e)), 3);
		for (unsigned other = EPT_OK; other < e; other++)
			ck_assert_str_ne(ept_error_text(e), ept_error_text(other));
	}
	ck_assert_str_eq(ept_error_text(99), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ept_entry");
	TCase *tests = tcase_create("entry");

	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests, every_entry, 0, LENGTH(widths));
	tcase_add_test(tests, order_of_levels);
	tcase_add_loop_test(tests, what_a_walk_says, 0, LENGTH(widths));
	tcase_add_loop_test(tests, every_eptp, 0, LENGTH(widths));
	tcase_add_test(tests, entry_helpers);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
