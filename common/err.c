/* Texts of the errors and the reason that travels to whoever sent the input. Touches nothing. */
#include "common/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	const char *sentence;
	bool retry;
} errors[] = {
#define E(name, word, sentence, retry) {word, sentence, retry},
	ERR_LIST(E)
#undef E
};

const char *err_word(enum err code)
{
	assert(code < ERR_COUNT);
	return errors[code].word;
}

const char *err_sentence(enum err code)
{
	assert(code < ERR_COUNT);
	return errors[code].sentence;
}

bool err_retryable(enum err code)
{
	assert(code < ERR_COUNT);
	return errors[code].retry;
}

enum err err_of_word(const char *word, size_t n)
{
	for (unsigned i = 0; i < ERR_COUNT; i++)
		if (strlen(errors[i].word) == n && memcmp(errors[i].word, word, n) == 0)
			return (enum err)i;
	return ERR_BUG;
}

enum err reason_set(struct reason *reason, enum err code, const char *field, const char *rule, ...)
{
	va_list args;

	if (!reason)
		return code;
	reason->code = code;
	snprintf(reason->field, sizeof(reason->field), "%s", field ? field : "");
	va_start(args, rule);
	vsnprintf(reason->rule, sizeof(reason->rule), rule, args);
	va_end(args);
	return code;
}

void reason_prefix(struct reason *reason, const char *name, long index)
{
	char was[sizeof(reason->field)];
	char at[24] = "";

	if (!reason)
		return;
	memcpy(was, reason->field, sizeof(was));
	if (index >= 0)
		snprintf(at, sizeof(at), "[%ld]", index);
	int n = snprintf(reason->field, sizeof(reason->field), "%s%s%s%s", name, at,
		was[0] && was[0] != '[' ? "." : "", was);
	if (n < 0)
		reason->field[0] = '\0';
}
