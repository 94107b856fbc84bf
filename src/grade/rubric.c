/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/rubric.h"

#include "host/settings.h"

#include <stdlib.h>
#include <string.h>

static const struct setting fixed[] = {
	{ "aspect.interface", SETTING_BOOL, SETTING_FIELD(struct rubric, interface), .value = "on",
	  .description = "Score what the handout demands" },
	{ "aspect.hardware-legal", SETTING_BOOL, SETTING_FIELD(struct rubric, hardware_legal),
	  .value = "on", .description = "Score what a processor accepts" },
	{ "aspect.warnings-cost", SETTING_BOOL, SETTING_FIELD(struct rubric, warnings_cost),
	  .value = "off", .description = "A test with a warning earns half its points" },
	{ "limits.cpu_seconds", SETTING_U64, SETTING_FIELD(struct rubric, cpu_seconds),
	  .value = "2", .min = "1", .max = "60", .unit = "s",
	  .description = "Processor time of one machine of a test" },
	{ "limits.wall_seconds", SETTING_U64, SETTING_FIELD(struct rubric, wall_seconds),
	  .value = "20", .min = "1", .max = "600", .unit = "s",
	  .description = "Time by the clock of the same" },
	{ "limits.compile_seconds", SETTING_U64, SETTING_FIELD(struct rubric, compile_seconds),
	  .value = "10", .min = "1", .max = "120", .unit = "s",
	  .description = "Processor time of each program of the compiler" },
#define X(name, required)                               \
	{ "require." #name,                             \
	  SETTING_BOOL,                                 \
	  offsetof(struct rubric, require) + FN_##name, \
	  1,                                            \
	  .value = (required) ? "on" : "off",           \
	  .description = "lab_" #name " must be there" },
	FUNCTIONS(X)
#undef X
};

/* One setting for each test, and one for each family. */
struct points {
	struct setting setting[2 * RUBRIC_TESTS_MAX];
	char text[2 * RUBRIC_TESTS_MAX][64], value[2 * RUBRIC_TESTS_MAX][16];
	double family[RUBRIC_TESTS_MAX], test[RUBRIC_TESTS_MAX];
	unsigned family_of[RUBRIC_TESTS_MAX];
	unsigned tests, families;
};

static void add(struct points *p, unsigned slot, const char *name, size_t length, size_t offset,
                const char *value, const char *description)
{
	snprintf(p->text[slot], sizeof p->text[slot], "points.%.*s", (int)length, name);
	snprintf(p->value[slot], sizeof p->value[slot], "%s", value);
	p->setting[slot] = (struct setting){ .key = p->text[slot],
		                             .type = SETTING_DOUBLE,
		                             .offset = offset,
		                             .size = sizeof(double),
		                             .value = p->value[slot],
		                             .min = "-1",
		                             .max = "10000",
		                             .description = description };
}

static unsigned describe_points(struct points *p)
{
	unsigned slot = 0;

	for (unsigned f = 0; test_families[f]; f++) {
		const char *id = test_families[f]->id;

		add(p, slot++, id, strcspn(id, "."),
		    offsetof(struct points, family) + f * sizeof(double), "-1",
		    "Points of each test of this family; -1: as the tests have them");
		for (const struct test *t = test_families[f]; t->id; t++) {
			char value[16];

			snprintf(value, sizeof value, "%u", t->points);
			p->family_of[p->tests] = f;
			add(p, slot++, t->id, strlen(t->id),
			    offsetof(struct points, test) + p->tests++ * sizeof(double), value,
			    t->title);
		}
		p->families++;
	}
	return slot;
}

static bool read_rubric(struct settings *s, struct rubric *r, struct points *p, const char *path,
                        struct error *err)
{
	unsigned slots = describe_points(p);

	if (!settings_add(s, "", fixed, sizeof fixed / sizeof *fixed, r, err) ||
	    !settings_add(s, "", p->setting, slots, p, err) ||
	    (path && !settings_load_file(s, SETTING_FILE, path, err)))
		return false;
	for (unsigned i = 0; i < p->tests; i++)
		r->points[i] =
			p->family[p->family_of[i]] >= 0 ? p->family[p->family_of[i]] : p->test[i];
	return true;
}

bool rubric_load(struct rubric *r, const char *path, struct error *err)
{
	struct settings *s = settings_new();
	struct points *p = calloc(1, sizeof *p);
	bool done;

	memset(r, 0, sizeof *r);
	done = s && p && read_rubric(s, r, p, path, err);
	if (!s || !p)
		error_set(err, "out of memory");
	settings_delete(s);
	free(p);
	return done;
}

double rubric_points(const struct rubric *r, unsigned index, const struct test *t)
{
	if (!(t->aspect == ASPECT_INTERFACE ? r->interface : r->hardware_legal))
		return 0;
	return r->points[index] > 0 ? r->points[index] : 0;
}
