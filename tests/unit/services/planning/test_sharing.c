/* Between departments: consent, disclosure, withdrawal, other bases, dissent, private notes. */
#include "tests/unit/services/planning/town.h"

#define EVERYTHING life_area_none

static const struct goal_view *goal_in(const struct plan_reply *reply, struct uuid goal)
{
	for (size_t i = 0; i < reply->goals.n; i++)
		if (uuid_equal(reply->goals.at[i].goal->goal, goal))
			return &reply->goals.at[i];
	return NULL;
}

static bool sees(struct town *t, unsigned node, struct uuid plan, struct uuid goal)
{
	struct plan_reply reply = show(t, node, plan);

	return goal_in(&reply, goal) != NULL;
}

static void withdraw_at(struct town *t, unsigned node, struct uuid consent)
{
	DO(node, withdraw_consent, NULL, .consent = consent, .words = text_of("no more"));
}

static void consent_decides_who_may_have_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct journal_entry entry;

	struct uuid consent =
		consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	assert_int_equal(entry.record.grants.n, 1);
	assert_text(entry.record.grants.at[0].to, "planning.family");
	assert_int_equal(entry.record.grants.at[0].basis, basis_consent);
	assert_id(entry.record.grants.at[0].consent, consent);
	settle(t);
	assert_true(sees(t, FAMILY, plan, goal));
	struct plan_reply there = show(t, FAMILY, plan);
	assert_text(goal_in(&there, goal)->goal->words, "my own home");
	assert_text(goal_in(&there, goal)->goal->department, "employment");
	assert_int_equal(there.parties.n, 2);
	assert_text(there.parties.at[0].department, "employment");
	assert_text(there.coordinator, "employment");
	/* one way only */
	struct uuid back = state_goal_of(t, FAMILY, plan, life_area_work);
	settle(t);
	assert_false(sees(t, EMPLOYMENT, plan, back));
	/* social, which is not named, has nothing at all */
	REFUSED(SOCIAL, ERR_NOT_FOUND, "plan", show_plan, .plan = plan);
}

static void a_consent_covers_its_life_areas(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid before = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid hidden_before = state_goal_of(t, EMPLOYMENT, plan, life_area_health);

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, life_area_work));
	struct uuid work = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid health = state_goal_of(t, EMPLOYMENT, plan, life_area_health);
	struct uuid both[2] = {work, health};
	DO(EMPLOYMENT, add_measure, NULL, SEEN(EMPLOYMENT, plan), .kind = measure_kind_training,
		.goals = {1, &work});
	DO(EMPLOYMENT, add_measure, NULL, SEEN(EMPLOYMENT, plan), .kind = measure_kind_treatment,
		.goals = {2, both});
	DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_citizen,
		.what = text_of("x"), .due = t->now + MS_PER_DAY);
	REFUSED(EMPLOYMENT, ERR_INVALID, "life_areas", make_commitment, SEEN(EMPLOYMENT, plan),
		.by = side_citizen, .what = text_of("y"), .due = t->now + MS_PER_DAY, .goal = work,
		AREA(own_child)); /* they decide who may know it */
	DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_citizen,
		.what = text_of("y"), .due = t->now + MS_PER_DAY, .goal = work);
	settle(t);
	assert_true(sees(t, FAMILY, plan, before));
	assert_false(sees(t, FAMILY, plan, hidden_before));
	assert_true(sees(t, FAMILY, plan, work));
	assert_false(sees(t, FAMILY, plan, health));
	struct plan_reply there = show(t, FAMILY, plan);
	assert_int_equal(there.measures.n, 1);
	assert_int_equal(there.measures.at[0].kind, measure_kind_training);
	assert_int_equal(there.commitments.n, 1);
	assert_text(there.commitments.at[0].what, "y");
	/* that employment takes part is told, and no more of its part, which is about housing */
	assert_text(there.parties.at[0].department, "employment");
	assert_int_equal(there.parties.at[0].life_areas.n, 0);
	assert_int_equal(there.parties.at[0].state, part_state_open);
	assert_true(uuid_is_nil(there.parties.at[0].part));
	assert_int_equal(there.parties.at[0].opened_at, 0);
}

/* Recorded at any node, it is heard by the one that may tell. */
/* A part that is extended is about all of it: who may know of the new area only has no more of it
 * than before. */
