/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Plans as a work list, for the image.
 */
#ifndef VMXLIST_LIST_H
#define VMXLIST_LIST_H

#include "vmxlist/plan.h"

#include <stdio.h>

struct list; /* being built */

struct list *list_create(void);
void list_free(struct list *l); /* NULL is allowed */

/* False: the list would exceed what the image takes. */
bool list_add(struct list *l, const struct plan *plan);

/* Header and items. 0, or -1 if the stream takes no more. */
int list_write(struct list *l, FILE *out);

#endif
