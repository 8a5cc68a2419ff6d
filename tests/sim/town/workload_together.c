/* What is said between departments: proposals, capacity, the coordination, work, conflicts. Touches
 * nothing. */
#include "tests/sim/town/workload_private.h"

/* ---- proposals ------------------------------------------------------------------------------- */

static bool fill_propose(struct saying *s, void *fields)
{
	struct propose_measure *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = goal ? part_of(s, goal) : some_part(s, ANY_NODE);

	if (!part || (s->only && !all_may_know(s, part->person)))
		return false;
	*c = (struct propose_measure){SEEN(part), .proposal = own_id(s),
		.to = department_of(other_department(s, part->node)),
		.kind = (enum measure_kind)(1 + pick(s->w, 11)), .what = some_words(s),
		.begins = in_days_date(s, 1, 10), .until = in_days_date(s, 20, 40),
		.hours_a_week = (int64_t)pick(s->w, 20), .answer_by = in_days(s, 0, 6) + 1};
	if (!goal)
		return true;
	c->goals.at = arena_copy(s->arena, &goal->id, sizeof(goal->id));
	c->goals.n = c->goals.at ? 1 : 0;
	return true;
}

static bool fill_withdraw_proposal(struct saying *s, void *fields)
{
	struct withdraw_proposal *c = fields;
	const struct thing *proposal = any(s->w, PROPOSALS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, proposal);

	if (!part)
		return false;
	*c = (struct withdraw_proposal){
		SEEN(part), .proposal = proposal->id, .reason = some_words(s)};
	return true;
}

static bool fill_answer_proposal(struct saying *s, void *fields)
{
	struct answer_proposal *c = fields;
	const struct thing *proposal = any(s->w, PROPOSALS, ANY_NODE, ANY_STATE);

	if (!proposal || proposal->other >= TOWN_NODES)
		return false;
	const struct thing *part = known_at(s->w, PARTS, proposal->other, proposal->of);
	*c = (struct answer_proposal){.plan = proposal->of,
		.seen_version = part && part->state == part_state_open ? part->version : 0,
		.proposal = proposal->id,
		.answer = one_in(s->w, 3) ? proposal_state_rejected : proposal_state_accepted,
		.reason = some_words(s),
		.measure = own_id(s),
		.worker = some_person(s)};
	s->deed->node = proposal->other;
	return true;
}

/* ---- capacity -------------------------------------------------------------------------------- */

static bool fill_ask_capacity(struct saying *s, void *fields)
{
	struct ask_capacity *c = fields;

	*c = (struct ask_capacity){.question = own_id(s),
		.to = department_of(other_department(s, s->deed->node)),
		.kind = (enum measure_kind)(1 + pick(s->w, 11)),
		.hours_a_week = (int64_t)pick(s->w, 20),
		.answer_by = in_days(s, 0, 5) + 1};
	AREAS(s, c->life_areas);
	return true;
}

static bool fill_answer_capacity(struct saying *s, void *fields)
{
	struct answer_capacity *c = fields;
	const struct thing *question = any(s->w, QUESTIONS, ANY_NODE, ANY_STATE);

	if (!question || question->other >= TOWN_NODES)
		return false;
	*c = (struct answer_capacity){
		.question = question->id, .capacity = (enum capacity)(1 + pick(s->w, 4))};
	if (c->capacity == capacity_waiting_list)
		c->wait_weeks = 1 + (int64_t)pick(s->w, 20);
	s->deed->node = question->other;
	return true;
}

/* ---- the coordination ------------------------------------------------------------------------ */

/* Another department that takes part; TOWN_NODES: none does. */
static unsigned party_of(struct saying *s, const struct thing *part)
{
	unsigned from = (unsigned)pick(s->w, DEPARTMENTS);

	for (unsigned i = 0; i < DEPARTMENTS; i++) {
		unsigned node = NODE_EMPLOYMENT + (from + i) % DEPARTMENTS;
		const struct thing *other = known_at(s->w, PARTS, node, part->id);
		if (node != part->node && other && other->state == part_state_open)
			return node;
	}
	return TOWN_NODES;
}

/* A part that coordinates, in a plan with another department. */
static struct thing *coordinating_part(struct saying *s, unsigned *ret_party)
{
	struct pool *parts = &s->w->pools[PARTS];
	size_t from = parts->n ? pick(s->w, parts->n) : 0;

	for (size_t i = 0; i < parts->n; i++) {
		struct thing *part = &parts->at[(from + i) % parts->n];
		*ret_party = TOWN_NODES;
		if (!part->over && part->state == part_state_open && part->at > 0 &&
			(!s->only || all_may_know(s, part->person)))
			*ret_party = party_of(s, part);
		if (*ret_party == TOWN_NODES)
			continue;
		s->deed->node = part->node;
		return part;
	}
	return NULL;
}

static bool fill_offer(struct saying *s, void *fields)
{
	struct offer_coordination *c = fields;
	unsigned party;
	const struct thing *part = coordinating_part(s, &party);

	if (!part)
		return false;
	*c = (struct offer_coordination){
		SEEN(part), .to = department_of(party), .reason = some_words(s)};
	return true;
}

static bool fill_withdraw_offer(struct saying *s, void *fields)
{
	struct withdraw_coordination *c = fields;
	const struct thing *offer = any(s->w, OFFERED, ANY_NODE, ANY_STATE);
	const struct thing *part = offer ? known_at(s->w, PARTS, offer->node, offer->id) : NULL;

	if (!part)
		return false;
	s->deed->node = part->node;
	*c = (struct withdraw_coordination){SEEN(part)};
	return true;
}