static void an_extended_part_is_about_all_of_it(void **state)
{
	struct town *t = *state;
	struct changed opened = {0};

	DO(FAMILY, open_part, &opened, .number = text_of("2211660000"), AREA(work));
	settle(t);
	struct uuid all = consent_at(t, FAMILY, opened.plan, SHARING(FAMILY, SOCIAL, EVERYTHING));
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, opened.plan), .hours = 7);
	settle(t);
	assert_int_equal(show(t, SOCIAL, opened.plan).weekly_hours, 7);
	withdraw_at(t, FAMILY, all);
	consent_at(t, FAMILY, opened.plan, SHARING(FAMILY, SOCIAL, life_area_housing));
	refer_number(t, 1, "2211660000", "family"); /* about housing */
	settle(t);
	assert_int_equal(count_records(t, FAMILY, "part_extended"), 1);
	assert_int_equal(show(t, FAMILY, opened.plan).parties.at[0].life_areas.n, 2);
	struct plan_reply there = show(t, SOCIAL, opened.plan);
	assert_int_equal(there.parties.n, 1);
	assert_int_equal(there.parties.at[0].life_areas.n, 0);
	assert_int_equal(there.weekly_hours, 0);
}

static void a_late_consent_discloses_what_there_is(void **state)
{
	static const unsigned where[] = {EMPLOYMENT, INTAKE, FAMILY};
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct mark mark = {3};

	DO(EMPLOYMENT, add_step, NULL, SEEN(EMPLOYMENT, plan), .goal = goal,
		.words = text_of("first"));
	DO(EMPLOYMENT, set_goal_state, NULL, SEEN(EMPLOYMENT, plan), .goal = goal,
		.state = goal_state_accepted);
	DO(EMPLOYMENT, record_progress, NULL, SEEN(EMPLOYMENT, plan), .goal = goal,
		.by_citizen = &mark);
	DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_municipality,
		.what = text_of("call"), .due = t->now + MS_PER_DAY, .goal = goal);
	for (size_t i = 0; i < 3; i++) {
		settle(t);
		assert_int_equal(show(t, FAMILY, plan).goals.n, 0);
		struct uuid consent =
			consent_at(t, where[i], plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
		settle(t);
		struct plan_reply there = show(t, FAMILY, plan);
		assert_int_equal(there.goals.n, 1);
		assert_int_equal(there.goals.at[0].goal->state, goal_state_accepted);
		assert_text(there.goals.at[0].steps.at[0].words, "first");
		assert_int_equal(there.goals.at[0].progress.at[0].by_citizen->value, 3);
		assert_text(there.commitments.at[0].what, "call");
		assert_int_equal(there.parties.at[0].state, part_state_open);
		assert_int_equal(count_records(t, EMPLOYMENT, "disclosure_made"), i + 1);
		withdraw_at(t, where[i], consent);
		settle(t);
	}
	assert_int_equal(show(t, FAMILY, plan).goals.n, 0);
}

static void a_withdrawal_blocks_at_once(void **state)
{
	static const unsigned where[] = {FAMILY, INTAKE, EMPLOYMENT};
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct changed own = {0};

	for (size_t i = 0; i < 3; i++) {
		struct uuid consent =
			consent_at(t, FAMILY, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
		settle(t);
		struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
		settle(t);
		assert_true(sees(t, FAMILY, plan, goal));
		DO(FAMILY, add_measure, &own, SEEN(FAMILY, plan), .kind = measure_kind_coaching,
			.goals = {1, &goal});
		cut_off(t, FAMILY, where[i] == FAMILY);
		withdraw_at(t, where[i], consent);
		settle(t);
		assert_false(sees(t, FAMILY, plan, goal));
		assert_int_equal(show(t, FAMILY, plan).parties.n, 1);
		/* what family does itself stays its own */
		assert_int_equal(show(t, FAMILY, plan).measures.n, i + 1);
		REFUSED(FAMILY, ERR_NOT_FOUND, "goals[0]", add_measure, SEEN(FAMILY, plan),
			.kind = measure_kind_coaching, .goals = {1, &goal});
		cut_off(t, FAMILY, false);
		settle(t);
		state_goal_of(t, EMPLOYMENT, plan, life_area_work);
		struct journal_entry entry;
		read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
		assert_int_equal(entry.record.grants.n, 0);
		settle(t);
	}
	/* a new consent opens what there is now */
	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	assert_int_equal(show(t, FAMILY, plan).goals.n, 6);
}

/* The withdrawal overtakes the consent: at the node that hears both, it counts. */
static void a_withdrawal_that_comes_first(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	t->cut[FAMILY][EMPLOYMENT] = true;
	struct uuid consent = consent_at(t, FAMILY, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	withdraw_at(t, INTAKE, consent);
	settle(t);
	t->cut[FAMILY][EMPLOYMENT] = false;
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "disclosed"), 0);
	assert_int_equal(show(t, FAMILY, plan).goals.n, 0);
}

