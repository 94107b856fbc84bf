/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Statistics, declared once: a part of the simulator counts in plain fields
 * of a struct of its own and has a table of struct stat that gives each one
 * its name, unit and description. Reports, documentation and the adding up
 * of several runs are made from the tables.
 *
 *     struct walk_stats { uint64_t walks, references; struct histogram latency; };
 *     static const struct stat walk_stat_table[] = {
 *             STAT_COUNT("walk.walks", struct walk_stats, walks, "walks", "Page walks begun"),
 *             STAT_COUNT("walk.references", struct walk_stats, references, "references",
 *                        "Paging-structure entries read"),
 *             STAT_QUOTIENT("walk.references_per_walk", struct walk_stats, references, walks,
 *                           "references/walk", "Mean references of a walk"),
 *             STAT_SPREAD("walk.latency", struct walk_stats, latency, "cycles",
 *                         "Cycles of each walk"),
 *     };
 */
#ifndef HOST_STATS_H
#define HOST_STATS_H

#include "host/error.h"
#include "host/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

enum stat_type {
	STAT_COUNTER,   /* uint64_t; merging adds */
	STAT_MAXIMUM,   /* uint64_t; merging keeps the larger */
	STAT_RATIO,     /* scale * one uint64_t / another; absent where that is 0 */
	STAT_HISTOGRAM, /* struct histogram; merging adds */
};

struct stat {
	const char *name; /* dotted, lower case: "walk.references" */
	enum stat_type type;
	size_t offset;          /* of the field; of the numerator of a ratio */
	size_t denominator;     /* ratio: offset of the uint64_t below the line */
	double scale;           /* ratio: 0 means 1; 100 for percent */
	const uint64_t *bounds; /* histogram: null means its own log-linear buckets */
	unsigned bound_count;
	const char *unit;        /* null: none */
	const char *description; /* one line */
};

#define STAT_COUNT(name_, struct_, field_, unit_, description_)                           \
	{                                                                                 \
		.name = name_, .type = STAT_COUNTER, .offset = offsetof(struct_, field_), \
		.unit = unit_, .description = description_                                \
	}
#define STAT_LARGEST(name_, struct_, field_, unit_, description_)                         \
	{                                                                                 \
		.name = name_, .type = STAT_MAXIMUM, .offset = offsetof(struct_, field_), \
		.unit = unit_, .description = description_                                \
	}
#define STAT_QUOTIENT(name_, struct_, above_, below_, unit_, description_)              \
	{                                                                               \
		.name = name_, .type = STAT_RATIO, .offset = offsetof(struct_, above_), \
		.denominator = offsetof(struct_, below_), .unit = unit_,                \
		.description = description_                                             \
	}
#define STAT_PERCENT(name_, struct_, above_, below_, description_)                      \
	{                                                                               \
		.name = name_, .type = STAT_RATIO, .offset = offsetof(struct_, above_), \
		.denominator = offsetof(struct_, below_), .scale = 100, .unit = "%",    \
		.description = description_                                             \
	}
#define STAT_SPREAD(name_, struct_, field_, unit_, description_)                            \
	{                                                                                   \
		.name = name_, .type = STAT_HISTOGRAM, .offset = offsetof(struct_, field_), \
		.unit = unit_, .description = description_                                  \
	}

/* One table over one struct, as part of a report. */
struct stats_group {
	const char *prefix; /* in front of each name, "" or "cpu0." */
	const struct stat *table;
	size_t count;
	const void *values;
};

/* Add `from` to `into`, field by field. */
void stats_merge(const struct stat *table, size_t count, void *into, const void *from);

/*
 * Are the tables sound: names well-formed and each there once, described,
 * bounds ascending? For tests; the printers below rely on it.
 */
bool stats_check(const struct stats_group *groups, size_t count, struct error *err);

enum stats_format {
	STATS_TEXT,     /* name, value, unit, description, aligned */
	STATS_CSV,      /* name,value,unit */
	STATS_MARKDOWN, /* for the documentation: name, unit, description */
};

/*
 * A histogram appears as name.count, .mean, .p50, .p90, .p99 and .max. A ratio
 * with nothing below the line is "-" in text and empty in CSV. False when
 * memory ran out; errors of `out` are its own.
 */
bool stats_print(const struct stats_group *groups, size_t count, FILE *out,
                 enum stats_format format);

/* {name: value} of all but histograms, and {name: {...}} of the histograms;
 * null when memory ran out. */
json_t *stats_json(const struct stats_group *groups, size_t count);
json_t *stats_json_histograms(const struct stats_group *groups, size_t count);

#endif
