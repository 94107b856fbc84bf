/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The program in which a submission runs: it loads the shared object it is
 * given and calls its functions as the grader says. Everything it tells is the
 * submission's own word, judged by the grader in another process.
 *
 * A program of its own, part of eptsim as data: so the process has in memory
 * nothing of the grader's, and needs none of its libraries.
 */
#include "runner/protocol.h"
#include "runner/runner.h"

#include <eptsim/submission.h>

#include <dlfcn.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	struct lab lab;
	struct setup setup;
	void *function[FUNCTION_COUNT];
} runner;

/* ---- Talking ---- */

/* System calls by hand: a submission that replaces read() or write() shall not
 * even notice. */
static long raw(long number, long a, long b, long c)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(number), "D"(a), "S"(b), "d"(c)
	                 : "rcx", "r11", "memory");
	return result;
#else
	return syscall(number, a, b, c);
#endif
}

void runner_stop(void)
{
	char byte;

	/* The grader ends this process once it has read why. */
	for (;;)
		raw(SYS_read, RUNNER_REQUESTS, (long)&byte, 1);
}

static void receive(void *to, size_t length)
{
	unsigned char *at = to;

	while (length) {
		long n = raw(SYS_read, RUNNER_REQUESTS, (long)at, (long)length);

		if (n <= 0 && n != -4 /* EINTR */)
			__builtin_trap();
		if (n > 0) {
			at += n;
			length -= (size_t)n;
		}
	}
}

void runner_say(struct reply *reply, const char *text)
{
	char message[sizeof *reply + REPLY_TEXT_MAX];
	size_t length = 0;

	while (text && text[length] && length < REPLY_TEXT_MAX) {
		message[sizeof *reply + length] = text[length];
		length++;
	}
	reply->tail = (uint32_t)length;
	for (size_t i = 0; i < sizeof *reply; i++)
		message[i] = ((const char *)reply)[i];
	/* Below the size that a pipe takes at once. */
	raw(SYS_write, RUNNER_REPLIES, (long)message, (long)(sizeof *reply + length));
}

/* The answer, and which frames have become linked. */
static uint64_t ask(struct reply *reply, uint64_t *value)
{
	struct request answer;
	uint16_t linked[TABLE_FRAMES];

	runner_say(reply, NULL);
	receive(&answer, sizeof answer);
	if (answer.tail > sizeof linked)
		__builtin_trap();
	receive(linked, answer.tail);
	for (unsigned i = 0; i < answer.tail / sizeof *linked; i++)
		watch_frame(linked[i]);
	if (value)
		*value = answer.arg[1];
	return answer.arg[0];
}

void runner_stored(unsigned frame)
{
	ask(&(struct reply){ .kind = REPLY_STORE, .v = { frame } }, NULL);
}

/* ---- Callbacks ---- */

static int alloc_frame(uint64_t *at)
{
	return (int)ask(&(struct reply){ .kind = REPLY_ALLOC }, at);
}

static void free_frame(uint64_t at)
{
	if (runner.setup.watch && at - runner.setup.tables < TABLES_SIZE)
		watch_nothing((unsigned)((at - runner.setup.tables) / FRAME_SIZE));
	ask(&(struct reply){ .kind = REPLY_FREE, .v = { at } }, NULL);
}

static void *frame_pointer(uint64_t at)
{
	if (at - runner.setup.tables < TABLES_SIZE)
		return (void *)(RUNNER_TABLES + (at - runner.setup.tables));
	if (at - runner.setup.guest < GUEST_SIZE)
		return (void *)(RUNNER_GUEST + (at - runner.setup.guest));
	return NULL;
}

static int invept(unsigned processor, unsigned type, uint64_t eptp)
{
	return (int)ask(&(struct reply){ .kind = REPLY_INVEPT, .v = { processor, type, eptp } },
	                NULL);
}

static int invvpid(unsigned processor, unsigned type, unsigned vpid, uint64_t gva)
{
	return (int)ask(&(struct reply){ .kind = REPLY_INVVPID,
	                                 .v = { processor, type, vpid, gva } },
	                NULL);
}

