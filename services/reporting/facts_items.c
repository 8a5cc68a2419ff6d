/* Folds what stands in parts into facts without identities or words; writes replica trees through
 * the fold it is given and touches nothing else. */
#include "services/reporting/facts_items.h"

#include "proto/planning.h"
#include "services/reporting/facts_parts.h"
#include "services/reporting/trees.h"

static int64_t time_of(const struct record *record)
{
	return record->occurred_at ? record->occurred_at : record->time;
}

static bool get(struct fold *fold, unsigned tree, struct uuid id, void *ret)
{
	struct key key = id_key(id);

	return state_get(&fold->state, tree, &key, reporting_replica_trees[tree].row(), ret);
}

static void put(struct fold *fold, unsigned tree, struct uuid id, const void *row)
{
	struct key key = id_key(id);

	fold_put(fold, tree, &key, reporting_replica_trees[tree].row(), row);
}

/* The part of the plan at this department, and the first of the item's life areas; where it names
 * none, the part's. */
static struct uuid part_and_area(
	struct fold *fold, struct uuid plan, enum life_area first, int64_t *ret_area)
{
	struct part_fact fact = {.main_area = 0};
	struct uuid part = {{0}};

	if (!parts_of_plan(&fold->state, plan, &part, &fact))
		part = (struct uuid){{0}};
	*ret_area = first ? (int64_t)first : fact.main_area;
	return part;
}

#define FIRST(areas) ((areas).n ? (areas).at[0] : life_area_none)

/* ---- goals ----------------------------------------------------------------------------------- */

static void set_scale(struct goal_fact *fact, const struct scale *scale)
{
	if (!scale)
		return;
	fact->scaled = true;
	fact->start = scale->start;
	fact->wanted = scale->wanted;
}

void facts_apply_goal_stated(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_goal *goal = ((const struct goal_stated *)event)->goal;
	struct goal_fact fact = {.stated_at = goal->stated_at,
		.stated_seq = record->seq,
		.historical = record->historical};

	fact.part = part_and_area(fold, goal->plan, FIRST(goal->life_areas), &fact.main_area);
	set_scale(&fact, goal->scale);
	put(fold, REPLICA_GOALS, goal->goal, &fact);
}

/* Another scale says where the goal is now and what is wished; where it began is what was said
 * first. */
void facts_apply_goal_changed(struct fold *fold, const struct record *record, const void *event)
{
	const struct goal_changed *e = event;
	struct goal_fact fact;

	(void)record;
	if (!e->scale || !get(fold, REPLICA_GOALS, e->goal, &fact))
		return;
	int64_t start = fact.scaled ? fact.start : e->scale->start;
	set_scale(&fact, e->scale);
	fact.start = start;
	put(fold, REPLICA_GOALS, e->goal, &fact);
}

void facts_apply_progress_recorded(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_progress *said = ((const struct progress_recorded *)event)->progress;
	struct mark_fact mark = {.by_citizen = 0};

	(void)get(fold, REPLICA_MARKS, said->goal, &mark);
	if (said->by_citizen && said->at >= mark.by_citizen_at) {
		mark.by_citizen = said->by_citizen->value + 1;
		mark.by_citizen_at = said->at;
		mark.by_citizen_seq = record->seq;
	}
	if (said->by_worker && said->at >= mark.by_worker_at) {
		mark.by_worker = said->by_worker->value + 1;
		mark.by_worker_at = said->at;
		mark.by_worker_seq = record->seq;
	}
	put(fold, REPLICA_MARKS, said->goal, &mark);
}

void facts_apply_plan_answered(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_answer *answer = ((const struct plan_answered *)event)->answer;
	struct answer_fact fact = {.says = answer->says,
		.of_goal = !uuid_is_nil(answer->goal),
		.at = answer->at,
		.seq = record->seq,
		.historical = record->historical};

	fact.part = part_and_area(fold, answer->plan, FIRST(answer->life_areas), &fact.main_area);
	put(fold, REPLICA_ANSWERS, answer->answer, &fact);
}

/* ---- commitments ----------------------------------------------------------------------------- */

void facts_apply_commitment_made(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_commitment *made = ((const struct commitment_made *)event)->commitment;
	struct commitment_fact fact = {.by = made->by,
		.due = made->due,
		.made_at = made->made_at,
		.made_seq = record->seq,
		.historical = record->historical};

	fact.part = part_and_area(fold, made->plan, FIRST(made->life_areas), &fact.main_area);
	put(fold, REPLICA_COMMITMENTS, made->commitment, &fact);
}

