/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/stats.h"

#include "host/json.h"
#include "host/number.h"
#include "host/table.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_SIZE = 128 };

static const uint64_t *counter_at(const void *values, size_t offset)
{
	return (const uint64_t *)((const char *)values + offset);
}

static const struct histogram *histogram_of(const void *values, const struct stat *s)
{
	return (const struct histogram *)((const char *)values + s->offset);
}

/* False where nothing is below the line. */
static bool ratio_of(const void *values, const struct stat *s, double *ratio)
{
	double below = (double)*counter_at(values, s->denominator);

	if (below == 0)
		return false;
	*ratio = (s->scale != 0 ? s->scale : 1) * (double)*counter_at(values, s->offset) / below;
	return true;
}

static double mean_of(const struct histogram *h)
{
	return h->count ? (double)h->sum / (double)h->count : 0;
}

static const char *fault_of(const struct stat *s)
{
	if (!s->name || !*s->name ||
	    strspn(s->name, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(s->name))
		return "the name is malformed";
	if (!s->description || !*s->description)
		return "there is no description";
	if (s->bounds && (s->type != STAT_HISTOGRAM || s->bound_count == 0 ||
	                  s->bound_count > HISTOGRAM_BOUNDS_MAX))
		return "it cannot have such bounds";
	for (unsigned i = 1; s->bounds && i < s->bound_count; i++)
		if (s->bounds[i] <= s->bounds[i - 1])
			return "its bounds do not ascend";
	return NULL;
}

bool stats_check(const struct stats_group *groups, size_t count, struct error *err)
{
	json_t *seen = json_object();
	const char *fault = seen ? NULL : "out of memory";
	char name[NAME_SIZE] = "";

	for (size_t g = 0; g < count && !fault; g++)
		for (size_t i = 0; i < groups[g].count && !fault; i++) {
			int length;

			fault = fault_of(&groups[g].table[i]);
			length = snprintf(name, sizeof(name), "%s%s", groups[g].prefix,
			                  groups[g].table[i].name);
			if (length >= NAME_SIZE - 8) /* room for ".count" */
				fault = "the name is too long";
			else if (!fault && json_object_get(seen, name))
				fault = "the name is there twice";
			if (!fault && json_object_set_new(seen, name, json_true()) != 0)
				fault = "out of memory";
		}
	json_decref(seen);
	if (fault)
		error_set(err, "statistic %s: %s", name, fault);
	return !fault;
}

void stats_merge(const struct stat *table, size_t count, void *into, const void *from)
{
	for (size_t i = 0; i < count; i++) {
		const struct stat *s = &table[i];
		uint64_t *to = (uint64_t *)((char *)into + s->offset);
		uint64_t more;

		switch (s->type) {
		case STAT_COUNTER:
			*to += *counter_at(from, s->offset);
			break;
		case STAT_MAXIMUM:
			more = *counter_at(from, s->offset);
			if (more > *to)
				*to = more;
			break;
		case STAT_RATIO: /* its two counters are merged as such */
			break;
		case STAT_HISTOGRAM:
			histogram_merge((struct histogram *)((char *)into + s->offset),
			                histogram_of(from, s));
			break;
		}
	}
}

/* One printed row; `what` is behind the name of a histogram's parts. */
static void add_row(struct table *t, const char *prefix, const struct stat *s, const char *what,
                    const char *value, const char *unit)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s%s%s", prefix, s->name, what);
	/* Text shows all four columns, CSV the first three. */
	table_add(t, (const char *[]){ name, value, unit, s->description });
}

static void add_integer(struct table *t, const char *prefix, const struct stat *s, const char *what,
                        uint64_t value, const char *unit)
{
	char text[NUMBER_TEXT_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add_row(t, prefix, s, what, text, unit);
}

static void add_real(struct table *t, const char *prefix, const struct stat *s, const char *what,
                     double value, bool exact)
{
	char text[NUMBER_TEXT_SIZE];

	if (exact)
		number_format_double(text, value);
	else
		number_format_fixed(text, value, 4);
	add_row(t, prefix, s, what, text, s->unit);
}

static void add_histogram(struct table *t, const char *prefix, const struct stat *s,
                          const struct histogram *h, bool exact)
{
	static const struct {
		const char *name;
		unsigned permille;
	} part[] = {
		{ ".p50", 500 },
		{ ".p90", 900 },
		{ ".p99", 990 },
	};

	add_integer(t, prefix, s, ".count", h->count, NULL);
	add_real(t, prefix, s, ".mean", mean_of(h), exact);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		add_integer(t, prefix, s, part[i].name,
		            histogram_percentile(h, s->bounds, s->bound_count, part[i].permille),
		            s->unit);
	add_integer(t, prefix, s, ".max", h->max, s->unit);
}

static void add_values(struct table *t, const struct stats_group *g, bool exact)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct stat *s = &g->table[i];
		double ratio;

		switch (s->type) {
		case STAT_COUNTER:
		case STAT_MAXIMUM:
			add_integer(t, g->prefix, s, "", *counter_at(g->values, s->offset),
			            s->unit);
			break;
		case STAT_RATIO:
			if (ratio_of(g->values, s, &ratio))
				add_real(t, g->prefix, s, "", ratio, exact);
			else
				add_row(t, g->prefix, s, "", exact ? "" : "-", s->unit);
			break;
		case STAT_HISTOGRAM:
			add_histogram(t, g->prefix, s, histogram_of(g->values, s), exact);
			break;
		}
	}
}

