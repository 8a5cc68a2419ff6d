/* What is pure in the entrance: limits over holidays, suitability, words, ages, rota, opening
 * hours. */
#include "tests/unit/services/intake/entrance.h"

#include <stdio.h>

#include "services/intake/citizens.h"
#include "services/intake/promise.h"
#include "services/intake/slots.h"

static const struct intake_settings town = {.child_concern_ms = 24 * MS_PER_HOUR,
	.soon_days = 2,
	.normal_days = 5,
	.open_minute = 480,
	.close_minute = 960,
	.queue = "entrance",
	.on_call = " Anna , Bo,Carl "};

static void targets_follow_the_calendar(void **state)
{
	static const struct {
		enum urgency urgency;
		int64_t date;
		int hour;
		int64_t want_date;
		int want_minute;
	} rows[] = {
		{urgency_normal, 20261120, 9, 20261127, 960},
		{urgency_normal, 20261121, 9, 20261127, 960},  /* Saturday */
		{urgency_normal, 20261120, 22, 20261127, 960}, /* after closing */
		{urgency_soon, 20261120, 9, 20261124, 960},
		{urgency_soon, 20261223, 9, 20261229, 960},   /* over Christmas and a weekend */
		{urgency_normal, 20260401, 9, 20260413, 960}, /* over Easter: 2, 3 and 6 April */
		{urgency_soon, 20230504, 9, 20230509, 960},   /* Store Bededag was a holiday */
		{urgency_soon, 20240425, 9, 20240429, 960},   /* and is none any more */
		{urgency_acute, 20261120, 22, 20261120, 1439},
		{urgency_acute, 20261121, 3, 20261121, 1439},
		{urgency_child_concern, 20261120, 9, 20261121, 540},
		{urgency_child_concern, 20261024, 9, 20261025, 480}, /* that night has 25 hours */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got =
			promise_target(&town, rows[i].urgency, at(rows[i].date, rows[i].hour, 0));
		int64_t want = local_time(rows[i].want_date, rows[i].want_minute);
		if (got != want)
			fail_msg("row %zu: got %lld, want %lld", i, (long long)local_date(got),
				(long long)rows[i].want_date);
	}
}

