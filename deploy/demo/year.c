/* Goes through the days: times are published, inquiries arrive, stories go on; touches memory and
 * the lines it adds. */
#include "deploy/demo/year.h"

#include <stdlib.h>

#include "common/clock.h"
#include "deploy/demo/season.h"
#include "deploy/demo/story.h"
#include "proto/calendar.h"

enum { PUBLISHED = 7 * 60 + 15, WEEKS_AHEAD = 2, LIVE_WEEKS = 3 };

struct year {
	struct town town;
	struct season season;
	const struct period *period;
	uint64_t arrived;
	int64_t next_monday; /* of the week to be published next */
};

static int64_t monday_of(int64_t date)
{
	return date_add_days(date, 1 - date_weekday(date));
}

static int64_t root(int64_t n)
{
	int64_t r = 0;

	while ((r + 1) * (r + 1) <= n)
		r++;
	return r;
}

/* What staff offer for so many inquiries a week: the fewer there are, the more room chance needs.
 */
static int64_t openings_for(int64_t weekly)
{
	return weekly * 115 / 100 + 3 * root(weekly) + 6;
}

static struct year *year_open(const struct period *period, const struct outlet *to)
{
	struct year *year = calloc(1, sizeof(*year));
	int64_t days = date_to_days(period->until) - date_to_days(period->from) + 1;

	if (!year)
		return NULL;
	year->period = period;
	year->season = (struct season){.seed = period->seed,
		.from = period->from,
		.until = period->until,
		.inquiries = period->inquiries};
	season_init(&year->season);
	year->town.seed = period->seed;
	year->town.lines = to->lines;
	year->town.directory = to->directory;
	year->town.failed = !deck_open(&year->town.deck, period->seed, period->inquiries);
	year->town.end = local_time(date_add_days(period->until, 1), 0);
	desks_open(&year->town.desks, period->seed, openings_for(period->inquiries * 7 / days + 1));
	year->next_monday = monday_of(period->from);
	return year;
}

static enum err year_close(struct year *year)
{
	enum err err = year->town.failed ? ERR_NO_MEMORY : ERR_OK;

	queue_done(&year->town.queue);
	queue_done(&year->town.returns);
	desks_close(&year->town.desks);
	deck_close(&year->town.deck);
	free(year);
	return err;
}

/* ---- the past -------------------------------------------------------------------------------- */

/* On the first working day of a week, and at the opening, everything up to two weeks ahead. */
static void publish(struct year *year, int64_t date, int64_t at)
{
	int64_t last = date_add_days(monday_of(date), WEEKS_AHEAD * 7);
	struct town *town = &year->town;

	if (!calendar_is_working_day(date) && date != year->period->from)
		return;
	for (; !town->failed && year->next_monday <= last;
		year->next_monday = date_add_days(year->next_monday, 7)) {
		const struct week week = {.monday = year->next_monday,
			.from = year->period->from,
			.openings = openings_for(season_week(&year->season, year->next_monday)),
			.at = at};
		if (!desks_publish(&town->desks, &week, town->lines))
			town->failed = true;
	}
}

/* Who comes again if it is time, or somebody new; NULL when memory is out. */
static struct inquiry *somebody(struct year *year, int64_t date)
{
	int64_t due;
	struct inquiry *inquiry = queue_take(&year->town.returns, local_time(date, 0), &due);

	return inquiry ? inquiry : calloc(1, sizeof(*inquiry));
}

static void arrive(struct year *year, int64_t date)
{
	for (int64_t n = season_day(&year->season, date); n > 0; n--) {
		const struct arrival arrival = {.seed = year->period->seed,
			.number = year->arrived++,
			.date = date,
			.opening = (int16_t)(year->period->from / 10000)};
		struct inquiry *inquiry = somebody(year, date);
		if (!inquiry) {
			year->town.failed = true;
			return;
		}
		inquiry_begin(inquiry, &arrival);
		story_begin(&year->town, inquiry);
	}
}

enum err year_write(const struct period *period, const struct outlet *to)
{
	struct year *year = year_open(period, to);
	int64_t date = period->from;

	if (!year)
		return ERR_NO_MEMORY;
	for (; !year->town.failed && !to->lines->err && date <= period->until;
		date = date_add_days(date, 1)) {
		int64_t morning = local_time(date, PUBLISHED);
		arrive(year, date);
		story_go_on(&year->town, morning);
		publish(year, date, morning);
		story_go_on(&year->town, local_time(date_add_days(date, 1), 0));
	}
	return year_close(year);
}

/* ---- today ----------------------------------------------------------------------------------- */

static bool offer_coming_weeks(const struct period *period, struct lines *lines)
{
	struct desks *desks = malloc(sizeof(*desks));
	bool done = desks != NULL;

	if (!desks)
		return false;
	desks_open(desks, period->seed, openings_for(period->inquiries));
	for (int i = 0; done && i < LIVE_WEEKS; i++) {
		const struct week week = {.monday = date_add_days(monday_of(period->from), 7 * i),
			.from = date_add_days(period->from, 1),
			.openings = openings_for(period->inquiries)};
		done = desks_publish(desks, &week, lines);
	}
	desks_close(desks);
	free(desks);
	return done;
}

enum err year_write_live(const struct period *period, struct lines *lines)
{
	if (!offer_coming_weeks(period, lines))
		return ERR_NO_MEMORY;
	for (int64_t n = 0; n < period->inquiries; n++) {
		/* Other days' people are others: of each day 1,000 and more find room. */
		uint64_t first = (uint64_t)date_to_days(period->from) % 9000 * 1000;
		const struct arrival arrival = {.seed = period->seed,
			.number = first + (uint64_t)n,
			.date = period->from,
			.opening = (int16_t)(period->from / 10000)};
		struct inquiry inquiry = {0};
		inquiry_begin(&inquiry, &arrival);
		inquiry_add_received(&inquiry, 0, lines);
	}
	return ERR_OK;
}
