/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Decoding: every bit of every kind has its field, and what is called reserved is
 * what the specification says, written down here a second time.
 */
#include "base/bits.h"
#include "report/decode.h"

#include <eptsim/ept.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t widths[] = { 36, 40, 41, 46, 51, 52 };
static const uint8_t modes[] = { PAGING_32BIT, PAGING_PAE, PAGING_4LEVEL, PAGING_5LEVEL };

static const uint8_t top[] = { 0, 2, 3, 4, 5 }; /* level of the highest entry, by mode */

static struct regime regime_of(enum paging_mode mode, unsigned maxphyaddr, bool nx)
{
	struct paging_state s = {
		.cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG,
		.cr4 = CR4_PSE | CR4_PGE | CR4_PKE,
		.efer = nx ? EFER_NXE : 0,
		.pat = PAT_DEFAULT,
		.maxphyaddr = (uint8_t)maxphyaddr,
		.ept = true,
		.eptp = 0x5e,
		.ept_vpid_cap = EPT_CAP_EVERYTHING,
		.controls = { .ve = true, .spp = true },
		.knobs = KNOBS_DEFAULT,
	};
	struct regime r;

	s.cr4 |= mode >= PAGING_PAE ? CR4_PAE : 0;
	s.cr4 |= mode == PAGING_5LEVEL ? CR4_LA57 : 0;
	s.efer |= mode >= PAGING_4LEVEL ? EFER_LME | EFER_LMA : 0;
	ck_assert_int_eq(regime_init(&r, &s, false), RULE_NONE);
	return r;
}

static const struct decoded_field *field_at(const struct decoded *d, unsigned bit)
{
	const struct decoded_field *found = NULL;

	for (unsigned i = 0; i < d->count; i++)
		if (bit >= d->field[i].lo && bit <= d->field[i].hi) {
			ck_assert_msg(!found, "%s: bit %u is in two fields", d->title, bit);
			found = &d->field[i];
		}
	return found;
}

/* Alone and among all others, a bit that is set is in a field, with words. */
START_TEST(every_bit)
{
	struct regime r = regime_of(modes[_i], 46, true);

	for (unsigned kind = 0; kind < DECODE_KIND_COUNT; kind++)
		for (unsigned level = 1; level <= (kind == DECODE_GUEST_ENTRY ? top[modes[_i]] : 5);
		     level++)
			for (unsigned bit = 0; bit < 64 * 2; bit++) {
				struct decode_context c = { .regime = &r,
					                    .level = (uint8_t)level,
					                    .qword = (uint8_t)(level - 1) };
				uint64_t value = bit < 64 ? BIT(bit) : ~BIT(bit - 64);
				struct decoded d;

				decode(&d, (enum decode_kind)kind, &c, value);
				for (unsigned b = 0; b < 64; b++) {
					const struct decoded_field *f = field_at(&d, b);

					if (!(value >> b & 1))
						continue;
					ck_assert_msg(f && *f->text,
					              "%s, level %u: nothing about bit %u", d.title,
					              level, b);
					ck_assert_uint_eq(f->value,
					                  (value & BITS(f->hi, f->lo)) >> f->lo);
				}
				for (unsigned i = 1; i < d.count; i++)
					ck_assert_uint_lt(d.field[i - 1].hi, d.field[i].lo);
			}
}
END_TEST

/* The specification's section 3. */
static uint64_t guest_reserved(enum paging_mode mode, unsigned level, bool page, unsigned n,
                               bool nx)
{
	uint64_t all = bits_or_none(51, n) | (nx ? 0 : BIT(63));

	if (mode == PAGING_32BIT)
		return page && level == 2 ? BITS(21, (n < 40 ? n : 40) - 19) : 0;
	if (mode == PAGING_PAE && level == 3)
		return BITS(2, 1) | BITS(8, 5) | BITS(63, n);
	if (mode == PAGING_PAE)
		all |= BITS(62, 52);
	if (level >= 4)
		all |= BIT(7);
	if (page && level == 3)
		all |= BITS(29, 13);
	if (page && level == 2)
		all |= BITS(20, 13);
	return all;
}

START_TEST(guest_reserved_bits)
{
	enum paging_mode mode = modes[_i];

	for (unsigned w = 0; w < LENGTH(widths); w++)
		for (unsigned nx = 0; nx < 2; nx++)
			for (unsigned level = 1; level <= top[mode]; level++)
				for (unsigned large = 0; large < 2; large++)
					for (unsigned bit = 1;
					     bit < (mode == PAGING_32BIT ? 32 : 64); bit++) {
						struct regime r = regime_of(mode, widths[w], nx);
						struct decode_context c = {
							.regime = &r, .level = (uint8_t)level
						};
						uint64_t value =
							1 | (large ? PTE_PS : 0) | BIT(bit);
						bool pages = level == 2 ||
						             (level == 3 && mode >= PAGING_4LEVEL);
						bool page = level == 1 || (pages && value & PTE_PS);
						uint64_t reserved =
							guest_reserved(mode, level, page, widths[w],
						                       nx);
						const struct decoded_field *f;
						struct decoded d;

						decode(&d, DECODE_GUEST_ENTRY, &c, value);
						f = field_at(&d, bit);
						ck_assert_int_eq(d.bad, (value & reserved) != 0);
						ck_assert_int_eq(f->state == FIELD_BROKEN,
						                 reserved >> bit & 1);
					}
}
END_TEST

