/* Rules of telling, settings and templates, without an engine. */
#include "proto/roles.h"
#include "services/notification/digest.h"
#include "services/notification/follow.h"
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

static void test_departments(void **state)
{
	static const char long_name[] = "a-department-of-24-bytes:x@y";
	static const char *const wrong[] = {"family", "family:", ":a@b", "family:a b@c,",
		"family:a@b social:c", "family:a@b, family:c@d", long_name};
	struct notification_settings settings;
	struct reason reason;

	(void)state;
	defaults(&settings);
	assert_null(notification_department_address(&settings, text_of("family")));
	settings.departments = "employment:a@x.dk,\tfamily:b@y.dk";
	assert_int_equal(notification_settings_check(&settings, &reason), ERR_OK);
	assert_string_equal(
		notification_department_address(&settings, text_of("family")), "b@y.dk");
	assert_string_equal(
		notification_department_address(&settings, text_of("employment")), "a@x.dk");
	assert_null(notification_department_address(&settings, text_of("fam")));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		defaults(&settings);
		settings.departments = wrong[i];
		assert_int_equal(notification_settings_check(&settings, &reason), ERR_INVALID);
		assert_string_equal(reason.field, "notification.department_addresses");
		assert_true(strlen(reason.rule) > 0);
	}
}

static void test_digest_at(void **state)
{
	static const struct {
		int64_t date;
		int hour, minute;
		int64_t want;
	} rows[] = {
		{20261123, 7, 29, 20261123}, /* a Monday */
		{20261123, 7, 30, 20261124},
		{20261127, 9, 0, 20261130}, /* over a weekend */
		{20261128, 3, 0, 20261130},
		{20260401, 9, 0, 20260407}, /* over Easter */
		{20260403, 3, 0, 20260407},
	};
	struct notification_settings settings;

	(void)state;
	defaults(&settings);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			rules_digest_at(&settings, at(rows[i].date, rows[i].hour, rows[i].minute)),
			at(rows[i].want, 7, 30));
	assert_int_equal(rules_before_due(1, 1 + MS_PER_DAY), 0);
	assert_int_equal(rules_before_due(1, 2 + MS_PER_DAY), 2);
}

static bool is_of_plan(int occasion)
{
	return occasion >= occasion_proposal;
}

/* Those that only staff are told. */
static bool is_of_staff(int occasion)
{
	return occasion == occasion_proposal || occasion == occasion_coordination ||
	       occasion == occasion_work_overdue || occasion == occasion_conflict ||
	       occasion == occasion_digest;
}

static bool has_no_date(int occasion)
{
	return occasion == occasion_receipt || occasion == occasion_at_risk ||
	       occasion == occasion_closed || occasion == occasion_answer_asked ||
	       occasion == occasion_plan_closed || occasion == occasion_coordinator ||
	       occasion == occasion_digest;
}

static const struct template_values every_value = {.reference = {"ABCD-EFGH", 9, false},
	.talk_at = INT64_C(1795683900000), /* 26 November 2026 at 10:05 */
	.mode = talk_mode_home,
	.sender = "Din Indgang",
	.phone = "72 10 70 00",
	.plan = {{[15] = 0x5a}},
	.department = {"family", 6, false},
	.work = plan_work_kind_review,
	.list = {"Forslag: 3\n", 11, false}};

static void check_words(const struct rendered *r, int occasion, int tongue, enum contact channel)
{
	bool brief = channel == contact_sms;

	assert_false(contains(r->body, "{") || contains(r->subject, "{"));
	assert_false(contains(r->subject, "\n"));
	assert_int_equal(r->subject.n == 0, brief);
	assert_true(r->subject.n <= 200);
	assert_true(r->body.n <= (brief ? 200 : 2000));
	if (!has_no_date(occasion))
		assert_true(contains(r->body, tongue == tongue_da ? "26. november 2026 kl. 10.05"
								  : "26 November 2026 at 10:05"));
}

