/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Over jansson: values and files that come out the same every time.
 */
#ifndef HOST_JSON_H
#define HOST_JSON_H

#include "host/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* An integer, or a "0x" string where JSON's signed 64 bits do not reach. */
json_t *json_u64(uint64_t value);

/* A "0x" string: addresses, entries, masks. */
json_t *json_hex(uint64_t value);

/* null where the value is not finite. */
json_t *json_double(double value);

/* Any bytes; those that are not UTF-8 become U+FFFD. */
json_t *json_text(const char *text);

/* Adds to an object or array that is being made; takes `value` over. Want of memory
 * in either makes *object null, and a null one stays null: one check at the end. */
void json_put(json_t **object, const char *key, json_t *value);
void json_push(json_t **array, json_t *value);

/* True when `value` is an integer that is not negative or a "0x" string. */
bool json_u64_value(const json_t *value, uint64_t *out);

/* Indented by two, keys in the order they were added, a newline at the end.
 * json_write_line: one line, no spaces. False with a message on failure. */
bool json_write(const json_t *value, FILE *out, struct error *err);
bool json_write_line(const json_t *value, FILE *out, struct error *err);

#endif
