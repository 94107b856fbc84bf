/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Events as JSON Lines (docs/formats/events.md).
 */
#ifndef REPORT_EVENTS_H
#define REPORT_EVENTS_H

#include "host/error.h"
#include "machine/event.h"

#include <stdio.h>

/* A machine's listener. */
struct events_writer {
	FILE *out;
	struct error error; /* of the first line that could not be made */
};

/* struct machine's `listener`; the context is a struct events_writer. */
void events_write(void *writer, const struct event *e);

#endif
