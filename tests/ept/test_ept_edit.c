/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The operations that edit an EPT one by one: what they refuse, the raw entries
 * they write, the order in which they write them, and what they do when frames
 * run out.
 */
#include "fixture.h"

#include <string.h>

static const unsigned shifts[] = { 0, 12, 21, 30, 39, 48, 57 };
#define ADDRESS UINT64_C(0xffffffffff000)
#define WHERE UINT64_C(0x6a9cc0000000) /* a gpa aligned to 1G, no index 0 at level 3 and 4 */
#define WHITHER UINT64_C(0x9c0000000)  /* an hpa aligned to 1G, below 2^36 */

static struct ept_mapping page_of(unsigned level)
{
	return (struct ept_mapping){
		.hpa = hpa(WHITHER), .level = (uint8_t)level, .type = MEMORY_WB, .perm = EPT_RWX
	};
}

/* Everything that can change: the frames in use, and what is in them. */
static uint64_t fingerprint(const struct fixture *f)
{
	uint64_t hash = f->in_use;

	for (unsigned n = 0; n < FRAMES; n++)
		for (unsigned i = 0; i < 512 && f->used[n]; i++)
			hash = (hash ^ f->cell[n][i] ^ (uint64_t)n << 32) * 0x100000001b3;
	return hash;
}

/* Maps, expects that, and takes it back. */
static void try_map(struct fixture *f, uint64_t at, const struct ept_mapping *m, enum ept_error due)
{
	uint64_t before = fingerprint(f);
	enum ept_error got = ept_map(&f->s, gpa(at), m);

	expect(got == due,
	       "level %u at %" PRIx64 " to %" PRIx64 " perm %" PRIx64 " type %u flags %" PRIx64
	       ": %s; due: %s",
	       m->level, at, m->hpa.v, m->perm, m->type, m->flags, ept_error_text(got),
	       ept_error_text(due));
	if (got == EPT_OK)
		expect(ept_unmap(&f->s, gpa(at), NULL) == EPT_OK, "%" PRIx64, at);
	expect(fingerprint(f) == before, "map (%s) and unmap change something",
	       ept_error_text(got));
}

START_TEST(alignment)
{
	struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);

	for (unsigned level = 1; level <= 3; level++) {
		struct ept_mapping m = page_of(level), was;

		for (unsigned bit = 0; bit < 46; bit++) {
			enum ept_error due = bit < shifts[level] ? EPT_UNALIGNED : EPT_OK;

			m.hpa.v = WHITHER;
			try_map(f, WHERE ^ UINT64_C(1) << bit, &m, due);
			m.hpa.v = WHITHER ^ UINT64_C(1) << bit;
			try_map(f, WHERE, &m, due);
		}
		m = page_of(level);
		ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
		for (unsigned bit = 0; bit < shifts[level]; bit++) {
			memset(&was, 0xff, sizeof was);
			ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE | UINT64_C(1) << bit), &was),
			                 EPT_UNALIGNED);
			ck_assert_uint_eq(was.perm | was.hpa.v | was.level, 0);
		}
		ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), &was), EPT_OK);
		ck_assert_uint_eq(was.hpa.v, WHITHER);
	}
	fixture_delete(f);
}
END_TEST

