/* SPDX-License-Identifier: BSD-2-Clause */
#include <eptsim/fault.h>

const char *outcome_name(enum outcome o)
{
	static const char *const names[OUTCOME_COUNT] = {
#define X(id, name, text) [id] = name,
		OUTCOMES(X)
#undef X
	};
	return (unsigned)o < OUTCOME_COUNT ? names[o] : "?";
}

const char *outcome_text(enum outcome o)
{
	static const char *const texts[OUTCOME_COUNT] = {
#define X(id, name, text) [id] = text,
		OUTCOMES(X)
#undef X
	};
	return (unsigned)o < OUTCOME_COUNT ? texts[o] : "?";
}

const char *rule_name(enum rule r)
{
	static const char *const names[RULE_COUNT] = {
#define X(id, name, text) [id] = name,
		RULES(X)
#undef X
	};
	return (unsigned)r < RULE_COUNT ? names[r] : "?";
}

const char *rule_text(enum rule r)
{
	static const char *const texts[RULE_COUNT] = {
#define X(id, name, text) [id] = text,
		RULES(X)
#undef X
	};
	return (unsigned)r < RULE_COUNT ? texts[r] : "?";
}

const char *dimension_name(enum dimension d)
{
	static const char *const names[] = { "none", "guest", "ept", "sppt", "hlat" };

	return (unsigned)d < sizeof names / sizeof names[0] ? names[d] : "?";
}
