/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory images: scenario lines, or a raw dump with an EPT pointer.
 */
#include "grade/image.h"

#include "base/walk.h"
#include "host/number.h"
#include "scenario/compare.h"
#include "scenario/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Expected mappings ---- */

#define PERM_NONE 8u

/* "0xGPA none" or "0xGPA 0xHPA 4k|2m|1g rwx wb". */
static bool parse_line(char *line, struct page *p)
{
	static const char *const sizes[] = { "?", "4k", "2m", "1g" };
	static const char *const types[] = { "uc", "wc", "?", "?", "wt", "wp", "wb" };
	char *word[6] = { NULL };
	unsigned count = 0;

	for (char *w = strtok(line, " \t\r\n"); w && count < 6; w = strtok(NULL, " \t\r\n"))
		word[count++] = w;
	*p = (struct page){ .perm = PERM_NONE };
	if (count == 2 && strcmp(word[1], "none") == 0)
		return number_parse_u64(word[0], &p->gpa);
	if (count != 5 || !number_parse_u64(word[0], &p->gpa) ||
	    !number_parse_u64(word[1], &p->hpa) || strlen(word[3]) != 3)
		return false;
	for (unsigned i = 1; i <= 3; i++)
		if (strcasecmp(word[2], sizes[i]) == 0)
			p->level = i;
	p->type = 8;
	for (unsigned i = 0; i < 7; i++)
		if (strcasecmp(word[4], types[i]) == 0)
			p->type = i;
	p->perm = 0;
	for (unsigned i = 0; i < 3; i++) {
		if (word[3][i] != '-' && word[3][i] != "rwx"[i])
			return false;
		p->perm |= word[3][i] == '-' ? 0 : 1u << i;
	}
	return p->level && p->type < 8;
}

static bool as_expected(const struct ept *ept, const struct page *p, const struct ept_walk *w)
{
	if (p->perm == PERM_NONE)
		return w->end == WALK_NOT_PRESENT;
	return w->end == WALK_PAGE && w->level == p->level &&
	       ept_walk_hpa(ept, w, gpa(p->gpa)).v == p->hpa && (w->all & EPT_RWX) == p->perm &&
	       (w->entry[w->level] & EPT_TYPE) >> EPT_TYPE_SHIFT == p->type;
}

static void judge_mapping(struct grade *g, const struct ept *ept, const struct mem *mem,
                          const struct page *p)
{
	char name[32], text[4], other[4];
	struct test_result *r;
	struct ept_walk w;
	struct finding *f;

	snprintf(name, sizeof name, "0x%" PRIx64, p->gpa);
	r = grade_add_named(g, "image", name,
	                    p->perm == PERM_NONE ? "nothing is mapped here"
	                                         : "this page is mapped as expected",
	                    1);
	ept_walk(ept, mem, gpa(p->gpa), &w);
	if (!r || as_expected(ept, p, &w) || !(f = grade_fail(r, MISTAKE_IMAGE)))
		return;
	snprintf(f->called, sizeof f->called, "a walk of gpa 0x%" PRIx64, p->gpa);
	if (p->perm == PERM_NONE)
		snprintf(f->expected, sizeof f->expected, "no page");
	else
		snprintf(f->expected, sizeof f->expected, "hpa 0x%" PRIx64 ", %s page, %s, %s",
		         p->hpa, exam_size_text(p->level), exam_perm_text(p->perm, text),
		         memory_type_name(p->type));
	if (w.end == WALK_PAGE)
		snprintf(f->hardware, sizeof f->hardware,
		         "hpa 0x%" PRIx64 ", %s page, %s, %s; level %u entry at hpa 0x%" PRIx64
		         " is 0x%" PRIx64,
		         ept_walk_hpa(ept, &w, gpa(p->gpa)).v, exam_size_text(w.level),
		         exam_perm_text((unsigned)(w.all & EPT_RWX), other),
		         memory_type_name((w.entry[w.level] & EPT_TYPE) >> EPT_TYPE_SHIFT), w.level,
		         w.slot[w.level].v, w.entry[w.level]);
	else
		snprintf(f->hardware, sizeof f->hardware,
		         "level %u entry at hpa 0x%" PRIx64 " is 0x%" PRIx64 ": %s (%s)", w.level,
		         w.slot[w.level].v, w.entry[w.level], rule_text((enum rule)w.rule),
		         rule_name((enum rule)w.rule));
}

bool image_expect(struct grade *g, const struct ept *ept, const struct mem *mem, const char *path,
                  struct error *err)
{
	FILE *file = fopen(path, "r");
	char line[256];
	unsigned number = 0;
	bool good = file != NULL;
	struct page p;

	if (!file)
		error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	while (good && fgets(line, sizeof line, file)) {
		number++;
		line[strcspn(line, "#\r\n")] = '\0';
		if (line[strspn(line, " \t")] == '\0')
			continue;
		good = parse_line(line, &p);
		if (good)
			judge_mapping(g, ept, mem, &p);
		else
			error_set(err,
			          "%s:%u: expected '0xGPA none' or '0xGPA 0xHPA 4k|2m|1g rwx "
			          "uc|wc|wt|wp|wb'",
			          path, number);
	}
	if (file)
		fclose(file);
	return good;
}