START_TEST(address_width)
{
	static const unsigned widths[] = { 36, 39, 40, 46, 52 };
	struct ept_mapping none;
	hpa_t to, slot;

	for (unsigned i = 0; i < 5; i++) {
		struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, widths[i], false, false);

		for (unsigned level = 1; level <= 3; level++)
			for (unsigned bit = shifts[level]; bit < 64; bit++) {
				struct ept_mapping m = page_of(level);
				bool wide = bit >= (_i == 5 ? 57 : 48);
				uint64_t at = UINT64_C(1) << bit;

				try_map(f, at, &m, wide ? EPT_BAD_ADDRESS : EPT_OK);
				m.hpa.v = at;
				try_map(f, WHERE, &m, bit >= widths[i] ? EPT_BAD_ADDRESS : EPT_OK);
				if (!wide)
					continue;
				to.v = slot.v = none.perm = 1;
				ck_assert_int_eq(gpa2hpa(&f->s, gpa(at), &to), EPT_BAD_ADDRESS);
				ck_assert_int_eq(ept_lookup(&f->s, gpa(at), &none, &slot),
				                 EPT_BAD_ADDRESS);
				ck_assert_uint_eq(to.v | slot.v | none.perm, 0);
				ck_assert_int_eq(ept_unmap(&f->s, gpa(at), NULL), EPT_BAD_ADDRESS);
				ck_assert_int_eq(ept_protect(&f->s, gpa(at), EPT_R),
				                 EPT_BAD_ADDRESS);
				ck_assert_int_eq(ept_split(&f->s, gpa(at)), EPT_BAD_ADDRESS);
				ck_assert_int_eq(ept_merge(&f->s, gpa(at), 2), EPT_BAD_ADDRESS);
			}
		fixture_delete(f);
	}
}
END_TEST

START_TEST(sizes)
{
	for (unsigned caps = 0; caps < 4; caps++) {
		struct fixture *f = fixture_new(_i,
		                                (EPT_CAP_EVERYTHING & ~(EPT_CAP_2M | EPT_CAP_1G)) |
		                                        (caps & 1 ? EPT_CAP_2M : 0) |
		                                        (caps & 2 ? EPT_CAP_1G : 0),
		                                46, false, false);

		for (unsigned level = 0; level < 256; level++) {
			struct ept_mapping m = page_of(level);
			bool good =
				level == 1 || (level == 2 && caps & 1) || (level == 3 && caps & 2);

			try_map(f, WHERE, &m, good ? EPT_OK : EPT_BAD_SIZE);
			if (level != 1)
				ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level),
				                 good ? EPT_NOT_EXIST : EPT_BAD_SIZE);
		}
		if (caps & 2) {
			struct ept_mapping m = page_of(3);

			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
			ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)),
			                 caps & 1 ? EPT_OK : EPT_BAD_SIZE);
		}
		fixture_delete(f);
	}
}
END_TEST

/* By R + 2W + 4X + 8XU; first index MBE, second execute-only. */
static const char permissions[2][2][17] = {
	{ "-+-+-+-+--------", "-+-+++-+--------" },
	{ "-+-+-+-+-+-+-+-+", "-+-+++-+++-+++-+" },
};

START_TEST(permissions_types_flags)
{
	bool mbe = _i & 1, exec_only = _i & 2, pw = _i & 4;
	struct fixture *f =
		fixture_new(4 + (_i >> 3),
	                    EPT_CAP_EVERYTHING & ~(exec_only ? 0 : EPT_CAP_EXEC_ONLY), 46, mbe, pw);

	for (unsigned level = 1; level <= 3; level++) {
		struct ept_mapping m = page_of(level), got;

		for (unsigned perm = 0; perm < 32; perm++) {
			bool good = perm < 16 && permissions[mbe][exec_only][perm] == '+';
			uint64_t bits = (perm & 7) | (perm & 8) << 7 | (perm & 16) << 7;

			m.perm = bits;
			m.flags = 0;
			try_map(f, WHERE, &m, good ? EPT_OK : EPT_BAD_PERMISSION);
			m.flags = EPT_PWA;
			bool good_pwa = good && (!pw || perm & 1);

			try_map(f, WHERE, &m, good_pwa ? EPT_OK : EPT_BAD_PERMISSION);

			m.perm = EPT_R;
			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
			ck_assert_int_eq(ept_protect(&f->s, gpa(WHERE + 0x123), bits),
			                 good_pwa ? EPT_OK : EPT_BAD_PERMISSION);
			ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), &got), EPT_OK);
			ck_assert_uint_eq(got.perm, good_pwa ? bits : EPT_R);
			ck_assert_uint_eq(got.flags, EPT_PWA);
		}
		m.perm = EPT_R;
		m.flags = 0;
		for (unsigned type = 0; type < 256; type++) {
			m.type = (uint8_t)type;
			try_map(f, WHERE, &m,
			        type == 0 || type == 1 || (type >= 4 && type <= 6) ? EPT_OK
			                                                           : EPT_BAD_TYPE);
		}
		m.type = 6;
		for (unsigned bit = 0; bit < 64; bit++) {
			bool good = bit == 63 || bit == 60 || bit == 58 || bit == 57 || bit == 8 ||
			            bit == 9 || (bit == 61 && level == 1);

			m.flags = UINT64_C(1) << bit;
			try_map(f, WHERE, &m, good ? EPT_OK : EPT_BAD_PERMISSION);
		}
	}
	fixture_delete(f);
}
END_TEST

