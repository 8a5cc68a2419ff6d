/* Kinds of conflicts: found and not found at their borders, in words, and gone with their cause. */
#include "services/planning/conflict_texts.h"
#include "tests/unit/services/planning/conflict_scenes.h"

/* ---- C1 -------------------------------------------------------------------------------------- */

static void two_appointments_overlap(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t ten = at(20261203, 10, 0);

	struct uuid one = book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, FAMILY, plan, MEETING(ten + 60 * MINUTE, 60, 0)); /* they touch */
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	book(t, FAMILY, plan, MEETING(ten + 150 * MINUTE, 30, 30)); /* touches with its travel */
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	struct uuid two = book(t, FAMILY, plan, MEETING(ten - 70 * MINUTE, 45, 30));
	settle(t);
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&here, &there);
	assert_int_equal(here.conflict->kind, conflict_kind_overlap);
	assert_int_equal(here.conflict->severity, severity_serious);
	assert_int_equal(here.conflict->since, ten);
	assert_int_equal(here.conflict->until, ten + 5 * MINUTE);
	assert_int_equal(here.conflict->asked, 5);
	assert_int_equal(here.conflict->items.n, 2);
	assert_int_equal(here.conflict->departments.n, 2);
	assert_text(here.conflict->departments.at[0], "employment");
	assert_int_equal(here.conflict->life_areas.n, 1);
	assert_int_equal(here.state, conflict_state_open);
	assert_text(here.reason_da, "Mødet hos familie 03.12.2026 kl. 08:50-09:35 og mødet hos "
				    "beskæftigelse 03.12.2026 kl. 10:00-11:00 overlapper "
				    "5 minutter, når transporten regnes med.");
	assert_text(here.reason_en, "The appointment at family on 03.12.2026 08:50-09:35 and the "
				    "one at employment on 03.12.2026 10:00-11:00 overlap by "
				    "5 minutes, travel included.");
	assert_text(
		here.suggestion_da, "Flyt et af møderne, eller hold det over telefon eller video.");
	assert_text(here.suggestion_en, "Move one of them, or hold it by phone or video.");
	/* both departments said so, once */
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 1);
	DO(FAMILY, move_appointment, NULL, SEEN(FAMILY, plan), .appointment = two,
		.begins = ten - 71 * MINUTE, .by = side_citizen);
	settle(t);
	assert_id(the_conflict(t, FAMILY, plan).conflict->conflict, here.conflict->conflict);
	assert_text(the_conflict(t, FAMILY, plan).reason_en,
		"The appointment at family on 03.12.2026 08:49-09:34 and the one at employment on "
		"03.12.2026 10:00-11:00 overlap by 4 minutes, travel included.");
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 2);
	DO(EMPLOYMENT, cancel_appointment, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.by = side_municipality);
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++)
		assert_int_equal(count_records(t, node, "conflict_gone"), 1);
}

/* The way there counts as the way back does. */
static void the_way_there_counts(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t ten = at(20261203, 10, 0);

	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, EMPLOYMENT, plan, MEETING(ten + 80 * MINUTE, 60, 30));
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	assert_int_equal(here.conflict->since, ten + 50 * MINUTE);
	assert_int_equal(here.conflict->asked, 10);
}

static void one_that_was_held_is_over_and_forgotten(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t ten = at(20261203, 10, 0);

	struct uuid one = book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, EMPLOYMENT, plan, MEETING(ten + 59 * MINUTE, 60, 0));
	assert_text(the_conflict(t, EMPLOYMENT, plan).reason_da,
		"Mødet hos beskæftigelse 03.12.2026 kl. 10:00-11:00 og mødet hos beskæftigelse "
		"03.12.2026 kl. 10:59-11:59 overlapper 1 minut, når transporten regnes med.");
	t->now = ten + 30 * MINUTE;
	DO(EMPLOYMENT, record_attendance, NULL, SEEN(EMPLOYMENT, plan), .appointment = one);
	conflicts_at(t, EMPLOYMENT, plan, 1);
	t->now = ten + 2 * HOUR;
	assert_int_equal(the_conflict(t, EMPLOYMENT, plan).state, conflict_state_over);
	t->now = ten + HOUR + 30 * MS_PER_DAY;
	assert_int_equal(overlaps_at(t, EMPLOYMENT, plan), 1);
	t->now++;
	assert_int_equal(overlaps_at(t, EMPLOYMENT, plan), 0);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 0);
}

