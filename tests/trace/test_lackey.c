/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The lackey reader: one line at a time against what must come of it.
 */
#include "trace_test.h"

static struct reading reading;

enum comes { RECORD, FOREIGN, FOREIGN_AND_RECORD, SKIPPED, MALFORMED };

static const struct row {
	const char *line;
	enum comes comes;
	uint8_t op;
	uint64_t address;
	uint16_t size;
	const char *expected; /* MALFORMED: part of the message */
} rows[] = {
	{ "I  04001090,3", RECORD, TRACE_FETCH, 0x4001090, 3, NULL },
	{ " S 1ffeffe7e8,8", RECORD, TRACE_WRITE, 0x1ffeffe7e8, 8, NULL },
	{ " L 04227f88,8", RECORD, TRACE_READ, 0x4227f88, 8, NULL },
	{ " M 0421C7CC,4", RECORD, TRACE_MODIFY, 0x421c7cc, 4, NULL },
	{ " L 0,1", RECORD, TRACE_READ, 0, 1, NULL },
	{ " L ffffffffffffffff,1", RECORD, TRACE_READ, UINT64_MAX, 1, NULL },
	{ " L 0000000000000000000010,4", RECORD, TRACE_READ, 16, 4, NULL },
	{ " L 8000000000000000,512", RECORD, TRACE_READ, UINT64_C(1) << 63, 512, NULL },
	{ " S 04001090,4096", RECORD, TRACE_WRITE, 0x4001090, 4096, NULL },
	{ " S 04001090,00008", RECORD, TRACE_WRITE, 0x4001090, 8, NULL },
	{ " S 04001090,8\r", RECORD, TRACE_WRITE, 0x4001090, 8, NULL },

	{ "==42== Lackey, an example Valgrind tool", SKIPPED, 0, 0, 0, NULL },
	{ "==", SKIPPED, 0, 0, 0, NULL },
	{ "== a heading ==", SKIPPED, 0, 0, 0, NULL },

	{ "", FOREIGN, 0, 0, 0, NULL },
	{ "=", FOREIGN, 0, 0, 0, NULL },
	{ "bin", FOREIGN, 0, 0, 0, NULL },
	{ "I  am a program", FOREIGN, 0, 0, 0, NULL },
	{ "I  ", FOREIGN, 0, 0, 0, NULL },
	{ "I  ,3", FOREIGN, 0, 0, 0, NULL },
	{ " S", FOREIGN, 0, 0, 0, NULL },
	{ " S zzzzzzzz,8", FOREIGN, 0, 0, 0, NULL },
	{ " M add", FOREIGN, 0, 0, 0, NULL },
	{ " M add me", FOREIGN, 0, 0, 0, NULL },
	{ " X 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "I 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "S  04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ " I 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "L 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ " s 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "I\t 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "hello 04001090,8", FOREIGN, 0, 0, 0, NULL },
	{ "see I  1090,8", FOREIGN, 0, 0, 0, NULL }, /* shorter than lackey prints */
	{ "helloI  0493f350,0", FOREIGN, 0, 0, 0, NULL },
	{ "helloI  0493f350,6 ", FOREIGN, 0, 0, 0, NULL },
	{ "hello==42== Exit code: 0", FOREIGN, 0, 0, 0, NULL },
	{ "\xff\xfe\x01", FOREIGN, 0, 0, 0, NULL },

	{ "helloI  0493f350,6", FOREIGN_AND_RECORD, TRACE_FETCH, 0x493f350, 6, NULL },
	{ "size:  S 1ffeffe7e8,8", FOREIGN_AND_RECORD, TRACE_WRITE, 0x1ffeffe7e8, 8, NULL },
	{ "50%\rI  0493f350,6", FOREIGN_AND_RECORD, TRACE_FETCH, 0x493f350, 6, NULL },
	{ "1 M 0493f350,6", FOREIGN_AND_RECORD, TRACE_MODIFY, 0x493f350, 6, NULL },

	{ "I  10000000000000000,3", MALFORMED, 0, 0, 0, "expected an address of at most 64 bits" },
	{ "I  ffffffffffffffffffffffffffffffffff,3", MALFORMED, 0, 0, 0, "at most 64 bits" },
	{ " S 04001090,0", MALFORMED, 0, 0, 0, "expected a size in bytes, 1 to 4096" },
	{ " S 04001090,4097", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,65544", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,18446744073709551617", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,18446744073709551624", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,99999999999999999999999999999", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,-8", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,0x8", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,8 ", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090,8x", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 1000,", MALFORMED, 0, 0, 0, "1 to 4096" },
	{ " S 04001090", MALFORMED, 0, 0, 0, "expected ',' and a size" },
	{ " S 04001090 8", MALFORMED, 0, 0, 0, "expected ',' and a size" },
	{ " S 040010g0,8", FOREIGN, 0, 0, 0, NULL },
	{ " S 0400109012345678901g,8", MALFORMED, 0, 0, 0, "expected ',' and a size" },
};

static void check_record(const struct row *row, const struct trace_record *record)
{
	struct trace_record expected = { .address = row->address,
		                         .size = row->size,
		                         .op = row->op,
		                         .cpl = TRACE_CPL_DEFAULT };

	ck_assert_msg(memcmp(record, &expected, sizeof expected) == 0, "line \"%s\"", row->line);
}

/* Each line as the third of four, so that its number and its neighbours show. */
static void check_row(const struct row *row, bool strict)
{
	struct trace_options options = { .strict = strict };
	bool foreign = row->comes == FOREIGN || row->comes == FOREIGN_AND_RECORD;
	bool refused = row->comes == MALFORMED || (strict && foreign);
	bool record = row->comes == RECORD || row->comes == FOREIGN_AND_RECORD;
	char text[512];

	snprintf(text, sizeof text, "==1== a\n L 00001000,1\n%s\n L 00002000,2\n", row->line);
	read_string(&reading, text, &options);
	ck_assert_str_eq(reading.format, "lackey");
	ck_assert_msg((reading.failed.kind == TRACE_ERROR_MALFORMED) == refused,
	              "line \"%s\" strict %d: %s", row->line, strict, reading.failed.message);
	ck_assert_uint_eq(reading.records[0].address, 0x1000);
	if (refused) {
		ck_assert_uint_eq(reading.count, 1);
		ck_assert_uint_eq(reading.failed.line, 3);
		ck_assert_ptr_nonnull(strstr(reading.failed.message, "t:3: expected "));
		if (row->expected)
			ck_assert_msg(strstr(reading.failed.message, row->expected) != NULL,
			              "line \"%s\": %s", row->line, reading.failed.message);
		return;
	}
	ck_assert_msg(reading.count == 2 + (size_t)record, "line \"%s\"", row->line);
	ck_assert_msg(reading.counts.foreign == foreign, "line \"%s\"", row->line);
	ck_assert_uint_eq(reading.counts.lines, 4);
	ck_assert_uint_eq(reading.counts.errors, 0);
	if (record)
		check_record(row, &reading.records[1]);
	ck_assert_uint_eq(reading.records[reading.count - 1].address, 0x2000);
}

START_TEST(lines)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check_row(&rows[i], false);
		check_row(&rows[i], true);
	}
}
END_TEST

