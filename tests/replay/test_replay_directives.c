/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What directives do: to page tables, and to what is cached of them. Each case
 * is a short trace and the counts that must come of it, worked out by hand.
 */
#include "replay/fixture.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const struct row {
	const char *name, *settings, *trace;
	uint64_t walks, hits, page_faults, unresolved, failed;
} rows[] = {
	{ "a second access hits", "", "r 0x1000 8\nr 0x1008 8\n", 1, 1, 1, 0, 0 },
	{ "a write to a clean page walks again", "", "r 0x1000 8\nw 0x1000 8\nw 0x1000 8\n", 2, 1,
	  1, 0, 0 },
	/* The second page's fault, and its violation, find the first page in the TLB. */
	{ "a page-crossing access is two translations", "", "r 0x1ffc 8\n", 2, 2, 2, 0, 0 },
	{ "invlpg drops the page", "", "r 0x1000 8\ninvlpg 0x1000\nr 0x1000 8\n", 2, 0, 1, 0, 0 },
	{ "invlpg of another page does not", "", "r 0x1000 8\ninvlpg 0x2000\nr 0x1000 8\n", 1, 1, 1,
	  0, 0 },
	{ "invept 1 drops combined mappings", "", "r 0x1000 8\ninvept 1\nr 0x1000 8\n", 2, 0, 1, 0,
	  0 },
	/* Page number 1 of 4K and of 2M, in one set of the second-level TLB. */
	{ "a fault at a 4K page leaves a 2M page of the same number",
	  "mode=native guest.page=thp tlb.l1d.2m.ways=0",
	  "map 0x1000 0x3000 rw\nmap 0x200000 0x200000 rw\nr 0x3000 8\nr 0x200000 8\nr 0x1000 8\n"
	  "r 0x200000 8\n",
	  3, 1, 3, 0, 0 },
	{ "native mode ignores invept", "mode=native", "r 0x1000 8\ninvept 1\nr 0x1000 8\n", 1, 1,
	  1, 0, 0 },
	{ "invvpid 1 of this VPID", "", "r 0x1000 8\ninvvpid 1 1 0x0\nr 0x1000 8\n", 2, 0, 1, 0,
	  0 },
	{ "invvpid 1 of another VPID", "", "r 0x1000 8\ninvvpid 1 2 0x0\nr 0x1000 8\n", 1, 1, 1, 0,
	  0 },
	{ "invvpid 1 of VPID 0 fails", "", "r 0x1000 8\ninvvpid 1 0 0x0\nr 0x1000 8\n", 1, 1, 1, 0,
	  1 },
	{ "invpcid 1 of the PCID that runs", "", "r 0x1000 8\ninvpcid 1 0 0x0\nr 0x1000 8\n", 2, 0,
	  1, 0, 0 },
	{ "invpcid 1 without PCIDs is #GP", "guest.pcid=off",
	  "r 0x1000 8\ninvpcid 1 3 0x0\nr 0x1000 8\n", 1, 1, 1, 0, 1 },

	{ "cr3: a new value is a new, empty space", "", "r 0x1000 8\ncr3 0x100001\nr 0x1000 8\n", 2,
	  0, 2, 0, 0 },
	{ "cr3: bit 63 keeps the PCID's entries", "",
	  "cr3 0x100001\nr 0x1000 8\ncr3 0x200002\ncr3 0x8000000000100001\nr 0x1000 8\n", 1, 1, 1,
	  0, 0 },
	{ "cr3: without it they go", "",
	  "cr3 0x100001\nr 0x1000 8\ncr3 0x200002\ncr3 0x100001\nr 0x1000 8\n", 2, 0, 1, 0, 0 },
	{ "cr3: a shared PCID kept shows the other space's page", "",
	  "cr3 0x100001\nr 0x1000 8\ncr3 0x8000000000200001\nr 0x1000 8\n", 1, 1, 1, 0, 0 },
	{ "cr3: bit 63 without PCIDs is #GP", "guest.pcid=off",
	  "r 0x1000 8\ncr3 0x8000000000100000\nr 0x1000 8\n", 1, 1, 1, 0, 1 },
	{ "asid: each has pages of its own, and comes back to them", "",
	  "r 0x1000 8 asid=1\nr 0x1000 8 asid=2\nr 0x1000 8 asid=1\nr 0x1000 8 asid=2\n", 2, 2, 2,
	  0, 0 },
	{ "asid: without PCIDs a switch flushes", "guest.pcid=off",
	  "r 0x1000 8 asid=1\nr 0x1000 8 asid=2\nr 0x1000 8 asid=1\nr 0x1000 8 asid=2\n", 4, 0, 2,
	  0, 0 },
	/* The kernel gave process 1 PCID 1, which process 2 then uses too. */
	{ "asid: a PCID that another space used is flushed", "",
	  "r 0x1000 8 asid=1\ncr3 0x100001 asid=2\nr 0x1000 8\nr 0x1000 8 asid=1\n", 3, 0, 2, 0,
	  0 },
	{ "asid 0 is the process that runs first", "", "r 0x1000 8\nr 0x1000 8 asid=0\n", 1, 1, 1,
	  0, 0 },
	{ "two processes share an address space", "",
	  "cr3 0x100001 asid=1\nr 0x1000 8\ncr3 0x8000000000100001 asid=2\nr 0x1000 8 asid=1\n", 1,
	  1, 1, 0, 0 },

	{ "vm: memory of its own", "", "r 0x1000 8\nvm 1\nr 0x1000 8\n", 2, 0, 2, 0, 0 },
	{ "vm: VPIDs keep what was cached", "", "r 0x1000 8\nvm 1\nvm 0\nr 0x1000 8\n", 1, 1, 1, 0,
	  0 },
	{ "vm: without VPIDs a switch flushes", "ept.vpid=off",
	  "r 0x1000 8\nvm 1\nvm 0\nr 0x1000 8\n", 2, 0, 1, 0, 0 },
	{ "vm: native, another process", "mode=native",
	  "r 0x1000 8\nvm 1\nr 0x1000 8\nvm 0\nr 0x1000 8\n", 2, 1, 2, 0, 0 },

	{ "unmap leaves a stale entry", "", "r 0x1000 8\nunmap 0x1000 4096\nr 0x1000 8\n", 1, 1, 1,
	  0, 0 },
	{ "which invlpg drops, and nothing is there", "",
	  "r 0x1000 8\nunmap 0x1000 4096\ninvlpg 0x1000\nr 0x1000 8\n", 1, 0, 1, 1, 0 },
	{ "map: only what is mapped may be touched", "",
	  "map 0x1000 4096 rw\nr 0x1000 8\nr 0x2000 8\nr 0x0 8\n", 1, 0, 1, 2, 0 },
	{ "map: a second one forgets the page", "",
	  "map 0x1000 4096 rw\nr 0x1000 8\nmap 0x1000 4096 rw\ninvlpg 0x1000\nr 0x1000 8\n", 2, 0,
	  2, 0, 0 },
	{ "map without rights refuses", "", "map 0x1000 4096\nr 0x1000 8\n", 0, 0, 0, 1, 0 },
	{ "map: a write where none is allowed", "", "map 0x1000 4096 r\nr 0x1000 8\nw 0x1000 8\n",
	  1, 0, 1, 1, 0 },
	{ "map: a fetch where none is allowed", "", "map 0x1000 4096 rw\nx 0x1000 8\n", 0, 0, 0, 1,
	  0 },
	{ "protect, and the stale entry still allows", "",
	  "w 0x1000 8\nprotect 0x1000 4096 r\nw 0x1000 8\n", 1, 1, 1, 0, 0 },
	{ "protect and invlpg", "",
	  "w 0x1000 8\nprotect 0x1000 4096 r\ninvlpg 0x1000\nw 0x1000 8\nr 0x1000 8\n", 2, 0, 1, 1,
	  0 },
	{ "protect from nothing back to everything keeps the page", "",
	  "w 0x1000 8\nprotect 0x1000 4096\ninvlpg 0x1000\nr 0x1000 8\nprotect 0x1000 4096 rwx\nr "
	  "0x1000 8\n",
	  2, 0, 1, 1, 0 },
	{ "protect maps nothing", "", "map 0x1000 4096 r\nprotect 0x0 0x10000 rw\nr 0x2000 8\n", 0,
	  0, 0, 1, 0 },

	/* The page of 0x2000 lies where EPT has it; the new tables do not. */
	{ "without VPIDs an exit of the kernel's flushes too", "ept.vpid=off",
	  "r 0x1000 8\nr 0x2000 8\nr 0x1000 8\nunmap 0x2000 4096\nr 0x40000000 8\nr 0x1000 8\n", 5,
	  0, 3, 0, 0 },
	{ "vm: the privilege is the record's", "",
	  "r 0x1000 8 cpl=0\nvm 1\nr 0xffff800000000000 8 cpl=0\n", 2, 0, 2, 0, 0 },
	{ "rights are in the page", "", "map 0x1000 4096 rw\nr 0x1000 8\nx 0x1000 8\n", 1, 0, 1, 1,
	  0 },
	{ "a user access to a page of the kernel's half", "",
	  "r 0xffff800000000000 8 cpl=0\nr 0xffff800000000000 8\n", 1, 0, 1, 1, 0 },
	{ "the kernel in a page of the user's half", "", "r 0x1000 8\nr 0x1000 8 cpl=0\n", 1, 1, 1,
	  0, 0 },

	{ "a user access to the kernel's half", "", "r 0xffff800000000000 8\n", 0, 0, 0, 1, 0 },
	{ "the kernel's own", "", "r 0xffff800000000000 8 cpl=0\n", 1, 0, 1, 0, 0 },
	{ "an address that is not canonical", "", "r 0x800000000000 8\n", 0, 0, 0, 1, 0 },
	{ "which is, with 5 levels", "guest.levels=5", "r 0x800000000000 8\n", 1, 0, 1, 0, 0 },
	{ "across the end of the canonical addresses", "", "r 0x7ffffffffffc 8\n", 0, 0, 0, 1, 0 },
	{ "populate: no fault", "guest.populate=on ept.populate=on",
	  "map 0x1000 0x4000 rw\nr 0x1000 8\nw 0x4000 8\n", 2, 0, 0, 0, 0 },
};