/* The raw entries, from the root. */
START_TEST(raw_entries)
{
	bool mbe = _i & 1;
	unsigned levels = 4 + (_i >> 1);

	for (unsigned level = 1; level <= 3; level++)
		for (unsigned variant = 0; variant < 64; variant++) {
			struct fixture *f = fixture_new(levels, EPT_CAP_EVERYTHING, 46, mbe, false);
			struct ept_mapping m = page_of(level), got;
			uint64_t at = f->s.ept.root.v, entry = 0;
			uint64_t where = WHERE + UINT64_C(0x5a) * (UINT64_C(1) << shifts[level]);
			hpa_t slot;

			m.perm = (uint64_t[]){ 1, 3, 4, 5, 7, 1 }[variant % 6];
			m.type = (uint8_t[]){ 0, 1, 4, 5, 6 }[variant % 5];
			m.ipat = variant & 1;
			m.flags = (variant & 2 ? EPT_SVE | EPT_A : 0) | (variant & 4 ? EPT_D : 0) |
			          (variant & 8 ? EPT_SSS : 0) |
			          (variant & 16 ? EPT_VGP | EPT_PWA : 0) |
			          (variant & 32 && level == 1 ? EPT_SPP : 0);
			if (mbe && variant & 1)
				m.perm |= EPT_XU;
			ck_assert_int_eq(ept_map(&f->s, gpa(where), &m), EPT_OK);
			ck_assert_uint_eq(f->in_use, levels + 1 - level);
			for (unsigned l = levels; l >= level; l--) {
				uint64_t index = where >> shifts[l] & 511;

				for (unsigned i = 0; i < 512; i++)
					expect(i == index || *fixture_cell(f, hpa(at + 8 * i)) == 0,
					       "level %u: not zeroed", l);
				slot = hpa(at + 8 * index);
				entry = *fixture_cell(f, slot);
				at = entry & ADDRESS;
				if (l > level)
					ck_assert_uint_eq(entry & ~ADDRESS, mbe ? 0x407 : 7);
			}
			ck_assert_uint_eq(entry, WHITHER | m.perm | m.flags | m.type << 3 |
			                                 (m.ipat ? 1 << 6 : 0) |
			                                 (level > 1 ? 1 << 7 : 0));

			hpa_t found;

			ck_assert_int_eq(ept_lookup(&f->s, gpa(where + 0xfff), &got, &found),
			                 EPT_OK);
			ck_assert_uint_eq(found.v, slot.v);
			ck_assert(got.hpa.v == WHITHER && got.level == level &&
			          got.type == m.type && got.ipat == m.ipat && got.perm == m.perm &&
			          got.flags == m.flags);

			/* Bits that mean nothing here are not reported. */
			*fixture_cell(f, slot) |= (mbe ? 0 : EPT_XU) | (level > 1 ? EPT_SPP : 0) |
			                          UINT64_C(1) << 55 | 1 << 11;
			ck_assert_int_eq(ept_lookup(&f->s, gpa(where), &got, NULL), EPT_OK);
			ck_assert(got.perm == m.perm && got.flags == m.flags);
			fixture_delete(f);
		}
}
END_TEST

