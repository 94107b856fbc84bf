/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Configuration of the timing model: data caches, walkers, core, costs. The
 * structures that cache translations belong to the machine's configuration;
 * here is only what a lookup in them costs.
 */
#ifndef TIMING_CONFIG_H
#define TIMING_CONFIG_H

#include "host/settings.h"

enum data_cache_id { CACHE_L1I, CACHE_L1D, CACHE_L2, CACHE_LLC, DATA_CACHES };

/* What a cache holds of what the caches nearer to the core hold. */
enum inclusion {
	INCLUSION_NONE,      /* filled on a miss; what it evicts may stay nearer to the core */
	INCLUSION_INCLUSIVE, /* filled on a miss; what it evicts goes there as well */
	INCLUSION_VICTIM     /* filled by what the level before evicts; a hit moves the line up */
};

#define TIMING_LINE_SHIFT 6 /* 64-byte lines, as every x86 processor here has them */
#define TIMING_CACHE_LINES_MAX (1u << 24) /* of one cache: 1 GiB */

struct data_cache_config {
	uint32_t sets, ways;       /* 0 ways: there is none */
	uint8_t hash, replacement; /* base/assoc.h */
	uint8_t inclusion;         /* enum inclusion; first-level caches: unused */
	uint32_t latency;          /* cycles from the address to the data */
};

enum core_model {
	CORE_AUTO, /* what suits the command; here the same as serial */
	CORE_SERIAL,
	CORE_WINDOW
};
enum walker_port { WALKER_PORT_L1D, WALKER_PORT_L2 };

#define TIMING_WIDTH_MAX 16
#define TIMING_ROB_MAX 1024
#define TIMING_QUEUE_MAX 1024
#define TIMING_FILL_BUFFERS_MAX 64
#define TIMING_WALKERS_MAX 16

struct core_config {
	uint8_t model; /* enum core_model */
	double clock;  /* GHz: turns cycles into nanoseconds */
	uint32_t width, rob, load_queue, store_queue, fill_buffers;
};

struct walker_config {
	uint32_t count;
	uint8_t port;   /* enum walker_port: the level whose cache a reference asks first */
	uint32_t start; /* cycles from a miss to the first reference */
};

/* What a lookup costs beyond a hit in a first-level TLB. */
struct lookup_config {
	uint32_t stlb;      /* a hit, and what a miss has lost */
	uint32_t guest_psc; /* a hit in a guest paging-structure cache, in a walk */
	uint32_t ept_psc;   /* the same of EPT */
	uint32_t nested;    /* a hit in the nested TLB, in a walk */
};

/* What interrupts the program: id, setting and statistic, default, what it is. */
#define TIMING_COSTS(X)                                                                      \
	X(COST_FAULT, page_fault, "500", "Delivery of an exception to the guest")            \
	X(COST_KERNEL, guest_handler, "1000", "The guest kernel's handling of a page fault") \
	X(COST_EXIT, vm_exit, "1200", "A VM exit and the VM entry that follows")             \
	X(COST_HYPERVISOR, hypervisor_handler, "1500", "The hypervisor's handling of an exit") \
	X(COST_INVLPG, invlpg, "150", "INVLPG")                                              \
	X(COST_INVPCID, invpcid, "150", "INVPCID")                                           \
	X(COST_INVEPT, invept, "300", "INVEPT")                                              \
	X(COST_INVVPID, invvpid, "300", "INVVPID")                                           \
	X(COST_MOV_CR3, mov_cr3, "200", "MOV to CR3")

enum timing_cost {
#define X(id, name, value, text) id,
	TIMING_COSTS(X)
#undef X
	TIMING_COST_COUNT
};

struct timing_config {
	struct data_cache_config cache[DATA_CACHES];
	uint32_t memory_latency; /* cycles from the address to the data */
	struct core_config core;
	struct walker_config walker;
	struct lookup_config lookup;
	uint32_t flag_write; /* cycles of a locked update of an A or D flag */
	uint32_t cost[TIMING_COST_COUNT];
	bool fast_paths; /* the simulator's own short cuts; they change no number */
	uint64_t seed;   /* of random replacement; no setting of its own */
};

/* Joins the tables to `s`; `config` gets the defaults. */
bool timing_settings_add(struct settings *s, struct timing_config *config, struct error *err)
	__attribute__((warn_unused_result));

/* Rules that join several fields. Call it when every layer is loaded. */
bool timing_config_check(const struct settings *s, const struct timing_config *config,
			 struct error *err) __attribute__((warn_unused_result));

#endif
