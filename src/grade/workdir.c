/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/workdir.h"

#include "grade/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool give_away(int fd)
{
	int owner = confine_owner();

	/* Fails in a container without such a user, whose root then keeps it. */
	return owner < 0 || fchown(fd, (uid_t)owner, (gid_t)owner) == 0 || errno == EINVAL ||
	       errno == EPERM;
}

bool workdir_write(const struct workdir *w, const char *name, const void *bytes, size_t length,
                   unsigned mode, struct error *err)
{
	char path[300];
	const char *at = bytes;
	bool done = true;
	int fd;

	snprintf(path, sizeof path, "%s/%s", w->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	while (fd >= 0 && length && done) {
		ssize_t n = write(fd, at, length);

		done = n > 0 || (n < 0 && errno == EINTR);
		at += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || !done || !give_away(fd)) {
		error_set(err, "%s: cannot be written: %s", path, strerror(errno));
		done = false;
	}
	if (fd >= 0)
		close(fd);
	return done;
}

static bool fill(struct workdir *w, struct error *err)
{
	char folder[240];
	int fd;

	snprintf(w->submission, sizeof w->submission, "%s/submission.so", w->path);
	snprintf(w->runner, sizeof w->runner, "%s/runner", w->path);
	snprintf(folder, sizeof folder, "%s/eptsim", w->path);
	fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || !give_away(fd) || mkdir(folder, 0755) != 0) {
		error_set(err, "%s: %s", w->path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(fd);
	return workdir_write(w, "runner", image_runner, (size_t)(image_runner_end - image_runner),
	                     0755, err) &&
	       workdir_write(w, "eptsim/submission.h", image_header,
	                     (size_t)(image_header_end - image_header), 0644, err);
}

/* May everybody pass through each directory on the way? Root's submissions run
 * as nobody. */
static bool reachable(const char *path)
{
	char part[128];
	struct stat status;
	size_t length = strlen(path);

	for (size_t i = 1; i <= length && confine_owner() >= 0; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (stat(part, &status) != 0 || !(status.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

bool workdir_create(struct workdir *w, struct error *err)
{
	const char *parent = getenv("TMPDIR");

	*w = (struct workdir){ .path = "" };
	if (!parent || parent[0] != '/' || strlen(parent) > 100 || !reachable(parent))
		parent = "/tmp";
	snprintf(w->path, sizeof w->path, "%s/eptsim-grade.XXXXXX", parent);
	if (!mkdtemp(w->path)) {
		error_set(err, "%s: no directory can be made there: %s", parent, strerror(errno));
		w->path[0] = '\0';
		return false;
	}
	return fill(w, err);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path) != 0 && errno != ENOENT;
}

void workdir_remove(struct workdir *w)
{
	if (w->path[0])
		nftw(w->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	w->path[0] = '\0';
}
