/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the grader and the process that runs the submission say to each other,
 * over two pipes. The runner reports what was returned and which callback was
 * called, never whether that was right: who takes it over can say nothing that
 * the submission could not say by returning it.
 */
#ifndef RUNNER_PROTOCOL_H
#define RUNNER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

/* Descriptors of the runner. */
enum { RUNNER_REQUESTS = 3, RUNNER_REPLIES = 4, RUNNER_MEMORY = 5 };

/* Where the runner sees the simulated memory: fixed, so that a pointer stored in
 * an entry by mistake is the same in each run. Bit 46 is set, as in the pointers
 * of a process without this. */
#define RUNNER_TABLES UINT64_C(0x6b5000000000)
#define RUNNER_GUEST UINT64_C(0x6b5100000000)

/* The memory file: frames for tables first, then the guest's memory. */
#define TABLE_FRAMES 512u
#define GUEST_FRAMES 32u
#define FRAME_SIZE UINT64_C(4096)
#define TABLES_SIZE (TABLE_FRAMES * FRAME_SIZE)
#define GUEST_SIZE (GUEST_FRAMES * FRAME_SIZE)

/* function, must it be there, prototype as shown in messages */
#define FUNCTIONS(X)         \
	X(entry_pa, 1)       \
	X(entry_flags, 1)    \
	X(entry_set_pa, 1)   \
	X(entry_set_perm, 1) \
	X(map, 1)            \
	X(unmap, 1)          \
	X(walk, 1)           \
	X(gpa2hpa, 1)        \
	X(gva2hpa, 1)        \
	X(eptp, 0)           \
	X(map_large, 0)      \
	X(protect, 0)        \
	X(split, 0)          \
	X(merge, 0)          \
	X(on_violation, 0)   \
	X(translate, 0)

enum function {
#define X(name, required) FN_##name,
	FUNCTIONS(X)
#undef X
		FUNCTION_COUNT
};

enum request_kind {
	REQUEST_FILTERS, /* two system-call filters follow: arg[0], arg[1] instructions */
	REQUEST_SETUP,   /* struct setup follows: the machine, from now on */
	REQUEST_CALL,    /* arg[0]: enum function, arg[1..]: its arguments */
	REQUEST_ANSWER   /* to a callback or a store: arg[0] the result, arg[1] a value */
};

struct request {
	uint32_t kind, tail; /* tail: bytes that follow */
	uint64_t arg[8];
};

enum reply_kind {
	REPLY_READY,  /* loaded: v[0] mask of the functions found */
	REPLY_RETURN, /* v[0]: returned; v[1..]: outputs */
	REPLY_ALLOC,  /* the callbacks, with their arguments in v */
	REPLY_FREE,
	REPLY_INVEPT,
	REPLY_INVVPID,
	REPLY_BACKING,
	REPLY_STORE, /* a store to a linked table was made; v[0]: frame */
	REPLY_DIED   /* v[0]: enum death, v[1], v[2]: details */
};

struct reply {
	uint32_t kind, tail; /* tail: bytes of text that follow */
	uint64_t v[8];
};

#define REPLY_TEXT_MAX 400

enum death {
	DEATH_NONE,
	DEATH_SIGNAL,      /* v[1]: number */
	DEATH_STACK,       /* the stack overflowed */
	DEATH_GUEST_WRITE, /* v[1]: offset in the guest's memory that was written */
	DEATH_MEMORY,      /* an address space full of allocations, or one too large (v[1]) */
	DEATH_SYSTEM_CALL, /* v[1]: its number, v[2]: first argument */
	DEATH_LOAD,        /* text follows: what the dynamic loader says */
	/* Seen by the grader itself. */
	DEATH_EXIT, /* v[1]: status */
	DEATH_CPU_TIME,
	DEATH_WALL_TIME,
	DEATH_PROTOCOL,    /* it wrote to the grader's pipe */
	DEATH_STARTED_LATE /* the runner itself could not start */
};

struct setup {
	uint64_t root, eptp, capabilities;
	uint64_t tables, guest; /* hpa of the two regions */
	uint32_t maxphyaddr, levels, want_accessed_dirty, guest_writable;
	uint32_t watch; /* report stores to linked tables */
	uint32_t root_frame;
};

/* In the answer to REPLY_STORE and to a callback: this many frames (2 bytes each)
 * follow that are linked from now on, and so to be watched. */

#endif
