/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Numbers as people type and read them, the same in every locale. Parsers
 * take the whole string or nothing: no sign, no spaces around, no overflow.
 */
#ifndef HOST_NUMBER_H
#define HOST_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_SIZE = 40 }; /* room for whatever a formatter writes */

/* Decimal, or hexadecimal after 0x. */
bool number_parse_u64(const char *text, uint64_t *value);

/*
 * Bytes: as above, or a decimal with a suffix K, M, G, T or P (powers of
 * 1024, either case, "iB" may follow). A fraction is good where the result is
 * whole: 1.375M.
 */
bool number_parse_size(const char *text, uint64_t *value);

/* Finite decimal, an exponent allowed; a leading '-' too. */
bool number_parse_double(const char *text, double *value);

/* 0x and hexadecimal digits without leading zeros. */
void number_format_hex(char out[NUMBER_TEXT_SIZE], uint64_t value);

/* With the largest suffix that is exact: 4294967296 is 4G, 1000 is 1000. */
void number_format_size(char out[NUMBER_TEXT_SIZE], uint64_t value);

/* The shortest decimal that reads back as the same value. */
void number_format_double(char out[NUMBER_TEXT_SIZE], double value);

/* A fixed number of digits (0..9) behind the point. */
void number_format_fixed(char out[NUMBER_TEXT_SIZE], double value, unsigned digits);

#endif
