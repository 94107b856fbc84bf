/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/fields.h"

#define TABLE(rows)                                    \
	{                                              \
		rows, sizeof(rows) / sizeof((rows)[0]) \
	}

/* clang-format off */

/* SDM 3A, "Format of ..." tables of each paging mode. */
static const struct field guest_entry[] = {
	{ 0, 0, 0, FORM_FLAG, "P", "P (present)", "the entry is present", "the entry is not present" },
	{ 1, 1, FOR_RIGHTS, FORM_FLAG, "RW", "R/W", "writes are allowed",
	  "read-only (a supervisor may still write if CR0.WP = 0)" },
	{ 2, 2, FOR_RIGHTS, FORM_FLAG, "US", "U/S", "user accesses are allowed", "for the supervisor only" },
	{ 3, 3, 0, FORM_FLAG, "PWT", "PWT", "bit 0 of the PAT index is 1", "bit 0 of the PAT index is 0" },
	{ 4, 4, 0, FORM_FLAG, "PCD", "PCD", "bit 1 of the PAT index is 1", "bit 1 of the PAT index is 0" },
	{ 5, 5, FOR_RIGHTS, FORM_FLAG, "A", "A (accessed)", "was used by a translation", "not used yet" },
	{ 6, 6, FOR_PAGE, FORM_FLAG, "D", "D (dirty)", "the page was written", "the page was not written yet" },
	{ 7, 7, FOR_PS | FOR_PAGE, FORM_FLAG, "PS", "PS (page size)", "the entry maps a large page", NULL },
	{ 7, 7, FOR_PS | FOR_TABLE, FORM_FLAG, NULL, "PS (page size)", NULL, "the entry references a table" },
	{ 7, 7, FOR_4K, FORM_FLAG, "PAT", "PAT", "bit 2 of the PAT index is 1", "bit 2 of the PAT index is 0" },
	{ 8, 8, FOR_PAGE | IF_GLOBAL, FORM_FLAG, "G", "G (global)", "the translation is the same under every PCID", "not global" },
	{ 11, 11, FOR_RIGHTS | FOR_8_BYTE | IF_HLAT, FORM_FLAG, "RESTART", "R (restart)",
	  "HLAT paging hands this translation to ordinary paging", "HLAT paging goes on" },
	{ 12, 12, FOR_LARGE, FORM_FLAG, "PAT", "PAT", "bit 2 of the PAT index is 1", "bit 2 of the PAT index is 0" },
	{ 20, 13, FOR_PSE36, FORM_HIGH, NULL, "address 39:32", NULL, NULL },
	{ 31, 22, FOR_PSE36, FORM_NEXT, NULL, "address", NULL, NULL },
	{ 51, 12, FOR_ADDRESS_12, FORM_NEXT, NULL, "address", NULL, NULL },
	{ 51, 13, FOR_ADDRESS_13, FORM_NEXT, NULL, "address", NULL, NULL },
	{ 62, 59, FOR_PAGE | FOR_8_BYTE | IF_KEYS, FORM_NUMBER, "KEY", "protection key", NULL, NULL },
	{ 63, 63, FOR_RIGHTS | FOR_8_BYTE | IF_NX, FORM_FLAG, "XD", "XD (execute-disable)",
	  "instruction fetches are not allowed", "instruction fetches are allowed" },
};

