/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Synthetic traces: a pattern of addresses over a footprint, and a mix of
 * operations. The same configuration gives the same records everywhere.
 */
#ifndef EPTSIM_TRACE_GENERATE_H
#define EPTSIM_TRACE_GENERATE_H

#include "host/error.h"
#include "host/permutation.h"
#include "host/random.h"
#include "trace/trace.h"

enum pattern {
	PATTERN_SEQUENTIAL, /* one access behind the other */
	PATTERN_STRIDE,     /* a fixed step */
	PATTERN_RANDOM,     /* uniform over all places */
	PATTERN_ZIPF,       /* page k of a random order is accessed k^-exponent times as often as the first */
	/* One random cycle, each access waiting for the one before: through all places, or
	 * through one line in each block of `block` bytes, at an offset of its own. */
	PATTERN_CHASE,
	PATTERNS
};

extern const char *const pattern_names[PATTERNS];
extern const char *const pattern_texts[PATTERNS]; /* one line each */

/* The pattern of this name; the first three letters are enough. */
bool pattern_find(const char *name, enum pattern *pattern);

struct generate_config {
	enum pattern pattern;
	uint64_t base;      /* first address */
	uint64_t footprint; /* bytes; addresses are below base + footprint */
	uint64_t stride;    /* bytes, of PATTERN_STRIDE */
	uint64_t block;     /* bytes, of PATTERN_CHASE: a multiple of 64, or 0: each place is visited */
	uint64_t size;      /* bytes of an access, and the grain of places */
	double exponent;    /* of PATTERN_ZIPF */
	uint64_t mix[ACCESS_TYPES]; /* weights of the operations */
	uint64_t seed;
};

/* 64 MiB at 1 GiB, 8 bytes, reads only. */
extern const struct generate_config generate_defaults;

struct generator {
	struct generate_config config;
	uint64_t index;  /* of the next record */
	uint64_t places; /* in the footprint */
	uint64_t mix_sum;
	struct random random, mix_random;
	struct permutation permutation;
	uint64_t *weight; /* PATTERN_ZIPF: weights up to this page, in sum */
};

bool generator_init(struct generator *g, const struct generate_config *config, struct error *err)
	__attribute__((warn_unused_result));
void generator_destroy(struct generator *g);
/* Accesses after which a pattern that is not random begins again; else its places. */
uint64_t generator_sweep(const struct generator *g);
void generator_next(struct generator *g, struct trace_record *records, size_t count);

#endif