static void check_person(int occasion, int tongue, enum contact channel, struct arena *arena)
{
	struct rendered r;

	assert_int_equal(template_render((enum occasion)occasion, (enum tongue)tongue, channel,
				 &every_value, arena, &r),
		!is_of_staff(occasion));
	if (is_of_staff(occasion))
		return;
	check_words(&r, occasion, tongue, channel);
	assert_int_equal(contains(r.body, "ABCD-EFGH"), !is_of_plan(occasion));
	assert_int_equal(contains(r.body, "72 10 70 00"), is_of_plan(occasion));
	/* which department it is, or which plan, says what it is about */
	assert_false(contains(r.body, "family") || contains(r.subject, "family"));
	assert_false(contains(r.body, "0000005a") || contains(r.subject, "0000005a"));
}

static void check_staff(int occasion, int tongue, struct arena *arena)
{
	struct template_values values = every_value;
	bool both = occasion == occasion_commitment_due || occasion == occasion_commitment_overdue;
	struct rendered r;

	values.staff = true;
	if (!both && !is_of_staff(occasion))
		return;
	assert_true(template_render(
		(enum occasion)occasion, (enum tongue)tongue, contact_email, &values, arena, &r));
	check_words(&r, occasion, tongue, contact_email);
	assert_true(contains(r.body, "family"));
	assert_int_equal(contains(r.body, "plan 0000005a"), occasion != occasion_digest);
	assert_int_equal(contains(r.body, "Forslag: 3\n"), occasion == occasion_digest);
	if (occasion == occasion_work_overdue)
		assert_true(contains(r.body, tongue == tongue_da ? "en opfølgning" : "a review"));
}

static void test_templates_are_complete(void **state)
{
	static const enum contact channels[] = {
		contact_sms, contact_email, contact_digital_post, contact_letter};
	struct arena arena;

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	for (int occasion = 1; occasion < occasion_end; occasion++)
		for (int tongue = 1; tongue < tongue_end; tongue++) {
			for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
				check_person(occasion, tongue, channels[i], &arena);
			check_staff(occasion, tongue, &arena);
		}
	arena_done(&arena);
}

static void test_digest_lists(void **state)
{
	struct gathered_notice items[40];
	struct digest digest = {items, 0};
	struct arena arena;
	struct text list;

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	for (unsigned i = 0; i < 40; i++) /* 20 proposals in 20 plans, 20 commitments in one */
		items[digest.n++] = (struct gathered_notice){.item = id_of(i),
			.plan = id_of(i < 20 ? 0x100 + i : 0x999),
			.occasion = i < 20 ? occasion_proposal : occasion_commitment_overdue,
			.about_at = i < 20 ? at(20261126, 16, 40 - (int)i) : 0};
	assert_true(digest_write(&digest, tongue_da, &arena, &list));
	assert_true(contains(list, "Forslag, der venter på svar: 20, den tidligste torsdag den 26. "
				   "november 2026 kl. 16.21 "
				   "(plan 00000100, 00000101,"));
	assert_true(contains(list, "0000010b, ...)\n"));
	assert_true(contains(list, "Aftaler over tiden: 20 (plan 00000999)\n"));
	assert_false(contains(list, "Opgaver"));
	assert_true(digest_write(&digest, tongue_en, &arena, &list));
	assert_true(contains(list, "Proposals to answer: 20, the earliest Thursday 26 November"));
	arena_done(&arena);
}

/* What is followed is also addressed here, each event once. */
static void test_followed_is_addressed(void **state)
{
	(void)state;
	for (size_t i = 0; i < NOTIFICATION_FOLLOWS; i++) {
		const struct schema *schema = notification_follows[i].type();
		assert_true(schema->head->peers & PEER_NOTIFICATION);
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(schema, notification_follows[k].type());
	}
	/* that somebody is told something of a plan is no department's business by its role */
	assert_false((schema_message_queued()->head->peers |
			     schema_undeliverable_task_opened()->head->peers |
			     schema_notice_waits()->head->peers |
			     schema_notice_gathered()->head->peers) &
		     PEER_PLANNING);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_act_by),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_who_did_it),
		cmocka_unit_test(test_departments),
		cmocka_unit_test(test_digest_at),
		cmocka_unit_test(test_templates_are_complete),
		cmocka_unit_test(test_digest_lists),
		cmocka_unit_test(test_followed_is_addressed),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
