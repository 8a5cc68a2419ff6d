/* What the journals of departments teach the workload. Touches nothing. */
#include "tests/sim/town/workload_know.h"

/* ---- parts ----------------------------------------------------------------------------------- */

static void know_part(struct knowing *k, const void *event)
{
	const struct part_opened *e = event;
	struct thing *part = know_put(k, PARTS, e->plan);

	part->person = e->citizen;
	part->state = part_state_open;
	part->other = e->provisional;
	part->at = 0;
	part->over = false;
}

static void know_joined(struct knowing *k, const void *event)
{
	const struct part_joined *e = event;
	struct thing *old = known_at(k->w, PARTS, k->node, e->provisional_plan);

	for (size_t what = 0; what < KNOWN; what++)
		for (size_t i = 0; i < k->w->pools[what].n; i++) {
			struct thing *thing = &k->w->pools[what].at[i];
			if (thing->node == k->node && uuid_equal(thing->of, e->provisional_plan))
				thing->of = e->plan;
		}
	if (!old)
		return;
	struct thing *part = know_put(k, PARTS, e->plan);
	*part = (struct thing){.id = e->plan,
		.node = k->node,
		.person = e->citizen,
		.state = part_state_open,
		.version = e->version};
	if (old != part)
		old->over = true;
}

static void know_coordination(struct knowing *k, const void *event)
{
	const struct coordination_begun *e = event;
	struct thing *part = known_at(k->w, PARTS, k->node, e->plan);

	if (part)
		part->at = e->term;
}

static void know_part_closed(struct knowing *k, const void *event)
{
	const struct part_closed *e = event;

	know_state(k, PARTS, e->plan, part_state_closed);
	know_end(k, OFFERED, e->plan);
	for (size_t what = 0; what < KNOWN; what++)
		for (size_t i = 0; i < k->w->pools[what].n; i++) {
			struct thing *thing = &k->w->pools[what].at[i];
			if (thing->node == k->node && uuid_equal(thing->of, e->plan))
				thing->over = true;
		}
}

static void know_offered(struct knowing *k, const void *event)
{
	const struct coordination_offered *e = event;
	struct thing *offer = know_put(k, OFFERED, e->plan);

	offer->other = town_department_node(e->to);
	offer->person = e->citizen;
	offer->over = false;
}

static void know_offer_withdrawn(struct knowing *k, const void *event)
{
	know_end(k, OFFERED, ((const struct part_head *)event)->plan);
}

static void know_offer_answered(struct knowing *k, struct uuid plan, struct text from)
{
	struct thing *offer = known_at(k->w, OFFERED, town_department_node(from), plan);

	if (offer)
		offer->over = true;
}

static void know_accepted(struct knowing *k, const void *event)
{
	const struct coordination_accepted *e = event;

	know_offer_answered(k, e->plan, e->from);
}

static void know_declined(struct knowing *k, const void *event)
{
	const struct coordination_declined *e = event;

	know_offer_answered(k, e->plan, e->from);
}

static void know_released(struct knowing *k, const void *event)
{
	const struct coordination_released *e = event;
	struct thing *part = known_at(k->w, PARTS, k->node, e->plan);

	know_end(k, OFFERED, e->plan);
	if (part)
		part->at = 0;
}

/* ---- items ----------------------------------------------------------------------------------- */

struct item {
	enum known what;
	struct uuid id;
	unsigned state;
};

static struct thing *know_of_plan(struct knowing *k, const void *event, struct item item)
{
	const struct part_head *head = event;
	struct thing *thing = know_put(k, item.what, item.id);

	thing->of = head->plan;
	thing->person = head->citizen;
	thing->state = item.state;
	thing->over = false;
	return thing;
}

static void know_goal(struct knowing *k, const void *event)
{
	const struct plan_goal *goal = ((const struct goal_stated *)event)->goal;

	know_of_plan(k, event, (struct item){GOALS, goal->goal, goal->state});
}

static void know_goal_state(struct knowing *k, const void *event)
{
	const struct goal_state_set *e = event;

	know_state(k, GOALS, e->goal, e->state);
}

static void know_step(struct knowing *k, const void *event)
{
	const struct plan_step *step = ((const struct step_added *)event)->step;

	know_of_plan(k, event, (struct item){STEPS, step->step, 0});
}

static void know_step_finished(struct knowing *k, const void *event)
{
	know_end(k, STEPS, ((const struct step_finished *)event)->step);
}

static void know_measure(struct knowing *k, const void *event)
{
	const struct plan_measure *measure = ((const struct measure_added *)event)->measure;

	know_of_plan(k, event, (struct item){MEASURES, measure->measure, measure->state});
}

static void know_measure_state(struct knowing *k, const void *event)
{
	const struct measure_state_set *e = event;

	know_state(k, MEASURES, e->measure, e->state);
}

static void know_commitment(struct knowing *k, const void *event)
{
	const struct plan_commitment *c = ((const struct commitment_made *)event)->commitment;

	know_of_plan(k, event, (struct item){COMMITMENTS, c->commitment, c->state});
}

static void know_commitment_kept(struct knowing *k, const void *event)
{
	know_end(k, COMMITMENTS, ((const struct commitment_kept *)event)->commitment);
}

static void know_commitment_released(struct knowing *k, const void *event)
{
	know_end(k, COMMITMENTS, ((const struct commitment_released *)event)->commitment);
}

static void know_appointment(struct knowing *k, const void *event)
{
	const struct plan_appointment *a = ((const struct appointment_booked *)event)->appointment;

	know_of_plan(k, event, (struct item){APPOINTMENTS, a->appointment, a->state})->at =
		a->begins;
}

