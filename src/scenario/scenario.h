/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Scenarios: one machine state, one access or a sequence of steps, and what is
 * expected of them, as JSON Lines. docs/scenarios.md describes the language.
 */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include "scenario/cells.h"

#include <eptsim/access.h>
#include <eptsim/fault.h>
#include <eptsim/state.h>

#include <stdio.h>

struct json_t; /* jansson's */

/* What one line may hold at most. A line beyond a limit is bad input. */
#define SCENARIO_LINE_MAX ((size_t)64 << 20) /* bytes */
#define SCENARIO_VALUES_MAX 1000000          /* JSON values and keys */
#define SCENARIO_CELLS_MAX 100000            /* cells of one `mem`, `store` or `mem_after` */
#define SCENARIO_STEPS_MAX 10000
#define SCENARIO_EPTP_LIST_MAX 512 /* entries of the EPTP list */
#define SCENARIO_PML_LOG_MAX 512   /* entries of the page-modification log */
#define SCENARIO_ACCESS_SIZE_MAX 4096

/* mode, name, CR0.PG, CR4.PAE, EFER.LMA, CR4.LA57; -1: any.
 * SDM 3A, "Paging Modes and Control Bits". */
#define SCENARIO_MODES(X)                          \
	X(MODE_NOPAGING, "nopaging", 0, -1, 0, -1) \
	X(MODE_LEGACY32, "legacy32", 1, 0, 0, -1)  \
	X(MODE_PAE, "pae", 1, 1, 0, -1)            \
	X(MODE_IA32E4, "ia32e4", 1, 1, 1, 0)       \
	X(MODE_IA32E5, "ia32e5", 1, 1, 1, 1)

enum scenario_mode {
#define X(id, name, pg, pae, lma, la57) id,
	SCENARIO_MODES(X)
#undef X
	MODE_COUNT
};

/* The contents of the #VE information area (SDM 3C, "Virtualization-Exception
 * Information Area"). */
struct ve_info {
	uint32_t present; /* bit VE_INFO_*: the field is given */
	uint32_t reason;  /* basic exit reason */
	uint32_t busy;
	uint64_t qualification;
	uint64_t gla;
	uint64_t gpa;
	uint16_t eptp_index;
};

enum ve_info_field {
	VE_INFO_REASON,
	VE_INFO_BUSY,
	VE_INFO_QUALIFICATION,
	VE_INFO_GLA,
	VE_INFO_GPA,
	VE_INFO_EPTP_INDEX,
	VE_INFO_FIELDS
};

#define VE_INFO_ALL ((1u << VE_INFO_FIELDS) - 1)

/* The fields of an outcome, in the order in which they are compared and
 * written. */
enum expect_field {
	EXPECT_OUTCOME,
	EXPECT_HPA,
	EXPECT_HPA2,
	EXPECT_ERROR_CODE,
	EXPECT_CR2,
	EXPECT_QUALIFICATION,
	EXPECT_GPA,
	EXPECT_GLA,
	EXPECT_MEMTYPE,
	EXPECT_MEMTYPE2,
	EXPECT_PML_INDEX,
	EXPECT_PML_LOG,
	EXPECT_VE_INFO,
	EXPECT_FIELDS
};

#define EXPECT_HAS(field) (1u << (field))

/* An outcome with its fields: one that is expected (those given are compared),
 * or one that was obtained (with every field that the outcome has). */
struct expect {
	uint32_t present; /* EXPECT_HAS(field) | ... */
	uint8_t outcome;  /* enum outcome */
	uint8_t memtype, memtype2; /* 0..7 */
	uint16_t pml_index;        /* afterwards */
	uint32_t error_code;
	uint64_t hpa;  /* of the first byte */
	uint64_t hpa2; /* page base of the second page of a crossing access */
	uint64_t cr2;
	uint64_t qualification;
	uint64_t gpa;
	uint64_t gla;
	uint64_t *pml_log; /* entries written, in order */
	size_t pml_log_count;
	struct ve_info ve_info;
};

enum step_kind {
	STEP_ACCESS,
	STEP_STORE, /* by the host: no translation, nothing is dropped */
	STEP_MOV_CR3,
	STEP_MOV_CR0,
	STEP_MOV_CR4,
	STEP_INVLPG,
	STEP_INVPCID,
	STEP_INVEPT,
	STEP_INVVPID,
	STEP_VMFUNC,
	STEP_VM_ENTRY,
	STEP_VM_EXIT,
	STEP_KINDS
};

/* Operands are what the guest puts into registers and descriptors: whether
 * they are valid is the machine's to judge, and a wrong one an outcome. */
struct step {
	uint8_t kind;         /* enum step_kind */
	bool mem_after_given; /* an empty mem_after says that nothing changed */
	union {
		struct access access;
		struct cell_list store;
		uint64_t value; /* STEP_MOV_CR0, _CR3, _CR4 */
		gva_t invlpg;
		struct {
			uint64_t type; /* the register operand */
			uint64_t pcid; /* descriptor 63:0 */
			gva_t gva;     /* descriptor 127:64 */
		} invpcid;
		struct {
			uint64_t type;
			uint64_t eptp;
		} invept;
		struct {
			uint64_t type;
			uint64_t vpid; /* descriptor 63:0 */
			gva_t gva;
		} invvpid;
		struct {
			uint32_t ecx;
			/* Entries from eptp_count to 511 are 0. */
			const uint64_t *eptp_list;
			size_t eptp_count;
		} vmfunc;
		struct {
			bool vpid_given; /* else the VPID stays */
			uint16_t vpid;
		} vm_entry;
	};
	struct expect expect; /* present = 0: nothing is expected of this step */
	struct cell_list mem_after;
};

struct scenario {
	const char *id;   /* "line N" if the scenario gives none */
	const char *file; /* as given to the reader */
	unsigned long line;
	uint8_t mode; /* enum scenario_mode */
	/* Agrees with `mode`; `pdpte` is 0 unless given. */
	struct paging_state state;
	/* PAE: the registers are given, as the VMCS guest-state area does.
	 * Otherwise they are loaded from CR3 before the first access. */
	bool pdpte_given;
	uint16_t pml_index; /* before the first step */
	struct cell_list mem;
	/* A single access is a sequence of one. */
	bool sequence; /* written as `steps` */
	struct step *steps;
	size_t step_count; /* at least 1 */
	struct json_t *json; /* the line, for scenario_write() */
};

struct scenario_reader;

/* Warnings (unknown keys, each name once per reader) go to `warnings`; NULL
 * drops them. */
struct scenario_reader *scenario_reader_create(FILE *warnings);
void scenario_reader_free(struct scenario_reader *r); /* NULL is allowed */

/* Reads from a file ("-": standard input), or from memory, which must stay
 * until the last scenario is read. What was open before is closed. 0, or -1
 * with an error set. */
int scenario_reader_open(struct scenario_reader *r, const char *path);
int scenario_reader_open_memory(struct scenario_reader *r, const char *name, const void *bytes,
                                size_t size);

/* The next scenario: 1, or 0 at the end, or -1 with an error set. The scenario
 * belongs to the reader and lives until the next call. After an error the
 * reader yields nothing more until something else is opened. */
int scenario_read(struct scenario_reader *r, const struct scenario **s);

/* "FILE:LINE: what was expected, what was found", without newline. */
const char *scenario_reader_error(const struct scenario_reader *r);

/* Name of a mode and of a kind of step, as in scenarios. */
const char *scenario_mode_name(enum scenario_mode m);
const char *step_kind_name(enum step_kind k);

#endif
