/* Times of the desks: published week by week, taken and given back; touches memory only. */
#include "deploy/demo/desks.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/uuid.h"
#include "deploy/demo/chance.h"
#include "proto/calendar.h"

enum { LANGUAGES = 4, AREAS = 4, STARTS = 6, BATCH = 40, TEXT_ROOM = 40, PER_DESK = 14 };

/* Desk n is of kind (n - 1) % DESK_KINDS. weight: how often its times are offered, in percent. */
struct desk_kind {
	enum talk_mode mode;
	int weight;
	const char *languages[LANGUAGES];
	enum life_area competences[AREAS];
};

static const struct desk_kind kinds[DESK_KINDS] = {
	{talk_mode_venue, 150, {NULL}, {life_area_none}},
	{talk_mode_phone, 140, {NULL}, {life_area_none}},
	{talk_mode_venue, 120, {"da", "en"}, {life_area_none}},
	{talk_mode_venue, 100, {NULL},
		{life_area_mental_health, life_area_substance_use, life_area_health}},
	{talk_mode_video, 100, {NULL}, {life_area_none}},
	{talk_mode_venue, 130, {NULL}, {life_area_none}},
	{talk_mode_home, 80, {NULL}, {life_area_none}},
	{talk_mode_phone, 90, {"da", "en", "pl"}, {life_area_none}},
	{talk_mode_venue, 80, {NULL},
		{life_area_family_and_children, life_area_own_child, life_area_education}},
	{talk_mode_venue, 80, {"da", "ar", "so"}, {life_area_none}},
	{talk_mode_phone, 60, {NULL}, {life_area_work, life_area_economy, life_area_housing}},
	{talk_mode_video, 70, {"da", "en"}, {life_area_none}},
};

/* Minutes past local midnight; even the longest talk ends before the next one. */
static const int starts[STARTS] = {510, 580, 650, 750, 820, 890};

static int minutes_of(int64_t desk)
{
	return desk % 3 == 0 ? 60 : desk % 3 == 1 ? 45 : 50;
}

void desks_open(struct desks *desks, uint64_t seed, int64_t weekly)
{
	int64_t of_a_kind = weekly / DESK_KINDS / PER_DESK + 1;

	*desks = (struct desks){.seed = seed, .desks = of_a_kind * DESK_KINDS};
}

void desks_close(struct desks *desks)
{
	for (size_t kind = 0; kind < DESK_KINDS; kind++)
		for (size_t day = 0; day < DAYS_KEPT; day++)
			free(desks->kept[kind][day].at);
}

static struct openings *openings_of(struct desks *desks, size_t kind, int64_t date)
{
	return &desks->kept[kind][(size_t)date_to_days(date) % DAYS_KEPT];
}

/* ---- publishing ------------------------------------------------------------------------------ */

/* Slots on their way into a line. */
struct batch {
	struct lines *lines;
	const struct week *week;
	struct arena arena;
	struct slot slots[BATCH];
	struct uuid ids[BATCH];
	size_t n;
	bool failed;
};

static void flush(struct batch *batch)
{
	const struct publish_slots with = {.slots = {batch->n, batch->slots}};

	if (batch->n > 0 && !batch->failed)
		lines_add(batch->lines, &(struct line){.command = schema_publish_slots(),
						.with = &with,
						.at = batch->week->at,
						.by = "manager:entrance",
						.touches = batch->ids,
						.n_touches = batch->n});
	batch->n = 0;
	arena_reset(&batch->arena);
}

/* Languages, competences, desk and place in words. */
static void describe(struct batch *batch, int64_t desk, struct slot *slot)
{
	const struct desk_kind *kind = &kinds[(desk - 1) % DESK_KINDS];
	struct text *languages = arena_alloc(&batch->arena, sizeof(*languages) * LANGUAGES);
	enum life_area *areas = arena_alloc(&batch->arena, sizeof(*areas) * AREAS);
	char *name = arena_printf(&batch->arena, "desk-%lld", (long long)desk);
	char *place = arena_printf(&batch->arena, "Indgangen, samtalerum %lld", (long long)desk);

	batch->failed = batch->failed || !languages || !areas || !name || !place;
	if (batch->failed)
		return;
	slot->desk = text_of(name);
	if (kind->mode == talk_mode_venue)
		slot->place = text_of(place);
	slot->languages.at = languages;
	while (slot->languages.n < LANGUAGES && kind->languages[slot->languages.n]) {
		languages[slot->languages.n] = text_of(kind->languages[slot->languages.n]);
		slot->languages.n++;
	}
	slot->competences.at = areas;
	while (slot->competences.n < AREAS && kind->competences[slot->competences.n]) {
		areas[slot->competences.n] = kind->competences[slot->competences.n];
		slot->competences.n++;
	}
}

static bool keep(struct openings *openings, const struct slot *slot)
{
	if (openings->n == openings->size) {
		size_t size = openings->size ? openings->size * 2 : 8;
		struct opening *at = reallocarray(openings->at, size, sizeof(*at));
		if (!at)
			return false;
		openings->at = at;
		openings->size = size;
	}
	openings->at[openings->n++] =
		(struct opening){slot->slot, slot->start, (int32_t)slot->minutes, false};
	openings->n_free++;
	return true;
}

