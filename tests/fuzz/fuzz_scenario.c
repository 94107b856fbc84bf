/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Fuzz target: any bytes as scenarios. What is read is written back, read
 * again, and must be the same; filled with what it expects it must pass.
 */
#include "scenario/compare.h"
#include "scenario/write.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what, const char *detail)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", what, detail);
	abort();
}

static char *written(const struct scenario *s, size_t *size)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, size);

	must(f && scenario_write(f, s) == 0 && fclose(f) == 0, "not written", s->id);
	return text;
}

/* Writing what was read from a written line changes nothing any more; and
 * states, being plain numbers, can be compared as they are. */
static void round_trip(const struct scenario *s, struct scenario_reader *again)
{
	const struct scenario *t;
	size_t size, size2;
	char *text = written(s, &size), *text2;

	scenario_reader_open_memory(again, "written", text, size);
	must(scenario_read(again, &t) == 1, "not read again", scenario_reader_error(again));
	text2 = written(t, &size2);
	must(strcmp(text, text2) == 0, text, text2);
	must(t->mode == s->mode && t->step_count == s->step_count && t->mem.count == s->mem.count &&
	             memcmp(&t->state, &s->state, sizeof(s->state)) == 0,
	     "another scenario", text);
	free(text);
	free(text2);
}

/* Cells as a runner would use them, and results that are what is expected. */
static void fill(const struct scenario *s, struct scenario_reader *again, struct cells *cells)
{
	struct step_result *results = calloc(s->step_count, sizeof(*results));
	const struct scenario *t;
	struct pool pool = { 0 };
	char difference[256] = "";
	size_t size;
	char *text;

	cells_reset(cells);
	cells_write_list(cells, &s->mem);
	for (size_t i = 0; i < s->step_count; i++) {
		cells_mark(cells);
		cells_write_list(cells, &s->steps[i].mem_after);
		results[i] = (struct step_result){ s->steps[i].expect, cells_changed(cells, &pool) };
	}
	scenario_fill(s, results);
	text = written(s, &size);
	scenario_reader_open_memory(again, "filled", text, size);
	must(scenario_read(again, &t) == 1, "not read when filled", scenario_reader_error(again));
	must(scenario_compare(t, results, difference, sizeof(difference)), "differs when filled", difference);
	free(text);
	free(results);
	pool_free(&pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *nowhere = fmemopen(NULL, 65536, "w"); /* warnings are made, too */
	struct scenario_reader *r = scenario_reader_create(nowhere);
	struct scenario_reader *again = scenario_reader_create(NULL);
	struct cells *cells = cells_create();
	const struct scenario *s;
	int result;

	scenario_reader_open_memory(r, "fuzz", data, size);
	while ((result = scenario_read(r, &s)) == 1) {
		round_trip(s, again);
		fill(s, again, cells);
	}
	must(result == 0 || strncmp(scenario_reader_error(r), "fuzz:", 5) == 0, "an error without place",
	     scenario_reader_error(r));
	cells_free(cells);
	scenario_reader_free(again);
	scenario_reader_free(r);
	if (nowhere)
		fclose(nowhere);
	return 0;
}
