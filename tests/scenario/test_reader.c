/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The reader: what it takes, and the sentence it says about what it does not.
 */
#include "scenario/scenario.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A good scenario, key by key. */
static const struct member {
	const char *key, *value;
} base[] = {
	{ "id", "\"t\"" },
	{ "mode", "\"ia32e4\"" },
	{ "cr0", "\"0x80010033\"" },
	{ "cr3", "\"0x1000\"" },
	{ "cr4", "\"0x20\"" },
	{ "efer", "\"0xd01\"" },
	{ "access", "{\"type\":\"read\",\"gva\":\"0x1000\",\"size\":8}" },
};

#define BASE_COUNT (sizeof(base) / sizeof(base[0]))
#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

/* The base with the members of `changes` ("key=value", ended by NULL) put in
 * the place of theirs or added; no value takes the key away. */
static char *make_line(const char *const *changes)
{
	char *line = NULL;
	size_t size;
	FILE *f = open_memstream(&line, &size);
	const char *comma = "";

	fputc('{', f);
	for (size_t i = 0; i < BASE_COUNT; i++) {
		const char *value = base[i].value;

		for (const char *const *c = changes; *c; c++)
			if (strncmp(*c, base[i].key, strlen(base[i].key)) == 0 &&
			    (*c)[strlen(base[i].key)] == '=')
				value = *c + strlen(base[i].key) + 1;
		if (*value) {
			fprintf(f, "%s\"%s\":%s", comma, base[i].key, value);
			comma = ",";
		}
	}
	for (const char *const *c = changes; *c; c++) {
		size_t length = strcspn(*c, "=");
		bool known = false;

		for (size_t i = 0; i < BASE_COUNT; i++)
			known |= strlen(base[i].key) == length && strncmp(*c, base[i].key, length) == 0;
		if (!known)
			fprintf(f, "%s\"%.*s\":%s", comma, (int)length, *c, *c + length + 1);
		comma = ",";
	}
	fputs("}\n", f);
	fclose(f);
	return line;
}

/* --- bad lines ----------------------------------------------------------- */

