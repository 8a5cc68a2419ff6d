/* Proposals and the answers to them. Pure; state through service.h. */
#include "services/planning/proposals.h"

#include "services/planning/change.h"
#include "services/planning/conflicts.h"
#include "services/planning/goals.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { DAYS_TO_GO_ON = 2 }; /* working days to see what becomes of one that failed */

/* ---- what is known --------------------------------------------------------------------------- */

/* Under whichever plan it came, and to whichever that was joined. */
static bool get_by_id(
	struct state *where, enum planning_tree tree, struct uuid proposal, void *ret_row)
{
	struct key prefix = plan_key(proposal);
	bool found = false;
	struct rows rows;

	rows_begin(&rows, where, TREE_PROPOSAL_PLAN, NULL, &prefix, NULL);
	while (!found && rows_next(&rows, NULL)) {
		struct uuid plan = part_plan(where, plan_key_last(rows.scan.key));
		found = item_get(where, tree, ITEM(plan, proposal), ret_row);
	}
	rows_end(&rows);
	return found;
}

static bool is_known(struct state *state, struct uuid proposal)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(state, 0, sources);
	struct plan_proposal row;

	for (size_t i = 0; i < n; i++)
		if (get_by_id(&sources[i].state, TREE_PROPOSAL, proposal, &row))
			return true;
	return false;
}

static bool get_to_us(const struct sight *sight, struct uuid proposal, struct plan_proposal *ret)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(sight->state, sight->now, sources);

	for (size_t i = 0; i < n; i++)
		if (!sources[i].own && get_by_id(&sources[i].state, TREE_PROPOSAL, proposal, ret) &&
			text_equal(ret->to, own_department(sight->state)) &&
			source_shows(sight->state, &sources[i], ret->plan, proposal))
			return true;
	return false;
}

static bool find_answer(const struct sight *sight, const struct plan_proposal *proposal,
	struct plan_proposal_answer *ret)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(sight->state, sight->now, sources);

	for (size_t i = 0; i < n; i++)
		if (text_equal(sources[i].department, proposal->to))
			return get_by_id(&sources[i].state, TREE_PROPOSAL_ANSWER,
				       proposal->proposal, ret) &&
			       source_shows(sight->state, &sources[i], ret->plan, ret->proposal);
	return false;
}

bool proposal_waits(const struct sight *sight, struct uuid proposal)
{
	struct plan_proposal_answer answer;
	struct plan_proposal row;

	return get_to_us(sight, proposal, &row) && row.state != proposal_state_withdrawn &&
	       !find_answer(sight, &row, &answer);
}

