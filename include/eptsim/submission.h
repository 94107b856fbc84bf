/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What you write, and what the grader gives you: the C interface of a graded
 * implementation of extended page tables (EPT).
 *
 * You implement the functions at the end of this file, in C or in any language
 * that can export C functions. They write real EPT entries into simulated
 * memory. The grader then lets a simulated processor walk those entries: what
 * counts is what the hardware would do with them.
 *
 * Three kinds of address, all uint64_t here:
 *   gva  guest-virtual: what a program in the guest uses
 *   gpa  guest-physical: what the guest's own page tables yield
 *   hpa  host-physical: what the EPT yields, and what its entries contain
 */
#ifndef EPTSIM_SUBMISSION_H
#define EPTSIM_SUBMISSION_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a function answers. */
enum lab_result {
	LAB_OK = 0,
	LAB_UNALIGNED = 1,      /* an address is not a multiple of the page size */
	LAB_NOT_EXIST = 2,      /* nothing is mapped there */
	LAB_DUPLICATED = 3,     /* something is mapped there already */
	LAB_NO_FRAME = 4,       /* alloc_frame had no frame left */
	LAB_BAD_PERMISSION = 5, /* no permission at all, or bits besides LAB_R, LAB_W, LAB_X */
	LAB_BAD_ADDRESS = 6,    /* gpa beyond what the EPT translates, hpa beyond MAXPHYADDR */
	LAB_BAD_TYPE = 7,       /* no such memory type */
	LAB_BAD_SIZE = 8,       /* the processor has no pages of this size */
	LAB_NOT_UNIFORM = 9,    /* merge: the small pages do not make up one large page */
	LAB_NOT_IMPLEMENTED = -1
};

/* Permissions: bits 0, 1, 2 of an EPT entry. */
#define LAB_R 1u
#define LAB_W 2u
#define LAB_X 4u

/* Memory types: bits 5:3 of an entry that maps a page. */
#define LAB_UC 0u
#define LAB_WC 1u
#define LAB_WT 4u
#define LAB_WP 5u
#define LAB_WB 6u

/* Bits of `capabilities`, the MSR IA32_VMX_EPT_VPID_CAP. */
#define LAB_CAP_EXECUTE_ONLY (1ull << 0) /* entries with X and without R */
#define LAB_CAP_WALK_4 (1ull << 6)
#define LAB_CAP_WALK_5 (1ull << 7)
#define LAB_CAP_UC (1ull << 8)  /* EPTP memory type 0 */
#define LAB_CAP_WB (1ull << 14) /* EPTP memory type 6 */
#define LAB_CAP_2M (1ull << 16)
#define LAB_CAP_1G (1ull << 17)
#define LAB_CAP_INVEPT (1ull << 20)
#define LAB_CAP_AD (1ull << 21) /* accessed and dirty flags */
#define LAB_CAP_INVEPT_SINGLE (1ull << 25)
#define LAB_CAP_INVEPT_ALL (1ull << 26)

/* Types of invept(). */
#define LAB_INVEPT_SINGLE 1u /* everything of one EPTP */
#define LAB_INVEPT_ALL 2u    /* everything */

/* The machine you work on. It stays the same for the whole test. */
struct lab {
	uint64_t root;           /* hpa of the root table: a frame of yours, filled with zeros */
	uint64_t eptp;           /* the EPT pointer in force (0 while lab_eptp makes it) */
	uint64_t capabilities;   /* LAB_CAP_... */
	unsigned maxphyaddr;     /* an hpa has this many bits, 36..52 */
	unsigned levels;         /* of the EPT: 4 or 5 */
	unsigned processors;     /* how many there are: 2 */
	int want_accessed_dirty; /* the EPT is to keep accessed and dirty flags, if it can */

	/* A 4K frame for a table: its hpa in *hpa, and 0; or -1 if none is left. The
	 * frame contains rubbish. */
	int (*alloc_frame)(uint64_t *hpa);
	void (*free_frame)(uint64_t hpa);
	/* Where you can reach the memory at `hpa`; NULL if there is none. The frames
	 * you allocated may be written, the guest's memory only read. */
	void *(*frame_pointer)(uint64_t hpa);

	/* INVEPT and INVVPID as executed on processor 0, 1, ...: 0, or -1 where the
	 * instruction fails (VMfail). */
	int (*invept)(unsigned processor, unsigned type, uint64_t eptp);
	int (*invvpid)(unsigned processor, unsigned type, unsigned vpid, uint64_t gva);

	/* For lab_on_violation: the page of memory that the guest is to see at `gpa`
	 * (4K-aligned). 0, or -1 where the guest has no memory. */
	int (*backing)(uint64_t gpa, uint64_t *hpa);
};