START_TEST(duplicates)
{
	for (unsigned there = 1; there <= 3; there++)
		for (unsigned level = 1; level <= 3; level++)
			for (unsigned perm = 1; perm < 8; perm++) {
				struct fixture *f =
					fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);
				struct ept_mapping m = page_of(there);
				uint64_t in = UINT64_C(511) << shifts[1] | UINT64_C(511)
				                                                   << shifts[2];
				uint64_t first = WHERE + (in & -(UINT64_C(1) << shifts[there]));
				uint64_t second = WHERE + (in & -(UINT64_C(1) << shifts[level]));

				m.perm = perm;
				if (ept_map(&f->s, gpa(first), &m) == EPT_OK) {
					m = page_of(level);
					uint64_t before = fingerprint(f);

					ck_assert_int_eq(ept_map(&f->s, gpa(second), &m),
					                 EPT_DUPLICATED);
					ck_assert_uint_eq(fingerprint(f), before);
					/* The neighbour is free, of whatever size. */
					second = (first |
					          ((UINT64_C(1)
					            << shifts[there > level ? there : level]) -
					           1)) +
					         1;
					try_map(f, second, &m, EPT_OK);
				}
				fixture_delete(f);
			}
}
END_TEST

/* No two gpa that differ in one bit are the same. */
START_TEST(aliases)
{
	struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);
	hpa_t to;

	for (unsigned level = 1; level <= 3; level++) {
		struct ept_mapping m = page_of(level);

		for (unsigned bit = shifts[level]; bit < (_i == 5 ? 57 : 48); bit++) {
			m.hpa.v = (uint64_t)bit << 30;
			ck_assert_int_eq(ept_map(&f->s, gpa(UINT64_C(1) << bit), &m), EPT_OK);
			ck_assert_int_eq(gpa2hpa(&f->s, gpa(0), &to), EPT_NOT_EXIST);
		}
		for (unsigned bit = shifts[level]; bit < (_i == 5 ? 57 : 48); bit++) {
			for (unsigned low = 0; low < shifts[level]; low++) {
				ck_assert_int_eq(
					gpa2hpa(&f->s, gpa(UINT64_C(1) << bit | UINT64_C(1) << low),
				                &to),
					EPT_OK);
				ck_assert_uint_eq(to.v, (uint64_t)bit << 30 | UINT64_C(1) << low);
			}
			ck_assert_int_eq(ept_unmap(&f->s, gpa(UINT64_C(1) << bit), NULL), EPT_OK);
		}
		ck_assert_uint_eq(f->in_use, 1);
	}
	fixture_delete(f);
}
END_TEST

/* Frames run out at every point, in an empty EPT and in one that has some of the
 * tables already. */
START_TEST(no_frames)
{
	for (unsigned level = 1; level <= 3; level++)
		for (unsigned shared = level; shared <= (unsigned)_i + 1; shared++) {
			struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);
			struct ept_mapping m = page_of(level);
			/* A page that has the tables down to level `shared` in common. */
			uint64_t other = WHERE ^ UINT64_C(1) << shifts[shared];
			unsigned need = shared - level;

			f->strict = true;
			if (shared <= (unsigned)_i)
				ck_assert_int_eq(ept_map(&f->s, gpa(other), &m), EPT_OK);
			else
				need = (unsigned)_i - level;
			uint64_t before = fingerprint(f);

			for (f->budget = 0; f->budget < need;) {
				unsigned budget = f->budget;

				f->seen_stores = 0;
				ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_NO_FRAME);
				ck_assert_uint_eq(fingerprint(f), before);
				ck_assert_uint_eq(f->seen_stores, 0);
				f->budget = budget + 1;
			}
			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
			ck_assert_uint_eq(f->budget, 0);
			ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), NULL), EPT_OK);
			ck_assert_uint_eq(fingerprint(f), before);
			f->strict = false;
			fixture_delete(f);
		}
}
END_TEST

