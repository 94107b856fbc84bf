/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/exam.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Notes ---- */

static struct finding *note(struct exam *x, enum mistake m, bool warning)
{
	struct finding *f;

	/* One warning of a kind is enough. */
	for (unsigned i = 0; i < x->findings; i++)
		if (warning && x->finding[i].mistake == m)
			return NULL;
	if (x->findings == FINDINGS_MAX)
		return NULL;
	f = &x->finding[x->findings++];
	memset(f, 0, sizeof *f);
	f->mistake = m;
	f->warning = warning;
	snprintf(f->called, sizeof f->called, "%.300s%s%s", x->situation ? x->situation : "",
	         x->situation ? "; " : "", x->called);
	return f;
}

bool exam_fail(struct exam *x, enum mistake m, const char *expected, ...)
{
	struct finding *f = x->failed ? NULL : note(x, m, false);
	va_list list;

	x->failed = true;
	if (!f)
		return false;
	va_start(list, expected);
	vsnprintf(f->expected, sizeof f->expected, expected, list);
	va_end(list);
	return false;
}

void exam_warn(struct exam *x, enum mistake m, const char *expected, ...)
{
	struct finding *f = note(x, m, true);
	va_list list;

	if (!f)
		return;
	va_start(list, expected);
	vsnprintf(f->expected, sizeof f->expected, expected, list);
	va_end(list);
}

void exam_hardware(struct exam *x, const char *format, ...)
{
	struct finding *f = x->findings ? &x->finding[x->findings - 1] : NULL;
	va_list list;

	if (!f || f->hardware[0])
		return;
	va_start(list, format);
	vsnprintf(f->hardware, sizeof f->hardware, format, list);
	va_end(list);
}

/* ---- Machine and process ---- */

static bool died(struct exam *x)
{
	char text[600];

	process_death_text(&x->process, text, sizeof text);
	return exam_fail(x, MISTAKE_DIED, "that it returns; but the submission %s", text);
}

bool exam_has(const struct exam *x, enum function f)
{
	return x->functions >> f & 1;
}

bool exam_start(struct exam *x, const struct bench_config *config)
{
	struct request r = { .kind = REQUEST_SETUP, .tail = sizeof(struct setup) };
	struct setup setup;

	if (x->failed || (x->process.pid && !exam_end(x)))
		return false;
	if (!bench_reset(x->bench, config)) {
		snprintf(x->called, sizeof x->called, "(nothing was called)");
		return exam_fail(x, MISTAKE_WRONG_RESULT,
		                 "a machine that can be (a defect of this test)");
	}
	snprintf(x->called, sizeof x->called, "loading the submission");
	if (!process_start(&x->process, x->sandbox))
		return died(x);
	bench_setup(x->bench, &setup);
	return process_send(&x->process, &r, &setup) || died(x);
}

/* What the submission printed in the processes of this test, the first of it. */
static void keep_output(struct exam *x)
{
	if (!x->printed[0])
		memcpy(x->printed, x->process.output, sizeof x->printed);
}

bool exam_end(struct exam *x)
{
	struct bench_seen *seen = &x->bench->seen;
	hpa_t at;

	process_stop(&x->process);
	keep_output(x);
	if (x->failed)
		return false;
	if (seen->bad_frees)
		return exam_fail(
			x, MISTAKE_BAD_FREE,
			"that free_frame is given frames that are allocated, not 0x%" PRIx64,
			seen->bad_free);
	if (bench_stray_write(x->bench, &at))
		return exam_fail(x, MISTAKE_STRAY_WRITE,
		                 "that memory at hpa 0x%" PRIx64
		                 " stays as it is: that frame is not allocated",
		                 at.v);
	return true;
}

/* ---- Calls ---- */

static bool serve(struct exam *x, const struct reply *reply)
{
	uint16_t linked[TABLE_FRAMES];
	unsigned count;
	struct request r = bench_callback(x->bench, reply, linked, &count);

	r.tail = (uint32_t)(count * sizeof *linked);
	return process_send(&x->process, &r, linked);
}

static bool run(struct exam *x, const struct request *request)
{
	struct reply reply;

	if (!process_send(&x->process, request, NULL))
		return died(x);
	for (;;) {
		if (!process_receive(&x->process, &reply))
			return died(x);
		if (reply.kind == REPLY_RETURN)
			break;
		if (reply.kind == REPLY_READY || !serve(x, &reply)) {
			process_stop(&x->process);
			x->process.death = DEATH_PROTOCOL;
			return died(x);
		}
	}
	memcpy(x->result, reply.v, sizeof x->result);
	return true;
}

/* A store that the runner did not report is found by looking once more. */
static void look_after(struct exam *x)
{
	uint16_t linked[TABLE_FRAMES];
	unsigned count;

	if (x->bench->config.watch)
		bench_look(x->bench, linked, &count);
}

static const char *const function_names[] = {
#define X(name, required) "lab_" #name,
	FUNCTIONS(X)
#undef X
};

bool exam_call(struct exam *x, enum function f, unsigned count, const uint64_t *arguments)
{
	struct request r = { .kind = REQUEST_CALL, .arg = { f } };

	if (x->failed)
		return false;
	if (!exam_has(x, f)) {
		snprintf(x->called, sizeof x->called, "%s (not called)", function_names[f]);
		return exam_fail(x, MISTAKE_MISSING, "a function %s", function_names[f]);
	}
	for (unsigned i = 0; i < count; i++)
		r.arg[i + 1] = arguments[i];
	bench_watch_begin(x->bench);
	if (!run(x, &r))
		return false;
	look_after(x);
	return true;
}

