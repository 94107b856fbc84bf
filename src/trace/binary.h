/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the readers and writers of binary formats share: little-endian numbers.
 * Private to src/trace.
 */
#ifndef EPTSIM_TRACE_BINARY_H
#define EPTSIM_TRACE_BINARY_H

#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hosts are little-endian");

static inline uint16_t get16(const unsigned char *p)
{
	uint16_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

static inline uint32_t get32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

static inline uint64_t get64(const unsigned char *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof value);
	return value;
}

static inline void put16(unsigned char *p, uint16_t value)
{
	memcpy(p, &value, sizeof value);
}

static inline void put32(unsigned char *p, uint32_t value)
{
	memcpy(p, &value, sizeof value);
}

static inline void put64(unsigned char *p, uint64_t value)
{
	memcpy(p, &value, sizeof value);
}

#endif
