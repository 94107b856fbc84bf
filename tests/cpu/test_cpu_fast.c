/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The fast path changes nothing: with and without it, every statistic of the
 * machine and every register is the same; and the result is the host's.
 */
#include "cpu/loops.h"

#include <inttypes.h>

struct outcome_of_run {
	uint64_t r[16], instructions, flags;
	struct walk_stats walk;
	struct outcome_stats outcome;
	uint64_t accesses;
};

#define SIZE 1000000u

static const struct {
	loop_function *function;
	uint64_t size, rounds;
} loops[] = {
	{ loop_sieve, 20000, 2 },
	{ loop_pages, SIZE, 50000 },
};

static void run(struct outcome_of_run *o, const char *const *settings, unsigned loop, bool fast_off)
{
	struct rig r;

	rig_init(&r, settings);
	r.cpu.fast_off = fast_off;
	loop_prepare(&r, loops[loop].function, loops[loop].size, loops[loop].rounds);
	if (rig_run(&r, 100000000) != CPU_EXCEPTION || r.cpu.rip != 0)
		printf("the loop did not return: at %#" PRIx64 "\n", r.cpu.rip);
	cpu_settle(&r.cpu);
	memcpy(o->r, r.cpu.r, sizeof o->r);
	o->instructions = r.cpu.instructions;
	o->walk = r.replay.machine.walk;
	o->outcome = r.replay.machine.outcome;
	o->accesses = r.replay.machine.accesses;
	rig_destroy(&r);
}

int main(void)
{
	static const char *const settings[][4] = {
		{ "mode=native" },
		{ "mode=ept" },
		{ "mode=ept", "guest.page=2m", "ept.page=2m" },
	};
	enum { SETTINGS = sizeof settings / sizeof *settings, LOOPS = sizeof loops / sizeof *loops };
	static unsigned char memory[SIZE];
	unsigned passed = 0, failed = 0;

	for (unsigned k = 0; k < SETTINGS * LOOPS; k++) {
		unsigned i = k / LOOPS, loop = k % LOOPS;

		memset(memory, 0, sizeof memory);
		uint64_t due = loops[loop].function(memory, loops[loop].size, loops[loop].rounds);
		static struct outcome_of_run fast, slow;

		memset(&fast, 0, sizeof fast);
		memset(&slow, 0, sizeof slow);
		run(&fast, settings[i], loop, false);
		run(&slow, settings[i], loop, true);
		bool good = !memcmp(&fast, &slow, sizeof fast) && fast.r[0] == due;

		if (!good)
			printf("FAILED %s, loop %u: result %#" PRIx64 " and %#" PRIx64 ", due %#" PRIx64
			       "; accesses %" PRIu64 " and %" PRIu64 "\n",
			       settings[i][0], loop, fast.r[0], slow.r[0], due, fast.accesses,
			       slow.accesses);
		passed += good;
		failed += !good;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
