/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Signals of the program that runs a submission: what ended it, said in a
 * message; and stores to tables that a processor may be walking, seen one by
 * one. Such a frame is write-protected: the store faults, the page is opened,
 * the instruction runs alone (trap flag), the page is closed, and the grader
 * looks at the memory before the next instruction runs.
 */
#include "runner/runner.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define TRAP_FLAG 0x100

static struct {
	bool watched[TABLE_FRAMES];
	int stepping; /* the frame that is open for one instruction; -1: none */
	uintptr_t stack_top;
	size_t stack_size;
} watch = { .stepping = -1 };

static void protect(unsigned frame, int rights)
{
	mprotect((void *)(RUNNER_TABLES + frame * FRAME_SIZE), FRAME_SIZE, rights);
}

void watch_frame(unsigned frame)
{
	if (frame >= TABLE_FRAMES || watch.watched[frame])
		return;
	watch.watched[frame] = true;
	protect(frame, PROT_READ);
}

void watch_nothing(unsigned frame)
{
	if (frame >= TABLE_FRAMES || !watch.watched[frame])
		return;
	watch.watched[frame] = false;
	protect(frame, PROT_READ | PROT_WRITE);
}

static _Noreturn void die(enum death death, uint64_t first, uint64_t second)
{
	runner_say(&(struct reply){ .kind = REPLY_DIED, .v = { death, first, second } }, NULL);
	runner_stop();
}

/* Is no memory left to be had? Then a bad pointer is likely an allocation's. */
static bool memory_is_full(void)
{
	void *try = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (try == MAP_FAILED)
		return true;
	munmap(try, 1 << 20);
	return false;
}

static _Noreturn void bad_access(uintptr_t address)
{
	if (address < watch.stack_top && watch.stack_top - address < watch.stack_size + (1 << 20) &&
	    watch.stack_top - address > watch.stack_size - (1 << 18))
		die(DEATH_STACK, 0, 0);
	if (address - RUNNER_GUEST < GUEST_SIZE)
		die(DEATH_GUEST_WRITE, address - RUNNER_GUEST, 0);
	if (address < 1 << 16 && memory_is_full())
		die(DEATH_MEMORY, 0, 0);
	die(DEATH_SIGNAL, SIGSEGV, 0);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	unsigned frame = (unsigned)((address - RUNNER_TABLES) / FRAME_SIZE);
	ucontext_t *c = context;

	if (number != SIGSEGV)
		die(DEATH_SIGNAL, (uint64_t)number, 0);
	if (address - RUNNER_TABLES >= TABLES_SIZE || !watch.watched[frame] || watch.stepping >= 0)
		bad_access(address);
	watch.stepping = (int)frame;
	protect(frame, PROT_READ | PROT_WRITE);
	c->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	unsigned frame = (unsigned)watch.stepping;

	(void)info;
	if (watch.stepping < 0)
		die(DEATH_SIGNAL, (uint64_t)number, 0);
	watch.stepping = -1;
	c->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	protect(frame, PROT_READ);
	runner_stored(frame);
}

static void on_system_call(int number, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)number;
	if (info->si_syscall == SYS_mmap || info->si_syscall == SYS_mremap)
		die(DEATH_MEMORY, (uint64_t)registers[REG_RSI], 0);
	if (info->si_syscall == SYS_tgkill || info->si_syscall == SYS_kill)
		die(DEATH_SYSTEM_CALL, (uint64_t)info->si_syscall,
		    (uint64_t)registers[info->si_syscall == SYS_kill ? REG_RSI : REG_RDX]);
	die(DEATH_SYSTEM_CALL, (uint64_t)info->si_syscall, (uint64_t)registers[REG_RDI]);
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	/* Stepping must not be interrupted by another report. */
	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSYS);
	sigaction(number, &action, NULL);
}

void watch_deaths(void)
{
	static unsigned char stack[1 << 16];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
	struct rlimit limit;

	getrlimit(RLIMIT_STACK, &limit);
	watch.stack_top = (uintptr_t)__builtin_frame_address(0);
	watch.stack_size = limit.rlim_cur;
	sigaltstack(&alternate, NULL);
	handle(SIGSEGV, on_fault);
	handle(SIGBUS, on_fault);
	handle(SIGFPE, on_fault);
	handle(SIGILL, on_fault);
	handle(SIGTRAP, on_step);
	handle(SIGSYS, on_system_call);
}
