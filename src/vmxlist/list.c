/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmxlist/list.h"

#include <stdlib.h>
#include <string.h>

struct list {
	unsigned char *bytes;
	size_t used, size;
	uint32_t items;
};

struct list *list_create(void)
{
	return calloc(1, sizeof(struct list));
}

void list_free(struct list *l)
{
	if (!l)
		return;
	free(l->bytes);
	free(l);
}

static void append(struct list *l, const void *bytes, size_t size)
{
	if (size == 0)
		return;
	if (l->size - l->used < size) {
		size_t wanted = 2 * (l->used + size) + 65536;
		unsigned char *grown = realloc(l->bytes, wanted);

		if (!grown) {
			fputs("eptsim: out of memory\n", stderr);
			exit(2);
		}
		l->bytes = grown;
		l->size = wanted;
	}
	memcpy(l->bytes + l->used, bytes, size);
	l->used += size;
}

bool list_add(struct list *l, const struct plan *plan)
{
	struct work_item item = plan->item;
	size_t bytes = sizeof(item) + sizeof(struct work_cell) * ((size_t)item.cells + item.extras) +
		       sizeof(struct work_op) * item.ops + sizeof(struct work_cell) * plan->store_count;

	if (l->items == WORK_ITEMS_MAX || sizeof(struct work_header) + l->used + bytes > WORK_BYTES_MAX)
		return false;
	item.bytes = (uint32_t)bytes;
	append(l, &item, sizeof(item));
	append(l, plan->cells, sizeof(struct work_cell) * item.cells);
	append(l, plan->extras, sizeof(struct work_cell) * item.extras);
	for (unsigned i = 0; i < item.ops; i++) {
		append(l, &plan->ops[i].op, sizeof(struct work_op));
		append(l, plan->ops[i].stores, sizeof(struct work_cell) * plan->ops[i].op.stores);
	}
	l->items++;
	return true;
}

int list_write(struct list *l, FILE *out)
{
	struct work_header header = {
		.magic = WORK_MAGIC,
		.version = WORK_VERSION,
		.items = l->items,
		.bytes = sizeof(header) + l->used,
		.checksum = work_checksum(l->bytes, l->used),
	};

	if (fwrite(&header, sizeof(header), 1, out) != 1)
		return -1;
	return l->used == 0 || fwrite(l->bytes, l->used, 1, out) == 1 ? 0 : -1;
}
