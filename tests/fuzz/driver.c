/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Feeds a fuzz target the files of its corpus, so that what a fuzzer once found
 * is tried wherever the tests run, without one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	unsigned char *data;
	long end;

	if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	rewind(f);
	/* Exactly as long as the input: a sanitizer sees a read past its end. */
	data = malloc(end ? (size_t)end : 1);
	if (!data || fread(data, 1, (size_t)end, f) != (size_t)end) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(f);
	*size = (size_t)end;
	return data;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **names;
	int n;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return 2;
	}
	n = scandir(argv[1], &names, visible, alphasort);
	if (n < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		unsigned char *data;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", argv[1], names[i]->d_name);
		/* Named first: the last name printed is the one that crashed. */
		fprintf(stderr, "%s\n", path);
		data = read_file(path, &size);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		free(names[i]);
	}
	free(names);
	printf("%d passed, 0 failed\n", n);
	return 0;
}
