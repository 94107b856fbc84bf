/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading memory-access traces: any format, plain or compressed, from a file,
 * standard input or memory, as blocks of records.
 *
 *	struct trace_error error;
 *	struct trace *t = trace_open("-", NULL, &error);
 *	if (!t)
 *		... error.message ...
 *	while ((n = trace_next_block(t, records, capacity)) > 0)
 *		... use records[0..n) ...
 *	if (trace_failed(t))
 *		... trace_failed(t)->message; everything before it was used ...
 *	trace_close(t);
 *
 * Memory in use does not grow with the trace. A trace is hostile input:
 * whatever it holds, the reader ends with records or with one sentence.
 */
#ifndef EPTSIM_TRACE_TRACE_H
#define EPTSIM_TRACE_TRACE_H

#include <eptsim/access.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What a record asks for. Accesses have the values of enum access_type. */
enum trace_op {
	TRACE_READ = ACCESS_READ,
	TRACE_WRITE = ACCESS_WRITE,
	TRACE_MODIFY = ACCESS_RMW,
	TRACE_FETCH = ACCESS_FETCH,
	/* Directives: what happens to the address space. Fields that are not
	 * named are 0. docs/formats/eptrace-text.md says what each one means. */
	TRACE_CR3 = ACCESS_TYPES, /* MOV to CR3 of `address`, all 64 bits */
	TRACE_INVLPG,             /* `address` */
	TRACE_INVPCID,            /* `type` 0..3, `tag` = PCID 0..4095, `address` */
	TRACE_INVEPT,             /* `type` 1 or 2 */
	TRACE_INVVPID,            /* `type` 0..3, `tag` = VPID, `address` */
	TRACE_VM,                 /* `tag` = number of the virtual machine that runs now */
	TRACE_MAP,                /* pages of [address, address + length), `rights` */
	TRACE_UNMAP,              /* pages of [address, address + length) */
	TRACE_PROTECT,            /* pages of [address, address + length), `rights` */
	TRACE_OPS
};

/* trace_record.rights; 0: mapped, and every access is refused */
#define TRACE_RIGHT_R 1
#define TRACE_RIGHT_W 2
#define TRACE_RIGHT_X 4

/* trace_record.flags: which optional fields the trace gave. */
#define TRACE_HAS_PC 1
#define TRACE_HAS_TID 2
#define TRACE_HAS_ASID 4
#define TRACE_HAS_CPL 8

#define TRACE_SIZE_MAX 4096 /* bytes of one access: at most two pages */
#define TRACE_CPL_DEFAULT 3

/* 32 bytes, so that a block of 1024 stays in a first-level data cache. */
struct trace_record {
	uint64_t address; /* GVA; GPA where the format says so (trace_format.flags) */
	union {
		uint64_t pc;     /* accesses: of the instruction; 0 unless TRACE_HAS_PC */
		uint64_t length; /* map, unmap, protect: bytes, a multiple of 4096, not 0;
		                  * address + length is at most 2^64 (then the sum is 0) */
	};
	uint32_t tid;  /* thread, 0 unless TRACE_HAS_TID */
	uint32_t asid; /* number of an address space, 0 unless TRACE_HAS_ASID */
	union {
		uint16_t size; /* accesses: bytes, 1..TRACE_SIZE_MAX */
		uint16_t tag;  /* PCID, VPID or number of a virtual machine */
	};
	uint8_t op;    /* enum trace_op */
	uint8_t flags; /* TRACE_HAS_* */
	uint8_t cpl;   /* 0..3, TRACE_CPL_DEFAULT unless TRACE_HAS_CPL */
	union {
		uint8_t rights; /* map, protect: TRACE_RIGHT_* */
		uint8_t type;   /* invpcid, invept, invvpid: the SDM's type */
	};
	uint16_t unused; /* 0: makes records comparable by memcmp */
};

_Static_assert(sizeof(struct trace_record) == 32, "a record is half a cache line");

static inline bool trace_is_access(const struct trace_record *r)
{
	return r->op < ACCESS_TYPES;
}

/* The access that an access record stands for. */
static inline struct access trace_access(const struct trace_record *r)
{
	return (struct access){ .gva = gva(r->address), .size = r->size, .type = r->op };
}

/* "read", "write", "modify", "fetch", "cr3", "invlpg" ... */
const char *trace_op_name(enum trace_op op);

/* trace_format.flags */
#define TRACE_FORMAT_BINARY 1   /* errors give a byte offset, not a line */
#define TRACE_FORMAT_PHYSICAL 2 /* addresses are guest-physical */
#define TRACE_FORMAT_SAMPLED 4  /* holds a sample of the accesses only */

/* One format. Further fields are the readers' own: trace/format.h. */
struct trace_format;

const char *trace_format_name(const struct trace_format *format);        /* "lackey" */
const char *trace_format_description(const struct trace_format *format); /* one line */
unsigned trace_format_flags(const struct trace_format *format);          /* TRACE_FORMAT_* */
/* NULL if no format has this name. */
const struct trace_format *trace_format_find(const char *name);
/* i-th format, NULL after the last. */
const struct trace_format *trace_format_at(size_t i);