static void two_consents_are_two(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid work = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid health = state_goal_of(t, EMPLOYMENT, plan, life_area_health);

	struct uuid all = consent_at(t, FAMILY, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	consent_at(t, INTAKE, plan, SHARING(EMPLOYMENT, FAMILY, life_area_work));
	settle(t);
	withdraw_at(t, FAMILY, all);
	assert_true(sees(t, FAMILY, plan, work));
	assert_false(sees(t, FAMILY, plan, health));
	/* what was known of the part on the wider one is not shown on the narrower */
	assert_true(uuid_is_nil(show(t, FAMILY, plan).parties.at[0].part));
	settle(t);
	DO(EMPLOYMENT, change_goal, NULL, SEEN(EMPLOYMENT, plan), .goal = work,
		.words = text_of("a job"));
	settle(t);
	struct plan_reply there = show(t, FAMILY, plan);
	assert_text(goal_in(&there, work)->goal->words, "a job");
}

static void a_consent_ends_by_itself(void **state)
{
	struct text from = text_of("employment"), to = text_of("family");
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ends = t->now + MS_PER_DAY;
	struct uuid early, late;

	REFUSED(EMPLOYMENT, ERR_INVALID, "until", record_consent, .plan = plan,
		.given_by = consent_giver_self, .from = {1, &from}, .to = {1, &to},
		.until = t->now);
	DO(EMPLOYMENT, record_consent, NULL, .plan = plan, .given_by = consent_giver_guardian,
		.from = {1, &from}, .to = {1, &to}, .until = ends);
	early = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	t->now = ends - 1;
	settle(t);
	assert_true(sees(t, FAMILY, plan, early));
	assert_int_equal(show(t, FAMILY, plan).parties.n, 2);
	t->now = ends;
	late = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	settle(t);
	/* what was told on it is blocked from view like on one that was withdrawn */
	assert_false(sees(t, FAMILY, plan, early));
	assert_false(sees(t, FAMILY, plan, late));
	assert_int_equal(show(t, FAMILY, plan).parties.n, 1);
	REFUSED(FAMILY, ERR_NOT_FOUND, "goals[0]", add_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_coaching, .goals = {1, &early});
	consent_at(t, INTAKE, plan, SHARING(EMPLOYMENT, FAMILY, life_area_work));
	settle(t);
	assert_true(sees(t, FAMILY, plan, early));
}

/* A word to this node, told once more on a consent: the end of that does not take it back. */
static void what_was_said_to_us_stays(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct goal_answer no = {goal, agreement_disagrees, text_of("not my goal")};
	struct uuid tells =
		consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));

	settle(t);
	DO(FAMILY, answer_plan, NULL, .plan = plan, .goals = {1, &no});
	settle(t);
	struct uuid consent = consent_at(t, FAMILY, plan, SHARING(FAMILY, EMPLOYMENT, EVERYTHING));
	settle(t);
	withdraw_at(t, FAMILY, consent);
	withdraw_at(t, EMPLOYMENT, tells);
	settle(t);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_true(goal_in(&reply, goal)->dissent);
	assert_text(goal_in(&reply, goal)->answers.at[0].words, "not my goal");
}