/* The part of whoever was offered the coordination. */
static const struct thing *offered_part(struct saying *s)
{
	const struct thing *offer = any(s->w, OFFERED, ANY_NODE, ANY_STATE);
	const struct thing *part = offer ? known_at(s->w, PARTS, offer->other, offer->id) : NULL;

	if (part)
		s->deed->node = part->node;
	return part;
}

static bool fill_accept(struct saying *s, void *fields)
{
	struct accept_coordination *c = fields;
	const struct thing *part = offered_part(s);

	if (!part)
		return false;
	*c = (struct accept_coordination){SEEN(part)};
	return true;
}

static bool fill_decline(struct saying *s, void *fields)
{
	struct decline_coordination *c = fields;
	const struct thing *part = offered_part(s);

	if (!part)
		return false;
	*c = (struct decline_coordination){SEEN(part), .reason = some_words(s)};
	return true;
}

/* ---- conflicts and work ---------------------------------------------------------------------- */

static bool fill_settle(struct saying *s, void *fields)
{
	struct settle_conflict *c = fields;
	const struct thing *conflict = any(s->w, CONFLICTS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, conflict);

	if (!part)
		return false;
	*c = (struct settle_conflict){SEEN(part), .conflict = conflict->id,
		.state = (enum conflict_state)(conflict_state_acknowledged + pick(s->w, 3)),
		.reason = some_words(s)};
	return true;
}

static bool fill_hand_over(struct saying *s, void *fields)
{
	struct hand_over_work *c = fields;

	*c = (struct hand_over_work){.from = some_person(s),
		.to = some_person(s),
		.team = one_in(s->w, 2) ? text_of("south") : TEXT_NONE,
		.limit = (int64_t)pick(s->w, 4)};
	return true;
}

static bool fill_take_work(struct saying *s, void *fields)
{
	struct take_plan_work *c = fields;
	const struct thing *work = any(s->w, PLAN_WORK, ANY_NODE, ANY_STATE);

	if (!work)
		return false;
	*c = (struct take_plan_work){work->id, one_in(s->w, 2) ? some_person(s) : TEXT_NONE};
	s->deed->node = work->node;
	return true;
}

static bool fill_finish_work(struct saying *s, void *fields)
{
	struct finish_plan_work *c = fields;
	const struct thing *work = any(s->w, PLAN_WORK, ANY_NODE,
		STATE(plan_work_kind_unanswered) | STATE(plan_work_kind_too_late) |
			STATE(plan_work_kind_dissent) | STATE(plan_work_kind_erasure));

	if (!work && !s->only)
		work = any(s->w, PLAN_WORK, ANY_NODE, ANY_STATE);
	if (!work)
		return false;
	c->work = work->id;
	s->deed->node = work->node;
	return true;
}

/* Somebody whose part is closed, be they erased at the entrance or not. */
static bool fill_erase_person(struct saying *s, void *fields)
{
	struct erase_person *c = fields;
	const struct pool *parts = &s->w->pools[PARTS];
	size_t from = parts->n ? pick(s->w, parts->n) : 0;
	const struct thing *part = NULL;

	for (size_t i = 0; !part && i < parts->n; i++) {
		const struct thing *at = &parts->at[(from + i) % parts->n];
		if (at->state == part_state_closed && !uuid_is_nil(at->person))
			part = at;
	}
	if (!part)
		return false;
	*c = (struct erase_person){part->person, text_of("Bo Chef"), text_of("as at the entrance")};
	s->deed->node = part->node;
	s->deed->actor.role = text_of(one_in(s->w, 2) ? "manager" : "administrator");
	return true;
}

static const struct saying_row rows[] = {
	{schema_propose_measure, AT_DEPARTMENT, 9, fill_propose, schema_record_consent},
	{schema_withdraw_proposal, AT_DEPARTMENT, 3, fill_withdraw_proposal,
		schema_propose_measure},
	{schema_answer_proposal, AT_DEPARTMENT, 7, fill_answer_proposal, schema_propose_measure},
	{schema_ask_capacity, AT_DEPARTMENT, 3, fill_ask_capacity, NULL},
	{schema_answer_capacity, AT_DEPARTMENT, 3, fill_answer_capacity, schema_ask_capacity},
	{schema_offer_coordination, AT_DEPARTMENT, 12, fill_offer, schema_record_consent},
	{schema_withdraw_coordination, AT_DEPARTMENT, 6, fill_withdraw_offer,
		schema_offer_coordination},
	{schema_accept_coordination, AT_DEPARTMENT, 8, fill_accept, schema_offer_coordination},
	{schema_decline_coordination, AT_DEPARTMENT, 5, fill_decline, schema_offer_coordination},
	{schema_settle_conflict, AT_DEPARTMENT, 4, fill_settle, schema_book_appointment},
	{schema_hand_over_work, AT_DEPARTMENT, 2, fill_hand_over, NULL},
	{schema_erase_person, AT_DEPARTMENT, 3, fill_erase_person, schema_close_part},
	{schema_take_plan_work, AT_DEPARTMENT, 4, fill_take_work, schema_close_inquiry},
	{schema_finish_plan_work, AT_DEPARTMENT, 4, fill_finish_work, schema_answer_plan},
};
SAYINGS(sayings_together, rows);
