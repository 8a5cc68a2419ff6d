/* Puts conflicts into words. Pure; touches nothing. */
#include "services/planning/conflict_texts.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum { REASON_BYTES = 400, SUGGESTION_BYTES = 300, WORD_BYTES = 256 };

/* ---- the table of phrases -------------------------------------------------------------------- */

#define AMOUNT(name_, da_one_, da_, en_one_, en_)
#define DEPARTMENT(name_, da_, en_)
#define HELP(kind_, da_, en_)
#define PHRASE(name_, da_, en_) PHRASE_##name_,
enum phrase {
#include "services/planning/conflict_texts.def"
	PHRASES
};
#undef PHRASE
#define PHRASE(name_, da_, en_) [PHRASE_##name_] = {da_, en_},
static const char *const phrases[PHRASES][LANGUAGES] = {
#include "services/planning/conflict_texts.def"
};
#undef PHRASE
#undef AMOUNT
#define PHRASE(name_, da_, en_)

#define AMOUNT(name_, da_one_, da_, en_one_, en_) UNIT_##name_,
enum unit {
#include "services/planning/conflict_texts.def"
	UNITS
};
#undef AMOUNT
#define AMOUNT(name_, da_one_, da_, en_one_, en_) [UNIT_##name_] = {{da_one_, da_}, {en_one_, en_}},
static const char *const units[UNITS][LANGUAGES][2] = {
#include "services/planning/conflict_texts.def"
};
#undef AMOUNT
#undef DEPARTMENT
#define AMOUNT(name_, da_one_, da_, en_one_, en_)

#define DEPARTMENT(name_, da_, en_) {#name_, {da_, en_}},
static const struct {
	const char *name;
	const char *words[LANGUAGES];
} departments[] = {
#include "services/planning/conflict_texts.def"
};
#undef DEPARTMENT
#undef HELP
#define DEPARTMENT(name_, da_, en_)

#define HELP(kind_, da_, en_) [measure_kind_##kind_] = {da_, en_},
static const char *const helps[measure_kind_end][LANGUAGES] = {
#include "services/planning/conflict_texts.def"
};
#undef HELP
#undef DEPARTMENT
#undef AMOUNT
#undef PHRASE

/* ---- filling in ------------------------------------------------------------------------------ */

struct speech {
	struct arena *arena;
	enum language language;
	char values['z' - 'a' + 1][WORD_BYTES];
};

#define VALUE_OF(speech_, letter_) ((speech_)->values[(letter_) - 'a'])

/* Text that does not fit is cut before a character that would be halved. */
static size_t fit(const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n < max)
		return n;
	n = max - 1;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void append(char *to, size_t max, const char *s)
{
	size_t n = strlen(to), more = fit(s, max - n);

	memcpy(to + n, s, more);
	to[n + more] = '\0';
}

static void expand(const struct speech *speech, enum phrase phrase, char *ret, size_t max)
{
	const char *at = phrases[phrase][speech->language];
	char piece[WORD_BYTES];

	ret[0] = '\0';
	while (*at) {
		size_t n = strcspn(at, "{");
		n = n < sizeof(piece) ? n : fit(at, sizeof(piece));
		memcpy(piece, at, n);
		piece[n] = '\0';
		append(ret, max, piece);
		at += n;
		if (*at == '{') {
			append(ret, max, VALUE_OF(speech, at[1]));
			at += 3;
		}
	}
}

static struct text spoken(const struct speech *speech, enum phrase phrase, size_t max)
{
	char room[REASON_BYTES + 1];

	expand(speech, phrase, room, max + 1 < sizeof(room) ? max + 1 : sizeof(room));
	return text_of(arena_copy(speech->arena, room, strlen(room)));
}

/* ---- words ----------------------------------------------------------------------------------- */

static void name_department(struct speech *speech, char letter, struct text name)
{
	char *value = VALUE_OF(speech, letter);

	snprintf(value, WORD_BYTES, "%.*s", (int)name.n, name.p ? name.p : "");
	for (size_t i = 0; i < sizeof(departments) / sizeof(departments[0]); i++)
		if (text_is(name, departments[i].name))
			snprintf(value, WORD_BYTES, "%s", departments[i].words[speech->language]);
}

/* "a, b og c" */
static void name_departments(struct speech *speech, const struct conflict *c)
{
	char *value = VALUE_OF(speech, 'd');
	size_t n = c->row.departments.n;

	value[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			append(value, WORD_BYTES,
				i + 1 < n ? ", " : phrases[PHRASE_list_and][speech->language]);
		name_department(speech, 'a', c->departments[i]);
		append(value, WORD_BYTES, VALUE_OF(speech, 'a'));
	}
}

static void name_amount(struct speech *speech, char letter, enum unit unit, int64_t n)
{
	snprintf(VALUE_OF(speech, letter), WORD_BYTES, "%lld %s", (long long)n,
		units[unit][speech->language][n != 1]);
}

static void name_day(struct speech *speech, char letter, int64_t ms)
{
	int64_t date = local_date(ms);

	snprintf(VALUE_OF(speech, letter), WORD_BYTES, "%02d.%02d.%04d", (int)(date % 100),
		(int)(date / 100 % 100), (int)(date / 10000));
}

static void name_clock(struct speech *speech, char letter, int64_t ms)
{
	int minute = local_minute(ms);

	snprintf(VALUE_OF(speech, letter), WORD_BYTES, "%02d:%02d", minute / 60, minute % 60);
}

