/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/settings_field.h"

#include "host/json.h"

#include <inttypes.h>
#include <string.h>

static bool is_integer(const struct setting *row)
{
	return row->type == SETTING_U64 || row->type == SETTING_SIZE;
}

/* The largest number that the field holds. */
static uint64_t field_max(const struct setting *row)
{
	return row->size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * row->size) - 1;
}

static bool parse_integer(const struct setting *row, const char *text, uint64_t *number)
{
	return row->type == SETTING_SIZE ? number_parse_size(text, number)
	                                 : number_parse_u64(text, number);
}

/* A bound of the row, or what stands for an absent one. */
static uint64_t integer_bound(const struct setting *row, const char *bound, uint64_t absent)
{
	uint64_t number;

	return bound && parse_integer(row, bound, &number) ? number : absent;
}

static bool integer_fits(const struct setting *row, uint64_t number)
{
	uint64_t step = integer_bound(row, row->multiple, 1);

	return number >= integer_bound(row, row->min, 0) &&
	       number <= integer_bound(row, row->max, UINT64_MAX) && number <= field_max(row) &&
	       step && number % step == 0;
}

static bool double_fits(const struct setting *row, double real)
{
	double bound;

	if (row->min && (!number_parse_double(row->min, &bound) || real < bound))
		return false;
	return !row->max || (number_parse_double(row->max, &bound) && real <= bound);
}

static bool parse_bool(const char *text, uint64_t *number)
{
	static const char *const words[] = { "off", "on", "no", "yes", "false", "true", "0", "1" };

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i]) == 0) {
			*number = i % 2;
			return true;
		}
	return false;
}

static bool parse_name(const struct setting *row, const char *text, uint64_t *number)
{
	for (unsigned i = 0; row->names && row->names[i]; i++)
		if (strcmp(text, row->names[i]) == 0) {
			*number = i;
			return true;
		}
	return false;
}

/* Control characters would break a line of INI and of a report. */
static bool text_fits(const struct setting *row, const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return strlen(text) < row->size;
}

bool settings_value_parse(const struct setting *row, const char *text, struct settings_value *value)
{
	switch (row->type) {
	case SETTING_U64:
	case SETTING_SIZE:
		return parse_integer(row, text, &value->number) && integer_fits(row, value->number);
	case SETTING_BOOL:
		return parse_bool(text, &value->number);
	case SETTING_ENUM:
		return parse_name(row, text, &value->number);
	case SETTING_DOUBLE:
		return number_parse_double(text, &value->real) && double_fits(row, value->real);
	case SETTING_STRING:
		value->text = text;
		return text_fits(row, text);
	}
	return false;
}

void settings_value_store(const struct settings_field *field, const struct settings_value *value)
{
	const uint8_t u8 = (uint8_t)value->number;
	const uint16_t u16 = (uint16_t)value->number;
	const uint32_t u32 = (uint32_t)value->number;
	const bool truth = value->number != 0;

	if (field->row->type == SETTING_STRING)
		strcpy(field->at, value->text);
	else if (field->row->type == SETTING_DOUBLE)
		memcpy(field->at, &value->real, sizeof(value->real));
	else if (field->row->type == SETTING_BOOL)
		memcpy(field->at, &truth, sizeof(truth));
	else if (field->row->size == 1)
		memcpy(field->at, &u8, 1);
	else if (field->row->size == 2)
		memcpy(field->at, &u16, 2);
	else if (field->row->size == 4)
		memcpy(field->at, &u32, 4);
	else
		memcpy(field->at, &value->number, 8);
}

uint64_t settings_value_number(const struct settings_field *field)
{
	uint64_t number = 0;

	/* The narrow ones read as the low bytes: hosts are little-endian. */
	memcpy(&number, field->at, field->row->size <= 8 ? field->row->size : 8);
	return number;
}

static double value_real(const struct settings_field *field)
{
	double real;

	memcpy(&real, field->at, sizeof(real));
	return real;
}

/* The owner may have written an index that no name has. */
static const char *value_name(const struct settings_field *field)
{
	uint64_t number = settings_value_number(field);

	for (uint64_t i = 0; field->row->names[i]; i++)
		if (i == number)
			return field->row->names[i];
	return "?";
}

bool settings_value_format(const struct settings_field *field, char *out, size_t room)
{
	char number[NUMBER_TEXT_SIZE];
	const char *text = number;

	switch (field->row->type) {
	case SETTING_U64:
		snprintf(number, sizeof(number), "%" PRIu64, settings_value_number(field));
		break;
	case SETTING_SIZE:
		number_format_size(number, settings_value_number(field));
		break;
	case SETTING_BOOL:
		text = settings_value_number(field) ? "on" : "off";
		break;
	case SETTING_ENUM:
		text = value_name(field);
		break;
	case SETTING_DOUBLE:
		number_format_double(number, value_real(field));
		break;
	case SETTING_STRING:
		text = field->at;
		break;
	}
	return snprintf(out, room, "%s", text) < (int)room;
}