struct trace_options {
	const char *format;  /* name; NULL: recognise by content */
	bool strict;         /* a line of another shape is a malformed record */
	uint64_t max_errors; /* malformed records to tolerate: skipped and counted */
	/* Sees every byte as it is read, before decompression and in order; for
	 * a digest of the input. May be NULL. */
	void (*on_input)(void *context, const void *bytes, size_t size);
	void *on_input_context;
	/* Text formats: the line of each record of a block goes here; as long as the
	 * largest block asked for. May be NULL. */
	uint64_t *lines;
	/* Bytes of the reader's buffer; 0: 1 MiB. Tests make it small; the least
	 * is TRACE_BUFFER_MIN. */
	size_t buffer_size;
};

#define TRACE_BUFFER_MIN 256
/* A text line is at most this long; what remains of a longer one is skipped. */
#define TRACE_LINE_MAX 65536

enum trace_error_kind {
	TRACE_ERROR_NONE,
	TRACE_ERROR_USAGE,     /* an option: unknown format name */
	TRACE_ERROR_OPEN,      /* missing, unreadable, a directory */
	TRACE_ERROR_READ,      /* the system refused a read, or memory ran out */
	TRACE_ERROR_COMPRESSED, /* a compressed stream is damaged or ends too early */
	TRACE_ERROR_FORMAT,    /* empty, of no known format, or without any record */
	TRACE_ERROR_MALFORMED  /* a record is not what its format says */
};

struct trace_error {
	enum trace_error_kind kind;
	uint64_t line;   /* text formats: number of the line, from 1; else 0 */
	uint64_t offset; /* binary formats: byte of the decompressed trace, from 0 */
	/* One sentence that starts with the file's name and, where there is one,
	 * the place: "a.txt:12: expected ..., found \"...\"". No newline, and
	 * nothing unprintable that came from the trace. */
	char message[512];
};

struct trace_counts {
	uint64_t records;    /* delivered: accesses and directives */
	uint64_t directives; /* of these, directives */
	uint64_t lines;      /* text formats: lines read */
	uint64_t foreign;    /* lines of another shape, mixed in and skipped */
	uint64_t errors;     /* malformed records, tolerated by max_errors */
	uint64_t other;      /* items of the format that are no accesses: prefetches, escapes */
	uint64_t bytes;      /* of the decompressed trace, as far as it was used */
};

/* A source of bytes: at most `size` of them into `buffer`; returns how many, 0
 * at the end, or -1 with errno set. May return fewer than asked for. */
typedef ptrdiff_t trace_read_function(void *context, void *buffer, size_t size);

struct trace; /* a reader */

/* Open a file, or standard input for "-". Reads as much as recognising the
 * format takes. `options` may be NULL: all 0. On failure NULL, and `*error`
 * says why. */
struct trace *trace_open(const char *path, const struct trace_options *options,
                         struct trace_error *error) __attribute__((warn_unused_result));

/* The same over bytes in memory, which must outlive the reader, and over any
 * source. `name` stands for the file in messages. */
struct trace *trace_open_memory(const void *bytes, size_t size, const char *name,
                                const struct trace_options *options, struct trace_error *error)
	__attribute__((warn_unused_result));
struct trace *trace_open_source(trace_read_function *read, void *context, const char *name,
                                const struct trace_options *options, struct trace_error *error)
	__attribute__((warn_unused_result));

void trace_close(struct trace *t); /* NULL is allowed */

/* The next records, at most `capacity`, which is at least TRACE_BLOCK_MIN.
 * 0 at the end and after an error; a smaller count than `capacity` says
 * nothing. Where blocks end depends on the trace alone, not on how its bytes
 * arrive: input is waited for until the block is full. */
size_t trace_next_block(struct trace *t, struct trace_record *records, size_t capacity)
	__attribute__((warn_unused_result));

/* One trace item may make several records (an instruction and its operands);
 * a reader stops when this many might not fit any more. */
#define TRACE_BLOCK_MIN 64

/* The error that ended the trace, or NULL. All records before it were delivered. */
const struct trace_error *trace_failed(const struct trace *t);
/* The first of the tolerated errors, or NULL. */
const struct trace_error *trace_tolerated(const struct trace *t);
struct trace_counts trace_counts(const struct trace *t);
const struct trace_format *trace_format(const struct trace *t);
/* Those of the format, and those that the trace itself says; known when its
 * first record is. */
unsigned trace_flags(const struct trace *t);
/* "gzip", "xz", "bzip2", "zstd", "lz4", "zip", or "none". */
const char *trace_compression(const struct trace *t);

/* Writing eptrace text: the header line, and one line a record. False if the
 * stream failed (errno is set). */
bool eptrace_text_begin(FILE *out);
bool eptrace_text_write(FILE *out, const struct trace_record *records, size_t count);
/* One line, with its newline and a NUL behind; returns its length. */
size_t eptrace_text_line(char line[], const struct trace_record *record);
#define EPTRACE_LINE_SIZE 160 /* bytes that the longest line and its NUL need */

/* Writing eptrace binary. `flags`: TRACE_FORMAT_PHYSICAL, TRACE_FORMAT_SAMPLED.
 * NULL: no memory. False if the stream failed (errno is set). */
struct eptrace_binary_writer;
struct eptrace_binary_writer *eptrace_binary_begin(FILE *out, unsigned flags);
bool eptrace_binary_write(struct eptrace_binary_writer *w, const struct trace_record *records,
                          size_t count);
bool eptrace_binary_end(struct eptrace_binary_writer *w); /* writes the rest, and frees */

#endif
