/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The keys of the scenario language, one row each: reading, comparing and
 * writing are all driven by these tables. Private to src/scenario.
 */
#ifndef SCENARIO_KEYS_H
#define SCENARIO_KEYS_H

#include "scenario/scenario.h"

enum key_type {
	KEY_NUMBER, /* an integer or a "0x" string, min..max */
	KEY_SWITCH, /* "on" or "off": a bool */
	KEY_NAME,   /* one of `names`: its number */
	KEY_STRING, /* a const char * */
	KEY_ARRAY,  /* exactly `max` numbers: uint64_t[] */
	KEY_LIST,   /* up to `max` numbers: a uint64_t *, and a size_t at `beside` */
	KEY_CELLS,  /* {"0xHPA": "0xQWORD", ...}: a struct cell_list */
	KEY_OBJECT, /* an object with `keys` of its own */
	KEY_LATER   /* kept for the caller as number `max` (enum later_key) */
};

enum number_style { STYLE_DECIMAL, STYLE_HEX };

/* Values that cannot be read before the rest of their object is known. */
enum later_key { LATER_ACCESS, LATER_EXPECT, LATER_MEM_AFTER, LATER_STEPS, LATER_KEYS };

struct key_table;

struct key {
	const char *name;
	uint8_t type;  /* enum key_type */
	uint8_t style; /* enum number_style, of KEY_NUMBER and KEY_LIST */
	uint8_t size;  /* bytes of the member; 0: the value is checked only */
	bool required;
	bool nullable; /* null means the same as no such key */
	size_t offset; /* of the member */
	uint64_t min, max;
	const char *const *names; /* KEY_NAME: `max` + 1 of them */
	const struct key_table *keys;
	/* KEY_LIST: offset of the count. KEY_OBJECT: offset and size of the
	 * member that gets a bit for each key given; size 0: none. */
	size_t beside;
	uint8_t beside_size;
};

struct key_table {
	const struct key *keys;
	size_t count; /* at most 32 */
	/* An unknown key is an error here, not a warning: it would be a feature
	 * that is not modelled. */
	bool closed;
	/* Which keys are required depends on the others: the caller judges. */
	bool choice;
};

/* Rows of scenario_keys that the checks after reading name. */
enum scenario_key {
	SCENARIO_ID,
	SCENARIO_MODE,
	SCENARIO_CR0,
	SCENARIO_CR3,
	SCENARIO_CR4,
	SCENARIO_EFER,
	SCENARIO_RFLAGS_AC,
	SCENARIO_CPL,
	SCENARIO_PKRU,
	SCENARIO_PKRS,
	SCENARIO_EPTP,
	SCENARIO_EPT_VPID_CAP,
	SCENARIO_MAXPHYADDR,
	SCENARIO_CONTROLS,
	SCENARIO_PDPTE,
	SCENARIO_KNOBS,
	SCENARIO_PAT,
	SCENARIO_VPID,
	SCENARIO_EPTP_INDEX,
	SCENARIO_SPPTP,
	SCENARIO_PML_INDEX,
	SCENARIO_PML_ADDRESS,
	SCENARIO_VE_ADDRESS,
	SCENARIO_VE_BUSY,
	SCENARIO_EVENT_DELIVERY,
	SCENARIO_HLATP,
	SCENARIO_HLAT_PREFIX,
	SCENARIO_MEM,
	SCENARIO_ACCESS,
	SCENARIO_EXPECT,
	SCENARIO_MEM_AFTER,
	SCENARIO_STEPS,
	SCENARIO_KEYS
};

/* Rows of step_keys: the keys of an access, then the operations (in the order
 * of enum step_kind), then what belongs to an operation. */
enum step_key {
	STEP_KEY_TYPE,
	STEP_KEY_GVA,
	STEP_KEY_SIZE,
	STEP_KEY_IMPLICIT,
	STEP_KEY_STACK,
	STEP_KEY_SHADOW_STACK,
	STEP_KEY_USER,
	STEP_KEY_OPERATION,
	STEP_KEY_EPTP_LIST = STEP_KEY_OPERATION + STEP_KINDS,
	STEP_KEY_EXPECT,
	STEP_KEY_MEM_AFTER,
	STEP_KEYS
};

extern const struct key_table scenario_keys; /* of struct scenario */
extern const struct key_table access_keys;   /* of struct access */
extern const struct key_table step_keys;     /* of struct step */
extern const struct key_table expect_keys;   /* of struct expect; rows: enum expect_field */

/* The member of `object` that a row describes, as a number. */
uint64_t key_load(const void *object, size_t offset, size_t size);
void key_store(void *object, size_t offset, size_t size, uint64_t value);

#endif
