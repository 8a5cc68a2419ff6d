/* Danish for what reports are divided by, as one table; pure. */
#include "services/reporting/wording.h"

#include <string.h>

#include "proto/words.h"

const char *wording_pick(enum report_language language, const char *en, const char *da)
{
	return language == report_language_da ? da : en;
}

const char *wording_in(struct wording wording, enum report_language language)
{
	return wording_pick(language, wording.en, wording.da);
}

static const struct {
	enumeration_fn *words;
	uint32_t number;
	const char *da;
} danish[] = {
	{words_channel, channel_walk_in, "Personligt fremmøde"},
	{words_channel, channel_phone, "Telefon"},
	{words_channel, channel_digital, "Digitalt"},
	{words_channel, channel_letter, "Brev eller e-mail"},
	{words_channel, channel_outreach, "Opsøgende arbejde"},
	{words_channel, channel_referral, "Henvist"},
	{words_asker, asker_citizen, "Borger"},
	{words_asker, asker_relative, "Pårørende"},
	{words_asker, asker_professional, "Fagperson"},
	{words_asker, asker_anonymous, "Anonym"},
	{words_life_area, life_area_housing, "Bolig"},
	{words_life_area, life_area_economy, "Økonomi"},
	{words_life_area, life_area_work, "Arbejde"},
	{words_life_area, life_area_education, "Uddannelse"},
	{words_life_area, life_area_family_and_children, "Familie og børn"},
	{words_life_area, life_area_health, "Helbred"},
	{words_life_area, life_area_mental_health, "Psykisk helbred"},
	{words_life_area, life_area_substance_use, "Rusmidler"},
	{words_life_area, life_area_everyday_life, "Hverdagsliv"},
	{words_life_area, life_area_network, "Netværk"},
	{words_life_area, life_area_leisure, "Fritid"},
	{words_life_area, life_area_own_child, "Bekymring for et barn"},
	{words_urgency, urgency_acute, "Akut"},
	{words_urgency, urgency_child_concern, "Bekymring for et barn"},
	{words_urgency, urgency_soon, "Snart"},
	{words_urgency, urgency_normal, "Normal"},
};

static const struct {
	const char *name, *da;
} departments[] = {
	{"employment", "Beskæftigelse"},
	{"family", "Familie"},
	{"social", "Social"},
	{"youth", "Unge"},
	{"school", "Skole"},
	{"housing", "Bolig"},
};

const char *danish_of_word(enumeration_fn *words, uint32_t number)
{
	for (size_t i = 0; i < sizeof(danish) / sizeof(danish[0]); i++)
		if (danish[i].words == words && danish[i].number == number)
			return danish[i].da;
	return NULL;
}

const char *danish_of_department(const char *name)
{
	for (size_t i = 0; i < sizeof(departments) / sizeof(departments[0]); i++)
		if (strcmp(departments[i].name, name) == 0)
			return departments[i].da;
	return NULL;
}
