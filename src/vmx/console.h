/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Output: the serial port COM1, and port E9h where an emulator offers it.
 */
#ifndef VMX_CONSOLE_H
#define VMX_CONSOLE_H

#include <stdint.h>

/* Chooses the channel: E9h if it answers, else COM1 at 115200 baud. */
void console_init(void);

void print(const char *text);
void print_char(char c);
void print_hex(uint64_t value);     /* without prefix */
void print_decimal(uint64_t value);

/* A line of fields, with a checksum at its end: what the hosted tool reads.
 * Characters may be lost on a serial line; a line that does not add up is
 * refused there. */
void line_begin(char kind);
void line_field(uint64_t value);
void line_end(void);

/* Everything written so far leaves the machine; then the emulator, if it is
 * one, ends. Does not return. */
__attribute__((noreturn)) void stop(void);
/* One sentence and stop. */
__attribute__((noreturn)) void die(const char *why);

#endif