START_TEST(bad_frames)
{
	static const uint64_t spoils[] = { 8, 0x800, UINT64_C(1) << 46, UINT64_C(1) << 52,
		                           UINT64_C(1) << 63 };
	struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);
	struct ept_mapping m = page_of(1), large = page_of(2);

	ck_assert_int_eq(ept_map(&f->s, gpa(0), &large), EPT_OK);
	for (unsigned i = 0; i < 5; i++) {
		struct ept_space other;
		uint64_t before = fingerprint(f), eptp = 1;

		f->spoil = spoils[i];
		ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_NO_FRAME);
		ck_assert_int_eq(ept_split(&f->s, gpa(0)), EPT_NO_FRAME);
		ck_assert_int_eq(ept_space_create(&other, &f->mem, fixture_frames(f), _i, false,
		                                  EPT_CAP_EVERYTHING, 46, &eptp),
		                 EPT_NO_FRAME);
		ck_assert_uint_eq(eptp, 0);
		f->spoil = 0;
		ck_assert_uint_eq(fingerprint(f), before);
	}
	fixture_delete(f);
}
END_TEST

/* ---- One store a change ---- */

static void changed_at_once(struct fixture *f)
{
	expect(f->seen_stores == 1, "%u stores that a walk could see", f->seen_stores);
	f->seen_stores = 0;
}

static void walk_tree(struct fixture *f)
{
	bool reached[FRAMES] = { false };

	/* Fails on entries that lead nowhere, as a table not zeroed has them. */
	fixture_reach(f, f->s.ept.levels, f->s.ept.root.v, reached);
}

START_TEST(one_store)
{
	for (unsigned level = 1; level <= 3; level++)
		for (unsigned tables = 0; tables < 2; tables++) {
			struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);
			struct ept_mapping m = page_of(level);

			if (tables)
				ck_assert_int_eq(
					ept_map(&f->s, gpa(WHERE + (UINT64_C(1) << shifts[level])),
				                &m),
					EPT_OK);
			f->strict = true;
			f->after_store = walk_tree;
			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
			changed_at_once(f);
			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_DUPLICATED);
			ck_assert_int_eq(ept_protect(&f->s, gpa(WHERE), 0), EPT_BAD_PERMISSION);
			ck_assert_uint_eq(f->seen_stores, 0);
			ck_assert_int_eq(ept_protect(&f->s, gpa(WHERE), EPT_R), EPT_OK);
			changed_at_once(f);
			for (unsigned l = level; l > 1; l--) {
				ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_OK);
				changed_at_once(f);
			}
			for (unsigned l = 2; l <= level; l++) {
				ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), l), EPT_OK);
				changed_at_once(f);
			}
			ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), NULL), EPT_OK);
			changed_at_once(f);
			ck_assert_uint_eq(f->in_use, tables ? (unsigned)_i + 1 - level : 1);
			f->strict = false;
			f->after_store = NULL;
			fixture_delete(f);
		}
}
END_TEST

/* ---- Splitting and merging ---- */

static uint64_t *leaf_of(struct fixture *f, uint64_t at)
{
	struct ept_mapping m;
	hpa_t slot;

	ck_assert_int_eq(ept_lookup(&f->s, gpa(at), &m, &slot), EPT_OK);
	return fixture_cell(f, slot);
}

