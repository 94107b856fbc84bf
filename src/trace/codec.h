/* SPDX-License-Identifier: BSD-2-Clause
 *
 * One decompression library each, behind one shape: compressed bytes in, every
 * byte that they decode to out. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_CODEC_H
#define EPTSIM_TRACE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/* Refused above this: a few hostile bytes may announce a dictionary of gigabytes.
 * xz -9 needs 65 MiB, zstd --ultra -22 needs 128 MiB. */
#define CODEC_MEMORY_MAX ((size_t)256 << 20)

/* What is left to read and to fill; run() advances both. */
struct codec_window {
	const unsigned char *in;
	size_t in_size;
	unsigned char *out;
	size_t out_size;
};

enum codec_result {
	CODEC_MORE,    /* wants input, or room for output */
	CODEC_END,     /* the stream is complete; what follows it is still in the window */
	CODEC_DAMAGED, /* `*why` says so in the library's words, or is NULL */
	CODEC_REFUSED, /* needs more than CODEC_MEMORY_MAX */
	CODEC_NO_MEMORY
};

struct codec {
	const char *name;
	void *(*open)(void); /* NULL: no memory */
	void (*close)(void *state);
	/* After CODEC_END: another stream follows. */
	bool (*again)(void *state);
	enum codec_result (*run)(void *state, struct codec_window *w, const char **why);
};

extern const struct codec codec_gzip, codec_xz, codec_bzip2, codec_zstd, codec_lz4;

#endif
