/* SPDX-License-Identifier: BSD-2-Clause
 *
 * However the bytes arrive, the same comes of them: each trace is cut at every
 * place, delivered in pieces of every size, and read through small buffers.
 */
#include "trace_test.h"

#include <errno.h>

static struct reading whole, pieces;

struct source {
	const char *bytes;
	size_t size, at;
	size_t piece; /* bytes a read */
	size_t cut;   /* a read ends here */
	size_t fail;  /* at this byte reading fails with EIO; SIZE_MAX: nowhere */
};

static ptrdiff_t source_read(void *context, void *buffer, size_t size)
{
	struct source *s = context;
	size_t left = s->size - s->at;

	if (s->at == s->fail) {
		errno = EIO;
		return -1;
	}
	size = size < left ? size : left;
	size = size < s->piece ? size : s->piece;
	if (s->at < s->cut && size > s->cut - s->at)
		size = s->cut - s->at;
	if (s->at < s->fail && size > s->fail - s->at)
		size = s->fail - s->at;
	memcpy(buffer, s->bytes + s->at, size);
	s->at += size;
	return (ptrdiff_t)size;
}

static void read_source(struct reading *r, struct source source,
                        const struct trace_options *options)
{
	struct trace_error error;
	struct trace *t = trace_open_source(source_read, &source, "t", options, &error);

	read_all(r, t, &error);
}

static const char lackey[] =
	"==1== Lackey\n==1== \nI  04001090,3\n S 1ffeffe7e8,8\nhello\n L 04227f88,8\r\n"
	"glued I  0493f350,6\n M ffffffffffffffff,4096\n\nI  add\n S 04001090,0\nI  04001091,1\n"
	" L 00000000000000000000000000001234,2\n S 04001092,2";

static const char eptrace[] =
	"# eptrace 1\r\n\nr 0x1000 8\nw 0x7fffffffe000 4096 pc=0x401000 tid=1 asid=2 cpl=0\n"
	"map 0x1000 8192 rwx # text\nm 0x2000 4\nbroken\nx 0x1 1\ninvpcid 1 5 0x1000\n"
	"r 0x1000 4097\nunmap 0x1000 4096\nvm 3\ninvept 2\ncr3 0x123000\nx 0xffffffffffffffff 15\n"
	"r 0x00000000000000000000000000001234 2\nw 0x1004 4";

static void check_text(const char *text, size_t size, struct trace_options options)
{
	struct source source = { .bytes = text, .size = size, .piece = SIZE_MAX, .fail = SIZE_MAX };
	struct source cut = source;

	read_memory(&whole, text, size, &options);
	for (cut.cut = 1; cut.cut < size; cut.cut++) {
		read_source(&pieces, cut, &options);
		check_same(&whole, &pieces);
	}
	for (size_t buffer = TRACE_BUFFER_MIN; buffer < TRACE_BUFFER_MIN + 70; buffer++) {
		options.buffer_size = buffer;
		for (source.piece = 1; source.piece <= buffer + 1; source.piece += 1 + buffer % 5) {
			read_source(&pieces, source, &options);
			check_same(&whole, &pieces);
		}
	}
}

START_TEST(every_split)
{
	/* Failing at the first error, failing at the second, reading to the end. */
	for (unsigned errors = 0; errors < 3; errors++) {
		struct trace_options options = { .max_errors = errors };

		check_text(lackey, sizeof lackey - 1, options);
		options.strict = true;
		check_text(lackey, sizeof lackey - 1, options);
		options.strict = false;
		check_text(eptrace, sizeof eptrace - 1, options);
	}
	ck_assert_uint_eq(whole.count, 13);
}
END_TEST

/* More than a block, more than a buffer. */
START_TEST(long_traces)
{
	enum { LINES = 20000, LINE = 24 };
	char *text = malloc(LINES * LINE);
	size_t size = 0;
	struct source source = { .fail = SIZE_MAX };

	for (unsigned i = 0; i < LINES; i++)
		size += (size_t)sprintf(text + size, " %c %08x,%u\n", "SLM"[i % 3], i * 4096 % 77777,
		                        1 + i % 16);
	read_memory(&whole, text, size, NULL);
	ck_assert_uint_eq(whole.count, LINES);
	source.bytes = text;
	source.size = size;
	for (source.piece = 1; source.piece < 5000; source.piece = source.piece * 2 + 1) {
		struct trace_options options = { .buffer_size = 300 + source.piece };

		read_source(&pieces, source, &options);
		check_same(&whole, &pieces);
	}
	free(text);
}
END_TEST

/* Blocks of every capacity are full until the trace ends. */
START_TEST(full_blocks)
{
	struct trace_record records[400];

	for (size_t capacity = TRACE_BLOCK_MIN; capacity < 400; capacity++) {
		struct trace_error error;
		char lines[300 * 16];
		size_t size = 0, left = 300;
		struct source source = { .bytes = lines, .piece = 7, .fail = SIZE_MAX };
		struct trace *t;

		for (unsigned i = 0; i < 300; i++)
			size += (size_t)sprintf(lines + size, " S %08x,%u\n", i, 1 + i);
		source.size = size;
		t = trace_open_source(source_read, &source, "t", NULL, &error);
		ck_assert_ptr_nonnull(t);
		while (left > 0) {
			size_t n = trace_next_block(t, records, capacity);

			ck_assert_uint_eq(n, left < capacity ? left : capacity);
			left -= n;
		}
		ck_assert_uint_eq(trace_next_block(t, records, capacity), 0);
		trace_close(t);
	}
}
END_TEST

