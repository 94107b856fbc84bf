/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/mistakes.h"

const struct mistake_info *mistake_info(enum mistake m)
{
	static const struct mistake_info infos[MISTAKE_COUNT] = {
		[MISTAKE_NONE] = { 0, "none", "nothing is wrong", "" },
#define X(id, number, name, text, advice) [MISTAKE_##id] = { number, name, text, advice },
		MISTAKES(X)
#undef X
	};

	return &infos[m];
}