/* A first line with a mistake is recognised all the same. */
START_TEST(first_line)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *row = &rows[i];

		if (row->comes != RECORD && row->comes != MALFORMED)
			continue;
		read_string(&reading, row->line, NULL);
		ck_assert_str_eq(reading.format, "lackey");
		ck_assert_uint_eq(reading.count, row->comes == RECORD);
		ck_assert_uint_eq(reading.failed.line, row->comes == MALFORMED);
		if (row->comes == RECORD)
			check_record(row, &reading.records[0]);
	}
}
END_TEST

/* Without valgrind's headings (-q) the program may write first. */
START_TEST(program_writes_first)
{
	read_string(&reading, "hello\n\nworldI  04001090,3\n S 1ffeffe7e8,8\n", NULL);
	ck_assert_str_eq(reading.format, "lackey");
	ck_assert_uint_eq(reading.count, 2);
	ck_assert_uint_eq(reading.counts.foreign, 3);
}
END_TEST

/* A trace cut in the middle of its last line. */
START_TEST(cut)
{
	static const struct {
		const char *end;
		bool malformed;
		size_t records;
	} cuts[] = {
		{ " S 04001090,8\n", false, 2 }, { " S 04001090,8", false, 2 },
		{ " S 04001090,", true, 1 },     { " S 04001090", true, 1 },
		{ " S 04001", true, 1 },         { " S 0", true, 1 },
		{ " S ", false, 1 },             { "prompt> ", false, 1 },
		{ " M ad d", false, 1 },
	};

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		char text[100];

		snprintf(text, sizeof text, "I  04001090,3\n%s", cuts[i].end);
		read_string(&reading, text, NULL);
		ck_assert_uint_eq(reading.failed.kind,
		                  cuts[i].malformed ? TRACE_ERROR_MALFORMED : TRACE_ERROR_NONE);
		ck_assert_uint_eq(reading.count, cuts[i].records);
	}
}
END_TEST