/* SDM 3C, "Format of an EPT ..." tables. */
static const struct field ept_entry[] = {
	{ 0, 0, 0, FORM_FLAG, "R", "R (read)", "reads are allowed", "reads are not allowed" },
	{ 1, 1, 0, FORM_FLAG, "W", "W (write)", "writes are allowed", "writes are not allowed" },
	{ 2, 2, IF_NO_MBE, FORM_FLAG, "X", "X (execute)", "instruction fetches are allowed",
	  "instruction fetches are not allowed" },
	{ 2, 2, IF_MBE_TOO, FORM_FLAG, "XS", "XS (supervisor execute)", "fetches from supervisor-mode addresses are allowed",
	  "fetches from supervisor-mode addresses are not allowed" },
	{ 5, 3, FOR_PAGE, FORM_EPT_TYPE, "TYPE", "memory type", NULL, NULL },
	{ 6, 6, FOR_PAGE, FORM_FLAG, "IPAT", "IPAT (ignore PAT)", "the guest's PAT type is ignored",
	  "the memory type combines with the guest's PAT type" },
	{ 7, 7, FOR_PS | FOR_PAGE, FORM_FLAG, "PS", "page", "the entry maps a large page", NULL },
	{ 7, 7, FOR_PS | FOR_TABLE, FORM_FLAG, NULL, "page", NULL, "the entry references a table" },
	{ 8, 8, IF_EPT_AD, FORM_FLAG, "A", "A (accessed)", "was used by a translation", "not used yet" },
	{ 9, 9, FOR_PAGE | IF_EPT_AD, FORM_FLAG, "D", "D (dirty)", "the page was written", "the page was not written yet" },
	{ 10, 10, IF_MBE, FORM_FLAG, "XU", "XU (user execute)", "fetches from user-mode addresses are allowed",
	  "fetches from user-mode addresses are not allowed" },
	{ 51, 12, 0, FORM_NEXT, NULL, "address", NULL, NULL },
	{ 57, 57, FOR_PAGE | IF_VGP, FORM_FLAG, "VGP", "VGP (verify guest paging)",
	  "guest tables must be read through paging-write pages", "guest paging is not verified" },
	{ 58, 58, FOR_PAGE | IF_PW, FORM_FLAG, "PWA", "PWA (paging-write access)",
	  "paging writes are allowed even if W = 0", "paging writes need W" },
	{ 60, 60, FOR_PAGE | IF_SSS, FORM_FLAG, "SSS", "SSS (supervisor shadow stack)",
	  "supervisor shadow-stack accesses are allowed", "no supervisor shadow-stack page" },
	{ 61, 61, FOR_4K | IF_SPP, FORM_FLAG, "SPP", "SPP (sub-page permissions)",
	  "a write that lacks W is judged for its 128-byte region", "the page is judged as a whole" },
	{ 63, 63, FOR_PAGE | IF_VE, FORM_FLAG, "SVE", "SVE (suppress #VE)",
	  "an EPT violation here is a VM exit", "an EPT violation here can become #VE" },
};

/* SDM 3C, "Format of Extended-Page-Table Pointer". */
static const struct field eptp[] = {
	{ 2, 0, 0, FORM_EPT_TYPE, NULL, "memory type", NULL, NULL },
	{ 5, 3, 0, FORM_WALK_LENGTH, NULL, "walk length - 1", NULL, NULL },
	{ 6, 6, 0, FORM_FLAG, NULL, "A/D", "accessed and dirty flags are on",
	  "accessed and dirty flags are off" },
	{ 7, 7, 0, FORM_FLAG, NULL, "SSS", "supervisor shadow-stack control is on",
	  "supervisor shadow-stack control is off" },
	{ 51, 12, 0, FORM_HPA, NULL, "address", "of the top EPT table", NULL },
};

