/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/decode.h"

#include <inttypes.h>
#include <string.h>

static void bits_name(char out[16], const struct decoded_field *f)
{
	if (f->hi == f->lo)
		snprintf(out, 16, "%u", f->lo);
	else
		snprintf(out, 16, "%u:%u", f->hi, f->lo);
}

void decode_print_fields(const struct decoded *d, FILE *out)
{
	size_t name_width = 0, value_width = 1;

	for (unsigned i = 0; i < d->count; i++) {
		size_t name = strlen(d->field[i].name);

		if (!*d->field[i].text)
			continue;
		size_t value = (size_t)snprintf(NULL, 0, "%" PRIx64, d->field[i].value) + 2;

		name_width = name > name_width ? name : name_width;
		if (d->field[i].hi != d->field[i].lo)
			value_width = value > value_width ? value : value_width;
	}
	for (unsigned i = 0; i < d->count; i++) {
		const struct decoded_field *f = &d->field[i];
		char bits[16], value[20];

		if (!*f->text)
			continue;
		bits_name(bits, f);
		snprintf(value, sizeof(value), f->hi == f->lo ? "%" PRIx64 : "0x%" PRIx64,
		         f->value);
		fprintf(out, "%c %6s  %-*s  %*s  %s\n", f->state == FIELD_BROKEN ? '!' : ' ', bits,
		        (int)name_width, f->name, (int)value_width, value, f->text);
	}
}

void decode_print(const struct decoded *d, FILE *out)
{
	fprintf(out, "0x%" PRIx64 ": %s\n", d->value, d->title);
	decode_print_fields(d, out);
	if (*d->verdict)
		fprintf(out, "%s %s\n", d->bad ? "!" : "=", d->verdict);
}

json_t *decode_json(const struct decoded *d)
{
	static const char *const states[] = { "counts", "ignored", "broken" };
	json_t *object = json_object(), *fields = json_array();

	json_object_set_new(object, "kind", json_string(decode_kind_name(d->kind)));
	json_object_set_new(object, "value", json_hex(d->value));
	json_object_set_new(object, "title", json_text(d->title));
	for (unsigned i = 0; i < d->count; i++) {
		const struct decoded_field *f = &d->field[i];
		json_t *row = json_object();
		char bits[16];

		bits_name(bits, f);
		json_object_set_new(row, "bits", json_string(bits));
		json_object_set_new(row, "name", json_string(f->name));
		json_object_set_new(row, "value",
		                    f->hi == f->lo ? json_u64(f->value) : json_hex(f->value));
		json_object_set_new(row, "state", json_string(states[f->state]));
		json_object_set_new(row, "text", json_text(f->text));
		json_array_append_new(fields, row);
	}
	json_object_set_new(object, "fields", fields);
	json_object_set_new(object, "bad", json_boolean(d->bad));
	if (d->rule != RULE_NONE)
		json_object_set_new(object, "rule", json_string(rule_name(d->rule)));
	if (*d->verdict)
		json_object_set_new(object, "verdict", json_text(d->verdict));
	return object;
}
