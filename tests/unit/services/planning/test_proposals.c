/* Proposals from department to department, and the answers to them. */
#include "tests/unit/services/planning/work_scenes.h"

static struct uuid propose(struct town *t, struct uuid plan, unsigned to)
{
	struct changed reply = {0};

	DO(FAMILY, propose_measure, &reply, SEEN(FAMILY, plan), .to = text_of(departments[to]),
		.kind = measure_kind_training, .what = text_of("to ride a bus"), .begins = 20261201,
		.until = 20270201, .hours_a_week = 3, .answer_by = t->now + 2 * MS_PER_DAY);
	return reply.id;
}

/* A plan of family's of which social may know everything. */
static struct uuid shared_plan(struct town *t, unsigned second)
{
	struct uuid plan = plan_with(t, FAMILY, second);

	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	settle(t);
	return plan;
}

static struct plan_proposal proposal_at(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = show(t, node, plan);

	assert_int_equal(reply.proposals.n, 1);
	return reply.proposals.at[0];
}

/* ---- the way it should go -------------------------------------------------------------------- */

static void yes_makes_an_accepted_measure(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, SOCIAL), proposal = propose(t, plan, SOCIAL);
	struct changed reply = {0};

	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_waiting);
	settle(t);
	struct plan_work_line work = only_work(t, SOCIAL, plan_work_kind_proposal);
	assert_id(work.item, proposal);
	assert_int_equal(work.due, proposal_at(t, SOCIAL, plan).answer_by);
	REFUSED(SOCIAL, ERR_CONFLICT, "work", finish_plan_work, .work = work.work);
	assert_non_null(strstr(t->reason.rule, "answer_proposal"));
	REFUSED(SOCIAL, ERR_INVALID, "seen_version", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	DO(SOCIAL, answer_proposal, &reply, SEEN(SOCIAL, plan), .proposal = proposal,
		.answer = proposal_state_accepted, .worker = text_of("Eva"), .measure = id_of(70));
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
	settle(t);
	struct plan_reply there = show(t, SOCIAL, plan);
	assert_int_equal(there.measures.n, 1);
	const struct plan_measure *measure = &there.measures.at[0];
	assert_id(measure->measure, id_of(70));
	assert_id(measure->proposal, proposal);
	assert_int_equal(measure->state, measure_state_accepted);
	assert_text(measure->what, "to ride a bus");
	assert_text(measure->worker, "Eva");
	assert_int_equal(measure->from, 20261201);
	assert_int_equal(measure->until, 20270201);
	assert_int_equal(measure->hours_a_week, 3);
	for (unsigned node = FAMILY; node <= SOCIAL; node++) {
		struct plan_proposal shown = proposal_at(t, node, plan);
		assert_int_equal(shown.state, proposal_state_accepted);
		assert_id(shown.measure, id_of(70));
		assert_int_equal(shown.answered_at, t->now);
	}
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_too_late), 0);
	/* when its time passes nothing happens */
	wait_until(t, t->now + 4 * MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "proposal_expired"), 0);
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_accepted);
}

static void yes_opens_a_part_where_there_is_none(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, 0), proposal = propose(t, plan, SOCIAL);
	struct changed reply = {0};

	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 0);
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_waiting);
	DO(SOCIAL, answer_proposal, &reply, .plan = plan, .proposal = proposal,
		.answer = proposal_state_accepted);
	assert_int_equal(reply.version, 1);
	settle(t);
	struct plan_line line = plan_at(t, SOCIAL, 0);
	assert_id(line.plan, plan);
	assert_id(line.citizen, plan_at(t, FAMILY, 0).citizen);
	assert_int_equal(line.state, part_state_open);
	assert_false(line.provisional);
	assert_text(line.worker, "Kaj");
	assert_int_equal(line.term, 0);
	assert_true(plan_at(t, FAMILY, 0).term > 0);
	assert_int_equal(count_records(t, INTAKE, "party_registered"), 1);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_worker), 0);
	struct plan_reply there = show(t, SOCIAL, plan);
	assert_int_equal(there.measures.n, 1);
	assert_text(there.measures.at[0].what, "to ride a bus");
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_accepted);
	/* closed and asked again: it opens anew, as the next version */
	DO(SOCIAL, close_part, &reply, SEEN(SOCIAL, plan), .outcome = outcome_less_support);
	proposal = propose(t, plan, SOCIAL);
	settle(t);
	int64_t closed = reply.version;
	DO(SOCIAL, answer_proposal, &reply, .plan = plan, .proposal = proposal,
		.answer = proposal_state_accepted);
	assert_int_equal(reply.version, closed + 1);
	assert_int_equal(plan_at(t, SOCIAL, 0).state, part_state_open);
}

