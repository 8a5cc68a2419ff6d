/* Reports in Danish: whole tables as a manager reads them, and nothing left in English. */
#include <stdio.h>

#include "services/reporting/reports.h"
#include "services/reporting/svg.h"
#include "tests/unit/services/reporting/tellings.h"

static struct rendering rendered(struct node *node, const struct render_report *asked)
{
	struct rendering rendering;

	(void)node_ask(node, schema_render_report(), asked, &rendering);
	return rendering;
}

static void assert_table(struct node *node, const struct render_report *asked, const char *want)
{
	struct rendering got = rendered(node, asked);

	if (text_is(got.body, want))
		return;
	fprintf(stderr, "%.*s", (int)got.body.n, got.body.p); /* longer than fail_msg writes */
	fail_msg("want:\n%s", want);
}

/* clang-format off */
static const char effect[] =
	"Effekt, siden 01.01.2025\n"
	"\n"
	"                                                              Ville\n"
	"                                                    Gik   tidligere            Tilbage\n"
	"                                                 videre        have              inden     Udgift\n"
	"                                                    til        fået                for        til\n"
	"                                  I             ordinær  individuel                 12  forløbene\n"
	"               Henvendelser  forløb  Afsluttet   støtte      støtte  Vurderet  måneder        kr.\n"
	"Afdeling\n"
	"  Ikke oplyst           126       0          *        *           *         *        *          *\n"
	"  Familie                 0       0          *        *           *         *        *          *\n"
	"  Social                  0     120          *        *           *         *        *          *\n"
	"I alt                   126     120         57        4          30        40        5     684000\n"
	"\n"
	"Henvendelser: henvendelser modtaget i perioden, uanset hvem der henvendte sig; pr. måned: modtagelsens\n"
	"I forløb: borgere med mindst ét forløb åbnet i perioden, hver talt én gang; pr. måned, livsområde og afdeling: det første af disse forløb\n"
	"Afsluttet: borgere med et afsluttet forløb, hvis sidste forløb sluttede i perioden, og som ingen åbne har ved dens slutning; pr. måned: da det sidste sluttede; pr. livsområde og afdeling: det sidst afsluttede\n"
	"Gik videre til ordinær støtte: af de afsluttede: det sidst afsluttede forløb endte med ordinær støtte\n"
	"Ville tidligere have fået individuel støtte: af de afsluttede: i et af forløbene blev den forventede støtte ved start vurderet til individuel støtte (ansigt til ansigt) eller botilbud\n"
	"Vurderet: af de afsluttede: i et af forløbene blev den forventede støtte ved start vurderet\n"
	"Tilbage inden for 12 måneder: af de afsluttede: en henvendelse om dem blev modtaget efter afslutningen og inden for 12 måneder\n"
	"Udgift til forløbene: afsluttet, gange prisen for et forløb: 12000 kroner, pris pr. 2026-01-01\n"
	"*: så få, at personer kunne genkendes\n"
	"Talt: 246 henvendelser og borgere, heraf 0 (0,0 %) importeret fra tidligere.\n"
	"Journaler: intake 246 af epoke 3, planning.family 59 af epoke 3, planning.social 307 af epoke 3.\n";

static const char commitments[] =
	"Aftaler fra begge sider, 01.01.2025 til 31.12.2025\n"
	"\n"
	"                             Kommunen:                                     Kommunen:\n"
	"                                 holdt                                         andel\n"
	"       Kommunen:  Kommunen:        for    Kommunen:  Kommunen:  Kommunen:      holdt  Borgerne:\n"
	"         indgået      holdt       sent  overskredet  frafaldet       åbne          %    indgået\n"
	"I alt         30         12          6            4          6          2       54,5         30\n"
	"\n"
	"                  Borgerne:                                     Borgerne:\n"
	"                      holdt                                         andel\n"
	"       Borgerne:        for    Borgerne:  Borgerne:  Borgerne:      holdt\n"
	"           holdt       sent  overskredet  frafaldet       åbne          %\n"
	"I alt         12          6            4          6          2       54,5\n"
	"\n"
	"Kommunen: indgået: aftaler fra denne side, indgået i perioden; hver står i én af de næste fem kolonner\n"
	"Kommunen: holdt: holdt til tiden eller før\n"
	"Kommunen: holdt for sent: holdt efter fristen\n"
	"Kommunen: overskredet: fristen gik før journalpositionernes tid, og de er hverken holdt eller frafaldet\n"
	"Kommunen: frafaldet: ikke længere ønsket, og ikke holdt\n"
	"Kommunen: åbne: endnu ingen af delene ved journalpositionerne nedenfor\n"
	"Kommunen: andel holdt: holdt til tiden, af holdt, holdt for sent og overskredet\n"
	"Borgerne: indgået: aftaler fra denne side, indgået i perioden; hver står i én af de næste fem kolonner\n"
	"Borgerne: holdt: holdt til tiden eller før\n"
	"Borgerne: holdt for sent: holdt efter fristen\n"
	"Borgerne: overskredet: fristen gik før journalpositionernes tid, og de er hverken holdt eller frafaldet\n"
	"Borgerne: frafaldet: ikke længere ønsket, og ikke holdt\n"
	"Borgerne: åbne: endnu ingen af delene ved journalpositionerne nedenfor\n"
	"Borgerne: andel holdt: holdt til tiden, af holdt, holdt for sent og overskredet\n"
	"Talt: 60 aftaler, heraf 0 (0,0 %) importeret fra tidligere.\n"
	"Journaler: intake 120 af epoke 3, planning.family 212 af epoke 3, planning.social 578 af epoke 3.\n";