static int backing(uint64_t gpa, uint64_t *at)
{
	return (int)ask(&(struct reply){ .kind = REPLY_BACKING, .v = { gpa } }, at);
}

/* ---- Calls ---- */

/* What an output is before the call: something that nobody would write. */
#define UNSET UINT64_C(0xa5a5a5a5a5a5a5a5)

static void call_walk(const struct lab *lab, const uint64_t *a, struct reply *r)
{
	int (*walk)(const struct lab *, uint64_t, struct lab_page *) = runner.function[FN_walk];
	struct lab_page page;

	memset(&page, 0xa5, sizeof page);
	r->v[0] = (uint64_t)walk(lab, a[0], &page);
	r->v[1] = page.hpa;
	r->v[2] = page.perm;
	r->v[3] = page.type;
	r->v[4] = page.level;
}

static void call_translate(const struct lab *lab, const uint64_t *a, struct reply *r)
{
	int (*translate)(const struct lab *, const struct lab_access *, struct lab_event *) =
		runner.function[FN_translate];
	struct lab_access access = { a[0], a[1], (unsigned)a[2], (unsigned)a[3], (int)a[4] };
	struct lab_event event;

	memset(&event, 0, sizeof event);
	r->v[0] = (uint64_t)translate(lab, &access, &event);
	r->v[1] = event.kind;
	r->v[2] = event.hpa;
	r->v[3] = event.error_code;
	r->v[4] = event.cr2;
	r->v[5] = event.qualification;
	r->v[6] = event.gpa;
	r->v[7] = event.gla;
}

static uint64_t call_table(enum function f, const struct lab *lab, const uint64_t *a)
{
	void *p = runner.function[f];

	switch (f) {
	case FN_map:
		return (uint64_t)((int (*)(const struct lab *, uint64_t, uint64_t, unsigned,
		                           unsigned))p)(lab, a[0], a[1], (unsigned)a[2],
		                                        (unsigned)a[3]);
	case FN_map_large:
		return (uint64_t)((int (*)(const struct lab *, uint64_t, uint64_t, unsigned,
		                           unsigned, unsigned))p)(lab, a[0], a[1], (unsigned)a[2],
		                                                  (unsigned)a[3], (unsigned)a[4]);
	case FN_unmap:
	case FN_split:
		return (uint64_t)((int (*)(const struct lab *, uint64_t))p)(lab, a[0]);
	case FN_protect:
	case FN_merge:
		return (uint64_t)((int (*)(const struct lab *, uint64_t,
		                           unsigned))p)(lab, a[0], (unsigned)a[1]);
	case FN_eptp:
		return ((uint64_t(*)(const struct lab *))p)(lab);
	case FN_on_violation: {
		struct lab_violation violation = { a[0], a[1], a[2], (unsigned)a[3] };

		return (uint64_t)((int (*)(const struct lab *,
		                           const struct lab_violation *))p)(lab, &violation);
	}
	default:
		__builtin_trap();
	}
}

static void call(const uint64_t *arg)
{
	/* A copy for each call: what a submission writes into it is gone. */
	struct lab lab = runner.lab;
	enum function f = (enum function)arg[0];
	const uint64_t *a = arg + 1;
	struct reply r = { .kind = REPLY_RETURN, .v = { 0, UNSET } };
	void *p = runner.function[f];

	switch (f) {
	case FN_entry_pa:
	case FN_entry_flags:
		r.v[0] = ((uint64_t(*)(uint64_t))p)(a[0]);
		break;
	case FN_entry_set_pa:
		r.v[0] = ((uint64_t(*)(uint64_t, uint64_t))p)(a[0], a[1]);
		break;
	case FN_entry_set_perm:
		r.v[0] = ((uint64_t(*)(uint64_t, unsigned))p)(a[0], (unsigned)a[1]);
		break;
	case FN_walk:
		call_walk(&lab, a, &r);
		break;
	case FN_gpa2hpa:
		r.v[0] =
			(uint64_t)((int (*)(const struct lab *, uint64_t, uint64_t *))p)(&lab, a[0],
		                                                                         &r.v[1]);
		break;
	case FN_gva2hpa:
		r.v[0] = (uint64_t)((int (*)(const struct lab *, uint64_t, uint64_t,
		                             uint64_t *))p)(&lab, a[0], a[1], &r.v[1]);
		break;
	case FN_translate:
		call_translate(&lab, a, &r);
		break;
	default:
		r.v[0] = call_table(f, &lab, a);
	}
	runner_say(&r, NULL);
}

