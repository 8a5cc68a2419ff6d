/* Rules of telling, settings and templates, without an engine. */
#include "services/notification/rules.h"
#include "services/notification/templates.h"
#include "tests/unit/services/notification/node.h"

static void test_quiet(void **state)
{
	static const struct {
		struct quiet quiet;
		int hour, minute;
		int day, hour_after; /* 0, 0: at once */
	} rows[] = {
		{{1260, 420}, 20, 59, 0, 0},
		{{1260, 420}, 21, 0, 24, 7},
		{{1260, 420}, 23, 59, 24, 7},
		{{1260, 420}, 0, 0, 23, 7},
		{{1260, 420}, 6, 59, 23, 7},
		{{1260, 420}, 7, 0, 0, 0},
		{{600, 720}, 9, 59, 0, 0},
		{{600, 720}, 10, 0, 23, 12},
		{{600, 720}, 12, 0, 0, 0},
		{{0, 0}, 3, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t when = at(20261123, rows[i].hour, rows[i].minute);
		int64_t want =
			rows[i].day ? at(20261100 + rows[i].day, rows[i].hour_after, 0) : when;
		assert_int_equal(rules_after_quiet(rows[i].quiet, when), want);
	}
	/* the night in which summer time ends */
	assert_int_equal(rules_after_quiet((struct quiet){1260, 420}, at(20261024, 22, 0)),
		at(20261025, 7, 0));
}

static void test_act_by(void **state)
{
	struct notification_settings settings;
	int64_t now = at(20261123, 9, 0);

	(void)state;
	defaults(&settings);
	assert_int_equal(rules_act_by(&settings, now, 0), now + 26 * MS_PER_HOUR);
	assert_int_equal(
		rules_act_by(&settings, now, now + 9 * MS_PER_DAY), now + 26 * MS_PER_HOUR);
	assert_int_equal(
		rules_act_by(&settings, now, now + 10 * MS_PER_HOUR), now + 7 * MS_PER_HOUR);
	assert_int_equal(rules_act_by(&settings, now, now + 2 * MS_PER_HOUR), now + MS_PER_HOUR);
	assert_int_equal(rules_task_due(now, now + MS_PER_HOUR), now + MS_PER_HOUR);
	assert_int_equal(rules_task_due(now, 0), now + MS_PER_DAY);
}

static void test_schedule(void **state)
{
	struct notification_settings settings;
	struct reason reason;
	int64_t sum = 0;

	(void)state;
	defaults(&settings);
	for (int64_t i = 1; rules_pause(&settings, i); i++) {
		assert_true(i == 1 || rules_pause(&settings, i) > rules_pause(&settings, i - 1));
		sum += rules_pause(&settings, i);
	}
	assert_in_range(sum, 20 * MS_PER_HOUR, 26 * MS_PER_HOUR);
	static const char many[] = "1m,2m,3m,4m,5m,6m,7m,8m,9m,10m,11m,12m,13m,14m,15m,16m,17m";
	const char *const wrong[] = {",", "5 m", "soon", many};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		settings.retry = wrong[i];
		assert_int_equal(notification_settings_check(&settings, &reason), ERR_INVALID);
		assert_string_equal(reason.field, "notification.retry");
	}
	defaults(&settings);
	settings.uncertain = "shrug";
	assert_int_equal(notification_settings_check(&settings, &reason), ERR_INVALID);
	defaults(&settings);
	settings.sender = "no address";
	assert_int_equal(notification_settings_check(&settings, &reason), ERR_INVALID);
}

static void test_who_did_it(void **state)
{
	char self[UUID_TEXT_BYTES], other[UUID_TEXT_BYTES];
	struct known_inquiry own = {.from = id_of(1), .asker = asker_citizen};
	struct known_inquiry relatives = {.from = id_of(1), .asker = asker_relative};

	(void)state;
	uuid_format(id_of(1), self);
	uuid_format(id_of(2), other);
	const struct {
		const char *role, *id;
		const struct known_inquiry *inquiry;
		bool want;
	} rows[] = {
		{"citizen", self, &own, true},
		{"citizen", other, &own, false},
		{"citizen", "a name", &own, true},
		{"citizen", "a name", &relatives, false},
		{"representative", "a name", &relatives, true},
		{"representative", self, &relatives, true},
		{"front_desk", self, &own, false},
		{"node", "intake", &own, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct actor actor = {.role = text_of(rows[i].role), .id = text_of(rows[i].id)};
		assert_int_equal(rules_did_it(&actor, rows[i].inquiry), rows[i].want);
	}
	assert_false(rules_did_it(NULL, &own));
}

static void test_templates_are_complete(void **state)
{
	static const enum contact channels[] = {
		contact_sms, contact_email, contact_digital_post, contact_letter};
	const struct template_values values = {
		text_of("ABCD-EFGH"), at(20261126, 10, 5), talk_mode_home, "Din Indgang"};
	struct arena arena;

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	for (int occasion = 1; occasion < occasion_end; occasion++)
		for (int tongue = 1; tongue < tongue_end; tongue++)
			for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
				struct rendered r;
				assert_true(template_render((enum occasion)occasion,
					(enum tongue)tongue, channels[i], &values, &arena, &r));
				assert_true(contains(r.body, "ABCD-EFGH"));
				assert_false(contains(r.body, "{") || contains(r.subject, "{"));
				assert_false(contains(r.subject, "\n"));
				assert_int_equal(r.subject.n == 0, channels[i] == contact_sms);
				assert_true(r.body.n <= (channels[i] == contact_sms ? 200 : 2000));
				if (occasion != occasion_receipt && occasion != occasion_at_risk &&
					occasion != occasion_closed)
					assert_true(contains(r.body,
						tongue == tongue_da ? "26. november 2026 kl. 10.05"
								    : "26 November 2026 at 10:05"));
			}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_act_by),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_who_did_it),
		cmocka_unit_test(test_templates_are_complete),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