static void a_missed_one_is_in_nobodys_way(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t ten = at(20261203, 10, 0);

	struct uuid one = book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, EMPLOYMENT, plan, MEETING(ten + 30 * MINUTE, 60, 0));
	t->now = ten + 30 * MINUTE;
	DO(EMPLOYMENT, record_attendance, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.missed_by = side_citizen);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 1);
}

static void a_parent_of_two_children(void **state)
{
	struct town *t = *state;
	struct uuid plans[2], parent = id_of(500);
	int64_t ten = at(20261203, 10, 0);

	refer_number(t, 1, "2211660000", "family");
	refer_number(t, 2, "0101700000", "family");
	settle(t);
	plans[0] = plan_at(t, FAMILY, 0).plan;
	plans[1] = plan_at(t, FAMILY, 1).plan;
	struct meeting first = {ten, 60, 0, parent}, second = {ten + 45 * MINUTE, 60, 0, parent};
	book(t, FAMILY, plans[0], &first);
	book(t, FAMILY, plans[1], MEETING(ten + 45 * MINUTE, 60, 0)); /* the child alone */
	conflicts_at(t, FAMILY, plans[0], 0);
	struct uuid moved = book(t, FAMILY, plans[1], &second);
	struct conflict_view one = the_conflict(t, FAMILY, plans[0]);
	struct conflict_view two = the_conflict(t, FAMILY, plans[1]);
	assert_id(one.conflict->conflict, two.conflict->conflict);
	assert_id(one.conflict->plan, plans[0]);
	assert_id(two.conflict->plan, plans[1]);
	assert_int_equal(one.conflict->since, ten + 45 * MINUTE);
	assert_int_equal(one.conflict->until, ten + 60 * MINUTE);
	assert_text(one.reason_da,
		"Mødet hos familie 03.12.2026 kl. 10:00-11:00 og mødet hos familie 03.12.2026 kl. "
		"10:45-11:45 overlapper 15 minutter, når transporten regnes med. De hører til hver "
		"sin plan, men den samme person skal med til begge.");
	assert_text(one.reason_en,
		"The appointment at family on 03.12.2026 10:00-11:00 and the one at family on "
		"03.12.2026 10:45-11:45 overlap by 15 minutes, travel included. They belong to two "
		"plans, but the same person must be at both.");
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 2); /* one a plan */
	DO(FAMILY, move_appointment, NULL, SEEN(FAMILY, plans[1]), .appointment = moved,
		.begins = ten + 60 * MINUTE, .by = side_citizen);
	conflicts_at(t, FAMILY, plans[0], 0);
	conflicts_at(t, FAMILY, plans[1], 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 2);
}

/* Family has the one child's, employment the other's, and family may know of it. */
static void a_parent_at_two_departments(void **state)
{
	struct town *t = *state;
	struct uuid plans[2], parent = id_of(500), to = {{0}};
	int64_t ten = at(20261203, 10, 0);

	refer_number(t, 1, "2211660000", "family");
	refer_number(t, 2, "0101700000", "employment");
	settle(t);
	plans[0] = plan_at(t, FAMILY, 0).plan;
	plans[1] = plan_at(t, EMPLOYMENT, 0).plan;
	consent_at(t, EMPLOYMENT, plans[1], SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	struct meeting first = {ten, 60, 0, parent}, second = {ten + 45 * MINUTE, 60, 0, parent};
	to = book(t, EMPLOYMENT, plans[1], &second);
	book(t, FAMILY, plans[0], &first);
	settle(t);
	conflicts_at(t, EMPLOYMENT, plans[1], 0);
	assert_text(the_conflict(t, FAMILY, plans[0]).conflict->departments.at[0], "employment");
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 1);
	/* moved there, it is gone here */
	DO(EMPLOYMENT, move_appointment, NULL, SEEN(EMPLOYMENT, plans[1]), .appointment = to,
		.begins = ten + 99 * HOUR, .by = side_citizen);
	settle(t);
	conflicts_at(t, FAMILY, plans[0], 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
	DO(EMPLOYMENT, move_appointment, NULL, SEEN(EMPLOYMENT, plans[1]), .appointment = to,
		.begins = ten, .by = side_citizen);
	settle(t);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 2);
}

