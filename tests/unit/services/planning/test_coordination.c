/* The coordination goes from one department to another, and at no time have it two (I14). */
#include "common/admin.h"
#include "tests/unit/services/planning/town.h"

/* How many departments believe that they coordinate the plan; ret_who: the last of them. */
static size_t coordinators(struct town *t, struct uuid plan, unsigned *ret_who)
{
	size_t n = 0;

	for (unsigned node = EMPLOYMENT; node < NODES; node++) {
		struct plans_reply plans = {0};
		DO(node, list_plans, &plans, .closed = true, .limit = 100);
		for (size_t i = 0; i < plans.plans.n; i++)
			if (uuid_equal(plans.plans.at[i].plan, plan) && plans.plans.at[i].term) {
				*ret_who = node;
				n++;
			}
	}
	return n;
}

/* One record at a time in that order of nodes, looking after each one. */
static void settle_watched(struct town *t, struct uuid plan, bool backwards)
{
	bool any = true;
	unsigned who;

	while (any) {
		any = false;
		for (unsigned i = 0; i < NODES * NODES; i++) {
			unsigned at_ = backwards ? NODES * NODES - 1 - i : i;
			unsigned from = at_ / NODES, to = at_ % NODES;
			if (from == to || t->cut[from][to] || !behind(t, from, to))
				continue;
			deliver(t, from, to, 1);
			assert_true(coordinators(t, plan, &who) <= 1);
			any = true;
		}
	}
}

static void assert_coordinates(struct town *t, struct uuid plan, unsigned node, int64_t term)
{
	unsigned who = NODES;

	assert_int_equal(coordinators(t, plan, &who), 1);
	assert_int_equal(who, node);
	for (size_t i = 0; i < 3; i++) {
		struct plans_reply plans = {0};
		DO(node, list_plans, &plans, .limit = 100);
		if (i < plans.plans.n && uuid_equal(plans.plans.at[i].plan, plan))
			assert_int_equal(plans.plans.at[i].term, term);
	}
}

/* Family coordinates, social takes part, each may know everything of the other. */
static struct uuid joint_plan(struct town *t)
{
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);

	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	consent_at(t, SOCIAL, plan, SHARING(SOCIAL, FAMILY, life_area_none));
	settle(t);
	assert_coordinates(t, plan, FAMILY, 1);
	return plan;
}

static void offer(struct town *t, struct uuid plan)
{
	DO(FAMILY, offer_coordination, NULL, SEEN(FAMILY, plan), .to = text_of("social"),
		.reason = text_of("a home is what matters now"));
}

static size_t count_work(struct town *t, unsigned node)
{
	struct plan_work_reply reply = {0};
	size_t n = 0;

	DO(node, list_plan_work, &reply, .limit = 100);
	for (size_t i = 0; i < reply.work.n; i++)
		n += reply.work.at[i].kind == plan_work_kind_coordination;
	return n;
}

/* ---- the way it should go -------------------------------------------------------------------- */

static void it_moves(struct town *t, bool backwards)
{
	struct uuid plan = joint_plan(t);
	unsigned who;

	offer(t, plan);
	settle_watched(t, plan, backwards);
	assert_int_equal(count_work(t, SOCIAL), 1);
	assert_text(show(t, FAMILY, plan).offered_to, "social");
	assert_text(show(t, SOCIAL, plan).offered_to, "social");
	assert_coordinates(t, plan, FAMILY, 1);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	assert_int_equal(count_work(t, SOCIAL), 0);
	assert_coordinates(t, plan, FAMILY, 1); /* until it has released it */
	int64_t version = version_of(t, FAMILY, plan);
	t->cut[FAMILY][INTAKE] = true;
	settle_watched(t, plan, backwards);
	assert_int_equal(coordinators(t, plan, &who), 0);
	t->cut[FAMILY][INTAKE] = false;
	settle_watched(t, plan, backwards);
	assert_coordinates(t, plan, SOCIAL, 2);
	assert_int_equal(
		version_of(t, FAMILY, plan), version); /* it makes nobody's writing stale */
	for (unsigned node = FAMILY; node <= SOCIAL; node++) {
		struct plan_reply reply = show(t, node, plan);
		assert_text(reply.coordinator, "social");
		assert_int_equal(reply.offered_to.n, 0);
	}
	/* and back again */
	DO(SOCIAL, offer_coordination, NULL, SEEN(SOCIAL, plan), .to = text_of("family"));
	settle_watched(t, plan, backwards);
	DO(FAMILY, accept_coordination, NULL, SEEN(FAMILY, plan));
	settle_watched(t, plan, backwards);
	assert_coordinates(t, plan, FAMILY, 3);
}

static void it_moves_there_and_back(void **state)
{
	it_moves(*state, false);
}

