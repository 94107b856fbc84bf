/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/op.h"

/* Their sizes are known only where they stand. */
const struct form_table *const cpu_forms[] = {
#define X(name) &cpu_forms_##name,
	FORM_TABLES(X)
#undef X
};
const unsigned cpu_form_tables = sizeof cpu_forms / sizeof *cpu_forms;