/* A read that fails is told after the records before it. */
START_TEST(failing_reads)
{
	struct source source = { .bytes = lackey, .size = sizeof lackey - 1, .piece = SIZE_MAX };
	size_t records = 0;

	for (source.fail = 0; source.fail < source.size; source.fail++) {
		size_t expected = 0;

		read_source(&pieces, source, NULL);
		ck_assert_uint_ne(pieces.failed.kind, TRACE_ERROR_NONE);
		if (pieces.failed.kind == TRACE_ERROR_READ)
			ck_assert_str_eq(pieces.failed.message, "t: cannot read: Input/output error");
		/* What the whole lines before the failure hold; none of these
		 * prefixes ends in the malformed line. */
		for (size_t i = 0; i + 1 < sizeof lackey && i < source.fail; i++)
			if (lackey[i] == '\n' && i > 3 && strchr("0123456789\r", lackey[i - 1]))
				expected++;
		if (pieces.failed.kind == TRACE_ERROR_READ && pieces.count != 0)
			ck_assert_uint_eq(pieces.count, expected);
		ck_assert_uint_ge(pieces.count, records);
		records = pieces.count;
	}
	ck_assert_uint_eq(records, 5);
}
END_TEST

struct digest {
	uint64_t sum, bytes;
};

static void add_to_digest(void *context, const void *bytes, size_t size)
{
	struct digest *d = context;

	for (size_t i = 0; i < size; i++)
		d->sum = d->sum * 31 + ((const unsigned char *)bytes)[i];
	d->bytes += size;
}

/* on_input sees each byte once and in order. */
START_TEST(input_is_shown)
{
	struct digest expected = { 0 };

	add_to_digest(&expected, eptrace, sizeof eptrace - 1);
	for (size_t piece = 1; piece < sizeof eptrace; piece++) {
		struct digest digest = { 0 };
		struct trace_options options = { .max_errors = 9,
			                         .on_input = add_to_digest,
			                         .on_input_context = &digest };
		struct source source = { .bytes = eptrace, .size = sizeof eptrace - 1,
			                 .piece = piece, .fail = SIZE_MAX };

		read_source(&pieces, source, &options);
		ck_assert_uint_eq(digest.bytes, expected.bytes);
		ck_assert_uint_eq(digest.sum, expected.sum);
	}
}
END_TEST

/* A record that hangs on an over-long line is not lost when the line is cut. */
START_TEST(over_long_pieces)
{
	char text[1200];
	int size = sprintf(text, "I  04001090,3\n%01000dhelloI  04001091,6\n L 04001092,1\n", 0);
	struct trace_options options = { .buffer_size = TRACE_BUFFER_MIN };
	struct source source = { .bytes = text, .size = (size_t)size, .fail = SIZE_MAX };

	for (source.piece = 1; source.piece <= 300; source.piece++) {
		read_source(&pieces, source, &options);
		ck_assert_str_eq(pieces.failed.message, "");
		ck_assert_uint_eq(pieces.count, 3);
		ck_assert_uint_eq(pieces.records[1].address, 0x4001091);
		ck_assert_uint_eq(pieces.counts.foreign, 1);
		ck_assert_uint_eq(pieces.counts.lines, 3);
		ck_assert_uint_eq(pieces.counts.bytes, source.size);
	}
}
END_TEST

/* An endless line needs no endless memory, and its number is one. */
struct endless {
	uint64_t left;
	size_t begun;
};

static ptrdiff_t endless_read(void *context, void *buffer, size_t size)
{
	static const char begin[] = "I  04001090,3\n", end[] = "\n S 04001090,0\n";
	struct endless *e = context;

	if (e->begun < sizeof begin - 1) {
		*(char *)buffer = begin[e->begun++];
		return 1;
	}
	if (e->left == 0)
		return 0;
	if (e->left <= sizeof end) {
		e->left = 0;
		memcpy(buffer, end, sizeof end - 1);
		return sizeof end - 1;
	}
	size = size < e->left - sizeof end ? size : e->left - sizeof end;
	memset(buffer, '=', size);
	e->left -= size;
	return (ptrdiff_t)size;
}

START_TEST(endless_line)
{
	struct endless endless = { .left = UINT64_C(1) << 30 };
	struct trace_options options = { .format = "lackey" };
	struct trace_error error;
	struct trace *t = trace_open_source(endless_read, &endless, "t", &options, &error);

	read_all(&pieces, t, &error);
	ck_assert_uint_eq(pieces.failed.line, 3);
	ck_assert_uint_eq(pieces.counts.foreign, 1);
	ck_assert_uint_eq(pieces.count, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { every_split,   long_traces,    full_blocks,
		                       failing_reads, input_is_shown, over_long_pieces,
		                       endless_line };

	return run_tests("trace/split", tests, sizeof tests / sizeof *tests);
}
