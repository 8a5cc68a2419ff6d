/* Times, ids and lines of a part; touches the lines it adds. */
#include "deploy/demo/part.h"

#include <assert.h>
#include <stdio.h>

#include "common/clock.h"
#include "proto/calendar.h"

enum { FIRST_MINUTE = 8 * 60 + 20, LAST_MINUTE = 15 * 60 + 40 };

void part_begin(
	struct part *part, struct course *course, enum department department, struct lines *to)
{
	enum { WORKERS = 6 };
	static const char *const workers[DEPARTMENTS][WORKERS] = {
		[DEPARTMENT_SOCIAL] = {"ane", "bo", "ditte", "esben", "grethe", "ivan"},
		[DEPARTMENT_EMPLOYMENT] = {"asta", "bent", "dorte", "egon", "gerda", "iben"},
		[DEPARTMENT_FAMILY] = {"agnes", "birk", "dagny", "ejnar", "gro", "ib"}};

	*part = (struct part){.course = course,
		.to = to,
		.chance = chance_of(course->seed, department_name(department), course->number)};
	const char *worker = workers[department][chance_between(&part->chance, 0, WORKERS - 1)];
	snprintf(part->worker, sizeof(part->worker), "%s", worker);
	snprintf(part->by, sizeof(part->by), "caseworker:%s/%s", worker,
		department_name(department));
}

int64_t part_between(int64_t from, int64_t until, int permille)
{
	assert(until >= from);
	return from + (until - from) / 1000 * permille / MS_PER_SECOND * MS_PER_SECOND;
}

/* Some minutes after it, or the next morning. */
static int64_t next_office_time(struct part *part, int64_t after)
{
	int64_t date = local_date(after);
	int minutes = (int)chance_between(&part->chance, 3, 25);

	if (calendar_is_working_day(date) && local_minute(after) >= FIRST_MINUTE &&
		local_minute(after) < LAST_MINUTE)
		return after + minutes * MS_PER_MINUTE;
	if (local_minute(after) >= FIRST_MINUTE)
		date = date_add_days(date, 1);
	return local_time(calendar_add_working_days(date, 0), FIRST_MINUTE + minutes);
}

int64_t part_later(struct part *part, int64_t after, int min_days, int max_days)
{
	int64_t days = part->at_once ? 0 : chance_between(&part->chance, min_days, max_days);
	int64_t date = calendar_add_working_days(date_add_days(local_date(after), days), 0);
	int minute = (int)chance_between(&part->chance, FIRST_MINUTE, LAST_MINUTE);
	int64_t at =
		local_time(date, minute) + chance_between(&part->chance, 0, 59) * MS_PER_SECOND;

	if (at <= after || part->at_once)
		at = next_office_time(part, after);
	if (at < part->ends)
		return at;
	/* No room is left at all in very short periods only: lines then keep their order by that in
	 * which they are added. */
	return after < part->ends ? after + (part->ends - after) / 3 / MS_PER_SECOND * MS_PER_SECOND
				  : after;
}

void part_add(struct part *part, const struct schema *command, const void *with, int64_t at)
{
	if (at < part->course->end)
		lines_add(part->to,
			&(struct line){.command = command, .with = with, .at = at, .by = part->by});
}

struct text part_text(struct part *part, enum written what, int permille)
{
	return chance_permille(&part->chance, permille)
		       ? text_of(casetexts_written(&part->chance, what))
		       : TEXT_NONE;
}