/* The specification's sections 6 and 7. */
static enum rule ept_rule(unsigned level, uint64_t value, unsigned n, uint64_t cap)
{
	bool can =
		level == 1 || (level == 2 && cap & EPT_CAP_2M) || (level == 3 && cap & EPT_CAP_1G);
	bool page = level == 1 || (can && value & BIT(7));
	unsigned type = value >> 3 & 7;

	if (!(value & 7))
		return RULE_EPT_NOT_PRESENT;
	if ((value & 3) == 2)
		return RULE_EPT_W_WITHOUT_R;
	if (!(value & 1) && !(cap & EPT_CAP_EXEC_ONLY))
		return RULE_EPT_EXEC_ONLY;
	if (value & bits_or_none(51, n))
		return RULE_EPT_ADDRESS_WIDTH;
	if (!page && value & BIT(7))
		return RULE_EPT_LARGE_UNSUPPORTED;
	if (page && level > 1 && value & BITS(level == 2 ? 20 : 29, 12))
		return RULE_EPT_LARGE_UNALIGNED;
	if (!page && value & BITS(6, 3))
		return RULE_EPT_RESERVED;
	return page && (type == 2 || type == 3 || type == 7) ? RULE_EPT_MEMORY_TYPE : RULE_NONE;
}

START_TEST(ept_rules)
{
	static const uint64_t caps[] = { EPT_CAP_EVERYTHING,
		                         EPT_CAP_EVERYTHING & ~EPT_CAP_EXEC_ONLY,
		                         EPT_CAP_EVERYTHING & ~(EPT_CAP_2M | EPT_CAP_1G) };

	for (unsigned k = 0; k < LENGTH(caps); k++)
		for (unsigned level = 1; level <= 5; level++)
			for (unsigned low = 0; low < 256; low++)
				for (unsigned bit = 8; bit < 64; bit++) {
					struct regime r =
						regime_of(PAGING_4LEVEL, widths[_i], true);
					struct decode_context c = { .regime = &r,
						                    .level = (uint8_t)level };
					uint64_t value = low | BIT(bit);
					enum rule rule =
						ept_rule(level, value, widths[_i], caps[k]);
					struct decoded d;

					r.state.ept_vpid_cap = caps[k];
					ck_assert_int_eq(ept_init(&r.ept, r.state.eptp, caps[k],
					                          widths[_i], false, false),
					                 RULE_NONE);
					decode(&d, DECODE_EPT_ENTRY, &c, value);
					ck_assert_msg(d.rule == rule, "level %u, 0x%lx: %s, not %s",
					              level, (unsigned long)value,
					              rule_name(d.rule), rule_name(rule));
					ck_assert_int_eq(d.bad,
					                 rule != RULE_NONE &&
					                         rule != RULE_EPT_NOT_PRESENT);
					ck_assert_ptr_nonnull(
						strstr(d.verdict, rule == RULE_NONE
					                                  ? " at HPA "
					                                  : rule_text(rule)));
				}
}
END_TEST

START_TEST(registers)
{
	static const struct {
		enum decode_kind kind;
		uint64_t value;
		bool bad;
	} rows[] = {
		{ DECODE_CR0, 0x80010033, false }, { DECODE_CR0, 0x80000000, true },
		{ DECODE_CR0, 0x180000033, true }, { DECODE_CR0, 0x33, false },
		{ DECODE_CR3, 0x1000, false },     { DECODE_CR3, BIT(46), true },
		{ DECODE_CR4, 0x3006a0, false },   { DECODE_CR4, BIT(5) | BIT(15), true },
		{ DECODE_CR4, 0x10, false },       { DECODE_CR4, BIT(33), true },
		{ DECODE_CR4, BIT(17), true },     { DECODE_EFER, 0xd01, false },
		{ DECODE_EFER, 2, true },          { DECODE_EFER, 0x400, true },
		{ DECODE_EFER, 0x100, false },     { DECODE_PKRU, 0x55555554, false },
		{ DECODE_PKRU, BIT(32), true },    { DECODE_PAT, PAT_DEFAULT, false },
		{ DECODE_PAT, 0x0202, true },      { DECODE_EPTP, 0x5e, false },
		{ DECODE_EPTP, 0x5d, true },       { DECODE_EPTP, 0x46, true },
		{ DECODE_EPTP, 0x15e, true },      { DECODE_EPTP, BIT(46) | 0x5e, true },
	};
	struct regime r = regime_of(PAGING_4LEVEL, 46, true);
	struct decode_context c = { .regime = &r };

	for (unsigned i = 0; i < LENGTH(rows); i++) {
		unsigned broken = 0;
		struct decoded d;

		decode(&d, rows[i].kind, &c, rows[i].value);
		for (unsigned k = 0; k < d.count; k++)
			broken += d.field[k].state == FIELD_BROKEN;
		ck_assert_msg(d.bad == rows[i].bad, "%s 0x%lx", decode_kind_name(rows[i].kind),
		              (unsigned long)rows[i].value);
		ck_assert_msg(rows[i].bad || !broken, "%s", decode_kind_name(rows[i].kind));
	}
}
END_TEST

