/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/output.h"

#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/eptsim-output-XXXXXX"; /* of each test its own */

static void enter_folder(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	DIR *d = opendir(".");
	struct dirent *entry;

	while ((entry = readdir(d)))
		unlink(entry->d_name);
	closedir(d);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

/* How many files there are: one left behind would count. */
static unsigned files(void)
{
	unsigned count = 0;
	DIR *d = opendir(".");
	struct dirent *entry;

	while ((entry = readdir(d)))
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

static void check_content(const char *path, const char *expected)
{
	char text[256] = "";
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "%s is not there", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	ck_assert_str_eq(text, expected);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void open_good(struct output *o, const char *path)
{
	struct error err = { "" };

	ck_assert_msg(output_open(o, path, &err), "%s", err.message);
}

START_TEST(appears_whole)
{
	struct output o;
	struct error err = { "" };
	struct stat status;

	umask(022);
	open_good(&o, "new");
	fprintf(o.stream, "hello\n");
	fflush(o.stream);
	ck_assert_int_ne(access("new", F_OK), 0);
	ck_assert_msg(output_commit(&o, &err), "%s", err.message);
	output_abandon(&o); /* nothing to do */
	check_content("new", "hello\n");
	ck_assert_uint_eq(files(), 1);
	stat("new", &status);
	ck_assert_uint_eq(status.st_mode & 0777, 0644);
}
END_TEST

START_TEST(replaces_and_keeps_the_mode)
{
	struct output o;
	struct stat status;

	put("old", "before");
	chmod("old", 0600);
	ck_assert_int_eq(symlink("old", "link"), 0);
	open_good(&o, "link");
	fputs("after", o.stream);
	check_content("old", "before");
	ck_assert(output_commit(&o, NULL));
	check_content("old", "after");
	lstat("link", &status);
	ck_assert(S_ISLNK(status.st_mode));
	stat("old", &status);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert_uint_eq(files(), 2);
}
END_TEST

START_TEST(abandoned_leaves_nothing)
{
	struct output o, zero = { 0 };

	put("old", "before");
	open_good(&o, "old");
	fputs("after", o.stream);
	output_abandon(&o);
	output_abandon(&o);
	check_content("old", "before");
	open_good(&o, "new");
	fputs("x", o.stream);
	output_abandon(&o);
	ck_assert_uint_eq(files(), 1);
	output_abandon(&zero);
	ck_assert_int_ge(fcntl(0, F_GETFD), -1); /* descriptor 0 is not ours to close */
}
END_TEST

/* Killed in the middle: where the file system knows files without a name. */
START_TEST(killed_leaves_nothing)
{
	struct output o;
	int status;
	pid_t child;

	open_good(&o, "probe");
	status = o.unnamed;
	output_abandon(&o);
	if (!status)
		return;
	child = fork();
	if (child == 0) {
		open_good(&o, "new");
		fputs("half", o.stream);
		fflush(o.stream);
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_uint_eq(files(), 0);
}
END_TEST

/* The way of file systems that know no such files. */
START_TEST(taken_names)
{
	struct output o;
	char name[64];

	/* A name that an earlier process left behind is not used again. */
	snprintf(name, sizeof(name), "new.%ld.0.tmp", (long)getpid());
	put(name, "left behind");
	open_good(&o, "new");
	fputs("x", o.stream);
	ck_assert(output_commit(&o, NULL));
	check_content("new", "x");
	check_content(name, "left behind");
}
END_TEST

static void check_refused(const char *path, const char *message)
{
	struct output o;
	struct error err = { "" };

	ck_assert(!output_open(&o, path, &err));
	ck_assert_str_eq(err.message, message);
	output_abandon(&o);
}

START_TEST(refusals)
{
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	check_refused("/", "/: cannot be written: Is a directory");
	check_refused("", ": cannot be written: No such file or directory");
	check_refused("none/x", "none/x: cannot be written: No such file or directory");
	check_refused("dangling", "dangling: cannot be written: No such file or directory");
	check_refused("dangling/x", "dangling/x: cannot be written: No such file or directory");
	check_refused("/dev/fd/987", "/dev/fd/987: cannot be written: Bad file descriptor");
	put("file", "");
	check_refused("file/x", "file/x: cannot be written: Not a directory");
	ck_assert_uint_eq(files(), 2);
}
END_TEST

START_TEST(full_device)
{
	struct output o;
	struct error err;

	if (access("/dev/full", W_OK) != 0)
		return;
	open_good(&o, "/dev/full");
	ck_assert_ptr_null(o.target);
	fputs("x", o.stream);
	ck_assert(!output_failed(&o));
	fflush(o.stream);
	ck_assert(output_failed(&o));
	ck_assert(!output_commit(&o, &err));
	ck_assert_str_eq(err.message, "/dev/full: cannot be written: No space left on device");
}
END_TEST

/* A limit on the size of files stands for a full disk: the old file stays. */
START_TEST(full_disk)
{
	struct rlimit limit = { 4096, 4096 };
	struct output o;
	struct error err;

	put("old", "before");
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	open_good(&o, "old");
	for (int i = 0; i < 10000; i++)
		fputs("0123456789", o.stream);
	ck_assert(!output_commit(&o, &err));
	ck_assert_str_eq(err.message, "old: cannot be written: File too large");
	check_content("old", "before");
	ck_assert_uint_eq(files(), 1);
}
END_TEST

START_TEST(broken_pipe)
{
	struct output o;
	struct error err;
	int ends[2];
	char path[32];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
	open_good(&o, path);
	close(ends[0]);
	fputs("x", o.stream);
	ck_assert(!output_commit(&o, &err));
	ck_assert(strstr(err.message, "Broken pipe") != NULL);
	ck_assert_int_ge(fcntl(ends[1], F_GETFD), 0);
	close(ends[1]);
}
END_TEST

/* Standard output that goes to a file is written at its place, not replaced. */
START_TEST(standard_output)
{
	static const char *const names[] = { "-", "/dev/stdout", "/proc/self/fd/1" };
	int saved = dup(STDOUT_FILENO);
	int file = open("out", O_WRONLY | O_CREAT, 0600);
	struct output o;

	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	printf("first ");
	for (int i = 0; i < 3; i++) {
		open_good(&o, names[i]);
		fputs("x", o.stream);
		ck_assert(output_commit(&o, NULL));
	}
	printf(" last");
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	check_content("out", "first xxx last");
	close(saved);
	close(file);
}
END_TEST

START_TEST(named_pipe)
{
	struct output o;
	char text[8] = "";
	int reader;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	open_good(&o, "fifo");
	fputs("x", o.stream);
	ck_assert(output_commit(&o, NULL));
	ck_assert_int_eq(read(reader, text, sizeof(text)), 1);
	/* What was abandoned is not written either. */
	open_good(&o, "fifo");
	fputs("y", o.stream);
	output_abandon(&o);
	ck_assert_int_le(read(reader, text, sizeof(text)), 0);
	close(reader);
	ck_assert_uint_eq(files(), 1);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("output");
	const char *fork_mode = getenv("CK_FORK");

	tcase_add_checked_fixture(tests, enter_folder, leave_folder);
	tcase_add_test(tests, appears_whole);
	tcase_add_test(tests, replaces_and_keeps_the_mode);
	tcase_add_test(tests, abandoned_leaves_nothing);
	tcase_add_test(tests, killed_leaves_nothing);
	tcase_add_test(tests, taken_names);
	tcase_add_test(tests, refusals);
	tcase_add_test(tests, full_device);
	tcase_add_test(tests, broken_pipe);
	tcase_add_test(tests, standard_output);
	tcase_add_test(tests, named_pipe);
	/* Its limit stays in force for the process. */
	if (!fork_mode || strcmp(fork_mode, "no") != 0)
		tcase_add_test(tests, full_disk);
	return run_suite("output", tests);
}
