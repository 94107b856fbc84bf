/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Eptrace text: good and bad lines, and what is written is read back.
 */
#include "trace_test.h"

static struct reading reading;

#define CPL .cpl = TRACE_CPL_DEFAULT
#define RWX (TRACE_RIGHT_R | TRACE_RIGHT_W | TRACE_RIGHT_X)

static const struct {
	const char *line;
	struct trace_record record;
} good[] = {
	{ "r 0x1000 8", { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "w 0xffffffffffffffff 1", { .op = TRACE_WRITE, .address = UINT64_MAX, .size = 1, CPL } },
	{ "x 0x0 15", { .op = TRACE_FETCH, .size = 15, CPL } },
	{ "m 0xDEADbeef 4096", { .op = TRACE_MODIFY, .address = 0xdeadbeef, .size = 4096, CPL } },
	{ "r 0x1000 0x10", { .op = TRACE_READ, .address = 0x1000, .size = 16, CPL } },
	{ "r 0x00000000000000000001000 008",
	  { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "\t r \t 0x1000  8 \t", { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "r 0x1000 8# said why", { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "r 0x1000 8 # pc=0x2", { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "r 0x1000 8\r", { .op = TRACE_READ, .address = 0x1000, .size = 8, CPL } },
	{ "r 0x1000 8 pc=0x401000 tid=7 asid=3 cpl=0",
	  { .op = TRACE_READ, .address = 0x1000, .size = 8, .pc = 0x401000, .tid = 7, .asid = 3,
	    .flags = TRACE_HAS_PC | TRACE_HAS_TID | TRACE_HAS_ASID | TRACE_HAS_CPL } },
	{ "r 0x1000 8 cpl=3 tid=0xffffffff pc=0x0",
	  { .op = TRACE_READ, .address = 0x1000, .size = 8, .tid = UINT32_MAX, CPL,
	    .flags = TRACE_HAS_PC | TRACE_HAS_TID | TRACE_HAS_CPL } },
	{ "cr3 0x8000000000123001", { .op = TRACE_CR3, .address = 0x8000000000123001 } },
	{ "cr3 0x1000 tid=1", { .op = TRACE_CR3, .address = 0x1000, .tid = 1, .flags = TRACE_HAS_TID } },
	{ "invlpg 0x7fff1234", { .op = TRACE_INVLPG, .address = 0x7fff1234 } },
	{ "invpcid 0 5 0x1000", { .op = TRACE_INVPCID, .tag = 5, .address = 0x1000 } },
	{ "invpcid 3 4095 0x0", { .op = TRACE_INVPCID, .type = 3, .tag = 4095 } },
	{ "invept 1", { .op = TRACE_INVEPT, .type = 1 } },
	{ "invept 2", { .op = TRACE_INVEPT, .type = 2 } },
	{ "invvpid 3 65535 0x1000",
	  { .op = TRACE_INVVPID, .type = 3, .tag = 65535, .address = 0x1000 } },
	{ "vm 65535", { .op = TRACE_VM, .tag = 65535 } },
	{ "map 0x1000 8192", { .op = TRACE_MAP, .address = 0x1000, .length = 8192 } },
	{ "map 0x1000 0x2000 rwx",
	  { .op = TRACE_MAP, .address = 0x1000, .length = 8192, .rights = RWX } },
	{ "map 0x1000 4096 asid=2",
	  { .op = TRACE_MAP, .address = 0x1000, .length = 4096, .asid = 2, .flags = TRACE_HAS_ASID } },
	{ "map 0x1000 4096 rx asid=2",
	  { .op = TRACE_MAP, .address = 0x1000, .length = 4096, .asid = 2, .flags = TRACE_HAS_ASID,
	    .rights = TRACE_RIGHT_R | TRACE_RIGHT_X } },
	{ "map 0x1000 4096 # none", { .op = TRACE_MAP, .address = 0x1000, .length = 4096 } },
	{ "map 0xfffffffffffff000 4096 r",
	  { .op = TRACE_MAP, .address = 0xfffffffffffff000, .length = 4096, .rights = TRACE_RIGHT_R } },
	{ "unmap 0x0 18446744073709547520",
	  { .op = TRACE_UNMAP, .length = UINT64_MAX - 4095 } },
	{ "protect 0x2000 4096 x",
	  { .op = TRACE_PROTECT, .address = 0x2000, .length = 4096, .rights = TRACE_RIGHT_X } },
};

#define ADDRESS "expected an address (0x and hexadecimal digits, at most 64 bits), found "
#define SIZE "expected a size in bytes, 1 to 4096, found "
#define PAGE "expected an address (0x and hexadecimal digits) that is a multiple of 4096, found "
#define LENGTH "expected a length in bytes that is a multiple of 4096, not 0, and ends within 64-bit addresses, found "
#define OP "expected r, w, x, m, cr3, invlpg, invpcid, invept, invvpid, vm, map, unmap, protect or a comment, found "
#define RIGHTS "expected rights: r, w, x in this order, each at most once, found "
#define ACCESS_END "expected pc=, tid=, asid=, cpl= or the end of the line, found "
#define DIRECTIVE_END "expected tid=, asid= or the end of the line, found "

static const struct {
	const char *line, *message;
} bad[] = {
	{ "read 0x1000 8", OP "\"read\"" },
	{ "R 0x1000 8", OP "\"R\"" },
	{ "0x1000 r", OP "\"0x1000\"" },
	{ "\x01\xff\"", OP "\"\\x01\\xff\\x22\"" },
	{ "rr 0x1000 8", OP "\"rr\"" },
	{ "r", ADDRESS "nothing more" },
	{ "r 1000 8", ADDRESS "\"1000\"" },
	{ "r 0x 8", ADDRESS "\"0x\"" },
	{ "r 0x10g0 8", ADDRESS "\"0x10g0\"" },
	{ "r 0x10000000000000000 8", ADDRESS "\"0x10000000000000000\"" },
	{ "r -0x1000 8", ADDRESS "\"-0x1000\"" },
	{ "r 0X1000 8", ADDRESS "\"0X1000\"" },
	{ "r 0x1000", SIZE "nothing more" },
	{ "r 0x1000 # 8", SIZE "nothing more" },
	{ "r 0x1000 0", SIZE "\"0\"" },
	{ "r 0x1000 4097", SIZE "\"4097\"" },
	{ "r 0x1000 65544", SIZE "\"65544\"" },
	{ "r 0x1000 -8", SIZE "\"-8\"" },
	{ "r 0x1000 8.", SIZE "\"8.\"" },
	{ "r 0x1000 0x", SIZE "\"0x\"" },
	{ "r 0x1000 18446744073709551617", SIZE "\"18446744073709551617\"" },
	{ "r 0x1000 18446744073709551624", SIZE "\"18446744073709551624\"" },
	{ "r 0x1000 8 9", ACCESS_END "\"9\"" },
	{ "r 0x1000 8 pid=9", ACCESS_END "\"pid=9\"" },
	{ "r 0x1000 8 pc", ACCESS_END "\"pc\"" },
	{ "r 0x1000 8 pc=", "expected pc= and an address (0x and hexadecimal digits), once, found \"pc=\"" },
	{ "r 0x1000 8 pc=10", "expected pc= and an address (0x and hexadecimal digits), once, found \"pc=10\"" },
	{ "r 0x1000 8 pc=0x1 pc=0x1", "expected pc= and an address (0x and hexadecimal digits), once, found \"pc=0x1\"" },
	{ "r 0x1000 8 tid=4294967296", "expected tid= and a number of at most 32 bits, once, found \"tid=4294967296\"" },
	{ "r 0x1000 8 tid=1 tid=1", "expected tid= and a number of at most 32 bits, once, found \"tid=1\"" },
	{ "r 0x1000 8 asid=x", "expected asid= and a number of at most 32 bits, once, found \"asid=x\"" },
	{ "r 0x1000 8 cpl=4", "expected cpl= and a privilege level, 0 to 3, once, found \"cpl=4\"" },
	{ "cr3", ADDRESS "nothing more" },
	{ "cr3 4096", ADDRESS "\"4096\"" },
	{ "cr3 0x1000 cpl=0", DIRECTIVE_END "\"cpl=0\"" },
	{ "invlpg page", ADDRESS "\"page\"" },
	{ "invpcid 4 0 0x0", "expected a type, 0 to 3, found \"4\"" },
	{ "invpcid 0 4096 0x0", "expected a PCID, 0 to 4095, found \"4096\"" },
	{ "invpcid 0 1", ADDRESS "nothing more" },
	{ "invept", "expected a type, 1 or 2, found nothing more" },
	{ "invept 0", "expected a type, 1 or 2, found \"0\"" },
	{ "invept 3", "expected a type, 1 or 2, found \"3\"" },
	{ "invept 1 0x1000", DIRECTIVE_END "\"0x1000\"" },
	{ "invvpid 0 65536 0x0", "expected a number, 0 to 65535, found \"65536\"" },
	{ "vm", "expected a number, 0 to 65535, found nothing more" },
	{ "vm 65536", "expected a number, 0 to 65535, found \"65536\"" },
	{ "vm one", "expected a number, 0 to 65535, found \"one\"" },
	{ "map 0x1001 4096 r", PAGE "\"0x1001\"" },
	{ "map 0x1000", LENGTH "nothing more" },
	{ "map 0x1000 0", LENGTH "\"0\"" },
	{ "map 0x1000 4097 r", LENGTH "\"4097\"" },
	{ "map 0xfffffffffffff000 8192 r", LENGTH "\"8192\"" },
	{ "map 0x1000 4096 wr", RIGHTS "\"wr\"" },
	{ "map 0x1000 4096 rr", RIGHTS "\"rr\"" },
	{ "map 0x1000 4096 r w", DIRECTIVE_END "\"w\"" },
	{ "map 0x1000 4096 r pc=0x1", DIRECTIVE_END "\"pc=0x1\"" },
	{ "unmap 0x1000 4096 r", DIRECTIVE_END "\"r\"" },
	{ "protect 0x1000 4096 z", RIGHTS "\"z\"" },
};

START_TEST(good_lines)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char text[300];

		for (int header = 0; header < 2; header++) {
			snprintf(text, sizeof text, "%s%s%s", header ? "# eptrace 1\n\n" : "",
			         good[i].line, header ? "\nr 0x1 1\n" : "");
			read_string(&reading, text, NULL);
			ck_assert_str_eq(reading.failed.message, "");
			ck_assert_str_eq(reading.format, "eptrace");
			ck_assert_uint_eq(reading.count, 1 + (size_t)header);
			ck_assert_msg(memcmp(&reading.records[0], &good[i].record,
			                     sizeof(struct trace_record)) == 0,
			              "line \"%s\"", good[i].line);
			ck_assert_uint_eq(reading.counts.directives,
			                  !trace_is_access(&good[i].record));
		}
	}
}
END_TEST

START_TEST(bad_lines)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct trace_options tolerant = { .max_errors = 1 };
		char text[300], message[400];

		snprintf(text, sizeof text, "r 0x1 1\n# comment\n\n%s\nr 0x2 2\n", bad[i].line);
		snprintf(message, sizeof message, "t:4: %s", bad[i].message);
		read_string(&reading, text, NULL);
		ck_assert_str_eq(reading.failed.message, message);
		ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_MALFORMED);
		ck_assert_uint_eq(reading.failed.line, 4);
		ck_assert_uint_eq(reading.count, 1);

		read_string(&reading, text, &tolerant);
		ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_NONE);
		ck_assert_str_eq(reading.tolerated.message, message);
		ck_assert_uint_eq(reading.counts.errors, 1);
		ck_assert_uint_eq(reading.count, 2);
		ck_assert_uint_eq(reading.records[1].address, 2);
	}
}
END_TEST