START_TEST(tolerated)
{
	static const char text[] = "I  04001090,3\n S 04001090,0\nhello\n S 04001090,4097\n"
				   " L 04001090,1\n S 04001090,x\n L 04001091,1\n";
	struct trace_options options = { .max_errors = 3 };

	read_string(&reading, text, &options);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_NONE);
	ck_assert_uint_eq(reading.count, 3);
	ck_assert_uint_eq(reading.counts.errors, 3);
	ck_assert_uint_eq(reading.counts.foreign, 1);
	ck_assert_uint_eq(reading.tolerated.line, 2);

	options.max_errors = 2;
	read_string(&reading, text, &options);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_MALFORMED);
	ck_assert_uint_eq(reading.failed.line, 6);
	ck_assert_uint_eq(reading.count, 2);
	ck_assert_uint_eq(reading.counts.errors, 2);

	/* A refused foreign line is one of them. */
	options.max_errors = 4;
	options.strict = true;
	read_string(&reading, text, &options);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_NONE);
	ck_assert_uint_eq(reading.counts.errors, 4);
	ck_assert_uint_eq(reading.counts.foreign, 0);
}
END_TEST

START_TEST(without_records)
{
	read_string(&reading, "==7== Lackey, an example Valgrind tool\nhello\n", NULL);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_FORMAT);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "--trace-mem=yes"));
}
END_TEST

/* NULs and over-long lines of the traced program; a record may hang on one. */
START_TEST(odd_program_output)
{
	size_t size = 3 * TRACE_LINE_MAX;
	char *text = malloc(size + 200);
	size_t at = (size_t)sprintf(text, "I  04001090,3\n");

	ck_assert_ptr_nonnull(text);
	memcpy(text + at, "\0\0\00004001090,8\n", 14);
	at += 14;
	memset(text + at, 'I', size);
	at += size;
	at += (size_t)sprintf(text + at, " S 04001091,8\n=%s\n", "=");
	memset(text + at, 'f', 100);
	at += 100;
	at += (size_t)sprintf(text + at, "\n L 04001092,8\n L 04001093,0\n");
	read_memory(&reading, text, at, NULL);
	free(text);
	ck_assert_uint_eq(reading.count, 3);
	ck_assert_uint_eq(reading.records[1].address, 0x4001091);
	ck_assert_uint_eq(reading.records[2].address, 0x4001092);
	ck_assert_uint_eq(reading.counts.foreign, 3);
	ck_assert_uint_eq(reading.failed.line, 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { lines, first_line, program_writes_first, cut, tolerated, without_records,
		                       odd_program_output };

	return run_tests("trace/lackey", tests, sizeof tests / sizeof *tests);
}
