/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ZIPF_PAGES_MAX ((uint64_t)1 << 24) /* 128 MiB of weights */
#define LINE 64
#define PLACES_MAX ((uint64_t)1 << 62)

const char *const pattern_names[PATTERNS] = {
	[PATTERN_SEQUENTIAL] = "sequential", [PATTERN_STRIDE] = "stride",
	[PATTERN_RANDOM] = "random",         [PATTERN_ZIPF] = "zipf",
	[PATTERN_CHASE] = "chase",
};

const char *const pattern_texts[PATTERNS] = {
	[PATTERN_SEQUENTIAL] = "one access behind the other, again and again",
	[PATTERN_STRIDE] = "a fixed step, modulo the footprint",
	[PATTERN_RANDOM] = "uniform over the footprint",
	[PATTERN_ZIPF] = "pages by Zipf's law in a random order, uniform within a page",
	[PATTERN_CHASE] = "a pointer chase: one random cycle through the footprint",
};

bool pattern_find(const char *name, enum pattern *pattern)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < PATTERNS; i++) {
		if (strcmp(name, pattern_names[i]) && (length < 3 || strncmp(name, pattern_names[i], length)))
			continue;
		*pattern = (enum pattern)i;
		return true;
	}
	return false;
}

const struct generate_config generate_defaults = {
	.pattern = PATTERN_SEQUENTIAL,
	.base = (uint64_t)1 << 30,
	.footprint = (uint64_t)64 << 20,
	.stride = PAGE_SIZE_4K,
	.size = 8,
	.exponent = 0.99, /* as in YCSB */
	.mix = { [ACCESS_READ] = 1 },
	.seed = 1,
};

static bool check(const struct generate_config *c, struct error *err)
{
	const char *wrong = NULL;

	if (c->size == 0 || c->size > TRACE_SIZE_MAX)
		wrong = "an access has 1 to 4096 bytes";
	else if (c->footprint < c->size)
		wrong = "the footprint is smaller than one access";
	else if (c->footprint - 1 > UINT64_MAX - c->base)
		wrong = "base and footprint reach beyond 64 bits";
	else if (c->footprint / c->size > PLACES_MAX)
		wrong = "the footprint has more than 2^62 places";
	else if (c->pattern == PATTERN_ZIPF && c->footprint < PAGE_SIZE_4K)
		wrong = "zipf needs a footprint of a page at least";
	else if (c->pattern == PATTERN_ZIPF && c->footprint / PAGE_SIZE_4K > ZIPF_PAGES_MAX)
		wrong = "zipf can do 64 GiB at most";
	else if (c->pattern == PATTERN_STRIDE && c->stride == 0)
		wrong = "a stride has one byte at least";
	else if (c->pattern == PATTERN_CHASE && (c->block % LINE || c->block > c->footprint))
		wrong = "a block is a multiple of 64 bytes, not above the footprint";
	else if (!(c->exponent >= 0 && c->exponent <= 10))
		wrong = "the exponent is from 0 to 10";
	if (wrong)
		error_set(err, "%s", wrong);
	return !wrong;
}

/* Weights are whole numbers of 2^-32, so that a last bit of pow() that differs
 * between C libraries is rounded away. */
static bool make_weights(struct generator *g, struct error *err)
{
	uint64_t pages = g->config.footprint / PAGE_SIZE_4K, sum = 0;

	g->weight = calloc(pages, sizeof *g->weight);
	if (!g->weight) {
		error_set(err, "out of memory");
		return false;
	}
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t weight = (uint64_t)(0x1p32 * pow((double)(i + 1), -g->config.exponent) + 0.5);

		g->weight[i] = sum += weight ? weight : 1;
	}
	permutation_init(&g->permutation, pages, g->config.seed);
	return true;
}

bool generator_init(struct generator *g, const struct generate_config *config, struct error *err)
{
	memset(g, 0, sizeof *g);
	g->config = *config;
	for (unsigned op = 0; op < ACCESS_TYPES; op++)
		g->mix_sum += config->mix[op];
	if (!check(config, err))
		return false;
	if (g->mix_sum == 0) {
		error_set(err, "the mix has no operation");
		return false;
	}
	g->places = config->footprint /
	            (config->pattern == PATTERN_CHASE && config->block ? config->block : config->size);
	random_seed(&g->random, config->seed);
	random_seed(&g->mix_random, random_mix(config->seed));
	if (config->pattern == PATTERN_CHASE)
		permutation_init(&g->permutation, g->places, config->seed);
	return config->pattern != PATTERN_ZIPF || make_weights(g, err);
}

void generator_destroy(struct generator *g)
{
	free(g->weight);
	g->weight = NULL;
}

/* Address of a page drawn by weight: the first whose sum is above the draw. */
static uint64_t zipf_offset(struct generator *g)
{
	uint64_t low = 0, high = g->permutation.count - 1;
	uint64_t draw = random_below(&g->random, g->weight[high]);
	uint64_t in_page = g->config.size < PAGE_SIZE_4K ? PAGE_SIZE_4K / g->config.size : 1;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (g->weight[middle] > draw)
			high = middle;
		else
			low = middle + 1;
	}
	return permutation_at(&g->permutation, low) * PAGE_SIZE_4K +
	       random_below(&g->random, in_page) * g->config.size;
}

/* The steps that fit. */
static uint64_t steps(const struct generate_config *c)
{
	return (c->footprint - c->size) / c->stride + 1;
}

uint64_t generator_sweep(const struct generator *g)
{
	return g->config.pattern == PATTERN_STRIDE ? steps(&g->config) : g->places;
}

static uint64_t chase_offset(const struct generator *g, uint64_t index)
{
	uint64_t block = g->config.block;
	uint64_t place = permutation_at(&g->permutation, index % g->places);

	if (!block)
		return place * g->config.size;
	return place * block + LINE * (random_mix(g->config.seed ^ place) % (block / LINE));
}

static uint64_t offset_of_next(struct generator *g)
{
	const struct generate_config *c = &g->config;
	uint64_t index = g->index++;

	switch (c->pattern) {
	case PATTERN_SEQUENTIAL:
		return index % g->places * c->size;
	case PATTERN_STRIDE:
		return index % steps(c) * c->stride;
	case PATTERN_RANDOM:
		return random_below(&g->random, g->places) * c->size;
	case PATTERN_ZIPF:
		return zipf_offset(g);
	default:
		return chase_offset(g, index);
	}
}

static unsigned next_op(struct generator *g)
{
	uint64_t draw = random_below(&g->mix_random, g->mix_sum);
	unsigned op = 0;

	while (draw >= g->config.mix[op])
		draw -= g->config.mix[op++];
	return op;
}

void generator_next(struct generator *g, struct trace_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		records[i] = (struct trace_record){ .address = g->config.base + offset_of_next(g),
			                            .size = (uint16_t)g->config.size,
			                            .op = (uint8_t)next_op(g),
			                            .cpl = TRACE_CPL_DEFAULT };
}
