/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One instruction at a time on the processor that runs the test: a child process
 * jumps into it from a signal handler with the registers of the case, and the
 * INT3 behind it, or its fault, hands them back.
 */
#ifndef TESTS_CPU_NATIVE_H
#define TESTS_CPU_NATIVE_H

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define DATA UINT64_C(0x10000000)
#define DATA_SIZE UINT64_C(0x4000)
#define CODE UINT64_C(0x20000000)
#define CODE_STRIDE UINT64_C(1024)
#define BATCH 200u
#define CODE_SIZE (BATCH * CODE_STRIDE + 4096)

struct registers {
	uint64_t r[16], rip, flags;
	uint64_t xmm[16][2];
	uint32_t mxcsr;
	/* Of a fault; 0xff: none. */
	uint8_t vector;
	uint32_t error_code;
	uint64_t cr2;
};

struct batch {
	uint32_t count, done;
	struct registers in[BATCH], out[BATCH];
};

static struct batch *native_batch; /* shared with the child */

static const int native_order[16] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				      REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11,
				      REG_R12, REG_R13, REG_R14, REG_R15 };

static uint64_t *native_xstate(ucontext_t *u)
{
	return (uint64_t *)((char *)u->uc_mcontext.fpregs + 512);
}

static void native_save(ucontext_t *u, int number, struct registers *to)
{
	greg_t *g = u->uc_mcontext.gregs;

	for (unsigned i = 0; i < 16; i++)
		to->r[i] = (uint64_t)g[native_order[i]];
	to->rip = (uint64_t)g[REG_RIP];
	to->flags = (uint64_t)g[REG_EFL];
	to->mxcsr = u->uc_mcontext.fpregs->mxcsr;
	memcpy(to->xmm, u->uc_mcontext.fpregs->_xmm, sizeof to->xmm);
	if (!(*native_xstate(u) & 2))
		memset(to->xmm, 0, sizeof to->xmm);
	to->vector = (uint8_t)g[REG_TRAPNO];
	to->error_code = (uint32_t)g[REG_ERR];
	to->cr2 = (uint64_t)g[REG_CR2];
	if (number == SIGTRAP && to->vector == 3) {
		to->vector = 0xff;
		to->rip--;
	}
}

static void native_load(ucontext_t *u, const struct registers *from)
{
	greg_t *g = u->uc_mcontext.gregs;

	for (unsigned i = 0; i < 16; i++)
		g[native_order[i]] = (greg_t)from->r[i];
	g[REG_RIP] = (greg_t)from->rip;
	g[REG_EFL] = (greg_t)from->flags;
	u->uc_mcontext.fpregs->mxcsr = from->mxcsr;
	memcpy(u->uc_mcontext.fpregs->_xmm, from->xmm, sizeof from->xmm);
	*native_xstate(u) |= 3;
}

static void native_handler(int number, siginfo_t *info, void *context)
{
	struct batch *b = native_batch;

	(void)info;
	/* The first one comes from native_child(). */
	if (b->done != UINT32_MAX)
		native_save(context, number, &b->out[b->done]);
	b->done++;
	if (b->done == b->count)
		_exit(0);
	native_load(context, &b->in[b->done]);
}

static void native_child(void)
{
	static char stack[1 << 16];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_sigaction = native_handler,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	static const int signals[] = { SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

	sigaltstack(&alternate, NULL);
	for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	alarm(5);
	native_batch->done = UINT32_MAX;
	raise(SIGTRAP);
	_exit(1);
}

/* Runs the batch. False: the child came to grief. */
static bool native_run(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		native_child();
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static bool native_init(void)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS;

	native_batch = mmap(NULL, sizeof *native_batch, PROT_READ | PROT_WRITE, flags, -1, 0);
	return native_batch != MAP_FAILED &&
	       mmap((void *)DATA, DATA_SIZE, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE, -1,
		    0) != MAP_FAILED &&
	       mmap((void *)CODE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    flags | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED;
}

#endif
