/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The fields of everything that decode.c takes apart: one row a field.
 */
#ifndef REPORT_FIELDS_H
#define REPORT_FIELDS_H

#include "report/decode.h"

enum field_form {
	FORM_FLAG,   /* one bit: a sentence when it is set, one when it is clear */
	FORM_NUMBER, /* plus `set` as its unit */
	FORM_NEXT,   /* address of a table or page, in the entry's address space */
	FORM_HIGH,   /* address bits 39:32 of a 4M page */
	FORM_HPA,
	FORM_GPA,
	FORM_GVA,
	FORM_MEMORY_TYPE, /* of PAT */
	FORM_EPT_TYPE,    /* of EPT: without UC- */
	FORM_WALK_LENGTH,
	FORM_KEY_RIGHTS, /* AD and WD of one key */
	FORM_EXIT_REASON
};

/* What must hold for a row. The first group says of which entries the row is part,
 * the second which feature makes it count. */
enum {
	FOR_TABLE = 1 << 0, /* the entry references a table */
	FOR_PAGE = 1 << 1,  /* it maps a page */
	FOR_4K = 1 << 2,    /* a page of 4K */
	FOR_LARGE = 1 << 3, /* a larger page */
	FOR_PS = 1 << 4,    /* bit 7 chooses between table and page */
	FOR_PSE36 = 1 << 5, /* a 4M page */
	FOR_8_BYTE = 1 << 6,
	FOR_RIGHTS = 1 << 7,     /* the entry has rights: all but PAE's PDPTEs */
	FOR_ADDRESS_12 = 1 << 8, /* the address begins at bit 12 ... */
	FOR_ADDRESS_13 = 1 << 9, /* ... or above PAT at bit 12 */
	FOR_SHAPE = (1 << 10) - 1,

	IF_NX = 1 << 10,
	IF_KEYS = 1 << 11,
	IF_GLOBAL = 1 << 12,
	IF_HLAT = 1 << 13,
	IF_EPT_AD = 1 << 14,
	IF_MBE = 1 << 15,
	IF_SSS = 1 << 16,
	IF_SPP = 1 << 17,
	IF_PW = 1 << 18,
	IF_VGP = 1 << 19,
	IF_VE = 1 << 20,
	IF_PCIDE = 1 << 21,
	IF_NO_PCIDE = 1 << 22,
	IF_NO_MBE = 1 << 23,
	IF_MBE_TOO = 1 << 24, /* as IF_MBE, where a row for IF_NO_MBE stands beside it */
	IF_VARIANT = IF_PCIDE | IF_NO_PCIDE | IF_NO_MBE | IF_MBE_TOO,
	IF_FEATURE = ~((1 << 10) - 1)
};

struct field {
	uint8_t hi, lo;
	uint32_t needs;   /* FOR_... and IF_... */
	uint8_t form;     /* enum field_form */
	const char *mark; /* in a walk's column of flags; NULL: not shown there */
	const char *name;
	const char *set, *clear; /* FORM_FLAG: NULL says nothing */
};

struct field_table {
	const struct field *row;
	unsigned count;
};

/* Why a row's feature is off. */
const char *feature_missing(uint32_t missing);

extern const struct field_table field_tables[DECODE_KIND_COUNT];
/* The five 8-byte parts of the #VE area. */
extern const struct field_table field_tables_ve[5];

#endif
