/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The grammar of eptrace text as a table: one row a record, read by the reader
 * and by the writer. docs/formats/eptrace-text.md says it in words. Private to
 * src/trace.
 */
#ifndef EPTSIM_TRACE_EPTRACE_H
#define EPTSIM_TRACE_EPTRACE_H

#include "trace/trace.h"

#define EPTRACE_VERSION 1
#define EPTRACE_HEADER "# eptrace "

/* Operands, one letter each in eptrace_row.operands. */
#define OPERAND_ADDRESS 'a'      /* -> address */
#define OPERAND_PAGE_ADDRESS 'g' /* -> address, a multiple of 4096 */
#define OPERAND_LENGTH 'l'       /* -> length, a multiple of 4096; after 'g' */
#define OPERAND_RIGHTS 'r'       /* -> rights; may be missing, last */
#define OPERAND_SIZE 's'         /* -> size, 1..4096 */
#define OPERAND_TYPE 't'         /* -> type 0..3 */
#define OPERAND_INVEPT_TYPE 'e'  /* -> type 1..2 */
#define OPERAND_PCID 'p'         /* -> tag 0..4095 */
#define OPERAND_NUMBER 'n'       /* -> tag 0..65535: VPID, virtual machine */

struct eptrace_row {
	const char *word;
	const char *operands;
};

extern const struct eptrace_row eptrace_rows[TRACE_OPS];

#endif
