/* What is done. Pure; state through service.h. */
#include "services/planning/measures.h"

#include "services/planning/conflicts.h"
#include "services/planning/goals.h"
#include "services/planning/parts.h"
#include "services/planning/states.h"

enum err measures_decide_add(struct decision *d, const void *command)
{
	const struct add_measure *c = command;
	struct plan_measure row = {.goals = {c->goals.n, c->goals.at},
		.kind = c->kind,
		.what = c->what,
		.owner = c->owner,
		.worker = c->worker,
		.legal_basis = c->legal_basis,
		.legal_basis_of = c->legal_basis_of,
		.from = c->from,
		.until = c->until,
		.hours_a_week = c->hours_a_week,
		.state = measure_state_proposed,
		.state_at = d->occurred_at};
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = change_check_id(&change, TREE_MEASURE, "measure", c->measure);
	if (!err && c->until && c->until < c->from)
		err = decision_refuse(d, ERR_INVALID, "until", "lies before `from`");
	if (!err && c->legal_basis.n && !c->legal_basis_of)
		err = decision_refuse(d, ERR_INVALID, "legal_basis_of",
			"is required: the day whose law is meant");
	struct item_head areas = {0};
	if (!err)
		err = goals_collect_areas(
			&change, &(struct goal_list){c->goals.n, c->goals.at}, &areas);
	if (err)
		return err;
	row.life_areas.n = areas.life_areas.n;
	row.life_areas.at = areas.life_areas.at;
	row.plan = change.head.plan;
	row.citizen = change.head.citizen;
	row.measure = change_id(&change, c->measure);
	const struct measure_added e = {HEAD(&change), .measure = &row};
	change_emit(&change, schema_measure_added(), &e, ABOUT(&row));
	conflicts_look(&change, &(struct override){.measure = &row});
	return change_done(&change, row.measure);
}

/* When it began and ended is kept: later states do not tell it. */
static void enter(struct plan_measure *row, enum measure_state state, int64_t at)
{
	row->state = state;
	row->state_at = at;
	if (state == measure_state_in_progress && !row->began_at)
		row->began_at = at;
	if (state == measure_state_completed || state == measure_state_cancelled ||
		state == measure_state_stopped)
		row->ended_at = at;
}

enum err measures_decide_set_state(struct decision *d, const void *command)
{
	const struct set_measure_state *c = command;
	struct plan_measure row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	if (!item_get(&d->state, TREE_MEASURE, ITEM(change.head.plan, c->measure), &row))
		return decision_refuse(d, ERR_NOT_FOUND, "measure", "is none of this department's");
	if (!measure_may_become(row.state, c->state))
		return decision_refuse(d, ERR_CONFLICT, "state",
			"a measure that is %s cannot become %s",
			enum_word(words_measure_state, row.state),
			enum_word(words_measure_state, c->state));
	if (c->state == measure_state_stopped && !c->reason.n)
		return decision_refuse(d, ERR_INVALID, "reason", "is required to leave it early");
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct measure_state_set e = {HEAD(&change), .measure = c->measure, .was = row.state,
		.state = c->state, .reason = c->reason};
	change_emit(&change, schema_measure_state_set(), &e, ABOUT(&row));
	enter(&row, c->state, d->occurred_at);
	conflicts_look(&change, &(struct override){.measure = &row});
	return change_done(&change, c->measure);
}

void measures_apply_state_set(struct fold *fold, const struct record *record, const void *event)
{
	const struct measure_state_set *e = event;
	struct plan_measure row;

	if (item_get(&fold->state, TREE_MEASURE, ITEM(e->plan, e->measure), &row)) {
		enter(&row, e->state, plan_happened(record));
		row.reason = e->reason;
		item_put(fold, TREE_MEASURE, &row);
		held_note(fold, record, e->measure);
	}
	part_touch(fold, record, event);
}
