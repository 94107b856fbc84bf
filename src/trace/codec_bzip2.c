/* SPDX-License-Identifier: BSD-2-Clause
 *
 * bzip2 by libbz2. A block (100 to 900 kB) decodes as a whole or not at all.
 */
#include "trace/codec.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

static void *bzip2_open(void)
{
	bz_stream *z = calloc(1, sizeof *z);

	if (z && BZ2_bzDecompressInit(z, 0, 0) == BZ_OK)
		return z;
	free(z);
	return NULL;
}

static void bzip2_close(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static bool bzip2_again(void *state)
{
	bz_stream *z = state;

	BZ2_bzDecompressEnd(z);
	return BZ2_bzDecompressInit(z, 0, 0) == BZ_OK;
}

static enum codec_result bzip2_run(void *state, struct codec_window *w, const char **why)
{
	bz_stream *z = state;
	unsigned in = w->in_size < UINT_MAX ? (unsigned)w->in_size : UINT_MAX;
	unsigned out = w->out_size < UINT_MAX ? (unsigned)w->out_size : UINT_MAX;
	int result;

	z->next_in = (char *)w->in; /* libbz2 does not write there */
	z->avail_in = in;
	z->next_out = (char *)w->out;
	z->avail_out = out;
	result = BZ2_bzDecompress(z);
	w->in_size -= in - z->avail_in;
	w->in += in - z->avail_in;
	w->out_size -= out - z->avail_out;
	w->out += out - z->avail_out;
	*why = NULL;
	switch (result) {
	case BZ_OK:
		return CODEC_MORE;
	case BZ_STREAM_END:
		return CODEC_END;
	case BZ_MEM_ERROR:
		return CODEC_NO_MEMORY;
	default:
		return CODEC_DAMAGED;
	}
}

const struct codec codec_bzip2 = { "bzip2", bzip2_open, bzip2_close, bzip2_again, bzip2_run };