static void offer(struct desks *desks, struct batch *batch, int64_t desk, int64_t start)
{
	struct openings *openings =
		openings_of(desks, (size_t)(desk - 1) % DESK_KINDS, local_date(start));
	struct slot *slot = &batch->slots[batch->n];

	*slot = (struct slot){.slot = chance_uuid(start - 14 * MS_PER_DAY, (uint64_t)start, "slot",
				      (uint64_t)desk),
		.start = start,
		.minutes = minutes_of(desk),
		.mode = kinds[(desk - 1) % DESK_KINDS].mode,
		.places = 1};
	describe(batch, desk, slot);
	batch->ids[batch->n++] = slot->slot;
	batch->failed = batch->failed || !keep(openings, slot);
	if (batch->n == BATCH)
		flush(batch);
}

static void forget_day(struct desks *desks, int64_t date)
{
	for (size_t kind = 0; kind < DESK_KINDS; kind++) {
		struct openings *openings = openings_of(desks, kind, date);
		*openings =
			(struct openings){.date = date, .at = openings->at, .size = openings->size};
	}
}

/* permille: the share of all times of an ordinary desk that is offered. */
static void publish_day(struct desks *desks, struct batch *batch, int64_t date, int permille)
{
	for (size_t i = 0; i < STARTS; i++) {
		int64_t start = local_time(date, starts[i]);
		struct chance chance = chance_of(desks->seed, "offers", (uint64_t)start);
		for (int64_t desk = 1; desk <= desks->desks; desk++)
			if (chance_permille(&chance,
				    permille * kinds[(desk - 1) % DESK_KINDS].weight / 100))
				offer(desks, batch, desk, start);
	}
}

bool desks_publish(struct desks *desks, const struct week *week, struct lines *lines)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	int64_t permille = week->openings * 1000 / (desks->desks * STARTS * 5);

	if (!batch)
		return false;
	batch->lines = lines;
	batch->week = week;
	arena_init(&batch->arena, (size_t)BATCH * 1024);
	for (int i = 0; i < 7; i++) {
		int64_t date = date_add_days(week->monday, i);
		forget_day(desks, date);
		if (date >= week->from && calendar_is_working_day(date))
			publish_day(desks, batch, date, (int)permille);
	}
	flush(batch);
	desks->last_date = date_add_days(week->monday, 6);
	bool failed = batch->failed;
	arena_done(&batch->arena);
	free(batch);
	return !failed;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static bool speaks(const struct desk_kind *kind, const char *language)
{
	if (!kind->languages[0])
		return !language;
	for (size_t i = 0; i < LANGUAGES && kind->languages[i]; i++)
		if (strcmp(kind->languages[i], language ? language : "da") == 0)
			return true;
	return false;
}

static bool knows(const struct desk_kind *kind, enum life_area area)
{
	for (size_t i = 0; i < AREAS && kind->competences[i]; i++)
		if (kind->competences[i] == area)
			return true;
	return !kind->competences[0];
}

static bool suits(const struct desk_kind *kind, const struct wish *wish)
{
	return (!wish->prefers || kind->mode == wish->prefers) &&
	       (wish->interpreter || speaks(kind, wish->language)) && knows(kind, wish->area);
}

/* The earliest free opening of the day that begins at from or later. */
static struct opening *earliest(struct openings *openings, int64_t date, int64_t from)
{
	if (openings->date != date || openings->n_free == 0)
		return NULL;
	while (openings->first < openings->n && openings->at[openings->first].taken)
		openings->first++;
	for (size_t i = openings->first; i < openings->n; i++)
		if (!openings->at[i].taken && openings->at[i].start >= from)
			return &openings->at[i];
	return NULL;
}

/* What many need goes first, what few need is spared: homes and languages. */
static int rarity(const struct desk_kind *kind)
{
	return (kind->mode == talk_mode_home) * 4 + (kind->languages[0] != NULL) * 2 +
	       (kind->mode == talk_mode_video);
}

static bool take_on(struct desks *desks, const struct wish *wish, int64_t date, struct booking *ret)
{
	struct opening *best = NULL;

	for (size_t i = 0; i < DESK_KINDS; i++) {
		struct openings *openings = openings_of(desks, i, date);
		struct opening *opening =
			suits(&kinds[i], wish) ? earliest(openings, date, wish->from) : NULL;
		if (!opening || (best && rarity(&kinds[ret->kind]) < rarity(&kinds[i])) ||
			(best && rarity(&kinds[ret->kind]) == rarity(&kinds[i]) &&
				best->start <= opening->start))
			continue;
		best = opening;
		*ret = (struct booking){opening->slot, opening->start, opening->minutes,
			kinds[i].mode, (uint32_t)i, (uint32_t)(opening - openings->at)};
	}
	if (!best)
		return false;
	best->taken = true;
	openings_of(desks, ret->kind, date)->n_free--;
	return true;
}

bool desks_take(struct desks *desks, const struct wish *wish, struct booking *ret)
{
	int64_t date = local_date(wish->from);

	for (; date <= desks->last_date; date = date_add_days(date, 1))
		if (take_on(desks, wish, date, ret))
			return true;
	return false;
}

void desks_give_back(struct desks *desks, const struct booking *booking, int64_t now)
{
	struct openings *openings = openings_of(desks, booking->kind, local_date(booking->start));

	if (booking->start <= now)
		return;
	assert(uuid_equal(openings->at[booking->index].slot, booking->slot));
	openings->at[booking->index].taken = false;
	openings->n_free++;
	if (booking->index < openings->first)
		openings->first = booking->index;
}