/* Which functions answer with an enum lab_result? */
static bool answers(enum function f)
{
	return f != FN_entry_pa && f != FN_entry_flags && f != FN_entry_set_pa &&
	       f != FN_entry_set_perm && f != FN_eptp;
}

static bool finish(struct exam *x, enum function f)
{
	size_t used = strlen(x->called);

	snprintf(x->called + used, sizeof x->called - used, " -> %s", exam_result_text(answer(x)));
	if (answers(f) && answer(x) == LAB_NOT_IMPLEMENTED)
		return exam_fail(x, MISTAKE_NOT_IMPLEMENTED,
		                 "an answer other than LAB_NOT_IMPLEMENTED");
	return true;
}

bool call_map(struct exam *x, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type)
{
	char text[4];

	snprintf(x->called, sizeof x->called,
	         "lab_map(gpa 0x%" PRIx64 ", hpa 0x%" PRIx64 ", %s, %s)", gpa, hpa,
	         exam_perm_text(perm, text), memory_type_name(type));
	return exam_call(x, FN_map, 4, (uint64_t[]){ gpa, hpa, perm, type }) && finish(x, FN_map);
}

bool call_map_large(struct exam *x, uint64_t gpa, uint64_t hpa, unsigned perm, unsigned type,
                    unsigned level)
{
	char text[4];

	snprintf(x->called, sizeof x->called,
	         "lab_map_large(gpa 0x%" PRIx64 ", hpa 0x%" PRIx64 ", %s, %s, level %u)", gpa, hpa,
	         exam_perm_text(perm, text), memory_type_name(type), level);
	return exam_call(x, FN_map_large, 5, (uint64_t[]){ gpa, hpa, perm, type, level }) &&
	       finish(x, FN_map_large);
}

static bool call_gpa(struct exam *x, enum function f, uint64_t gpa)
{
	snprintf(x->called, sizeof x->called, "%s(gpa 0x%" PRIx64 ")", function_names[f], gpa);
	return exam_call(x, f, 1, &gpa) && finish(x, f);
}

bool call_unmap(struct exam *x, uint64_t gpa)
{
	return call_gpa(x, FN_unmap, gpa);
}

bool call_walk(struct exam *x, uint64_t gpa)
{
	return call_gpa(x, FN_walk, gpa);
}

bool call_gpa2hpa(struct exam *x, uint64_t gpa)
{
	return call_gpa(x, FN_gpa2hpa, gpa);
}

bool call_split(struct exam *x, uint64_t gpa)
{
	return call_gpa(x, FN_split, gpa);
}

bool call_gva2hpa(struct exam *x, uint64_t cr3, uint64_t gva)
{
	snprintf(x->called, sizeof x->called, "lab_gva2hpa(cr3 0x%" PRIx64 ", gva 0x%" PRIx64 ")",
	         cr3, gva);
	return exam_call(x, FN_gva2hpa, 2, (uint64_t[]){ cr3, gva }) && finish(x, FN_gva2hpa);
}

bool call_protect(struct exam *x, uint64_t gpa, unsigned perm)
{
	char text[4];

	snprintf(x->called, sizeof x->called, "lab_protect(gpa 0x%" PRIx64 ", %s)", gpa,
	         exam_perm_text(perm, text));
	return exam_call(x, FN_protect, 2, (uint64_t[]){ gpa, perm }) && finish(x, FN_protect);
}

bool call_merge(struct exam *x, uint64_t gpa, unsigned level)
{
	snprintf(x->called, sizeof x->called, "lab_merge(gpa 0x%" PRIx64 ", level %u)", gpa, level);
	return exam_call(x, FN_merge, 2, (uint64_t[]){ gpa, level }) && finish(x, FN_merge);
}

bool must_answer(struct exam *x, int expected, enum mistake m)
{
	if (answer(x) == expected)
		return true;
	return exam_fail(x, m, "%s", exam_result_text(expected));
}

/* ---- Words ---- */

const char *exam_result_text(int result)
{
	static const char *const texts[] = {
		"LAB_OK",       "LAB_UNALIGNED",      "LAB_NOT_EXIST",   "LAB_DUPLICATED",
		"LAB_NO_FRAME", "LAB_BAD_PERMISSION", "LAB_BAD_ADDRESS", "LAB_BAD_TYPE",
		"LAB_BAD_SIZE", "LAB_NOT_UNIFORM",
	};

	if (result == LAB_NOT_IMPLEMENTED)
		return "LAB_NOT_IMPLEMENTED";
	return result >= 0 && result <= LAB_NOT_UNIFORM ? texts[result]
	                                                : "a number that is no result";
}

const char *exam_size_text(unsigned level)
{
	static const char *const texts[] = { "no", "4K", "2M", "1G" };

	return level <= 3 ? texts[level] : "512G";
}

const char *exam_perm_text(unsigned perm, char text[4])
{
	text[0] = perm & LAB_R ? 'r' : '-';
	text[1] = perm & LAB_W ? 'w' : '-';
	text[2] = perm & LAB_X ? 'x' : '-';
	text[3] = '\0';
	return text;
}