START_TEST(split_raw)
{
	bool mbe = _i & 1;
	/* Attributes, software's bits among them; bit 61 means nothing in a large page. */
	const uint64_t kept = EPT_SVE | EPT_SSS | EPT_PWA | EPT_VGP | EPT_A | EPT_D | EPT_IPAT |
	                      EPT_XU | EPT_R | EPT_X | UINT64_C(1) << 11 | UINT64_C(5) << 52 |
	                      5 << 3;

	for (unsigned level = 2; level <= 3; level++) {
		struct fixture *f = fixture_new(5, EPT_CAP_EVERYTHING, 46, mbe, false);
		struct ept_mapping m = page_of(level);
		uint64_t size = UINT64_C(1) << shifts[level - 1], large;
		hpa_t slot;

		ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
		ck_assert_int_eq(ept_lookup(&f->s, gpa(WHERE), &m, &slot), EPT_OK);
		*fixture_cell(f, slot) = large = WHITHER | kept | EPT_SPP | EPT_PAGE;
		ck_assert_int_eq(ept_split(&f->s, gpa(WHERE + 5 * size + 77)), EPT_OK);
		ck_assert_uint_eq(*fixture_cell(f, slot) & ~ADDRESS, mbe ? 0x407 : 7);
		for (unsigned i = 0; i < 512; i++)
			ck_assert_uint_eq(*leaf_of(f, WHERE + i * size + size - 1),
			                  (WHITHER + i * size) | kept | (level > 2 ? EPT_PAGE : 0));
		ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE + 300 * size), level), EPT_OK);
		ck_assert_uint_eq(*fixture_cell(f, slot), large & ~EPT_SPP);
		fixture_delete(f);
	}
}
END_TEST

START_TEST(merge_refuses)
{
	unsigned level = _i;
	struct fixture *f = fixture_new(4, EPT_CAP_EVERYTHING, 46, true, false);
	struct ept_mapping m = page_of(level);
	uint64_t size = UINT64_C(1) << shifts[level - 1];
	static const unsigned places[] = { 0, 1, 255, 511 };
	hpa_t slot;

	ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
	ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level), EPT_NOT_UNIFORM);
	ck_assert_int_eq(ept_lookup(&f->s, gpa(WHERE), &m, &slot), EPT_OK);
	ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_OK);

	/* One page differs from the others in one bit. */
	for (unsigned p = 0; p < 4; p++)
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t *leaf = leaf_of(f, WHERE + places[p] * size), old = *leaf, before;
			uint64_t mask = UINT64_C(1) << bit;
			bool merges = mask & (EPT_A | EPT_D) || (level == 2 && mask == EPT_PAGE);

			*leaf ^= mask;
			before = fingerprint(f);
			for (unsigned from = 0; from < 4 && !merges; from++) {
				ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE + places[from] * size),
				                           level),
				                 EPT_NOT_UNIFORM);
				ck_assert_uint_eq(fingerprint(f), before);
			}
			if (merges) {
				ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level), EPT_OK);
				ck_assert_uint_eq(*fixture_cell(f, slot),
				                  WHITHER | EPT_PAGE | EPT_RWX | 6 << 3 |
				                          (mask & (EPT_A | EPT_D)));
				*fixture_cell(f, slot) &= ~(EPT_A | EPT_D);
				ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_OK);
			} else {
				*leaf = old;
			}
		}
	/* All have the bit, or are moved by it. */
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t mask = UINT64_C(1) << bit, before;
		bool refused =
			(mask >= 0x1000 && mask < size * 512) || (level == 2 && mask == EPT_SPP);

		if (!refused || bit < 12)
			continue;
		for (unsigned i = 0; i < 512; i++) {
			hpa_t at = hpa((*fixture_cell(f, slot) & ADDRESS) + 8 * i);

			*fixture_cell(f, at) += mask;
		}
		before = fingerprint(f);
		ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level), EPT_NOT_UNIFORM);
		ck_assert_uint_eq(fingerprint(f), before);
		for (unsigned i = 0; i < 512; i++) {
			hpa_t at = hpa((*fixture_cell(f, slot) & ADDRESS) + 8 * i);

			*fixture_cell(f, at) -= mask;
		}
	}
	/* The table's reference withholds a right. */
	for (unsigned bit = 1; bit < 3; bit++) {
		*fixture_cell(f, slot) ^= UINT64_C(1) << bit;
		ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level), EPT_NOT_UNIFORM);
		*fixture_cell(f, slot) ^= UINT64_C(1) << bit;
	}
	*fixture_cell(f, slot) &= ~EPT_XU; /* which no page has */
	ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), level), EPT_OK);

	/* Smaller pages than the next size. */
	if (level == 3) {
		ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_OK);
		ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_OK);
		ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE), 3), EPT_NOT_UNIFORM);
		ck_assert_int_eq(ept_merge(&f->s, gpa(WHERE + size), 3), EPT_NOT_UNIFORM);
	}
	fixture_delete(f);
}
END_TEST

