/* The outline of a course; touches the lines it adds. */
#include "deploy/demo/course.h"

#include <assert.h>

#include "common/clock.h"
#include "deploy/demo/casetexts.h"
#include "proto/calendar.h"

enum { CLOSES_FROM = 9 * 60, CLOSES_UNTIL = 15 * 60 };

const char *department_name(enum department department)
{
	static const char *const names[] = {[DEPARTMENT_SOCIAL] = "social",
		[DEPARTMENT_EMPLOYMENT] = "employment",
		[DEPARTMENT_FAMILY] = "family"};

	return names[department];
}

enum department department_for(enum life_area area)
{
	if (area == life_area_work || area == life_area_economy || area == life_area_education)
		return DEPARTMENT_EMPLOYMENT;
	if (area == life_area_family_and_children || area == life_area_own_child)
		return DEPARTMENT_FAMILY;
	return DEPARTMENT_SOCIAL;
}

static enum department other_department(struct chance *chance, enum department first)
{
	static const enum department others[DEPARTMENTS][2] = {
		[DEPARTMENT_SOCIAL] = {DEPARTMENT_EMPLOYMENT, DEPARTMENT_FAMILY},
		[DEPARTMENT_EMPLOYMENT] = {DEPARTMENT_SOCIAL, DEPARTMENT_FAMILY},
		[DEPARTMENT_FAMILY] = {DEPARTMENT_SOCIAL, DEPARTMENT_EMPLOYMENT}};

	return others[first][chance_permille(chance, 350)];
}

/* In opening hours of a working day some time after the beginning, as far as the period goes. */
static int64_t end_of(struct course *course)
{
	int64_t left = course->end - course->opened;
	int64_t days = course->card.fate == FATE_COMPLETED
			       ? chance_between(&course->chance, 40, 190)
			       : chance_between(&course->chance, 21, 110);
	int64_t longest = left / MS_PER_DAY - 4;
	int64_t date = date_add_days(local_date(course->opened), days < longest ? days : longest);

	/* One that stays open goes on into the next year. */
	if (course->card.fate == FATE_OPEN)
		return course->end + chance_between(&course->chance, 14, 90) * MS_PER_DAY;
	if (longest < 7) /* of very short periods */
		return course->opened + left / 10 * 9 / MS_PER_SECOND * MS_PER_SECOND;
	return local_time(calendar_add_working_days(date_add_days(date, -3), 0),
		(int)chance_between(&course->chance, CLOSES_FROM, CLOSES_UNTIL));
}

void course_begin(struct course *course, const struct inquiry *inquiry, const struct card *card,
	const struct span *opened)
{
	uint64_t seed = inquiry->person.seed;

	*course = (struct course){.seed = seed,
		.number = inquiry->number,
		.citizen = inquiry->citizen,
		.asker = inquiry->asker,
		.adult = inquiry->person.generation == GENERATION_ADULT,
		.n_areas = inquiry->n_areas,
		.card = *card,
		.talked = inquiry->held_at,
		.opened = opened->from,
		.end = opened->until,
		.chance = chance_of(seed, "course", inquiry->number)};
	for (size_t i = 0; i < inquiry->n_areas; i++)
		course->areas[i] = inquiry->areas[i];
	course->plan = chance_uuid(course->opened, seed, "plan", inquiry->number);
	course->first = department_for(inquiry->area);
	course->second = other_department(&course->chance, course->first);
	course->ends = end_of(course);
}

struct uuid course_id(struct course *course, int64_t at)
{
	enum { ITEMS_MAX = 1 << 10 };

	assert(course->items < ITEMS_MAX);
	return chance_uuid(at, course->seed, "item", course->number * ITEMS_MAX + course->items++);
}

void course_add_consent(struct course *course, const char *by, struct lines *lines)
{
	struct chance *chance = &course->chance;
	struct text departments[2] = {
		text_of(department_name(course->first)), text_of(department_name(course->second))};
	const struct record_consent with = {
		.consent = chance_uuid(course->opened, course->seed, "consent", course->number),
		.citizen = course->citizen,
		.given_by = course->adult ? consent_giver_self : consent_giver_guardian,
		.from = {2, departments},
		.to = {2, departments},
		.purpose = text_of(casetexts_written(chance, WRITTEN_CONSENT)),
		/* the first goal is about the main life area: see casework.c */
		.life_areas = {chance_permille(chance, 300) ? 1 : 0, course->areas}};

	if (course->card.joint == JOINT_NONE)
		return;
	lines_add(lines, &(struct line){schema_record_consent(), &with, course->opened, by,
				 &course->citizen, 1});
}