void proposal_show(struct state *state, struct plan_proposal *proposal, int64_t now)
{
	const struct sight sight = {state, now};
	struct plan_proposal_answer answer;

	if (find_answer(&sight, proposal, &answer)) {
		proposal->state = answer.state;
		proposal->reason = answer.reason;
		proposal->measure = answer.measure;
		proposal->answered_at = answer.at;
	} else if (proposal->state == proposal_state_waiting && proposal->answer_by < now)
		proposal->state = proposal_state_expired;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum err check_question(struct decision *d, const struct propose_measure *c)
{
	struct key key = plan_key(c->question);
	struct capacity_asked asked;

	if (uuid_is_nil(c->question))
		return ERR_OK;
	if (!state_get(&d->state, TREE_QUESTION, &key, schema_capacity_asked(), &asked) ||
		!text_equal(asked.to, c->to))
		return decision_refuse(d, ERR_NOT_FOUND, "question",
			"is none that this department asked that one");
	return ERR_OK;
}

static enum err check_asked(struct change *change, const struct propose_measure *c)
{
	struct decision *d = change->d;

	if (change->part.provisional)
		return decision_refuse(
			d, ERR_CONFLICT, "plan", "the entrance has not settled yet whose it is");
	if (text_equal(c->to, own_department(&d->state)))
		return decision_refuse(d, ERR_INVALID, "to", "is this department itself");
	if (!uuid_is_nil(c->proposal) && is_known(&d->state, c->proposal))
		return decision_refuse(d, ERR_CONFLICT, "proposal", "is in use already");
	if (c->answer_by <= d->occurred_at)
		return decision_refuse(
			d, ERR_INVALID, "answer_by", "must lie after it is proposed");
	if (c->until && c->until < c->begins)
		return decision_refuse(d, ERR_INVALID, "until", "lies before `begins`");
	return check_question(d, c);
}

enum err proposals_decide_propose(struct decision *d, const void *command)
{
	const struct propose_measure *c = command;
	struct plan_proposal row = {.from = own_department(&d->state),
		.to = c->to,
		.goals = {c->goals.n, c->goals.at},
		.kind = c->kind,
		.what = c->what,
		.begins = c->begins,
		.until = c->until,
		.hours_a_week = c->hours_a_week,
		.answer_by = c->answer_by,
		.question = c->question,
		.worker = d->actor.id,
		.state = proposal_state_waiting,
		.made_at = d->occurred_at};
	struct item_head areas = {0};
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = check_asked(&change, c);
	if (!err)
		err = goals_collect_areas(
			&change, &(struct goal_list){c->goals.n, c->goals.at}, &areas);
	if (err)
		return err;
	row.life_areas.n = areas.life_areas.n;
	row.life_areas.at = areas.life_areas.at;
	if (!audience_may_know(d, &change.part, ABOUT(&row), c->to))
		return decision_refuse(d, ERR_DENIED, "to",
			"may not know of it: record a consent or set a basis first");
	row.plan = change.head.plan;
	row.citizen = change.head.citizen;
	row.proposal = change_id(&change, c->proposal);
	row.watched = !(d->historical && c->answer_by < d->now);
	const struct measure_proposed e = {HEAD(&change), .proposal = &row};
	change_emit(&change, schema_measure_proposed(), &e, ABOUT(&row));
	return change_done(&change, row.proposal);
}

enum err proposals_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_proposal *c = command;
	struct plan_proposal_answer answer;
	struct plan_proposal row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	if (!item_get(&d->state, TREE_PROPOSAL, ITEM(change.head.plan, c->proposal), &row))
		return decision_refuse(
			d, ERR_NOT_FOUND, "proposal", "is none of this department's");
	if (row.state == proposal_state_waiting && find_answer(SIGHT(d), &row, &answer))
		row.state = answer.state;
	if (row.state != proposal_state_waiting)
		return decision_refuse(d, ERR_CONFLICT, "proposal", "is %s already",
			enum_word(words_proposal_state, row.state));
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct proposal_withdrawn e = {
		HEAD(&change), .proposal = c->proposal, .to = row.to, .reason = c->reason};
	change_emit(&change, schema_proposal_withdrawn(), &e, ABOUT(&row));
	return change_done(&change, c->proposal);
}

static void open_work_about(struct decision *d, const struct plan_proposal *row,
	enum plan_work_kind kind, int64_t since)
{
	plan_work_open(d, &(struct work_order){.kind = kind,
				  .item = row->proposal,
				  .plan = row->plan,
				  .due = plan_working_days_after(since, DAYS_TO_GO_ON),
				  .opened_at = since});
}

enum err proposals_decide_due(struct decision *d, struct uuid proposal, int64_t due)
{
	struct plan_proposal_answer answer;
	struct plan_proposal row;
	struct plan_part part;

	(void)due;
	if (!get_by_id(&d->state, TREE_PROPOSAL, proposal, &row) ||
		row.state != proposal_state_waiting || find_answer(SIGHT(d), &row, &answer) ||
		!part_get(&d->state, row.plan, &part))
		return ERR_OK;
	struct change change = change_of_node(d, &part);
	change.head.version = part.version; /* nobody's writing is made stale by a clock */
	const struct proposal_expired e = {HEAD(&change), .proposal = proposal, .to = row.to};
	change_emit(&change, schema_proposal_expired(), &e, ABOUT(&row));
	open_work_about(d, &row, plan_work_kind_unanswered, row.answer_by);
	return ERR_OK;
}

/* ---- answering ------------------------------------------------------------------------------- */

struct answering {
	struct decision *d;
	const struct answer_proposal *command;
	struct plan_proposal proposal;
	struct change change;
	bool opens; /* a part, since there is none that is open */
};

static bool is_of_plan(const struct answering *a)
{
	struct state *state = &a->d->state;

	return uuid_equal(part_plan(state, a->command->plan), part_plan(state, a->proposal.plan));
}

static enum err check_answer(struct answering *a)
{
	const struct answer_proposal *c = a->command;
	struct plan_proposal_answer before;
	struct decision *d = a->d;