static void no_makes_no_part(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, 0), proposal = propose(t, plan, SOCIAL);
	struct changed reply = {0};

	settle(t);
	REFUSED(SOCIAL, ERR_INVALID, "reason", answer_proposal, .plan = plan, .proposal = proposal,
		.answer = proposal_state_rejected);
	DO(SOCIAL, answer_proposal, &reply, .plan = plan, .proposal = proposal,
		.answer = proposal_state_rejected, .reason = text_of("no bus goes there"));
	assert_int_equal(reply.version, 0);
	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 0);
	assert_int_equal(show(t, FAMILY, plan).parties.n, 1);
	struct plan_proposal shown = proposal_at(t, FAMILY, plan);
	assert_int_equal(shown.state, proposal_state_rejected);
	assert_text(shown.reason, "no bus goes there");
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
	REFUSED(SOCIAL, ERR_CONFLICT, "proposal", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	REFUSED(FAMILY, ERR_CONFLICT, "proposal", withdraw_proposal, SEEN(FAMILY, plan),
		.proposal = proposal);
}

/* ---- refusals -------------------------------------------------------------------------------- */

#define ASK                                                                         \
	SEEN(FAMILY, plan), .kind = measure_kind_training, .to = text_of("social"), \
			    .answer_by = t->now + MS_PER_DAY

static void what_may_not_be_proposed(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct uuid goals[2] = {state_goal_of(t, FAMILY, plan, life_area_housing), id_of(9)};

	REFUSED(FAMILY, ERR_DENIED, "to", propose_measure, ASK);
	assert_non_null(strstr(t->reason.rule, "record a consent or set a basis first"));
	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_work));
	/* it covers neither what has no area nor what has another one */
	REFUSED(FAMILY, ERR_DENIED, "to", propose_measure, ASK);
	REFUSED(FAMILY, ERR_DENIED, "to", propose_measure, ASK, .goals = {1, goals});
	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_housing));
	REFUSED(FAMILY, ERR_NOT_FOUND, "goals[1]", propose_measure, ASK, .goals = {2, goals});
	REFUSED(FAMILY, ERR_INVALID, "until", propose_measure, ASK, .goals = {1, goals},
		.begins = 20270201, .until = 20270131);
	REFUSED(FAMILY, ERR_NOT_FOUND, "question", propose_measure, ASK, .goals = {1, goals},
		.question = id_of(8));
	REFUSED(FAMILY, ERR_INVALID, "to", propose_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_training, .to = text_of("family"), .answer_by = t->now + 1);
	REFUSED(FAMILY, ERR_INVALID, "answer_by", propose_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_training, .to = text_of("social"), .answer_by = t->now);
	REFUSED(FAMILY, ERR_INVALID, "seen_version", propose_measure, .plan = plan,
		.kind = measure_kind_training, .to = text_of("social"), .answer_by = t->now + 1);
	DO(FAMILY, propose_measure, NULL, ASK, .goals = {1, goals}, .proposal = id_of(60));
	REFUSED(FAMILY, ERR_CONFLICT, "proposal", propose_measure, ASK, .goals = {1, goals},
		.proposal = id_of(60));
	t->department = "social";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", propose_measure, .plan = plan,
		.kind = measure_kind_training, .to = text_of("social"), .answer_by = t->now + 1);
	t->department = NULL;
	assert_int_equal(count_records(t, FAMILY, "measure_proposed"), 1);
}

