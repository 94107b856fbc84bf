/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario/keys.h"

#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TABLE(a) { .keys = (a), .count = COUNT(a) }
#define CLOSED_TABLE(a) { .keys = (a), .count = COUNT(a), .closed = true }

/* Where a row's value goes. */
#define AT(object, member) .offset = offsetof(object, member), .size = sizeof(((object *)0)->member)
/* Numbers of 64 bits, of fewer, flags. */
#define WIDE(object, member) .type = KEY_NUMBER, .style = STYLE_HEX, .max = UINT64_MAX, AT(object, member)
#define HEX(object, member, limit) .type = KEY_NUMBER, .style = STYLE_HEX, .max = (limit), AT(object, member)
#define DECIMAL(object, member, limit) .type = KEY_NUMBER, .max = (limit), AT(object, member)
#define FLAG(object, member) .type = KEY_NUMBER, .max = 1, AT(object, member)
#define LATER(which) .type = KEY_LATER, .max = (which)

static const char *const access_type_names[] = {
	[ACCESS_READ] = "read", [ACCESS_WRITE] = "write", [ACCESS_RMW] = "rmw", [ACCESS_FETCH] = "fetch",
};

static const char *const outcome_names[] = {
#define X(id, name, text) [id] = (name),
	OUTCOMES(X)
#undef X
};

static const char *const mode_names[] = {
#define X(id, name, pg, pae, lma, la57) [id] = (name),
	SCENARIO_MODES(X)
#undef X
};

/* The keys of an access, as members of `object`. */
#define ACCESS_ROWS(object, prefix)                                                              \
	{ .name = "type", .type = KEY_NAME, .names = access_type_names, .max = ACCESS_TYPES - 1,  \
	  .required = true, AT(object, prefix type) },                                            \
	{ .name = "gva", .required = true, WIDE(object, prefix gva) },                            \
	{ .name = "size", .required = true, .min = 1,                                             \
	  DECIMAL(object, prefix size, SCENARIO_ACCESS_SIZE_MAX) },                               \
	{ .name = "implicit", FLAG(object, prefix implicit) },                                    \
	{ .name = "stack", FLAG(object, prefix stack) },                                          \
	{ .name = "shadow_stack", FLAG(object, prefix shadow_stack) },                            \
	{ .name = "user", FLAG(object, prefix user) }

static const struct key access_rows[] = { ACCESS_ROWS(struct access, ) };
const struct key_table access_keys = TABLE(access_rows);

static const struct key ve_info_rows[] = {
	[VE_INFO_REASON] = { .name = "reason", DECIMAL(struct ve_info, reason, UINT32_MAX) },
	[VE_INFO_BUSY] = { .name = "busy", HEX(struct ve_info, busy, UINT32_MAX) },
	[VE_INFO_QUALIFICATION] = { .name = "qualification", WIDE(struct ve_info, qualification) },
	[VE_INFO_GLA] = { .name = "gla", WIDE(struct ve_info, gla) },
	[VE_INFO_GPA] = { .name = "gpa", WIDE(struct ve_info, gpa) },
	[VE_INFO_EPTP_INDEX] = { .name = "eptp_index", DECIMAL(struct ve_info, eptp_index, UINT16_MAX) },
};
static const struct key_table ve_info_keys = TABLE(ve_info_rows);

static const struct key expect_rows[] = {
	[EXPECT_OUTCOME] = { .name = "outcome", .type = KEY_NAME, .names = outcome_names,
			     .max = OUTCOME_COUNT - 1, AT(struct expect, outcome) },
	[EXPECT_HPA] = { .name = "hpa", WIDE(struct expect, hpa) },
	[EXPECT_HPA2] = { .name = "hpa2", WIDE(struct expect, hpa2) },
	[EXPECT_ERROR_CODE] = { .name = "error_code", DECIMAL(struct expect, error_code, UINT32_MAX) },
	[EXPECT_CR2] = { .name = "cr2", WIDE(struct expect, cr2) },
	[EXPECT_QUALIFICATION] = { .name = "qualification", WIDE(struct expect, qualification) },
	[EXPECT_GPA] = { .name = "gpa", WIDE(struct expect, gpa) },
	[EXPECT_GLA] = { .name = "gla", WIDE(struct expect, gla) },
	[EXPECT_MEMTYPE] = { .name = "memtype", DECIMAL(struct expect, memtype, 7) },
	[EXPECT_MEMTYPE2] = { .name = "memtype2", DECIMAL(struct expect, memtype2, 7) },
	[EXPECT_PML_INDEX] = { .name = "pml_index", DECIMAL(struct expect, pml_index, UINT16_MAX) },
	[EXPECT_PML_LOG] = { .name = "pml_log", .type = KEY_LIST, .style = STYLE_HEX,
			     .max = SCENARIO_PML_LOG_MAX, AT(struct expect, pml_log),
			     .beside = offsetof(struct expect, pml_log_count) },
	[EXPECT_VE_INFO] = { .name = "ve_info", .type = KEY_OBJECT, .keys = &ve_info_keys,
			     AT(struct expect, ve_info),
			     .beside = offsetof(struct expect, ve_info.present),
			     .beside_size = sizeof(uint32_t) },
};
const struct key_table expect_keys = TABLE(expect_rows);

