/* SPDX-License-Identifier: BSD-2-Clause */
#include "grade/store_trace.h"

#include "host/number.h"

#include <eptsim/state.h>

#include <errno.h>
#include <string.h>

static unsigned words(char *line, char *word[6])
{
	unsigned count = 0;

	line[strcspn(line, "#\r\n")] = '\0';
	for (char *w = strtok(line, " \t"); w; w = strtok(NULL, " \t")) {
		if (count == 6)
			return 7;
		word[count++] = w;
	}
	return count;
}

static bool cell_address(uint64_t at)
{
	return !(at & 7) && at >> HPA_BITS == 0;
}

/* Lines before the first event. */
static bool parse_head(struct store_trace *t, char *word[6], unsigned count)
{
	uint64_t value, at;

	if (count == 3 && strcmp(word[0], "mem") == 0 && number_parse_u64(word[1], &at) &&
	    number_parse_u64(word[2], &value) && cell_address(at)) {
		cells_write(t->cells, hpa(at), value);
		return true;
	}
	if (count != 2 || !number_parse_u64(word[1], &value))
		return false;
	if (strcmp(word[0], "eptp") == 0)
		t->eptp = value;
	else if (strcmp(word[0], "capabilities") == 0)
		t->capabilities = value;
	else if (strcmp(word[0], "maxphyaddr") == 0 && value >= MAXPHYADDR_MIN &&
	         value <= MAXPHYADDR_MAX)
		t->maxphyaddr = (unsigned)value;
	else
		return false;
	return true;
}

static bool parse_event(struct trace_line *l, char *word[6], unsigned count)
{
	uint64_t n[5] = { 0 };
	bool access = count == 4 && strcmp(word[0], "access") == 0;

	for (unsigned i = 1; i < count; i++)
		if (!(access && i == 2) && !number_parse_u64(word[i], &n[i - 1]))
			return false;
	if (count == 3 && strcmp(word[0], "store") == 0) {
		*l = (struct trace_line){ l->number, EVENT_STORE, 0, 0, n[0], n[1] };
		return cell_address(n[0]);
	}
	if (count < 2 || n[0] >= PROCESSORS)
		return false;
	*l = (struct trace_line){ l->number, EVENT_ACCESS, (uint8_t)n[0], 0, n[2], 0 };
	if (access) {
		const char *type = strlen(word[2]) == 1 ? strchr("rwx", word[2][0]) : NULL;

		l->type = !type          ? 0
		          : *type == 'r' ? ACCESS_READ
		          : *type == 'w' ? ACCESS_WRITE
		                         : ACCESS_FETCH;
		return type && n[2] >> 47 == 0;
	}
	l->type = (uint8_t)(n[1] > 255 ? 255 : n[1]);
	l->event = count == 4 ? EVENT_INVEPT : EVENT_INVVPID;
	l->b = n[3];
	return (count == 4 && strcmp(word[0], "invept") == 0) ||
	       (count == 5 && strcmp(word[0], "invvpid") == 0);
}

static bool read_line(struct store_trace *t, char *text, unsigned number)
{
	char *word[6];
	unsigned count = words(text, word);
	struct trace_line l = { .number = number };

	if (count == 0)
		return true;
	if (count <= 5 && t->count == 0 && parse_head(t, word, count))
		return true;
	if (count > 5 || t->count == TRACE_LINES_MAX || !parse_event(&l, word, count))
		return false;
	t->line[t->count++] = l;
	return true;
}

bool store_trace_read(struct store_trace *t, const char *path, struct error *err)
{
	FILE *file = fopen(path, "r");
	char text[256];
	unsigned number = 0;
	bool good = file != NULL;

	if (!file)
		error_set(err, "%s: cannot be opened: %s", path, strerror(errno));
	while (good && fgets(text, sizeof text, file))
		good = read_line(t, text, ++number);
	if (file && !good)
		error_set(err,
		          "%s:%u: expected eptp V, capabilities V, maxphyaddr N or mem HPA VALUE, "
		          "then store "
		          "HPA VALUE, invept CPU TYPE EPTP, invvpid CPU TYPE VPID GVA or access "
		          "CPU r|w|x GPA",
		          path, number);
	if (file)
		fclose(file);
	return good;
}