/* SDM 3C, "Exit Qualification for EPT Violations". */
static const struct field qualification[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "read", "the access was a read", NULL },
	{ 1, 1, 0, FORM_FLAG, NULL, "write", "the access was a write", NULL },
	{ 2, 2, 0, FORM_FLAG, NULL, "fetch", "the access was an instruction fetch", NULL },
	{ 3, 3, 0, FORM_FLAG, NULL, "readable", "all EPT entries used allow reads (bit 0)",
	  "an EPT entry used does not allow reads, or is not present" },
	{ 4, 4, 0, FORM_FLAG, NULL, "writable", "all EPT entries used allow writes (bit 1)",
	  "an EPT entry used does not allow writes, or is not present" },
	{ 5, 5, 0, FORM_FLAG, NULL, "executable", "all EPT entries used allow fetches (bit 2)",
	  "an EPT entry used does not allow fetches, or is not present" },
	{ 6, 6, 0, FORM_FLAG, NULL, "user-executable", "all EPT entries used allow fetches from user-mode addresses (bit 10)",
	  NULL },
	{ 7, 7, 0, FORM_FLAG, NULL, "GLA valid", "the guest linear address field is valid",
	  "no linear address was translated (a load of PDPTE registers)" },
	{ 8, 8, 0, FORM_FLAG, NULL, "final access", "the access itself: what the linear address translates to",
	  "an access to a guest paging structure on the way" },
	{ 9, 9, 0, FORM_FLAG, NULL, "user page", "the linear address is a user-mode address", NULL },
	{ 10, 10, 0, FORM_FLAG, NULL, "read/write page", "guest paging allows writes to it", NULL },
	{ 11, 11, 0, FORM_FLAG, NULL, "execute-disable page", "guest paging does not allow fetches from it", NULL },
	{ 12, 12, 0, FORM_FLAG, NULL, "NMI unblocking", "an IRET had unblocked NMIs", NULL },
	{ 13, 13, 0, FORM_FLAG, NULL, "shadow stack", "the access was a shadow-stack access", NULL },
	{ 14, 14, 0, FORM_FLAG, NULL, "shadow-stack page", "the EPT leaf has bit 60 (supervisor shadow stack) set", NULL },
	{ 15, 15, 0, FORM_FLAG, NULL, "verification", "guest-paging verification is the cause", NULL },
	{ 16, 16, 0, FORM_FLAG, NULL, "asynchronous", "not caused by the instruction at hand (trace, PEBS, user interrupt)", NULL },
};

/* SDM 3C, "Exit Qualification for SPP-Related Events". */
static const struct field spp_qualification[] = {
	{ 11, 11, 0, FORM_FLAG, NULL, "miss", "SPP miss: a table entry is not valid",
	  "SPP misconfiguration: a table entry has a reserved bit set" },
	{ 12, 12, 0, FORM_FLAG, NULL, "NMI unblocking", "an IRET had unblocked NMIs", NULL },
};

/* SDM 3A, "Page-Fault Error Code". */
static const struct field error_code[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "P", "the page is mapped: rights or a reserved bit are the cause",
	  "an entry was not present" },
	{ 1, 1, 0, FORM_FLAG, NULL, "W/R", "the access was a write", "the access was a read or a fetch" },
	{ 2, 2, 0, FORM_FLAG, NULL, "U/S", "a user access", "a supervisor access" },
	{ 3, 3, 0, FORM_FLAG, NULL, "RSVD", "an entry has a reserved bit set", NULL },
	{ 4, 4, 0, FORM_FLAG, NULL, "I/D", "the access was an instruction fetch", NULL },
	{ 5, 5, 0, FORM_FLAG, NULL, "PK", "the page's protection key forbids the access", NULL },
	{ 6, 6, 0, FORM_FLAG, NULL, "SS", "the access was a shadow-stack access", NULL },
	{ 7, 7, 0, FORM_FLAG, NULL, "HLAT", "met during HLAT paging", NULL },
	{ 15, 15, 0, FORM_FLAG, NULL, "SGX", "a rule of SGX is the cause, not paging", NULL },
};

