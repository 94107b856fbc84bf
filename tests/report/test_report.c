/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reports of machines whose statistics are filled in by hand: every number in
 * its place in text and JSON; faults with the fields that their kind defines.
 */
#include "report/events.h"
#include "report/report.h"

#include "host/suite.h"

#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* A number for each field of each cell. */
static uint64_t mark(unsigned row, unsigned column, unsigned field)
{
	return 1 + 1000 * row + 100 * column + field;
}

static void fill_grid(struct walk_stats *s)
{
	for (unsigned row = 0; row < GRID_ROWS; row++)
		for (unsigned column = 0; column < GRID_COLUMNS; column++)
			s->grid[row][column] = (struct grid_cell){
				mark(row, column, 0), mark(row, column, 1), mark(row, column, 2),
				mark(row, column, 3), mark(row, column, 4),
			};
	s->references = 1;
}

static void begin(struct report *r, struct machine *m)
{
	static struct timing_stats time;

	memset(m, 0, sizeof *m);
	memset(&time, 0, sizeof time);
	m->config.timing.core.clock = 1;
	for (unsigned row = 0; row < GRID_ROWS; row++)
		for (unsigned column = 0; column < GRID_COLUMNS; column++)
			time.grid[row][column] = (struct served){
				.by = { mark(row, column, 5), mark(row, column, 6),
				        mark(row, column, 7), mark(row, column, 8) },
				.cycles = mark(row, column, 9),
			};
	*r = (struct report){ .command = "replay",
		              .settings = settings_new(),
		              .input = "bad \xff name",
		              .machine = m,
		              .time = &time };
}

static json_t *as_json(const struct report *r)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	struct error err;

	ck_assert(report_json(r, f, &err));
	fclose(f);
	json_t *o = json_loads(text, 0, NULL);

	ck_assert_ptr_nonnull(o);
	free(text);
	return o;
}

START_TEST(grid_in_order)
{
	static const char *const fields[] = { "made", "aborted", "saved_guest_psc",
		                              "saved_nested_tlb", "saved_ept_psc", "l1d",
		                              "l2", "llc", "memory", "cycles" };
	struct machine m;
	struct report r;

	begin(&r, &m);
	fill_grid(&m.walk);
	json_t *o = as_json(&r), *grid = json_object_get(o, "grid");

	for (unsigned row = 0; row < 6; row++)
		for (unsigned column = 0; column < 6; column++)
			for (unsigned i = 0; i < LENGTH(fields); i++) {
				json_t *cell = json_array_get(json_array_get(grid, row), column);
				/* Level 5 first, the data last; the entry itself first. */
				unsigned level = 5 - row, ept = column ? 6 - column : 0;

				ck_assert_uint_eq((uint64_t)json_integer_value(
							  json_object_get(cell, fields[i])),
				                  mark(level, ept, i));
			}
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "input"), "name")),
	                 "bad \xef\xbf\xbd name");
	ck_assert(json_is_null(json_object_get(json_object_get(o, "input"), "sha256")));
	json_decref(o);
	settings_delete((struct settings *)r.settings);
}
END_TEST

/* Row, column and corner sums of the text are those of the cells. */
START_TEST(text_sums)
{
	struct machine m;
	struct report r;
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	char expected[200];
	uint64_t all = 0, row = 0;

	begin(&r, &m);
	fill_grid(&m.walk);
	for (unsigned i = 0; i < 6; i++)
		for (unsigned j = 0; j < 6; j++)
			all += mark(i, j, 0);
	for (unsigned j = 0; j < 6; j++)
		row += mark(5, j, 0);
	report_text(&r, f);
	fclose(f);
	snprintf(expected, sizeof expected, "guest PML5E  %12u %12u %12u %12u %12u %12u %12lu\n",
	         5001, 5501, 5401, 5301, 5201, 5101, row);
	ck_assert_msg(strstr(text, expected) != NULL, "%s", text);
	snprintf(expected, sizeof expected, " %12lu\n", all);
	ck_assert_msg(strstr(text, expected) != NULL, "%s", text);
	free(text);
	settings_delete((struct settings *)r.settings);
}
END_TEST