static void name_moment(struct speech *speech, char letter, int64_t ms)
{
	name_day(speech, 'f', ms);
	name_clock(speech, 't', ms);
	expand(speech, PHRASE_moment, VALUE_OF(speech, letter), WORD_BYTES);
}

static void name_meeting(struct speech *speech, char letter, const struct seen_appointment *at)
{
	name_day(speech, 'f', at->from);
	name_clock(speech, 't', at->from);
	append(VALUE_OF(speech, 't'), WORD_BYTES, "-");
	name_clock(speech, 'z', at->to);
	append(VALUE_OF(speech, 't'), WORD_BYTES, VALUE_OF(speech, 'z'));
	expand(speech, PHRASE_meeting, VALUE_OF(speech, letter), WORD_BYTES);
}

/* Days are whole: the last one is that before the end. */
static void name_period(struct speech *speech, const struct conflict *c)
{
	name_day(speech, 'f', c->row.since);
	if (c->row.until)
		name_day(speech, 't', c->row.until - 1);
	expand(speech, c->row.until ? PHRASE_period : PHRASE_period_open, VALUE_OF(speech, 'p'),
		WORD_BYTES);
}

static void name_help(struct speech *speech, enum measure_kind kind)
{
	const char *words = helps[kind][speech->language];

	snprintf(VALUE_OF(speech, 'k'), WORD_BYTES, "%s", words ? words : "");
}

/* ---- kinds ----------------------------------------------------------------------------------- */

typedef void fill_fn(struct speech *speech, const struct conflict *conflict);

static void say(struct conflict_words *words, const struct conflict *conflict, fill_fn *fill,
	const enum phrase reason_and_suggestion[2])
{
	for (unsigned language = 0; language < LANGUAGES; language++) {
		struct speech speech = {.arena = words->arena, .language = (enum language)language};
		fill(&speech, conflict);
		words->reason[language] = spoken(&speech, reason_and_suggestion[0], REASON_BYTES);
		words->suggestion[language] =
			spoken(&speech, reason_and_suggestion[1], SUGGESTION_BYTES);
	}
}

static void fill_overlap(struct speech *speech, const struct conflict *conflict)
{
	const struct seen_appointment *a = conflict->first, *b = conflict->second;

	name_department(speech, 'a', a->seen.department);
	name_department(speech, 'b', b->seen.department);
	name_meeting(speech, 'x', a);
	name_meeting(speech, 'y', b);
	name_amount(speech, 'n', UNIT_minutes, conflict->row.asked);
}

void say_overlap(const struct conflict *conflict, struct conflict_words *words)
{
	const struct seen_appointment *a = conflict->first, *b = conflict->second;
	bool one = uuid_equal(a->seen.plan, b->seen.plan);

	say(words, conflict, fill_overlap,
		(const enum phrase[]){
			one ? PHRASE_overlap : PHRASE_overlap_plans, PHRASE_overlap_suggestion});
}

static void fill_hours(struct speech *speech, const struct conflict *conflict)
{
	name_departments(speech, conflict);
	name_amount(speech, 'n', UNIT_hours, conflict->row.asked);
	name_amount(speech, 'm', UNIT_hours, conflict->row.had);
	name_period(speech, conflict);
}

void say_hours(const struct conflict *conflict, struct conflict_words *words)
{
	say(words, conflict, fill_hours,
		(const enum phrase[]){PHRASE_hours, PHRASE_hours_suggestion});
}

static void fill_same_help(struct speech *speech, const struct conflict *conflict)
{
	const struct seen_measure *a = conflict->first;

	name_department(speech, 'a', conflict->departments[0]);
	name_department(speech, 'b', conflict->departments[1]);
	name_help(speech, a->kind);
	name_period(speech, conflict);
}

void say_same_help(const struct conflict *conflict, struct conflict_words *words)
{
	say(words, conflict, fill_same_help,
		(const enum phrase[]){PHRASE_same_help, PHRASE_same_help_suggestion});
}

static void fill_silence(struct speech *speech, const struct conflict *conflict)
{
	const struct seen_silence *s = conflict->first;

	name_department(speech, 'a', s->seen.department);
	name_department(speech, 'b', s->to);
	name_help(speech, s->kind);
	name_moment(speech, 'x', s->seen.begins);
	name_amount(speech, 'n', UNIT_days, conflict->row.asked);
	if (conflict->row.asked == 0)
		expand(speech, PHRASE_under_a_day, VALUE_OF(speech, 'n'), WORD_BYTES);
}

void say_silence(const struct conflict *conflict, struct conflict_words *words)
{
	static const enum phrase said[][2] = {
		[SILENCE_PROPOSAL] = {PHRASE_unanswered, PHRASE_unanswered_suggestion},
		[SILENCE_COMMITMENT] = {PHRASE_municipality_overdue,
			PHRASE_municipality_overdue_suggestion},
		[SILENCE_DEPARTMENT] = {PHRASE_quiet, PHRASE_quiet_suggestion},
	};
	static const enum phrase of_citizen[2] = {
		PHRASE_citizen_overdue, PHRASE_citizen_overdue_suggestion};
	const struct seen_silence *s = conflict->first;
	bool citizens = s->what == SILENCE_COMMITMENT && s->by == side_citizen;

	say(words, conflict, fill_silence, citizens ? of_citizen : said[s->what]);
}