/* ---- A raw dump ---- */

struct dump {
	const unsigned char *bytes;
	uint64_t size, base;
};

static uint64_t dump_read(void *context, hpa_t at)
{
	const struct dump *d = context;
	uint64_t value = 0;

	/* What was not dumped reads as nothing mapped. */
	if (at.v - d->base < d->size)
		memcpy(&value, d->bytes + (at.v - d->base),
		       d->size - (at.v - d->base) < 8 ? d->size - (at.v - d->base) : 8);
	return value;
}

static void no_write(void *context, hpa_t at, uint64_t value)
{
	(void)context, (void)at, (void)value;
}

static bool dump_open(struct dump *d, const char *path, uint64_t base, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *bytes = MAP_FAILED;

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) {
		error_set(err, "%s: cannot be read as a memory dump: %s", path,
		          fd < 0 ? strerror(errno) : "not a file, or empty");
	} else {
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes == MAP_FAILED)
			error_set(err, "%s: cannot be mapped: %s", path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	if (bytes == MAP_FAILED)
		return false;
	*d = (struct dump){ bytes, (uint64_t)status.st_size, base };
	return true;
}

static bool grade_memory(struct grade *g, const struct mem *mem, uint64_t eptp,
                         uint64_t capabilities, unsigned maxphyaddr, const char *expect,
                         struct error *err)
{
	struct ept ept;

	if (!image_audit(g, mem, eptp, capabilities, maxphyaddr) || !expect)
		return true;
	if (ept_init(&ept, eptp, capabilities, maxphyaddr, false, false) != RULE_NONE)
		return true;
	return image_expect(g, &ept, mem, expect, err);
}

static bool grade_dump(struct grade *g, const char *path, const struct grade_options *o,
                       struct error *err)
{
	struct dump d;
	struct mem mem = { .read64 = dump_read, .write64 = no_write, .ctx = &d };
	bool done;

	if (!dump_open(&d, path, o->base, err))
		return false;
	done = grade_memory(g, &mem, o->eptp, o->capabilities, o->maxphyaddr, o->expect, err);
	munmap((void *)d.bytes, d.size);
	return done;
}

/* ---- Scenario lines ---- */

static bool grade_scenario(struct grade *g, struct scenario_runner *runner,
                           const struct scenario *s)
{
	struct step_result *results = calloc(s->step_count, sizeof *results);
	struct test_result *r =
		grade_add_named(g, "scenario", s->id, "it comes out as expected", 1);
	char text[512] = "";
	struct finding *f;

	if (!results || !r) {
		free(results);
		return false;
	}
	scenario_run(runner, s, results);
	if (!scenario_compare(s, results, text, sizeof text) &&
	    (f = grade_fail(r, MISTAKE_IMAGE))) {
		snprintf(f->called, sizeof f->called, "scenario %.200s, line %lu", s->id, s->line);
		snprintf(f->expected, sizeof f->expected, "%.390s", text);
	}
	free(results);
	return true;
}

/* The first line's memory is looked at as a whole. */
static bool grade_first(struct grade *g, const struct scenario *s, const struct grade_options *o,
                        struct error *err)
{
	struct cells *cells = cells_create();
	struct mem mem;
	bool done = true;

	if (cells && s->state.ept) {
		cells_write_list(cells, &s->mem);
		mem = cells_mem(cells);
		done = grade_memory(g, &mem, s->state.eptp, s->state.ept_vpid_cap,
		                    s->state.maxphyaddr, o->expect, err);
	}
	cells_free(cells);
	return done;
}

static bool grade_lines(struct grade *g, const char *path, const struct grade_options *o,
                        struct error *err)
{
	struct scenario_reader *reader = scenario_reader_create(NULL);
	struct scenario_runner *runner = scenario_runner_create();
	const struct scenario *s;
	bool done = runner && scenario_reader_open(reader, path) == 0;
	int more = done ? 1 : -1;

	while (done && (more = scenario_read(reader, &s)) == 1) {
		if (g->count == 0)
			done = grade_first(g, s, o, err);
		if (done)
			done = grade_scenario(g, runner, s);
		if (!done && !err->message[0])
			error_set(err, "%s: more than %u scenarios", path, GRADE_TESTS_MAX);
	}
	if (more < 0)
		error_set(err, "%s", scenario_reader_error(reader));
	scenario_runner_free(runner);
	scenario_reader_free(reader);
	return done && more == 0;
}

bool grade_image(struct grade *g, const char *path, const struct grade_options *o,
                 struct error *err)
{
	bool done;

	*g = (struct grade){ .result = NULL };
	done = o->eptp ? grade_dump(g, path, o, err) : grade_lines(g, path, o, err);
	if (done && g->count == 0) {
		error_set(err, "%s: there is nothing to grade", path);
		return false;
	}
	grade_sum(g);
	return done;
}