static void add_declarations(struct table *t, const struct stats_group *g)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct stat *s = &g->table[i];
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "`%s%s`", g->prefix, s->name);
		table_add(t, (const char *[]){ name, s->unit, s->description });
	}
}

bool stats_print(const struct stats_group *groups, size_t count, FILE *out,
                 enum stats_format format)
{
	struct table t;
	bool done;

	if (format == STATS_MARKDOWN)
		table_init(&t, 3, (const char *[]){ "statistic", "unit", "meaning" }, 0);
	else
		table_init(&t, format == STATS_TEXT ? 4 : 3,
		           (const char *[]){ "name", "value", "unit", "description" }, 2);
	for (size_t i = 0; i < count; i++) {
		if (format == STATS_MARKDOWN)
			add_declarations(&t, &groups[i]);
		else
			add_values(&t, &groups[i], format == STATS_CSV);
	}
	done = table_print(&t, out,
	                   format == STATS_TEXT  ? TABLE_TEXT
	                   : format == STATS_CSV ? TABLE_CSV
	                                         : TABLE_MARKDOWN);
	table_destroy(&t);
	return done;
}

static json_t *scalar_json(const void *values, const struct stat *s)
{
	double ratio;

	if (s->type != STAT_RATIO)
		return json_u64(*counter_at(values, s->offset));
	return ratio_of(values, s, &ratio) ? json_double(ratio) : json_null();
}

/* [first value, last value, how many], non-empty ones only. */
static json_t *buckets_json(const struct histogram *h, const struct stat *s)
{
	json_t *list = json_array();
	uint64_t low = 0;

	for (unsigned i = 0; list && i < HISTOGRAM_BUCKETS; i++) {
		uint64_t high = histogram_bound(s->bounds, s->bound_count, i);

		if (h->bucket[i] &&
		    json_array_append_new(list, json_pack("[o,o,o]", json_u64(low), json_u64(high),
		                                          json_u64(h->bucket[i]))) != 0) {
			json_decref(list);
			return NULL;
		}
		low = high + 1;
	}
	return list;
}

static json_t *histogram_json(const void *values, const struct stat *s)
{
	const struct histogram *h = histogram_of(values, s);
	uint64_t p50 = histogram_percentile(h, s->bounds, s->bound_count, 500);
	uint64_t p90 = histogram_percentile(h, s->bounds, s->bound_count, 900);
	uint64_t p99 = histogram_percentile(h, s->bounds, s->bound_count, 990);

	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "unit",
	                 s->unit ? s->unit : "", "count", json_u64(h->count), "sum",
	                 json_u64(h->sum), "min", json_u64(h->count ? h->min : 0), "mean",
	                 json_double(mean_of(h)), "p50", json_u64(p50), "p90", json_u64(p90), "p99",
	                 json_u64(p99), "max", json_u64(h->max), "buckets", buckets_json(h, s));
}

/* An object of those statistics that are histograms, or that are not. */
static json_t *collect(const struct stats_group *groups, size_t count, bool histograms)
{
	json_t *object = json_object();

	for (size_t g = 0; g < count; g++)
		for (size_t i = 0; i < groups[g].count; i++) {
			const struct stat *s = &groups[g].table[i];
			char name[NAME_SIZE];

			if ((s->type == STAT_HISTOGRAM) != histograms)
				continue;
			snprintf(name, sizeof(name), "%s%s", groups[g].prefix, s->name);
			if (json_object_set_new(object, name,
			                        histograms
			                                ? histogram_json(groups[g].values, s)
			                                : scalar_json(groups[g].values, s)) != 0) {
				json_decref(object);
				return NULL;
			}
		}
	return object;
}

json_t *stats_json(const struct stats_group *groups, size_t count)
{
	return collect(groups, count, false);
}

json_t *stats_json_histograms(const struct stats_group *groups, size_t count)
{
	return collect(groups, count, true);
}