static void slots_suit_by_mode_language_and_area(void **state)
{
	struct text english[] = {text_of("en"), text_of("de")}, danish[] = {text_of("da")};
	enum life_area money[] = {life_area_economy, life_area_work};
	const struct slot plain = {.mode = talk_mode_venue};
	const struct slot spoken = {.mode = talk_mode_phone, .languages = {2, english}};
	const struct slot said_danish = {.mode = talk_mode_venue, .languages = {1, danish}};
	const struct slot knows = {.mode = talk_mode_venue, .competences = {2, money}};
	const struct slot_need any = {.area = life_area_housing};
	const struct slot_need phone = {
		.prefers = talk_mode_phone, .language = text_of("de"), .area = life_area_health};
	const struct slot_need german = {.language = text_of("de"), .area = life_area_economy};
	const struct slot_need with_interpreter = {
		.language = text_of("ar"), .interpreter = true, .area = life_area_economy};
	const struct {
		const struct slot *slot;
		const struct slot_need *need;
		bool want;
	} rows[] = {
		{&plain, &any, true},
		{&plain, &phone, false},
		{&plain, &german, false},
		{&plain, &with_interpreter, true},
		{&spoken, &any, false},
		{&spoken, &phone, true},
		{&spoken, &german, true},
		{&said_danish, &any, true},
		{&knows, &any, false},
		{&knows, &german, false},
		{&knows, &with_interpreter, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (slot_suits(rows[i].slot, rows[i].need) != rows[i].want)
			fail_msg("row %zu: want %d", i, rows[i].want);
}

static void reasons_are_said_in_words(void **state)
{
	const struct slot slot = {.start = at(20261124, 10, 0), .mode = talk_mode_venue};
	const struct slot late = {.start = at(20261201, 8, 5), .mode = talk_mode_phone};
	struct inquiry_view normal = {.reference = text_of("ABCD-EFGH"),
		.state = inquiry_state_talk_booked,
		.urgency = urgency_normal,
		.target = at(20261127, 16, 0)};
	struct inquiry_view acute = normal, child = normal;
	struct arena arena;

	(void)state;
	acute.urgency = urgency_acute;
	acute.target = at(20261120, 23, 59);
	child.urgency = urgency_child_concern;
	child.target = at(20261121, 9, 30);
	child.interpreter = true;
	const struct {
		struct promise_reason reason;
		const char *want;
	} rows[] = {
		{{&normal, &slot, 2, PROMISE_ARRIVED},
			"2 before you; next free talk Tuesday 24 November 10:00 at the venue; the "
			"published limit is 5 working days (by Friday 27 November)"},
		{{&normal, &late, 0, PROMISE_BOOKED},
			"0 before you; next free talk Tuesday 1 December 08:05 by telephone; the "
			"published limit is 5 working days (by Friday 27 November); the date lies "
			"beyond it, and the entrance looks for an earlier one"},
		{{&normal, NULL, 1, PROMISE_ARRIVED},
			"1 before you; no free talk was found, a person looks for one and tells "
			"you; the published limit is 5 working days (by Friday 27 November)"},
		{{&acute, NULL, 0, PROMISE_ARRIVED},
			"0 before you; no free talk was found, a person looks for one and tells "
			"you; the published limit is the same day (by Friday 20 November); "
			"somebody on call is alerted now"},
		{{&child, &slot, 3, PROMISE_ADDED},
			"added to your inquiry ABCD-EFGH; 3 before you; booked talk Tuesday 24 "
			"November 10:00 at the venue with an interpreter; the published limit is "
			"24 hours (by Saturday 21 November 09:30); the date lies beyond it, and "
			"the entrance looks for an earlier one"},
		{{&acute, NULL, 0, PROMISE_IMPORTED},
			"0 before you; imported, and no talk booked by that; the published limit "
			"is the same day (by Friday 20 November)"},
	};
	arena_init(&arena, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text got = promise_why(&town, &arena, &rows[i].reason);
		if (!text_is(got, rows[i].want))
			fail_msg("row %zu: got %.*s", i, (int)got.n, got.p);
		assert_true(got.n <= 400);
	}
	arena_done(&arena);
}

static void ages_fall_into_bands(void **state)
{
	static const struct {
		int64_t birth, date;
		enum age_band want;
	} rows[] = {
		{0, 20261120, age_band_none},
		{20261121, 20261120, age_band_none},
		{20261120, 20261120, age_band_under_15},
		{20111121, 20261120, age_band_under_15},
		{20111120, 20261120, age_band_from_15},
		{20081121, 20261120, age_band_from_15},
		{20081120, 20261120, age_band_from_18},
		{19961121, 20261120, age_band_from_18},
		{19961120, 20261120, age_band_from_30},
		{19811120, 20261120, age_band_from_45},
		{19611121, 20261120, age_band_from_45},
		{19611120, 20261120, age_band_from_65},
		{19040229, 20260228, age_band_from_65},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum age_band got = citizen_age_band(rows[i].birth, rows[i].date);
		if (got != rows[i].want)
			fail_msg("row %zu: got %d, want %d", i, (int)got, (int)rows[i].want);
	}
}

static void alerts_climb_round_the_rota(void **state)
{
	static const char *const rows[][2] = {
		{"", "Anna"}, {"Anna", "Bo"}, {"Bo", "Carl"}, {"Carl", "Anna"}, {"Dorte", "Anna"}};
	struct intake_settings empty = town;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_text(intake_on_call_after(&town, text_of(rows[i][0])), rows[i][1]);
	empty.on_call = "";
	assert_text(intake_on_call_after(&empty, TEXT_NONE), "entrance");
	empty.on_call = NULL;
	assert_text(intake_on_call_after(&empty, TEXT_NONE), "entrance");
}

static void settings_have_rules(void **state)
{
	struct intake_settings settings = town;
	struct reason reason = {0};

	(void)state;
	assert_int_equal(intake_settings_check(&settings, &reason), ERR_OK);
	settings.close_minute = settings.open_minute;
	assert_int_equal(intake_settings_check(&settings, &reason), ERR_INVALID);
	assert_string_equal(reason.field, "intake.close_minute");
	settings = town;
	settings.on_call =
		"Anna, a name that is so very long that no queue of work could ever hold it";
	assert_int_equal(intake_settings_check(&settings, &reason), ERR_INVALID);
	assert_string_equal(reason.field, "intake.on_call");
}

static void the_sample_file_gives_the_defaults(void **state)
{
	static const char sample[] = "[intake]\ntown_key_file = key\non_call = Anna, Bo\n";
	const char path[] = "build/t/intake_settings.ini";
	struct settings_source source = {
		.path = path, .table = intake_settings_table, .n = n_intake_settings};
	struct intake_settings settings = {0};
	struct reason reason = {0};
	struct arena arena;
	FILE *file = fopen(path, "w");

	(void)state;
	assert_non_null(file);
	assert_int_equal(fwrite(sample, 1, sizeof(sample) - 1, file), sizeof(sample) - 1);
	assert_int_equal(fclose(file), 0);
	arena_init(&arena, 65536);
	assert_int_equal(settings_load(&source, &settings, &arena, &reason), ERR_OK);
	assert_int_equal(settings.grace_ms, 12 * MS_PER_HOUR);
	assert_int_equal(settings.escalation_ms, 15 * MS_PER_MINUTE);
	assert_int_equal(settings.normal_days, 5);
	assert_string_equal(settings.queue, "entrance");
	assert_int_equal(intake_settings_check(&settings, &reason), ERR_OK);
	arena_done(&arena);
	assert_int_equal(remove(path), 0);
}

static void opening_hours_skip_nights_and_holidays(void **state)
{
	static const struct {
		int64_t date;
		int hour;
		int64_t want_date;
		int want_hour;
	} rows[] = {
		{20261120, 10, 20261120, 10},
		{20261120, 6, 20261120, 8},
		{20261120, 16, 20261123, 8},
		{20261121, 12, 20261123, 8},
		{20261223, 18, 20261228, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(intake_next_open(&town, at(rows[i].date, rows[i].hour, 0)),
			at(rows[i].want_date, rows[i].want_hour, 0));
}

static void the_tables_are_whole(void **state)
{
	(void)state;
	assert_int_equal(intake_service.n_peer_roles, N_PEER_ROLES);
	assert_int_equal(intake_service.n_actor_roles, N_ACTOR_ROLES);
	for (size_t i = 0; i < intake_service.n_commands; i++)
		assert_int_equal(intake_service.commands[i].type()->head->kind, SCHEMA_COMMAND);
	for (size_t i = 0; i < intake_service.n_queries; i++)
		assert_int_equal(intake_service.queries[i].type()->head->kind, SCHEMA_QUERY);
	for (size_t i = 0; i < intake_service.n_own_trees; i++)
		assert_non_null(intake_service.own_trees[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_follow_the_calendar),
		cmocka_unit_test(slots_suit_by_mode_language_and_area),
		cmocka_unit_test(reasons_are_said_in_words),
		cmocka_unit_test(ages_fall_into_bands),
		cmocka_unit_test(alerts_climb_round_the_rota),
		cmocka_unit_test(settings_have_rules),
		cmocka_unit_test(the_sample_file_gives_the_defaults),
		cmocka_unit_test(opening_hours_skip_nights_and_holidays),
		cmocka_unit_test(the_tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
