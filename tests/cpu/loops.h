/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Loops to be run as guests. They are compiled with the program and copied out of
 * it: no calls, no tables, general registers only.
 */
#ifndef TESTS_CPU_LOOPS_H
#define TESTS_CPU_LOOPS_H

#include "machine.h"

#define LOOP                                                                                   \
	__attribute__((section("guest_code"), noinline, used, target("general-regs-only"),     \
		       no_sanitize("address", "undefined"), no_profile_instrument_function,    \
		       optimize("O2,no-stack-protector,no-tree-loop-distribute-patterns")))

/* Sieve of Eratosthenes over `size` bytes, then CRC32 (bit by bit) of the bytes;
 * `rounds` times. */
LOOP static uint64_t loop_sieve(unsigned char *memory, uint64_t size, uint64_t rounds)
{
	uint32_t crc = 0;

	for (; rounds; rounds--) {
		for (uint64_t i = 0; i < size; i++)
			memory[i] = 1;
		for (uint64_t i = 2; i * i < size; i++)
			for (uint64_t k = i * i; memory[i] && k < size; k += i)
				memory[k] = 0;
		for (uint64_t i = 0; i < size; i += 8) {
			crc ^= memory[i];
			for (unsigned bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		}
	}
	return crc;
}

/* It may cross a page. */
typedef uint64_t __attribute__((aligned(1), may_alias)) unaligned64;

/* Reads and writes pages in no order, some far more often than others: which entry
 * of a TLB's set goes next depends on every hit. */
LOOP static uint64_t loop_pages(unsigned char *memory, uint64_t size, uint64_t rounds)
{
	uint64_t x = 1, sum = 0;

	for (; rounds; rounds--) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407u;
		uint64_t at = x >> 33 & (x >> 20 & 1 ? 0x7fff : ~UINT64_C(0));

		at %= size - 8;
		sum += memory[at] + (x & 255);
		if (x & 1 << 22)
			memory[at] = (unsigned char)sum;
		if (x & 1 << 23)
			sum += *(unaligned64 *)(memory + (x >> 50) % (size - 8));
	}
	return sum;
}

extern const unsigned char __start_guest_code[], __stop_guest_code[];

#define LOOP_CODE UINT64_C(0x400000)
#define LOOP_DATA UINT64_C(0x10000000)
#define LOOP_STACK UINT64_C(0x7ff000000000)

typedef uint64_t loop_function(unsigned char *memory, uint64_t size, uint64_t rounds);

/* Sets the machine up to call `function` with these arguments; it returns to 0. */
static inline void loop_prepare(struct rig *r, loop_function *function, uint64_t size,
				uint64_t rounds)
{
	uint64_t at = (uint64_t)((uintptr_t)function - (uintptr_t)__start_guest_code);
	size_t bytes = (size_t)(__stop_guest_code - __start_guest_code);

	rig_map(r, LOOP_CODE, (bytes + 4095) & ~(size_t)4095, REGION_R | REGION_X);
	rig_map(r, LOOP_DATA, (size + 4095) & ~UINT64_C(4095), REGION_R | REGION_W);
	rig_map(r, LOOP_STACK, 4096, REGION_R | REGION_W);
	rig_write(r, LOOP_CODE, __start_guest_code, bytes);
	r->cpu.rip = LOOP_CODE + at;
	r->cpu.r[CPU_RSP] = LOOP_STACK + 2048 - 8;
	r->cpu.r[CPU_RDI] = LOOP_DATA;
	r->cpu.r[CPU_RSI] = size;
	r->cpu.r[CPU_RDX] = rounds;
}

#endif
