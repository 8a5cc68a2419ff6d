/* Work of the department's people. Pure; state through service.h. */
#include "services/planning/work.h"

#include <string.h>

#include "services/planning/change.h"
#include "services/planning/handover.h"
#include "services/planning/parts.h"
#include "services/planning/proposals.h"
#include "services/planning/waiting.h"

enum { DAYS_FOR_WORKER = 2 }; /* working days */

struct uuid plan_work_id(enum plan_work_kind kind, struct uuid item, struct uuid detail)
{
	uint8_t bytes[1 + 2 * sizeof(item.b)] = {(uint8_t)kind};

	memcpy(bytes + 1, item.b, sizeof(item.b));
	memcpy(bytes + 1 + sizeof(item.b), detail.b, sizeof(detail.b));
	return uuid_of_hash(uuid_time(item), bytes_of(bytes, sizeof(bytes)));
}

static bool get_row(
	struct state *state, struct uuid plan, struct uuid work, struct plan_work_row *ret)
{
	struct key key = plan_key_item(plan, work);

	return state_get(state, TREE_WORK, &key, schema_plan_work_row(), ret);
}

bool plan_work_find(struct state *state, struct uuid work, struct plan_work_row *ret)
{
	struct key prefix = plan_key(work);
	struct rows rows;

	rows_begin(&rows, state, TREE_WORK_PLAN, NULL, &prefix, NULL);
	bool found = rows_next(&rows, NULL);
	struct uuid plan = found ? plan_key_last(rows.scan.key) : UUID_NIL;
	rows_end(&rows);
	return found && get_row(state, plan, work, ret);
}

/* What waits whether the department has an open part in the plan or not. */
static bool outlives_part(enum plan_work_kind kind)
{
	return kind == plan_work_kind_proposal || kind == plan_work_kind_capacity ||
	       kind == plan_work_kind_erasure;
}

/* Those whose rows their own events put and remove. */
static bool is_item(enum plan_work_kind kind)
{
	return kind == plan_work_kind_commitment || kind == plan_work_kind_review;
}

/* ---- from decisions of others ---------------------------------------------------------------- */

/* The own open part; false, and no version: there is none. */
static bool open_part(struct decision *d, struct uuid plan, struct plan_part *ret)
{
	if (!uuid_is_nil(plan) && part_get(&d->state, part_plan(&d->state, plan), ret) &&
		ret->state == part_state_open)
		return true;
	*ret = (struct plan_part){.plan = plan};
	return false;
}

static struct uuid entity_of(const struct plan_work_row *row)
{
	return uuid_is_nil(row->plan) ? row->item : row->plan;
}

void plan_work_open(struct decision *d, const struct work_order *order)
{
	struct uuid work = plan_work_id(order->kind, order->item, order->detail);
	struct plan_work_row known;
	struct plan_part part;
	bool open = order->opened || open_part(d, order->plan, &part);

	if (order->opened)
		part = *order->opened;
	if (plan_work_find(&d->state, work, &known) || (!open && !outlives_part(order->kind)))
		return;
	const struct plan_work_opened e = {.plan = part.plan,
		.citizen = open ? part.citizen : order->citizen,
		.version = part.version,
		.work = work,
		.kind = order->kind,
		.item = order->item,
		.worker = part.worker,
		.team = part.team,
		.due = order->due,
		.opened_at = order->opened_at};
	decision_emit(d, schema_plan_work_opened(),
		uuid_is_nil(order->plan) ? order->item : part.plan, &e);
}

void plan_work_open_for_worker(
	struct decision *d, const struct plan_part *opened, int64_t opened_at)
{
	if (opened->worker.n || d->historical)
		return;
	plan_work_open(d, &(struct work_order){.kind = plan_work_kind_worker,
				  .item = opened->part,
				  .plan = opened->plan,
				  .due = plan_working_days_after(opened_at, DAYS_FOR_WORKER),
				  .opened_at = opened_at,
				  .opened = opened});
}

static void emit_done(struct decision *d, const struct plan_work_row *row)
{
	struct plan_part part;

	open_part(d, row->plan, &part);
	const struct plan_work_done e = {.plan = row->plan,
		.citizen = row->citizen,
		.version = part.version,
		.work = row->work,
		.kind = row->kind};
	decision_emit(d, schema_plan_work_done(), entity_of(row), &e);
}

void plan_work_close(struct decision *d, struct uuid work)
{
	struct plan_work_row row;

	if (plan_work_find(&d->state, work, &row))
		emit_done(d, &row);
}

void plan_work_close_kind(struct decision *d, struct uuid plan, const struct work_which *which)
{
	struct key prefix = plan_key(plan);
	struct plan_work_row row;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORK, schema_plan_work_row(), &prefix, NULL);
	while (rows_next(&rows, &row))
		if (row.kind == which->kind &&
			(uuid_is_nil(which->about) || uuid_equal(which->about, row.item)) &&
			(which->until == 0 || row.opened_at <= which->until))
			emit_done(d, &row);
	rows_end(&rows);
}

