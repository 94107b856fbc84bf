/* SPDX-License-Identifier: BSD-2-Clause
 *
 * lz4 by liblz4's frame interface. A block (64 KiB to 4 MiB) decodes as a whole
 * or not at all.
 */
#include "trace/codec.h"

#include <lz4frame.h>

static void *lz4_open(void)
{
	LZ4F_dctx *z;

	return LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)) ? NULL : z;
}

static void lz4_close(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

static bool lz4_again(void *state)
{
	LZ4F_resetDecompressionContext(state);
	return true;
}

static enum codec_result lz4_run(void *state, struct codec_window *w, const char **why)
{
	size_t in = w->in_size, out = w->out_size;
	size_t result = LZ4F_decompress(state, w->out, &out, w->in, &in, NULL);

	*why = NULL;
	if (LZ4F_isError(result)) {
		*why = LZ4F_getErrorName(result);
		return CODEC_DAMAGED;
	}
	w->in += in;
	w->in_size -= in;
	w->out += out;
	w->out_size -= out;
	return result == 0 ? CODEC_END : CODEC_MORE;
}

const struct codec codec_lz4 = { "lz4", lz4_open, lz4_close, lz4_again, lz4_run };
