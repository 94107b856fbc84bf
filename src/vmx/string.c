/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the compiler calls without being asked.
 */
#include "vmx/vmx.h"

void *memset(void *to, int value, size_t count)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(value) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t count)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(count) : : "memory");
	return to;
}