static void know_appointment_moved(struct knowing *k, const void *event)
{
	const struct appointment_moved *e = event;
	struct thing *appointment = known_at(k->w, APPOINTMENTS, k->node, e->appointment);

	if (appointment)
		appointment->at = e->begins;
}

static void know_appointment_cancelled(struct knowing *k, const void *event)
{
	know_end(k, APPOINTMENTS, ((const struct appointment_cancelled *)event)->appointment);
}

static void know_attendance(struct knowing *k, const void *event)
{
	know_end(k, APPOINTMENTS, ((const struct attendance_recorded *)event)->appointment);
}

static void know_review(struct knowing *k, const void *event)
{
	const struct plan_review *review = ((const struct review_planned *)event)->review;

	know_of_plan(k, event, (struct item){REVIEWS, review->review, review->state});
}

static void know_review_held(struct knowing *k, const void *event)
{
	know_end(k, REVIEWS, ((const struct review_held *)event)->review);
}

static void know_review_cancelled(struct knowing *k, const void *event)
{
	know_end(k, REVIEWS, ((const struct review_cancelled *)event)->review);
}

/* ---- between departments --------------------------------------------------------------------- */

static void know_proposal(struct knowing *k, const void *event)
{
	const struct plan_proposal *p = ((const struct measure_proposed *)event)->proposal;

	know_of_plan(k, event, (struct item){PROPOSALS, p->proposal, p->state})->other =
		town_department_node(p->to);
}

static void know_proposal_answered(struct knowing *k, const void *event)
{
	const struct proposal_answered *e = event;
	struct thing *proposal = known_find(k->w, PROPOSALS, e->answer->proposal);

	if (proposal)
		proposal->over = true;
}

static void know_proposal_withdrawn(struct knowing *k, const void *event)
{
	know_end(k, PROPOSALS, ((const struct proposal_withdrawn *)event)->proposal);
}

static void know_question(struct knowing *k, const void *event)
{
	const struct capacity_asked *e = event;

	know_put(k, QUESTIONS, e->question)->other = town_department_node(e->to);
}

static void know_conflict(struct knowing *k, const void *event)
{
	const struct plan_conflict *c = ((const struct conflict_found *)event)->conflict;

	know_of_plan(k, event, (struct item){CONFLICTS, c->conflict, 0});
}

static void know_conflict_gone(struct knowing *k, const void *event)
{
	know_end(k, CONFLICTS, ((const struct conflict_gone *)event)->conflict);
}

static void know_work(struct knowing *k, const void *event)
{
	const struct plan_work_opened *e = event;

	know_of_plan(k, event, (struct item){PLAN_WORK, e->work, e->kind});
}

static void know_work_done(struct knowing *k, const void *event)
{
	know_end(k, PLAN_WORK, ((const struct plan_work_done *)event)->work);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct know_row rows[] = {
	{schema_part_opened, know_part, OF_PART},
	{schema_part_extended, NULL, OF_PART},
	{schema_part_joined, know_joined, OF_PART},
	{schema_coordination_begun, know_coordination, OF_PART},
	{schema_worker_assigned, NULL, OF_PART},
	{schema_coordination_offered, know_offered, OF_PART},
	{schema_coordination_withdrawn, know_offer_withdrawn, OF_PART},
	{schema_coordination_accepted, know_accepted, OF_PART},
	{schema_coordination_declined, know_declined, OF_PART},
	{schema_coordination_released, know_released, OF_PART},
	{schema_weekly_hours_set, NULL, OF_PART},
	{schema_answer_asked, NULL, OF_PART},
	{schema_support_expected, NULL, OF_PART},
	{schema_part_closed, know_part_closed, OF_PART},
	{schema_goal_stated, know_goal, OF_PART},
	{schema_goal_changed, NULL, OF_PART},
	{schema_goal_state_set, know_goal_state, OF_PART},
	{schema_step_added, know_step, OF_PART},
	{schema_step_finished, know_step_finished, OF_PART},
	{schema_measure_added, know_measure, OF_PART},
	{schema_measure_state_set, know_measure_state, OF_PART},
	{schema_commitment_made, know_commitment, OF_PART},
	{schema_commitment_kept, know_commitment_kept, OF_PART},
	{schema_commitment_released, know_commitment_released, OF_PART},
	{schema_commitment_overdue, NULL, OF_PART},
	{schema_plan_answered, NULL, OF_PART},
	{schema_progress_recorded, NULL, OF_PART},
	{schema_appointment_booked, know_appointment, OF_PART},
	{schema_appointment_moved, know_appointment_moved, OF_PART},
	{schema_appointment_cancelled, know_appointment_cancelled, OF_PART},
	{schema_attendance_recorded, know_attendance, OF_PART},
	{schema_review_planned, know_review, OF_PART},
	{schema_review_held, know_review_held, OF_PART},
	{schema_review_cancelled, know_review_cancelled, OF_PART},
	{schema_measure_proposed, know_proposal, OF_PART},
	{schema_proposal_answered, know_proposal_answered, OF_PART},
	{schema_proposal_withdrawn, know_proposal_withdrawn, OF_PART},
	{schema_proposal_expired, NULL, OF_PART},
	{schema_conflict_found, know_conflict, OF_PART},
	{schema_conflict_gone, know_conflict_gone, OF_PART},
	{schema_conflict_settled, NULL, OF_PART},
	{schema_plan_work_opened, know_work, OF_PART},
	{schema_plan_work_done, know_work_done, OF_PART},
	{schema_basis_set, NULL, OF_PART},
	{schema_sharing_paused, NULL, OF_PART},
	{schema_sharing_resumed, NULL, OF_PART},
	{schema_capacity_asked, know_question, BESIDE},
};
const struct know_table know_plan = {rows, sizeof(rows) / sizeof(rows[0])};