START_TEST(header)
{
	read_string(&reading, "# eptrace 2\nr 0x1 1\n", NULL);
	ck_assert_str_eq(reading.failed.message,
	                 "t:1: expected version 1 of eptrace (\"# eptrace 1\"), found \"# eptrace 2\"");
	/* Elsewhere it is a comment, and so is anything else that begins alike. */
	read_string(&reading, "# eptrace 1\n# eptrace 2\nr 0x1 1\n", NULL);
	ck_assert_uint_eq(reading.count, 1);
	read_string(&reading, "# eptrace two\nr 0x1 1\n", NULL);
	ck_assert_uint_eq(reading.count, 1);
	/* A trace of nothing is a trace. */
	read_string(&reading, "# eptrace 1\n", NULL);
	ck_assert_str_eq(reading.failed.message, "");
	ck_assert_uint_eq(reading.count, 0);
	read_string(&reading, "# nothing", NULL);
	ck_assert_str_eq(reading.format, "eptrace");
}
END_TEST

START_TEST(recognised)
{
	static const struct {
		const char *text;
		bool known;
	} texts[] = {
		{ "# a comment\n\n  # another\nr 0x1000 8\n", true },
		{ "r 0x1000 0\n", true }, /* so that the mistake is named */
		{ "map here\n", true },
		{ "r 1000 8\n", false }, /* extended din */
		{ "r\n", false },
		{ "\n\n", false },
		{ "#include <stdio.h>\nint main(void)\n", false },
		{ "0x401000: R 0x1000\n", false },
		{ "0 1000\n", false },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		read_string(&reading, texts[i].text, NULL);
		ck_assert_msg((strcmp(reading.format, "eptrace") == 0) == texts[i].known, "%s",
		              texts[i].text);
	}
}
END_TEST

