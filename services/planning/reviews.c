/* Reviews, and the hours a week that the citizen has. Pure; state through service.h. */
#include "services/planning/reviews.h"

#include "services/planning/conflicts.h"
#include "services/planning/parts.h"
#include "services/planning/states.h"
#include "services/planning/work.h"

/* ---- commands -------------------------------------------------------------------------------- */

static struct plan_review new_review(struct change *c, int64_t due, struct text worker)
{
	return (struct plan_review){.plan = c->head.plan,
		.citizen = c->head.citizen,
		.life_areas = {c->part.life_areas.n, c->part.life_areas.at},
		.due = due,
		.state = review_state_planned,
		.worker = worker,
		.made_at = c->d->occurred_at};
}

static void emit_planned(struct change *c, struct plan_review *row)
{
	const struct review_planned e = {HEAD(c), .review = row};

	change_emit(c, schema_review_planned(), &e, ABOUT(row));
}

enum err reviews_decide_schedule(struct decision *d, const void *command)
{
	const struct schedule_review *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = change_check_id(&change, TREE_REVIEW, "review", c->review);
	if (!err && c->due <= d->occurred_at)
		err = decision_refuse(d, ERR_INVALID, "due", "does not lie after it was planned");
	if (err)
		return err;
	struct plan_review row =
		new_review(&change, c->due, c->worker.n ? c->worker : change.part.worker);
	row.review = change_id(&change, c->review);
	emit_planned(&change, &row);
	return change_done(&change, row.review);
}

/* One of this department from which the state may follow. */
static enum err require(
	struct change *c, struct uuid review, enum review_state state, struct plan_review *ret)
{
	if (!item_get(&c->d->state, TREE_REVIEW, ITEM(c->head.plan, review), ret))
		return decision_refuse(
			c->d, ERR_NOT_FOUND, "review", "is none of this department's");
	if (!review_may_become(ret->state, state))
		return decision_refuse(c->d, ERR_CONFLICT, "review", "is %s already",
			enum_word(words_review_state, ret->state));
	return ERR_OK;
}

enum err reviews_decide_hold(struct decision *d, const void *command)
{
	const struct hold_review *c = command;
	struct plan_review row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require(&change, c->review, review_state_held, &row);
	if (!err && c->next_due && c->next_due <= d->occurred_at)
		err = decision_refuse(
			d, ERR_INVALID, "next_due", "does not lie after this one was held");
	if (err)
		return err;
	struct plan_review next = new_review(&change, c->next_due, row.worker);
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct review_held e = {HEAD(&change), .review = c->review, .result = c->result};
	change_emit(&change, schema_review_held(), &e, ABOUT(&row));
	change.head.citizen = change.part.citizen;
	if (c->next_due) {
		next.review = decision_uuid(d);
		emit_planned(&change, &next);
	}
	return change_done(&change, c->review);
}

enum err reviews_decide_cancel(struct decision *d, const void *command)
{
	const struct cancel_review *c = command;
	struct plan_review row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require(&change, c->review, review_state_cancelled, &row);
	if (err)
		return err;
	const struct review_cancelled e = {HEAD(&change), .review = c->review};
	change_emit(&change, schema_review_cancelled(), &e, ABOUT(&row));
	return change_done(&change, c->review);
}

enum err reviews_decide_hours(struct decision *d, const void *command)
{
	const struct set_weekly_hours *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	const struct weekly_hours_set e = {HEAD(&change), .hours = c->hours, .at = d->occurred_at};
	change_emit(&change, schema_weekly_hours_set(), &e, ABOUT(&change.part));
	conflicts_look(
		&change, &(struct override){.hours = &(struct weekly_hours){c->hours, e.at}});
	return change_done(&change, UUID_NIL);
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_work(struct fold *fold, const struct plan_review *row)
{
	plan_work_put(fold, &(struct plan_work_row){.plan = row->plan,
				    .citizen = row->citizen,
				    .work = row->review,
				    .kind = plan_work_kind_review,
				    .item = row->review,
				    .worker = row->worker,
				    .due = row->due,
				    .opened_at = row->made_at});
}

void reviews_find_work(struct fold *fold, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct plan_review row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_REVIEW, schema_plan_review(), &prefix, NULL);
	while (rows_next(&rows, &row))
		if (row.state == review_state_planned)
			put_work(fold, &row);
	rows_end(&rows);
}

void reviews_apply_planned(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_review *row = ((const struct review_planned *)event)->review;

	items_apply_new(fold, record, event);
	if (!fold->replica && !(record->historical && row->due < record->time))
		put_work(fold, row);
}

static void end_it(struct fold *fold, const struct record *record, const struct plan_review *row)
{
	item_put(fold, TREE_REVIEW, row);
	held_note(fold, record, row->review);
	if (!fold->replica)
		plan_work_remove(fold, row->plan, row->review);
}

void reviews_apply_held(struct fold *fold, const struct record *record, const void *event)
{
	const struct review_held *e = event;
	struct plan_review row;

	if (item_get(&fold->state, TREE_REVIEW, ITEM(e->plan, e->review), &row)) {
		row.state = review_state_held;
		row.held_at = plan_happened(record);
		row.result = e->result;
		end_it(fold, record, &row);
	}
	part_touch(fold, record, event);
}

void reviews_apply_cancelled(struct fold *fold, const struct record *record, const void *event)
{
	const struct review_cancelled *e = event;
	struct plan_review row;

	if (item_get(&fold->state, TREE_REVIEW, ITEM(e->plan, e->review), &row)) {
		row.state = review_state_cancelled;
		end_it(fold, record, &row);
	}
	part_touch(fold, record, event);
}

void reviews_apply_hours(struct fold *fold, const struct record *record, const void *event)
{
	const struct weekly_hours_set *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	if (e->at >= part.weekly_hours_at) {
		part.weekly_hours = e->hours;
		part.weekly_hours_at = e->at;
	}
	part_put(fold, &part);
	held_note(fold, record, UUID_NIL);
	part_touch(fold, record, event);
}
