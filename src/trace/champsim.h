/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The layout of ChampSim's records, for reader and writer. Both variants are
 * structs of ChampSim's inc/trace_instruction.h as gcc lays them out for
 * x86-64. Private to src/trace.
 */
#ifndef EPTSIM_TRACE_CHAMPSIM_H
#define EPTSIM_TRACE_CHAMPSIM_H

#include <stddef.h>

struct champsim_layout {
	size_t size;                      /* of a record */
	size_t destinations, sources;     /* slots for addresses; 0 in one: empty */
	size_t destination_at, source_at; /* byte of the first slot */
	size_t asid_at;                   /* two bytes; 0: none */
};

/* 0 ip, 8 is_branch, 9 branch_taken, 10 two destination registers, 12 four
 * source registers, 16 two destination addresses, 32 four source addresses */
#define CHAMPSIM_LAYOUT ((struct champsim_layout){ 64, 2, 4, 16, 32, 0 })
/* 0 ip, 8 is_branch, 9 branch_taken, 10 four destination registers, 14 four
 * source registers, 18 padding, 24 four destination addresses, 56 four source
 * addresses, 88 two asid bytes, 90 padding */
#define CLOUDSUITE_LAYOUT ((struct champsim_layout){ 96, 4, 4, 24, 56, 88 })

#define CHAMPSIM_IS_BRANCH_AT 8
#define CHAMPSIM_TAKEN_AT 9

#endif
