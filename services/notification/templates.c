/* Fills the templates of templates.def. Pure; touches nothing. */
#include "services/notification/templates.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/uuid.h"

enum form { FORM_brief, FORM_full, FORM_staff };
enum { BODY_BYTES = 2000 };

struct template
{
	enum occasion occasion;
	enum tongue tongue;
	enum form form;
	const char *subject, *body;
};

#define TEMPLATE(why_, in_, as_, subject_, body_) \
	{occasion_##why_, tongue_##in_, FORM_##as_, subject_, body_},
static const struct template templates[] = {
#include "services/notification/templates.def"
};
#undef TEMPLATE

static const struct template *find(enum occasion occasion, enum tongue tongue, enum form form)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (templates[i].occasion == occasion && templates[i].tongue == tongue &&
			templates[i].form == form)
			return &templates[i];
	return NULL;
}

/* ---- words ----------------------------------------------------------------------------------- */

void template_moment(int64_t ms, enum tongue tongue, char ret[MOMENT_TEXT_BYTES])
{
	static const char *const days[][7] = {
		{"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"},
		{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}};
	static const char *const months[][12] = {
		{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august",
			"september", "oktober", "november", "december"},
		{"January", "February", "March", "April", "May", "June", "July", "August",
			"September", "October", "November", "December"}};
	int64_t date = local_date(ms);
	int at = local_minute(ms), in = tongue == tongue_en;
	const char *day = days[in][date_weekday(date) - 1];
	const char *month = months[in][date / 100 % 100 - 1];

	if (in)
		snprintf(ret, MOMENT_TEXT_BYTES, "%s %d %s %d at %02d:%02d", day, (int)(date % 100),
			month, (int)(date / 10000), at / 60, at % 60);
	else
		snprintf(ret, MOMENT_TEXT_BYTES, "%s den %d. %s %d kl. %02d.%02d", day,
			(int)(date % 100), month, (int)(date / 10000), at / 60, at % 60);
}

static const char *place_words(enum talk_mode mode, enum tongue tongue)
{
	static const char *const words[][2] = {[talk_mode_none] = {"", ""},
		[talk_mode_venue] = {" hos os", " at our venue"},
		[talk_mode_phone] = {" på telefon", " by telephone"},
		[talk_mode_video] = {" på video", " by video"},
		[talk_mode_home] = {" som hjemmebesøg", " as a home visit"}};

	return words[mode < talk_mode_end ? mode : talk_mode_none][tongue == tongue_en];
}

void template_plan(struct uuid plan, char ret[PLAN_TEXT_BYTES])
{
	char id[UUID_TEXT_BYTES];

	uuid_format(plan, id);
	snprintf(ret, PLAN_TEXT_BYTES, "%s",
		uuid_is_nil(plan) ? "-" : id + UUID_TEXT_BYTES - PLAN_TEXT_BYTES);
}

static const char *work_words(enum plan_work_kind work, enum tongue tongue)
{
	static const char *const words[][2] = {[plan_work_kind_none] = {"", ""},
		[plan_work_kind_commitment] = {"en aftale", "a commitment"},
		[plan_work_kind_review] = {"en opfølgning", "a review"},
		[plan_work_kind_worker] = {"at finde en ansvarlig medarbejder",
			"finding a responsible worker"},
		[plan_work_kind_proposal] = {"svar på et forslag", "the answer to a proposal"},
		[plan_work_kind_capacity] = {"svar på et spørgsmål om plads",
			"the answer to a question about capacity"},
		[plan_work_kind_coordination] = {"svar om koordineringen",
			"the answer about the coordination"},
		[plan_work_kind_unanswered] = {"et forslag, der ikke blev besvaret",
			"a proposal that was not answered"},
		[plan_work_kind_too_late] = {"et svar, der kom for sent",
			"an answer that came too late"},
		[plan_work_kind_conflict] = {"en konflikt i planen", "a conflict in the plan"},
		[plan_work_kind_dissent] = {"en samtale om en uenighed",
			"a talk about a disagreement"},
		[plan_work_kind_erasure] = {"en beslutning om at slette en borgers oplysninger",
			"deciding whether a citizen's data are erased"}};

	return words[work < plan_work_kind_end ? work : plan_work_kind_none][tongue == tongue_en];
}

/* ---- filling --------------------------------------------------------------------------------- */

struct word {
	const char *name;
	struct text value;
};

/* Copies up to the next name in braces, then its value; unknown names stay as they are. */
static void fill(const char *from, const struct word *words, size_t n, struct buffer *out)
{
	while (*from) {
		size_t plain = strcspn(from, "{");
		size_t i = 0;
		buffer_add(out, from, plain);
		from += plain;
		while (i < n && strncmp(from, words[i].name, strlen(words[i].name)) != 0)
			i++;
		if (i < n) {
			buffer_add(out, words[i].value.p, words[i].value.n);
			from += strlen(words[i].name);
		} else if (*from) {
			buffer_add(out, from++, 1);
		}
	}
}

static bool fill_text(
	const char *from, const struct word *words, size_t n, struct arena *arena, struct text *ret)
{
	struct buffer out;

	buffer_init(&out, BODY_BYTES);
	fill(from, words, n, &out);
	*ret = out.n ? text_of_bytes(bytes_copy(arena, buffer_bytes(&out))) : text_of("");
	bool good = !out.failed && ret->p;
	buffer_done(&out);
	return good;
}

bool template_render(enum occasion occasion, enum tongue tongue, enum contact channel,
	const struct template_values *values, struct arena *arena, struct rendered *ret)
{
	enum form form = channel == contact_sms ? FORM_brief : FORM_full;
	const struct template *template = values->staff ? find(occasion, tongue, FORM_staff) : NULL;
	char moment[MOMENT_TEXT_BYTES] = "", phone[64] = "", plan[PLAN_TEXT_BYTES];

	if (!template)
		template = find(occasion, tongue, form);
	if (!template)
		return false;
	if (values->talk_at)
		template_moment(values->talk_at, tongue, moment);
	if (values->phone && values->phone[0])
		snprintf(phone, sizeof(phone), "%s%s", tongue == tongue_en ? " on " : " på ",
			values->phone);
	template_plan(values->plan, plan);
	const struct word words[] = {{"{reference}", values->reference},
		{"{date}", text_of(moment)},
		{"{place}", text_of(place_words(values->mode, tongue))},
		{"{sender}", text_of(values->sender ? values->sender : "")},
		{"{phone}", text_of(phone)}, {"{plan}", text_of(plan)},
		{"{department}", values->department},
		{"{work}", text_of(work_words(values->work, tongue))}, {"{list}", values->list}};
	const size_t n = sizeof(words) / sizeof(words[0]);
	return fill_text(template->subject, words, n, arena, &ret->subject) &&
	       fill_text(template->body, words, n, arena, &ret->body);
}