static void another_basis_will_do(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	DO(FAMILY, set_basis, NULL, SEEN(FAMILY, plan), .to = text_of("social"),
		.paragraph = text_of("Barnets lov 133"), .reason = text_of("a child"));
	DO(FAMILY, propose_measure, NULL, ASK);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 1);
}

static void a_provisional_plan_asks_nobody(void **state)
{
	struct town *t = *state;
	struct changed opened = {0};
	struct uuid plan;

	DO(FAMILY, open_part, &opened, .number = text_of("0202710000"));
	plan = opened.plan;
	DO(FAMILY, set_basis, NULL, SEEN(FAMILY, plan), .to = text_of("social"),
		.paragraph = text_of("Barnets lov 133"), .reason = text_of("a child"));
	REFUSED(FAMILY, ERR_CONFLICT, "plan", propose_measure, ASK);
	settle(t);
	plan = plan_at(t, FAMILY, 0).plan;
	DO(FAMILY, propose_measure, NULL, ASK);
}

static void what_may_not_be_answered(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, SOCIAL), proposal = propose(t, plan, SOCIAL);
	struct changed measure = {0};

	REFUSED(SOCIAL, ERR_NOT_FOUND, "proposal", answer_proposal, SEEN(SOCIAL, plan),
		.proposal = proposal, .answer = proposal_state_accepted); /* not heard yet */
	settle(t);
	REFUSED(SOCIAL, ERR_INVALID, "answer", answer_proposal, SEEN(SOCIAL, plan),
		.proposal = proposal, .answer = proposal_state_withdrawn);
	REFUSED(SOCIAL, ERR_NOT_FOUND, "proposal", answer_proposal, .plan = id_of(5),
		.proposal = proposal, .answer = proposal_state_accepted);
	REFUSED(EMPLOYMENT, ERR_NOT_FOUND, "proposal", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	DO(SOCIAL, add_measure, &measure, SEEN(SOCIAL, plan), .kind = measure_kind_other);
	REFUSED(SOCIAL, ERR_CONFLICT, "measure", answer_proposal, SEEN(SOCIAL, plan),
		.proposal = proposal, .answer = proposal_state_accepted, .measure = measure.id);
	REFUSED(SOCIAL, ERR_STALE, "seen_version", answer_proposal, .plan = plan, .seen_version = 1,
		.proposal = proposal, .answer = proposal_state_accepted);
	t->department = "family";
	REFUSED(SOCIAL, ERR_DENIED, "actor.department", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	t->department = NULL;
	REFUSED(FAMILY, ERR_NOT_FOUND, "proposal", answer_proposal, SEEN(FAMILY, plan),
		.proposal = proposal, .answer = proposal_state_accepted);
	REFUSED(FAMILY, ERR_NOT_FOUND, "proposal", withdraw_proposal, SEEN(FAMILY, plan),
		.proposal = id_of(9));
	DO(FAMILY, withdraw_proposal, NULL, SEEN(FAMILY, plan), .proposal = proposal,
		.reason = text_of("moved away"));
	REFUSED(FAMILY, ERR_CONFLICT, "proposal", withdraw_proposal, SEEN(FAMILY, plan),
		.proposal = proposal);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
	REFUSED(SOCIAL, ERR_CONFLICT, "proposal", answer_proposal, SEEN(SOCIAL, plan),
		.proposal = proposal, .answer = proposal_state_accepted);
	assert_text(proposal_at(t, SOCIAL, plan).reason, "moved away");
	wait_until(t, t->now + 4 * MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "proposal_expired"), 0);
}

/* What was blocked can be answered no more; its work can be put away. */
static void a_consent_that_ends_blocks_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct uuid consent = consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	struct uuid proposal = propose(t, plan, SOCIAL);

	settle(t);
	struct plan_work_line work = only_work(t, SOCIAL, plan_work_kind_proposal);
	DO(FAMILY, withdraw_consent, NULL, .consent = consent);
	settle(t);
	REFUSED(SOCIAL, ERR_NOT_FOUND, "proposal", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	DO(SOCIAL, finish_plan_work, NULL, .work = work.work);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
}

