/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where traces come from: files, pipes, compressed streams made by the tools
 * themselves, and everything that is no trace.
 */
#include "trace_test.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct reading plain, reading;

static char directory[] = "/tmp/eptsim-trace-XXXXXX";

static const char *const tools[] = { "gzip", "xz", "bzip2", "zstd", "lz4" };
#define TOOL_COUNT (sizeof tools / sizeof *tools)

/* A path below the test's directory. */
static const char *path_of(const char *name)
{
	static char paths[4][200];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(path_of(name), "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

static size_t read_file(const char *name, unsigned char *bytes, size_t size)
{
	FILE *file = fopen(path_of(name), "rb");
	size_t got;

	ck_assert_ptr_nonnull(file);
	got = fread(bytes, 1, size, file);
	ck_assert_uint_lt(got, size);
	fclose(file);
	return got;
}

/* Run a shell command in the test's directory; true if it succeeds. */
static bool shell(const char *command, const char *argument)
{
	char line[500];

	snprintf(line, sizeof line, "cd %s && ", directory);
	snprintf(line + strlen(line), sizeof line - strlen(line), command, argument, argument);
	return system(line) == 0;
}

/* A tool that is not installed proves nothing; all are packages that check needs. */
static bool have(const char *tool)
{
	return shell("command -v %s >/dev/null", tool);
}

static void read_path(struct reading *r, const char *path, const struct trace_options *options)
{
	struct trace_error error;
	struct trace *t = trace_open(path, options, &error);

	read_all(r, t, &error);
}

#define LINES 40000

static size_t write_trace(const char *name)
{
	char *text = malloc(LINES * 24);
	size_t size = 0;
	uint32_t x = 1;

	for (unsigned i = 0; i < LINES; i++) {
		x = x * 1664525 + 1013904223; /* so that it does not compress to nothing */
		size += (size_t)sprintf(text + size, " %c %08x,%u\n", "SLM"[x >> 20 & 1], x >> 4,
		                        1 + (x >> 30));
	}
	write_file(name, text, size);
	free(text);
	return size;
}

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	write_trace("plain");
	read_path(&plain, path_of("plain"), NULL);
	ck_assert_uint_eq(plain.count, LINES);
}

static void teardown(void)
{
	shell("rm -rf %s", directory);
}

START_TEST(compressed)
{
	for (size_t i = 0; i < TOOL_COUNT; i++) {
		if (!have(tools[i]))
			continue;
		ck_assert(shell("%s -c <plain >z", tools[i]));
		read_path(&reading, path_of("z"), NULL);
		ck_assert_str_eq(reading.compression, tools[i]);
		check_same(&plain, &reading);
	}
}
END_TEST

/* Two streams in one file are one trace, as for the tools themselves. */
START_TEST(concatenated)
{
	for (size_t i = 0; i < TOOL_COUNT; i++) {
		if (!have(tools[i]))
			continue;
		ck_assert(shell("{ head -c 300001 plain | %s -c; tail -c +300002 plain | %s -c; } >z",
		                tools[i]));
		read_path(&reading, path_of("z"), NULL);
		check_same(&plain, &reading);
	}
}
END_TEST

/* Cut anywhere: never silence, and the records before the cut are the plain
 * trace's. What libarchive drops is one piece of 64 KiB, on top of an unfinished
 * block where the compression works by blocks (lz4: 4 MiB, all of this trace). */
START_TEST(truncated)
{
	static unsigned char bytes[1 << 20];

	for (size_t i = 0; i < TOOL_COUNT; i++) {
		size_t size, most = 0;

		if (!have(tools[i]))
			continue;
		ck_assert(shell("%s -1 -c <plain >z", tools[i])); /* bzip2: blocks of 100k */
		size = read_file("z", bytes, sizeof bytes);
		for (size_t cut = 10; cut < size; cut += cut < 100 || cut > size - 40 ? 1 : size / 37) {
			read_memory(&reading, bytes, cut, NULL);
			ck_assert_msg(reading.failed.kind == TRACE_ERROR_COMPRESSED,
			              "%s cut at %zu of %zu: %s", tools[i], cut, size,
			              reading.failed.message);
			ck_assert_msg(memcmp(reading.records, plain.records,
			                     (reading.count < RECORDS_MAX ? reading.count
			                                                  : RECORDS_MAX) *
			                             sizeof *plain.records) == 0,
			              "%s cut at %zu", tools[i], cut);
			most = reading.count > most ? reading.count : most;
		}
		ck_assert_msg(most > LINES - 110000 / 12 || strcmp(tools[i], "lz4") == 0,
		              "%s: at most %zu records", tools[i], most);
		for (size_t cut = 1; cut < 10; cut++) {
			read_memory(&reading, bytes, cut, NULL);
			ck_assert(reading.failed.kind == TRACE_ERROR_COMPRESSED ||
			          reading.failed.kind == TRACE_ERROR_FORMAT);
		}
	}
}
END_TEST

/* One bit flipped: records, or an error, but it ends. */
START_TEST(damaged)
{
	static unsigned char bytes[1 << 20];

	for (size_t i = 0; i < TOOL_COUNT; i++) {
		size_t size;

		if (!have(tools[i]))
			continue;
		ck_assert(shell("head -c 50000 plain | %s -c >z", tools[i]));
		size = read_file("z", bytes, sizeof bytes);
		for (size_t at = 0; at < size; at += 1 + at / 8) {
			bytes[at] ^= 1u << at % 8;
			read_memory(&reading, bytes, size, NULL);
			bytes[at] ^= 1u << at % 8;
		}
	}
}
END_TEST

START_TEST(followed_by_something)
{
	for (size_t i = 0; i < TOOL_COUNT; i++) {
		if (!have(tools[i]))
			continue;
		ck_assert(shell("{ %s -c <plain; echo more; } >z", tools[i]));
		read_path(&reading, path_of("z"), NULL);
		ck_assert_msg(reading.failed.kind == TRACE_ERROR_COMPRESSED, "%s", tools[i]);
	}
	ck_assert(shell("{ %s -c <plain; head -c 70000 /dev/zero; } >z", "gzip"));
	read_path(&reading, path_of("z"), NULL);
	check_same(&plain, &reading);
}
END_TEST

START_TEST(not_a_trace)
{
	static unsigned char bytes[300000];
	uint32_t x = 7;
	struct trace_options nonsense = { .format = "non\nsense" };

	read_path(&reading, directory, NULL);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_OPEN);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "is a directory"));

	read_path(&reading, path_of("missing"), NULL);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_OPEN);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "No such file"));
	read_path(&reading, "", NULL);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_OPEN);

	if (geteuid() != 0) { /* root may read everything */
		write_file("secret", "I  04001090,3\n", 14);
		ck_assert_int_eq(chmod(path_of("secret"), 0), 0);
		read_path(&reading, path_of("secret"), NULL);
		ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_OPEN);
		ck_assert_ptr_nonnull(strstr(reading.failed.message, "Permission denied"));
	}

	read_path(&reading, "/dev/null", NULL);
	ck_assert_str_eq(reading.failed.message, "/dev/null: the trace is empty");
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_FORMAT);
	read_path(&reading, "/dev/zero", NULL); /* endless */
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_FORMAT);

	for (size_t i = 0; i < TOOL_COUNT; i++) {
		if (!have(tools[i]))
			continue;
		ck_assert(shell("%s -c </dev/null >z", tools[i]));
		read_path(&reading, path_of("z"), NULL);
		ck_assert_msg(reading.failed.kind == TRACE_ERROR_FORMAT &&
		                      strstr(reading.failed.message, "empty"),
		              "%s: %s", tools[i], reading.failed.message);
	}

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (x = x * 1664525 + 1013904223) >> 24;
	read_memory(&reading, bytes, sizeof bytes, NULL);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_FORMAT);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "lackey"));
	ck_assert_ptr_null(strpbrk(reading.failed.message, "\n\r\t\x7f"));
	for (size_t size = 1; size < 50; size++) {
		read_memory(&reading, bytes + size, size, NULL);
		ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_FORMAT);
	}

	read_path(&reading, path_of("plain"), &nonsense);
	ck_assert_uint_eq(reading.failed.kind, TRACE_ERROR_USAGE);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "expected one of lackey, eptrace"));
	ck_assert_ptr_null(strchr(reading.failed.message, '\n'));
}
END_TEST