/* What no value of a register may have. */
START_TEST(register_reserved_bits)
{
	static const struct {
		enum decode_kind kind;
		uint64_t good, reserved;
	} rows[] = {
		{ DECODE_CR0, CR0_PE | CR0_PG, BITS(63, 32) },
		{ DECODE_CR3, 0, BITS(63, 46) },
		{ DECODE_CR4, CR4_PAE, BIT(15) | BIT(26) | BITS(31, 29) | BITS(63, 33) },
		{ DECODE_EFER, EFER_LME | EFER_LMA, ~(BIT(0) | BIT(8) | BIT(10) | BIT(11)) },
		{ DECODE_PKRU, 0, BITS(63, 32) },
		{ DECODE_PKRS, 0, BITS(63, 32) },
		{ DECODE_EPTP, 0x1e, BITS(11, 8) | BITS(63, 46) },
	};
	struct regime r = regime_of(PAGING_4LEVEL, 46, true);
	struct decode_context c = { .regime = &r };

	for (unsigned i = 0; i < LENGTH(rows); i++)
		for (unsigned bit = 0; bit < 64; bit++) {
			struct decoded d;
			bool broken;

			decode(&d, rows[i].kind, &c, rows[i].good | BIT(bit));
			if (!(d.value & ~rows[i].good) && !(rows[i].reserved & d.value))
				continue;
			broken = field_at(&d, bit)->state == FIELD_BROKEN;
			/* EPTP's low fields are not reserved but may have a bad value. */
			if (rows[i].kind == DECODE_EPTP && bit < 8)
				continue;
			ck_assert_msg(broken == (rows[i].reserved >> bit & 1), "%s, bit %u",
			              decode_kind_name(rows[i].kind), bit);
		}
}
END_TEST

START_TEST(marks)
{
	static const struct {
		enum decode_kind kind;
		uint8_t level;
		uint64_t value;
		const char *marks;
	} rows[] = {
		{ DECODE_GUEST_ENTRY, 4, 0x2027, "P RW US A" },
		{ DECODE_GUEST_ENTRY, 2, 0x80000000402010ed, "P US PWT A D PS PAT XD" },
		{ DECODE_GUEST_ENTRY, 1, 0x18000000402001ff, "P RW US PWT PCD A D PAT G KEY=3" },
		{ DECODE_GUEST_ENTRY, 1, 0x8000000040201066, "-" },
		{ DECODE_EPT_ENTRY, 1, 0xa000000000208377, "R W X WB IPAT A D SPP SVE" },
		{ DECODE_EPT_ENTRY, 2, 0x200087, "R W X UC PS" },
		{ DECODE_EPT_ENTRY, 3, 0x2001, "R" },
	};
	struct regime r = regime_of(PAGING_4LEVEL, 46, true);

	for (unsigned i = 0; i < LENGTH(rows); i++) {
		struct decode_context c = { .regime = &r, .level = rows[i].level };
		char text[80];

		decode_marks(text, sizeof(text), rows[i].kind, &c, rows[i].value);
		ck_assert_str_eq(text, rows[i].marks);
	}
}
END_TEST

/* What is printed as JSON reads back. */
START_TEST(json)
{
	struct regime r = regime_of(PAGING_4LEVEL, 46, true);

	for (unsigned kind = 0; kind < DECODE_KIND_COUNT; kind++) {
		struct decode_context c = { .regime = &r, .level = 1 };
		struct decoded d;

		decode(&d, (enum decode_kind)kind, &c, 0xa55aa55aa55aa55a);
		json_t *made = decode_json(&d);
		char *text = json_dumps(made, 0);
		json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
		uint64_t value;

		ck_assert_ptr_nonnull(read);
		ck_assert(json_equal(made, read));
		ck_assert(json_u64_value(json_object_get(read, "value"), &value));
		ck_assert_uint_eq(value, d.value);
		ck_assert_str_eq(json_string_value(json_object_get(read, "kind")),
		                 decode_kind_name((enum decode_kind)kind));
		ck_assert_uint_eq(json_array_size(json_object_get(read, "fields")), d.count);
		json_decref(made);
		json_decref(read);
		free(text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tests = tcase_create("decode");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, every_bit, 0, LENGTH(modes));
	tcase_add_loop_test(tests, guest_reserved_bits, 0, LENGTH(modes));
	tcase_add_loop_test(tests, ept_rules, 0, LENGTH(widths));
	tcase_add_test(tests, registers);
	tcase_add_test(tests, register_reserved_bits);
	tcase_add_test(tests, marks);
	tcase_add_test(tests, json);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