/* Closed, the one child's part needs the parent no more: said there, and where it is heard. */
static void a_closed_part_is_in_nobodys_way(void **state)
{
	struct town *t = *state;
	struct uuid plans[2], parent = id_of(500);
	int64_t ten = at(20261203, 10, 0);
	struct meeting both = {ten, 60, 0, parent};

	refer_number(t, 1, "2211660000", "family");
	refer_number(t, 2, "0101700000", "family");
	settle(t);
	plans[0] = plan_at(t, FAMILY, 0).plan;
	plans[1] = plan_at(t, FAMILY, 1).plan;
	refer_number(t, 3, "2211660000", "employment");
	settle(t);
	consent_at(t, FAMILY, plans[1], SHARING(FAMILY, EMPLOYMENT, EVERYTHING));
	book(t, FAMILY, plans[0], &both);
	book(t, FAMILY, plans[1], &both);
	settle(t);
	book(t, EMPLOYMENT, plans[0], &both);
	conflicts_at(t, FAMILY, plans[0], 1);
	conflicts_at(t, FAMILY, plans[1], 1);
	conflicts_at(t, EMPLOYMENT, plans[0], 1);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plans[1]), .outcome = outcome_less_support);
	conflicts_at(t, FAMILY, plans[0], 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 2); /* one a plan */
	settle(t);
	conflicts_at(t, EMPLOYMENT, plans[0], 0);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 1);
}

/* ---- C2 -------------------------------------------------------------------------------------- */

static void the_week_asks_too_much(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	/* Monday 30 November to Sunday 13 December, and from Monday the 7th on */
	help(t, EMPLOYMENT, plan, HELP(measure_kind_activation, 20261130, 20261213, 15));
	help(t, FAMILY, plan, HELP(measure_kind_training, 20261207, 20261220, 8));
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0); /* nobody has said how many there are */
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 23);
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	t->now += HOUR;
	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 22);
	settle(t);
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&here, &there);
	assert_int_equal(here.conflict->kind, conflict_kind_hours);
	assert_int_equal(here.conflict->severity, severity_warning);
	assert_int_equal(here.conflict->since, at(20261207, 0, 0));
	assert_int_equal(here.conflict->until, at(20261214, 0, 0));
	assert_int_equal(here.conflict->asked, 23);
	assert_int_equal(here.conflict->had, 22);
	assert_int_equal(here.conflict->items.n, 2);
	assert_text(here.reason_da,
		"Indsatserne fra beskæftigelse og familie beder tilsammen om op til 23 timer om "
		"ugen fra 07.12.2026 til 13.12.2026. Borgeren har 22 timer.");
	assert_text(here.reason_en,
		"The measures of employment and family together ask for up to 23 hours a week "
		"from 07.12.2026 to 13.12.2026. The citizen has 22 hours.");
	assert_text(here.suggestion_da,
		"Aftal med borgeren, hvilken indsats der kan vente eller fylde mindre.");
	assert_text(here.suggestion_en,
		"Agree with the citizen which measure can wait or take less time.");
	/* one without an end */
	help(t, FAMILY, plan, HELP(measure_kind_other, 20270104, 0, 40));
	settle(t);
	struct conflict_view later = the_conflict(t, EMPLOYMENT, plan);
	assert_id(later.conflict->conflict, here.conflict->conflict);
	assert_int_equal(later.conflict->since, here.conflict->since);
	assert_int_equal(later.conflict->until, 0);
	assert_int_equal(later.conflict->asked, 40);
	assert_int_equal(later.conflict->items.n, 3);
	assert_text(later.reason_da,
		"Indsatserne fra beskæftigelse og familie beder tilsammen om op til 40 timer om "
		"ugen fra 07.12.2026. Borgeren har 22 timer.");
	t->now += HOUR;
	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 40);
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
}