json_t *settings_value_json(const struct settings_field *field)
{
	switch (field->row->type) {
	case SETTING_U64:
	case SETTING_SIZE:
		return json_u64(settings_value_number(field));
	case SETTING_BOOL:
		return json_boolean(settings_value_number(field));
	case SETTING_ENUM:
		return json_text(value_name(field));
	case SETTING_DOUBLE:
		return json_double(value_real(field));
	case SETTING_STRING:
		return json_text(field->at);
	}
	return NULL;
}

static void integer_range(const struct setting *row, char out[SETTINGS_RANGE_SIZE])
{
	char top[NUMBER_TEXT_SIZE];
	uint64_t max = integer_bound(row, row->max, field_max(row));

	if (row->type == SETTING_SIZE)
		number_format_size(top, max);
	else
		snprintf(top, sizeof(top), "%" PRIu64, max);
	snprintf(out, SETTINGS_RANGE_SIZE, "%s, %s to %s%s%s",
	         row->type == SETTING_SIZE ? "size" : "integer", row->min ? row->min : "0", top,
	         row->multiple ? ", a multiple of " : "", row->multiple ? row->multiple : "");
}

static void double_range(const struct setting *row, char out[SETTINGS_RANGE_SIZE])
{
	if (row->min && row->max)
		snprintf(out, SETTINGS_RANGE_SIZE, "number, %s to %s", row->min, row->max);
	else if (row->min || row->max)
		snprintf(out, SETTINGS_RANGE_SIZE, "number, at %s %s", row->min ? "least" : "most",
		         row->min ? row->min : row->max);
	else
		snprintf(out, SETTINGS_RANGE_SIZE, "number");
}

/* Names that do not fit are cut off, as printf does. */
static void name_range(const struct setting *row, char out[SETTINGS_RANGE_SIZE])
{
	size_t length = 0;

	out[0] = 0;
	for (unsigned i = 0; row->names[i] && length < SETTINGS_RANGE_SIZE; i++)
		length += (size_t)snprintf(out + length, SETTINGS_RANGE_SIZE - length, "%s%s",
		                           i == 0              ? ""
		                           : row->names[i + 1] ? ", "
		                                               : " or ",
		                           row->names[i]);
}

void settings_range(const struct setting *row, char out[SETTINGS_RANGE_SIZE])
{
	switch (row->type) {
	case SETTING_U64:
	case SETTING_SIZE:
		integer_range(row, out);
		break;
	case SETTING_BOOL:
		strcpy(out, "on or off");
		break;
	case SETTING_ENUM:
		name_range(row, out);
		break;
	case SETTING_DOUBLE:
		double_range(row, out);
		break;
	case SETTING_STRING:
		snprintf(out, SETTINGS_RANGE_SIZE, "text of at most %zu bytes", row->size - 1);
		break;
	}
}

static bool size_fits_type(const struct setting *row)
{
	switch (row->type) {
	case SETTING_BOOL:
		return row->size == sizeof(bool);
	case SETTING_DOUBLE:
		return row->size == sizeof(double);
	case SETTING_STRING:
		return row->size > 0;
	default:
		return row->size == 1 || row->size == 2 || row->size == 4 || row->size == 8;
	}
}

/* Bounds that cannot be read would silently allow or refuse everything. */
static bool bounds_sound(const struct setting *row)
{
	const char *const bounds[] = { row->min, row->max, row->multiple };
	uint64_t number;
	double real;

	for (int i = 0; i < 3; i++) {
		if (!bounds[i])
			continue;
		if (is_integer(row) ? !parse_integer(row, bounds[i], &number) || (i == 2 && !number)
		                    : row->type != SETTING_DOUBLE || i == 2 ||
		                              !number_parse_double(bounds[i], &real))
			return false;
	}
	return true;
}

bool settings_row_check(const struct setting *row, struct error *err)
{
	struct settings_value value;
	const char *wrong = NULL;

	if (!size_fits_type(row))
		wrong = "the field's size does not suit the type";
	else if (row->type == SETTING_ENUM && !row->names)
		wrong = "there are no names";
	else if (!bounds_sound(row))
		wrong = "a bound is no such value";
	else if (!row->description || !*row->description)
		wrong = "there is no description";
	else if (!row->value || !settings_value_parse(row, row->value, &value))
		wrong = "the default is out of range";
	if (wrong)
		error_set(err, "setting %s: %s", row->key, wrong);
	return !wrong;
}