/* SDM 3D, "VPID and EPT Capabilities". */
static const struct field cap[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "execute-only", "EPT entries may be execute-only", "no execute-only EPT entries" },
	{ 6, 6, 0, FORM_FLAG, NULL, "walk length 4", "EPT of 4 levels", "no EPT of 4 levels" },
	{ 7, 7, 0, FORM_FLAG, NULL, "walk length 5", "EPT of 5 levels", "no EPT of 5 levels" },
	{ 8, 8, 0, FORM_FLAG, NULL, "UC", "EPT structures may be uncacheable", "EPT structures may not be uncacheable" },
	{ 14, 14, 0, FORM_FLAG, NULL, "WB", "EPT structures may be write-back", "EPT structures may not be write-back" },
	{ 16, 16, 0, FORM_FLAG, NULL, "2M pages", "EPT can map 2M pages", "EPT cannot map 2M pages" },
	{ 17, 17, 0, FORM_FLAG, NULL, "1G pages", "EPT can map 1G pages", "EPT cannot map 1G pages" },
	{ 20, 20, 0, FORM_FLAG, NULL, "INVEPT", "INVEPT exists", "no INVEPT" },
	{ 21, 21, 0, FORM_FLAG, NULL, "A/D", "EPT can have accessed and dirty flags", "EPT has no accessed and dirty flags" },
	{ 22, 22, 0, FORM_FLAG, NULL, "advanced information", "EPT violations report the guest page's rights (bits 11:9)",
	  "EPT violations do not report the guest page's rights" },
	{ 23, 23, 0, FORM_FLAG, NULL, "SSS", "supervisor shadow-stack control", "no supervisor shadow-stack control" },
	{ 25, 25, 0, FORM_FLAG, NULL, "INVEPT single", "INVEPT of one EPTP (type 1)", "no INVEPT of one EPTP" },
	{ 26, 26, 0, FORM_FLAG, NULL, "INVEPT all", "INVEPT of all EPTPs (type 2)", "no INVEPT of all EPTPs" },
	{ 32, 32, 0, FORM_FLAG, NULL, "INVVPID", "INVVPID exists", "no INVVPID" },
	{ 40, 40, 0, FORM_FLAG, NULL, "INVVPID address", "INVVPID of one address (type 0)", "no INVVPID of one address" },
	{ 41, 41, 0, FORM_FLAG, NULL, "INVVPID single", "INVVPID of one VPID (type 1)", "no INVVPID of one VPID" },
	{ 42, 42, 0, FORM_FLAG, NULL, "INVVPID all", "INVVPID of all VPIDs (type 2)", "no INVVPID of all VPIDs" },
	{ 43, 43, 0, FORM_FLAG, NULL, "INVVPID keep globals", "INVVPID of one VPID but its globals (type 3)",
	  "no INVVPID that keeps globals" },
	{ 53, 48, 0, FORM_NUMBER, NULL, "HLAT prefix", "(maximum HLAT prefix size)", NULL },
};

/* SDM 3A, "Control Registers". */
static const struct field cr0[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "PE", "protected mode", "real-address mode" },
	{ 1, 1, 0, FORM_FLAG, NULL, "MP", "monitor coprocessor", NULL },
	{ 2, 2, 0, FORM_FLAG, NULL, "EM", "emulate the coprocessor", NULL },
	{ 3, 3, 0, FORM_FLAG, NULL, "TS", "task switched", NULL },
	{ 4, 4, 0, FORM_FLAG, NULL, "ET", "extension type: always 1", NULL },
	{ 5, 5, 0, FORM_FLAG, NULL, "NE", "native floating-point errors", NULL },
	{ 16, 16, 0, FORM_FLAG, NULL, "WP", "a supervisor cannot write read-only pages",
	  "a supervisor can write read-only pages" },
	{ 18, 18, 0, FORM_FLAG, NULL, "AM", "alignment mask", NULL },
	{ 29, 29, 0, FORM_FLAG, NULL, "NW", "not write-through", NULL },
	{ 30, 30, 0, FORM_FLAG, NULL, "CD", "caches are disabled: memory is uncacheable", NULL },
	{ 31, 31, 0, FORM_FLAG, NULL, "PG", "paging is on", "paging is off" },
};

static const struct field cr3[] = {
	{ 3, 3, IF_NO_PCIDE, FORM_FLAG, NULL, "PWT", "bit 0 of the PAT index of the top table", NULL },
	{ 4, 4, IF_NO_PCIDE, FORM_FLAG, NULL, "PCD", "bit 1 of the PAT index of the top table", NULL },
	{ 11, 0, IF_PCIDE, FORM_NUMBER, NULL, "PCID", "(process-context identifier)", NULL },
	{ 51, 12, 0, FORM_GPA, NULL, "address", "of the top table", NULL },
};

