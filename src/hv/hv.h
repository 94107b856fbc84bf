/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The hypervisor, imitated: no instruction of its own is run. It gives each
 * virtual machine an EPT and a VPID, and on an EPT violation backs the page by
 * its page policy. In native mode a "VM" is the bare machine: GPA = HPA.
 */
#ifndef HV_HV_H
#define HV_HV_H

#include "machine/machine.h"

#include <eptsim/ept.h>

struct hv_config {
	uint64_t memory; /* bytes that each VM has; 0: as much as the machine */
	uint8_t page;    /* enum page_policy */
	uint8_t levels;  /* 4 or 5 */
	bool ad;         /* EPT accessed and dirty flags */
	bool vpid;
	bool preset_flags; /* leaves are made with A and D set */
	bool populate;     /* what the guest kernel takes is backed at once */
};

bool hv_settings_add(struct settings *s, struct hv_config *config, struct error *err)
	__attribute__((warn_unused_result));
bool hv_config_check(const struct settings *s, const struct hv_config *config,
                     const struct machine_config *machine, struct error *err)
	__attribute__((warn_unused_result));

struct hv_stats {
	uint64_t vms;
	uint64_t violations;    /* of accesses, resolved by backing */
	uint64_t kernel_writes; /* exits because the guest kernel wrote to a new table */
	uint64_t populated;     /* pages backed without an exit */
	uint64_t pages_4k, pages_2m, pages_1g;
	uint64_t smaller; /* pages smaller than the policy's first choice */
	uint64_t outside; /* violations at GPAs that are no guest memory */
	uint64_t refused; /* violations by rights */
};

extern const struct stat hv_stat_table[];
extern const size_t hv_stat_count;

struct vm {
	struct hv *hv;
	uint16_t number;
	uint16_t vpid;
	uint64_t memory; /* guest-physical bytes, from 0 */
	uint64_t eptp;
	struct ept_space ept;
};

#define HV_VMS_MAX 65535 /* so that every VPID, number + 1, fits into 16 bits */

struct hv {
	struct machine *machine;
	struct hv_config config;
	struct hv_stats stats;
	struct vm **vm; /* by number, HV_VMS_MAX of them; null: not there */
};

/* `machine` must outlive it; false with a message. */
bool hv_init(struct hv *hv, struct machine *machine, const struct hv_config *config,
             struct error *err) __attribute__((warn_unused_result));
/* Also right for all zero bytes. */
void hv_destroy(struct hv *hv);

/* Is the machine virtualised at all? */
static inline bool hv_virtual(const struct hv *hv)
{
	return hv->machine->config.mode != MODE_NATIVE;
}

/* VM `number` (below HV_VMS_MAX), made when first asked for. Null with a message. */
struct vm *hv_vm(struct hv *hv, unsigned number, struct error *err);

/* The VM's part of a paging state: EPTP and VPID. */
void hv_state(const struct vm *vm, struct paging_state *s);

enum hv_answer {
	HV_BACKED,   /* try the access again */
	HV_MMIO,     /* outside the guest's memory: a device's, if there were one */
	HV_REFUSED,  /* the rights forbid it: nothing to be done */
	HV_NO_MEMORY /* with a message */
};

/* The exit for an EPT violation, and its handling. */
enum hv_answer hv_ept_violation(struct vm *vm, const struct fault *f, struct error *err);

/* Where `gpa` lies for the guest kernel, which is about to write there: backed
 * if it was not, at the price of an exit. False with a message. */
bool hv_kernel_writes(struct vm *vm, gpa_t gpa, hpa_t *hpa, struct error *err)
	__attribute__((warn_unused_result));

/* The guest kernel took these bytes: backs them at once if the settings say so. */
bool hv_populate(struct vm *vm, gpa_t gpa, uint64_t bytes, struct error *err)
	__attribute__((warn_unused_result));

#endif