/* Withdrawn while it could not be told, and disclosed again: nobody can answer it. */
static void one_withdrawn_unheard_is_put_away(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct uuid consent = consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	struct uuid proposal = propose(t, plan, SOCIAL);

	settle(t);
	struct plan_work_line work = only_work(t, SOCIAL, plan_work_kind_proposal);
	DO(FAMILY, withdraw_consent, NULL, .consent = consent);
	DO(FAMILY, withdraw_proposal, NULL, SEEN(FAMILY, plan), .proposal = proposal);
	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	settle(t);
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_withdrawn);
	DO(SOCIAL, finish_plan_work, NULL, .work = work.work);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
}

/* Told on a consent that has a time: then it is over. */
static void a_consent_that_expires_blocks_it(void **state)
{
	struct text from = text_of("family"), to = text_of("social");
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	DO(FAMILY, record_consent, NULL, .plan = plan, .given_by = consent_giver_self,
		.from = {1, &from}, .to = {1, &to}, .until = t->now + MS_PER_DAY);
	struct uuid proposal = propose(t, plan, SOCIAL);
	settle(t);
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_waiting);
	t->now += MS_PER_DAY;
	REFUSED(SOCIAL, ERR_NOT_FOUND, "plan", show_plan, .plan = plan);
	REFUSED(SOCIAL, ERR_NOT_FOUND, "proposal", answer_proposal, .plan = plan,
		.proposal = proposal, .answer = proposal_state_accepted);
	DO(SOCIAL, finish_plan_work, NULL,
		.work = only_work(t, SOCIAL, plan_work_kind_proposal).work);
}

/* ---- in whichever order ---------------------------------------------------------------------- */

/* Social says yes, family takes it back, neither knowing; then one of them hears first. */
static void cross(struct town *t, unsigned hears_first)
{
	unsigned other = hears_first == FAMILY ? SOCIAL : FAMILY;
	struct uuid plan = shared_plan(t, SOCIAL), proposal = propose(t, plan, SOCIAL);

	settle(t);
	DO(SOCIAL, answer_proposal, NULL, SEEN(SOCIAL, plan), .proposal = proposal,
		.answer = proposal_state_accepted);
	DO(FAMILY, withdraw_proposal, NULL, SEEN(FAMILY, plan), .proposal = proposal);
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_withdrawn);
	t->cut[hears_first][other] = true;
	settle(t);
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_accepted);
	assert_int_equal(proposal_at(t, FAMILY, plan).state,
		hears_first == FAMILY ? proposal_state_accepted : proposal_state_withdrawn);
	t->cut[hears_first][other] = false;
	settle(t);
	for (unsigned node = FAMILY; node <= SOCIAL; node++)
		assert_int_equal(proposal_at(t, node, plan).state, proposal_state_accepted);
	struct plan_work_line work = only_work(t, FAMILY, plan_work_kind_too_late);
	assert_id(work.item, proposal);
	DO(FAMILY, finish_plan_work, NULL, .work = work.work);
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_too_late), 0);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
}

static void the_answer_wins_when_it_is_heard_first(void **state)
{
	cross(*state, FAMILY);
}

static void the_answer_wins_when_it_is_heard_last(void **state)
{
	cross(*state, SOCIAL);
}

/* An answer stays known to whoever asked, even if it was told once more on a consent that ended. */
static void an_answer_is_not_taken_back(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, SOCIAL), proposal = propose(t, plan, SOCIAL);

	settle(t);
	DO(SOCIAL, answer_proposal, NULL, SEEN(SOCIAL, plan), .proposal = proposal,
		.answer = proposal_state_accepted);
	struct uuid consent = consent_at(t, SOCIAL, plan, SHARING(SOCIAL, FAMILY, life_area_none));
	settle(t);
	DO(SOCIAL, withdraw_consent, NULL, .consent = consent);
	settle(t);
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_accepted);
	REFUSED(FAMILY, ERR_CONFLICT, "proposal", withdraw_proposal, SEEN(FAMILY, plan),
		.proposal = proposal);
}