	if (c->answer != proposal_state_accepted && c->answer != proposal_state_rejected)
		return decision_refuse(d, ERR_INVALID, "answer", "must be accepted or rejected");
	if (!get_to_us(SIGHT(d), c->proposal, &a->proposal) || !is_of_plan(a))
		return decision_refuse(d, ERR_NOT_FOUND, "proposal",
			"is none to this department that may be seen here");
	if (find_answer(SIGHT(d), &a->proposal, &before))
		return decision_refuse(d, ERR_CONFLICT, "proposal", "is %s already",
			enum_word(words_proposal_state, before.state));
	if (a->proposal.state == proposal_state_withdrawn)
		return decision_refuse(d, ERR_CONFLICT, "proposal", "was withdrawn");
	if (c->answer == proposal_state_rejected && !c->reason.n)
		return decision_refuse(d, ERR_INVALID, "reason", "is required to reject it");
	return ERR_OK;
}

/* In the own open part as that version; else beside it, or in one that it opens. */
static enum err begin_answer(struct answering *a)
{
	struct uuid plan = part_plan(&a->d->state, a->proposal.plan);
	struct plan_part part;
	bool known = part_get(&a->d->state, plan, &part);

	if (known && part.state == part_state_open)
		return change_begin(a->d, plan, a->command->seen_version, &a->change);
	a->change = change_of_node(
		a->d, &(struct plan_part){.plan = plan,
			      .citizen = known ? part.citizen : a->proposal.citizen,
			      .version = known ? part.version : 0,
			      .team = known ? part.team : TEXT_NONE,
			      .life_areas = {a->proposal.life_areas.n, a->proposal.life_areas.at}});
	a->opens = a->command->answer == proposal_state_accepted;
	if (!a->opens)
		a->change.head.version = 0;
	return ERR_OK;
}

static void emit_opened(struct answering *a)
{
	struct decision *d = a->d;
	const struct part_opened e = {HEAD(&a->change), .part = decision_uuid(d),
		.department = own_department(&d->state),
		.life_areas = {a->proposal.life_areas.n, a->proposal.life_areas.at},
		.worker = a->command->worker.n ? a->command->worker : d->actor.id};

	change_emit(&a->change, schema_part_opened(), &e, ABOUT(&a->change.part));
	change_emit_party(&a->change, part_state_open);
	const struct plan_part fresh = {.plan = e.plan,
		.citizen = e.citizen,
		.part = e.part,
		.worker = e.worker,
		.team = a->change.part.team,
		.version = e.version};
	plan_work_open_for_worker(d, &fresh, d->occurred_at);
}

static struct uuid emit_measure(struct answering *a)
{
	const struct plan_proposal *proposal = &a->proposal;
	struct text what = proposal->what;
	struct plan_measure row = {.plan = a->change.head.plan,
		.citizen = a->change.head.citizen,
		.measure = change_id(&a->change, a->command->measure),
		.life_areas = {proposal->life_areas.n, proposal->life_areas.at},
		.goals = {proposal->goals.n, proposal->goals.at},
		.kind = proposal->kind,
		.worker = a->command->worker,
		.from = proposal->begins,
		.until = proposal->until,
		.hours_a_week = proposal->hours_a_week,
		.state = measure_state_accepted,
		.state_at = a->d->occurred_at,
		.proposal = proposal->proposal};

	/* it may be another person's by name: the citizen as the other department knew them */
	if (state_open_text(&a->d->state, proposal->citizen, &what))
		row.what = what;
	const struct measure_added e = {HEAD(&a->change), .measure = &row};
	change_emit(&a->change, schema_measure_added(), &e, ABOUT(&row));
	a->change.part.state = part_state_open;
	conflicts_look(&a->change, &(struct override){.measure = &row});
	return row.measure;
}

static void emit_answer(struct answering *a, struct uuid measure)
{
	const struct plan_proposal *proposal = &a->proposal;
	struct plan_proposal_answer row = {.plan = a->change.head.plan,
		.citizen = proposal->citizen,
		.proposal = proposal->proposal,
		.life_areas = {proposal->life_areas.n, proposal->life_areas.at},
		.state = a->command->answer,
		.reason = a->command->reason,
		.measure = measure,
		.worker = a->d->actor.id,
		.at = a->d->occurred_at,
		.in_time = a->d->occurred_at <= proposal->answer_by};
	const struct proposal_answered e = {
		HEAD(&a->change), .answer = &row, .from = proposal->from};

	change_emit(&a->change, schema_proposal_answered(), &e, ABOUT(&row));
	audience_address(a->d, proposal->from);
}

enum err proposals_decide_answer(struct decision *d, const void *command)
{
	struct answering a = {.d = d, .command = command};
	enum err err = change_check_actor(d);
	struct uuid measure = UUID_NIL;

