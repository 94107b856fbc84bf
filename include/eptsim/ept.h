/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Extended page tables: entries, the EPT pointer, the walk, and the operations
 * that software makes on an EPT. Runs unchanged on simulated and on real
 * memory. SDM 3C, "The Extended Page Table Mechanism (EPT)".
 */
#ifndef EPTSIM_EPT_H
#define EPTSIM_EPT_H

#include <eptsim/addr.h>
#include <eptsim/fault.h>
#include <eptsim/mem.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* EPT paging-structure entries (SDM 3C, "Format of an EPT ..."):
 *
 *   63    suppress #VE (leaf, or not-present entry)
 *   61    sub-page write permissions (4K leaf)
 *   60    supervisor shadow stack (leaf)
 *   58    paging-write access (leaf)
 *   57    verify guest paging (leaf)
 *   51:12 physical address of the table or page; above MAXPHYADDR reserved,
 *         below the page size reserved
 *   10    execute access for user-mode linear addresses (with MBE)
 *   9     dirty (leaf)
 *   8     accessed
 *   7     1: a PDPTE or PDE maps a page
 *   6     ignore PAT (leaf)
 *   5:3   memory type (leaf)
 *   2     execute access (with MBE: for supervisor-mode linear addresses)
 *   1     write access
 *   0     read access
 */
#define EPT_R (UINT64_C(1) << 0)
#define EPT_W (UINT64_C(1) << 1)
#define EPT_X (UINT64_C(1) << 2)
#define EPT_RWX (EPT_R | EPT_W | EPT_X)
#define EPT_TYPE_SHIFT 3
#define EPT_TYPE (UINT64_C(7) << EPT_TYPE_SHIFT)
#define EPT_IPAT (UINT64_C(1) << 6)
#define EPT_PAGE (UINT64_C(1) << 7)
#define EPT_A (UINT64_C(1) << 8)
#define EPT_D (UINT64_C(1) << 9)
#define EPT_XU (UINT64_C(1) << 10)
#define EPT_VGP (UINT64_C(1) << 57)
#define EPT_PWA (UINT64_C(1) << 58)
#define EPT_SSS (UINT64_C(1) << 60)
#define EPT_SPP (UINT64_C(1) << 61)
#define EPT_SVE (UINT64_C(1) << 63)
#define EPT_ADDRESS UINT64_C(0x000ffffffffff000)

/* EPT pointer (SDM 3C, "Format of Extended-Page-Table Pointer"). */
#define EPTP_TYPE UINT64_C(7)
#define EPTP_WALK_SHIFT 3
#define EPTP_WALK (UINT64_C(7) << EPTP_WALK_SHIFT) /* walk length minus 1 */
#define EPTP_AD (UINT64_C(1) << 6)
#define EPTP_SSS (UINT64_C(1) << 7)
#define EPTP_ADDRESS EPT_ADDRESS

/* Memory types (SDM 3A, "Memory Types That Can Be Encoded With PAT"). */
enum memory_type {
	MEMORY_UC = 0,
	MEMORY_WC = 1,
	MEMORY_WT = 4,
	MEMORY_WP = 5,
	MEMORY_WB = 6,
	MEMORY_UC_MINUS = 7 /* PAT only */
};

const char *memory_type_name(unsigned type);

/* An EPT as a processor of given capabilities sees it, and the masks that
 * follow. Made by ept_init(). */
struct ept {
	hpa_t root;
	uint8_t levels; /* 4 or 5 */
	uint8_t maxphyaddr;
	bool ad;  /* accessed and dirty flags are on */
	bool sss; /* supervisor shadow-stack control is on */
	bool mbe; /* mode-based execute control is on */
	bool pw;  /* paging-write control is on */
	bool exec_only, page_2m, page_1g;
	uint8_t type;              /* memory type of the structures */
	uint64_t present;          /* any of these bits: the entry is present */
	uint64_t address;          /* bits N-1:12 */
	uint64_t reserved_table[6]; /* by level: reserved in an entry that references a table */
	uint64_t reserved_page[6];  /* by level: reserved in an entry that maps a page */
};

/* Takes EPTP apart under IA32_VMX_EPT_VPID_CAP `cap` and MAXPHYADDR
 * `maxphyaddr` (36..52). Returns RULE_NONE, or the rule for which a VM entry
 * with this EPTP fails (SDM 3C, "VM-Execution Control Fields", EPT pointer). */
