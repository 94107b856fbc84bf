/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- In the child ---- */

/* Puts the descriptors where the runner expects them; all others close. */
static bool arrange(const struct sandbox *s, int requests, int replies, int printed)
{
	int from[] = {
		open("/dev/null", O_RDONLY), printed, printed, requests, replies, s->memory
	};
	int count = sizeof from / sizeof *from;

	/* Out of the way first: a source may be another's target. */
	for (int i = 0; i < count; i++)
		if ((from[i] = fcntl(from[i], F_DUPFD, 64)) < 0)
			return false;
	for (int i = 0; i < count; i++)
		if (dup2(from[i], i) < 0)
			return false;
	return close_range((unsigned)count, ~0u, 0) == 0;
}

static void enter(const struct sandbox *s, int requests, int replies, int printed)
{
	static const char *const nothing[] = { NULL };
	const char *const read[] = { s->workdir->path, "/usr/lib",         "/usr/lib64", "/lib",
		                     "/lib64",         "/etc/ld.so.cache", NULL };
	const struct limits limits = {
		.cpu_seconds = s->cpu_seconds, .memory = UINT64_C(512) << 20, .file = 0, .files = 80
	};
	char *arguments[] = { (char *)"submission", (char *)s->workdir->submission, NULL };
	char *environment[] = { (char *)"LC_ALL=C", NULL };

	/* Where it is allowed: no chance in the addresses of the process. */
	personality(ADDR_NO_RANDOMIZE);
	if (setsid() < 0 || !arrange(s, requests, replies, printed) || chdir("/") != 0)
		return;
	confine_user();
	/* It must not outlive a grader that is interrupted. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (s->confine_files && !confine_files(&(struct reach){ read, nothing }))
		return;
	if (!confine_limits(&limits))
		return;
	execve(s->workdir->runner, arguments, environment);
}

/* ---- In the grader ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(struct process *p, enum death death, uint64_t first, uint64_t second)
{
	if (p->death == DEATH_NONE) {
		p->death = death;
		p->detail[0] = first;
		p->detail[1] = second;
	}
	process_stop(p);
}

/* Only what can be shown, and only the beginning. */
static void collect_output(struct process *p)
{
	unsigned char bytes[PRINTED_MAX];
	ssize_t n = read(p->printed, bytes, sizeof bytes);
	size_t length = 0;

	for (ssize_t i = 0; i < n; i++)
		p->output[length++] = bytes[i] == '\n' || (bytes[i] >= ' ' && bytes[i] < 0x7f)
		                              ? (char)bytes[i]
		                              : '?';
	p->output[length] = '\0';
}

/* The status of a process that ended by itself. */
static void reap(struct process *p)
{
	int status = 0;

	kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	if (p->death != DEATH_NONE)
		return;
	if (WIFEXITED(status)) {
		p->death = WEXITSTATUS(status) == 127 ? DEATH_STARTED_LATE : DEATH_EXIT;
		p->detail[0] = (uint64_t)WEXITSTATUS(status);
	} else if (WTERMSIG(status) == SIGXCPU) {
		p->death = DEATH_CPU_TIME;
	} else {
		p->death = DEATH_SIGNAL;
		p->detail[0] = (uint64_t)WTERMSIG(status);
	}
}

void process_stop(struct process *p)
{
	if (p->pid > 0) {
		kill(-p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
		p->pid = 0;
	}
	if (p->printed >= 0)
		collect_output(p);
	for (int *fd = (int *[]){ &p->requests }[0]; fd <= &p->printed; fd++) {
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
	}
}

static bool receive(struct process *p, void *to, size_t length)
{
	char *at = to;

	while (length) {
		struct pollfd poller = { .fd = p->replies, .events = POLLIN };
		double left = p->until - now();
		int ready = left > 0 ? poll(&poller, 1, (int)(left * 1000) + 1) : 0;
		ssize_t n;

		if (ready == 0) {
			die(p, DEATH_WALL_TIME, 0, 0);
			return false;
		}
		n = ready < 0 ? -1 : read(p->replies, at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			reap(p);
			process_stop(p);
			return false;
		}
		at += n;
		length -= (size_t)n;
	}
	return true;
}

bool process_send(struct process *p, const struct request *r, const void *tail)
{
	char message[sizeof *r + 16384];
	size_t length = sizeof *r + r->tail, done = 0;

	if (p->pid == 0)
		return false;
	if (length > sizeof message) {
		die(p, DEATH_PROTOCOL, 0, 0);
		return false;
	}
	memcpy(message, r, sizeof *r);
	if (r->tail)
		memcpy(message + sizeof *r, tail, r->tail);
	/* The pipe takes 64K; one request is answered before the next. */
	while (done < length) {
		ssize_t n = write(p->requests, message + done, length - done);

		if (n < 0 && errno != EINTR)
			break; /* it is dead; receiving says why */
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

bool process_receive(struct process *p, struct reply *r)
{
	if (p->pid == 0 || !receive(p, r, sizeof *r))
		return false;
	if (r->kind > REPLY_DIED || r->tail > REPLY_TEXT_MAX) {
		die(p, DEATH_PROTOCOL, 0, 0);
		return false;
	}
	if (r->tail && !receive(p, p->text, r->tail))
		return false;
	p->text[r->tail] = '\0';
	if (r->kind == REPLY_DIED) {
		die(p,
		    r->v[0] > DEATH_NONE && r->v[0] <= DEATH_LOAD ? (enum death)r->v[0]
		                                                  : DEATH_PROTOCOL,
		    r->v[1], r->v[2]);
		return false;
	}
	return true;
}

static bool handshake(struct process *p)
{
	const struct sandbox *s = p->sandbox;
	struct request r = { .kind = REQUEST_FILTERS,
		             .arg = { s->loading.length, s->running.length } };
	struct reply ready;

	/* Each filter follows when it is asked for, without a header. */
	r.tail = (uint32_t)((s->loading.length + s->running.length) * sizeof *s->loading.code);
	char both[16384];

	if (r.tail > sizeof both)
		return false;
	memcpy(both, s->loading.code, s->loading.length * sizeof *s->loading.code);
	memcpy(both + s->loading.length * sizeof *s->loading.code, s->running.code,
	       s->running.length * sizeof *s->running.code);
	if (!process_send(p, &r, both) || !process_receive(p, &ready))
		return false;
	if (ready.kind != REPLY_READY) {
		die(p, DEATH_PROTOCOL, 0, 0);
		return false;
	}
	p->functions = ready.v[0];
	return true;
}

bool process_start(struct process *p, const struct sandbox *s)
{
	int requests[2], replies[2], printed[2];

	*p = (struct process){ .sandbox = s, .requests = -1, .replies = -1, .printed = -1 };
	if (pipe2(requests, O_CLOEXEC) != 0 || pipe2(replies, O_CLOEXEC) != 0 ||
	    pipe2(printed, O_CLOEXEC | O_NONBLOCK) != 0) {
		p->death = DEATH_STARTED_LATE;
		return false;
	}
	p->until = now() + s->wall_seconds;
	p->pid = fork();
	if (p->pid == 0) {
		enter(s, requests[0], replies[1], printed[1]);
		_exit(127);
	}
	close(requests[0]);
	close(replies[1]);
	close(printed[1]);
	p->requests = requests[1];
	p->replies = replies[0];
	p->printed = printed[0];
	if (p->pid < 0) {
		p->pid = 0;
		p->death = DEATH_STARTED_LATE;
		process_stop(p);
		return false;
	}
	return handshake(p);
}