/* A change to the base, and the sentence without "bad:1: ". */
static const struct {
	const char *changes[4];
	const char *error;
} bad[] = {
	/* what is missing */
	{ { "mode=" }, "the key \"mode\" is missing" },
	{ { "cr0=" }, "the key \"cr0\" is missing" },
	{ { "cr3=" }, "the key \"cr3\" is missing" },
	{ { "cr4=" }, "the key \"cr4\" is missing" },
	{ { "efer=" }, "the key \"efer\" is missing" },
	{ { "access=" }, "expected either \"access\" or \"steps\", found neither" },
	{ { "steps=[{\"vm_exit\":1}]" }, "expected either \"access\" or \"steps\", found both" },
	{ { "access={\"gva\":0,\"size\":1}" }, "access: the key \"type\" is missing" },
	{ { "access={\"type\":\"read\",\"size\":1}" }, "access: the key \"gva\" is missing" },
	{ { "access={\"type\":\"read\",\"gva\":0}" }, "access: the key \"size\" is missing" },
	/* types */
	{ { "id=5" }, "id: expected a string, found 5" },
	{ { "mode=4" }, "mode: expected one of nopaging, legacy32, pae, ia32e4, ia32e5, found 4" },
	{ { "mode=\"long\"" },
	  "mode: expected one of nopaging, legacy32, pae, ia32e4, ia32e5, found \"long\"" },
	{ { "cr3=true" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found true" },
	{ { "cr3=null" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found null" },
	{ { "cr3=1.5" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found 1.5" },
	{ { "cr3=[1]" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found an array of 1" },
	{ { "cr3={}" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found an object" },
	{ { "eptp=false" },
	  "eptp: expected a number (an integer from 0, or a \"0x...\" string) or null, found false" },
	{ { "controls=[]" }, "controls: expected an object, found an array of 0" },
	{ { "knobs=1" }, "knobs: expected an object, found 1" },
	{ { "mem=[]" }, "mem: expected an object of \"0xADDRESS\": value, found an array of 0" },
	{ { "access=[]" }, "access: expected an object, found an array of 0" },
	{ { "access=null" }, "access: expected an object, found null" },
	{ { "expect=1" }, "expect: expected an object, found 1" },
	{ { "mem_after=1" }, "mem_after: expected an object of \"0xADDRESS\": value, found 1" },
	{ { "access=", "steps={}" }, "steps: expected an array of at least one step, found an object" },
	{ { "access=", "steps=[]" }, "steps: expected an array of at least one step, found an array of 0" },
	{ { "access=", "steps=[1]" }, "steps[0]: expected an object, found 1" },
	/* spelling of numbers */
	{ { "cr3=\"4096\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"4096\"" },
	{ { "cr3=\"0x\"" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0x\"" },
	{ { "cr3=\"0xg\"" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0xg\"" },
	{ { "cr3=\"\"" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"\"" },
	{ { "cr3=\"0x1 \"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0x1 \"" },
	{ { "cr3=\" 0x1\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \" 0x1\"" },
	{ { "cr3=\"0X1\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0X1\"" },
	{ { "cr3=\"-0x1\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"-0x1\"" },
	{ { "cr3=\"0x1\\n\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0x1?\"" },
	{ { "cr3=-1" }, "cr3: expected a number (an integer from 0, or a \"0x...\" string), found -1" },
	{ { "cr3=\"0x10000000000000000\"" },
	  "cr3: expected a number below 2^64, found \"0x10000000000000000\"" },
	{ { "cr3=\"0x1000000000000000z\"" },
	  "cr3: expected a number (an integer from 0, or a \"0x...\" string), found \"0x1000000000000000z\"" },
	{ { "cr3=18446744073709551616" },
	  "expected numbers that fit 64 bits, found one that does not at column 71" },
	{ { "cr3=-9223372036854775809" },
	  "expected numbers that fit 64 bits, found one that does not at column 71" },
	{ { "cr3=1e999" }, "expected numbers that fit 64 bits, found one that does not at column 56" },
	/* ranges */
	{ { "cpl=4" }, "cpl: expected a number from 0 to 3, found 4" },
	{ { "rflags_ac=2" }, "rflags_ac: expected a number from 0 to 1, found 2" },
	{ { "rflags_ac=true" }, "rflags_ac: expected a number from 0 to 1, found true" },
	{ { "pkru=\"0x100000000\"" }, "pkru: expected a number from 0x0 to 0xffffffff, found \"0x100000000\"" },
	{ { "pkrs=4294967296" }, "pkrs: expected a number from 0x0 to 0xffffffff, found 4294967296" },
	{ { "maxphyaddr=35" }, "maxphyaddr: expected a number from 36 to 52, found 35" },
	{ { "maxphyaddr=53" }, "maxphyaddr: expected a number from 36 to 52, found 53" },
	{ { "vpid=65536" }, "vpid: expected a number from 0 to 65535, found 65536" },
	{ { "eptp_index=65536" }, "eptp_index: expected a number from 0 to 65535, found 65536" },
	{ { "pml_index=65536" }, "pml_index: expected a number from 0 to 65535, found 65536" },
	{ { "hlat_prefix=65536" }, "hlat_prefix: expected a number from 0 to 65535, found 65536" },
	{ { "ve_busy=4294967296" }, "ve_busy: expected a number from 0 to 4294967295, found 4294967296" },
	{ { "event_delivery=2" }, "event_delivery: expected a number from 0 to 1, found 2" },
	{ { "pdpte=[1,2,3]" }, "pdpte: expected an array of 4 numbers, found an array of 3" },
	{ { "pdpte=[1,2,3,4,5]" }, "pdpte: expected an array of 4 numbers, found an array of 5" },
	{ { "pdpte=[1,2,3,\"x\"]" },
	  "pdpte[3]: expected a number (an integer from 0, or a \"0x...\" string), found \"x\"" },
	/* controls and knobs */
	{ { "controls={\"mbe\":2}" }, "controls.mbe: expected a number from 0 to 1, found 2" },
	{ { "controls={\"lass\":0}" }, "controls: \"lass\" is not modelled" },
	{ { "knobs={\"gbpages\":1}" }, "knobs.gbpages: expected \"on\" or \"off\", found 1" },
	{ { "knobs={\"gbpages\":\"maybe\"}" }, "knobs.gbpages: expected \"on\" or \"off\", found \"maybe\"" },
	{ { "knobs={\"turbo\":\"on\"}" }, "knobs: \"turbo\" is not modelled" },
	/* modes */
	{ { "cr0=\"0x10033\"" }, "mode: expected cr0.PG (bit 31) = 1 for \"ia32e4\", found cr0 = 0x10033" },
	{ { "cr0=\"0x80010032\"" }, "mode: expected cr0.PE (bit 0) = 1 for \"ia32e4\", found cr0 = 0x80010032" },
	{ { "cr4=0" }, "mode: expected cr4.PAE (bit 5) = 1 for \"ia32e4\", found cr4 = 0x0" },
	{ { "efer=\"0x900\"" }, "mode: expected efer.LMA (bit 10) = 1 for \"ia32e4\", found efer = 0x900" },
	{ { "efer=\"0xc00\"" }, "mode: expected efer.LME (bit 8) = 1 for \"ia32e4\", found efer = 0xc00" },
	{ { "cr4=\"0x1020\"" }, "mode: expected cr4.LA57 (bit 12) = 0 for \"ia32e4\", found cr4 = 0x1020" },
	{ { "mode=\"ia32e5\"" }, "mode: expected cr4.LA57 (bit 12) = 1 for \"ia32e5\", found cr4 = 0x20" },
	{ { "mode=\"pae\"" }, "mode: expected efer.LMA (bit 10) = 0 for \"pae\", found efer = 0xd01" },
	{ { "mode=\"pae\"", "efer=\"0x100\"" },
	  "mode: expected efer.LME (bit 8) = 0 for \"pae\", found efer = 0x100" },
	{ { "mode=\"legacy32\"", "efer=0" },
	  "mode: expected cr4.PAE (bit 5) = 0 for \"legacy32\", found cr4 = 0x20" },
	{ { "mode=\"nopaging\"" }, "mode: expected cr0.PG (bit 31) = 0 for \"nopaging\", found cr0 = 0x80010033" },
	{ { "mode=\"nopaging\"", "cr0=1" },
	  "mode: expected efer.LMA (bit 10) = 0 for \"nopaging\", found efer = 0xd01" },
	/* what is not modelled */
	{ { "cr3=\"0x4000000000001000\"" },
	  "cr3: expected bits 62:61 = 0 (LAM is not modelled), found 0x4000000000001000" },
	{ { "cr3=\"0x2000000000001000\"" },
	  "cr3: expected bits 62:61 = 0 (LAM is not modelled), found 0x2000000000001000" },
	{ { "cr4=\"0x8000020\"" },
	  "cr4: expected bits 28:27 = 0 (LAM and LASS are not modelled), found 0x8000020" },
	{ { "cr4=\"0x10000020\"" },
	  "cr4: expected bits 28:27 = 0 (LAM and LASS are not modelled), found 0x10000020" },
	{ { "access=", "steps=[{\"mov_cr3\":\"0x6000000000000000\"}]" },
	  "steps[0].mov_cr3: expected bits 62:61 = 0 (LAM is not modelled), found 0x6000000000000000" },
	{ { "access=", "steps=[{\"vm_exit\":1},{\"mov_cr4\":\"0x8000020\"}]" },
	  "steps[1].mov_cr4: expected bits 28:27 = 0 (LAM and LASS are not modelled), found 0x8000020" },
	/* memory */
	{ { "mem={\"0x1004\":1}" }, "mem[0x1004]: expected an address that is a multiple of 8" },
	{ { "mem={\"0x10000000000000\":1}" },
	  "mem[0x10000000000000]: expected a \"0x...\" address below 2^52" },
	{ { "mem={\"0x10000000000000000\":1}" },
	  "mem[0x10000000000000000]: expected a \"0x...\" address below 2^52" },
	{ { "mem={\"4096\":1}" }, "mem[4096]: expected a \"0x...\" address below 2^52" },
	{ { "mem={\"\":1}" }, "mem[]: expected a \"0x...\" address below 2^52" },
	{ { "mem={\"0x1000\":-1}" },
	  "mem[0x1000]: expected a number (an integer from 0, or a \"0x...\" string), found -1" },
	{ { "mem={\"0x1000\":\"0x10000000000000000\"}" },
	  "mem[0x1000]: expected a number below 2^64, found \"0x10000000000000000\"" },
	{ { "mem={\"0x1000\":1,\"0x8\":2,\"0x001000\":1}" },
	  "mem: expected each cell once, found 0x1000 in two spellings" },
	{ { "mem={\"0xa8\":1,\"0xA8\":1}" }, "mem: expected each cell once, found 0xa8 in two spellings" },
	{ { "mem_after={\"0x1004\":1}" }, "mem_after[0x1004]: expected an address that is a multiple of 8" },
	/* access */
	{ { "access={\"type\":\"execute\",\"gva\":0,\"size\":1}" },
	  "access.type: expected one of read, write, rmw, fetch, found \"execute\"" },
	{ { "access={\"type\":\"read\",\"gva\":0,\"size\":0}" },
	  "access.size: expected a number from 1 to 4096, found 0" },
	{ { "access={\"type\":\"read\",\"gva\":0,\"size\":4097}" },
	  "access.size: expected a number from 1 to 4096, found 4097" },
	{ { "access={\"type\":\"read\",\"gva\":0,\"size\":1,\"user\":2}" },
	  "access.user: expected a number from 0 to 1, found 2" },
	/* expect */
	{ { "expect={\"outcome\":\"fine\"}" },
	  "expect.outcome: expected one of ok, pf, gp, ss, ept_violation, ept_misconfig, entry_fail, ve, "
	  "pml_full, spp_miss, spp_misconfig, vmfail, vmfunc_exit, found \"fine\"" },
	{ { "expect={\"memtype\":8}" }, "expect.memtype: expected a number from 0 to 7, found 8" },
	{ { "expect={\"error_code\":4294967296}" },
	  "expect.error_code: expected a number from 0 to 4294967295, found 4294967296" },
	{ { "expect={\"pml_log\":{}}" },
	  "expect.pml_log: expected an array of at most 512 numbers, found an object" },
	{ { "expect={\"pml_log\":[1,null]}" },
	  "expect.pml_log[1]: expected a number (an integer from 0, or a \"0x...\" string), found null" },
	{ { "expect={\"ve_info\":1}" }, "expect.ve_info: expected an object, found 1" },
	{ { "expect={\"ve_info\":{\"busy\":\"0x100000000\"}}" },
	  "expect.ve_info.busy: expected a number from 0x0 to 0xffffffff, found \"0x100000000\"" },
	/* steps */
	{ { "access=", "steps=[{}]" }, "steps[0]: expected an access or an operation, found neither" },
	{ { "access=", "steps=[{\"expect\":{}}]" },
	  "steps[0]: expected an access or an operation, found neither" },
	{ { "access=", "steps=[{\"type\":\"read\",\"gva\":0}]" }, "steps[0]: the key \"size\" is missing" },
	{ { "access=", "steps=[{\"invlpg\":0,\"mov_cr3\":0}]" },
	  "steps[0]: expected one operation, found \"mov_cr3\" and \"invlpg\"" },
	{ { "access=", "steps=[{\"invlpg\":0,\"type\":\"read\"}]" },
	  "steps[0]: expected one operation, found \"invlpg\" and the keys of an access" },
	{ { "access=", "steps=[{\"invlpg\":0,\"eptp_list\":[]}]" },
	  "steps[0]: expected \"eptp_list\" beside \"vmfunc\" only" },
	{ { "access=", "steps=[{\"invpcid\":[1,2]}]" },
	  "steps[0].invpcid: expected an array of 3 numbers, found an array of 2" },
	{ { "access=", "steps=[{\"invept\":1}]" }, "steps[0].invept: expected an array of 2 numbers, found 1" },
	{ { "access=", "steps=[{\"invvpid\":[1,2,3,4]}]" },
	  "steps[0].invvpid: expected an array of 3 numbers, found an array of 4" },
	{ { "access=", "steps=[{\"vm_exit\":0}]" }, "steps[0].vm_exit: expected 1, found 0" },
	{ { "access=", "steps=[{\"vm_entry\":1}]" }, "steps[0].vm_entry: expected an object, found 1" },
	{ { "access=", "steps=[{\"vm_entry\":{\"vpid\":65536}}]" },
	  "steps[0].vm_entry.vpid: expected a number from 0 to 65535, found 65536" },
	{ { "access=", "steps=[{\"vmfunc\":\"0x100000000\"}]" },
	  "steps[0].vmfunc: expected a number from 0x0 to 0xffffffff, found \"0x100000000\"" },
	{ { "access=", "steps=[{\"store\":{\"0x4\":1}}]" },
	  "steps[0].store[0x4]: expected an address that is a multiple of 8" },
	{ { "access=", "steps=[{\"vm_exit\":1,\"mem_after\":[]}]" },
	  "steps[0].mem_after: expected an object of \"0xADDRESS\": value, found an array of 0" },
	{ { "access=", "steps=[{\"vm_exit\":1}]", "expect={}" },
	  "expected \"expect\" inside each step, found it beside \"steps\"" },
	{ { "access=", "steps=[{\"vm_exit\":1}]", "mem_after={}" },
	  "expected \"mem_after\" inside each step, found it beside \"steps\"" },
	/* duplicates */
	{ { "cpl=0", "pkru=0,\"cpl\":1" }, "malformed JSON at column 159: duplicate object key near '\"cpl\"'" },
};

static void expect_error(const char *text, size_t size, const char *error)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	char full[512];

	snprintf(full, sizeof(full), "bad:1: %s", error);
	ck_assert_int_eq(scenario_reader_open_memory(r, "bad", text, size), 0);
	ck_assert_msg(scenario_read(r, &s) == -1, "read, but should say: %s", full);
	ck_assert_ptr_null(s);
	ck_assert_str_eq(scenario_reader_error(r), full);
	/* The error stays. */
	ck_assert_int_eq(scenario_read(r, &s), -1);
	ck_assert_str_eq(scenario_reader_error(r), full);
	scenario_reader_free(r);
}

START_TEST(bad_line)
{
	char *line = make_line(bad[_i].changes);

	expect_error(line, strlen(line), bad[_i].error);
	free(line);
}
END_TEST

static const struct {
	const char *line, *error;
} malformed[] = {
	{ "{", "malformed JSON at column 1: string or '}' expected near end of file" },
	{ "}", "malformed JSON at column 1: '[' or '{' expected near '}'" },
	{ "5", "malformed JSON at column 1: '[' or '{' expected near '5'" },
	{ "{\"id\":\"", "malformed JSON at column 7: premature end of input near '\"'" },
	{ "{\"id\":\"x\",}", "malformed JSON at column 11: string or '}' expected near '}'" },
	{ "{\"id\" \"x\"}", "malformed JSON at column 9: ':' expected near '\"x\"'" },
	{ "{\"id\":\"\\u0000\"}",
	  "malformed JSON at column 14: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"\\u0000\"'" },
	{ "{\"id\":\"\xff\"}", "malformed JSON at column 7: unable to decode byte 0xff near '\"'" },
	{ "{\"id\":0x10}", "malformed JSON at column 8: '}' expected near 'x'" },
	{ "{} {}", "malformed JSON at column 4: end of file expected near '{'" },
	{ "[]", "expected an object, found an array of 0" },
	{ "# comment", "malformed JSON at column 1: '[' or '{' expected near '#'" },
};

START_TEST(malformed_line)
{
	expect_error(malformed[_i].line, strlen(malformed[_i].line), malformed[_i].error);
}
END_TEST

START_TEST(nul_byte)
{
	expect_error("{\"id\":\"a\0b\"}\n", 13, "expected JSON, found a NUL byte at column 9");
	expect_error("{}\0", 3, "expected JSON, found a NUL byte at column 3");
}
END_TEST

/* --- limits -------------------------------------------------------------- */

/* HEAD, `count` times PIECE with its number, TAIL. */
static char *repeat(const char *head, const char *piece, unsigned long count, const char *tail, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	fputs(head, f);
	for (unsigned long i = 0; i < count; i++) {
		if (i)
			fputc(',', f);
		fprintf(f, piece, 8 * i);
	}
	fputs(tail, f);
	fclose(f);
	return text;
}

static const struct {
	const char *head, *piece;
	unsigned long count;
	const char *tail, *error;
} too_many[] = {
	{ "{\"mem\":{", "\"0x%lx\":\"0x1\"", 1000000, "}}",
	  "expected at most 1000000 values and keys on a line, found 2000003" },
	{ "{\"mem\":{", "\"0x%lx\":\"0x1\"", 100001, "}}", "mem: expected at most 100000 cells, found 100001" },
	{ "[", "{\"%lx\":[]}", 400000, "]", "expected at most 1000000 values and keys on a line, found 1600001" },
	{ "{\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0,\"steps\":[", "{\"invlpg\":%lu}", 10001,
	  "]}", "steps: expected at most 10000 steps, found 10001" },
	{ "{\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0,\"steps\":[{\"vmfunc\":1,\"eptp_list\":[",
	  "%lu", 513, "]}]}", "steps[0].eptp_list: expected an array of at most 512 numbers, found an array of 513" },
};

START_TEST(limit)
{
	size_t size;
	char *text = repeat(too_many[_i].head, too_many[_i].piece, too_many[_i].count, too_many[_i].tail, &size);

	expect_error(text, size, too_many[_i].error);
	free(text);
}
END_TEST

START_TEST(deep_nesting)
{
	size_t size = 100000;
	char *text = malloc(size);

	memset(text, '[', size);
	expect_error(text, size, "malformed JSON at column 2049: maximum parsing depth reached near '['");
	free(text);
}
END_TEST

START_TEST(long_line)
{
	size_t size = SCENARIO_LINE_MAX + 2;
	char *text = malloc(size);

	memset(text, ' ', size);
	expect_error(text, size, "expected a line of at most 67108864 bytes, found a longer one");
	text[0] = '{';
	text[1] = '}';
	text[SCENARIO_LINE_MAX] = '\n'; /* a line of just that length is a line */
	expect_error(text, size, "the key \"mode\" is missing");
	free(text);
}
END_TEST

/* A line without end from a file is given up when it is too long. */
START_TEST(endless_line)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;

	ck_assert_int_eq(scenario_reader_open(r, "/dev/zero"), 0);
	ck_assert_int_eq(scenario_read(r, &s), -1);
	ck_assert_str_eq(scenario_reader_error(r),
	                 "/dev/zero:1: expected a line of at most 67108864 bytes, found a longer one");
	scenario_reader_free(r);
}
END_TEST

/* Just inside the limits. */
START_TEST(many)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	size_t size;
	char *text = repeat("{\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0,"
	                    "\"access\":{\"type\":\"read\",\"gva\":0,\"size\":4096},\"mem\":{",
	                    "\"0x%lx\":\"0x1\"", SCENARIO_CELLS_MAX, "}}", &size);

	scenario_reader_open_memory(r, "many", text, size);
	ck_assert_int_eq(scenario_read(r, &s), 1);
	ck_assert_uint_eq(s->mem.count, SCENARIO_CELLS_MAX);
	free(text);
	text = repeat("{\"mode\":\"nopaging\",\"cr0\":0,\"cr3\":0,\"cr4\":0,\"efer\":0,\"steps\":[",
	              "{\"invlpg\":%lu}", SCENARIO_STEPS_MAX, "]}", &size);
	scenario_reader_open_memory(r, "many", text, size);
	ck_assert_int_eq(scenario_read(r, &s), 1);
	ck_assert_uint_eq(s->step_count, SCENARIO_STEPS_MAX);
	ck_assert_uint_eq(s->steps[9999].invlpg.v, 8 * 9999);
	free(text);
	scenario_reader_free(r);
}
END_TEST

/* --- good lines ---------------------------------------------------------- */

/* Reads the only scenario of a line made by changes to the base. */
static const struct scenario *read_one(struct scenario_reader *r, char **line, const char *const *changes)
{
	const struct scenario *s;

	*line = make_line(changes);
	scenario_reader_open_memory(r, "good", *line, strlen(*line));
	ck_assert_msg(scenario_read(r, &s) == 1, "%s: %s", *line, scenario_reader_error(r));
	return s;
}

#define READ(...)                                                                      \
	struct scenario_reader *r = scenario_reader_create(NULL);                      \
	char *line;                                                                    \
	const struct scenario *s = read_one(r, &line, (const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define DONE() (scenario_reader_free(r), free(line))

START_TEST(defaults)
{
	READ();
	const struct paging_state *st = &s->state;

	ck_assert_str_eq(s->id, "t");
	ck_assert_str_eq(s->file, "good");
	ck_assert_uint_eq(s->line, 1);
	ck_assert_int_eq(s->mode, MODE_IA32E4);
	ck_assert_uint_eq(st->cr0, 0x80010033);
	ck_assert_uint_eq(st->cr3, 0x1000);
	ck_assert_uint_eq(st->cr4, 0x20);
	ck_assert_uint_eq(st->efer, 0xd01);
	ck_assert_uint_eq(st->pat, PAT_DEFAULT);
	ck_assert_uint_eq(st->maxphyaddr, 46);
	ck_assert_uint_eq(st->ept_vpid_cap, EPT_CAP_EVERYTHING);
	ck_assert(st->cs_l && !st->ept && !st->pml_inside && !st->ve_inside && !s->pdpte_given);
	ck_assert(st->knobs.flags_before_final && st->knobs.gbpages && !st->knobs.rmw_sets_read);
	ck_assert_uint_eq(s->pml_index, 511);
	ck_assert_uint_eq(s->step_count, 1);
	ck_assert(!s->sequence && !s->steps->mem_after_given && !s->steps->expect.present);
	ck_assert_uint_eq(s->steps->access.size, 8);
	DONE();
}
END_TEST

START_TEST(every_key)
{
	READ("rflags_ac=1", "cpl=3", "pkru=\"0x12\"", "pkrs=\"0x34\"", "eptp=\"0x105e\"", "ept_vpid_cap=\"0x141\"",
	     "maxphyaddr=52", "controls={\"mbe\":1,\"ve\":1,\"pml\":1,\"spp\":1,\"pw\":1,\"vgp\":1,\"hlat\":1}",
	     "knobs={\"accessed_on_fault\":\"on\",\"ept_accessed_on_fault\":\"on\",\"flags_before_final\":\"off\","
	     "\"rmw_sets_read\":\"on\",\"gbpages\":\"off\"}",
	     "pat=7", "vpid=65535", "eptp_index=5", "spptp=\"0x2000\"", "pml_index=65535", "pml_address=\"0x3000\"",
	     "ve_address=\"0x4000\"", "ve_busy=1", "event_delivery=1", "hlatp=\"0x5000\"", "hlat_prefix=9",
	     "mem={\"0x10\":\"0xFFFFFFFFFFFFFFFF\",\"0xffffffffffff8\":18446744073709551615,\"0x8\":3}",
	     "access={\"type\":\"fetch\",\"gva\":\"0xffff800000000000\",\"size\":4096,\"implicit\":1,\"stack\":1,"
	     "\"shadow_stack\":1,\"user\":1}",
	     "expect={\"outcome\":\"ve\",\"hpa\":1,\"hpa2\":2,\"error_code\":3,\"cr2\":4,\"qualification\":5,\"gpa\":6,"
	     "\"gla\":7,\"memtype\":6,\"memtype2\":5,\"pml_index\":10,\"pml_log\":[11,\"0xc\"],\"ve_info\":"
	     "{\"reason\":48,\"busy\":\"0xffffffff\",\"qualification\":1,\"gla\":2,\"gpa\":3,\"eptp_index\":4}}",
	     "mem_after={}");
	const struct paging_state *st = &s->state;
	const struct expect *e = &s->steps->expect;

	ck_assert(st->ac && st->ept && st->ve_busy && st->event_delivery && st->pml_inside && st->ve_inside);
	ck_assert_uint_eq(st->cpl, 3);
	ck_assert_uint_eq(st->pkru, 0x12);
	ck_assert_uint_eq(st->pkrs, 0x34);
	ck_assert_uint_eq(st->eptp, 0x105e);
	ck_assert_uint_eq(st->ept_vpid_cap, 0x141);
	ck_assert_uint_eq(st->maxphyaddr, 52);
	ck_assert(st->controls.mbe && st->controls.ve && st->controls.pml && st->controls.spp && st->controls.pw &&
	          st->controls.vgp && st->controls.hlat);
	ck_assert(st->knobs.accessed_on_fault && st->knobs.ept_accessed_on_fault && !st->knobs.flags_before_final &&
	          st->knobs.rmw_sets_read && !st->knobs.gbpages);
	ck_assert_uint_eq(st->pat, 7);
	ck_assert_uint_eq(st->vpid, 65535);
	ck_assert_uint_eq(st->eptp_index, 5);
	ck_assert_uint_eq(st->spptp, 0x2000);
	ck_assert_uint_eq(s->pml_index, 65535);
	ck_assert_uint_eq(st->pml_address, 0x3000);
	ck_assert_uint_eq(st->ve_address, 0x4000);
	ck_assert_uint_eq(st->hlatp, 0x5000);
	ck_assert_uint_eq(st->hlat_prefix, 9);
	ck_assert_uint_eq(s->mem.count, 3);
	ck_assert_uint_eq(s->mem.cells[0].at.v, 8);
	ck_assert_uint_eq(s->mem.cells[0].value, 3);
	ck_assert_uint_eq(s->mem.cells[1].value, UINT64_MAX);
	ck_assert_uint_eq(s->mem.cells[2].at.v, 0xffffffffffff8);
	ck_assert_uint_eq(s->mem.cells[2].value, UINT64_MAX);
	ck_assert_int_eq(s->steps->access.type, ACCESS_FETCH);
	ck_assert_uint_eq(s->steps->access.gva.v, 0xffff800000000000);
	ck_assert(s->steps->access.implicit && s->steps->access.stack && s->steps->access.shadow_stack &&
	          s->steps->access.user);
	ck_assert_uint_eq(e->present, (1u << EXPECT_FIELDS) - 1);
	ck_assert_int_eq(e->outcome, OUTCOME_VE);
	ck_assert(e->hpa == 1 && e->hpa2 == 2 && e->error_code == 3 && e->cr2 == 4 && e->qualification == 5 &&
	          e->gpa == 6 && e->gla == 7 && e->memtype == 6 && e->memtype2 == 5 && e->pml_index == 10);
	ck_assert(e->pml_log_count == 2 && e->pml_log[0] == 11 && e->pml_log[1] == 12);
	ck_assert_uint_eq(e->ve_info.present, VE_INFO_ALL);
	ck_assert(e->ve_info.reason == 48 && e->ve_info.busy == 0xffffffff && e->ve_info.qualification == 1 &&
	          e->ve_info.gla == 2 && e->ve_info.gpa == 3 && e->ve_info.eptp_index == 4);
	ck_assert(s->steps->mem_after_given && s->steps->mem_after.count == 0);
	DONE();
}
END_TEST

START_TEST(every_step)
{
	READ("access=",
	     "steps=[{\"type\":\"rmw\",\"gva\":\"0x10\",\"size\":2,\"user\":1,\"expect\":{\"outcome\":\"gp\"},"
	     "\"mem_after\":{\"0x8\":1}},"
	     "{\"expect\":{\"hpa\":1},\"access\":{\"type\":\"fetch\",\"gva\":5,\"size\":3}},"
	     "{\"store\":{\"0x10\":1,\"0x8\":2}},{\"mov_cr3\":\"0x8000000000001000\"},{\"mov_cr0\":1},{\"mov_cr4\":2},"
	     "{\"invlpg\":3},{\"invpcid\":[1,\"0xffff\",\"0xffffffffffffffff\"]},{\"invept\":[9,\"0x105e\"]},"
	     "{\"invvpid\":[0,65536,7]},{\"vmfunc\":\"0xffffffff\",\"eptp_list\":[1,2]},{\"vmfunc\":0},"
	     "{\"vm_entry\":{\"vpid\":1},\"expect\":{\"outcome\":\"ok\"}},{\"vm_entry\":{}},{\"vm_exit\":1}]");
	const struct step *p = s->steps;
	static const uint8_t kinds[] = {
		STEP_ACCESS, STEP_ACCESS, STEP_STORE, STEP_MOV_CR3, STEP_MOV_CR0, STEP_MOV_CR4,
		STEP_INVLPG, STEP_INVPCID, STEP_INVEPT, STEP_INVVPID, STEP_VMFUNC, STEP_VMFUNC,
		STEP_VM_ENTRY, STEP_VM_ENTRY, STEP_VM_EXIT,
	};

	ck_assert(s->sequence);
	ck_assert_uint_eq(s->step_count, sizeof(kinds));
	for (size_t i = 0; i < sizeof(kinds); i++)
		ck_assert_int_eq(p[i].kind, kinds[i]);
	ck_assert(p[0].access.type == ACCESS_RMW && p[0].access.gva.v == 0x10 && p[0].access.size == 2 &&
	          p[0].access.user && !p[0].access.stack);
	ck_assert(p[0].expect.present == EXPECT_HAS(EXPECT_OUTCOME) && p[0].expect.outcome == OUTCOME_GP);
	ck_assert(p[0].mem_after_given && p[0].mem_after.count == 1);
	ck_assert(p[1].access.type == ACCESS_FETCH && p[1].access.gva.v == 5 && p[1].access.size == 3);
	ck_assert(p[1].expect.present == EXPECT_HAS(EXPECT_HPA) && !p[1].mem_after_given);
	ck_assert(p[2].store.count == 2 && p[2].store.cells[0].at.v == 8 && p[2].store.cells[1].value == 1);
	ck_assert(p[3].value == 0x8000000000001000 && p[4].value == 1 && p[5].value == 2);
	ck_assert_uint_eq(p[6].invlpg.v, 3);
	ck_assert(p[7].invpcid.type == 1 && p[7].invpcid.pcid == 0xffff && p[7].invpcid.gva.v == UINT64_MAX);
	ck_assert(p[8].invept.type == 9 && p[8].invept.eptp == 0x105e);
	ck_assert(p[9].invvpid.type == 0 && p[9].invvpid.vpid == 65536 && p[9].invvpid.gva.v == 7);
	ck_assert(p[10].vmfunc.ecx == 0xffffffff && p[10].vmfunc.eptp_count == 2 && p[10].vmfunc.eptp_list[1] == 2);
	ck_assert(p[11].vmfunc.ecx == 0 && p[11].vmfunc.eptp_count == 0);
	ck_assert(p[12].vm_entry.vpid_given && p[12].vm_entry.vpid == 1 && p[12].expect.present);
	ck_assert(!p[13].vm_entry.vpid_given);
	DONE();
}
END_TEST

/* Every mode with registers that make it, and what they may hold besides. */
static const struct {
	const char *changes[6];
	int mode;
	bool cs_l, pdpte;
} modes[] = {
	{ { "mode=\"nopaging\"", "cr0=0", "cr4=0", "efer=0" }, MODE_NOPAGING, false, false },
	{ { "mode=\"nopaging\"", "cr0=1", "cr4=\"0x1020\"", "efer=\"0x100\"" }, MODE_NOPAGING, false, false },
	{ { "mode=\"legacy32\"", "cr4=0", "efer=0" }, MODE_LEGACY32, false, false },
	{ { "mode=\"legacy32\"", "cr4=\"0x1000\"", "efer=0" }, MODE_LEGACY32, false, false },
	{ { "mode=\"pae\"", "efer=\"0x800\"" }, MODE_PAE, false, false },
	{ { "mode=\"pae\"", "efer=0", "pdpte=[1,2,3,4]" }, MODE_PAE, false, true },
	{ { "mode=\"ia32e4\"", "pdpte=[1,2,3,4]" }, MODE_IA32E4, true, false },
	{ { "mode=\"ia32e5\"", "cr4=\"0x1020\"" }, MODE_IA32E5, true, false },
};

START_TEST(mode)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	char *line;
	const struct scenario *s = read_one(r, &line, modes[_i].changes);

	ck_assert_int_eq(s->mode, modes[_i].mode);
	ck_assert_int_eq(s->state.cs_l, modes[_i].cs_l);
	ck_assert_int_eq(s->pdpte_given, modes[_i].pdpte);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(s->state.pdpte[i], modes[_i].pdpte ? i + 1 : 0);
	DONE();
}
END_TEST

/* Small differences that matter. */
START_TEST(details)
{
	{
		READ("eptp=null", "pml_address=0", "ve_address=0", "controls={}");
		ck_assert(!s->state.ept && !s->state.pml_inside && !s->state.ve_inside);
		DONE();
	}
	{
		READ("eptp=0", "id=", "cr3=\"0x00000000000000000000000000001\"", "expect={}");
		ck_assert(s->state.ept && s->state.cr3 == 1);
		ck_assert_str_eq(s->id, "line 1");
		DONE();
	}
	{ /* integers that the JSON library cannot hold, beside strings that look like them */
		READ("id=\"9223372036854775808,\\\"18446744073709551616\"", "cr3=9223372036854775808",
		     "mem={\"0x8\":18446744073709551615,\"0x10\":9223372036854775807}");
		ck_assert_str_eq(s->id, "9223372036854775808,\"18446744073709551616");
		ck_assert_uint_eq(s->state.cr3, UINT64_C(1) << 63);
		ck_assert_uint_eq(s->mem.cells[0].value, UINT64_MAX);
		ck_assert_uint_eq(s->mem.cells[1].value, INT64_MAX);
		DONE();
	}
}
END_TEST

/* --- lines and files ----------------------------------------------------- */

START_TEST(lines)
{
	char *one = make_line((const char *const[]){ NULL });
	char *text;
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;
	FILE *f;
	char path[] = "/tmp/test_reader_XXXXXX";

	/* Blank lines count, CR LF ends a line, the last one needs no end. */
	ck_assert_int_gt(asprintf(&text, "\n \t\r\n%s\n%.*s\r\n%.*s", one, (int)strlen(one) - 1, one,
	                          (int)strlen(one) - 1, one), 0);
	f = fdopen(mkstemp(path), "w");
	fputs(text, f);
	fclose(f);
	for (int from_file = 0; from_file < 2; from_file++) {
		if (from_file)
			ck_assert_int_eq(scenario_reader_open(r, path), 0);
		else
			scenario_reader_open_memory(r, "text", text, strlen(text));
		for (unsigned long line = 3; line <= 6; line += line == 3 ? 2 : 1) {
			ck_assert_int_eq(scenario_read(r, &s), 1);
			ck_assert_uint_eq(s->line, line);
		}
		ck_assert_int_eq(scenario_read(r, &s), 0);
		ck_assert_int_eq(scenario_read(r, &s), 0);
	}
	unlink(path);
	scenario_reader_free(r);
	free(text);
	free(one);
}
END_TEST

START_TEST(no_file)
{
	struct scenario_reader *r = scenario_reader_create(NULL);
	const struct scenario *s;

	ck_assert_int_eq(scenario_reader_open(r, "/nonexistent/x"), -1);
	ck_assert_str_eq(scenario_reader_error(r), "/nonexistent/x: cannot be read: No such file or directory");
	ck_assert_int_eq(scenario_read(r, &s), -1);
	ck_assert_int_eq(scenario_reader_open(r, "/"), 0);
	ck_assert_int_eq(scenario_read(r, &s), -1);
	ck_assert_str_eq(scenario_reader_error(r), "/: cannot be read: Is a directory");
	scenario_reader_free(r);
}
END_TEST

/* One warning a name, over all lines and files; then one that says so. */
START_TEST(unknown_keys)
{
	char *warnings = NULL, *one = make_line((const char *const[]){ "comment=1", NULL });
	size_t size;
	FILE *f = open_memstream(&warnings, &size);
	struct scenario_reader *r = scenario_reader_create(f);
	const struct scenario *s;
	char *text;
	int lines_seen = 0;

	ck_assert_int_gt(asprintf(&text, "%s%s", one, one), 0);
	for (int i = 0; i < 2; i++) {
		scenario_reader_open_memory(r, "text", text, strlen(text));
		while (scenario_read(r, &s) == 1)
			lines_seen++;
	}
	ck_assert_int_eq(lines_seen, 4);
	fflush(f);
	ck_assert_str_eq(warnings, "text:1: warning: the key \"comment\" is not known here and ignored\n");
	free(text);
	text = repeat("{", "\"k%lu\":0", 1000, "}", &size);
	scenario_reader_open_memory(r, "text", text, strlen(text));
	ck_assert_int_eq(scenario_read(r, &s), -1);
	scenario_reader_free(r);
	fclose(f);
	lines_seen = 0;
	for (char *at = warnings; *at; at++)
		lines_seen += *at == '\n';
	ck_assert_int_eq(lines_seen, 65);
	ck_assert_ptr_nonnull(strstr(warnings, "text:1: warning: there are more unknown keys, all ignored\n"));
	free(text);
	free(warnings);
	free(one);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario reader");
	TCase *t = tcase_create("reader");
	SRunner *runner;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, bad_line, 0, COUNT(bad));
	tcase_add_loop_test(t, malformed_line, 0, COUNT(malformed));
	tcase_add_test(t, nul_byte);
	tcase_add_loop_test(t, limit, 0, COUNT(too_many));
	tcase_add_test(t, deep_nesting);
	tcase_add_test(t, long_line);
	tcase_add_test(t, endless_line);
	tcase_add_test(t, many);
	tcase_add_test(t, defaults);
	tcase_add_test(t, every_key);
	tcase_add_test(t, every_step);
	tcase_add_loop_test(t, mode, 0, COUNT(modes));
	tcase_add_test(t, details);
	tcase_add_test(t, lines);
	tcase_add_test(t, no_file);
	tcase_add_test(t, unknown_keys);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
