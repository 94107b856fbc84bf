/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Inside the program that runs a submission.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "runner/protocol.h"

/* Sends a message; `text` may be NULL. */
void runner_say(struct reply *reply, const char *text);
/* Waits for the end. */
_Noreturn void runner_stop(void);
/* Tells that the frame was stored to, and waits until the grader has looked. */
void runner_stored(unsigned frame);

/* Signals: says what ended the submission. */
void watch_deaths(void);
/* From now on every store to this frame is reported; or no more. */
void watch_frame(unsigned frame);
void watch_nothing(unsigned frame);

#endif
