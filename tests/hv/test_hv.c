/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The hypervisor by itself: what it answers to a violation, and what it charges.
 */
#include "replay/fixture.h"

static struct fault violation(uint64_t gpa_value, enum rule rule)
{
	return (struct fault){ .kind = OUTCOME_EPT_VIOLATION,
		               .rule = (uint8_t)rule,
		               .gpa = gpa(gpa_value),
		               .gpa_valid = true };
}

START_TEST(answers)
{
	struct fixture f;
	struct error err = { "" };
	struct fault fault;

	fixture_begin(&f, "guest.memory=1G");
	struct hv *hv = &f.replay.hv;
	struct vm *vm = hv_vm(hv, 0, &err);
	uint64_t exits = machine_charged(&f.replay.machine, COST_EXIT);

	fault = violation(0x3ffff000, RULE_EPT_NOT_PRESENT);
	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_BACKED);
	/* The first byte behind the guest's memory. */
	fault = violation(0x40000000, RULE_EPT_NOT_PRESENT);
	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_MMIO);
	fault = violation(0x3ffff000, RULE_EPT_WRITE);
	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_REFUSED);
	ck_assert_uint_eq(hv->stats.violations, 1);
	ck_assert_uint_eq(hv->stats.outside, 1);
	ck_assert_uint_eq(hv->stats.refused, 1);
	ck_assert_uint_eq(machine_charged(&f.replay.machine, COST_EXIT) - exits, 3);
	fixture_end(&f);
}
END_TEST

/* What is backed is mapped with every right, WB, and flags as configured. */
START_TEST(entries)
{
	struct fixture f;
	struct error err = { "" };
	struct ept_mapping m;
	struct fault fault = violation(0x234567, RULE_EPT_NOT_PRESENT);

	fixture_begin(&f, _i ? "ept.page=2m ept.preset_flags=on" : "ept.page=2m");
	struct vm *vm = hv_vm(&f.replay.hv, 0, &err);

	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_BACKED);
	ck_assert_int_eq(ept_lookup(&vm->ept, gpa(0x3fffff), &m, NULL), EPT_OK);
	ck_assert_uint_eq(m.level, 2);
	ck_assert_uint_eq(m.perm, EPT_RWX);
	ck_assert_uint_eq(m.type, MEMORY_WB);
	ck_assert_uint_eq(m.flags, _i ? EPT_A | EPT_D : 0);
	fixture_end(&f);
}
END_TEST

/* A block that is backed in part gets smaller pages, and no large frame is lost. */
START_TEST(backed_in_part)
{
	struct fixture f;
	struct error err = { "" };
	struct fault fault = violation(0x600000, RULE_EPT_NOT_PRESENT);

	fixture_begin(&f, "");
	struct vm *vm = hv_vm(&f.replay.hv, 0, &err);

	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_BACKED);
	f.replay.hv.config.page = PAGE_POLICY_2M;
	fault = violation(0x601000, RULE_EPT_NOT_PRESENT);
	ck_assert_int_eq(hv_ept_violation(vm, &fault, &err), HV_BACKED);
	ck_assert_uint_eq(f.replay.hv.stats.pages_2m, 0);
	ck_assert_uint_eq(f.replay.hv.stats.smaller, 1);
	ck_assert_uint_eq(f.replay.machine.frames.statistics.in_use[FRAME_2M], 0);
	fixture_end(&f);
}
END_TEST

/* Two VMs: EPTs, VPIDs and frames of their own. */
START_TEST(virtual_machines)
{
	struct fixture f;
	struct error err = { "" };
	struct fault fault = violation(0x234000, RULE_EPT_NOT_PRESENT);
	hpa_t one, other;

	fixture_begin(&f, "");
	struct vm *a = hv_vm(&f.replay.hv, 0, &err), *b = hv_vm(&f.replay.hv, 7, &err);

	ck_assert_ptr_eq(a, hv_vm(&f.replay.hv, 0, &err));
	ck_assert_uint_ne(a->eptp, b->eptp);
	ck_assert_uint_eq(a->vpid, 1);
	ck_assert_uint_eq(b->vpid, 8);
	ck_assert_int_eq(hv_ept_violation(a, &fault, &err), HV_BACKED);
	ck_assert_int_eq(gpa2hpa(&b->ept, gpa(0x234000), &other), EPT_NOT_EXIST);
	ck_assert_int_eq(hv_ept_violation(b, &fault, &err), HV_BACKED);
	ck_assert_int_eq(gpa2hpa(&a->ept, gpa(0x234000), &one), EPT_OK);
	ck_assert_int_eq(gpa2hpa(&b->ept, gpa(0x234000), &other), EPT_OK);
	ck_assert_uint_ne(one.v, other.v);
	fixture_end(&f);
}
END_TEST

/* A kernel's write backs a page at the price of an exit, once. */
START_TEST(kernel_writes)
{
	struct fixture f;
	struct error err = { "" };
	hpa_t at;

	fixture_begin(&f, _i ? "ept.populate=on" : "");
	struct vm *vm = hv_vm(&f.replay.hv, 0, &err);
	uint64_t exits = machine_charged(&f.replay.machine, COST_EXIT);
	uint64_t before = f.replay.hv.stats.kernel_writes;

	ck_assert(hv_kernel_writes(vm, gpa(0x777000), &at, &err));
	ck_assert(hv_kernel_writes(vm, gpa(0x777008), &at, &err));
	ck_assert_uint_eq(f.replay.hv.stats.kernel_writes - before, !_i);
	ck_assert_uint_eq(machine_charged(&f.replay.machine, COST_EXIT) - exits, !_i);
	fixture_end(&f);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("hv");

	tcase_add_test(tests, answers);
	tcase_add_loop_test(tests, entries, 0, 2);
	tcase_add_test(tests, backed_in_part);
	tcase_add_test(tests, virtual_machines);
	tcase_add_loop_test(tests, kernel_writes, 0, 2);
	return run_suite("hv", tests);
}
