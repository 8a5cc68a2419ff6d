/* Folds what departments say of their parts into facts without identities; writes replica trees
 * through the fold it is given and touches nothing else. */
#include "services/reporting/facts_parts.h"

#include "proto/planning.h"
#include "services/reporting/trees.h"

static int64_t time_of(const struct record *record)
{
	return record->occurred_at ? record->occurred_at : record->time;
}

static bool get_part(struct state *state, struct uuid part, struct part_fact *ret)
{
	struct key key = id_key(part);

	return state_get(state, REPLICA_PARTS, &key, schema_part_fact(), ret);
}

static void put_part(struct fold *fold, struct uuid part, const struct part_fact *fact)
{
	struct key key = id_key(part);

	fold_put(fold, REPLICA_PARTS, &key, schema_part_fact(), fact);
}

static bool get_plan(struct state *state, struct uuid plan, struct plan_fact *ret)
{
	struct key key = id_key(plan);

	return state_get(state, REPLICA_PLANS, &key, schema_plan_fact(), ret);
}

static void put_plan(struct fold *fold, struct uuid plan, const struct plan_fact *fact)
{
	struct key key = id_key(plan);

	fold_put(fold, REPLICA_PLANS, &key, schema_plan_fact(), fact);
}

bool parts_of_plan(
	struct state *state, struct uuid plan, struct uuid *ret_part, struct part_fact *ret)
{
	struct plan_fact fact;

	if (!get_plan(state, plan, &fact))
		return false;
	*ret_part = fact.part;
	return get_part(state, fact.part, ret);
}

static void put_person(struct fold *fold, struct uuid person, struct uuid part)
{
	struct key key = pair_key(person, part);

	fold_put(fold, REPLICA_PERSONS, &key, NULL, NULL);
}

static void put_lead(struct fold *fold, struct uuid inquiry, struct uuid part, bool further)
{
	struct key key = pair_key(inquiry, part);
	const struct lead_fact lead = {part, further};

	fold_put(fold, REPLICA_LEADS, &key, schema_lead_fact(), &lead);
}

/* What was learnt of the part under its other id is not lost. */
static void go_on_as(struct part_fact *from, struct uuid to_part, struct part_fact *to)
{
	from->same_as = to_part;
	if (from->expected && from->expected_at >= to->expected_at) {
		to->expected = from->expected;
		to->expected_at = from->expected_at;
		to->expected_seq = from->expected_seq;
	}
	if (uuid_is_nil(to->inquiry))
		to->inquiry = from->inquiry;
	if (from->opened_at < to->opened_at) {
		to->opened_at = from->opened_at;
		to->opened_seq = from->opened_seq;
	}
}

static void note_plan(struct fold *fold, struct uuid part, const struct part_fact *fact)
{
	struct plan_fact plan;

	if (!get_plan(&fold->state, fact->plan, &plan))
		plan = (struct plan_fact){.opened_at = fact->opened_at,
			.opened_seq = fact->opened_seq,
			.main_area = fact->main_area,
			.historical = fact->historical};
	plan.part = part;
	put_plan(fold, fact->plan, &plan);
}

void facts_apply_part_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_opened *e = event;
	struct part_fact before, fact = {.plan = e->plan,
					 .person = person_of(e->citizen),
					 .inquiry = e->inquiry,
					 .main_area = e->life_areas.n ? e->life_areas.at[0] : 0,
					 .opened_at = time_of(record),
					 .opened_seq = record->seq,
					 .historical = record->historical};
	struct uuid other;

	if (get_part(&fold->state, e->part, &before))
		return;
	if (parts_of_plan(&fold->state, e->plan, &other, &before) && !before.closed_at) {
		go_on_as(&before, e->part, &fact);
		put_part(fold, other, &before);
	}
	put_part(fold, e->part, &fact);
	put_person(fold, fact.person, e->part);
	note_plan(fold, e->part, &fact);
	if (!uuid_is_nil(e->inquiry))
		put_lead(fold, e->inquiry, e->part, false);
}

void facts_apply_part_extended(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_extended *e = event;
	struct plan_fact plan;

	(void)record;
	if (get_plan(&fold->state, e->plan, &plan))
		put_lead(fold, e->inquiry, plan.part, true);
}

static void move_person(
	struct fold *fold, struct uuid part, struct part_fact *fact, struct uuid person)
{
	struct key old = pair_key(fact->person, part);

	fold_delete(fold, REPLICA_PERSONS, &old);
	fact->person = person;
	put_person(fold, person, part);
}

void facts_apply_part_joined(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_joined *e = event;
	struct part_fact moved, there;
	struct plan_fact plan;
	struct uuid open;

	(void)record;
	if (!get_plan(&fold->state, e->provisional_plan, &plan) ||
		!get_part(&fold->state, plan.part, &moved))
		return;
	move_person(fold, plan.part, &moved, person_of(e->citizen));
	moved.plan = e->plan;
	if (!uuid_equal(e->plan, e->provisional_plan)) {
		struct key old = id_key(e->provisional_plan);
		fold_delete(fold, REPLICA_PLANS, &old);
		if (parts_of_plan(&fold->state, e->plan, &open, &there) && !there.closed_at) {
			go_on_as(&moved, open, &there);
			put_part(fold, open, &there);
		} else {
			note_plan(fold, plan.part, &moved);
		}
	}
	put_part(fold, plan.part, &moved);
}

void facts_apply_support_expected(struct fold *fold, const struct record *record, const void *event)
{
	const struct support_expected *e = event;
	struct part_fact fact;
	struct uuid part;

	if (!parts_of_plan(&fold->state, e->plan, &part, &fact))
		return;
	fact.expected = e->expected;
	fact.expected_at = e->assessed_at;
	fact.expected_seq = record->seq;
	put_part(fold, part, &fact);
}

void facts_apply_part_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_closed *e = event;
	struct uuid part = e->part;
	struct part_fact fact;

	if (get_part(&fold->state, part, &fact) && !uuid_is_nil(fact.same_as))
		part = fact.same_as;
	if (!get_part(&fold->state, part, &fact) || fact.closed_at)
		return;
	fact.closed_at = time_of(record);
	fact.closed_seq = record->seq;
	fact.outcome = e->outcome;
	put_part(fold, part, &fact);
}

void facts_apply_measure_state_set(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct measure_state_set *e = event;
	struct part_fact fact;
	struct uuid part;

	if (e->state != measure_state_in_progress ||
		!parts_of_plan(&fold->state, e->plan, &part, &fact))
		return;
	struct key key = start_key(part, time_of(record), e->measure);
	const struct start_fact start = {record->seq};
	fold_put(fold, REPLICA_STARTS, &key, schema_start_fact(), &start);
}