static const struct key control_rows[] = {
	{ .name = "mbe", FLAG(struct vm_controls, mbe) }, { .name = "ve", FLAG(struct vm_controls, ve) },
	{ .name = "pml", FLAG(struct vm_controls, pml) }, { .name = "spp", FLAG(struct vm_controls, spp) },
	{ .name = "pw", FLAG(struct vm_controls, pw) },   { .name = "vgp", FLAG(struct vm_controls, vgp) },
	{ .name = "hlat", FLAG(struct vm_controls, hlat) },
};
static const struct key_table control_keys = CLOSED_TABLE(control_rows);

#define KNOB(member) { .name = #member, .type = KEY_SWITCH, AT(struct knobs, member) }
static const struct key knob_rows[] = {
	KNOB(accessed_on_fault), KNOB(ept_accessed_on_fault), KNOB(flags_before_final),
	KNOB(rmw_sets_read),     KNOB(gbpages),
};
static const struct key_table knob_keys = CLOSED_TABLE(knob_rows);

static const struct key scenario_rows[] = {
	[SCENARIO_ID] = { .name = "id", .type = KEY_STRING, AT(struct scenario, id) },
	[SCENARIO_MODE] = { .name = "mode", .type = KEY_NAME, .names = mode_names, .max = MODE_COUNT - 1,
			    .required = true, AT(struct scenario, mode) },
	[SCENARIO_CR0] = { .name = "cr0", .required = true, WIDE(struct scenario, state.cr0) },
	[SCENARIO_CR3] = { .name = "cr3", .required = true, WIDE(struct scenario, state.cr3) },
	[SCENARIO_CR4] = { .name = "cr4", .required = true, WIDE(struct scenario, state.cr4) },
	[SCENARIO_EFER] = { .name = "efer", .required = true, WIDE(struct scenario, state.efer) },
	[SCENARIO_RFLAGS_AC] = { .name = "rflags_ac", FLAG(struct scenario, state.ac) },
	[SCENARIO_CPL] = { .name = "cpl", DECIMAL(struct scenario, state.cpl, 3) },
	[SCENARIO_PKRU] = { .name = "pkru", HEX(struct scenario, state.pkru, UINT32_MAX) },
	[SCENARIO_PKRS] = { .name = "pkrs", HEX(struct scenario, state.pkrs, UINT32_MAX) },
	[SCENARIO_EPTP] = { .name = "eptp", .nullable = true, WIDE(struct scenario, state.eptp) },
	[SCENARIO_EPT_VPID_CAP] = { .name = "ept_vpid_cap", WIDE(struct scenario, state.ept_vpid_cap) },
	[SCENARIO_MAXPHYADDR] = { .name = "maxphyaddr", .min = MAXPHYADDR_MIN,
				  DECIMAL(struct scenario, state.maxphyaddr, MAXPHYADDR_MAX) },
	[SCENARIO_CONTROLS] = { .name = "controls", .type = KEY_OBJECT, .keys = &control_keys,
				AT(struct scenario, state.controls) },
	[SCENARIO_PDPTE] = { .name = "pdpte", .type = KEY_ARRAY, .max = 4, AT(struct scenario, state.pdpte) },
	[SCENARIO_KNOBS] = { .name = "knobs", .type = KEY_OBJECT, .keys = &knob_keys,
			     AT(struct scenario, state.knobs) },
	[SCENARIO_PAT] = { .name = "pat", WIDE(struct scenario, state.pat) },
	[SCENARIO_VPID] = { .name = "vpid", DECIMAL(struct scenario, state.vpid, UINT16_MAX) },
	[SCENARIO_EPTP_INDEX] = { .name = "eptp_index", DECIMAL(struct scenario, state.eptp_index, UINT16_MAX) },
	[SCENARIO_SPPTP] = { .name = "spptp", WIDE(struct scenario, state.spptp) },
	[SCENARIO_PML_INDEX] = { .name = "pml_index", DECIMAL(struct scenario, pml_index, UINT16_MAX) },
	[SCENARIO_PML_ADDRESS] = { .name = "pml_address", WIDE(struct scenario, state.pml_address) },
	[SCENARIO_VE_ADDRESS] = { .name = "ve_address", WIDE(struct scenario, state.ve_address) },
	[SCENARIO_VE_BUSY] = { .name = "ve_busy", DECIMAL(struct scenario, state.ve_busy, UINT32_MAX) },
	[SCENARIO_EVENT_DELIVERY] = { .name = "event_delivery", FLAG(struct scenario, state.event_delivery) },
	[SCENARIO_HLATP] = { .name = "hlatp", WIDE(struct scenario, state.hlatp) },
	[SCENARIO_HLAT_PREFIX] = { .name = "hlat_prefix",
				   DECIMAL(struct scenario, state.hlat_prefix, UINT16_MAX) },
	[SCENARIO_MEM] = { .name = "mem", .type = KEY_CELLS, AT(struct scenario, mem) },
	[SCENARIO_ACCESS] = { .name = "access", LATER(LATER_ACCESS) },
	[SCENARIO_EXPECT] = { .name = "expect", LATER(LATER_EXPECT) },
	[SCENARIO_MEM_AFTER] = { .name = "mem_after", LATER(LATER_MEM_AFTER) },
	[SCENARIO_STEPS] = { .name = "steps", LATER(LATER_STEPS) },
};
const struct key_table scenario_keys = TABLE(scenario_rows);

