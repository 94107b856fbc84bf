/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/grade.h"

bool grade_image(struct grade *g, const char *path, const struct grade_options *o, struct error *err)
{
	(void)g, (void)o;
	error_set(err, "%s: memory images cannot be graded yet", path);
	return false;
}

bool grade_trace(struct grade *g, const char *path, const struct grade_options *o, struct error *err)
{
	(void)g, (void)o;
	error_set(err, "%s: store traces cannot be graded yet", path);
	return false;
}
