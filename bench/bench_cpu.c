/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Million guest instructions a second, on a loop that sieves and sums: with the
 * fast path, and with every access by the MMU.
 */
#include "cpu/loops.h"

#include <inttypes.h>
#include <time.h>

static void measure(const char *name, bool fast_off, uint64_t rounds)
{
	static const char *const settings[] = { "mode=ept", NULL };
	struct timespec start, end;
	struct rig r;

	rig_init(&r, settings);
	r.cpu.fast_off = fast_off;
	loop_prepare(&r, loop_sieve, 65536, rounds);
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (rig_run(&r, UINT64_MAX / 4) != CPU_EXCEPTION || r.cpu.rip != 0)
		printf("the loop did not return: at %#" PRIx64 "\n", r.cpu.rip);
	clock_gettime(CLOCK_MONOTONIC, &end);
	double seconds = (double)(end.tv_sec - start.tv_sec) +
			 1e-9 * (double)(end.tv_nsec - start.tv_nsec);

	printf("%-28s %7.1f million instructions a second (%" PRIu64 " in %.2f s)\n", name,
	       1e-6 * (double)r.cpu.instructions / seconds, r.cpu.instructions, seconds);
	rig_destroy(&r);
}

int main(void)
{
	measure("sieve + CRC32", false, 500);
	measure("sieve + CRC32, no fast path", true, 10);
	return 0;
}
