/* Commitments and their due times. Pure; state through service.h. */
#include "services/planning/commitments.h"

#include <string.h>

#include "services/planning/change.h"
#include "services/planning/conflicts.h"
#include "services/planning/goals.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

/* More that are due at once wait for the plan's next deadline, which is then at once. */
enum { DUE_AT_ONCE = 32 };

static bool is_waiting(const struct plan_commitment *row)
{
	return row->state == commitment_state_open || row->state == commitment_state_overdue;
}

void commitment_show(struct plan_commitment *commitment, int64_t now)
{
	if (commitment->state == commitment_state_open && commitment->due < now)
		commitment->state = commitment_state_overdue;
}

/* ---- commands -------------------------------------------------------------------------------- */

enum err commitments_decide_make(struct decision *d, const void *command)
{
	const struct make_commitment *c = command;
	struct plan_commitment row = {.by = c->by,
		.what = c->what,
		.due = c->due,
		.goal = c->goal,
		.worker = c->worker,
		.state = commitment_state_open,
		.made_at = d->occurred_at,
		.life_areas = {c->life_areas.n, c->life_areas.at}};
	struct change change;
	struct plan_goal goal;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err && c->due < d->occurred_at)
		err = decision_refuse(d, ERR_INVALID, "due", "lies before it was made");
	if (!err && !uuid_is_nil(c->goal))
		err = goal_require(&change, c->goal, &goal);
	if (!err && !uuid_is_nil(c->goal) && c->life_areas.n)
		err = decision_refuse(d, ERR_INVALID, "life_areas", "are those of the goal");
	if (!err)
		err = change_check_id(&change, TREE_COMMITMENT, "commitment", c->commitment);
	if (err)
		return err;
	if (!uuid_is_nil(c->goal)) {
		row.life_areas.n = goal.life_areas.n;
		row.life_areas.at = goal.life_areas.at;
	}
	row.plan = change.head.plan;
	row.citizen = change.head.citizen;
	row.commitment = change_id(&change, c->commitment);
	row.watched = !(d->historical && c->due < d->now);
	const struct commitment_made e = {HEAD(&change), .commitment = &row};
	change_emit(&change, schema_commitment_made(), &e, ABOUT(&row));
	return change_done(&change, row.commitment);
}

/* One of this department that still waits. */
static enum err require_waiting(
	struct change *c, struct uuid commitment, struct plan_commitment *ret)
{
	if (!item_get(&c->d->state, TREE_COMMITMENT, ITEM(c->head.plan, commitment), ret))
		return decision_refuse(
			c->d, ERR_NOT_FOUND, "commitment", "is none of this department's");
	if (!is_waiting(ret))
		return decision_refuse(c->d, ERR_CONFLICT, "commitment", "is %s already",
			enum_word(words_commitment_state, ret->state));
	return ERR_OK;
}

/* Is it in the way, now that it is in that state? */
static void look(struct change *c, struct plan_commitment *row, enum commitment_state state)
{
	row->state = state;
	conflicts_look(c, &(struct override){.commitments = row, .n_commitments = 1});
}

enum err commitments_decide_keep(struct decision *d, const void *command)
{
	const struct keep_commitment *c = command;
	struct plan_commitment row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_waiting(&change, c->commitment, &row);
	if (err)
		return err;
	const struct commitment_kept e = {HEAD(&change), .commitment = c->commitment, .by = row.by};
	change_emit(&change, schema_commitment_kept(), &e, ABOUT(&row));
	look(&change, &row, commitment_state_kept);
	return change_done(&change, c->commitment);
}

enum err commitments_decide_release(struct decision *d, const void *command)
{
	const struct release_commitment *c = command;
	struct plan_commitment row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_waiting(&change, c->commitment, &row);
	if (err)
		return err;
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct commitment_released e = {
		HEAD(&change), .commitment = c->commitment, .by = row.by, .reason = c->reason};
	change_emit(&change, schema_commitment_released(), &e, ABOUT(&row));
	look(&change, &row, commitment_state_released);
	return change_done(&change, c->commitment);
}

/* ---- when it is due -------------------------------------------------------------------------- */

enum err commitments_decide_due(struct decision *d, struct uuid plan, int64_t due)
{
	struct key prefix = plan_key(plan);
	struct plan_commitment row, overdue[DUE_AT_ONCE];
	struct plan_part part;
	struct rows rows;
	size_t n = 0;

