/* SPDX-License-Identifier: BSD-2-Clause
 *
 * gzip by zlib. inflate() writes straight into the caller's buffer, so nothing
 * decoded is ever held back.
 */
#include "trace/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_HEADER 16 /* added to the window's bits: expect a gzip header */

static void *gzip_open(void)
{
	z_stream *z = calloc(1, sizeof *z);

	if (z && inflateInit2(z, MAX_WBITS + GZIP_HEADER) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static void gzip_close(void *state)
{
	inflateEnd(state);
	free(state);
}

static bool gzip_again(void *state)
{
	return inflateReset(state) == Z_OK;
}

static enum codec_result gzip_run(void *state, struct codec_window *w, const char **why)
{
	z_stream *z = state;
	uInt in = w->in_size < UINT_MAX ? (uInt)w->in_size : UINT_MAX;
	uInt out = w->out_size < UINT_MAX ? (uInt)w->out_size : UINT_MAX;
	int result;

	z->next_in = (Bytef *)w->in; /* zlib does not write there */
	z->avail_in = in;
	z->next_out = w->out;
	z->avail_out = out;
	result = inflate(z, Z_NO_FLUSH);
	w->in_size -= in - z->avail_in;
	w->in = z->next_in;
	w->out_size -= out - z->avail_out;
	w->out = z->next_out;
	*why = z->msg;
	switch (result) {
	case Z_OK:
	case Z_BUF_ERROR: /* no progress was possible */
		return CODEC_MORE;
	case Z_STREAM_END:
		return CODEC_END;
	case Z_MEM_ERROR:
		return CODEC_NO_MEMORY;
	default:
		return CODEC_DAMAGED;
	}
}

const struct codec codec_gzip = { "gzip", gzip_open, gzip_close, gzip_again, gzip_run };
