/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Address spaces: making them, and their pages. Private to the guest kernel.
 */
#ifndef GUEST_SPACE_H
#define GUEST_SPACE_H

#include "guest/kernel.h"

/* A new space of that name, with an empty page table. Null with a message. */
struct space *space_create(struct kernel *k, enum space_name name, uint64_t value,
                           struct error *err);
void space_free(struct space *s);

/* The first and last canonical addresses of the lower and upper half. */
void space_halves(const struct kernel *k, uint64_t first[2], uint64_t last[2]);

/* Maps the page of the policy's size that holds `at`, within `region`. */
enum guest_answer space_map_page(struct kernel *k, struct space *s, const struct region *region,
                                 uint64_t at, struct error *err);

/* Goes over the pages in [first, last] and, if `unmap`, unmaps them and frees
 * their frames, else gives them `rights`. Large pages that reach beyond are split. */
bool space_change(struct kernel *k, struct space *s, uint64_t first, uint64_t last, bool unmap,
                  uint8_t rights, struct error *err) __attribute__((warn_unused_result));

/* Maps whatever is not mapped yet in [first, last] of `region`. */
bool space_populate(struct kernel *k, struct space *s, uint64_t first, uint64_t last,
                    struct error *err) __attribute__((warn_unused_result));

#endif
