/* Finds a node's sentence among those that are known, and says it in another language. Touches
 * nothing. */
#include "services/portal/reasons.h"

#include <stdio.h>
#include <string.h>

enum { VALUES = 10, VALUE_BYTES = 64 };

static const struct {
	const char *english, *danish;
} reasons[] = {
#define R(english, danish) {english, danish},
#include "services/portal/reasons.def"
#undef R
};

/* Each {n} takes what stands before the text that follows it. */
static bool fits(const char *pattern, const char *said, char values[VALUES][VALUE_BYTES])
{
	while (*pattern && *pattern != '{') {
		if (*pattern++ != *said++)
			return false;
	}
	if (!*pattern)
		return !*said;
	unsigned n = (unsigned)(pattern[1] - '0');
	pattern += 3;
	size_t literal = strcspn(pattern, "{");
	for (size_t taken = 1; taken < VALUE_BYTES && said[taken - 1]; taken++) {
		if (strncmp(said + taken, pattern, literal) != 0)
			continue;
		snprintf(values[n], VALUE_BYTES, "%.*s", (int)taken, said);
		if (fits(pattern, said + taken, values))
			return true;
	}
	return false;
}

/* Spans are said as a number and a unit. */
static const char *value_in_danish(struct arena *arena, const char *value)
{
	static const struct {
		const char *english, *danish;
	} units[] = {{" days", " dage"}, {" h", " t"}};
	size_t n = strlen(value);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t m = strlen(units[i].english);
		if (n > m && !strcmp(value + n - m, units[i].english))
			return arena_printf(arena, "%.*s%s", (int)(n - m), value, units[i].danish);
	}
	return value;
}

static const char *fill(struct arena *arena, const char *pattern, char values[VALUES][VALUE_BYTES])
{
	const char *done = "";

	for (const char *brace; done && (brace = strchr(pattern, '{')) != NULL;
		pattern = brace + 3) {
		const char *value = value_in_danish(arena, values[brace[1] - '0']);
		done = arena_printf(arena, "%s%.*s%s", done, (int)(brace - pattern), pattern,
			value ? value : "");
	}
	return done ? arena_printf(arena, "%s%s", done, pattern) : NULL;
}

const char *reason_in(struct arena *arena, struct text said, enum language language)
{
	char values[VALUES][VALUE_BYTES] = {""};
	const char *english = text_string(arena, said);

	if (!english || language == LANGUAGE_ENGLISH)
		return english;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (fits(reasons[i].english, english, values))
			return fill(arena, reasons[i].danish, values);
	return NULL;
}