/* Which keys a fault of each kind has. */
static const struct {
	struct fault fault;
	const char *keys;
} faults[] = {
	{ { .kind = OUTCOME_PF,
	    .vector = 14,
	    .dimension = DIMENSION_GUEST,
	    .level = 2,
	    .gla_valid = true,
	    .gpa_valid = true },
	  "kind rule vector cr2 error_code gla gpa dimension level entry_hpa entry " },
	{ { .kind = OUTCOME_GP, .vector = 13, .gla_valid = true },
	  "kind rule vector error_code gla " },
	{ { .kind = OUTCOME_EPT_VIOLATION,
	    .exit_reason = 48,
	    .dimension = DIMENSION_EPT,
	    .level = 1,
	    .gla_valid = true,
	    .gpa_valid = true,
	    .page2 = true },
	  "kind rule exit_reason qualification gla gpa dimension level guest_level entry_hpa entry "
	  "second_page " },
	{ { .kind = OUTCOME_EPT_MISCONFIG,
	    .exit_reason = 49,
	    .dimension = DIMENSION_EPT,
	    .level = 3,
	    .gpa_valid = true },
	  "kind rule exit_reason gpa dimension level guest_level entry_hpa entry " },
	{ { .kind = OUTCOME_PML_FULL, .exit_reason = 62 }, "kind rule exit_reason " },
};

START_TEST(keys_of_faults)
{
	json_t *o = report_fault_json(&faults[_i].fault), *value;
	char keys[256] = "";
	const char *key;

	json_object_foreach(o, key, value) strcat(strcat(keys, key), " ");
	ck_assert_str_eq(keys, faults[_i].keys);
	json_decref(o);
}
END_TEST

/* An event is a line, with the fields of its kind. */
START_TEST(event_lines)
{
	struct ref flag = { .hpa = hpa(0x1000),
		            .value = 0x127,
		            .kind = REF_FLAG_EPT,
		            .guest_level = 3,
		            .ept_level = 2,
		            .flags = REF_A };
	const struct {
		struct event event;
		const char *line;
	} rows[] = {
		{ { .kind = EVENT_FLAG, .access = 7, .cycle = 9, .flag = &flag, .old = 0x27 },
		  "{\"event\":\"flag\",\"access\":7,\"cycle\":9,\"dimension\":\"ept\",\"level\":2,"
		  "\"guest_level\":3,\"flags\":\"A\",\"entry_hpa\":\"0x1000\",\"old\":\"0x27\","
		  "\"new\":\"0x127\"}\n" },
		{ { .kind = EVENT_OPERATION,
		    .operation = "invvpid",
		    .type = 1,
		    .tag = 3,
		    .outcome = OUTCOME_VMFAIL },
		  "{\"event\":\"operation\",\"access\":0,\"cycle\":0,\"operation\":\"invvpid\","
		  "\"type\":1,\"tag\":3,\"address\":\"0x0\",\"outcome\":\"vmfail\"}\n" },
		{ { .kind = EVENT_OPERATION, .operation = "vm", .tag = 2 },
		  "{\"event\":\"operation\",\"access\":0,\"cycle\":0,\"operation\":\"vm\",\"tag\":"
		  "2,"
		  "\"outcome\":\"ok\"}\n" },
		{ { .kind = EVENT_BACKED, .gpa = gpa(0x3000) },
		  "{\"event\":\"backed\",\"access\":0,\"cycle\":0,\"gpa\":\"0x3000\"}\n" },
	};

	for (unsigned i = 0; i < LENGTH(rows); i++) {
		char *text;
		size_t size;
		struct events_writer w = { .out = open_memstream(&text, &size) };

		events_write(&w, &rows[i].event);
		fclose(w.out);
		ck_assert_str_eq(text, rows[i].line);
		free(text);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("report");

	tcase_add_test(tests, grid_in_order);
	tcase_add_test(tests, text_sums);
	tcase_add_loop_test(tests, keys_of_faults, 0, LENGTH(faults));
	tcase_add_test(tests, event_lines);
	return run_suite("report", tests);
}