void facts_apply_commitment_kept(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_kept *e = event;
	struct commitment_fact fact;

	if (!get(fold, REPLICA_COMMITMENTS, e->commitment, &fact))
		return;
	fact.kept_at = time_of(record);
	fact.ended_seq = record->seq;
	put(fold, REPLICA_COMMITMENTS, e->commitment, &fact);
}

void facts_apply_commitment_released(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_released *e = event;
	struct commitment_fact fact;

	if (!get(fold, REPLICA_COMMITMENTS, e->commitment, &fact))
		return;
	fact.released_at = time_of(record);
	fact.ended_seq = record->seq;
	put(fold, REPLICA_COMMITMENTS, e->commitment, &fact);
}

void facts_apply_commitment_overdue(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_overdue *e = event;
	struct commitment_fact fact;

	if (!get(fold, REPLICA_COMMITMENTS, e->commitment, &fact))
		return;
	fact.overdue_at = time_of(record);
	fact.overdue_seq = record->seq;
	put(fold, REPLICA_COMMITMENTS, e->commitment, &fact);
}

/* ---- proposals ------------------------------------------------------------------------------- */

void facts_apply_measure_proposed(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_proposal *proposal = ((const struct measure_proposed *)event)->proposal;
	struct proposal_fact fact = {.made_at = proposal->made_at,
		.answer_by = proposal->answer_by,
		.made_seq = record->seq,
		.historical = record->historical};

	fact.part =
		part_and_area(fold, proposal->plan, FIRST(proposal->life_areas), &fact.main_area);
	put(fold, REPLICA_PROPOSALS, proposal->proposal, &fact);
}

void facts_apply_proposal_answered(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_proposal_answer *answer =
		((const struct proposal_answered *)event)->answer;
	const struct reply_fact fact = {.state = answer->state,
		.at = answer->at,
		.in_time = answer->in_time,
		.seq = record->seq};

	put(fold, REPLICA_REPLIES, answer->proposal, &fact);
}

void facts_apply_proposal_withdrawn(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct proposal_withdrawn *e = event;
	struct proposal_fact fact;

	if (!get(fold, REPLICA_PROPOSALS, e->proposal, &fact))
		return;
	fact.withdrawn_at = time_of(record);
	fact.withdrawn_seq = record->seq;
	put(fold, REPLICA_PROPOSALS, e->proposal, &fact);
}

void facts_apply_proposal_expired(struct fold *fold, const struct record *record, const void *event)
{
	const struct proposal_expired *e = event;
	struct proposal_fact fact;

	if (!get(fold, REPLICA_PROPOSALS, e->proposal, &fact))
		return;
	fact.expired_at = time_of(record);
	fact.expired_seq = record->seq;
	put(fold, REPLICA_PROPOSALS, e->proposal, &fact);
}

/* ---- conflicts ------------------------------------------------------------------------------- */

void facts_apply_conflict_found(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_conflict *conflict = ((const struct conflict_found *)event)->conflict;
	struct conflict_fact fact = {.since = conflict->since,
		.found_at = time_of(record),
		.found_seq = record->seq,
		.historical = record->historical};

	(void)part_and_area(fold, conflict->plan, FIRST(conflict->life_areas), &fact.main_area);
	put(fold, REPLICA_CONFLICTS, conflict->conflict, &fact);
}

void facts_apply_conflict_gone(struct fold *fold, const struct record *record, const void *event)
{
	const struct conflict_gone *e = event;
	struct conflict_fact fact;

	if (!get(fold, REPLICA_CONFLICTS, e->conflict, &fact))
		return;
	fact.gone_at = time_of(record);
	fact.gone_seq = record->seq;
	put(fold, REPLICA_CONFLICTS, e->conflict, &fact);
}

/* An acknowledged conflict is there still, also when it had been solved or waived before. */
void facts_apply_conflict_settled(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_fate *fate = ((const struct conflict_settled *)event)->fate;
	const struct fate_fact fact = {.at = fate->at, .since = fate->since, .seq = record->seq};
	struct key key = id_key(fate->conflict);

	if (fate->state == conflict_state_solved || fate->state == conflict_state_waived)
		put(fold, REPLICA_FATES, fate->conflict, &fact);
	else
		fold_delete(fold, REPLICA_FATES, &key);
}
