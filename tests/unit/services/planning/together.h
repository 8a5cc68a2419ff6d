/* Random acts between departments: proposals and answers, questions about capacity, offers of the
 * coordination, work. Any of them may be refused; the history's checks do not mind. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_TOGETHER_H
#define TESTS_UNIT_SERVICES_PLANNING_TOGETHER_H

#include "tests/unit/services/planning/history.h"

static const char *const people[] = {"Kaj", "Bo", "Eva"};

static inline struct text pick_person(struct history *h)
{
	return text_of(people[pick(h, 3)]);
}

static inline struct text pick_name(struct history *h)
{
	return text_of(departments[pick_department(h)]);
}

static inline struct plan_work_reply work_at(struct history *h, unsigned node)
{
	struct plan_work_reply reply = {0};
	struct town *t = h->t;

	DO(node, list_plan_work, &reply, .limit = 100);
	return reply;
}

/* ---- proposals ------------------------------------------------------------------------------- */

static inline void propose_something(
	struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct town *t = h->t;
	struct uuid goal = plan->goals.n ? plan->goals.at[pick(h, plan->goals.n)].goal->goal
					 : (struct uuid){{0}};
	const struct propose_measure c = {SEEN(node, plan->plan), .to = pick_name(h),
		.goals = {plan->goals.n ? pick(h, 4) != 0 : 0, &goal},
		.kind = measure_kind_coaching, .what = text_of("talks"),
		.answer_by = t->now + 1 + (int64_t)pick(h, 2 * MS_PER_DAY)};

	(void)say(t, node, SAID(propose_measure, &c), NULL);
}

static inline void take_back(struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct town *t = h->t;

	for (size_t i = 0; i < plan->proposals.n; i++) {
		const struct withdraw_proposal c = {SEEN(node, plan->plan),
			.proposal = plan->proposals.at[i].proposal,
			.reason = text_of("not needed")};
		if (pick(h, 3) == 0)
			(void)say(t, node, SAID(withdraw_proposal, &c), NULL);
	}
}

/* 0 when it is not known there. */
static inline int64_t seen_of(struct history *h, unsigned node, struct uuid plan)
{
	const struct show_plan query = {.plan = plan};
	struct plan_reply reply = {0};

	return say(h->t, node, SAID(show_plan, &query), &reply) ? 0 : version_of(h->t, node, plan);
}

static inline void answer_one(struct history *h, unsigned node, const struct plan_work_line *line)
{
	struct town *t = h->t;
	const struct answer_proposal c = {.plan = line->plan,
		.seen_version = seen_of(h, node, line->plan),
		.proposal = line->item,
		.answer = pick(h, 3) ? proposal_state_accepted : proposal_state_rejected,
		.reason = text_of("so")};

	(void)say(t, node, SAID(answer_proposal, &c), NULL);
}

/* ---- the coordination ------------------------------------------------------------------------ */

static inline void offer_it(struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct town *t = h->t;
	size_t which = pick(h, plan->parties.n);

	if (text_is(plan->parties.at[which].department, departments[node]))
		which = (which + 1) % plan->parties.n;
	const struct offer_coordination offer = {
		SEEN(node, plan->plan), .to = plan->parties.at[which].department};
	const struct withdraw_coordination withdraw = {SEEN(node, plan->plan)};

	if (!plan->offered_to.n)
		(void)say(t, node, SAID(offer_coordination, &offer), NULL);
	else if (pick(h, 3) == 0)
		(void)say(t, node, SAID(withdraw_coordination, &withdraw), NULL);
}

static inline void coordinate(struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct town *t = h->t;
	const struct accept_coordination accept = {SEEN(node, plan->plan)};
	const struct decline_coordination decline = {SEEN(node, plan->plan)};

	if (text_is(plan->coordinator, departments[node]))
		offer_it(h, node, plan);
	else if (pick(h, 4) == 0)
		(void)say(t, node, SAID(decline_coordination, &decline), NULL);
	else
		(void)say(t, node, SAID(accept_coordination, &accept), NULL);
}

static inline void accept_one(struct history *h, unsigned node, const struct plan_work_line *line)
{
	const struct accept_coordination c = {
		.plan = line->plan, .seen_version = seen_of(h, node, line->plan)};

	(void)say(h->t, node, SAID(accept_coordination, &c), NULL);
}

/* Now and then everybody may know everything, until that is withdrawn or over. */
static inline void let_all_know(struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct text all[3];
	const struct record_consent c = {.plan = plan->plan,
		.given_by = consent_giver_self,
		.from = {3, all},
		.to = {3, all},
		.until = pick(h, 2) ? h->t->now + 1 + (int64_t)pick(h, 3 * MS_PER_DAY) : 0};

	for (unsigned i = EMPLOYMENT; i < NODES; i++)
		all[i - EMPLOYMENT] = text_of(departments[i]);
	(void)say(h->t, node, SAID(record_consent, &c), NULL);
}