START_TEST(every_row)
{
	const struct row *row = &rows[_i];
	struct fixture f;

	fixture_begin(&f, row->settings);
	fixture_replay(&f, row->trace);
	const struct walk_stats *s = fixture_walks(&f);

	ck_assert_msg(s->walks == row->walks, "%s: %lu walks, expected %lu", row->name, s->walks,
	              row->walks);
	ck_assert_msg(s->tlb_hits + s->stlb_hits == row->hits, "%s: %lu hits, expected %lu",
	              row->name, s->tlb_hits + s->stlb_hits, row->hits);
	ck_assert_msg(f.replay.guest.stats.page_faults == row->page_faults,
	              "%s: %lu page faults, expected %lu", row->name,
	              f.replay.guest.stats.page_faults, row->page_faults);
	ck_assert_msg(f.replay.machine.outcome.unresolved == row->unresolved,
	              "%s: %lu unresolved, expected %lu", row->name,
	              f.replay.machine.outcome.unresolved, row->unresolved);
	ck_assert_msg(f.replay.stats.failed == row->failed, "%s: %lu failed, expected %lu",
	              row->name, f.replay.stats.failed, row->failed);
	fixture_end(&f);
}
END_TEST

/* Flags are the page's, not the mapping's: protect keeps them. */
START_TEST(protect_keeps_flags)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_replay(&f, "w 0x1000 8\nprotect 0x1000 4096 rwx\ninvlpg 0x1000\nw 0x1000 8\n");
	ck_assert_uint_eq(fixture_walks(&f)->walks, 2);
	ck_assert_uint_eq(fixture_walks(&f)->guest_a, 4);
	ck_assert_uint_eq(fixture_walks(&f)->guest_d, 1);
	fixture_end(&f);
}
END_TEST

