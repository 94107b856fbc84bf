/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The report of a run, as text, JSON (docs/formats/report.md) and CSV. All of
 * it is made from declared settings and statistics, and from the machine.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "host/json.h"
#include "host/settings.h"
#include "host/stats.h"
#include "machine/machine.h"

/* An access that did not succeed. */
struct report_fault {
	uint64_t access;  /* its number, from 1 */
	const char *type; /* "read" */
	uint64_t address;
	uint32_t size;
	uint8_t cpl;
	struct fault fault;
};

/* A part of the statistics, with a heading in the text. */
struct report_part {
	const char *heading;
	struct stats_group group;
};

#define REPORT_PARTS 8

struct report {
	const char *command;
	const struct settings *settings;
	const char *input;  /* name as given */
	const char *sha256; /* hexadecimal; null: not known */
	uint64_t records;
	/* One line each, for the text: what was read, and what to bear in mind. */
	const char *input_text, *notes[6];
	const struct machine *machine;
	const struct timing_stats *time;
	struct report_part part[REPORT_PARTS];
	unsigned parts;
	const struct report_fault *fault;
	size_t faults;
};

/* For readers. Errors of `out` are its own. */
void report_text(const struct report *r, FILE *out);
/* False with a message. */
bool report_json(const struct report *r, FILE *out, struct error *err)
	__attribute__((warn_unused_result));
bool report_csv(const struct report *r, FILE *out, struct error *err)
	__attribute__((warn_unused_result));

/* The same as an object; null when memory ran out. */
json_t *report_json_object(const struct report *r);

/* Names of rows and columns of the grid, in the order of reports: guest level
 * 5..1 and the data; the guest entry itself, EPT level 5..1. */
extern const char *const report_grid_rows[GRID_ROWS];
extern const char *const report_grid_columns[GRID_COLUMNS];

/* The cell at row `row` and column `column` of that order. */
const struct grid_cell *report_grid_cell(const struct walk_stats *s, unsigned row, unsigned column);

const struct served *report_served_cell(const struct timing_stats *s, unsigned row,
					unsigned column);

/* Parts of the text: what all took, and where it went. */
void report_text_time(const struct report *r, FILE *out);

/* Every defined field of a fault; null when memory ran out. */
json_t *report_fault_json(const struct fault *f);

#endif
