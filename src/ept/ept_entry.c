/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The EPT pointer and the entry formats: what is reserved where, and which rule
 * a malformed entry breaks.
 */
#include "ept/ept_format.h"

#include <eptsim/state.h>

const char *memory_type_name(unsigned type)
{
	static const char *const names[8] = { "UC", "WC", "reserved", "reserved",
					      "WT", "WP", "WB",       "UC-" };
	return names[type & 7];
}

/* SDM 3C, "Format of Extended-Page-Table Pointer", and the checks of "Checks on
 * VMX Controls". */
static enum rule eptp_rule(uint64_t eptp, uint64_t cap, unsigned maxphyaddr)
{
	unsigned type = eptp & EPTP_TYPE;
	unsigned length = (eptp & EPTP_WALK) >> EPTP_WALK_SHIFT;

	if (!(type == MEMORY_UC && cap & EPT_CAP_UC) && !(type == MEMORY_WB && cap & EPT_CAP_WB))
		return RULE_EPTP_MEMORY_TYPE;
	if (!(length == 3 && cap & EPT_CAP_WALK_4) && !(length == 4 && cap & EPT_CAP_WALK_5))
		return RULE_EPTP_WALK_LENGTH;
	if (eptp & EPTP_AD && !(cap & EPT_CAP_AD))
		return RULE_EPTP_AD;
	if (eptp & EPTP_SSS && !(cap & EPT_CAP_SSS))
		return RULE_EPTP_SSS;
	if (eptp & (BITS(11, 8) | BITS(63, maxphyaddr)))
		return RULE_EPTP_RESERVED;
	return RULE_NONE;
}

enum rule ept_init(struct ept *ept, uint64_t eptp, uint64_t cap, unsigned maxphyaddr, bool mbe,
		   bool pw)
{
	enum rule rule = eptp_rule(eptp, cap, maxphyaddr);
	uint64_t too_wide = bits_or_none(51, maxphyaddr);

	*ept = (struct ept){
		.root = hpa(eptp & EPTP_ADDRESS),
		.levels = (uint8_t)(((eptp & EPTP_WALK) >> EPTP_WALK_SHIFT) + 1),
		.maxphyaddr = (uint8_t)maxphyaddr,
		.ad = eptp & EPTP_AD,
		.sss = eptp & EPTP_SSS,
		.mbe = mbe,
		.pw = pw,
		.exec_only = cap & EPT_CAP_EXEC_ONLY,
		.page_2m = cap & EPT_CAP_2M,
		.page_1g = cap & EPT_CAP_1G,
		.type = eptp & EPTP_TYPE,
		.present = EPT_RWX | (mbe ? EPT_XU : 0),
		.address = BITS(maxphyaddr - 1, 12),
	};
	/* SDM 3C, "Format of an EPT PML5E / PML4E": bit 7 is reserved too; "... PDPTE / PDE that
	 * References": bit 7 would make it a page, which must be supported. */
	ept->reserved_table[5] = ept->reserved_table[4] = too_wide | BITS(7, 3);
	ept->reserved_table[3] = too_wide | BITS(6, 3) | (ept->page_1g ? 0 : EPT_PAGE);
	ept->reserved_table[2] = too_wide | BITS(6, 3) | (ept->page_2m ? 0 : EPT_PAGE);
	/* "... that Maps a Page": address bits below the page size. */
	ept->reserved_page[3] = too_wide | BITS(29, 12);
	ept->reserved_page[2] = too_wide | BITS(20, 12);
	ept->reserved_page[1] = too_wide;
	return rule;
}

/* SDM 3C, "EPT Misconfigurations", in the order in which they are named. */
enum rule ept_entry_rule(const struct ept *ept, unsigned level, uint64_t entry)
{
	bool page = ept_entry_is_page(ept, level, entry);
	uint64_t bad = entry & (page ? ept->reserved_page : ept->reserved_table)[level];

	if (!(entry & ept->present))
		return RULE_NONE;
	if ((entry & (EPT_R | EPT_W)) == EPT_W)
		return RULE_EPT_W_WITHOUT_R;
	if (!(entry & EPT_R) && !ept->exec_only)
		return RULE_EPT_EXEC_ONLY;
	if (bad & bits_or_none(51, ept->maxphyaddr))
		return RULE_EPT_ADDRESS_WIDTH;
	if (bad & EPT_PAGE)
		return RULE_EPT_LARGE_UNSUPPORTED;
	if (bad && page)
		return RULE_EPT_LARGE_UNALIGNED;
	if (bad)
		return RULE_EPT_RESERVED;
	if (page && EPT_BAD_TYPES >> ((entry & EPT_TYPE) >> EPT_TYPE_SHIFT) & 1)
		return RULE_EPT_MEMORY_TYPE;
	if (page && ept->pw && (entry & (EPT_PWA | EPT_R)) == EPT_PWA)
		return RULE_EPT_PAGING_WRITE;
	return RULE_NONE;
}

bool ept_entry_pa(uint64_t entry, hpa_t *pa)
{
	if (!(entry & EPT_RWX))
		return false;
	*pa = hpa(entry & EPT_ADDRESS);
	return true;
}

uint64_t ept_entry_flags(uint64_t entry)
{
	return entry & ~EPT_ADDRESS;
}

uint64_t ept_entry_set_pa(uint64_t entry, hpa_t pa)
{
	return (entry & ~EPT_ADDRESS) | (pa.v & EPT_ADDRESS);
}

uint64_t ept_entry_set_perm(uint64_t entry, uint64_t perm)
{
	return (entry & ~(EPT_RWX | EPT_XU)) | (perm & (EPT_RWX | EPT_XU));
}

const char *ept_error_text(enum ept_error e)
{
	static const char *const texts[] = {
		[EPT_OK] = "done",
		[EPT_UNALIGNED] = "an address is not aligned to the page size",
		[EPT_NOT_EXIST] = "nothing is mapped there",
		[EPT_DUPLICATED] = "something is mapped there already",
		[EPT_NO_FRAME] = "no page frame is left for a table",
		[EPT_BAD_PERMISSION] = "the permissions are none, or a misconfiguration",
		[EPT_BAD_SIZE] = "the processor does not support this page size or walk length",
		[EPT_BAD_ADDRESS] = "an address is wider than the EPT or the processor allows",
		[EPT_BAD_TYPE] = "the memory type is not UC, WC, WT, WP or WB",
		[EPT_NOT_UNIFORM] = "the small pages do not make up one large page",
	};
	return (unsigned)e < sizeof texts / sizeof texts[0] ? texts[e] : "?";
}
