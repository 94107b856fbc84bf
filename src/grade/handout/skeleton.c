/* Extended page tables: fill in the functions below. eptsim/submission.h says what
 * each is to do, README.md in which order to write them.
 *
 *     make        compiles this file
 *     make grade  grades it
 */
#include <eptsim/submission.h>

#include <stddef.h>

/* An EPT entry:
 *
 *   63:52 ignored here: leave them 0
 *   51:12 host-physical address of the table or page
 *   11:10 0
 *   9     dirty (in the entry that maps a page)
 *   8     accessed
 *   7     1: this entry of level 3 or 2 maps a large page
 *   6     ignore PAT (in the entry that maps a page): leave it 0
 *   5:3   memory type (in the entry that maps a page), else 0
 *   2     execute
 *   1     write
 *   0     read
 */

/* ---- One entry ---- */

uint64_t lab_entry_pa(uint64_t entry)
{
	(void)entry;
	return 0;
}

uint64_t lab_entry_flags(uint64_t entry)
{
	(void)entry;
	return 0;
}

uint64_t lab_entry_set_pa(uint64_t entry, uint64_t hpa)
{
	(void)entry, (void)hpa;
	return 0;
}

uint64_t lab_entry_set_perm(uint64_t entry, unsigned perm)
{
	(void)entry, (void)perm;
	return 0;
}

/* ---- The tables ---- */

int lab_map(const struct lab *lab, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	(void)lab, (void)gpa, (void)hpa, (void)perm, (void)type;
	return LAB_NOT_IMPLEMENTED;
}

int lab_unmap(const struct lab *lab, uint64_t gpa)
{
	(void)lab, (void)gpa;
	return LAB_NOT_IMPLEMENTED;
}

int lab_walk(const struct lab *lab, uint64_t gpa, struct lab_page *page)
{
	(void)lab, (void)gpa;
	*page = (struct lab_page){ 0 };
	return LAB_NOT_IMPLEMENTED;
}

/* ---- Translations ---- */

int lab_gpa2hpa(const struct lab *lab, uint64_t gpa, uint64_t *hpa)
{
	(void)lab, (void)gpa;
	*hpa = 0;
	return LAB_NOT_IMPLEMENTED;
}

int lab_gva2hpa(const struct lab *lab, uint64_t cr3, uint64_t gva, uint64_t *hpa)
{
	(void)lab, (void)cr3, (void)gva;
	*hpa = 0;
	return LAB_NOT_IMPLEMENTED;
}

/* ---- Further functions of submission.h, if your course asks for them ----
 *
 * lab_eptp, lab_map_large, lab_protect, lab_split, lab_merge, lab_on_violation,
 * lab_translate: each is graded as soon as it is here.
 */
