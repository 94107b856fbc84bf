/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Guest access rights as one truth table, worked out from the control
 * registers: for each class of access, which pages it may touch.
 *
 *   class                 allowed pages (U = user-mode address, W, X)
 *   supervisor read       all; SMAP: those with U only if AC and explicit
 *   supervisor write      WP = 0: all, WP = 1: W; SMAP likewise
 *   supervisor fetch      X; SMEP: without U
 *   user read             U
 *   user write            U and W
 *   user fetch            U and X
 *
 * SDM 3A, "Determination of Access Rights", "Protection Keys", "Shadow-Stack
 * Accesses" there.
 */
#ifndef MMU_RIGHTS_H
#define MMU_RIGHTS_H

#include <eptsim/access.h>
#include <eptsim/fault.h>
#include <eptsim/state.h>

/* Rights of a page: the AND (for X: no XD) over all levels, and what a
 * shadow-stack access asks for. */
#define RIGHT_U 1u
#define RIGHT_W 2u
#define RIGHT_X 4u
#define RIGHT_D 8u            /* leaf D = 1 */
#define RIGHT_SHADOW_STACK 16u /* W above the leaf, leaf R/W = 0 and D = 1 */

/* Class of an access: kind, plus 3 for a user access. */
enum rights_kind { RIGHTS_READ, RIGHTS_WRITE, RIGHTS_FETCH };
#define RIGHTS_CLASSES 6

struct rights {
	uint8_t allowed[RIGHTS_CLASSES]; /* bit U|W<<1|X<<2: such a page may be touched */
	/* By class and U: bit k: key k forbids the access. */
	uint16_t key_forbids[RIGHTS_CLASSES][2];
	bool user_cpl;     /* CPL = 3 */
	bool keys[2];      /* keys count for supervisor-mode [0], user-mode [1] addresses */
	uint8_t allowed_implicit[2]; /* read, write by an implicit supervisor access */
};

void rights_init(struct rights *r, const struct paging_state *s, bool four_or_five_level);

/* Any access may touch any page. */
void rights_allow_all(struct rights *r);

/* Is it a user access? Implicit ones never are; WRUSS is. */
static inline bool rights_user(const struct rights *r, const struct access *a)
{
	return a->user || (r->user_cpl && !a->implicit);
}

static inline unsigned rights_class(const struct rights *r, const struct access *a)
{
	unsigned kind = a->type == ACCESS_FETCH ? RIGHTS_FETCH :
			a->type == ACCESS_READ	? RIGHTS_READ :
						  RIGHTS_WRITE;

	return kind + (rights_user(r, a) ? 3 : 0);
}

/* Does `key` (the leaf's bits 62:59) forbid the access to a page of these rights? */
static inline bool rights_key_forbids(const struct rights *r, const struct access *a,
				      unsigned page, unsigned key)
{
	return r->key_forbids[rights_class(r, a)][page & RIGHT_U] >> key & 1;
}

/* May `a` touch a page with these rights and key? */
static inline bool rights_ok(const struct rights *r, const struct access *a, unsigned page,
			     unsigned key)
{
	unsigned class = rights_class(r, a);

	if (__builtin_expect(r->key_forbids[class][page & RIGHT_U] >> key & 1, 0))
		return false;
	if (__builtin_expect(a->shadow_stack, 0))
		return page & RIGHT_SHADOW_STACK && !!(page & RIGHT_U) == rights_user(r, a);
	if (__builtin_expect(a->implicit, 0) && class < RIGHTS_FETCH)
		return r->allowed_implicit[class] >> (page & 7) & 1;
	return r->allowed[class] >> (page & 7) & 1;
}

/* The rule by which `a`, which rights_ok() refused, fails. */
enum rule rights_rule(const struct rights *r, const struct access *a, unsigned page);

#endif
