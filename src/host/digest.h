/* SPDX-License-Identifier: BSD-2-Clause
 *
 * SHA-256 (FIPS 180-4), to name an input by its bytes.
 */
#ifndef HOST_DIGEST_H
#define HOST_DIGEST_H

#include <stddef.h>

enum { DIGEST_TEXT_SIZE = 65 };

struct digest;

struct digest *digest_new(void); /* null: no memory */
void digest_delete(struct digest *d);

/* The context is a struct digest, so that this can be a callback. */
void digest_add(void *digest, const void *bytes, size_t size);

/* Of everything added since digest_new() or the last digest_text(), as
 * hexadecimal digits. */
void digest_text(struct digest *d, char out[DIGEST_TEXT_SIZE]);

#endif