static void it_moves_in_the_other_order_too(void **state)
{
	it_moves(*state, true);
}

/* After a restore a department may react once more to what the entrance registered long ago. */
static void a_term_that_was_given_up_is_not_begun_again(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);
	uint32_t peer = t->peer;
	const char *role = t->role;

	offer(t, plan);
	settle(t);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle(t);
	assert_coordinates(t, plan, SOCIAL, 2);
	t->peer = PEER_OPERATOR;
	t->role = "operator";
	DO(FAMILY, refollow, NULL, .owner = text_of("intake"), .reason = text_of("a test"),
		.by = text_of("Ida"), .react_from = 1);
	t->peer = peer;
	t->role = role;
	settle(t);
	assert_coordinates(t, plan, SOCIAL, 2);
}

static void no_is_an_answer(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	DO(SOCIAL, decline_coordination, NULL, SEEN(SOCIAL, plan), .reason = text_of("no room"));
	assert_int_equal(count_work(t, SOCIAL), 0);
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", accept_coordination, SEEN(SOCIAL, plan));
	settle(t);
	assert_int_equal(show(t, FAMILY, plan).offered_to.n, 0);
	assert_coordinates(t, plan, FAMILY, 1);
	REFUSED(FAMILY, ERR_CONFLICT, "plan", withdraw_coordination, SEEN(FAMILY, plan));
	/* asked again, it can say yes */
	offer(t, plan);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 1);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle(t);
	assert_coordinates(t, plan, SOCIAL, 2);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void what_may_not_be_offered(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	REFUSED(SOCIAL, ERR_CONFLICT, "plan", offer_coordination, SEEN(SOCIAL, plan),
		.to = text_of("family"));
	REFUSED(FAMILY, ERR_INVALID, "to", offer_coordination, SEEN(FAMILY, plan),
		.to = text_of("family"));
	REFUSED(FAMILY, ERR_CONFLICT, "to", offer_coordination, SEEN(FAMILY, plan),
		.to = text_of("employment"));
	REFUSED(FAMILY, ERR_INVALID, "seen_version", offer_coordination, .plan = plan,
		.to = text_of("social"));
	REFUSED(FAMILY, ERR_CONFLICT, "plan", withdraw_coordination, SEEN(FAMILY, plan));
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", accept_coordination, SEEN(SOCIAL, plan));
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", decline_coordination, SEEN(SOCIAL, plan));
	offer(t, plan);
	REFUSED(FAMILY, ERR_CONFLICT, "to", offer_coordination, SEEN(FAMILY, plan),
		.to = text_of("social"));
	settle(t);
	int64_t version = version_of(t, SOCIAL, plan);
	t->department = "family";
	REFUSED(SOCIAL, ERR_DENIED, "actor.department", accept_coordination, .plan = plan,
		.seen_version = version);
	t->department = NULL;
	DO(SOCIAL, close_part, NULL, SEEN(SOCIAL, plan), .outcome = outcome_less_support);
	assert_int_equal(count_work(t, SOCIAL), 0); /* a closed part has no work */
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", accept_coordination, SEEN(SOCIAL, plan));
	settle(t);
	REFUSED(FAMILY, ERR_CONFLICT, "plan", withdraw_coordination, SEEN(FAMILY, plan));
	REFUSED(FAMILY, ERR_CONFLICT, "to", offer_coordination, SEEN(FAMILY, plan),
		.to = text_of("social"));
}

/* ---- in whichever order ---------------------------------------------------------------------- */

/* Social accepts while family takes the offer back; offers anew before it hears of that. */
static void an_old_yes_moves_nothing(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	t->cut[SOCIAL][FAMILY] = t->cut[FAMILY][SOCIAL] = true;
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	DO(FAMILY, withdraw_coordination, NULL, SEEN(FAMILY, plan));
	offer(t, plan);
	t->cut[SOCIAL][FAMILY] = false;
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, FAMILY, 1);
	t->cut[FAMILY][SOCIAL] = false;
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, FAMILY, 1);
	assert_int_equal(count_work(t, SOCIAL), 1); /* of the second offer */
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, SOCIAL, 2);
}

static void a_withdrawn_offer_is_no_work(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 1);
	DO(FAMILY, withdraw_coordination, NULL, SEEN(FAMILY, plan));
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 0);
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", accept_coordination, SEEN(SOCIAL, plan));
	/* nor is one of a part that ended */
	offer(t, plan);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 1);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	settle_watched(t, plan, false);
	assert_int_equal(count_work(t, SOCIAL), 0);
	assert_coordinates(t, plan, SOCIAL, 2); /* by the closing */
}

static void the_one_that_offers_is_down(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	cut_off(t, FAMILY, true);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, FAMILY, 1);
	restart(&t->nodes[FAMILY]);
	cut_off(t, FAMILY, false);
	settle_watched(t, plan, true);
	assert_coordinates(t, plan, SOCIAL, 2);
}