/* As that node shows it. */
static enum proposal_state state_of(
	struct town *t, unsigned node, struct uuid plan, struct uuid proposal)
{
	struct plan_reply reply = show(t, node, plan);

	for (size_t i = 0; i < reply.proposals.n; i++)
		if (uuid_equal(reply.proposals.at[i].proposal, proposal))
			return reply.proposals.at[i].state;
	return proposal_state_none;
}

/* The asking department's part is joined to another plan after the answer: the two still find each
 * other, and what social's people see is one proposal, answered. */
static void a_proposal_moves_with_its_plan(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0), proposal;
	struct changed made = {0};

	t->cut[SOCIAL][INTAKE] = true; /* the entrance hears too late that social takes part */
	DO(FAMILY, set_basis, NULL, SEEN(FAMILY, plan), .to = text_of("social"),
		.paragraph = text_of("SEL 141"), .reason = text_of("both help"));
	DO(FAMILY, propose_measure, NULL, SEEN(FAMILY, plan), .proposal = id_of(60),
		.to = text_of("social"), .kind = measure_kind_training,
		.answer_by = t->now + MS_PER_DAY);
	settle(t);
	DO(SOCIAL, answer_proposal, NULL, .plan = plan, .proposal = id_of(60),
		.answer = proposal_state_accepted);
	settle(t);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	settle(t);
	refer_number(t, 3, "2211660000", "employment"); /* so that is another plan */
	settle(t);
	struct uuid next = plan_at(t, EMPLOYMENT, 0).plan;
	assert_false(uuid_equal(next, plan));
	DO(SOCIAL, set_basis, NULL, SEEN(SOCIAL, plan), .to = text_of("employment"),
		.paragraph = text_of("SEL 141"), .reason = text_of("both help"));
	DO(SOCIAL, propose_measure, &made, SEEN(SOCIAL, plan), .to = text_of("employment"),
		.kind = measure_kind_training, .answer_by = t->now + MS_PER_DAY);
	proposal = made.id;
	settle(t);
	DO(EMPLOYMENT, answer_proposal, NULL, .plan = plan, .proposal = proposal,
		.answer = proposal_state_rejected, .reason = text_of("not now"));
	settle(t);
	assert_int_equal(state_of(t, SOCIAL, plan, proposal), proposal_state_rejected);
	DO(SOCIAL, propose_measure, NULL, SEEN(SOCIAL, plan), .to = text_of("employment"),
		.proposal = id_of(61), .kind = measure_kind_training,
		.answer_by = t->now + MS_PER_DAY);
	t->cut[SOCIAL][INTAKE] = false;
	settle(t);
	assert_id(plan_at(t, SOCIAL, 0).plan, next);
	for (unsigned node = EMPLOYMENT; node <= SOCIAL; node += SOCIAL - EMPLOYMENT) {
		struct plan_reply shown = show(t, node, next);
		assert_int_equal(shown.proposals.n, 2);
		assert_id(shown.proposals.at[1].proposal, proposal);
		assert_int_equal(shown.proposals.at[0].state, proposal_state_waiting);
		assert_int_equal(shown.proposals.at[1].state, proposal_state_rejected);
	}
	REFUSED(SOCIAL, ERR_CONFLICT, "proposal", withdraw_proposal, SEEN(SOCIAL, next),
		.proposal = proposal);
	/* one that waited meanwhile is answered where it is now */
	DO(EMPLOYMENT, answer_proposal, NULL, SEEN(EMPLOYMENT, next), .proposal = id_of(61),
		.answer = proposal_state_accepted);
	settle(t);
	assert_int_equal(show(t, SOCIAL, next).proposals.at[0].state, proposal_state_accepted);
	wait_until(t, t->now + 2 * MS_PER_DAY);
	assert_int_equal(count_records(t, SOCIAL, "proposal_expired"), 0);
}

