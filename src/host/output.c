/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE /* fopencookie, O_TMPFILE */
#include "host/output.h"

#include "host/number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two files of one process, or a name left by a killed one, make a name taken. */
enum { NAME_ATTEMPTS = 1000 };

/* The stream's own write: it remembers the first errno, which stdio forgets. */
static ssize_t write_all(void *cookie, const char *bytes, size_t size)
{
	struct output *o = cookie;
	size_t done = 0;

	while (done < size && !o->failure) {
		ssize_t n = write(o->descriptor, bytes + done, size - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EINTR)
			o->failure = errno;
	}
	return (ssize_t)done;
}

static bool give_up(struct output *o, struct error *err, int cause)
{
	error_set(err, "%s: cannot be written: %s", o->path ? o->path : "output", strerror(cause));
	output_abandon(o);
	return false;
}

/* "/dev/fd/3" and its like name an open descriptor; -1 when `path` does not. */
static int named_descriptor(const char *path)
{
	static const char *const front[] = { "/dev/fd/", "/proc/self/fd/" };
	uint64_t number;

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(front) / sizeof(front[0]); i++)
		if (strncmp(path, front[i], strlen(front[i])) == 0 &&
		    number_parse_u64(path + strlen(front[i]), &number) && number <= INT_MAX)
			return (int)number;
	return -1;
}

/* Where links lead to; a path that does not exist yet is its own target. */
static char *resolve(const char *path, struct stat *status, bool *exists)
{
	*exists = stat(path, status) == 0;
	if (*exists)
		return realpath(path, NULL);
	if (errno != ENOENT)
		return NULL;
	if (lstat(path, status) == 0) { /* a link to nowhere: do not replace it */
		errno = ENOENT;
		return NULL;
	}
	return strdup(path);
}

/* The directory of `target`, as something open() takes; the caller frees it. */
static char *directory_of(const char *target)
{
	const char *slash = strrchr(target, '/');

	if (!slash)
		return strdup(".");
	return strndup(target, slash == target ? 1 : (size_t)(slash - target));
}

/* "target.PID.N.tmp" for the first N that `use` accepts; false with errno. */
static bool take_name(struct output *o, int (*use)(struct output *o))
{
	size_t room = strlen(o->target) + 48;

	o->temporary = malloc(room);
	if (!o->temporary)
		return false;
	for (int n = 0; n < NAME_ATTEMPTS; n++) {
		snprintf(o->temporary, room, "%s.%ld.%d.tmp", o->target, (long)getpid(), n);
		if (use(o) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	free(o->temporary);
	o->temporary = NULL;
	return false;
}

static int create_named(struct output *o)
{
	o->descriptor = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return o->descriptor < 0 ? -1 : 0;
}

static int link_unnamed(struct output *o)
{
	char self[NUMBER_TEXT_SIZE];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", o->descriptor);
	return linkat(AT_FDCWD, self, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW);
}

/*
 * A file without a name goes away by itself however the process ends. Not
 * every file system has them, and giving one its name needs /proc.
 */
static bool open_beside(struct output *o)
{
	char *directory = directory_of(o->target);

	if (!directory)
		return false;
	if (access("/proc/self/fd", X_OK) == 0)
		o->descriptor = open(directory, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	free(directory);
	o->unnamed = o->descriptor >= 0;
	return o->unnamed || take_name(o, create_named);
}

static bool open_regular(struct output *o, const struct stat *old, bool exists)
{
	/* A file that the user may not write is not replaced either. */
	if (exists && access(o->target, W_OK) != 0)
		return false;
	if (!open_beside(o))
		return false;
	/* The new file keeps the old one's permissions, as writing to it would. */
	return !exists || fchmod(o->descriptor, old->st_mode & 0777) == 0;
}

static bool open_descriptor(struct output *o)
{
	struct stat status;
	bool exists;
	int named = named_descriptor(o->path);

	if (named >= 0) {
		/* Whatever stdio holds was written before this. */
		fflush(stdout);
		o->descriptor = fcntl(named, F_DUPFD_CLOEXEC, 0);
		return o->descriptor >= 0;
	}
	if (!*o->path) {
		errno = ENOENT;
		return false;
	}
	o->target = resolve(o->path, &status, &exists);
	if (!o->target)
		return false;
	if (!exists || S_ISREG(status.st_mode))
		return open_regular(o, &status, exists);
	o->descriptor = open(o->target, O_WRONLY | O_CLOEXEC);
	free(o->target);
	o->target = NULL;
	return o->descriptor >= 0;
}

bool output_open(struct output *o, const char *path, struct error *err)
{
	memset(o, 0, sizeof(*o));
	o->descriptor = -1;
	o->path = strdup(strcmp(path, "-") == 0 ? "/dev/stdout" : path);
	if (!o->path || !open_descriptor(o))
		return give_up(o, err, errno);
	o->stream = fopencookie(o, "w", (cookie_io_functions_t){ .write = write_all });
	if (!o->stream)
		return give_up(o, err, errno);
	return true;
}

bool output_failed(const struct output *o)
{
	return o->failure != 0;
}

bool output_commit(struct output *o, struct error *err)
{
	if (!o->stream) {
		error_set(err, "output is not open");
		return false;
	}
	fflush(o->stream);
	if (!o->failure && ferror(o->stream))
		o->failure = EIO;
	if (!o->failure && o->unnamed) {
		o->unnamed = false;
		if (!take_name(o, link_unnamed))
			o->failure = errno;
	}
	/* Some file systems report a full disk or quota only here. */
	if (close(o->descriptor) != 0 && !o->failure && errno != EINTR)
		o->failure = errno;
	o->descriptor = -1;
	if (!o->failure && o->target && rename(o->temporary, o->target) != 0)
		o->failure = errno;
	if (o->failure)
		return give_up(o, err, o->failure);
	free(o->temporary);
	o->temporary = NULL;
	output_abandon(o);
	return true;
}

void output_abandon(struct output *o)
{
	/* What is buffered must not be written any more. */
	if (o->stream) {
		if (!o->failure)
			o->failure = ECANCELED;
		fclose(o->stream);
	}
	/* All zero bytes: never opened, and descriptor 0 is not ours. */
	if (o->path && o->descriptor >= 0)
		close(o->descriptor);
	if (o->temporary)
		unlink(o->temporary);
	free(o->temporary);
	free(o->target);
	free(o->path);
	memset(o, 0, sizeof(*o));
	o->descriptor = -1;
}
