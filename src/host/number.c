/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char suffixes[] = "KMGTP"; /* 2^10, 2^20 ... */

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Digits of `base` from `text` on; returns where they end, null on overflow. */
static const char *parse_digits(const char *text, unsigned base, uint64_t *value)
{
	uint64_t sum = 0;

	for (; (unsigned)digit_value(*text) < base; text++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)digit_value(*text), &sum))
			return NULL;
	*value = sum;
	return text;
}

bool number_parse_u64(const char *text, uint64_t *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	uint64_t sum;
	const char *end = parse_digits(digits, hex ? 16 : 10, &sum);

	if (!end || end == digits || *end)
		return false;
	*value = sum;
	return true;
}

/* The suffix as a power of two; -1 when `text` is none. */
static int suffix_shift(const char *text)
{
	const char *found;

	if (!*text)
		return 0;
	found = strchr(suffixes, toupper((unsigned char)*text));
	if (!found || (text[1] && strcmp(text + 1, "iB") != 0))
		return -1;
	return 10 * (int)(found - suffixes + 1);
}

bool number_parse_size(const char *text, uint64_t *value)
{
	uint64_t whole, fraction = 0, scale = 1;
	const char *end;
	unsigned __int128 sum;
	int shift;

	if (number_parse_u64(text, value))
		return true;
	end = parse_digits(text, 10, &whole);
	if (!end || end == text)
		return false;
	if (*end == '.') {
		const char *digits = end + 1;

		end = parse_digits(digits, 10, &fraction);
		/* Ten digits resolve 1/1024; more than that is a slip. */
		if (!end || end == digits || end - digits > 10)
			return false;
		for (long i = 0; i < end - digits; i++)
			scale *= 10;
	}
	shift = suffix_shift(end);
	if (shift < 0)
		return false;
	sum = (unsigned __int128)fraction << shift;
	if (sum % scale)
		return false;
	sum = sum / scale + ((unsigned __int128)whole << shift);
	if (sum > UINT64_MAX)
		return false;
	*value = (uint64_t)sum;
	return true;
}

/*
 * printf and strtod write and read the decimal point of the locale in force.
 * The C locale is put in force for this thread only; where it cannot be had
 * (no memory) the locale in force stays.
 */
static locale_t enter_c_locale(locale_t *own)
{
	*own = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return *own ? uselocale(*own) : (locale_t)0;
}

static void leave_c_locale(locale_t own, locale_t before)
{
	if (!own)
		return;
	uselocale(before);
	freelocale(own);
}

bool number_parse_double(const char *text, double *value)
{
	locale_t own, before;
	double parsed;
	char *end;

	/* Decimal only: strtod would take hexadecimal, "inf", "nan", spaces. */
	if (!*text || strspn(text, "+-.0123456789eE") != strlen(text) || *text == '+')
		return false;
	before = enter_c_locale(&own);
	parsed = strtod(text, &end);
	leave_c_locale(own, before);
	if (*end || end == text || !isfinite(parsed))
		return false;
	*value = parsed;
	return true;
}

void number_format_hex(char out[NUMBER_TEXT_SIZE], uint64_t value)
{
	snprintf(out, NUMBER_TEXT_SIZE, "0x%" PRIx64, value);
}

void number_format_size(char out[NUMBER_TEXT_SIZE], uint64_t value)
{
	char suffix[2] = "";

	/* From the smallest up, while the value stays whole. */
	for (const char *s = suffixes; *s && value && value % 1024 == 0; s++) {
		value /= 1024;
		suffix[0] = *s;
	}
	snprintf(out, NUMBER_TEXT_SIZE, "%" PRIu64 "%s", value, suffix);
}

void number_format_double(char out[NUMBER_TEXT_SIZE], double value)
{
	locale_t own, before = enter_c_locale(&own);

	/* 17 digits always read back as the same value. */
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, NUMBER_TEXT_SIZE, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			break;
	}
	leave_c_locale(own, before);
}

void number_format_fixed(char out[NUMBER_TEXT_SIZE], double value, unsigned digits)
{
	locale_t own, before = enter_c_locale(&own);

	/* Beyond this the digits would not fit, nor mean anything. */
	if (fabs(value) < 1e18)
		snprintf(out, NUMBER_TEXT_SIZE, "%.*f", digits < 9 ? (int)digits : 9, value);
	else
		snprintf(out, NUMBER_TEXT_SIZE, "%.9g", value);
	leave_c_locale(own, before);
}
