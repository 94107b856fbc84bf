/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/code.h"

#include <stdlib.h>
#include <string.h>

#define HASH_SIZE 1024u

static struct code_page **chain(struct cpu *c, hpa_t frame)
{
	return &c->pages[frame.v >> PAGE_SHIFT_4K & (HASH_SIZE - 1)];
}

bool code_init(struct cpu *c)
{
	c->pages = calloc(HASH_SIZE, sizeof *c->pages);
	return c->pages != NULL;
}

struct code_page *code_page_find(struct cpu *c, hpa_t at)
{
	hpa_t frame = hpa(at.v & ~(PAGE_SIZE_4K - 1));
	struct code_page *p;

	for (p = *chain(c, frame); p; p = p->next)
		if (p->frame.v == frame.v)
			return p;
	p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->frame = frame;
	p->next = *chain(c, frame);
	*chain(c, frame) = p;
	arena_attributes_set(&c->machine->arena, frame,
			     arena_attributes(&c->machine->arena, frame) | ARENA_CODE);
	cpu_forget_frame(c, arena_frame(&c->machine->arena, frame));
	return p;
}

static void free_page(struct code_page *p)
{
	for (unsigned i = 0; i < PAGE_SIZE_4K; i++)
		free(p->at[i]);
	free(p);
}

void code_written(struct cpu *c, hpa_t at)
{
	hpa_t frame = hpa(at.v & ~(PAGE_SIZE_4K - 1));
	struct code_page **link = chain(c, frame);

	while (*link && (*link)->frame.v != frame.v)
		link = &(*link)->next;
	arena_attributes_set(&c->machine->arena, frame,
			     arena_attributes(&c->machine->arena, frame) & (uint8_t)~ARENA_CODE);
	struct code_page *p = *link;

	if (!p)
		return;
	*link = p->next;
	p->next = c->dead;
	c->dead = p;
	for (unsigned i = 0; i < FAST_PAGES; i++)
		if (c->fast[FAST_FETCH][i].code == p)
			c->fast[FAST_FETCH][i].code = NULL;
	c->from = NULL;
	c->stop = true;
}

void code_bury(struct cpu *c)
{
	while (c->dead) {
		struct code_page *p = c->dead;

		c->dead = p->next;
		free_page(p);
	}
}

void code_free(struct cpu *c)
{
	code_bury(c);
	for (unsigned i = 0; c->pages && i < HASH_SIZE; i++)
		while (c->pages[i]) {
			struct code_page *p = c->pages[i];

			c->pages[i] = p->next;
			free_page(p);
		}
	free(c->pages);
	c->pages = NULL;
}

static void leave_at(struct op *op, unsigned offset)
{
	*op = (struct op){ .run = op_leave, .start = (uint16_t)offset };
}

void code_one(struct cpu *c, const unsigned char *bytes, unsigned size, unsigned offset,
	      struct op op[2])
{
	bool ends;
	unsigned length = decode_op(c, bytes, size, offset, &op[0], &ends);

	leave_at(&op[1], offset + length);
}

static struct block *decode_block(struct cpu *c, struct code_page *p, unsigned offset)
{
	const unsigned char *bytes = arena_frame(&c->machine->arena, p->frame);
	struct op op[BLOCK_MAX + 1];
	unsigned count = 0;
	bool ends = false;

	if (!bytes)
		return NULL;
	while (count < BLOCK_MAX && !ends && offset < PAGE_SIZE_4K) {
		unsigned room = (unsigned)PAGE_SIZE_4K - offset;
		unsigned length = decode_op(c, bytes + offset,
					    room < INSTRUCTION_MAX ? room : INSTRUCTION_MAX, offset,
					    &op[count], &ends);

		if (length == 0)
			break;
		count++;
		offset += length;
	}
	if (count == 0)
		return NULL;
	leave_at(&op[count], offset);
	for (unsigned i = 0; i < count; i++)
		op[i].left = (uint8_t)(count - 1 - i);
	struct block *b = malloc(sizeof *b + (count + 1) * sizeof *op);

	if (!b)
		return NULL;
	b->count = (uint8_t)count;
	memcpy(b->op, op, (count + 1) * sizeof *op);
	return b;
}

struct block *code_block(struct cpu *c, struct code_page *p, unsigned offset)
{
	if (!p->at[offset])
		p->at[offset] = decode_block(c, p, offset);
	return p->at[offset];
}
