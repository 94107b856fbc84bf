/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Records per second of the text readers, alone: each trace comes through a
 * pipe, as from valgrind, and from memory.
 *
 * usage: trace_lackey [MILLIONS]
 */
#include "trace/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PART ((size_t)1 << 20) /* records that are made; the trace repeats them */

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A mix as lackey traces have it: runs of fetches, stack and heap accesses. */
static size_t make_line(char *line, bool lackey, size_t i)
{
	uint32_t x = (uint32_t)i * 2654435761u;
	unsigned kind = x >> 28; /* 16ths: 11 fetches, 3 loads, 2 stores */
	uint64_t address = kind < 11 ? 0x401000 + i % 5000 * 4
	                   : kind & 1 ? UINT64_C(0x1ffeffe000) + (x >> 8 & 0xff8)
	                              : UINT64_C(0x4a00000) + (x >> 6 & 0xfffff8);
	static const char lackey_op[][3] = { "I ", " L", " S" };
	unsigned op = kind < 11 ? 0 : kind < 14 ? 1 : 2;

	return (size_t)(lackey ? sprintf(line, "%s %08" PRIx64 ",%u\n", lackey_op[op], address, 1 + (x >> 20) % 8)
	                       : sprintf(line, "%c 0x%" PRIx64 " %u\n", "xrw"[op], address, 1 + (x >> 20) % 8));
}

static char *make_part(bool lackey, size_t *size)
{
	char *text = malloc(PART * 32);

	if (!text)
		exit(1);
	*size = 0;
	for (size_t i = 0; i < PART; i++)
		*size += make_line(text + *size, lackey, i);
	return text;
}

static void report(struct trace *t, const char *label, const struct trace_error *error)
{
	static struct trace_record records[1024];
	uint64_t sum = 0;
	double begin = cpu_seconds(), seconds;
	struct timespec from, to;
	size_t n;

	if (!t) {
		fprintf(stderr, "%s\n", error->message);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	while ((n = trace_next_block(t, records, 1024)) > 0)
		sum += records[0].address + records[n - 1].address;
	clock_gettime(CLOCK_MONOTONIC, &to);
	seconds = cpu_seconds() - begin;
	printf("%-16s %12llu records %8.1f million/s of CPU time %8.1f million/s elapsed  (%llx)\n",
	       label, (unsigned long long)trace_counts(t).records,
	       (double)trace_counts(t).records / seconds * 1e-6,
	       (double)trace_counts(t).records * 1e-6 /
	               ((double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9),
	       (unsigned long long)sum);
	trace_close(t);
}

static void write_parts(int descriptor, const char *text, size_t size, size_t parts)
{
	while (parts--)
		for (size_t at = 0; at < size;) {
			ssize_t got = write(descriptor, text + at, size - at);

			if (got <= 0)
				_exit(1);
			at += (size_t)got;
		}
	_exit(0);
}

/* Through a pipe: a child writes the part again and again. */
static void through_pipe(const char *text, size_t size, size_t parts, const char *label)
{
	struct trace_error error = { 0 };
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		exit(1);
	if (child == 0) {
		close(ends[0]);
		write_parts(ends[1], text, size, parts);
	}
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	report(trace_open("-", NULL, &error), label, &error);
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	size_t parts = argc > 1 ? strtoul(argv[1], NULL, 10) : 50;

	for (int lackey = 1; lackey >= 0; lackey--) {
		struct trace_error error;
		size_t size;
		char *text = make_part(lackey, &size);

		through_pipe(text, size, parts, lackey ? "lackey, pipe" : "eptrace, pipe");
		report(trace_open_memory(text, size, "memory", NULL, &error),
		       lackey ? "lackey, memory" : "eptrace, memory", &error);
		free(text);
	}
	return 0;
}