static const struct field cr4[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "VME", "virtual-8086 extensions", NULL },
	{ 1, 1, 0, FORM_FLAG, NULL, "PVI", "protected-mode virtual interrupts", NULL },
	{ 2, 2, 0, FORM_FLAG, NULL, "TSD", "RDTSC for the supervisor only", NULL },
	{ 3, 3, 0, FORM_FLAG, NULL, "DE", "debugging extensions", NULL },
	{ 4, 4, 0, FORM_FLAG, NULL, "PSE", "32-bit paging has 4M pages", "32-bit paging has 4K pages only" },
	{ 5, 5, 0, FORM_FLAG, NULL, "PAE", "8-byte entries: PAE, 4-level or 5-level paging",
	  "4-byte entries: 32-bit paging" },
	{ 6, 6, 0, FORM_FLAG, NULL, "MCE", "machine-check exceptions", NULL },
	{ 7, 7, 0, FORM_FLAG, NULL, "PGE", "global pages", "G flags are ignored" },
	{ 8, 8, 0, FORM_FLAG, NULL, "PCE", "RDPMC for users", NULL },
	{ 9, 9, 0, FORM_FLAG, NULL, "OSFXSR", "the system uses FXSAVE", NULL },
	{ 10, 10, 0, FORM_FLAG, NULL, "OSXMMEXCPT", "the system handles #XM", NULL },
	{ 11, 11, 0, FORM_FLAG, NULL, "UMIP", "SGDT and its like for the supervisor only", NULL },
	{ 12, 12, 0, FORM_FLAG, NULL, "LA57", "in IA-32e mode: 5-level paging", "in IA-32e mode: 4-level paging" },
	{ 13, 13, 0, FORM_FLAG, NULL, "VMXE", "VMX is enabled", NULL },
	{ 14, 14, 0, FORM_FLAG, NULL, "SMXE", "safer mode extensions", NULL },
	{ 16, 16, 0, FORM_FLAG, NULL, "FSGSBASE", "RDFSBASE and its like", NULL },
	{ 17, 17, 0, FORM_FLAG, NULL, "PCIDE", "process-context identifiers", NULL },
	{ 18, 18, 0, FORM_FLAG, NULL, "OSXSAVE", "the system uses XSAVE", NULL },
	{ 19, 19, 0, FORM_FLAG, NULL, "KL", "key locker", NULL },
	{ 20, 20, 0, FORM_FLAG, NULL, "SMEP", "a supervisor cannot fetch from user-mode addresses", NULL },
	{ 21, 21, 0, FORM_FLAG, NULL, "SMAP", "a supervisor cannot access user-mode addresses (unless RFLAGS.AC = 1)",
	  NULL },
	{ 22, 22, 0, FORM_FLAG, NULL, "PKE", "protection keys of user-mode addresses (PKRU)", NULL },
	{ 23, 23, 0, FORM_FLAG, NULL, "CET", "control-flow enforcement: shadow stacks", NULL },
	{ 24, 24, 0, FORM_FLAG, NULL, "PKS", "protection keys of supervisor-mode addresses (IA32_PKRS)", NULL },
	{ 25, 25, 0, FORM_FLAG, NULL, "UINTR", "user interrupts", NULL },
	{ 27, 27, 0, FORM_FLAG, NULL, "LASS", "linear-address space separation (not modelled)", NULL },
	{ 28, 28, 0, FORM_FLAG, NULL, "LAM_SUP", "supervisor linear-address masking (not modelled)", NULL },
	{ 32, 32, 0, FORM_FLAG, NULL, "FRED", "flexible return and event delivery", NULL },
};

static const struct field efer[] = {
	{ 0, 0, 0, FORM_FLAG, NULL, "SCE", "SYSCALL is enabled", NULL },
	{ 8, 8, 0, FORM_FLAG, NULL, "LME", "IA-32e mode is enabled", "IA-32e mode is not enabled" },
	{ 10, 10, 0, FORM_FLAG, NULL, "LMA", "IA-32e mode is active", "IA-32e mode is not active" },
	{ 11, 11, 0, FORM_FLAG, NULL, "NXE", "XD flags count", "XD flags are reserved" },
};