/* What a part did ends with it, and what it was to do is not done; what was promised is over. */
static void the_week_is_free_when_a_part_is_closed(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 10);
	help(t, FAMILY, plan, HELP(measure_kind_coaching, 20261123, 0, 8));
	help(t, EMPLOYMENT, plan, HELP(measure_kind_training, 20261123, 0, 8));
	DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_municipality,
		.what = text_of("x"), .due = t->now + MS_PER_DAY, AREA(work));
	settle(t);
	wait_until(t, at(20261126, 12, 0));
	settle(t);
	struct plan_reply before = conflicts_at(t, FAMILY, plan, 2);
	assert_int_equal(before.conflicts.at[0].conflict->kind, conflict_kind_hours);
	assert_int_equal(before.conflicts.at[0].conflict->until, 0);
	assert_int_equal(before.conflicts.at[1].conflict->kind, conflict_kind_silence);
	DO(EMPLOYMENT, close_part, NULL, SEEN(EMPLOYMENT, plan), .outcome = outcome_less_support);
	settle(t);
	/* until the end of the week in which it was closed */
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++)
		assert_int_equal(the_conflict(t, node, plan).conflict->until, at(20261130, 0, 0));
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 1);
	assert_int_equal(
		count_records(t, FAMILY, "conflict_gone"), 0); /* the promise was not its */
	wait_until(t, at(20261130, 1, 0));
	assert_int_equal(the_conflict(t, FAMILY, plan).state, conflict_state_over);
	help(t, FAMILY, plan, HELP(measure_kind_activation, 20261207, 0, 2));
	assert_int_equal(the_conflict(t, FAMILY, plan).state, conflict_state_over);
}

static void weeks_that_only_touch(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 22);
	help(t, EMPLOYMENT, plan, HELP(measure_kind_activation, 20261130, 20261206, 15));
	help(t, FAMILY, plan, HELP(measure_kind_training, 20261207, 20261220, 15));
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	/* a Monday more, and both are in that week */
	help(t, EMPLOYMENT, plan, HELP(measure_kind_other, 20261130, 20261207, 15));
	assert_int_equal(the_conflict(t, EMPLOYMENT, plan).conflict->asked, 30);
	settle(t);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_int_equal(there.conflict->since, at(20261130, 0, 0));
	assert_int_equal(there.conflict->until, at(20261214, 0, 0));
	assert_int_equal(there.conflict->items.n, 3);
}

/* The week of the change to summer time has 167 hours, and begins and ends at local midnight. */
static void the_week_of_summer_time(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 10);
	help(t, EMPLOYMENT, plan, HELP(measure_kind_activation, 20270322, 20270328, 11));
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	assert_int_equal(here.conflict->since, at(20270322, 0, 0));
	assert_int_equal(here.conflict->until, at(20270329, 0, 0));
	assert_int_equal(here.conflict->until - here.conflict->since, 167 * HOUR);
	assert_text(here.reason_en, "The measures of employment together ask for up to 11 hours a "
				    "week from 22.03.2027 to 28.03.2027. The citizen has 10 "
				    "hours.");
}

static void what_is_proposed_or_stopped_asks_nothing(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	struct changed measure = {0};

	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 0);
	DO(EMPLOYMENT, add_measure, &measure, SEEN(EMPLOYMENT, plan), .from = 20261130,
		.kind = measure_kind_training, .hours_a_week = 1);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	DO(EMPLOYMENT, set_measure_state, NULL, SEEN(EMPLOYMENT, plan), .measure = measure.id,
		.state = measure_state_accepted);
	assert_text(the_conflict(t, EMPLOYMENT, plan).reason_da,
		"Indsatserne fra beskæftigelse beder tilsammen om op til 1 time om ugen fra "
		"30.11.2026. Borgeren har 0 timer.");
	DO(EMPLOYMENT, set_measure_state, NULL, SEEN(EMPLOYMENT, plan), .measure = measure.id,
		.state = measure_state_cancelled);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 1);
	/* stopped after a week: that week stays */
	t->now = at(20261130, 9, 0);
	struct uuid stopped =
		help(t, EMPLOYMENT, plan, HELP(measure_kind_training, 20261130, 20270131, 1));
	t->now = at(20261209, 9, 0);
	DO(EMPLOYMENT, set_measure_state, NULL, SEEN(EMPLOYMENT, plan), .measure = stopped,
		.state = measure_state_stopped, .reason = text_of("ill"));
	assert_int_equal(the_conflict(t, EMPLOYMENT, plan).conflict->until, at(20261214, 0, 0));
}

/* ---- C5 -------------------------------------------------------------------------------------- */