void plan_work_close_part(struct decision *d, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct plan_work_row row;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORK, schema_plan_work_row(), &prefix, NULL);
	while (rows_next(&rows, &row))
		if (!outlives_part(row.kind) && !is_item(row.kind))
			emit_done(d, &row);
	rows_end(&rows);
}

/* ---- commands -------------------------------------------------------------------------------- */

static enum err require_open(struct decision *d, struct uuid work, struct plan_work_row *ret)
{
	enum err err = change_check_actor(d);

	if (!err && !plan_work_find(&d->state, work, ret))
		err = decision_refuse(
			d, ERR_NOT_FOUND, "work", "is none that waits in this department");
	return err;
}

static enum err reply_done(struct decision *d, const struct plan_work_row *row)
{
	struct changed *reply = d->reply;
	struct plan_part part;

	open_part(d, row->plan, &part);
	reply->id = row->work;
	reply->plan = entity_of(row);
	reply->version = part.version;
	return ERR_OK;
}

enum err plan_work_decide_take(struct decision *d, const void *command)
{
	const struct take_plan_work *c = command;
	struct text worker = c->worker.n ? c->worker : d->actor.id;
	struct plan_work_row row;
	struct plan_part part;
	enum err err = require_open(d, c->work, &row);

	if (err)
		return err;
	if (!worker.n)
		return decision_refuse(d, ERR_INVALID, "worker", "is required");
	open_part(d, row.plan, &part);
	const struct plan_work_taken e = {.plan = row.plan,
		.citizen = row.citizen,
		.version = part.version,
		.work = row.work,
		.worker = worker};
	decision_emit(d, schema_plan_work_taken(), entity_of(&row), &e);
	return reply_done(d, &row);
}

/* The command that ends it; NULL: whoever did it says so. What can be seen here no more, or was
 * withdrawn when it could not, cannot be answered either. */
static const char *ended_by(struct decision *d, const struct plan_work_row *row)
{
	switch (row->kind) {
	case plan_work_kind_commitment:
		return "keep_commitment or release_commitment";
	case plan_work_kind_review:
		return "hold_review or cancel_review";
	case plan_work_kind_worker:
		return "assign_worker";
	case plan_work_kind_proposal:
		return proposal_waits(SIGHT(d), row->item) ? "answer_proposal" : NULL;
	case plan_work_kind_capacity:
		return "answer_capacity";
	case plan_work_kind_coordination:
		return "accept_coordination or decline_coordination";
	case plan_work_kind_conflict:
		return "settle_conflict";
	case plan_work_kind_unanswered:
	case plan_work_kind_too_late:
	case plan_work_kind_dissent:
	case plan_work_kind_erasure: /* or it is kept, where the law wants that */
	case plan_work_kind_none:
	case plan_work_kind_end:
		return NULL;
	}
	return NULL;
}

enum err plan_work_decide_finish(struct decision *d, const void *command)
{
	const struct finish_plan_work *c = command;
	struct plan_work_row row;
	enum err err = require_open(d, c->work, &row);

	if (err)
		return err;
	const char *by = ended_by(d, &row);
	if (by)
		return decision_refuse(d, ERR_CONFLICT, "work", "is ended by %s", by);
	emit_done(d, &row);
	return reply_done(d, &row);
}

enum err plan_work_decide_due(struct decision *d, struct uuid work, int64_t due)
{
	struct plan_work_row row;
	struct plan_part part;