static void another_basis_than_consent(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid before = state_goal_of(t, EMPLOYMENT, plan, life_area_own_child), after;
	struct journal_entry entry;

	REFUSED(EMPLOYMENT, ERR_INVALID, "to", set_basis, SEEN(EMPLOYMENT, plan),
		.to = text_of("employment"), .paragraph = text_of("x"), .reason = text_of("y"));
	DO(EMPLOYMENT, set_basis, NULL, SEEN(EMPLOYMENT, plan), .to = text_of("family"),
		.paragraph = text_of("Barnets lov 133, 2026-01-01"),
		.reason = text_of("concern for a child"));
	after = state_goal_of(t, EMPLOYMENT, plan, life_area_own_child);
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	assert_int_equal(entry.record.grants.at[0].basis, basis_law);
	assert_text(entry.record.grants.at[0].paragraph, "Barnets lov 133, 2026-01-01");
	settle(t);
	assert_true(sees(t, FAMILY, plan, before));
	assert_true(sees(t, FAMILY, plan, after));
	/* the end of a consent does not end it */
	struct uuid consent = consent_at(t, INTAKE, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	withdraw_at(t, INTAKE, consent);
	settle(t);
	DO(EMPLOYMENT, set_goal_state, NULL, SEEN(EMPLOYMENT, plan), .goal = after,
		.state = goal_state_accepted);
	settle(t);
	struct plan_reply there = show(t, FAMILY, plan);
	assert_int_equal(goal_in(&there, after)->goal->state, goal_state_accepted);
}

/* A record has room for so many grants: each department has one before any has another. */
static void many_bases_of_one_leave_room_for_others(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct journal_entry entry;
	size_t to_family = 0;

	for (char i = 0; i < 26; i++) {
		char paragraph[] = {'S', 'E', 'L', ' ', (char)('a' + i), '\0'};
		DO(EMPLOYMENT, set_basis, NULL, SEEN(EMPLOYMENT, plan), .to = text_of("family"),
			.paragraph = text_of(i < 24 ? paragraph : "SEL a"), .reason = text_of("y"));
	}
	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, SOCIAL, EVERYTHING));
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	for (size_t i = 0; i < entry.record.grants.n; i++)
		to_family += text_is(entry.record.grants.at[i].to, "planning.family");
	assert_int_equal(entry.record.grants.n, 20);
	assert_int_equal(to_family, 19);
	settle(t);
	assert_true(sees(t, FAMILY, plan, goal));
	assert_true(sees(t, SOCIAL, plan, goal));
}

static void dissent_stays_with_the_goal(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct goal_answer no = {goal, agreement_disagrees, text_of("not my goal")};
	struct goal_answer yes = {goal, agreement_agrees, text_of("well")};

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	REFUSED(FAMILY, ERR_INVALID, "says", answer_plan, .plan = plan);
	REFUSED(FAMILY, ERR_INVALID, "of_version", answer_plan, .plan = plan,
		.says = agreement_agrees, .of_version = 99);
	/* said at family, about employment's goal: it reaches employment without any consent */
	DO(FAMILY, answer_plan, NULL, .plan = plan, .says = agreement_could_not_answer,
		.goals = {1, &no});
	settle(t);
	t->now += MS_PER_DAY;
	settle(t); /* the entrance is heard from */
	for (int i = 0; i < 30; i++)
		DO(EMPLOYMENT, answer_plan, NULL, .plan = plan, .goals = {1, &yes});
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++) {
		struct plan_reply reply = show(t, node, plan);
		const struct goal_view *view = goal_in(&reply, goal);
		size_t disagreed = 0;
		assert_true(view->dissent);
		assert_int_equal(view->answers.n, 16);
		for (size_t i = 0; i < view->answers.n; i++)
			if (view->answers.at[i].says == agreement_disagrees) {
				assert_text(view->answers.at[i].words, "not my goal");
				assert_text(view->answers.at[i].department, "family");
				disagreed++;
			}
		assert_int_equal(disagreed, 1);
	}
	assert_int_equal(show(t, FAMILY, plan).answers.at[0].says, agreement_could_not_answer);
	assert_int_equal(show(t, EMPLOYMENT, plan).answers.n, 0);
}

/* Whoever may know no more than that a department takes part hears when it does no more, and when
 * it does again. */