static void the_same_help_twice(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid other = state_goal_of(t, EMPLOYMENT, plan, life_area_health);

	settle(t);
	help(t, EMPLOYMENT, plan,
		&(struct help){measure_kind_training, 20261201, 20261210, 0, goal});
	/* the next day; another kind; another goal; the same department */
	help(t, FAMILY, plan, &(struct help){measure_kind_training, 20261211, 0, 0, goal});
	help(t, FAMILY, plan, &(struct help){measure_kind_coaching, 20261201, 0, 0, goal});
	help(t, FAMILY, plan, &(struct help){measure_kind_training, 20261201, 0, 0, other});
	help(t, EMPLOYMENT, plan,
		&(struct help){measure_kind_training, 20261205, 20261206, 0, goal});
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 0);
	help(t, FAMILY, plan, &(struct help){measure_kind_training, 20261210, 20261211, 0, goal});
	settle(t);
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&here, &there);
	assert_int_equal(here.conflict->kind, conflict_kind_same_help);
	assert_int_equal(here.conflict->since, at(20261210, 0, 0));
	assert_int_equal(here.conflict->until, at(20261211, 0, 0));
	assert_text(here.reason_da, "Både beskæftigelse og familie hjælper med det samme mål på "
				    "den samme måde (træning) fra 10.12.2026 til 10.12.2026.");
	assert_text(here.reason_en,
		"Both employment and family help with the same goal in the same "
		"way (training) from 10.12.2026 to 10.12.2026.");
	assert_text(here.suggestion_da, "Aftal, hvem der gør det, eller hvordan I deler det.");
	assert_text(here.suggestion_en, "Agree who does it, or how you share it.");
}

/* ---- C7 -------------------------------------------------------------------------------------- */

static void a_commitment_is_overdue(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t due = at(20261124, 12, 0);
	struct changed theirs = {0}, ours = {0};

	DO(FAMILY, make_commitment, &ours, SEEN(FAMILY, plan), .by = side_municipality,
		.what = text_of("call"), .due = due, AREA(work));
	DO(FAMILY, make_commitment, &theirs, SEEN(FAMILY, plan), .by = side_citizen,
		.what = text_of("come"), .due = due + 26 * HOUR, AREA(work));
	settle(t);
	t->now = due;
	conflicts_at(t, EMPLOYMENT, plan, 0);
	t->now = due + 1;
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&here, &there);
	assert_int_equal(here.conflict->kind, conflict_kind_silence);
	assert_int_equal(here.conflict->severity, severity_note);
	assert_int_equal(here.conflict->since, due);
	assert_int_equal(here.conflict->until, 0);
	assert_text(here.reason_da, "Kommunen (familie) skulle have holdt en aftale senest "
				    "24.11.2026 kl. 12:00. Det er mindre end 1 dag siden.");
	t->now = due + 50 * HOUR;
	struct plan_reply reply = conflicts_at(t, EMPLOYMENT, plan, 2);
	assert_int_equal(reply.conflicts.at[0].conflict->asked, 2);
	assert_text(reply.conflicts.at[0].reason_en,
		"The municipality (family) was to keep a commitment by 24.11.2026 at 12:00. That "
		"is 2 days ago.");
	assert_text(reply.conflicts.at[1].reason_da,
		"Borgeren skulle have holdt en aftale med familie senest 25.11.2026 kl. 14:00. "
		"Det er 1 dag siden.");
	assert_text(reply.conflicts.at[1].reason_en,
		"The citizen was to keep a commitment made with family by 25.11.2026 at 14:00. "
		"That is 1 day ago.");
	/* the clock alone has said nothing; the deadline does, and the coordinator hears it */
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 0);
	settle(t);
	wait_until(t, t->now + HOUR);
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 2);
	t->now += 100 * HOUR;
	settle(t);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = ours.id);
	settle(t);
	conflicts_at(t, EMPLOYMENT, plan, 1);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 2);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 1);
}

static struct conflict_words words_for(struct town *t, struct conflict *conflict)
{
	struct conflict_words words = {.arena = &t->arena};

	conflict_kind_of(conflict->row.kind)->say(conflict, &words);
	return words;
}

