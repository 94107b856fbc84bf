/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Replaying a trace: records in, through guest and hypervisor until each access
 * succeeds or nobody can help it, statistics out.
 *
 * A layer of its own, above guest and trace: the guest kernel knows no trace
 * format, and the trace readers know no machine.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "guest/kernel.h"
#include "trace/trace.h"

struct replay_config {
	uint32_t faults_kept; /* unresolved faults to keep in full */
};

bool replay_settings_add(struct settings *s, struct replay_config *config, struct error *err)
	__attribute__((warn_unused_result));

struct replay_stats {
	uint64_t accesses;
	uint64_t by_type[ACCESS_TYPES];
	uint64_t crossing; /* accesses that touch two pages; native speed's enemies */
	uint64_t directives;
	uint64_t ignored; /* directives of a hypervisor, in native mode */
	uint64_t failed;  /* operations that ended in a fault or VMfail */
};

extern const struct stat replay_stat_table[];
extern const size_t replay_stat_count;

/* An access that did not succeed. */
struct replay_fault {
	uint64_t access; /* its number, from 1 */
	struct trace_record record;
	struct fault fault;
};

/* Everything that a machine's settings are. */
struct replay_configs {
	struct machine_config machine;
	struct hv_config hv;
	struct guest_config guest;
	struct replay_config replay;
};

bool replay_configs_add(struct settings *s, struct replay_configs *c, struct error *err)
	__attribute__((warn_unused_result));
bool replay_configs_check(const struct settings *s, const struct replay_configs *c,
                          struct error *err) __attribute__((warn_unused_result));

struct replay {
	struct machine machine;
	struct hv hv;
	struct guest guest;
	struct replay_config config;
	struct replay_stats stats;
	struct replay_fault *fault;
	size_t fault_count;
	uint8_t cpl; /* in force */
	bool fetches; /* the trace has them: data belongs to the instruction fetched last */
	/* Of every instruction to come; null: not known. */
	const struct timing_registers *registers;
};

/* `r` must not move afterwards. False with a message. */
bool replay_init(struct replay *r, const struct replay_configs *c, struct error *err)
	__attribute__((warn_unused_result));
void replay_destroy(struct replay *r); /* right for all zero bytes */

/* Replays the records. False: records[*done] could not be, with a message without
 * its place; then the machine is of no more use. */
bool replay_block(struct replay *r, const struct trace_record *records, size_t count, size_t *done,
                  struct error *err) __attribute__((warn_unused_result));

/* Forgets what was counted, and counts time anew; what is mapped and cached stays. */
void replay_restart(struct replay *r);

/* Works out the sums. Call it before the statistics are read. */
void replay_finish(struct replay *r);

/* The process that the record names runs from here on. */
bool replay_set_process(struct replay *r, const struct trace_record *record, struct error *err)
	__attribute__((warn_unused_result));

/* A directive (replay_directive.c). */
bool replay_directive(struct replay *r, const struct trace_record *record, struct error *err)
	__attribute__((warn_unused_result));

#endif
