/* Who turns to the entrance, and with what; touches nothing but the lines it adds. */
#include "deploy/demo/inquiry.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/uuid.h"
#include "deploy/demo/texts.h"
#include "proto/calendar.h"

#define PICK(chance, weights) \
	chance_weighted(chance, weights, sizeof(weights) / sizeof((weights)[0]))

enum { OPENS = 8 * 60, CLOSES = 16 * 60, FRONT_DESKS = 8 };

/* ---- how and when ---------------------------------------------------------------------------- */

static void decide_channel(struct inquiry *inquiry, int64_t date)
{
	static const int askers[] = {700, 180, 100, 20};
	static const int channels[][6] = {{28, 30, 27, 4, 9, 2}, {12, 50, 28, 5, 4, 1},
		{2, 28, 12, 5, 3, 50}, {25, 55, 20, 0, 0, 0}};
	bool known = !uuid_is_nil(inquiry->citizen);
	size_t asker = chance_weighted(&inquiry->chance, askers, known ? 3 : 4);
	size_t channel = PICK(&inquiry->chance, channels[asker]);

	inquiry->asker = (enum asker)(asker + 1);
	inquiry->channel =
		calendar_is_working_day(date) ? (enum channel)(channel + 1) : channel_digital;
}

static int64_t time_of_day(struct inquiry *inquiry, int64_t date)
{
	static const int hours[] = {6, 15, 17, 13, 8, 13, 11, 7};
	static const int digital[] = {2, 5, 8, 9, 8, 6, 7, 7, 6, 6, 5, 5, 7, 9, 8, 4};
	bool any_time = inquiry->channel == channel_digital;
	size_t hour = any_time ? 6 + PICK(&inquiry->chance, digital)
			       : OPENS / 60 + PICK(&inquiry->chance, hours);
	int minute = (int)hour * 60 + (int)chance_between(&inquiry->chance, 0, 59);

	return local_time(date, minute) + chance_between(&inquiry->chance, 0, 59) * MS_PER_SECOND;
}

/* ---- about whom and what --------------------------------------------------------------------- */

static void decide_matter(struct inquiry *inquiry)
{
	static const int areas[] = {10, 11, 9, 4, 9, 6, 20, 8, 13, 6, 2, 3};
	bool for_others = inquiry->asker == asker_relative || inquiry->asker == asker_professional;

	inquiry->area = (enum life_area)(PICK(&inquiry->chance, areas) + 1);
	/* What others say of a child is not said of somebody who came as an adult. */
	if (for_others && inquiry->area == life_area_own_child && !uuid_is_nil(inquiry->citizen))
		inquiry->area = life_area_everyday_life;
	inquiry->urgency = urgency_normal;
	if (inquiry->area == life_area_own_child) {
		if (chance_permille(&inquiry->chance, for_others ? 750 : 150))
			inquiry->urgency = urgency_child_concern;
	} else if (chance_permille(&inquiry->chance, 15)) {
		inquiry->urgency = urgency_acute;
	}
	if (inquiry->urgency == urgency_normal && chance_permille(&inquiry->chance, 170))
		inquiry->urgency = urgency_soon;
}

static void decide_person(struct inquiry *inquiry, const struct arrival *arrival)
{
	static const int decades[] = {26, 21, 19, 15, 10, 6, 3};
	bool for_others = inquiry->asker == asker_relative || inquiry->asker == asker_professional;
	struct person_key *key = &inquiry->person;

	*key = (struct person_key){.seed = arrival->seed,
		.index = (uint32_t)arrival->number,
		.generation = GENERATION_ADULT,
		.opening = arrival->opening};
	if (for_others && inquiry->area == life_area_own_child)
		key->generation = chance_permille(&inquiry->chance, 600) ? GENERATION_SMALL
									 : GENERATION_YOUTH;
	else if (for_others && chance_permille(&inquiry->chance, 80))
		key->generation = GENERATION_YOUTH;
	else
		key->decade = (uint8_t)PICK(&inquiry->chance, decades);
	if (inquiry->asker != asker_anonymous)
		inquiry->citizen =
			chance_uuid(inquiry->received, arrival->seed, "citizen", arrival->number);
}

static void decide_language(struct inquiry *inquiry)
{
	static const struct {
		const char *language;
		int interpreter; /* permille who need one */
	} rows[] = {{NULL, 0}, {"en", 0}, {"ar", 450}, {"so", 450}, {"pl", 400}, {"ti", 1000},
		{"uk", 1000}};
	static const int weights[] = {885, 25, 30, 15, 20, 10, 15};
	size_t row = PICK(&inquiry->chance, weights);

	inquiry->language = rows[row].language;
	inquiry->interpreter = chance_permille(&inquiry->chance, rows[row].interpreter);
}

static void decide_preference(struct inquiry *inquiry)
{
	static const int modes[] = {48, 20, 19, 7, 6};

	/* Few desks speak other languages: who needs them takes what there is. */
	inquiry->prefers = inquiry->language && !inquiry->interpreter
				   ? talk_mode_none
				   : (enum talk_mode)PICK(&inquiry->chance, modes);
}

void inquiry_begin(struct inquiry *inquiry, const struct arrival *arrival)
{
	*inquiry = (struct inquiry){.person = inquiry->person,
		.citizen = inquiry->citizen,
		.language = inquiry->language,
		.interpreter = inquiry->interpreter,
		.had_course = inquiry->had_course,
		.number = arrival->number,
		.chance = chance_of(arrival->seed, "inquiry", arrival->number)};
	decide_channel(inquiry, arrival->date);
	inquiry->received = time_of_day(inquiry, arrival->date);
	inquiry->id = chance_uuid(inquiry->received, arrival->seed, "inquiry", arrival->number);
	decide_matter(inquiry);
	if (uuid_is_nil(inquiry->citizen)) {
		decide_person(inquiry, arrival);
		decide_language(inquiry);
	}
	decide_preference(inquiry);
}

