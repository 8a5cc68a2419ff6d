/* Puts Danish sentences together; touches nothing. */
#include "deploy/demo/texts.h"

#include <assert.h>
#include <string.h>

enum kind { KIND_SAYS, KIND_SINCE, KIND_WORKS, KIND_ASKS, KIND_SIGN };
enum voice { VOICE_citizen, VOICE_relative, VOICE_professional };
enum { PICKED_FROM = 16 };

/* area: none for sentences that fit any. */
struct sentence {
	enum kind kind;
	enum life_area area;
	enum voice voice;
	const char *text;
};

static const struct sentence sentences[] = {
#define SAYS(area, voice, text) {KIND_SAYS, life_area_##area, VOICE_##voice, text},
#define SINCE(voice, text) {KIND_SINCE, life_area_none, VOICE_##voice, text},
#define WORKS(voice, text) {KIND_WORKS, life_area_none, VOICE_##voice, text},
#define ASKS(voice, text) {KIND_ASKS, life_area_none, VOICE_##voice, text},
#define SIGN(area, text) {KIND_SIGN, life_area_##area, VOICE_citizen, text},
#include "deploy/demo/sentences.def"
#undef SAYS
#undef SINCE
#undef WORKS
#undef ASKS
#undef SIGN
};

/* One of the sentences that are like the given one. */
static const char *pick(struct chance *chance, const struct sentence *like)
{
	const char *fit[PICKED_FROM];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]) && n < PICKED_FROM; i++)
		if (sentences[i].kind == like->kind && sentences[i].area == like->area &&
			sentences[i].voice == like->voice)
			fit[n++] = sentences[i].text;
	assert(n > 0);
	return fit[chance_between(chance, 0, (int64_t)n - 1)];
}

/* ---- own words ------------------------------------------------------------------------------- */

/* What is being said: the text so far, and the words that stand for {r}, {h}, {H}, {m}. */
struct saying {
	struct chance *chance;
	enum voice voice;
	const char *relation;
	bool about_woman;
	char *to;
	size_t n;
};

static const char *relation_of(struct chance *chance, const struct speaker *speaker)
{
	static const char *const relations[3][2][3] = {
		{{"søn", "søn", "bror"}, {"datter", "datter", "søster"}},
		{{"mand", "bror", "søn"}, {"kone", "søster", "datter"}},
		{{"far", "far", "mand"}, {"mor", "mor", "kone"}}};
	int band = speaker->years < 30 ? 0 : speaker->years < 58 ? 1 : 2;

	return relations[band][speaker->about_woman][chance_between(chance, 0, 2)];
}

static const char *stands_for(const struct saying *saying, char letter)
{
	static const struct {
		char letter;
		const char *man, *woman;
	} rows[] = {{'h', "han", "hun"}, {'H', "Han", "Hun"}, {'m', "ham", "hende"},
		{'s', "hans", "hendes"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].letter == letter)
			return saying->about_woman ? rows[i].woman : rows[i].man;
	assert(letter == 'r');
	return saying->relation;
}

static void put(struct saying *saying, const char *text, size_t n)
{
	assert(saying->n + n < WORDS_BYTES);
	memcpy(saying->to + saying->n, text, n);
	saying->n += n;
	saying->to[saying->n] = '\0';
}

static void say(struct saying *saying, enum kind kind, enum life_area area)
{
	const struct sentence like = {kind, area, saying->voice, NULL};
	const char *text = pick(saying->chance, &like);

	if (saying->n > 0)
		put(saying, " ", 1);
	while (*text) {
		size_t plain = strcspn(text, "{");
		put(saying, text, plain);
		text += plain;
		if (!*text)
			break;
		const char *word = stands_for(saying, text[1]);
		put(saying, word, strlen(word));
		text += strlen("{r}");
	}
}

void texts_words(struct chance *chance, const struct speaker *speaker, char ret[WORDS_BYTES])
{
	struct saying saying = {.chance = chance,
		.relation = relation_of(chance, speaker),
		.about_woman = speaker->about_woman,
		.to = ret};
	bool child = speaker->area == life_area_own_child;

	if (speaker->asker == asker_relative)
		saying.voice = VOICE_relative;
	if (speaker->asker == asker_professional)
		saying.voice = VOICE_professional;
	say(&saying, KIND_SAYS, speaker->area);
	/* The other sentences speak of an adult. */
	if (child && saying.voice != VOICE_citizen)
		return;
	if (chance_permille(chance, 700))
		say(&saying, KIND_SINCE, life_area_none);
	if (!child && chance_permille(chance, 500))
		say(&saying, KIND_WORKS, life_area_none);
	if (chance_permille(chance, 600))
		say(&saying, KIND_ASKS, life_area_none);
}

const char *texts_first_sign(struct chance *chance, enum life_area area)
{
	return pick(chance, &(struct sentence){KIND_SIGN, area, VOICE_citizen, NULL});
}

/* ---- at the end ------------------------------------------------------------------------------ */

const char *texts_closing_note(struct chance *chance, enum closing closing)
{
	static const char *const notes[][4] = {[closing_none] = {NULL},
		[closing_advice_given] = {"Talt om muligheder; borgeren går selv videre med dem.",
			"Fik oversigt over frivillige tilbud og en at ringe til.",
			"Gennemgik brevene sammen; det var nok for nu.",
			"Aftalt, at borgeren kommer igen, hvis det ikke lykkes."},
		[closing_plan_opened] =
			{"Borgeren ønsker én plan og har sagt ja til en kontaktperson.",
				"Flere dele hænger sammen; borgeren vil gerne have det samlet.",
				"Første lille skridt er aftalt, planen åbnes.",
				"Borgeren har selv sat mål for de første tre måneder."},
		[closing_referred] = {"Fulgt over til den rette, med borgerens accept.",
			"Aftalt direkte med modtageren, som ringer i denne uge.",
			"Borgeren fik navn og nummer og tager selv kontakt.",
			"Hører til et andet sted; overleveret mundtligt."},
		[closing_withdrawn] = {"Borgeren klarer det selv nu og takker for hurtigt svar.",
			"Ønsker ikke at gå videre lige nu.",
			"Har fået hjælp fra familien i stedet.", "Vil hellere vente."},
		[closing_no_contact] = {"Ringet tre gange og skrevet; intet svar.",
			"Mødte ikke frem; brev sendt med åben invitation.",
			"Nummeret er ikke længere i brug.", "Har ikke kunnet træffes."}};

	return chance_permille(chance, 650) ? notes[closing][chance_between(chance, 0, 3)] : NULL;
}

const char *texts_organisation(struct chance *chance, enum life_area area)
{
	static const char *const any[] = {
		"Frivilligcentret", "Egen læge", "Borgerservice", "Besøgsvenner", "Visitationen"};

	if (area == life_area_economy)
		return "Gældsrådgivningen";
	if (area == life_area_substance_use)
		return "Rusmiddelcentret";
	if (area == life_area_housing)
		return "Boligrådgivningen";
	return any[chance_between(chance, 0, 4)];
}