enum rule ept_init(struct ept *ept, uint64_t eptp, uint64_t cap, unsigned maxphyaddr, bool mbe,
		   bool pw);

/* What a walk met, level by level. */
struct ept_walk {
	uint8_t end;   /* enum walk_end: WALK_PAGE, WALK_NOT_PRESENT or WALK_BAD */
	uint8_t rule;  /* why, where it is not WALK_PAGE */
	uint8_t top;   /* level of the first entry read */
	uint8_t level; /* level of the last entry read */
	uint64_t above; /* AND of the entries above the first one read, where a cache knew them */
	uint64_t all;   /* AND of the entries used */
	uint64_t upper; /* AND of the entries above the last */
	hpa_t slot[6]; /* by level: where the entry lies */
	uint64_t entry[6];
};

/* Translates bits 47:0 (4 levels) or 56:0 (5) of `gpa`, from the root. Reads
 * entries and changes nothing; judges presence and well-formedness, not
 * rights (SDM 3C, "EPT Misconfigurations"). */
void ept_walk(const struct ept *ept, const struct mem *mem, gpa_t gpa, struct ept_walk *w);

/* After WALK_PAGE: log2 of the page's bytes, and the address within it. */
unsigned ept_walk_page_shift(const struct ept_walk *w);
hpa_t ept_walk_hpa(const struct ept *ept, const struct ept_walk *w, gpa_t gpa);

/* Is `gpa` too wide for this EPT? (ruling: docs/model.md, "GPA width") */
static inline bool ept_gpa_too_wide(const struct ept *ept, gpa_t gpa)
{
	return gpa.v >> (ept->levels == 5 ? 57 : 48) != 0;
}

/* The rule that `entry` breaks at `level` as a present entry, RULE_NONE if it is
 * well-formed or not present. */
enum rule ept_entry_rule(const struct ept *ept, unsigned level, uint64_t entry);

/* ---- Entries, as software makes them ---- */

enum ept_error {
	EPT_OK,
	EPT_UNALIGNED,      /* an address is not aligned to the page size */
	EPT_NOT_EXIST,      /* nothing is mapped there */
	EPT_DUPLICATED,     /* something is mapped there already */
	EPT_NO_FRAME,       /* no page frame for a table */
	EPT_BAD_PERMISSION, /* no permission, or one that is a misconfiguration */
	EPT_BAD_SIZE,       /* a page size that the processor does not support */
	EPT_BAD_ADDRESS,    /* an address wider than the EPT or the processor has */
	EPT_BAD_TYPE,       /* a memory type other than UC, WC, WT, WP, WB */
	EPT_NOT_UNIFORM     /* merge: the small pages do not make up a large one */
};

const char *ept_error_text(enum ept_error e);

/* An entry without a permission bit (2:0) is not present and has no address:
 * ept_entry_pa() then returns false and leaves *pa alone. */
bool ept_entry_pa(uint64_t entry, hpa_t *pa);
/* Everything of the entry but its address. */
uint64_t ept_entry_flags(uint64_t entry);
/* The entry with another address (`pa` 4K-aligned) or other permission bits
 * (of EPT_RWX | EPT_XU); the rest stays. */
uint64_t ept_entry_set_pa(uint64_t entry, hpa_t pa);
uint64_t ept_entry_set_perm(uint64_t entry, uint64_t perm);

/* ---- An EPT that software edits ----
 *
 * An operation that fails changes nothing, and its outputs are zero. Where more
 * than one error applies, map reports the first of: size, alignment, width,
 * memory type, permissions, what is there already, frames.
 *
 * Processors may walk the tables meanwhile: each operation takes effect with one
 * 64-bit store and is never seen half-done. But A and D flags that a processor
 * sets in an entry while an operation changes it may be lost.
 *
 * An entry that is not present is free, whatever its other bits. A malformed
 * entry (which these operations do not make) is nothing mapped to all but
 * ept_map(), which does not overwrite it.
 */

/* Frames for tables: one 4K frame, its content need not be zero. A frame that no
 * entry can reference (unaligned, or above MAXPHYADDR) is given back at once and
 * counts as none. A frame freed is linked no more, but processors may walk it
 * from their paging-structure caches until INVEPT: do not reuse it before. */