static const struct key vm_entry_rows[] = {
	{ .name = "vpid", DECIMAL(struct step, vm_entry.vpid, UINT16_MAX) },
};
static const struct key_table vm_entry_keys = TABLE(vm_entry_rows);

#define OPERATION(kind) [STEP_KEY_OPERATION + (kind)]
/* A descriptor: its numbers follow one another in struct step. */
#define NUMBERS(count, member) .type = KEY_ARRAY, .max = (count), AT(struct step, member)

static const struct key step_rows[] = {
	ACCESS_ROWS(struct step, access.),
	OPERATION(STEP_ACCESS) = { .name = "access", .type = KEY_OBJECT, .keys = &access_keys,
				   AT(struct step, access) },
	OPERATION(STEP_STORE) = { .name = "store", .type = KEY_CELLS, AT(struct step, store) },
	OPERATION(STEP_MOV_CR3) = { .name = "mov_cr3", WIDE(struct step, value) },
	OPERATION(STEP_MOV_CR0) = { .name = "mov_cr0", WIDE(struct step, value) },
	OPERATION(STEP_MOV_CR4) = { .name = "mov_cr4", WIDE(struct step, value) },
	OPERATION(STEP_INVLPG) = { .name = "invlpg", WIDE(struct step, invlpg) },
	OPERATION(STEP_INVPCID) = { .name = "invpcid", NUMBERS(3, invpcid) },
	OPERATION(STEP_INVEPT) = { .name = "invept", NUMBERS(2, invept) },
	OPERATION(STEP_INVVPID) = { .name = "invvpid", NUMBERS(3, invvpid) },
	OPERATION(STEP_VMFUNC) = { .name = "vmfunc", HEX(struct step, vmfunc.ecx, UINT32_MAX) },
	/* offset 0: the rows of vm_entry_keys are members of struct step. */
	OPERATION(STEP_VM_ENTRY) = { .name = "vm_entry", .type = KEY_OBJECT, .keys = &vm_entry_keys,
				     .beside = offsetof(struct step, vm_entry.vpid_given),
				     .beside_size = sizeof(bool) },
	OPERATION(STEP_VM_EXIT) = { .name = "vm_exit", .type = KEY_NUMBER, .min = 1, .max = 1 },
	[STEP_KEY_EPTP_LIST] = { .name = "eptp_list", .type = KEY_LIST, .max = SCENARIO_EPTP_LIST_MAX,
				 AT(struct step, vmfunc.eptp_list),
				 .beside = offsetof(struct step, vmfunc.eptp_count) },
	[STEP_KEY_EXPECT] = { .name = "expect", LATER(LATER_EXPECT) },
	[STEP_KEY_MEM_AFTER] = { .name = "mem_after", LATER(LATER_MEM_AFTER) },
};
const struct key_table step_keys = { .keys = step_rows, .count = COUNT(step_rows), .choice = true };

_Static_assert(COUNT(scenario_rows) == SCENARIO_KEYS && COUNT(scenario_rows) <= 32, "a row a key");
_Static_assert(COUNT(step_rows) == STEP_KEYS && COUNT(step_rows) <= 32, "a row a key");
_Static_assert(COUNT(expect_rows) == EXPECT_FIELDS, "a row a field");
_Static_assert(COUNT(ve_info_rows) == VE_INFO_FIELDS, "a row a field");
_Static_assert(COUNT(access_rows) == STEP_KEY_OPERATION, "the keys of an access come first in a step");

/* Members are unsigned integers and bools of the host's byte order, which is
 * little-endian: their bytes are the low ones of a uint64_t. */
uint64_t key_load(const void *object, size_t offset, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)object + offset, size);
	return value;
}

void key_store(void *object, size_t offset, size_t size, uint64_t value)
{
	memcpy((char *)object + offset, &value, size);
}

const char *scenario_mode_name(enum scenario_mode m)
{
	return m < MODE_COUNT ? mode_names[m] : "?";
}

const char *step_kind_name(enum step_kind k)
{
	return k < STEP_KINDS ? step_rows[STEP_KEY_OPERATION + k].name : "?";
}
