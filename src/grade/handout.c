/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/handout.h"

#include "grade/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	const unsigned char *start, *end;
} files[] = {
	{ "eptsim/submission.h", image_header, image_header_end },
	{ "ept.c", image_skeleton, image_skeleton_end },
	{ "Makefile", image_makefile, image_makefile_end },
	{ "README.md", image_readme, image_readme_end },
};

#define FILES (sizeof files / sizeof *files)

static bool fail(struct error *err, const char *path, const char *what)
{
	error_set(err, "%s: %s: %s", path, what, strerror(errno));
	return false;
}

static bool write_file(const char *path, const unsigned char *start, const unsigned char *end,
                       struct error *err)
{
	size_t length = (size_t)(end - start);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
	bool written;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return fail(err, path, "cannot be created");
	}
	written = fwrite(start, 1, length, file) == length;
	if (fclose(file) != 0 || !written)
		return fail(err, path, "cannot be written");
	return true;
}

bool handout_write(const char *directory, struct error *err)
{
	char path[4096];

	if (strlen(directory) > sizeof path - 40) {
		error_set(err, "the directory's name is too long");
		return false;
	}
	/* A student's work must not be written over: look first, then write. */
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i].name);
		if (access(path, F_OK) == 0) {
			error_set(err, "%s is there already; nothing was written", path);
			return false;
		}
	}
	if (mkdir(directory, 0777) != 0 && errno != EEXIST)
		return fail(err, directory, "cannot be made");
	snprintf(path, sizeof path, "%s/eptsim", directory);
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		return fail(err, path, "cannot be made");
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i].name);
		if (!write_file(path, files[i].start, files[i].end, err))
			return false;
	}
	return true;
}
