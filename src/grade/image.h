/* SPDX-License-Identifier: BSD-2-Clause
 *
 * An EPT in some memory, looked at as a whole.
 */
#ifndef GRADE_IMAGE_H
#define GRADE_IMAGE_H

#include "grade/grade.h"

#include <eptsim/ept.h>

/* The mistake behind a malformed entry. */
enum mistake entry_mistake(enum rule rule, unsigned level, uint64_t entry);
enum mistake eptp_mistake(enum rule rule);

/* Every present entry that can be reached, once: `see` is told, and answers
 * whether to go on. False if it did not, or there are too many tables. */
bool image_visit(const struct ept *ept, const struct mem *mem,
                 bool (*see)(void *context, unsigned level, hpa_t at, uint64_t entry),
                 void *context);

/* Results for the EPT pointer and for all entries. False: no walk is possible. */
bool image_audit(struct grade *g, const struct mem *mem, uint64_t eptp, uint64_t capabilities,
                 unsigned maxphyaddr);
/* A result for each line of the file of expected mappings (docs/instructor.md). */
bool image_expect(struct grade *g, const struct ept *ept, const struct mem *mem, const char *path,
                  struct error *err);

#endif
