/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A translation regime: a paging state and everything that follows from it
 * (mode, reserved bits, rights tables), worked out once and used by many
 * accesses.
 */
#ifndef MMU_REGIME_H
#define MMU_REGIME_H

#include "mmu/rights.h"

#include <eptsim/ept.h>
#include <eptsim/state.h>

/* SDM 3A, "Paging Modes and Control Bits". */
enum paging_mode { PAGING_NONE, PAGING_32BIT, PAGING_PAE, PAGING_4LEVEL, PAGING_5LEVEL };

const char *paging_mode_name(enum paging_mode mode);

/* Guest paging-structure entries. 4-byte entries have the low half of them.
 *
 *   63    execute-disable (EFER.NXE)
 *   62:59 protection key of a leaf (CR4.PKE, CR4.PKS)
 *   51:12 physical address
 *   12    PAT of a leaf that maps a large page
 *   11    restart (HLAT paging)
 *   8     global (leaf)
 *   7     a PDPTE or PDE maps a page (PS); PAT of a PTE
 *   6     dirty (leaf)
 *   5     accessed
 *   4     PCD
 *   3     PWT
 *   2     user/supervisor
 *   1     read/write
 *   0     present
 */
#define PTE_P (UINT64_C(1) << 0)
#define PTE_RW (UINT64_C(1) << 1)
#define PTE_US (UINT64_C(1) << 2)
#define PTE_PWT (UINT64_C(1) << 3)
#define PTE_PCD (UINT64_C(1) << 4)
#define PTE_A (UINT64_C(1) << 5)
#define PTE_D (UINT64_C(1) << 6)
#define PTE_PS (UINT64_C(1) << 7)
#define PTE_PAT_4K (UINT64_C(1) << 7)
#define PTE_G (UINT64_C(1) << 8)
#define PTE_RESTART (UINT64_C(1) << 11)
#define PTE_PAT_LARGE (UINT64_C(1) << 12)
#define PTE_KEY_SHIFT 59
#define PTE_XD (UINT64_C(1) << 63)
#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)

/* PSE-36: a 4M page's address bits 39:32 are in bits 20:13 of its PDE. */
#define PDE_4M_LOW UINT64_C(0xffc00000)
#define PDE_4M_HIGH_SHIFT 13
#define PDE_4M_HIGH UINT64_C(0x001fe000)

struct regime {
	struct paging_state state;
	struct rights rights;
	struct ept ept; /* valid where state.ept */

	uint8_t mode;       /* enum paging_mode */
	uint8_t levels;     /* of tables that a walk reads, from the top: 5, 4 or 2 */
	uint8_t page_levels; /* bit L: an entry of level L with PS set maps a page */
	uint8_t index_bits;
	bool nx;      /* EFER.NXE counts: 8-byte entries */
	bool global;  /* CR4.PGE */
	bool hlat;    /* HLAT paging is possible */
	uint64_t address_mask;      /* of a table entry */
	uint64_t reserved_table[6]; /* by level */
	uint64_t reserved_page[6];
	uint64_t table; /* GPA of the top table (PAE: of the PDPTEs) */
	uint16_t pcid;
};

/* Works `r` out from `s`. Returns RULE_NONE, or the rule for which the VM entry
 * that loads `s` fails (SDM 3C, "Checks on VMX Controls and Host-State Area" and
 * "Checking and Loading Guest State"). `pdptes_given`: s->pdpte come from the
 * guest-state area and are judged. */
enum rule regime_init(struct regime *r, const struct paging_state *s, bool pdptes_given);

/* Paging mode of the control registers. */
enum paging_mode regime_mode(const struct paging_state *s);

/* Is a present PDPTE register with this value bad? (SDM 3A, "PDPTE Registers") */
bool regime_pdpte_reserved(uint64_t pdpte, unsigned maxphyaddr);

/* Address of the page that the leaf `entry` of `level` maps. */
gpa_t regime_page_base(const struct regime *r, unsigned level, uint64_t entry);

/* Does a present entry of `level` map a page? */
static inline bool regime_entry_is_page(const struct regime *r, unsigned level, uint64_t entry)
{
	return level == 1 || (entry & PTE_PS && r->page_levels >> level & 1);
}

/* Reserved bits of a present entry of `level`. */
static inline uint64_t regime_reserved(const struct regime *r, unsigned level, bool page)
{
	return (page ? r->reserved_page : r->reserved_table)[level];
}

/* Bits of a linear address: 57, 48 or 32. */
static inline unsigned regime_linear_bits(const struct regime *r)
{
	if (!r->state.cs_l)
		return 32;
	return r->mode == PAGING_5LEVEL ? 57 : 48;
}

#endif
