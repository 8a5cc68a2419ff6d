/* A plan with more than an answer holds: it fits, whatever fills it, and says that there is more.
 */
#include "tests/unit/services/planning/conflict_scenes.h"
#include "services/planning/view_size.h"

enum { ANSWER_BYTES = 61440 };

static struct text long_text(struct town *t, size_t n)
{
	char *words = arena_alloc(&t->arena, n);

	memset(words, 'w', n);
	return (struct text){words, (uint32_t)n, false};
}

/* Fits, and little of it is wasted. */
static void assert_full(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = show(t, node, plan);
	struct buffer body;

	buffer_init(&body, 1 << 20);
	schema_encode(schema_plan_reply(), &reply, &body);
	size_t n = buffer_bytes(&body).n;
	assert_true(reply.more);
	assert_true(n <= ANSWER_BYTES);
	assert_true(n > ANSWER_BYTES - 6000);
	assert_true(view_size(schema_plan_reply(), &reply) >= n);
	buffer_done(&body);
}

static void fill_measures(struct town *t, struct uuid plan, int n)
{
	struct uuid goals[16];

	for (int i = 0; i < 16; i++)
		goals[i] = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	for (int i = 0; i < n; i++)
		DO(EMPLOYMENT, add_measure, NULL, SEEN(EMPLOYMENT, plan),
			.kind = measure_kind_training, .what = long_text(t, 400),
			.owner = long_text(t, 96), .worker = long_text(t, 64),
			.legal_basis = long_text(t, 96), .legal_basis_of = 20260101,
			.goals = {16, goals});
}

/* Behind so many others that there is room for some of them only. */
static void proposals_with_their_answers(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	fill_measures(t, plan, 36);
	for (unsigned i = 0; i < 24; i++) {
		DO(EMPLOYMENT, propose_measure, NULL, SEEN(EMPLOYMENT, plan),
			.proposal = id_of(100 + i), .to = text_of("family"),
			.kind = measure_kind_training, .what = long_text(t, 400),
			.answer_by = t->now + MS_PER_DAY);
		settle(t);
		DO(FAMILY, answer_proposal, NULL, SEEN(FAMILY, plan), .proposal = id_of(100 + i),
			.answer = proposal_state_rejected, .reason = long_text(t, 400));
	}
	settle(t);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_int_equal(reply.measures.n, 36);
	assert_in_range(reply.proposals.n, 1, 23);
	assert_full(t, EMPLOYMENT, plan);
}

static void appointments_and_reviews(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0), persons[8];
	struct changed review = {0};

	for (unsigned i = 0; i < 8; i++)
		persons[i] = id_of(300 + i);
	fill_measures(t, plan, 24);
	for (int i = 0; i < 40; i++)
		DO(EMPLOYMENT, book_appointment, NULL, SEEN(EMPLOYMENT, plan),
			.begins = t->now + (i + 1) * MS_PER_DAY,
			.ends = t->now + (i + 1) * MS_PER_DAY + HOUR, .what = long_text(t, 400),
			.place = long_text(t, 200), .worker = long_text(t, 64),
			.attendees = {8, persons}, AREA(work));
	assert_in_range(show(t, EMPLOYMENT, plan).appointments.n, 10, 39);
	assert_full(t, EMPLOYMENT, plan);
	for (int i = 0; i < 16; i++) {
		DO(EMPLOYMENT, schedule_review, &review, SEEN(EMPLOYMENT, plan),
			.due = t->now + MS_PER_DAY);
		DO(EMPLOYMENT, hold_review, NULL, SEEN(EMPLOYMENT, plan), .review = review.id,
			.result = long_text(t, 1000));
	}
	assert_full(t, EMPLOYMENT, plan);
}

static void reviews_alone(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	struct changed review = {0};

	fill_measures(t, plan, 40);
	for (int i = 0; i < 16; i++) {
		DO(EMPLOYMENT, schedule_review, &review, SEEN(EMPLOYMENT, plan),
			.due = t->now + MS_PER_DAY);
		DO(EMPLOYMENT, hold_review, NULL, SEEN(EMPLOYMENT, plan), .review = review.id,
			.result = long_text(t, 1000));
	}
	assert_in_range(show(t, EMPLOYMENT, plan).reviews.n, 1, 15);
	assert_full(t, EMPLOYMENT, plan);
}

/* With all that was decided about them; what they are about has room beside them. */
static void conflicts_and_their_fates(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	int64_t ten = at(20261203, 10, 0);

	for (int i = 0; i < 8; i++) /* 28 pairs */
		book(t, EMPLOYMENT, plan, MEETING(ten + i * MINUTE, 60, 0));
	struct plan_reply found = show(t, EMPLOYMENT, plan);
	for (size_t i = 0; i < 8; i++)
		DO(EMPLOYMENT, settle_conflict, NULL, SEEN(EMPLOYMENT, plan),
			.conflict = found.conflicts.at[i % 4].conflict->conflict,
			.state = conflict_state_waived, .reason = long_text(t, 400));
	fill_measures(t, plan, 47);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_in_range(reply.conflicts.n, 8, 23);
	assert_int_equal(reply.conflicts.at[3].fates.n, 2);
	assert_in_range(reply.measures.n, 20, 46);
	assert_full(t, EMPLOYMENT, plan);
}

/* Departments always have their place, with the citizen's last words, and so has who it is. */
static void parties_and_the_person(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	struct text words = long_text(t, 1000), paragraph = long_text(t, 48);

	refer_number(t, 3, "2211660000", "social");
	settle(t);
	consent_at(t, SOCIAL, plan, SHARING(SOCIAL, EMPLOYMENT, EVERYTHING));
	settle(t);
	fill_measures(t, plan, 47);
	for (int i = 0; i < 48; i++) /* small ones, so that it is filled to the brim */
		DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_citizen,
			.what = text_of("x"), .due = t->now + MS_PER_DAY);
	for (unsigned node = EMPLOYMENT; node <= SOCIAL; node++)
		DO(node, close_part, NULL, SEEN(node, plan), .outcome = outcome_ordinary_support,
			.paragraph = paragraph, .words = words);
	settle(t);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_int_equal(reply.parties.n, 3);
	assert_text(reply.first_sign, "I sleep at night");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(reply.parties.at[i].words.n, 1000);
	assert_full(t, EMPLOYMENT, plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(proposals_with_their_answers),
		SCENARIO(appointments_and_reviews),
		SCENARIO(reviews_alone),
		SCENARIO(conflicts_and_their_fates),
		SCENARIO(parties_and_the_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
