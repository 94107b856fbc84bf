/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/features.h"

#include <eptsim/ept.h>

#include <stddef.h>
#include <string.h>

struct feature {
	const char *name, *text;
	size_t offset; /* in struct paging_state */
	uint64_t bit;  /* of a uint64_t there; 0: a bool */
};

#define BIT_OF(name, text, field, bit)                                \
	{                                                             \
		name, text, offsetof(struct paging_state, field), bit \
	}
#define BOOL_OF(name, text, field)                                  \
	{                                                           \
		name, text, offsetof(struct paging_state, field), 0 \
	}

static const struct feature features[] = {
	BIT_OF("wp", "CR0.WP: a supervisor cannot write read-only pages", cr0, CR0_WP),
	BIT_OF("cd", "CR0.CD: caches are disabled", cr0, CR0_CD),
	BIT_OF("nx", "EFER.NXE: execute-disable", efer, EFER_NXE),
	BIT_OF("pse", "CR4.PSE: 4M pages of 32-bit paging", cr4, CR4_PSE),
	BIT_OF("pge", "CR4.PGE: global pages", cr4, CR4_PGE),
	BIT_OF("smep", "CR4.SMEP", cr4, CR4_SMEP),
	BIT_OF("smap", "CR4.SMAP", cr4, CR4_SMAP),
	BIT_OF("pke", "CR4.PKE: protection keys, judged by --pkru", cr4, CR4_PKE),
	BIT_OF("pks", "CR4.PKS: supervisor keys, judged by --pkrs", cr4, CR4_PKS),
	BIT_OF("cet", "CR4.CET: shadow stacks", cr4, CR4_CET),
	BOOL_OF("ac", "RFLAGS.AC: lifts SMAP", ac),
	BOOL_OF("gbpages", "the guest has 1G pages", knobs.gbpages),
	BOOL_OF("mbe", "mode-based execute control for EPT", controls.mbe),
	BOOL_OF("ve", "EPT-violation #VE", controls.ve),
	BOOL_OF("pml", "page-modification logging", controls.pml),
	BOOL_OF("spp", "sub-page write permissions", controls.spp),
	BIT_OF("sss", "EPTP bit 7: supervisor shadow stacks", eptp, EPTP_SSS),
	BOOL_OF("pw", "EPT paging-write control", controls.pw),
	BOOL_OF("vgp", "guest-paging verification", controls.vgp),
	BOOL_OF("hlat", "HLAT paging", controls.hlat),
	BOOL_OF("accessed_on_fault", "knob: guest A flags of upper levels survive a fault",
	        knobs.accessed_on_fault),
	BOOL_OF("ept_accessed_on_fault",
	        "knob: EPT A flags survive an EPT violation",
	        knobs.ept_accessed_on_fault),
	BOOL_OF("flags_before_final", "knob: guest flags are set before the final EPT access",
	        knobs.flags_before_final),
	BOOL_OF("rmw_sets_read", "knob: a read-modify-write reports bit 0 too",
	        knobs.rmw_sets_read),
};

#define FEATURE_COUNT (sizeof(features) / sizeof(features[0]))

static bool set_one(struct paging_state *s, const char *name, size_t length, bool on)
{
	for (size_t i = 0; i < FEATURE_COUNT; i++) {
		const struct feature *f = &features[i];
		char *at = (char *)s + f->offset;

		if (strncmp(f->name, name, length) != 0 || f->name[length])
			continue;
		if (!f->bit)
			*(bool *)at = on;
		else if (on)
			*(uint64_t *)at |= f->bit;
		else
			*(uint64_t *)at &= ~f->bit;
		return true;
	}
	return false;
}

bool features_set(struct paging_state *s, const char *list, bool on, struct error *err)
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!set_one(s, list, length, on)) {
			error_set(err, "no feature '%.*s'; 'eptsim help walk' lists them",
			          (int)(length < 40 ? length : 40), list);
			return false;
		}
		if (!list[length])
			return true;
		list += length + 1;
	}
}

void features_print(FILE *out)
{
	for (size_t i = 0; i < FEATURE_COUNT; i++)
		fprintf(out, "  %-22s %s\n", features[i].name, features[i].text);
}