static void who_takes_part_is_told_to_whoever_may_know_that(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct plan_reply reply;

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, life_area_health));
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_int_equal(reply.parties.n, 2);
	assert_text(reply.coordinator, "employment");
	assert_int_equal(reply.parties.at[0].state, part_state_open);
	assert_true(uuid_is_nil(reply.parties.at[0].part)); /* and no more */
	DO(EMPLOYMENT, close_part, NULL, SEEN(EMPLOYMENT, plan), .outcome = outcome_self_reliant);
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_int_equal(reply.parties.at[0].state, part_state_closed);
	assert_int_equal(reply.parties.at[0].outcome, outcome_none);
	assert_text(reply.coordinator, "family");
	refer_number(t, 9, "2211660000", "employment");
	settle(t);
	assert_int_equal(show(t, FAMILY, plan).parties.at[0].state, part_state_open);
}

/* I10: what is known of consents is at most a day old; other bases go on. */
static void nothing_is_told_on_consent_while_the_entrance_is_silent(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct plan_reply reply;

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	cut_off(t, INTAKE, true);
	t->now += MS_PER_DAY - 1;
	struct uuid told = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	assert_int_equal(count_records(t, EMPLOYMENT, "sharing_paused"), 0);
	t->now += 1;
	struct uuid first = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid second = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	assert_int_equal(count_records(t, EMPLOYMENT, "sharing_paused"), 1);
	DO(EMPLOYMENT, set_basis, NULL, SEEN(EMPLOYMENT, plan), .to = text_of("social"),
		.paragraph = text_of("SEL 1 (2026)"), .reason = text_of("why"));
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_non_null(goal_in(&reply, told));
	assert_null(goal_in(&reply, first));
	reply = show(t, SOCIAL, plan);
	assert_non_null(goal_in(&reply, first));
	/* still silent after a look, and another */
	wait_until(t, t->now + 3 * MS_PER_HOUR);
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_null(goal_in(&reply, second));
	/* withdrawals may have been on their way: nothing is told before they are known */
	cut_off(t, INTAKE, false);
	settle(t);
	wait_until(t, t->now + 2 * MS_PER_HOUR);
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "sharing_resumed"), 1);
	reply = show(t, FAMILY, plan);
	assert_non_null(goal_in(&reply, first));
	assert_non_null(goal_in(&reply, second));
}

static void private_notes_leave_no_trace_elsewhere(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct journal_entry entry;

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	DO(EMPLOYMENT, write_note, NULL, .plan = plan, .words = text_of("between us"));
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	assert_text(entry.record.type, "note_written");
	assert_int_equal(entry.record.audience, PEER_ARCHIVE);
	assert_int_equal(entry.record.grants.n, 0);
	settle(t);
	/* nor does a later disclosure carry it */
	consent_at(t, INTAKE, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	assert_int_equal(show(t, EMPLOYMENT, plan).notes.n, 1);
	assert_text(show(t, EMPLOYMENT, plan).notes.at[0].words, "between us");
	assert_text(show(t, EMPLOYMENT, plan).notes.at[0].by, "Kaj");
	assert_int_equal(show(t, FAMILY, plan).notes.n, 0);
	for (unsigned node = 0; node < NODES; node++)
		if (node != EMPLOYMENT) {
			struct node *n = &t->nodes[node];
			struct txn *txn;
			assert_int_equal(count_records(t, node, "note_written"), 0);
			assert_int_equal(
				store_begin(n->store, STORE_READ, &t->arena, &txn), ERR_OK);
			struct state own = engine_own_state(n->engine, txn, &t->arena);
			for (unsigned i = 0; node != INTAKE && i < state_owners(&own); i++)
				assert_int_equal(
					store_count(txn, state_replica(&own, i).first_tree +
								 8 /* TREE_NOTE */),
					0);
			store_abort(txn);
		}
}

/* Where all may see all, all see the same, byte for byte. */
static void one_plan_for_everybody(void **state)
{
	struct text all[3] = {text_of("social"), text_of("employment"), text_of("family")};
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	char *seen[NODES] = {NULL};

	refer_number(t, 3, "2211660000", "social");
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= SOCIAL; node++) {
		struct uuid goal = state_goal_of(t, node, plan, life_area_work);
		DO(node, add_step, NULL, SEEN(node, plan), .goal = goal, .words = text_of("s"));
		DO(node, make_commitment, NULL, SEEN(node, plan), .by = side_citizen,
			.what = text_of("c"), .due = t->now + MS_PER_DAY);
		t->now += MS_PER_MINUTE;
	}
	DO(INTAKE, record_consent, NULL, .citizen = show(t, FAMILY, plan).citizen,
		.given_by = consent_giver_self, .from = {3, all}, .to = {3, all});
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= SOCIAL; node++) {
		struct uuid goal = show(t, node, plan).goals.at[0].goal->goal;
		struct goal_answer no = {goal, agreement_disagrees, text_of("no")};
		DO(node, answer_plan, NULL, .plan = plan, .goals = {1, &no});
		settle(t);
	}
	wait_until(t, t->now + 2 * MS_PER_DAY);
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= SOCIAL; node++) {
		struct plan_reply reply = show(t, node, plan);
		assert_int_equal(reply.goals.n, 3);
		assert_int_equal(reply.parties.n, 3);
		for (size_t i = 0; i < reply.parties.n; i++) /* known where it was opened */
			reply.parties.at[i].opened_for = NULL;
		seen[node] = schema_to_json(schema_plan_reply(), &reply, SCHEMA_INDENT, &t->arena);
	}
	assert_string_equal(seen[EMPLOYMENT], seen[FAMILY]);
	assert_string_equal(seen[EMPLOYMENT], seen[SOCIAL]);
}