/* ---- Starting ---- */

static void set_up(const struct setup *s)
{
	int rights = PROT_READ | (s->guest_writable ? PROT_WRITE : 0);

	runner.setup = *s;
	runner.lab = (struct lab){
		.root = s->root,
		.eptp = s->eptp,
		.capabilities = s->capabilities,
		.maxphyaddr = s->maxphyaddr,
		.levels = s->levels,
		.processors = 2,
		.want_accessed_dirty = (int)s->want_accessed_dirty,
		.alloc_frame = alloc_frame,
		.free_frame = free_frame,
		.frame_pointer = frame_pointer,
		.invept = invept,
		.invvpid = invvpid,
		.backing = backing,
	};
	mprotect((void *)RUNNER_GUEST, GUEST_SIZE, rights);
	if (s->watch)
		watch_frame(s->root_frame);
}

static void filter_install(uint64_t instructions)
{
	static struct sock_filter code[1024];
	struct sock_fprog program = { .len = (unsigned short)instructions, .filter = code };

	if (instructions > 1024)
		__builtin_trap();
	receive(code, instructions * sizeof *code);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program))
		__builtin_trap();
}

static void load(const char *path)
{
	static const char *const names[] = {
#define X(name, required) "lab_" #name,
		FUNCTIONS(X)
#undef X
	};
	struct reply ready = { .kind = REPLY_READY };
	/* Its own symbols first: a helper that is called like a library function
	 * stays its own. */
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);

	if (!object) {
		runner_say(&(struct reply){ .kind = REPLY_DIED, .v = { DEATH_LOAD } }, dlerror());
		runner_stop();
	}
	for (unsigned i = 0; i < FUNCTION_COUNT; i++) {
		runner.function[i] = dlsym(object, names[i]);
		ready.v[0] |= (uint64_t)(runner.function[i] != NULL) << i;
	}
	runner_say(&ready, NULL);
}

static void map_memory(void)
{
	void *tables = mmap((void *)RUNNER_TABLES, TABLES_SIZE, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_FIXED_NOREPLACE, RUNNER_MEMORY, 0);
	void *guest = mmap((void *)RUNNER_GUEST, GUEST_SIZE, PROT_READ,
	                   MAP_SHARED | MAP_FIXED_NOREPLACE, RUNNER_MEMORY, (long)TABLES_SIZE);

	if (tables != (void *)RUNNER_TABLES || guest != (void *)RUNNER_GUEST)
		__builtin_trap();
	raw(SYS_close, RUNNER_MEMORY, 0, 0);
}

int main(int argc, char **argv)
{
	static char line[4096];
	struct request request;
	struct setup setup;

	if (argc != 2)
		return 2;
	/* What it prints is shown to its author, also if it is stopped. */
	setvbuf(stdout, line, _IOLBF, sizeof line);
	map_memory();
	watch_deaths();
	receive(&request, sizeof request);
	filter_install(request.arg[0]);
	load(argv[1]);
	filter_install(request.arg[1]);
	for (;;) {
		receive(&request, sizeof request);
		if (request.kind == REQUEST_SETUP && request.tail == sizeof setup) {
			receive(&setup, sizeof setup);
			set_up(&setup);
		} else if (request.kind == REQUEST_CALL && request.arg[0] < FUNCTION_COUNT) {
			call(request.arg);
		} else {
			__builtin_trap();
		}
	}
}
