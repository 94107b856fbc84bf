/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Physical memory out of files, each with the address of its first byte. Read on
 * demand, so that a dump of any size costs nothing; what is written stays here
 * and never reaches the files. Addresses in no file read as all ones.
 */
#ifndef CLI_WALK_DUMP_H
#define CLI_WALK_DUMP_H

#include "cli/walk_options.h"

struct dump_piece {
	const char *file;
	int fd;
	uint64_t at, size; /* bytes */
};

struct dump_cell {
	uint64_t at, value;
};

struct dump {
	struct mem mem;
	struct dump_piece piece[WALK_DUMPS_MAX];
	unsigned pieces;
	struct dump_cell *cell; /* written */
	size_t cells, room;
	int error; /* errno of a read that failed */
	const char *error_file;
};

/* Opens the files of `o`. False with a message: one that cannot be read, that is no
 * regular file, that overlaps another or reaches beyond MAXPHYADDR. */
bool dump_open(struct dump *d, const struct walk_options *o, struct error *err)
	__attribute__((warn_unused_result));
void dump_close(struct dump *d);

/* Is there memory at `at`? */
bool dump_present(void *context, hpa_t at);

#endif