/* clang-format on */

static void test_effect(void **state)
{
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	(void)state;

	node->settings.suppress_below = 5;
	node->settings.price_course = 12000;
	node_hear_all(node, town, 0);
	assert_table(node,
		&(struct render_report){.report = report_name_r5,
			.from = 20250101,
			.by = dimension_department,
			.form = report_form_table,
			.language = report_language_da},
		effect);
	node_stop(node);
	town_free(town);
}

static void test_commitments(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	assert_table(node,
		&(struct render_report){.report = report_name_r9,
			.from = 20250101,
			.until = 20251231,
			.form = report_form_table,
			.language = report_language_da},
		commitments);
	node_stop(node);
	town_free(town);
}

/* ---- nothing left in English ----------------------------------------------------------------- */

/* Danish is there, is not the English again, and fits into the message. */
static void assert_danish(struct wording wording, size_t limit)
{
	static const char *const same[] = {"Total", "Median", "Social", "Normal", "median ", ""};

	if (!wording.en)
		return;
	assert_non_null(wording.da);
	assert_true(strlen(wording.da) <= limit && strlen(wording.en) <= limit);
	for (size_t i = 0; i < COUNT(same); i++)
		if (strcmp(wording.en, same[i]) == 0)
			return;
	if (strcmp(wording.en, wording.da) == 0)
		fail_msg("the same in both languages: %s", wording.en);
}

static void test_every_column_and_picture(void **state)
{
	(void)state;
	for (enum report_name name = report_name_r1; name < report_name_end; name++) {
		const struct report_kind *kind = report_kind_of(name);
		assert_danish(kind->title, 80);
		assert_danish(kind->counted, 48);
		assert_danish(kind->picture.axis, 120);
		if (kind->picture.note)
			assert_danish(kind->picture.note_label, 20);
		for (size_t i = 0; i < kind->picture.n; i++)
			assert_danish(kind->picture.series[i].label, 48);
		for (size_t i = 0; i < kind->n_columns; i++) {
			assert_danish(kind->columns[i].title, 48);
			assert_danish(kind->columns[i].meaning, 240); /* a price may follow */
		}
	}
}

static bool is_called_the_same(const char *label)
{
	return strcmp(label, "Social") == 0 || strcmp(label, "Normal") == 0;
}

static void test_every_label(void **state)
{
	static const struct departments of_town = {
		3, {"employment", "family", "social"}, {0, 1, 2}};
	size_t n = 0;
	(void)state;

	for (enum dimension by = dimension_channel; by < dimension_end; by++) {
		const struct grouping grouping = grouping_in(by, &of_town);
		const struct enumeration *words = grouping.words ? grouping.words() : NULL;
		size_t keys = words ? words->n : of_town.n;
		assert_danish(grouping.title, 48);
		for (size_t i = 0; i <= keys; i++, n++) {
			int64_t key = i == 0 ? 0 : words ? words->values[i - 1].number : (int64_t)i;
			char en[48], da[48];
			grouping_label(&grouping, key, report_language_en, en);
			grouping_label(&grouping, key, report_language_da, da);
			if (strcmp(en, da) == 0 && !is_called_the_same(en))
				fail_msg("the same in both languages: %s", en);
		}
	}
	assert_int_equal(n, 7 + 5 + 13 + 13 + 5 + 4);
}

/* ---- every form ------------------------------------------------------------------------------ */

