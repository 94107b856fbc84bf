/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The processor's instructions that C does not have.
 */
#ifndef VMX_CPU_H
#define VMX_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid c;

	__asm__ volatile("cpuid"
			 : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
			 : "a"(leaf), "c"(subleaf));
	return c;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline uint64_t read_cr0(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static inline uint64_t read_cr3(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr3, %0" : "=r"(v));
	return v;
}

static inline uint64_t read_cr4(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void write_cr0(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}

static inline void write_cr4(uint64_t v)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

static inline void wrpkru(uint32_t value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}

/* ---- VMX instructions: true if they succeed (SDM 3C, "Conventions") ---- */

static inline bool vmxon(const uint64_t *region)
{
	bool failed;

	__asm__ volatile("vmxon %1" : "=@ccbe"(failed) : "m"(*region) : "memory");
	return !failed;
}

static inline bool vmclear(const uint64_t *region)
{
	bool failed;

	__asm__ volatile("vmclear %1" : "=@ccbe"(failed) : "m"(*region) : "memory");
	return !failed;
}

static inline bool vmptrld(const uint64_t *region)
{
	bool failed;

	__asm__ volatile("vmptrld %1" : "=@ccbe"(failed) : "m"(*region) : "memory");
	return !failed;
}

static inline uint64_t vmread(uint64_t field)
{
	uint64_t value = 0;

	__asm__ volatile("vmread %1, %0" : "+r"(value) : "r"(field) : "cc");
	return value;
}

static inline bool vmwrite(uint64_t field, uint64_t value)
{
	bool failed;

	__asm__ volatile("vmwrite %2, %1" : "=@ccbe"(failed) : "r"(field), "r"(value));
	return !failed;
}

static inline bool invept(uint64_t type, uint64_t eptp)
{
	struct { uint64_t low, high; } descriptor = { eptp, 0 };
	bool failed;

	__asm__ volatile("invept %1, %2" : "=@ccbe"(failed) : "m"(descriptor), "r"(type) : "memory");
	return !failed;
}

static inline bool invvpid(uint64_t type, uint64_t vpid, uint64_t address)
{
	struct { uint64_t low, high; } descriptor = { vpid, address };
	bool failed;

	__asm__ volatile("invvpid %1, %2" : "=@ccbe"(failed) : "m"(descriptor), "r"(type) : "memory");
	return !failed;
}

#endif
