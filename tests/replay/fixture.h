/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A machine under settings given as "key=value ...", and records replayed on it.
 */
#ifndef TESTS_REPLAY_FIXTURE_H
#define TESTS_REPLAY_FIXTURE_H

#include "replay/replay.h"

#include "host/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct settings *settings;
	struct replay_configs configs;
	struct replay replay;
};

static inline void fixture_set(struct fixture *f, const char *assignments)
{
	char *copy = strdup(assignments), *rest = copy, *one;
	struct error err = { "" };

	while ((one = strsep(&rest, " ")))
		if (*one)
			ck_assert_msg(settings_assign(f->settings, SETTING_OVERRIDE, one, "test",
			                              &err),
			              "%s", err.message);
	free(copy);
}

/* No TLB and no other cache: every access walks cold. */
#define NO_CACHES                                                                  \
	"tlb.l1i.4k.ways=0 tlb.l1i.2m.ways=0 tlb.l1d.4k.ways=0 tlb.l1d.2m.ways=0 " \
	"tlb.l1d.1g.ways=0 tlb.stlb.ways=0 tlb.stlb.1g.ways=0 nested.ways=0 "      \
	"tlb.stlb.replacement=lru psc.guest.pml5e.ways=0 psc.guest.pml4e.ways=0 "  \
	"psc.guest.pdpte.ways=0 psc.guest.pde.ways=0 psc.ept.pml5e.ways=0 "        \
	"psc.ept.pml4e.ways=0 psc.ept.pdpte.ways=0 psc.ept.pde.ways=0 "

static inline void fixture_begin(struct fixture *f, const char *assignments)
{
	struct error err = { "" };

	f->settings = settings_new();
	ck_assert_ptr_nonnull(f->settings);
	ck_assert_msg(replay_configs_add(f->settings, &f->configs, &err), "%s", err.message);
	fixture_set(f, assignments);
	ck_assert_msg(replay_configs_check(f->settings, &f->configs, &err), "%s", err.message);
	ck_assert_msg(replay_init(&f->replay, &f->configs, &err), "%s", err.message);
}

static inline void fixture_end(struct fixture *f)
{
	replay_destroy(&f->replay);
	settings_delete(f->settings);
}

/* Replays eptrace text; false with a message where that ends. */
static inline bool fixture_try(struct fixture *f, const char *text, struct error *err)
{
	struct trace_options options = { .format = "eptrace" };
	struct trace_error error;
	struct trace *t = trace_open_memory(text, strlen(text), "test", &options, &error);
	struct trace_record records[256];
	size_t count, done;
	bool good = true;

	ck_assert_msg(t != NULL, "%s", error.message);
	while (good && (count = trace_next_block(t, records, 256)) > 0)
		good = replay_block(&f->replay, records, count, &done, err);
	ck_assert_msg(trace_failed(t) == NULL, "%s",
	              trace_failed(t) ? trace_failed(t)->message : "");
	trace_close(t);
	replay_finish(&f->replay);
	return good;
}

static inline void fixture_replay(struct fixture *f, const char *text)
{
	struct error err = { "" };

	ck_assert_msg(fixture_try(f, text, &err), "%s", err.message);
}

/* One access. */
static inline void fixture_access(struct fixture *f, enum trace_op op, uint64_t address)
{
	struct trace_record record = {
		.address = address, .size = 8, .op = (uint8_t)op, .cpl = TRACE_CPL_DEFAULT
	};
	struct error err = { "" };
	size_t done;

	ck_assert_msg(replay_block(&f->replay, &record, 1, &done, &err), "%s", err.message);
}

static inline const struct walk_stats *fixture_walks(const struct fixture *f)
{
	return &f->replay.machine.walk;
}

#endif
