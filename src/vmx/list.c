/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/list.h"

#include "vmx/console.h"

#include <stdbool.h>

static bool cells_inside(const struct work_cell *cells, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (cells[i].at & 7 || cells[i].at < WORK_WINDOW_START || cells[i].at >= WORK_PRIVATE_END)
			return false;
	return true;
}

/* The counts first, then what they count: nothing outside `bytes` is read. */
static bool item_ok(const struct work_item *item, uint64_t left)
{
	if (left < sizeof *item || item->bytes > left || item->bytes & 7 || item->cells > WORK_CELLS_MAX ||
	    item->extras > WORK_CELLS_MAX || item->ops == 0 || item->ops > WORK_OPS_MAX)
		return false;
	uint64_t used = sizeof *item + sizeof(struct work_cell) * ((uint64_t)item->cells + item->extras);
	const struct work_op *op = work_first_op(item);

	if (used > item->bytes || !cells_inside(work_cells(item), item->cells) ||
	    !cells_inside(work_extras(item), item->extras))
		return false;
	for (unsigned i = 0; i < item->ops; i++) {
		if (item->bytes - used < sizeof *op || op->stores > WORK_CELLS_MAX)
			return false;
		used += sizeof *op + sizeof(struct work_cell) * (uint64_t)op->stores;
		if (used > item->bytes || !cells_inside(work_stores(op), op->stores))
			return false;
		op = work_next_op(op);
	}
	return used == item->bytes;
}

void list_check(const struct work_header *list, uint64_t size)
{
	if (size < sizeof *list || list->magic != WORK_MAGIC)
		die("the boot module is no work list");
	if (list->version != WORK_VERSION)
		die("the work list is of another version");
	if (list->bytes > WORK_BYTES_MAX || list->items > WORK_ITEMS_MAX)
		die("the work list is too large");
	if (list->bytes < sizeof *list || list->bytes > size || list->bytes & 7)
		die("the work list is truncated");
	if (work_checksum(list + 1, list->bytes - sizeof *list) != list->checksum)
		die("the work list is corrupt: its checksum differs");
	const char *at = (const char *)(list + 1);
	uint64_t left = list->bytes - sizeof *list;

	for (uint32_t i = 0; i < list->items; i++) {
		const struct work_item *item = (const void *)at;

		if (!item_ok(item, left))
			die("the work list is corrupt: an item is out of bounds");
		at += item->bytes;
		left -= item->bytes;
	}
	if (left)
		die("the work list is corrupt: bytes after the last item");
}
