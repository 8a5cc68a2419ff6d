/* The dimensions of reports as one table; pure. */
#include "services/reporting/groupings.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

static size_t one(int64_t key, int64_t *ret)
{
	ret[0] = key;
	return 1;
}

static size_t everything(const struct item *item, int64_t *ret)
{
	(void)item;
	return one(0, ret);
}

static size_t month(const struct item *item, int64_t *ret)
{
	return one(local_date(item->at) / 100, ret);
}

static size_t channel(const struct item *item, int64_t *ret)
{
	return one(item->fact ? (int64_t)item->fact->channel : item->channel, ret);
}

static size_t asker(const struct item *item, int64_t *ret)
{
	return one(item->fact->asker, ret);
}

static size_t main_area(const struct item *item, int64_t *ret)
{
	return one(item->fact ? (int64_t)item->fact->main_area : item->area, ret);
}

static size_t any_area(const struct item *item, int64_t *ret)
{
	size_t n = 0;

	for (int64_t key = 0; key < GROUPING_KEYS_MAX; key++)
		if (item->fact->areas & INT64_C(1) << key)
			ret[n++] = key;
	return n ? n : one(0, ret);
}

static size_t urgency(const struct item *item, int64_t *ret)
{
	return one(item->fact->urgency, ret);
}

static size_t department(const struct item *item, int64_t *ret)
{
	return one(item->department, ret);
}

static const struct grouping groupings[] = {
	{dimension_none, {"All", "Alle"}, NULL, false, everything, NULL},
	{dimension_month, {"Month", "Måned"}, NULL, false, month, NULL},
	{dimension_channel, {"Channel", "Kanal"}, words_channel, false, channel, NULL},
	{dimension_asker, {"Who asks", "Hvem henvender sig"}, words_asker, false, asker, NULL},
	{dimension_life_area, {"Main life area", "Vigtigste livsområde"}, words_life_area, false,
		main_area, NULL},
	{dimension_any_life_area, {"Every life area named", "Alle nævnte livsområder"},
		words_life_area, true, any_area, NULL},
	{dimension_urgency, {"Urgency", "Hastegrad"}, words_urgency, false, urgency, NULL},
	{dimension_department, {"Department", "Afdeling"}, NULL, false, department, NULL},
};

const struct grouping *grouping_of(enum dimension dimension)
{
	for (size_t i = 0; i < sizeof(groupings) / sizeof(groupings[0]); i++)
		if (groupings[i].dimension == dimension)
			return &groupings[i];
	return &groupings[0];
}

struct grouping grouping_in(enum dimension dimension, const struct departments *departments)
{
	struct grouping grouping = *grouping_of(dimension);

	if (dimension == dimension_department)
		grouping.departments = departments;
	return grouping;
}

static bool is_department(const struct grouping *grouping, int64_t key)
{
	return grouping->departments && key >= 1 && key <= (int64_t)grouping->departments->n;
}

void grouping_key_word(const struct grouping *grouping, int64_t key, char ret[32])
{
	if (key == 0)
		snprintf(ret, 32, "%s", grouping->dimension ? "unknown" : "all");
	else if (grouping->words)
		snprintf(ret, 32, "%s", enum_word(grouping->words, (uint32_t)key));
	else if (is_department(grouping, key))
		snprintf(ret, 32, "%s", grouping->departments->names[key - 1]);
	else
		snprintf(ret, 32, "%04d-%02d", (int)(key / 100), (int)(key % 100));
}

static bool month_of(struct text word, int64_t *ret_key)
{
	char day[] = "0000-00-01";
	int64_t date;

	if (word.n != 7)
		return false;
	memcpy(day, word.p, word.n);
	if (!date_parse(day, strlen(day), &date))
		return false;
	*ret_key = date / 100;
	return true;
}

static bool department_of(const struct departments *departments, struct text word, int64_t *ret_key)
{
	for (size_t i = 0; i < departments->n; i++)
		if (text_is(word, departments->names[i])) {
			*ret_key = (int64_t)i + 1;
			return true;
		}
	return false;
}

bool grouping_key_of(const struct grouping *grouping, struct text word, int64_t *ret_key)
{
	char unknown[32];

	grouping_key_word(grouping, 0, unknown);
	if (text_is(word, unknown)) {
		*ret_key = 0;
		return true;
	}
	if (grouping->departments)
		return department_of(grouping->departments, word, ret_key);
	if (!grouping->words)
		return grouping->dimension == dimension_month && month_of(word, ret_key);
	const struct enum_value *value = enum_by_word(grouping->words(), word.p, word.n);
	*ret_key = value ? value->number : 0;
	return value != NULL;
}

/* NULL: there is none, and it is called as programs call it. */
static const char *danish_of(const struct grouping *grouping, int64_t key)
{
	if (grouping->words)
		return danish_of_word(grouping->words, (uint32_t)key);
	if (is_department(grouping, key))
		return danish_of_department(grouping->departments->names[key - 1]);
	return grouping->dimension ? NULL : grouping->title.da;
}

void grouping_label(
	const struct grouping *grouping, int64_t key, enum report_language language, char ret[48])
{
	const char *danish = NULL;
	char word[32];

	grouping_key_word(grouping, key, word);
	if (key && language == report_language_da)
		danish = danish_of(grouping, key);
	if (key == 0 && grouping->dimension)
		snprintf(ret, 48, "%s", wording_pick(language, "Not known", "Ikke oplyst"));
	else
		snprintf(ret, 48, "%s", danish ? danish : word);
	for (char *c = ret; *c; c++)
		if (*c == '_')
			*c = ' ';
	if (ret[0] >= 'a' && ret[0] <= 'z')
		ret[0] = (char)(ret[0] - 'a' + 'A');
}

int64_t month_next(int64_t month_)
{
	return month_ % 100 == 12 ? month_ + 89 : month_ + 1;
}

int64_t months_between(int64_t a, int64_t b)
{
	return (b / 100 - a / 100) * 12 + b % 100 - a % 100 + 1;
}