#define KEY(k) { 2 * (k) + 1, 2 * (k), 0, FORM_KEY_RIGHTS, NULL, "key " #k, NULL, NULL }
static const struct field keys[] = {
	KEY(0), KEY(1), KEY(2),  KEY(3),  KEY(4),  KEY(5),  KEY(6),  KEY(7),
	KEY(8), KEY(9), KEY(10), KEY(11), KEY(12), KEY(13), KEY(14), KEY(15),
};

#define PA(i) { 8 * (i) + 7, 8 * (i), 0, FORM_MEMORY_TYPE, NULL, "PA" #i, NULL, NULL }
static const struct field pat[] = { PA(0), PA(1), PA(2), PA(3), PA(4), PA(5), PA(6), PA(7) };

/* SDM 3C, "Virtualization-Exception Information Area". */
static const struct field ve_0[] = {
	{ 31, 0, 0, FORM_EXIT_REASON, NULL, "exit reason", NULL, NULL },
	{ 63, 32, 0, FORM_NUMBER, NULL, "busy", "(not 0: no further #VE until software clears it)", NULL },
};
static const struct field ve_2[] = { { 63, 0, 0, FORM_GVA, NULL, "guest linear address", "", NULL } };
static const struct field ve_3[] = { { 63, 0, 0, FORM_GPA, NULL, "guest-physical address", "", NULL } };
static const struct field ve_4[] = { { 15, 0, 0, FORM_NUMBER, NULL, "EPTP index", "", NULL } };

/* clang-format on */

const struct field_table field_tables[DECODE_KIND_COUNT] = {
	[DECODE_GUEST_ENTRY] = TABLE(guest_entry),
	[DECODE_EPT_ENTRY] = TABLE(ept_entry),
	[DECODE_EPTP] = TABLE(eptp),
	[DECODE_QUALIFICATION] = TABLE(qualification),
	[DECODE_SPP_QUALIFICATION] = TABLE(spp_qualification),
	[DECODE_ERROR_CODE] = TABLE(error_code),
	[DECODE_CAP] = TABLE(cap),
	[DECODE_CR0] = TABLE(cr0),
	[DECODE_CR3] = TABLE(cr3),
	[DECODE_CR4] = TABLE(cr4),
	[DECODE_EFER] = TABLE(efer),
	[DECODE_PKRU] = TABLE(keys),
	[DECODE_PKRS] = TABLE(keys),
	[DECODE_PAT] = TABLE(pat),
};

const struct field_table field_tables_ve[5] = {
	TABLE(ve_0), TABLE(qualification), TABLE(ve_2), TABLE(ve_3), TABLE(ve_4),
};

const char *feature_missing(uint32_t missing)
{
	static const struct {
		uint32_t feature;
		const char *text;
	} names[] = {
		{ IF_NX, "EFER.NXE = 0" },
		{ IF_KEYS, "protection keys are off" },
		{ IF_GLOBAL, "CR4.PGE = 0" },
		{ IF_HLAT, "only HLAT paging knows it" },
		{ IF_EPT_AD, "EPTP bit 6 is 0: accessed and dirty flags are off" },
		{ IF_MBE, "mode-based execute control is off" },
		{ IF_SSS, "EPTP bit 7 is 0" },
		{ IF_SPP, "sub-page write permissions are off" },
		{ IF_PW, "the paging-write control is off" },
		{ IF_VGP, "guest-paging verification is off" },
		{ IF_VE, "EPT-violation #VE is off" },
		{ IF_PCIDE, "CR4.PCIDE = 0" },
		{ IF_NO_PCIDE, "CR4.PCIDE = 1" },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (missing & names[i].feature)
			return names[i].text;
	return "it takes no part";
}