START_TEST(over_long)
{
	size_t size = 2 * TRACE_LINE_MAX;
	char *text = malloc(size + 100);
	struct trace_options tolerant = { .max_errors = 1 };
	size_t at = (size_t)sprintf(text, "r 0x1 1\n#");

	memset(text + at, 'r', size);
	sprintf(text + at + size, "\nr 0x2 2\nr 0x3 0\n");
	read_string(&reading, text, NULL);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "t:2: expected a line of at most 65536"));
	ck_assert_uint_eq(reading.count, 1);
	read_string(&reading, text, &tolerant);
	ck_assert_uint_eq(reading.count, 2);
	ck_assert_uint_eq(reading.failed.line, 4);
	free(text);
}
END_TEST

static uint64_t next_random(uint64_t *state) /* SplitMix64 */
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct trace_record random_record(uint64_t *state)
{
	struct trace_record r = { .op = (uint8_t)(next_random(state) % TRACE_OPS) };
	uint64_t address = next_random(state) >> next_random(state) % 64;
	uint64_t page = address & ~UINT64_C(0xfff);

	r.flags = next_random(state) & (TRACE_HAS_TID | TRACE_HAS_ASID);
	if (r.op < ACCESS_TYPES) {
		r.flags |= next_random(state) & (TRACE_HAS_PC | TRACE_HAS_CPL);
		r.size = (uint16_t)(1 + next_random(state) % TRACE_SIZE_MAX);
		r.pc = r.flags & TRACE_HAS_PC ? next_random(state) : 0;
		r.cpl = r.flags & TRACE_HAS_CPL ? next_random(state) & 3 : TRACE_CPL_DEFAULT;
	}
	r.tid = r.flags & TRACE_HAS_TID ? (uint32_t)next_random(state) : 0;
	r.asid = r.flags & TRACE_HAS_ASID ? (uint32_t)next_random(state) : 0;
	if (r.op != TRACE_INVEPT && r.op != TRACE_VM)
		r.address = r.op >= TRACE_MAP ? page : address;
	if (r.op == TRACE_INVPCID || r.op == TRACE_INVVPID)
		r.type = next_random(state) & 3;
	if (r.op == TRACE_INVPCID)
		r.tag = next_random(state) & 4095;
	if (r.op == TRACE_INVVPID || r.op == TRACE_VM)
		r.tag = (uint16_t)next_random(state);
	if (r.op == TRACE_INVEPT)
		r.type = (uint8_t)(1 + (next_random(state) & 1));
	if (r.op >= TRACE_MAP) {
		uint64_t pages = (UINT64_MAX - page) / 4096 + 1;

		r.length = (1 + next_random(state) % pages) * 4096;
		if (r.length == 0)
			r.length = 4096;
		r.rights = r.op == TRACE_UNMAP ? 0 : next_random(state) & 7;
	}
	return r;
}