/* A long path is shown by its end, and never too long. */
START_TEST(long_names)
{
	char name[6000];
	struct trace_error error;
	struct trace *t;

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = 0;
	t = trace_open(name, NULL, &error);
	ck_assert_ptr_null(t);
	ck_assert_uint_eq(error.kind, TRACE_ERROR_OPEN);
	t = trace_open_memory("I  04001090,0\n", 14, name, NULL, &error);
	read_all(&reading, t, &error);
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "nnn:1: expected a size"));
}
END_TEST

/* Standard input is a pipe here; what it holds comes from a shell command. */
static void read_pipe(struct reading *r, const char *command)
{
	char line[300];
	FILE *pipe;
	int saved = dup(STDIN_FILENO);

	snprintf(line, sizeof line, "cd %s && %s", directory, command);
	pipe = popen(line, "r");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_ge(dup2(fileno(pipe), STDIN_FILENO), 0);
	read_path(r, "-", NULL);
	/* Closing the trace leaves standard input open. */
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
	ck_assert_int_ge(dup2(saved, STDIN_FILENO), 0);
	close(saved);
	pclose(pipe);
}

START_TEST(pipes)
{
	read_pipe(&reading, "cat plain");
	check_same(&plain, &reading);
	read_pipe(&reading, "dd if=plain bs=1000 status=none");
	check_same(&plain, &reading);
	read_pipe(&reading, "xz -c plain");
	check_same(&plain, &reading);
	ck_assert_str_eq(reading.compression, "xz");
	/* A slow producer whose first bytes tell neither compression nor format. */
	read_pipe(&reading, "printf =; sleep 0.1; printf '=4=='; sleep 0.1; echo; cat plain");
	ck_assert_uint_eq(reading.count, LINES);
	ck_assert_uint_eq(reading.counts.lines, LINES + 1);
	read_pipe(&reading, "xz -c plain >z; head -c 3 z; sleep 0.1; tail -c +4 z");
	check_same(&plain, &reading);
	read_pipe(&reading, "true");
	ck_assert_str_eq(reading.failed.message, "standard input: the trace is empty");
	read_pipe(&reading, "printf 'x 0x1 1\\nx 0x1 0\\n'");
	ck_assert_ptr_nonnull(strstr(reading.failed.message, "standard input:2: expected a size"));
}
END_TEST

/* 2 GB through a pipe do not need memory: the limit is far below. */
START_TEST(constant_memory)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
#if !defined __SANITIZE_ADDRESS__ /* which reserves terabytes */
	limit.rlim_cur = (rlim_t)300 << 20;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
#endif
	read_pipe(&reading, "yes ' S 1ffeffe7e8,8' | head -n 100000000");
	ck_assert_uint_eq(reading.count, 100000000);
	ck_assert_str_eq(reading.failed.message, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace/input");
	TCase *tcase = tcase_create("input");
	const TTest *const tests[] = { compressed, concatenated, truncated, damaged,
		                       followed_by_something, not_a_trace, long_names, pipes,
		                       constant_memory };
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