/* ---- Entries that these operations do not make ---- */

START_TEST(foreign_entries)
{
	for (unsigned level = 1; level <= 4; level++) {
		struct fixture *f = fixture_new(4, EPT_CAP_EVERYTHING, 46, false, false);
		struct ept_mapping m = page_of(1), got;
		uint64_t *cell = NULL, good, before;
		struct ept_walk w;
		hpa_t to;

		ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
		ept_walk(&f->s.ept, &f->mem, gpa(WHERE), &w);
		cell = fixture_cell(f, w.slot[level]);
		good = *cell;

		/* Malformed: nothing for most, and nothing to overwrite. */
		*cell = good | UINT64_C(1) << 50;
		before = fingerprint(f);
		ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_DUPLICATED);
		if (level > 1)
			ck_assert_int_eq(ept_map(&f->s, gpa(WHERE ^ 0x1000), &m), EPT_DUPLICATED);
		ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), &got), EPT_NOT_EXIST);
		ck_assert_int_eq(ept_protect(&f->s, gpa(WHERE), EPT_R), EPT_NOT_EXIST);
		ck_assert_int_eq(ept_split(&f->s, gpa(WHERE)), EPT_NOT_EXIST);
		ck_assert_int_eq(gpa2hpa(&f->s, gpa(WHERE), &to), EPT_NOT_EXIST);
		ck_assert_uint_eq(fingerprint(f), before);
		*cell = good;
		fixture_delete(f);
	}
}
END_TEST

START_TEST(leftover_entries)
{
	struct fixture *f = fixture_new(4, EPT_CAP_EVERYTHING, 46, false, false);
	struct ept_mapping m = page_of(1);
	struct ept_walk w;

	ck_assert_int_eq(ept_map(&f->s, gpa(WHERE), &m), EPT_OK);
	ept_walk(&f->s.ept, &f->mem, gpa(WHERE), &w);
	*fixture_cell(f, hpa(w.slot[1].v ^ 8)) = EPT_SVE | EPT_XU | 0xfff000;
	ck_assert_int_eq(ept_map(&f->s, gpa(WHERE ^ 0x1000), &m), EPT_OK);
	ck_assert_uint_eq(*leaf_of(f, WHERE ^ 0x1000), WHITHER | 0x37);
	ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE ^ 0x1000), NULL), EPT_OK);
	*fixture_cell(f, hpa(w.slot[1].v ^ 8)) = EPT_SVE;
	ck_assert_int_eq(ept_unmap(&f->s, gpa(WHERE), NULL), EPT_OK);
	ck_assert_uint_eq(f->in_use, 1);
	fixture_delete(f);
}
END_TEST

/* ---- Creation and the end ---- */

