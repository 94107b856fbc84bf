/* SPDX-License-Identifier: BSD-2-Clause
 *
 * zstd by libzstd. A block (up to 128 KiB) decodes as a whole or not at all.
 */
#include "trace/codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG_MAX 27 /* 128 MiB, what the tool itself accepts without --long */

static void *zstd_open(void)
{
	ZSTD_DStream *z = ZSTD_createDStream();

	if (z && !ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return z;
	ZSTD_freeDStream(z);
	return NULL;
}

static void zstd_close(void *state)
{
	ZSTD_freeDStream(state);
}

static bool zstd_again(void *state)
{
	return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum codec_result zstd_run(void *state, struct codec_window *w, const char **why)
{
	ZSTD_inBuffer in = { w->in, w->in_size, 0 };
	ZSTD_outBuffer out = { w->out, w->out_size, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);

	w->in += in.pos;
	w->in_size -= in.pos;
	w->out += out.pos;
	w->out_size -= out.pos;
	*why = NULL;
	if (!ZSTD_isError(result))
		return result == 0 ? CODEC_END : CODEC_MORE;
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return CODEC_NO_MEMORY;
	case ZSTD_error_frameParameter_windowTooLarge:
		return CODEC_REFUSED;
	default:
		*why = ZSTD_getErrorName(result);
		return CODEC_DAMAGED;
	}
}

const struct codec codec_zstd = { "zstd", zstd_open, zstd_close, zstd_again, zstd_run };