/* ---- acts ------------------------------------------------------------------------------------ */

static inline void together_plan(struct history *h)
{
	unsigned node = pick_department(h);
	struct plans_reply plans = plans_at(h, node);

	if (!plans.plans.n)
		return;
	struct plan_reply plan = show(h->t, node, plans.plans.at[pick(h, plans.plans.n)].plan);
	for (size_t i = 0; i < plan.parties.n; i++)
		if (text_is(plan.parties.at[i].department, departments[node])) {
			if (pick(h, 6) == 0)
				let_all_know(h, node, &plan);
			propose_something(h, node, &plan);
			coordinate(h, node, &plan);
			if (pick(h, 4) == 0)
				take_back(h, node, &plan);
			return;
		}
}

static inline void together_work(struct history *h)
{
	struct town *t = h->t;
	unsigned node = pick_department(h);
	struct plan_work_reply work = work_at(h, node);
	const struct hand_over_work hand_over = {
		.from = pick_person(h), .to = pick_person(h), .limit = (int64_t)pick(h, 4)};

	for (size_t i = 0; i < work.work.n; i++) {
		const struct plan_work_line *line = &work.work.at[i];
		const struct take_plan_work take = {.work = line->work, .worker = pick_person(h)};
		const struct finish_plan_work finish = {.work = line->work};
		const struct assign_worker assign = {.plan = line->plan,
			.seen_version = seen_of(h, node, line->plan),
			.worker = pick_person(h),
			.team = text_of("north")};
		switch (pick(h, 6)) {
		case 0:
			(void)say(t, node, SAID(take_plan_work, &take), NULL);
			break;
		case 1:
			(void)say(t, node, SAID(finish_plan_work, &finish), NULL);
			break;
		case 2:
			(void)say(t, node, SAID(assign_worker, &assign), NULL);
			break;
		default:
			if (line->kind == plan_work_kind_proposal)
				answer_one(h, node, line);
			else if (line->kind == plan_work_kind_coordination)
				accept_one(h, node, line);
		}
	}
	(void)say(t, node, SAID(hand_over_work, &hand_over), NULL);
}

static inline void together_capacity(struct history *h)
{
	struct town *t = h->t;
	unsigned node = pick_department(h);
	struct capacity_reply reply = {0};
	const struct ask_capacity ask = {.to = pick_name(h),
		.kind = measure_kind_training,
		.answer_by = t->now + MS_PER_DAY};

	DO(node, list_capacity, &reply, .open = true);
	for (size_t i = 0; i < reply.questions.n; i++) {
		const struct answer_capacity c = {.question = reply.questions.at[i].question,
			.capacity = capacity_waiting_list,
			.wait_weeks = 1 + (int64_t)pick(h, 9)};
		(void)say(t, node, SAID(answer_capacity, &c), NULL);
	}
	(void)say(t, node, SAID(ask_capacity, &ask), NULL);
}

/* ---- when nothing is on its way -------------------------------------------------------------- */

static inline void check_answered(struct history *h, const struct plan_proposal *proposal)
{
	enum proposal_state said = proposal_state_none;

	for (size_t i = 0; i < h->n_answers; i++)
		if (uuid_equal(h->answers[i].proposal, proposal->proposal))
			said = h->answers[i].state;
	if (said)
		assert_int_equal(proposal->state, said);
	else
		assert_true(proposal->state != proposal_state_accepted &&
			    proposal->state != proposal_state_rejected);
}

/* No work for what is answered, none in a part that is closed but proposals. */
static inline void check_work(struct history *h)
{
	for (unsigned node = EMPLOYMENT; node < NODES; node++) {
		struct plan_work_reply work = work_at(h, node);
		struct plans_reply plans = plans_at(h, node);
		for (size_t i = 0; i < work.work.n; i++) {
			const struct plan_work_line *line = &work.work.at[i];
			for (size_t k = 0; k < h->n_answers; k++)
				assert_false(line->kind == plan_work_kind_proposal &&
					     uuid_equal(line->item, h->answers[k].proposal));
			for (size_t k = 0; k < plans.plans.n; k++)
				assert_false(uuid_equal(line->plan, plans.plans.at[k].plan) &&
					     plans.plans.at[k].state == part_state_closed &&
					     line->kind != plan_work_kind_proposal);
		}
	}
}

/* Whatever the asking department did meanwhile, it sees the answer in the end. */
static inline void check_answers_win(struct history *h)
{
	for (unsigned node = EMPLOYMENT; node < NODES; node++) {
		struct plans_reply plans = plans_at(h, node);
		for (size_t i = 0; i < plans.plans.n; i++) {
			struct plan_reply plan = show(h->t, node, plans.plans.at[i].plan);
			for (size_t k = 0; k < plan.proposals.n; k++)
				if (text_is(plan.proposals.at[k].from, departments[node]))
					check_answered(h, &plan.proposals.at[k]);
		}
	}
}

#endif