START_TEST(create)
{
	struct fixture *f = fixture_new(4, EPT_CAP_EVERYTHING, 46, false, false);
	struct ept_space s;

	for (unsigned levels = 0; levels < 20; levels++)
		for (unsigned width = 30; width < 60; width++)
			for (unsigned caps = 0; caps < 16; caps++) {
				uint64_t cap = (caps & 1 ? EPT_CAP_WALK_4 : 0) |
				               (caps & 2 ? EPT_CAP_WALK_5 : 0) |
				               (caps & 4 ? EPT_CAP_WB : EPT_CAP_UC) |
				               (caps & 8 ? EPT_CAP_AD : 0);
				bool good = caps & 4 && ((levels == 4 && caps & 1) ||
				                         (levels == 5 && caps & 2));
				bool width_good = width >= 36 && width <= 52;
				uint64_t before = f->in_use, eptp = 1;

				for (unsigned ad = 0; ad < 2; ad++) {
					bool created = width_good && good && (!ad || caps & 8);

					expect(ept_space_create(&s, &f->mem, fixture_frames(f),
					                        levels, ad, cap, width, &eptp) ==
					               (created      ? EPT_OK
					                : width_good ? EPT_BAD_SIZE
					                             : EPT_BAD_ADDRESS),
					       "levels %u width %u capabilities %x", levels, width,
					       caps);
					if (!created) {
						ck_assert_uint_eq(eptp, 0);
						ck_assert_uint_eq(f->in_use, before);
						continue;
					}
					ck_assert_uint_eq(eptp & 0xfff,
					                  6 | (levels - 1) << 3 | ad << 6);
					ck_assert_uint_eq(eptp & ~UINT64_C(0xfff), s.ept.root.v);
					ck_assert(s.ept.levels == levels && s.ept.ad == ad &&
					          s.ept.maxphyaddr == width && !s.ept.mbe);
					for (unsigned i = 0; i < 512; i++)
						expect(*fixture_cell(f, hpa(s.ept.root.v +
						                            8 * i)) == 0,
						       "the root is not zeroed");
					ept_space_destroy(&s);
					ck_assert_uint_eq(f->in_use, before);
				}
			}
	f->budget = 0;
	uint64_t eptp = 1;

	ck_assert_int_eq(ept_space_create(&s, &f->mem, fixture_frames(f), 4, false,
	                                  EPT_CAP_EVERYTHING, 46, &eptp),
	                 EPT_NO_FRAME);
	ck_assert_uint_eq(eptp, 0);
	fixture_delete(f);
}
END_TEST

/* Pages at the ends of every table, then the end: fixture_delete() counts. */
START_TEST(destroy)
{
	for (unsigned level = 1; level <= 3; level++) {
		struct fixture *f = fixture_new(_i, EPT_CAP_EVERYTHING, 46, false, false);

		for (unsigned ends = 0; ends < 1u << (_i + 1 - (int)level); ends++) {
			struct ept_mapping m = page_of(level);
			uint64_t at = 0;

			for (unsigned l = level; l <= (unsigned)_i; l++)
				at |= (uint64_t)(ends >> (l - level) & 1 ? 511 : 0) << shifts[l];
			ck_assert_int_eq(ept_map(&f->s, gpa(at), &m), EPT_OK);
		}
		ck_assert_uint_eq(f->in_use, (1u << (_i + 1 - (int)level)) - 1);
		fixture_delete(f);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ept_edit");
	TCase *tests = tcase_create("edit");

	tcase_set_timeout(tests, 300);
	/* The loop variable is the number of levels, where nothing else is said. */
	tcase_add_loop_test(tests, alignment, 4, 6);
	tcase_add_loop_test(tests, address_width, 4, 6);
	tcase_add_loop_test(tests, sizes, 4, 6);
	tcase_add_loop_test(tests, permissions_types_flags, 0, 16);
	tcase_add_loop_test(tests, raw_entries, 0, 4);
	tcase_add_loop_test(tests, duplicates, 4, 6);
	tcase_add_loop_test(tests, aliases, 4, 6);
	tcase_add_loop_test(tests, no_frames, 4, 6);
	tcase_add_loop_test(tests, bad_frames, 4, 6);
	tcase_add_loop_test(tests, one_store, 4, 6);
	tcase_add_loop_test(tests, split_raw, 0, 2);
	tcase_add_loop_test(tests, merge_refuses, 2, 4); /* level */
	tcase_add_test(tests, foreign_entries);
	tcase_add_test(tests, leftover_entries);
	tcase_add_test(tests, create);
	tcase_add_loop_test(tests, destroy, 4, 6);
	suite_add_tcase(suite, tests);
	return fixture_run(suite);
}
