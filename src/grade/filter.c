/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The system-call filters. A call that a submission may not make raises SIGSYS,
 * whose handler says which it was.
 */
#include "grade/confine.h"

#include "runner/protocol.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool on_descriptor(scmp_filter_ctx f, int call, unsigned descriptor)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, SCMP_A0(SCMP_CMP_EQ, descriptor)) == 0;
}

static bool add(scmp_filter_ctx f, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seccomp_rule_add(f, action, calls[i], 0))
			return false;
	return true;
}

#define ADD(f, action, ...)                          \
	add(f, action, (const int[]){ __VA_ARGS__ }, \
	    sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

/* What a submission may do: talk to the grader, print, use memory. */
static bool rules_running(scmp_filter_ctx f)
{
	return on_descriptor(f, SCMP_SYS(read), RUNNER_REQUESTS) &&
	       on_descriptor(f, SCMP_SYS(write), RUNNER_REPLIES) &&
	       on_descriptor(f, SCMP_SYS(write), STDOUT_FILENO) &&
	       on_descriptor(f, SCMP_SYS(write), STDERR_FILENO) &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	                        SCMP_A1(SCMP_CMP_LE, ONE_ALLOCATION_MAX),
	                        SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mremap), 1,
	                        SCMP_A2(SCMP_CMP_LE, ONE_ALLOCATION_MAX)) == 0 &&
	       ADD(f, SCMP_ACT_ALLOW, SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(madvise),
	           SCMP_SYS(brk), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(futex),
	           /* Who it is, it may know: raise() and abort() ask. */
	           SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid),
	           SCMP_SYS(getppid)) &&
	       /* stdio asks and does without an answer. */
	       ADD(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(newfstatat), SCMP_SYS(fstat),
	           SCMP_SYS(ioctl), SCMP_SYS(lseek), SCMP_SYS(getrandom));
}

/* What the dynamic loader does besides; Landlock decides which files it opens.
 * The submission's constructors run under this filter. */
static bool rules_loading(scmp_filter_ctx f)
{
	return on_descriptor(f, SCMP_SYS(read), RUNNER_REQUESTS) &&
	       on_descriptor(f, SCMP_SYS(write), RUNNER_REPLIES) &&
	       on_descriptor(f, SCMP_SYS(write), STDOUT_FILENO) &&
	       on_descriptor(f, SCMP_SYS(write), STDERR_FILENO) &&
	       /* Files that were opened here have numbers above those in use. */
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
	                        SCMP_A0(SCMP_CMP_GE, RUNNER_MEMORY)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(close), 1,
	                        SCMP_A0(SCMP_CMP_GE, RUNNER_MEMORY)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	                        SCMP_A1(SCMP_CMP_LE, ONE_ALLOCATION_MAX)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	                        SCMP_A2(SCMP_CMP_MASKED_EQ, 3, 0 /* O_RDONLY */)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
	                        SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)) == 0 &&
	       seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
	                        SCMP_A0(SCMP_CMP_EQ, PR_SET_NO_NEW_PRIVS)) == 0 &&
	       ADD(f, SCMP_ACT_ALLOW, SCMP_SYS(pread64), SCMP_SYS(munmap), SCMP_SYS(mprotect),
	           SCMP_SYS(brk), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(futex),
	           SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(madvise), SCMP_SYS(getpid),
	           SCMP_SYS(gettid), SCMP_SYS(getppid)) &&
	       ADD(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(ioctl), SCMP_SYS(getrandom), SCMP_SYS(lseek),
	           SCMP_SYS(readlink), SCMP_SYS(access), SCMP_SYS(getcwd));
}

/* The compiler is many programs that need many calls: what is not theirs is
 * taken away. */
static bool rules_compiler(scmp_filter_ctx f)
{
	return ADD(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), SCMP_SYS(socketpair),
	           SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept),
	           SCMP_SYS(accept4), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(ptrace),
	           SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(tkill),
	           SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal),
	           SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	           SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	           SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	           SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(setsid),
	           SCMP_SYS(setpgid), SCMP_SYS(shmget), SCMP_SYS(msgget), SCMP_SYS(semget),
	           SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(chown), SCMP_SYS(fchownat),
	           SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(kexec_load),
	           SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(settimeofday),
	           SCMP_SYS(clock_settime), SCMP_SYS(fanotify_init), SCMP_SYS(quotactl));
}

static bool export(scmp_filter_ctx f, struct filter_program *program)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;
	bool done = false;

	if (fd >= 0 && seccomp_export_bpf(f, fd) == 0 && (size = lseek(fd, 0, SEEK_END)) > 0) {
		program->code = malloc((size_t)size);
		program->length = (size_t)size / sizeof *program->code;
		done = program->code && pread(fd, program->code, (size_t)size, 0) == size;
	}
	if (fd >= 0)
		close(fd);
	return done;
}

bool filter_make(enum filter which, struct filter_program *program, struct error *err)
{
	static bool (*const rules[])(scmp_filter_ctx) = { rules_compiler, rules_loading,
		                                          rules_running };
	scmp_filter_ctx f = seccomp_init(which == FILTER_COMPILER ? SCMP_ACT_ALLOW : SCMP_ACT_TRAP);
	bool done;

	*program = (struct filter_program){ NULL, 0 };
	done = f && rules[which](f) && export(f, program);
	if (f)
		seccomp_release(f);
	if (!done) {
		filter_free(program);
		error_set(err, "the system-call filter cannot be made");
	}
	return done;
}

void filter_free(struct filter_program *program)
{
	free(program->code);
	*program = (struct filter_program){ NULL, 0 };
}

bool filter_install(const struct filter_program *program)
{
	struct sock_fprog code = { (unsigned short)program->length, program->code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code) == 0;
}
