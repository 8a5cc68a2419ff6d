/* Reads the arguments of the command line; touches nothing. */
#include "services/oneplanctl/arguments.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/settings.h"
#include "common/uuid.h"
#include "services/oneplanctl/nearest.h"

static const struct option_row *find_row(const struct option_tables *tables, const char *name)
{
	const struct option_row *const both[] = {tables->first, tables->second};
	size_t n = strcspn(name, "=");

	for (size_t i = 0; i < 2; i++)
		for (const struct option_row *row = both[i]; row && row->name; row++)
			if (strlen(row->name) == n && memcmp(row->name, name, n) == 0)
				return row;
	return NULL;
}

static enum err wrong(struct reason *reason, const char *word, const char *rule)
{
	char field[48];
	size_t n = strcspn(word, "=");

	memcpy(field, word, n < sizeof(field) ? n : sizeof(field) - 1);
	field[n < sizeof(field) ? n : sizeof(field) - 1] = '\0';
	return reason_set(reason, ERR_INVALID, field, "%s", rule);
}

static enum err no_option(
	const struct option_tables *tables, const char *word, struct reason *reason)
{
	const struct option_row *const both[] = {tables->first, tables->second};
	char name[NEAREST_LONGEST];
	struct nearest nearest = {.word = name};
	size_t n = strcspn(word + 2, "=");
	char rule[NEAREST_LONGEST + 48] = "is no option here";

	snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name)), word + 2);
	for (size_t i = 0; i < 2; i++)
		for (const struct option_row *row = both[i]; row && row->name; row++)
			nearest_try(&nearest, row->name);
	if (nearest.best)
		snprintf(rule, sizeof(rule), "is no option here; did you mean --%s?", nearest.best);
	return wrong(reason, word, rule);
}

/* *at is the option's word; moves it on when the next one is its value. */
static enum err take_option(const struct option_tables *tables, const char *const **at,
	struct arguments *ret, struct reason *reason)
{
	const char *word = **at;
	const struct option_row *row = find_row(tables, word + 2);
	const char *value = strchr(word, '=');

	if (!row)
		return no_option(tables, word, reason);
	if (argument_text(ret, row->name))
		return wrong(reason, word, "is given twice");
	if (!row->value && value)
		return wrong(reason, word, "takes no value");
	if (row->value && !value && !(*at)[1])
		return wrong(reason, word, "needs a value");
	if (row->value && !value)
		value = *++*at;
	else if (value)
		value++;
	if (ret->n_options == ARGUMENT_OPTIONS)
		return wrong(reason, word, "is one option too many");
	ret->options[ret->n_options].name = row->name;
	ret->options[ret->n_options++].value = value ? value : "";
	return ERR_OK;
}

enum err arguments_parse(const struct option_tables *tables, const char *const *argv,
	struct arguments *ret, struct reason *reason)
{
	bool words_only = false;

	*ret = (struct arguments){.n_words = 0};
	for (; *argv; argv++) {
		enum err err = ERR_OK;
		if (!words_only && strcmp(*argv, "--") == 0)
			words_only = true;
		else if (!words_only && strncmp(*argv, "--", 2) == 0)
			err = take_option(tables, &argv, ret, reason);
		else if (!words_only && (*argv)[0] == '-' && (*argv)[1])
			err = wrong(reason, *argv, "is no option here: options have two hyphens");
		else if (ret->n_words == ARGUMENT_WORDS)
			err = wrong(reason, *argv, "is one word too many");
		else
			ret->words[ret->n_words++] = *argv;
		if (err)
			return err;
	}
	return ERR_OK;
}

const char *argument_text(const struct arguments *arguments, const char *name)
{
	for (size_t i = 0; i < arguments->n_options; i++)
		if (strcmp(arguments->options[i].name, name) == 0)
			return arguments->options[i].value;
	return NULL;
}

bool argument_flag(const struct arguments *arguments, const char *name)
{
	return argument_text(arguments, name) != NULL;
}

static enum err refuse(struct reason *reason, const char *name, const char *what)
{
	char field[48] = "--";

	strncat(field, name, sizeof(field) - 3);
	return reason_set(reason, ERR_INVALID, field, "must be %s", what);
}

enum err argument_count(
	const struct arguments *arguments, const char *name, int64_t *ret, struct reason *reason)
{
	const char *text = argument_text(arguments, name);
	int64_t v = 0;

	if (!text)
		return ERR_OK;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || v > (INT64_MAX - 9) / 10)
			return refuse(reason, name, "a whole number");
		v = v * 10 + (*p - '0');
	}
	if (!*text)
		return refuse(reason, name, "a whole number");
	*ret = v;
	return ERR_OK;
}

enum err argument_ms(
	const struct arguments *arguments, const char *name, int64_t *ret, struct reason *reason)
{
	const char *text = argument_text(arguments, name);

	if (text && !settings_parse_ms(text, ret))
		return refuse(reason, name, "a duration such as 500ms, 10s or 5m");
	return ERR_OK;
}

enum err argument_uuid(const struct arguments *arguments, const char *name, struct uuid *ret,
	struct reason *reason)
{
	const char *text = argument_text(arguments, name);

	if (text && !uuid_parse(text, strlen(text), ret))
		return refuse(reason, name, "a UUID such as 0190b8a0-0000-7000-8000-000000000001");
	return ERR_OK;
}

enum err argument_date(
	const struct arguments *arguments, const char *name, int64_t *ret, struct reason *reason)
{
	const char *text = argument_text(arguments, name);

	if (text && !date_parse(text, strlen(text), ret))
		return refuse(reason, name, "a date such as 2026-11-22");
	return ERR_OK;
}

enum err argument_time(
	const struct arguments *arguments, const char *name, int64_t *ret, struct reason *reason)
{
	const char *text = argument_text(arguments, name);

	if (text && !time_parse(text, strlen(text), ret))
		return refuse(reason, name, "a time such as 2026-11-22T09:00:00Z");
	return ERR_OK;
}
