/* SPDX-License-Identifier: BSD-2-Clause
 *
 * How a submission's process ended, in words.
 */
#include "grade/process.h"

#include <inttypes.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *signal_text(uint64_t number)
{
	switch (number) {
	case SIGSEGV:
		return "crashed: it used an address that is not its own (segmentation fault), such "
		       "as a "
		       "null pointer or an hpa as a pointer";
	case SIGBUS:
		return "crashed (bus error)";
	case SIGFPE:
		return "crashed: a division by zero, or one that overflows";
	case SIGILL:
		return "crashed: an illegal instruction, as __builtin_trap() makes";
	case SIGTRAP:
		return "crashed: a breakpoint instruction";
	case SIGSYS:
		return "made a system call that a submission may not make, with its report of that "
		       "switched off";
	case SIGKILL:
		return "was killed by the system, as happens when memory runs out";
	default:
		return "was ended by a signal";
	}
}

static void system_call_text(const struct process *p, char *text, size_t room)
{
	int number = (int)p->detail[0];
	char *name;

	if (number == SCMP_SYS(exit_group) || number == SCMP_SYS(exit)) {
		snprintf(text, room, "called exit(%d)", (int)(p->detail[1] & 0xff));
		return;
	}
	if ((number == SCMP_SYS(tgkill) || number == SCMP_SYS(kill)) && p->detail[1] == SIGABRT) {
		snprintf(text, room, "called abort(), or an assert() of it failed");
		return;
	}
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
	snprintf(text, room,
	         "made the system call %s, which a submission may not make (no files, no network, "
	         "no processes)",
	         name ? name : "of an unknown number");
	free(name);
}

void process_death_text(const struct process *p, char *text, size_t room)
{
	switch (p->death) {
	case DEATH_NONE:
	case DEATH_STARTED_LATE:
		snprintf(text, room, "could not be started");
		break;
	case DEATH_SIGNAL:
		snprintf(text, room, "%s", signal_text(p->detail[0]));
		break;
	case DEATH_STACK:
		snprintf(text, room, "overflowed its stack (8 MiB): a recursion without an end?");
		break;
	case DEATH_GUEST_WRITE:
		snprintf(text, room,
		         "wrote to the guest's memory (byte 0x%" PRIx64
		         " of it), which it may only read",
		         p->detail[0]);
		break;
	case DEATH_MEMORY:
		if (p->detail[0])
			snprintf(text, room,
			         "asked for %" PRIu64
			         " bytes of memory at once; 256 MiB are the limit",
			         p->detail[0]);
		else
			snprintf(text, room,
			         "used up its memory (512 MiB) and then a null pointer");
		break;
	case DEATH_SYSTEM_CALL:
		system_call_text(p, text, room);
		break;
	case DEATH_LOAD: {
		const char *colon = strstr(p->text, "submission.so: ");

		snprintf(text, room, "cannot be loaded: %s", colon ? colon + 15 : p->text);
		break;
	}
	case DEATH_EXIT:
		snprintf(text, room, "ended the process with status %d", (int)p->detail[0]);
		break;
	case DEATH_CPU_TIME:
		snprintf(text, room,
		         "used more than %u s of processor time: a loop without an end?",
		         p->sandbox->cpu_seconds);
		break;
	case DEATH_WALL_TIME:
		snprintf(text, room, "gave no answer for %u s", p->sandbox->wall_seconds);
		break;
	case DEATH_PROTOCOL:
		snprintf(text, room, "wrote to a descriptor that is the grader's");
		break;
	}
}
