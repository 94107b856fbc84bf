/* SPDX-License-Identifier: BSD-2-Clause
 *
 * xz by liblzma, with its limit on memory: the dictionary's size stands in the
 * stream, and a hostile one is refused before it is allocated.
 */
#include "trace/codec.h"

#include <lzma.h>
#include <stdlib.h>

static bool xz_again(void *state)
{
	return lzma_stream_decoder(state, CODEC_MEMORY_MAX, 0) == LZMA_OK;
}

static void *xz_open(void)
{
	lzma_stream *z = calloc(1, sizeof *z); /* all 0 is LZMA_STREAM_INIT */

	if (z && xz_again(z))
		return z;
	free(z);
	return NULL;
}

static void xz_close(void *state)
{
	lzma_end(state);
	free(state);
}

static enum codec_result xz_run(void *state, struct codec_window *w, const char **why)
{
	lzma_stream *z = state;
	lzma_ret result;

	z->next_in = w->in;
	z->avail_in = w->in_size;
	z->next_out = w->out;
	z->avail_out = w->out_size;
	result = lzma_code(z, LZMA_RUN);
	w->in = z->next_in;
	w->in_size = z->avail_in;
	w->out = z->next_out;
	w->out_size = z->avail_out;
	*why = NULL;
	switch (result) {
	case LZMA_OK:
	case LZMA_BUF_ERROR: /* no progress was possible */
		return CODEC_MORE;
	case LZMA_STREAM_END:
		return CODEC_END;
	case LZMA_MEM_ERROR:
		return CODEC_NO_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		return CODEC_REFUSED;
	case LZMA_OPTIONS_ERROR:
		*why = "options that this liblzma does not know";
		return CODEC_DAMAGED;
	default:
		return CODEC_DAMAGED;
	}
}

const struct codec codec_xz = { "xz", xz_open, xz_close, xz_again, xz_run };