static void nobody_answers_in_time(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, SOCIAL), proposal = propose(t, plan, SOCIAL);
	int64_t by = t->now + 2 * MS_PER_DAY, version = version_of(t, FAMILY, plan);

	settle(t);
	cut_off(t, SOCIAL, true);
	wait_until(t, by + MS_PER_HOUR);
	assert_int_equal(count_records(t, FAMILY, "proposal_expired"), 1);
	assert_int_equal(version_of(t, FAMILY, plan), version); /* a clock makes nothing stale */
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_expired);
	/* there it is seen without hearing of it */
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_expired);
	assert_id(only_work(t, FAMILY, plan_work_kind_unanswered).item, proposal);
	assert_true(only_work(t, SOCIAL, plan_work_kind_proposal).overdue);
	assert_int_equal(count_records(t, SOCIAL, "plan_work_overdue"), 1);
	cut_off(t, SOCIAL, false);
	settle(t);
	/* late is better than never */
	DO(SOCIAL, answer_proposal, NULL, SEEN(SOCIAL, plan), .proposal = proposal,
		.answer = proposal_state_accepted);
	settle(t);
	assert_int_equal(proposal_at(t, FAMILY, plan).state, proposal_state_accepted);
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_unanswered), 0);
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_too_late), 0);
}

/* The last answer's in_time, as it stands in the journal. */
static bool was_in_time(struct town *t)
{
	struct journal_entry entry;
	struct stored_event event;

	for (uint64_t seq = t->nodes[SOCIAL].engine->journal.seq;; seq--) {
		read_record(t, SOCIAL, seq, &entry);
		if (text_is(entry.record.type, "proposal_answered"))
			break;
	}
	assert_int_equal(
		engine_decode_event(t->nodes[SOCIAL].engine, &entry.record, &t->arena, &event),
		ERR_OK);
	return ((const struct proposal_answered *)event.fields)->answer->in_time;
}

static void in_time_is_when_it_happened(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, 0);

	for (int late = 0; late < 2; late++) {
		struct uuid proposal = propose(t, plan, SOCIAL);
		int64_t by = t->now + 2 * MS_PER_DAY;
		settle(t);
		wait_until(t, by + MS_PER_DAY);
		t->occurred_at = by + late; /* written down a day later */
		DO(SOCIAL, answer_proposal, NULL, .plan = plan, .proposal = proposal,
			.answer = proposal_state_rejected, .reason = text_of("full"));
		t->occurred_at = 0;
		assert_int_equal(was_in_time(t), late == 0);
		settle(t);
	}
}

static void imports_from_before_are_not_watched(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t, SOCIAL);

	t->peer = PEER_IMPORTER;
	t->historical = true;
	t->occurred_at = t->now - 30 * MS_PER_DAY;
	DO(FAMILY, propose_measure, NULL, .plan = plan, .to = text_of("social"),
		.kind = measure_kind_training, .answer_by = t->now - 20 * MS_PER_DAY);
	t->historical = false;
	t->occurred_at = 0;
	t->peer = PEER_PORTAL;
	settle(t);
	wait_until(t, t->now + MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "proposal_expired"), 0);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_proposal), 0);
	assert_int_equal(proposal_at(t, SOCIAL, plan).state, proposal_state_expired);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(yes_makes_an_accepted_measure),
		SCENARIO(yes_opens_a_part_where_there_is_none),
		SCENARIO(no_makes_no_part),
		SCENARIO(what_may_not_be_proposed),
		SCENARIO(another_basis_will_do),
		SCENARIO(a_provisional_plan_asks_nobody),
		SCENARIO(what_may_not_be_answered),
		SCENARIO(a_consent_that_ends_blocks_it),
		SCENARIO(one_withdrawn_unheard_is_put_away),
		SCENARIO(a_consent_that_expires_blocks_it),
		SCENARIO(the_answer_wins_when_it_is_heard_first),
		SCENARIO(the_answer_wins_when_it_is_heard_last),
		SCENARIO(an_answer_is_not_taken_back),
		SCENARIO(a_proposal_moves_with_its_plan),
		SCENARIO(nobody_answers_in_time),
		SCENARIO(in_time_is_when_it_happened),
		SCENARIO(imports_from_before_are_not_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
