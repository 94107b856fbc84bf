/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/compile.h"

#include "grade/confine.h"
#include "host/number.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- The submission's bytes ---- */

static void *read_whole(const char *path, size_t limit, size_t *length, struct error *err)
{
	/* A device or a pipe must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char *bytes = NULL;
	size_t have = 0;
	ssize_t n = 1;

	*length = 0;
	if (fd < 0 || fstat(fd, &status) != 0) {
		error_set(err, "%s: cannot be read: %s", path, strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		error_set(err, "%s: not a file", path);
	} else if ((uint64_t)status.st_size > limit) {
		error_set(err, "%s: longer than %zu bytes", path, limit);
	} else if ((bytes = malloc(limit + 1))) {
		while (have <= limit && (n = read(fd, bytes + have, limit + 1 - have)) > 0)
			have += (size_t)n;
		*length = have;
	}
	if (bytes && (n < 0 || have > limit)) {
		error_set(err, "%s: cannot be read", path);
		free(bytes);
		bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	return bytes;
}

/* ---- The compiler ---- */

/* What a compiler reads: programs, libraries, headers. Neither /etc nor /dev,
 * nor /proc, nor anybody's home, nor /usr/local, where a course may keep things. */
static const char *const toolchain[] = { "/usr/bin",
	                                 "/usr/lib",
	                                 "/usr/lib64",
	                                 "/usr/lib32",
	                                 "/usr/libexec",
	                                 "/usr/include",
	                                 "/usr/x86_64-linux-gnu",
	                                 "/bin",
	                                 "/lib",
	                                 "/lib64",
	                                 "/etc/ld.so.cache",
	                                 "/etc/alternatives",
	                                 NULL };

static void enter(const struct workdir *w, const struct compile_options *o,
                  const struct filter_program *filter, int messages)
{
	const char *const write[] = { w->path, "/dev/null", NULL };
	const struct limits limits = { .cpu_seconds = o->seconds,
		                       .memory = UINT64_C(1) << 30,
		                       .file = UINT64_C(64) << 20,
		                       .files = 64,
		                       .processes = 16 };
	char *const arguments[] = { (char *)o->compiler,
		                    (char *)"-std=gnu11",
		                    (char *)"-O0",
		                    (char *)"-fPIC",
		                    (char *)"-shared",
		                    (char *)"-I.",
		                    (char *)"-Wl,-Bsymbolic,-z,defs,-z,noexecstack",
		                    (char *)"-fmax-errors=8",
		                    (char *)"-fdiagnostics-color=never",
		                    (char *)"-w",
		                    (char *)"-o",
		                    (char *)"submission.so",
		                    (char *)"submission.c",
		                    NULL };
	char temporary[240];
	char *environment[] = { (char *)"PATH=/usr/bin:/bin",  (char *)"LC_ALL=C", (char *)"HOME=.",
		                (char *)"SOURCE_DATE_EPOCH=0", temporary,          NULL };
	int null = open("/dev/null", O_RDWR);

	snprintf(temporary, sizeof temporary, "TMPDIR=%s", w->path);
	if (setsid() < 0 || null < 0 || dup2(null, 0) < 0 || dup2(messages, 1) < 0 ||
	    dup2(messages, 2) < 0 || close_range(3, ~0u, 0) != 0 || chdir(w->path) != 0)
		return;
	confine_user();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!confine_limits(&limits) ||
	    (o->confine_files && !confine_files(&(struct reach){ toolchain, write })))
		return;
	if (!filter_install(filter))
		return;
	execve(o->compiler, arguments, environment);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads what the compiler says until it ends or has had its time. */
static bool listen(int fd, double until, char messages[COMPILER_MESSAGES_MAX])
{
	size_t have = 0;
	char rest[4096];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double left = until - now();
		bool room = have < COMPILER_MESSAGES_MAX - 1;
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)(left * 1000) + 1) == 0)
			return false;
		n = read(fd, room ? messages + have : rest,
		         room ? COMPILER_MESSAGES_MAX - 1 - have : sizeof rest);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += room ? (size_t)n : 0;
	}
	messages[have] = '\0';
	return true;
}

static enum compiled judge(int status, bool in_time, char *messages, struct error *err)
{
	if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
		snprintf(messages, COMPILER_MESSAGES_MAX, "the compiler did not finish in time\n");
		return COMPILE_REFUSED;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		error_set(err, "the compiler cannot be started confined");
		return COMPILE_FAILED;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? COMPILED : COMPILE_REFUSED;
}

static enum compiled run(const struct workdir *w, const struct compile_options *o, char *messages,
                         struct error *err)
{
	struct filter_program filter;
	int pipes[2], status = 0;
	bool in_time;
	pid_t child;

	if (access(o->compiler, X_OK) != 0) {
		error_set(
			err,
			"%s: the compiler is not there; install gcc, or name another by --compiler",
			o->compiler);
		return COMPILE_FAILED;
	}
	if (!filter_make(FILTER_COMPILER, &filter, err))
		return COMPILE_FAILED;
	if (pipe2(pipes, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		error_set(err, "the compiler cannot be started: %s", strerror(errno));
		filter_free(&filter);
		return COMPILE_FAILED;
	}
	if (child == 0) {
		enter(w, o, &filter, pipes[1]);
		_exit(127);
	}
	close(pipes[1]);
	in_time = listen(pipes[0], now() + 2 * o->seconds, messages);
	kill(-child, SIGKILL); /* it and all that it started */
	if (!in_time)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	close(pipes[0]);
	filter_free(&filter);
	return judge(status, in_time, messages, err);
}

static bool ends_in_c(const char *path)
{
	size_t length = strlen(path);

	return length > 2 && strcmp(path + length - 2, ".c") == 0;
}

enum compiled compile_submission(struct workdir *w, const char *path,
                                 const struct compile_options *options,
                                 char messages[COMPILER_MESSAGES_MAX], struct error *err)
{
	bool source = ends_in_c(path);
	size_t length;
	void *bytes = read_whole(path, source ? SOURCE_MAX : OBJECT_MAX, &length, err);
	bool written = bytes && workdir_write(w, source ? "submission.c" : "submission.so", bytes,
	                                      length, 0644, err);

	free(bytes);
	messages[0] = '\0';
	if (!written)
		return COMPILE_FAILED;
	return source ? run(w, options, messages, err) : COMPILED;
}