/* Social leaves without an answer: that is one, and nothing waits there when it comes again. */
static void the_one_that_is_asked_closes(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);
	int64_t version;

	offer(t, plan);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 1);
	version = version_of(t, SOCIAL, plan);
	DO(SOCIAL, close_part, NULL, SEEN(SOCIAL, plan), .outcome = outcome_moved);
	assert_int_equal(version_of(t, SOCIAL, plan), version + 1);
	assert_int_equal(count_work(t, SOCIAL), 0);
	assert_int_equal(count_records(t, SOCIAL, "plan_work_done"), 2); /* and for a worker */
	settle(t);
	assert_int_equal(count_records(t, SOCIAL, "coordination_declined"), 1);
	assert_text(show(t, FAMILY, plan).offered_to, "");
	refer_number(t, 7, "2211660000", "social");
	settle(t);
	REFUSED(SOCIAL, ERR_CONFLICT, "plan", accept_coordination, SEEN(SOCIAL, plan));
	/* asked again it is another question */
	offer(t, plan);
	settle(t);
	assert_int_equal(count_work(t, SOCIAL), 1);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle_watched(t, plan, true);
	assert_coordinates(t, plan, SOCIAL, 2);
}

/* Social accepts and leaves; the entrance hears of it before, or after, family's release. */
static void it_leaves_meanwhile(struct town *t, bool entrance_knows)
{
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	cut_off(t, INTAKE, true);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	DO(SOCIAL, close_part, NULL, SEEN(SOCIAL, plan), .outcome = outcome_moved);
	settle_watched(t, plan, false);
	cut_off(t, INTAKE, false);
	t->cut[entrance_knows ? FAMILY : SOCIAL][INTAKE] = true;
	settle_watched(t, plan, false);
	t->cut[entrance_knows ? FAMILY : SOCIAL][INTAKE] = false;
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, FAMILY, entrance_knows ? 2 : 3);
}

static void it_left_before_the_release(void **state)
{
	it_leaves_meanwhile(*state, true);
}

static void it_left_after_the_release(void **state)
{
	it_leaves_meanwhile(*state, false);
}

/* Released and closed before the entrance hears of either: the release is taken first, and the
 * closing changes nothing more for social. */
static void it_releases_and_closes(void **state)
{
	struct town *t = *state;
	struct uuid plan = joint_plan(t);

	offer(t, plan);
	settle(t);
	cut_off(t, INTAKE, true);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle(t);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	refer_number(t, 7, "2211660000", "family"); /* and is asked again */
	cut_off(t, INTAKE, false);
	settle_watched(t, plan, true);
	assert_coordinates(t, plan, SOCIAL, 2);
	assert_int_equal(plan_at(t, FAMILY, 0).state, part_state_open);
	assert_int_equal(plan_at(t, FAMILY, 0).term, 0);
}

/* What they say to each other about it reaches the other one whatever consents there are. */
static void words_to_each_other_need_no_consent(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct uuid consent = consent_at(t, SOCIAL, plan, SHARING(SOCIAL, FAMILY, life_area_none));

	settle(t);
	for (int i = 0; i < 3; i++) {
		offer(t, plan);
		settle_watched(t, plan, false);
		assert_int_equal(count_work(t, SOCIAL), 1);
		if (i == 0)
			DO(FAMILY, withdraw_coordination, NULL, SEEN(FAMILY, plan));
		if (i == 1)
			DO(SOCIAL, decline_coordination, NULL, SEEN(SOCIAL, plan));
		if (i < 2)
			settle_watched(t, plan, false);
		assert_int_equal(count_work(t, SOCIAL), i < 2 ? 0 : 1);
	}
	DO(INTAKE, withdraw_consent, NULL, .consent = consent);
	settle_watched(t, plan, false);
	DO(SOCIAL, accept_coordination, NULL, SEEN(SOCIAL, plan));
	settle_watched(t, plan, false);
	assert_coordinates(t, plan, SOCIAL, 2);
	assert_text(show(t, SOCIAL, plan).coordinator, "social");
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENARIO(it_moves_there_and_back),
		SCENARIO(it_moves_in_the_other_order_too), SCENARIO(no_is_an_answer),
		SCENARIO(a_term_that_was_given_up_is_not_begun_again),
		SCENARIO(what_may_not_be_offered), SCENARIO(an_old_yes_moves_nothing),
		SCENARIO(a_withdrawn_offer_is_no_work), SCENARIO(the_one_that_offers_is_down),
		SCENARIO(the_one_that_is_asked_closes), SCENARIO(it_left_before_the_release),
		SCENARIO(it_left_after_the_release), SCENARIO(it_releases_and_closes),
		SCENARIO(words_to_each_other_need_no_consent)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
