/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include <nettle/sha2.h>

struct digest {
	struct sha256_ctx sha256;
};

struct digest *digest_new(void)
{
	struct digest *d = malloc(sizeof *d);

	if (d)
		sha256_init(&d->sha256);
	return d;
}

void digest_delete(struct digest *d)
{
	free(d);
}

void digest_add(void *digest, const void *bytes, size_t size)
{
	struct digest *d = digest;

	sha256_update(&d->sha256, size, bytes);
}

void digest_text(struct digest *d, char out[DIGEST_TEXT_SIZE])
{
	unsigned char value[SHA256_DIGEST_SIZE];

	sha256_digest(&d->sha256, sizeof value, value); /* and starts anew */
	for (size_t i = 0; i < sizeof value; i++)
		snprintf(out + 2 * i, 3, "%02x", value[i]);
}
