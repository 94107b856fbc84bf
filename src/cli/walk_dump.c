/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/walk_dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct dump_piece *find(const struct dump *d, uint64_t at)
{
	for (unsigned i = 0; i < d->pieces; i++)
		if (at >= d->piece[i].at && at - d->piece[i].at < d->piece[i].size)
			return &d->piece[i];
	return NULL;
}

bool dump_present(void *context, hpa_t at)
{
	return find(context, at.v) != NULL;
}

static uint64_t dump_read(void *context, hpa_t at)
{
	struct dump *d = context;
	const struct dump_piece *p = find(d, at.v);
	uint64_t value = ~UINT64_C(0);

	for (size_t i = 0; i < d->cells; i++)
		if (d->cell[i].at == at.v)
			return d->cell[i].value;
	/* At a file's end the bytes that are missing stay ones. */
	if (p && pread(p->fd, &value, sizeof(value), (off_t)(at.v - p->at)) < 0) {
		d->error = errno;
		d->error_file = p->file;
	}
	return value;
}

static void dump_write(void *context, hpa_t at, uint64_t value)
{
	struct dump *d = context;

	if (!find(d, at.v))
		return;
	for (size_t i = 0; i < d->cells; i++)
		if (d->cell[i].at == at.v) {
			d->cell[i].value = value;
			return;
		}
	if (d->cells == d->room) {
		size_t room = d->room ? 2 * d->room : 64;
		struct dump_cell *more = realloc(d->cell, room * sizeof(*more));

		if (!more) {
			d->error = ENOMEM;
			d->error_file = "what is written";
			return;
		}
		d->cell = more;
		d->room = room;
	}
	d->cell[d->cells++] = (struct dump_cell){ at.v, value };
}

static bool check_piece(const struct dump *d, const struct dump_piece *p, unsigned maxphyaddr,
                        struct error *err)
{
	uint64_t limit = UINT64_C(1) << maxphyaddr;

	if (p->at >= limit || p->size > limit - p->at) {
		error_set(err,
		          "%s: 0x%" PRIx64 " bytes from 0x%" PRIx64
		          " on reach beyond the physical memory "
		          "of %u-bit addresses",
		          p->file, p->size, p->at, maxphyaddr);
		return false;
	}
	for (unsigned i = 0; i < d->pieces; i++) {
		const struct dump_piece *other = &d->piece[i];

		if (p->at < other->at + other->size && other->at < p->at + p->size) {
			error_set(err, "%s and %s overlap in physical memory", other->file,
			          p->file);
			return false;
		}
	}
	return true;
}

static bool open_piece(struct dump *d, const char *file, hpa_t at, unsigned maxphyaddr,
                       struct error *err)
{
	struct dump_piece p = { .file = file, .at = at.v };
	struct stat status;

	/* A pipe must not make it wait. */
	p.fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (p.fd < 0 || fstat(p.fd, &status) < 0)
		error_set(err, "%s: %s", file, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		error_set(err, "%s: expected a regular file", file);
	else if (status.st_size == 0)
		error_set(err, "%s: the file is empty", file);
	else {
		p.size = (uint64_t)status.st_size;
		if (check_piece(d, &p, maxphyaddr, err)) {
			d->piece[d->pieces++] = p;
			return true;
		}
	}
	if (p.fd >= 0)
		close(p.fd);
	return false;
}

bool dump_open(struct dump *d, const struct walk_options *o, struct error *err)
{
	*d = (struct dump){ .mem = { .read64 = dump_read, .write64 = dump_write, .ctx = d } };
	for (unsigned i = 0; i < o->dumps; i++)
		if (!open_piece(d, o->dump[i].file, o->dump[i].at, o->layout.state.maxphyaddr,
		                err)) {
			dump_close(d);
			return false;
		}
	return true;
}

void dump_close(struct dump *d)
{
	for (unsigned i = 0; i < d->pieces; i++)
		close(d->piece[i].fd);
	d->pieces = 0;
	free(d->cell);
	d->cell = NULL;
}