static void test_programs_read_the_same(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	for (enum report_name name = report_name_r1; name < report_name_end; name++) {
		struct render_report asked = {.report = name, .form = report_form_csv};
		struct show_report shown = {.report = name};
		struct report english, danish;
		struct text csv = rendered(node, &asked).body;
		asked.language = report_language_da;
		assert_true(text_equal(csv, rendered(node, &asked).body));
		(void)node_ask(node, schema_show_report(), &shown, &english);
		shown.language = report_language_da;
		(void)node_ask(node, schema_show_report(), &shown, &danish);
		assert_int_equal(english.language, report_language_none);
		assert_int_equal(danish.language, report_language_da);
		assert_false(text_equal(english.title, danish.title));
		for (size_t i = 0; i < danish.columns.n; i++)
			assert_true(
				text_equal(english.columns.at[i].name, danish.columns.at[i].name));
		for (size_t i = 0; i < danish.rows.n; i++) {
			assert_true(text_equal(english.rows.at[i].key, danish.rows.at[i].key));
			assert_int_equal(english.rows.at[i].cells.at[0].value,
				danish.rows.at[i].cells.at[0].value);
		}
	}
	node_stop(node);
	town_free(town);
}

static void test_picture(void **state)
{
	static const char *const pieces[] = {">Aftaler fra begge sider</text>",
		">01.01.2025 til 31.12.2025, fordelt på afdeling</text>", ">overskredet</text>",
		">Familie</text>", ">I alt</text>", "vores 54,5 %</text>", ">Journaler: intake ",
		"borgernes til højre</text>"};
	const struct render_report asked = {.report = report_name_r9,
		.from = 20250101,
		.until = 20251231,
		.by = dimension_department,
		.form = report_form_svg,
		.language = report_language_da};
	struct town *town = of_everything();
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	struct text body = rendered(node, &asked).body;
	for (size_t i = 0; i < COUNT(pieces); i++)
		if (!memmem(body.p, body.n, pieces[i], strlen(pieces[i])))
			fail_msg("missing %s:\n%.*s", pieces[i], (int)body.n, body.p);
	node_stop(node);
	town_free(town);
}

/* ---- text in pictures ------------------------------------------------------------------------ */

enum { TEXTS_MAX = 400 };

struct spot {
	int64_t left, right, y;
};

/* Of a character in tenths of a pixel, in the font and size of its class: what rendered pictures
 * measure, rounded up. */
static int64_t width_of(const char *class)
{
	static const struct {
		const char *class;
		int64_t tenths;
	} rows[] = {{"t", 155}, {"s", 82}, {"h", 88}, {"l", 78}, {"l b", 88}, {"v", 70},
		{"v b", 80}, {"k", 70}, {"f", 65}, {"p", 70}};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(class, rows[i].class) == 0)
			return rows[i].tenths;
	return rows[COUNT(rows) - 1].tenths;
}

static struct spot spot_of(const char *text)
{
	char class[8] = "", words[400] = "";
	long long x = 0, y = 0;

	assert_int_equal(sscanf(text, "<text x=\"%lld\" y=\"%lld\" class=\"%7[^\"]\">%399[^<]", &x,
				 &y, class, words),
		4);
	int64_t width = (int64_t)text_characters(words, strlen(words)) * width_of(class) / 10;
	int64_t left = class[0] == 'l'                      ? x - width
		       : class[0] == 'k' || class[0] == 'p' ? x - width / 2
							    : x;
	return (struct spot){left, left + width, y};
}

/* Inside the picture, and on no other text of the same line. */
static void assert_places(struct text body, const char *what)
{
	static struct spot places[TEXTS_MAX];
	const char *p = body.p;
	size_t n = 0;

	while ((p = memmem(p, body.n - (size_t)(p - body.p), "<text ", 6))) {
		assert_true(n < TEXTS_MAX);
		const struct spot place = spot_of(p);
		if (place.left < 0 || place.right > SVG_WIDTH)
			fail_msg("%s: off the page: %.120s", what, p);
		for (size_t i = 0; i < n; i++)
			if (places[i].y == place.y && places[i].left < place.right &&
				place.left < places[i].right)
				fail_msg("%s: on another text: %.120s", what, p);
		places[n++] = place;
		p += 6;
	}
	assert_true(n > 8);
}

static void test_text_has_its_place(void **state)
{
	struct town *town = fredericia(UINT32_MAX), *other = of_everything();
	struct town *const towns[] = {town, other};
	(void)state;

	for (size_t t = 0; t < COUNT(towns); t++) {
		struct node *node = node_start();
		node_hear_all(node, towns[t], 0);
		for (enum report_name name = report_name_r1; name < report_name_end; name++)
			for (unsigned way = 0; way < 4; way++) {
				const struct render_report asked = {.report = name,
					.form = report_form_svg,
					.by = way / 2 ? dimension_life_area : dimension_month,
					.language =
						way % 2 ? report_language_da : report_language_en};
				struct text body = rendered(node, &asked).body;
				assert_places(body, enum_word(words_report_name, name));
			}
		node_stop(node);
		town_free(towns[t]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effect),
		cmocka_unit_test(test_commitments),
		cmocka_unit_test(test_every_column_and_picture),
		cmocka_unit_test(test_every_label),
		cmocka_unit_test(test_programs_read_the_same),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_text_has_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