/* What lab_walk says about the page that holds a gpa. */
struct lab_page {
	uint64_t hpa;   /* what `gpa` translates to: in a large page not its first byte */
	unsigned perm;  /* LAB_R | LAB_W | LAB_X as the entry grants them */
	unsigned type;  /* LAB_UC ... */
	unsigned level; /* 1: 4K page, 2: 2M, 3: 1G */
};

/* ---- You must write these ---- */

/* One entry: its address (bits 51:12, the others 0), everything but its address,
 * and the entry with another address or other permissions, the rest as it was. */
uint64_t lab_entry_pa(uint64_t entry);
uint64_t lab_entry_flags(uint64_t entry);
uint64_t lab_entry_set_pa(uint64_t entry, uint64_t hpa);
uint64_t lab_entry_set_perm(uint64_t entry, unsigned perm);

/* Map the 4K page at `gpa` to `hpa`. Tables that are missing are allocated. A
 * processor has no page that can be written or (without LAB_CAP_EXECUTE_ONLY)
 * executed but not read: where such a one is asked for, grant LAB_R too. An error
 * changes nothing, and leaves no frame allocated. */
int lab_map(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type);

/* Unmap the page at `gpa`, which is aligned to that page's size. Frees tables that
 * have become empty, never the root. When it returns, no processor uses the old
 * translation any more. */
int lab_unmap(const struct lab *lab, uint64_t gpa);

/* Look up the page that holds `gpa` (4K-aligned). On an error *page is all 0. */
int lab_walk(const struct lab *lab, uint64_t gpa, struct lab_page *page);

/* Translate any gpa, and any gva through the guest's 4-level page tables (which
 * begin at CR3, contain gpas, and know 4K, 2M and 1G pages) as the guest's kernel
 * would read it. LAB_NOT_EXIST where the guest or the EPT has no page there. On an
 * error *hpa is 0. */
int lab_gpa2hpa(const struct lab *lab, uint64_t gpa, uint64_t *hpa);
int lab_gva2hpa(const struct lab *lab, uint64_t cr3, uint64_t gva, uint64_t *hpa);

/* ---- You may write these; each is graded if it is there ---- */

/* The EPT pointer for lab->root: write-back tables if the processor can. */
uint64_t lab_eptp(const struct lab *lab);

/* lab_map for a page of level 2 (2M) or 3 (1G). */
int lab_map_large(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                  unsigned level);

/* Give the page that holds `gpa` other permissions, by the rule of lab_map. When
 * it returns, no processor uses the old ones any more. */
int lab_protect(const struct lab *lab, uint64_t gpa, unsigned perm);

/* Split the large page that holds `gpa` into 512 pages of the next smaller size;
 * nothing else about the memory changes. LAB_BAD_SIZE for a 4K page. Merge the 512
 * pages of level - 1 around `gpa` into one of `level` (2 or 3), if they are
 * contiguous, aligned and alike, and free their table. A processor must never
 * find two sizes for one gpa: break before make. */
int lab_split(const struct lab *lab, uint64_t gpa);
int lab_merge(const struct lab *lab, uint64_t gpa, unsigned level);

/* An EPT violation. Map what lab->backing says, readable, writable and executable,
 * write-back, and answer LAB_OK: the guest tries again. Any other answer stops it. */
struct lab_violation {
	uint64_t qualification; /* exit qualification */
	uint64_t gpa, gva;
	unsigned processor; /* on which it happened */
};

int lab_on_violation(const struct lab *lab, const struct lab_violation *violation);

/* Do what a processor does for one access of the guest: 4-level paging, CR0.WP = 1,
 * EFER.NXE = 1, no SMEP, SMAP or protection keys, no caches. Set the flags in the
 * guest's tables (which may be written here) and, if lab->eptp asks for them, in
 * the EPT: those of the EPT as soon as an EPT walk has succeeded; the guest's, top
 * down, once the guest's rights were judged good and before the final gpa is
 * translated. */
enum lab_access_type { LAB_READ, LAB_WRITE, LAB_FETCH };

struct lab_access {
	uint64_t cr3, gva;
	unsigned size; /* bytes, 1..4096: it may cross into the next page */
	unsigned type; /* enum lab_access_type */
	int user;      /* at CPL 3 */
};

enum lab_event_kind { LAB_DONE, LAB_PAGE_FAULT, LAB_EPT_VIOLATION, LAB_EPT_MISCONFIG };

struct lab_event {
	unsigned kind;       /* enum lab_event_kind */
	uint64_t hpa;        /* LAB_DONE: of the first byte */
	unsigned error_code; /* LAB_PAGE_FAULT: these two */
	uint64_t cr2;
	uint64_t qualification; /* LAB_EPT_VIOLATION: exit qualification, bits 8:0 */
	uint64_t gpa;           /* LAB_EPT_VIOLATION, LAB_EPT_MISCONFIG */
	uint64_t gla;           /* LAB_EPT_VIOLATION */
};

int lab_translate(const struct lab *lab, const struct lab_access *access, struct lab_event *event);

#ifdef __cplusplus
}
#endif

#endif
