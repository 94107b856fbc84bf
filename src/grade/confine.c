/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

/* The newest interface known here; the headers of Debian 12 stop at version 2. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)   /* version 3 */
#define ACCESS_IOCTL (UINT64_C(1) << 15)      /* version 5 */
#define NET_BIND_AND_CONNECT UINT64_C(3)      /* version 4 */
#define SCOPE_SOCKETS_AND_SIGNALS UINT64_C(3) /* version 6 */

struct ruleset {
	uint64_t files, net, scoped;
};

#define ACCESS_ANY (LANDLOCK_ACCESS_FS_REFER | (LANDLOCK_ACCESS_FS_REFER - 1))
#define ACCESS_READ \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                                    \
	(ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_REG)
#define ACCESS_OF_A_FILE                                             \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	 LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE | ACCESS_IOCTL)

int confine_landlock(void)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

static bool allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	struct stat status;
	bool done;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	/* What is not there needs no rule. */
	if (rule.parent_fd < 0)
		return errno == ENOENT;
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= ACCESS_OF_A_FILE;
	done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent_fd);
	return done;
}

bool confine_files(const struct reach *reach)
{
	int version = confine_landlock(), fd;
	struct ruleset r = { .files = ACCESS_ANY };
	uint64_t writing = ACCESS_WRITE;
	bool done = true;
	size_t size = version < 4 ? 8 : version < 6 ? 16 : 24;

	if (version < 2)
		r.files &= ~LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3) {
		r.files |= ACCESS_TRUNCATE;
		writing |= ACCESS_TRUNCATE;
	}
	if (version >= 4)
		r.net = NET_BIND_AND_CONNECT;
	if (version >= 5)
		r.files |= ACCESS_IOCTL;
	if (version >= 6)
		r.scoped = SCOPE_SOCKETS_AND_SIGNALS;
	fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (fd < 0)
		return false;
	for (const char *const *p = reach->read; *p && done; p++)
		done = allow(fd, *p, ACCESS_READ);
	for (const char *const *p = reach->write; *p && done; p++)
		done = allow(fd, *p, writing);
	if (done)
		done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		       syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close(fd);
	return done;
}

static bool limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit now, wanted = { soft, hard };

	/* A limit that is lower already stays. */
	if (getrlimit((__rlimit_resource_t)resource, &now) == 0 && now.rlim_max < hard) {
		wanted.rlim_max = now.rlim_max;
		if (wanted.rlim_cur > wanted.rlim_max)
			wanted.rlim_cur = wanted.rlim_max;
	}
	return setrlimit((__rlimit_resource_t)resource, &wanted) == 0;
}

bool confine_limits(const struct limits *l)
{
	return limit(RLIMIT_CPU, l->cpu_seconds, l->cpu_seconds + 1) &&
	       limit(RLIMIT_AS, l->memory, l->memory) && limit(RLIMIT_FSIZE, l->file, l->file) &&
	       limit(RLIMIT_NOFILE, l->files, l->files) && limit(RLIMIT_STACK, 8 << 20, 8 << 20) &&
	       limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_MEMLOCK, 0, 0) &&
	       limit(RLIMIT_MSGQUEUE, 0, 0) && (l->processes || limit(RLIMIT_NPROC, 0, 0));
}

int confine_owner(void)
{
	return geteuid() == 0 ? NOBODY : -1;
}

void confine_user(void)
{
	if (geteuid() != 0)
		return;
	/* In a container that knows no such user each of them fails, and the
	 * process stays that container's root: files are still Landlock's. */
	if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	    setresuid(NOBODY, NOBODY, NOBODY) == 0)
		return;
}
