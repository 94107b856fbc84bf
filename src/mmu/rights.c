/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu/rights.h"

#define PKR_AD 1u /* access disable */
#define PKR_WD 2u /* write disable */

/* One cell of the table above. */
static bool allowed(const struct paging_state *s, enum rights_kind kind, bool user,
		    bool smap_exempt, unsigned page)
{
	bool u = page & RIGHT_U, w = page & RIGHT_W, x = page & RIGHT_X;

	if (user)
		return u && (kind != RIGHTS_WRITE || w) && (kind != RIGHTS_FETCH || x);
	if (kind == RIGHTS_FETCH)
		return x && !(u && s->cr4 & CR4_SMEP);
	if (u && s->cr4 & CR4_SMAP && !smap_exempt)
		return false;
	return kind == RIGHTS_READ || w || !(s->cr0 & CR0_WP);
}

/* SDM 3A, "Protection Keys": AD forbids any data access, WD writes; to a user-mode
 * address by user accesses always, by supervisor ones with CR0.WP; to a
 * supervisor-mode address with CR0.WP. */
static uint16_t keys_that_forbid(const struct paging_state *s, uint32_t pkr, enum rights_kind kind,
				 bool user, bool user_address)
{
	uint16_t forbids = 0;
	bool write_counts = (user_address && user) || s->cr0 & CR0_WP;

	if (kind == RIGHTS_FETCH)
		return 0;
	for (unsigned key = 0; key < 16; key++) {
		uint32_t bits = pkr >> (2 * key);

		if (bits & PKR_AD || (bits & PKR_WD && kind == RIGHTS_WRITE && write_counts))
			forbids |= (uint16_t)(1u << key);
	}
	return forbids;
}

void rights_init(struct rights *r, const struct paging_state *s, bool four_or_five_level)
{
	*r = (struct rights){ .user_cpl = s->cpl == 3 };
	r->keys[0] = four_or_five_level && s->cr4 & CR4_PKS;
	r->keys[1] = four_or_five_level && s->cr4 & CR4_PKE;
	for (unsigned class = 0; class < RIGHTS_CLASSES; class++) {
		enum rights_kind kind = class % 3;
		bool user = class >= 3;

		for (unsigned page = 0; page < 8; page++) {
			if (allowed(s, kind, user, s->ac, page))
				r->allowed[class] |= (uint8_t)(1u << page);
			if (!user && kind != RIGHTS_FETCH && allowed(s, kind, false, false, page))
				r->allowed_implicit[kind] |= (uint8_t)(1u << page);
		}
		if (r->keys[0])
			r->key_forbids[class][0] = keys_that_forbid(s, s->pkrs, kind, user, false);
		if (r->keys[1])
			r->key_forbids[class][1] = keys_that_forbid(s, s->pkru, kind, user, true);
	}
}

void rights_allow_all(struct rights *r)
{
	*r = (struct rights){ .user_cpl = r->user_cpl,
			      .allowed = { [0 ... RIGHTS_CLASSES - 1] = 0xff },
			      .allowed_implicit = { 0xff, 0xff } };
}

enum rule rights_rule(const struct rights *r, const struct access *a, unsigned page)
{
	bool user = rights_user(r, a);

	if (a->shadow_stack) {
		if (!(page & RIGHT_SHADOW_STACK) || !!(page & RIGHT_U) != user)
			return RULE_SHADOW_STACK;
		return RULE_PROTECTION_KEY;
	}
	if (user && !(page & RIGHT_U))
		return RULE_SUPERVISOR_ONLY;
	if (a->type == ACCESS_FETCH)
		return page & RIGHT_X ? RULE_SMEP : RULE_EXECUTE_DISABLE;
	unsigned class = rights_class(r, a);
	unsigned table = a->implicit && !user ? r->allowed_implicit[class] : r->allowed[class];

	if (table >> (page & 7) & 1)
		return RULE_PROTECTION_KEY;
	return table >> ((page | RIGHT_W) & 7) & 1 ? RULE_READ_ONLY : RULE_SMAP;
}