static void what_consents_must_say(void **state)
{
	struct text from = text_of("employment"), to = text_of("family");
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct changed provisional = {0};

	DO(SOCIAL, open_part, &provisional, .name = text_of("Bo"));
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", record_consent, .plan = provisional.plan,
		.given_by = consent_giver_self, .from = {1, &from}, .to = {1, &to});
	REFUSED(SOCIAL, ERR_NOT_FOUND, "plan", record_consent, .plan = plan,
		.given_by = consent_giver_self, .from = {1, &from}, .to = {1, &to});
	REFUSED(FAMILY, ERR_NOT_FOUND, "consent", withdraw_consent, .consent = id_of(9));
	REFUSED(INTAKE, ERR_NOT_FOUND, "consent", withdraw_consent, .consent = id_of(9));
	REFUSED(INTAKE, ERR_INVALID, "citizen", record_consent, .plan = plan,
		.given_by = consent_giver_self, .from = {1, &from}, .to = {1, &to});
	REFUSED(INTAKE, ERR_NOT_FOUND, "citizen", record_consent, .citizen = id_of(9),
		.given_by = consent_giver_self, .from = {1, &from}, .to = {1, &to});
	struct uuid consent = consent_at(t, FAMILY, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "consent", record_consent, .plan = plan,
		.consent = consent, .given_by = consent_giver_self, .from = {1, &from},
		.to = {1, &to});
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "citizen", withdraw_consent, .consent = consent,
		.citizen = id_of(9));
	/* the citizen may end it at any node, and twice is no error */
	char self[UUID_TEXT_BYTES];
	uuid_format(show(t, EMPLOYMENT, plan).citizen, self);
	t->role = "citizen";
	t->department = "";
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", withdraw_consent, .consent = consent);
	t->who = self;
	withdraw_at(t, EMPLOYMENT, consent);
	withdraw_at(t, EMPLOYMENT, consent);
	assert_int_equal(count_records(t, EMPLOYMENT, "consent_withdrawn"), 1);
	t->role = "caseworker";
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.department", withdraw_consent, .consent = consent);
	t->department = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(consent_decides_who_may_have_it),
		SCENARIO(a_consent_covers_its_life_areas),
		SCENARIO(an_extended_part_is_about_all_of_it),
		SCENARIO(a_late_consent_discloses_what_there_is),
		SCENARIO(a_withdrawal_blocks_at_once),
		SCENARIO(a_withdrawal_that_comes_first),
		SCENARIO(two_consents_are_two),
		SCENARIO(a_consent_ends_by_itself),
		SCENARIO(what_was_said_to_us_stays),
		SCENARIO(another_basis_than_consent),
		SCENARIO(many_bases_of_one_leave_room_for_others),
		SCENARIO(dissent_stays_with_the_goal),
		SCENARIO(who_takes_part_is_told_to_whoever_may_know_that),
		SCENARIO(nothing_is_told_on_consent_while_the_entrance_is_silent),
		SCENARIO(private_notes_leave_no_trace_elsewhere),
		SCENARIO(one_plan_for_everybody),
		SCENARIO(what_consents_must_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
