/* Groups of items and their tallies; touches the heap only. */
#include "services/reporting/groups.h"

#include <stdlib.h>
#include <string.h>

/* The place of the first group whose key is not below. */
static size_t place_of(const struct section *section, int64_t key)
{
	size_t low = 0;
	size_t high = section->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (section->groups[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(struct section *section)
{
	size_t size = section->size ? section->size * 2 : 16;
	struct group *groups;

	if (section->n < section->size)
		return true;
	groups = realloc(section->groups, size * sizeof(*groups));
	if (!groups)
		return false;
	section->groups = groups;
	section->size = size;
	return true;
}

/* The group of that key, made when missing; NULL after an error. */
static struct group *group_of(struct section *section, int64_t key)
{
	size_t place = place_of(section, key);

	if (place < section->n && section->groups[place].key == key)
		return &section->groups[place];
	if (section->n >= MONTHS_MAX)
		section->err = ERR_LIMIT;
	else if (!grow(section))
		section->err = ERR_NO_MEMORY;
	if (section->err)
		return NULL;
	struct group *group = &section->groups[place];
	memmove(group + 1, group, (section->n - place) * sizeof(*group));
	section->n++;
	group->key = key;
	for (size_t i = 0; i < MEASURES_MAX; i++)
		tally_init(&group->tallies[i], section->keep && i < section->kind->n_measures &&
						       section->kind->measures[i].keep);
	return group;
}

void section_init(struct section *section, const struct report_kind *kind,
	const struct grouping *grouping, bool keep)
{
	*section = (struct section){.kind = kind, .grouping = grouping, .keep = keep};
	if (grouping->dimension == dimension_none)
		(void)group_of(section, 0);
	if (grouping->departments)
		for (int64_t key = 1; key <= (int64_t)grouping->departments->n; key++)
			(void)group_of(section, key);
	if (!grouping->words)
		return;
	const struct enumeration *words = grouping->words();
	for (size_t i = 0; i < words->n; i++)
		(void)group_of(section, words->values[i].number);
}

void section_done(struct section *section)
{
	for (size_t i = 0; i < section->n; i++)
		for (size_t k = 0; k < MEASURES_MAX; k++)
			tally_done(&section->groups[i].tallies[k]);
	free(section->groups);
	section->groups = NULL;
	section->n = 0;
}

void section_count(struct section *section, const struct item *item)
{
	int64_t keys[GROUPING_KEYS_MAX];
	size_t n = section->err ? 0 : section->grouping->keys(item, keys);

	for (size_t i = 0; i < n; i++) {
		struct group *group = group_of(section, keys[i]);
		if (!group)
			return;
		for (size_t k = 0; k < section->kind->n_measures; k++) {
			int64_t value = 0;
			if (measure_takes(&section->kind->measures[k], item, &value))
				tally_add(&group->tallies[k], value);
		}
	}
}

static void complete_months(struct section *section)
{
	if (section->n == 0)
		return;
	int64_t month = section->groups[0].key;
	int64_t last = section->groups[section->n - 1].key;
	if (months_between(month, last) > MONTHS_MAX)
		section->err = ERR_LIMIT;
	for (; !section->err && month < last; month = month_next(month))
		(void)group_of(section, month);
}

enum err section_finish(struct section *section)
{
	if (!section->err && section->grouping->dimension == dimension_month)
		complete_months(section);
	for (size_t i = 0; !section->err && i < section->n; i++)
		for (size_t k = 0; k < section->kind->n_measures; k++)
			if (!tally_sort(&section->groups[i].tallies[k]))
				section->err = ERR_NO_MEMORY;
	return section->err;
}