/* Both sides of it are named. */
static void a_proposal_is_not_answered(void **state)
{
	struct town *t = *state;
	int64_t due = at(20261203, 16, 0);
	struct seen_silence waits = {.seen = {.id = id_of(5),
					     .plan = id_of(1),
					     .department = text_of("youth"),
					     .begins = due,
					     .ends = NO_END},
		.what = SILENCE_PROPOSAL,
		.to = text_of("family"),
		.kind = measure_kind_treatment};
	const struct gathered seen = {.plan = id_of(1),
		.citizen = id_of(2),
		.now = due + 3 * MS_PER_DAY,
		.silences = &waits,
		.n_silences = 1};
	struct conflicts found = {.seen = &seen};

	assert_true(conflicts_find(&t->arena, &found));
	assert_int_equal(found.n, 1);
	assert_int_equal(found.at[0].row.kind, conflict_kind_silence);
	assert_int_equal(found.at[0].row.since, due);
	assert_int_equal(found.at[0].row.asked, 3);
	assert_int_equal(found.at[0].row.departments.n, 2);
	struct conflict_words words = words_for(t, &found.at[0]);
	assert_text(words.reason[DANISH],
		"Forslaget fra youth til familie (behandling) skulle være "
		"besvaret senest 03.12.2026 kl. 16:00. Det er 3 dage "
		"siden.");
	assert_text(words.reason[ENGLISH], "The proposal of youth to family (treatment) was to be "
					   "answered by 03.12.2026 at 16:00. That is 3 days ago.");
	assert_text(words.suggestion[DANISH],
		"Svar på forslaget, eller ring og hør, hvad der mangler.");
	assert_text(words.suggestion[ENGLISH], "Answer it, or call and ask what is missing.");
}

/* The longest names there are fit, and no letter is halved. */
static void words_have_room(void **state)
{
	static const char longest[] = "an-unusually-long-name1";
	struct town *t = *state;
	struct conflict c = {.row = {.kind = conflict_kind_hours,
				     .since = t->now,
				     .until = t->now + 1,
				     .asked = 1000000,
				     .had = 168}};

	for (size_t i = 0; i < CONFLICT_DEPARTMENTS; i++)
		c.departments[i] = text_of(longest);
	c.row.departments.n = CONFLICT_DEPARTMENTS;
	struct conflict_words words = words_for(t, &c);
	assert_true(words.reason[DANISH].n <= 400);
	assert_non_null(strstr(words.reason[DANISH].p, "an-unusually-long-name1 og an-unus"));
	assert_non_null(strstr(words.reason[DANISH].p, "Borgeren har 168 timer."));
}

static void a_department_is_quiet(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	int64_t opened = show(t, EMPLOYMENT, plan).parties.at[0].opened_at;

	t->now = opened + 30 * MS_PER_DAY;
	conflicts_at(t, EMPLOYMENT, plan, 0);
	t->now += MS_PER_DAY;
	struct conflict_view quiet = the_conflict(t, EMPLOYMENT, plan);
	assert_int_equal(quiet.conflict->asked, 31);
	assert_int_equal(quiet.conflict->since, opened + 30 * MS_PER_DAY);
	assert_text(quiet.reason_da, "Der er ikke sket noget hos beskæftigelse i 31 dage.");
	assert_text(quiet.reason_en, "Nothing has happened at employment for 31 days.");
	assert_int_equal(quiet.conflict->life_areas.at[0], life_area_housing);
	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 3);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(two_appointments_overlap),
		SCENARIO(the_way_there_counts),
		SCENARIO(one_that_was_held_is_over_and_forgotten),
		SCENARIO(a_missed_one_is_in_nobodys_way),
		SCENARIO(a_parent_of_two_children),
		SCENARIO(a_parent_at_two_departments),
		SCENARIO(a_closed_part_is_in_nobodys_way),
		SCENARIO(the_week_asks_too_much),
		SCENARIO(the_week_is_free_when_a_part_is_closed),
		SCENARIO(weeks_that_only_touch),
		SCENARIO(the_week_of_summer_time),
		SCENARIO(what_is_proposed_or_stopped_asks_nothing),
		SCENARIO(the_same_help_twice),
		SCENARIO(a_commitment_is_overdue),
		SCENARIO(a_proposal_is_not_answered),
		SCENARIO(words_have_room),
		SCENARIO(a_department_is_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