START_TEST(unmap_frees_the_frame)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_replay(&f, "r 0x1000 8\n");
	const struct frames *frames = f.replay.guest.current->frames;

	ck_assert_uint_eq(frames->statistics.in_use[FRAME_4K], 5);
	fixture_replay(&f, "unmap 0x1000 4096\n");
	ck_assert_uint_eq(frames->statistics.in_use[FRAME_4K], 4);
	fixture_end(&f);
}
END_TEST

/* The first faults are kept whole. */
START_TEST(kept_faults)
{
	struct fixture f;

	fixture_begin(&f, "report.faults=2");
	fixture_replay(&f, "r 0x1000 8\nr 0x800000000000 4\nmap 0x1000 4096 r\ninvlpg 0x1000\n"
	                   "w 0x1008 8\nw 0x1010 8\n");
	ck_assert_uint_eq(f.replay.machine.outcome.unresolved, 3);
	ck_assert_uint_eq(f.replay.fault_count, 2);
	ck_assert_uint_eq(f.replay.fault[0].access, 2);
	ck_assert_uint_eq(f.replay.fault[0].fault.kind, OUTCOME_GP);
	ck_assert_uint_eq(f.replay.fault[1].access, 3);
	ck_assert_uint_eq(f.replay.fault[1].fault.kind, OUTCOME_PF);
	ck_assert_uint_eq(f.replay.fault[1].fault.cr2.v, 0x1008);
	ck_assert_uint_eq(f.replay.fault[1].fault.error_code, PF_W | PF_U);
	fixture_end(&f);
}
END_TEST

START_TEST(memory_is_used_up)
{
	struct fixture f;
	struct error err = { "" };
	char *text = calloc(600, 32), *end = text;

	fixture_begin(&f, "memory.size=1M");
	for (unsigned i = 0; i < 600; i++)
		end += sprintf(end, "r 0x%x 8\n", 0x100000 + i * 4096);
	ck_assert(!fixture_try(&f, text, &err));
	ck_assert_ptr_nonnull(strstr(err.message, "--memory"));
	fixture_end(&f);
	free(text);
}
END_TEST

START_TEST(highest_vm)
{
	struct fixture f;
	struct error err = { "" };

	fixture_begin(&f, "");
	fixture_replay(&f, "vm 65534\nr 0x1000 8\n");
	ck_assert(!fixture_try(&f, "vm 65535\n", &err));
	ck_assert_ptr_nonnull(strstr(err.message, "65534"));
	fixture_end(&f);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("directives");

	tcase_add_loop_test(tests, every_row, 0, LENGTH(rows));
	tcase_add_test(tests, protect_keeps_flags);
	tcase_add_test(tests, unmap_frees_the_frame);
	tcase_add_test(tests, kept_faults);
	tcase_add_test(tests, memory_is_used_up);
	tcase_add_test(tests, highest_vm);
	return run_suite("directives", tests);
}