	(void)due;
	if (!plan_work_find(&d->state, work, &row))
		return ERR_OK;
	open_part(d, row.plan, &part);
	const struct plan_work_overdue e = {.plan = row.plan,
		.citizen = row.citizen,
		.version = part.version,
		.work = work,
		.kind = row.kind};
	decision_emit(d, schema_plan_work_overdue(), entity_of(&row), &e);
	return ERR_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

typedef void key_fn(struct fold *fold, unsigned tree, const struct key *key);

static void put_key(struct fold *fold, unsigned tree, const struct key *key)
{
	fold_put(fold, tree, key, NULL, NULL);
}

static void each_key(struct fold *fold, const struct plan_work_row *row, key_fn *fn)
{
	struct key due = plan_key_due(row->due, row->plan, row->work);
	struct key plan = plan_key_item(row->work, row->plan);
	struct key worker = plan_key_work_of('w', row->worker, row);
	struct key team = plan_key_work_of('t', row->team, row);

	waiting_count(fold, row, &due, fn == put_key ? 1 : -1);
	fn(fold, TREE_DUE, &due);
	fn(fold, TREE_WORK_PLAN, &plan);
	if (row->worker.n)
		fn(fold, TREE_WORK_OF, &worker);
	if (row->team.n)
		fn(fold, TREE_WORK_OF, &team);
}

static void store_row(struct fold *fold, const struct plan_work_row *row)
{
	struct key key = plan_key_item(row->plan, row->work);
	struct plan_part part;

	fold_put(fold, TREE_WORK, &key, schema_plan_work_row(), row);
	each_key(fold, row, put_key);
	if (part_get(&fold->state, row->plan, &part) && part.state == part_state_open)
		handover_note(fold, row->worker, row->plan);
}

void plan_work_remove(struct fold *fold, struct uuid plan, struct uuid work)
{
	struct key key = plan_key_item(plan, work);
	struct plan_work_row row;

	if (!get_row(&fold->state, plan, work, &row))
		return;
	each_key(fold, &row, fold_delete);
	fold_delete(fold, TREE_WORK, &key);
}

/* Work has the team of the open part, and its worker unless somebody else was named: so it makes no
 * difference whether the work or the worker came first. */
static void follow_part(struct plan_work_row *row, const struct plan_part *part)
{
	bool open = part->state == part_state_open;

	row->team = open ? part->team : TEXT_NONE;
	if (!row->named)
		row->worker = open ? part->worker : TEXT_NONE;
}

void plan_work_put(struct fold *fold, const struct plan_work_row *row)
{
	struct plan_work_row put = *row, before;
	struct plan_part part = {0};

	put.named = row->worker.n > 0;
	if (get_row(&fold->state, row->plan, row->work, &before)) {
		if (before.named) {
			put.named = true;
			put.worker = before.worker;
		}
		each_key(fold, &before, fold_delete);
	}
	(void)part_get(&fold->state, row->plan, &part);
	follow_part(&put, &part);
	store_row(fold, &put);
}

typedef void row_fn(struct fold *fold, const struct plan_work_row *row, const void *ctx);

static void each_row(struct fold *fold, struct uuid plan, row_fn *fn, const void *ctx)
{
	struct key prefix = plan_key(plan);
	struct plan_work_row row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_WORK, schema_plan_work_row(), &prefix, NULL);
	while (rows_next(&rows, &row))
		fn(fold, &row, ctx);
	rows_end(&rows);
}

static void follow_row(struct fold *fold, const struct plan_work_row *row, const void *ctx)
{
	struct plan_work_row put = *row;

	follow_part(&put, ctx);
	each_key(fold, row, fold_delete);
	store_row(fold, &put);
}

static void forget_row(struct fold *fold, const struct plan_work_row *row, const void *ctx)
{
	if (outlives_part(row->kind)) {
		follow_row(fold, row, ctx);
		return;
	}
	fold_deadline_clear(fold, row->work, DEADLINE_WORK);
	plan_work_remove(fold, row->plan, row->work);
}

static void unindex_row(struct fold *fold, const struct plan_work_row *row, const void *ctx)
{
	(void)ctx;
	each_key(fold, row, fold_delete);
}

static void change_hands(struct fold *fold, const struct plan_work_row *row, const void *ctx)
{
	const struct worker_assigned *assigned = ctx;
	struct plan_work_row put = *row;

	if (!row->named || !text_equal(row->worker, assigned->instead_of))
		return;
	put.worker = assigned->worker;
	each_key(fold, row, fold_delete);
	store_row(fold, &put);
}

void plan_work_forget(struct fold *fold, struct uuid plan)
{
	each_row(fold, plan, forget_row, &(struct plan_part){.plan = plan});
}

void plan_work_follow(struct fold *fold, struct uuid plan)
{
	struct plan_part part;

	if (part_get(&fold->state, plan, &part))
		each_row(fold, plan, follow_row, &part);
}

void plan_work_unindex(struct fold *fold, struct uuid plan)
{
	each_row(fold, plan, unindex_row, NULL);
}

void plan_work_change_hands(struct fold *fold, const struct worker_assigned *assigned)
{
	each_row(fold, assigned->plan, change_hands, assigned);
}

/* ---- applying -------------------------------------------------------------------------------- */

void plan_work_apply_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_opened *e = event;
	struct record watched = plan_watched(record, e->work);

	plan_work_put(fold, &(struct plan_work_row){.plan = e->plan,
				    .citizen = e->citizen,
				    .work = e->work,
				    .kind = e->kind,
				    .item = e->item,
				    .due = e->due,
				    .opened_at = e->opened_at});
	fold_deadline(fold, &watched, DEADLINE_WORK, e->due);
}

void plan_work_apply_taken(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_taken *e = event;
	struct plan_work_row row;

	(void)record;
	if (!plan_work_find(&fold->state, e->work, &row))
		return;
	each_key(fold, &row, fold_delete);
	row.worker = e->worker;
	row.named = true;
	store_row(fold, &row);
}

void plan_work_apply_overdue(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_overdue *e = event;

	(void)record; /* the list sees the time for itself */
	fold_deadline_clear(fold, e->work, DEADLINE_WORK);
}

void plan_work_apply_done(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_done *e = event;
	struct plan_work_row row;

	(void)record;
	fold_deadline_clear(fold, e->work, DEADLINE_WORK);
	if (plan_work_find(&fold->state, e->work, &row))
		plan_work_remove(fold, row.plan, row.work);
}