	(void)due;
	if (!part_get(&d->state, plan, &part))
		return ERR_OK;
	struct change change = change_of_node(d, &part);
	change.head.version = part.version; /* nobody's writing is made stale by a clock */
	rows_begin(&rows, &d->state, TREE_PLAN_DUE, NULL, &prefix, NULL);
	while (n < DUE_AT_ONCE && rows_next(&rows, NULL)) {
		struct uuid id = plan_key_last(rows.scan.key);
		if (!item_get(&d->state, TREE_COMMITMENT, ITEM(plan, id), &row) || row.due > d->now)
			break;
		const struct commitment_overdue e = {
			HEAD(&change), .commitment = id, .by = row.by, .due = row.due};
		change_emit(&change, schema_commitment_overdue(), &e, ABOUT(&row));
		overdue[n] = row;
		overdue[n++].state = commitment_state_overdue;
	}
	rows_end(&rows);
	conflicts_look(&change, &(struct override){.commitments = overdue, .n_commitments = n});
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

/* The plan's deadline is its first watched commitment. */
static void set_deadline(struct fold *fold, const struct record *record, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct record live = plan_watched(record, plan);
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_PLAN_DUE, NULL, &prefix, NULL);
	bool any = rows_next(&rows, NULL);
	int64_t due = any ? key_time(rows.scan.key.p + sizeof(plan.b)) : 0;
	rows_end(&rows);
	if (any)
		fold_deadline(fold, &live, DEADLINE_COMMITMENT, due);
	else
		fold_deadline_clear(fold, plan, DEADLINE_COMMITMENT);
}

static void put_watched(struct fold *fold, const struct plan_commitment *row)
{
	struct key watched = plan_key_plan_due(row->plan, row->due, row->commitment);

	if (row->watched && row->state == commitment_state_open)
		fold_put(fold, TREE_PLAN_DUE, &watched, NULL, NULL);
}

static void delete_watched(struct fold *fold, const struct plan_commitment *row)
{
	struct key watched = plan_key_plan_due(row->plan, row->due, row->commitment);

	fold_delete(fold, TREE_PLAN_DUE, &watched);
}

/* The citizen's is on the list of work, too, and shown there once it is overdue. */
static void put_work(struct fold *fold, const struct plan_commitment *row)
{
	if (is_waiting(row) && row->watched)
		plan_work_put(fold, &(struct plan_work_row){.plan = row->plan,
					    .citizen = row->citizen,
					    .work = row->commitment,
					    .kind = plan_work_kind_commitment,
					    .item = row->commitment,
					    .worker = row->worker,
					    .due = row->due,
					    .opened_at = row->made_at,
					    .by = row->by});
	else
		plan_work_remove(fold, row->plan, row->commitment);
}

void commitments_forget_due(struct fold *fold, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct plan_commitment row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_COMMITMENT, schema_plan_commitment(), &prefix, NULL);
	while (rows_next(&rows, &row))
		delete_watched(fold, &row);
	rows_end(&rows);
	fold_deadline_clear(fold, plan, DEADLINE_COMMITMENT);
}

void commitments_find_due(
	struct fold *fold, const struct record *record, struct uuid plan, int64_t since)
{
	struct key prefix = plan_key(plan);
	struct plan_commitment row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_COMMITMENT, schema_plan_commitment(), &prefix, NULL);
	while (rows_next(&rows, &row)) {
		if (row.due >= since)
			put_watched(fold, &row);
		put_work(fold, &row);
	}
	rows_end(&rows);
	set_deadline(fold, record, plan);
}

static void put_changed(
	struct fold *fold, const struct record *record, const struct plan_commitment *row)
{
	item_put(fold, TREE_COMMITMENT, row);
	held_note(fold, record, row->commitment);
	if (fold->replica)
		return;
	delete_watched(fold, row);
	put_watched(fold, row);
	put_work(fold, row);
	set_deadline(fold, record, row->plan);
}

void commitments_apply_made(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_made *e = event;

	put_changed(fold, record, e->commitment);
	part_touch(fold, record, event);
}

static void end_it(struct fold *fold, const struct record *record, struct plan_commitment *row,
	enum commitment_state state)
{
	row->state = state;
	row->ended_at = plan_happened(record);
	put_changed(fold, record, row);
}

void commitments_apply_kept(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_kept *e = event;
	struct plan_commitment row;

	if (item_get(&fold->state, TREE_COMMITMENT, ITEM(e->plan, e->commitment), &row))
		end_it(fold, record, &row, commitment_state_kept);
	part_touch(fold, record, event);
}

void commitments_apply_released(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_released *e = event;
	struct plan_commitment row;

	if (item_get(&fold->state, TREE_COMMITMENT, ITEM(e->plan, e->commitment), &row)) {
		row.reason = e->reason;
		end_it(fold, record, &row, commitment_state_released);
	}
	part_touch(fold, record, event);
}

void commitments_apply_overdue(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_overdue *e = event;
	struct plan_commitment row;

	if (item_get(&fold->state, TREE_COMMITMENT, ITEM(e->plan, e->commitment), &row)) {
		row.state = commitment_state_overdue;
		put_changed(fold, record, &row);
	}
	part_touch(fold, record, event);
}