START_TEST(round_trip)
{
	static struct trace_record written[RECORDS_MAX];
	uint64_t state = 1;
	char *text, line[EPTRACE_LINE_SIZE];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < RECORDS_MAX; i++)
		written[i] = random_record(&state);
	ck_assert(eptrace_text_begin(out));
	ck_assert(eptrace_text_write(out, written, RECORDS_MAX));
	fclose(out);
	read_memory(&reading, text, size, NULL);
	ck_assert_str_eq(reading.failed.message, "");
	ck_assert_uint_eq(reading.count, RECORDS_MAX);
	ck_assert_mem_eq(reading.records, written, sizeof written);
	free(text);

	/* The longest line fits. */
	written[0] = (struct trace_record){ .op = TRACE_READ, .address = UINT64_MAX,
		                            .pc = UINT64_MAX, .size = 4096, .tid = UINT32_MAX,
		                            .asid = UINT32_MAX, .cpl = 3, .flags = 15 };
	ck_assert_uint_lt(eptrace_text_line(line, &written[0]), EPTRACE_LINE_SIZE);
}
END_TEST

START_TEST(write_fails)
{
	FILE *full = fopen("/dev/full", "w");
	struct trace_record record = { .op = TRACE_READ, .size = 1 };

	ck_assert_ptr_nonnull(full);
	setvbuf(full, NULL, _IONBF, 0);
	ck_assert(!eptrace_text_begin(full));
	ck_assert(!eptrace_text_write(full, &record, 1));
	fclose(full);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { good_lines, bad_lines, header,     recognised,
		                       over_long,  round_trip, write_fails };

	return run_tests("trace/eptrace_text", tests, sizeof tests / sizeof *tests);
}