/* ---- the line -------------------------------------------------------------------------------- */

void inquiry_actor(const struct inquiry *inquiry, int64_t at, char ret[BY_BYTES])
{
	int minute = local_minute(at);
	bool open =
		calendar_is_working_day(local_date(at)) && minute >= OPENS && minute < CLOSES + 60;

	if (!open)
		snprintf(ret, BY_BYTES, "caseworker:on-call");
	else if (inquiry->channel == channel_outreach)
		snprintf(ret, BY_BYTES, "caseworker:outreach");
	else
		snprintf(ret, BY_BYTES, "front_desk:desk-%d",
			(int)(inquiry->number % FRONT_DESKS) + 1);
}

/* Everything that a line points to. */
struct telling {
	struct person person;
	char words[WORDS_BYTES];
	char asker_name[NAME_BYTES];
	char contact_at[CONTACT_BYTES];
	char by[BY_BYTES];
};

/* The main life area, and sometimes others. */
static void decide_areas(struct inquiry *inquiry)
{
	enum life_area *areas = inquiry->areas;
	size_t n = 0;

	areas[n++] = inquiry->area;
	while (n < AREAS_MAX && chance_permille(&inquiry->chance, 330)) {
		enum life_area area = (enum life_area)chance_between(
			&inquiry->chance, life_area_housing, life_area_leisure);
		if (area == areas[0] || area == areas[n - 1])
			break;
		areas[n++] = area;
	}
	inquiry->n_areas = n;
}

static void tell_words(
	struct inquiry *inquiry, struct telling *telling, struct receive_inquiry *with)
{
	struct chance *chance = &inquiry->chance;
	const struct speaker speaker = {.asker = inquiry->asker,
		.area = inquiry->area,
		.about_woman = telling->person.woman,
		.years = (int)(local_date(inquiry->received) / 10000 -
			       telling->person.birth_date / 10000)};

	decide_areas(inquiry);
	with->life_areas.n = inquiry->n_areas;
	with->life_areas.at = inquiry->areas;
	if (chance_permille(chance, 950)) {
		texts_words(chance, &speaker, telling->words);
		with->words = text_of(telling->words);
	}
	if (inquiry->asker == asker_citizen && chance_permille(chance, 550))
		with->first_sign = text_of(texts_first_sign(chance, inquiry->area));
}

static void tell_contact(
	struct inquiry *inquiry, struct telling *telling, struct receive_inquiry *with)
{
	static const int contacts[] = {38, 22, 15, 15, 4, 6};
	bool self = inquiry->asker == asker_citizen;
	uint64_t whose = self ? inquiry->person.index : PERSONS_MAX + inquiry->number;
	uint64_t seed = inquiry->person.seed;

	if (chance_permille(&inquiry->chance, 930))
		with->contact = (enum contact)(PICK(&inquiry->chance, contacts) + 1);
	person_contact(seed, whose, with->contact, telling->contact_at);
	with->contact_at = text_of(telling->contact_at);
	if (self || chance_permille(&inquiry->chance, 60))
		return;
	person_name(seed, whose, telling->asker_name);
	with->asker_name = text_of(telling->asker_name);
}

/* Nothing of this is asked of, or kept about, somebody who does not say who they are. */
static void tell_identity(
	struct inquiry *inquiry, struct telling *telling, struct receive_inquiry *with)
{
	static const int numbers[] = {
		[asker_citizen] = 560, [asker_relative] = 400, [asker_professional] = 750};
	struct chance *chance = &inquiry->chance;
	bool logged_in = inquiry->channel == channel_digital && inquiry->asker == asker_citizen;

	with->citizen = inquiry->citizen;
	if (chance_permille(chance, logged_in ? 950 : numbers[inquiry->asker]))
		with->number = text_of(telling->person.number);
	if (chance_permille(chance, with->number.n ? 950 : 800))
		with->name = text_of(telling->person.name);
	tell_contact(inquiry, telling, with);
	with->consent = chance_permille(chance, inquiry->asker == asker_citizen ? 640 : 300);
}

void inquiry_add_received(struct inquiry *inquiry, int64_t at, struct lines *lines)
{
	struct telling telling = {0};
	struct receive_inquiry with = {.inquiry = inquiry->id,
		.channel = inquiry->channel,
		.asker = inquiry->asker,
		.urgency = inquiry->urgency,
		.interpreter = inquiry->interpreter,
		.prefers = inquiry->prefers};
	const struct uuid touches[] = {inquiry->id, inquiry->citizen};
	bool anonymous = inquiry->asker == asker_anonymous;

	person_make(&inquiry->person, &telling.person);
	tell_words(inquiry, &telling, &with);
	if (inquiry->language)
		with.language = text_of(inquiry->language);
	if (!anonymous)
		tell_identity(inquiry, &telling, &with);
	if (inquiry->channel == channel_digital)
		snprintf(telling.by, BY_BYTES, "front_desk:digital");
	else
		inquiry_actor(inquiry, inquiry->received, telling.by);
	lines_add(lines, &(struct line){.command = schema_receive_inquiry(),
				 .with = &with,
				 .at = at,
				 .by = telling.by,
				 .touches = touches,
				 .n_touches = anonymous ? 1 : 2});
}