	if (!err)
		err = check_answer(&a);
	if (!err)
		err = begin_answer(&a);
	if (!err)
		err = change_check_id(&a.change, TREE_MEASURE, "measure", a.command->measure);
	if (err)
		return err;
	if (a.opens)
		emit_opened(&a);
	if (a.command->answer == proposal_state_accepted)
		measure = emit_measure(&a);
	emit_answer(&a, measure);
	plan_work_close(d, plan_work_id(plan_work_kind_proposal, a.proposal.proposal, UUID_NIL));
	return change_done(&a.change, uuid_is_nil(measure) ? a.proposal.proposal : measure);
}

/* ---- applying -------------------------------------------------------------------------------- */

void proposals_apply_proposed(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_proposal *row = ((const struct measure_proposed *)event)->proposal;
	struct record watched = plan_watched(record, row->proposal);

	items_apply_new(fold, record, event);
	if (!fold->replica && row->watched)
		fold_deadline(fold, &watched, DEADLINE_PROPOSAL, row->answer_by);
}

void proposals_apply_answered(struct fold *fold, const struct record *record, const void *event)
{
	const struct proposal_answered *e = event;

	item_put(fold, TREE_PROPOSAL_ANSWER, e->answer);
	held_note(fold, record, e->answer->proposal);
	if (e->version > 0)
		part_touch(fold, record, event);
}

struct ending {
	struct uuid plan, proposal;
	enum proposal_state state;
	struct text reason;
};

static void end_it(struct fold *fold, const struct record *record, const struct ending *ending)
{
	struct plan_proposal row;

	if (item_get(&fold->state, TREE_PROPOSAL, ITEM(ending->plan, ending->proposal), &row)) {
		row.state = ending->state;
		row.reason = ending->reason;
		item_put(fold, TREE_PROPOSAL, &row);
		held_note(fold, record, ending->proposal);
	}
	if (!fold->replica)
		fold_deadline_clear(fold, ending->proposal, DEADLINE_PROPOSAL);
}

void proposals_apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	const struct proposal_withdrawn *e = event;

	end_it(fold, record,
		&(struct ending){e->plan, e->proposal, proposal_state_withdrawn, e->reason});
	part_touch(fold, record, event);
}

void proposals_apply_expired(struct fold *fold, const struct record *record, const void *event)
{
	const struct proposal_expired *e = event;

	end_it(fold, record,
		&(struct ending){e->plan, e->proposal, proposal_state_expired, TEXT_NONE});
	part_touch(fold, record, event);
}

/* ---- reacting -------------------------------------------------------------------------------- */

enum err proposals_react_proposed(
	struct decision *d, const struct record *record, const void *event)
{
	const struct plan_proposal *row = ((const struct measure_proposed *)event)->proposal;

	(void)record;
	if (row->watched && text_equal(row->to, own_department(&d->state)))
		plan_work_open(d, &(struct work_order){.kind = plan_work_kind_proposal,
					  .item = row->proposal,
					  .plan = row->plan,
					  .citizen = row->citizen,
					  .due = row->answer_by,
					  .opened_at = row->made_at});
	return ERR_OK;
}

enum err proposals_react_withdrawn(
	struct decision *d, const struct record *record, const void *event)
{
	const struct proposal_withdrawn *e = event;

	(void)record;
	if (text_equal(e->to, own_department(&d->state)))
		plan_work_close(d, plan_work_id(plan_work_kind_proposal, e->proposal, UUID_NIL));
	return ERR_OK;
}

/* An own proposal's answer ends the waiting, and comes too late for one that was withdrawn. */
enum err proposals_react_answered(
	struct decision *d, const struct record *record, const void *event)
{
	const struct proposal_answered *e = event;
	struct plan_proposal_answer answer;
	struct plan_proposal row;

	(void)record;
	if (!text_equal(e->from, own_department(&d->state)) ||
		!get_by_id(&d->state, TREE_PROPOSAL, e->answer->proposal, &row) ||
		!find_answer(SIGHT(d), &row, &answer))
		return ERR_OK;
	plan_work_close(d, plan_work_id(plan_work_kind_unanswered, row.proposal, UUID_NIL));
	if (row.state == proposal_state_withdrawn && answer.state == proposal_state_accepted &&
		!d->historical)
		open_work_about(d, &row, plan_work_kind_too_late, answer.at);
	return ERR_OK;
}