struct ept_frames {
	bool (*alloc)(void *ctx, hpa_t *frame);
	void (*free)(void *ctx, hpa_t frame);
	void *ctx;
};

struct ept_space {
	struct ept ept;
	const struct mem *mem;
	struct ept_frames frames;
};

/* What the leaf entry of a page says. EPT_XU is a permission only with mode-based
 * execute control, EPT_SPP a flag only of 4K pages: elsewhere map refuses them
 * (EPT_BAD_PERMISSION, as for any bit not listed) and lookup does not report them. */
struct ept_mapping {
	hpa_t hpa;
	uint8_t level; /* 1: 4K, 2: 2M, 3: 1G */
	uint8_t type;  /* enum memory_type */
	bool ipat;
	uint64_t perm;  /* of EPT_RWX | EPT_XU */
	uint64_t flags; /* further leaf bits: EPT_SVE, EPT_SPP, EPT_SSS, EPT_VGP, EPT_PWA, EPT_A, EPT_D */
};

/* Allocates the root and makes the EPTP for it in *eptp: `levels` 4 or 5,
 * structures of type WB, accessed/dirty flags as `ad`. EPT_BAD_SIZE where `cap`
 * does not support that, EPT_BAD_ADDRESS for a MAXPHYADDR outside 36..52.
 *
 * Mode-based execute control, paging-write and EPTP_SSS are off. Who wants them
 * calls ept_init() for s->ept once more, with the EPTP, before the first map: the
 * entries that reference tables depend on mode-based execute control. */
enum ept_error ept_space_create(struct ept_space *s, const struct mem *mem,
				struct ept_frames frames, unsigned levels, bool ad, uint64_t cap,
				unsigned maxphyaddr, uint64_t *eptp);
/* Frees every table, the root too. The pages mapped are not touched, nor are the
 * tables before they are freed: no processor may use the EPT any more. */
void ept_space_destroy(struct ept_space *s);

/* Maps the page of m->level at `gpa`. Tables are allocated as needed and grant
 * every right; if one cannot be, nothing has changed. EPT_DUPLICATED if any part
 * of the page is mapped already. No invalidation is needed. */
enum ept_error ept_map(struct ept_space *s, gpa_t gpa, const struct ept_mapping *m);

/* Unmaps the page at `gpa` (aligned to its size), returns it in *was if not
 * null, and frees tables that became empty (never the root). INVEPT is the
 * caller's. */
enum ept_error ept_unmap(struct ept_space *s, gpa_t gpa, struct ept_mapping *was);

/* The mapping of the page that holds `gpa` (any alignment); *slot, if not null,
 * is where its leaf entry lies. */
enum ept_error ept_lookup(const struct ept_space *s, gpa_t gpa, struct ept_mapping *m, hpa_t *slot);

/* Gives the page that holds `gpa` other permissions (EPT_BAD_PERMISSION for
 * none, or for a misconfiguration). INVEPT is the caller's where rights shrank. */
enum ept_error ept_protect(struct ept_space *s, gpa_t gpa, uint64_t perm);

/* Splits the large page that holds `gpa` into 512 pages of the next smaller
 * size with the same attributes, A and D included (all but bit 61, which a large
 * page ignores). EPT_BAD_SIZE for a 4K page, or if the next smaller size is not
 * supported. The entry changes in one store; hardware asks for break-before-make
 * only if it caches both sizes: INVEPT is the caller's. */
enum ept_error ept_split(struct ept_space *s, gpa_t gpa);

/* Merges the 512 pages of `level - 1` (`level` 2 or 3) in the naturally aligned
 * region that holds `gpa` into one; they must be contiguous, aligned and alike
 * (A and D are ORed) and without sub-page permissions, else EPT_NOT_UNIFORM: so
 * too where they are one large page already. EPT_NOT_EXIST if the region has no
 * table. Frees the table. INVEPT is the caller's. */
enum ept_error ept_merge(struct ept_space *s, gpa_t gpa, unsigned level);

/* Translates without judging rights or setting flags. EPT_BAD_ADDRESS for a `gpa`
 * that is too wide, as in the operations above. */
enum ept_error gpa2hpa(const struct ept_space *s, gpa_t gpa, hpa_t *hpa);

#ifdef __cplusplus
}
#endif

#endif
