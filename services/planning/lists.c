/* Pages of the department's own plans and commitments. Pure; state through service.h. */
#include "services/planning/lists.h"

#include "services/planning/items.h"
#include "services/planning/parts.h"

enum { PAGE = 50, LOOKED_AT = 5000 };

enum err lists_check_actor(struct question *q)
{
	if (q->peer == PEER_OPERATOR || text_equal(q->actor.department, own_department(&q->state)))
		return ERR_OK;
	return reason_set(
		q->reason, ERR_DENIED, "actor.department", "must be this node's department");
}

static size_t page_size(int64_t limit)
{
	return limit > 0 ? (size_t)limit : PAGE;
}

/* ---- plans ----------------------------------------------------------------------------------- */

/* The soonest of the plan's commitments that are not kept. */
static int64_t next_due(struct question *q, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct plan_commitment row;
	struct rows rows;
	int64_t due = 0;

	rows_begin(&rows, &q->state, TREE_COMMITMENT, schema_plan_commitment(), &prefix, NULL);
	while (rows_next(&rows, &row))
		if ((row.state == commitment_state_open || row.state == commitment_state_overdue) &&
			(due == 0 || row.due < due))
			due = row.due;
	rows_end(&rows);
	return due;
}

static bool is_wanted(
	const struct question *q, const struct list_plans *c, const struct plan_part *part)
{
	if (part->state == part_state_closed && !c->closed)
		return false;
	return !c->mine || text_equal(part->worker, q->actor.id);
}

static void fill_line(struct question *q, const struct plan_part *part, struct plan_line *line)
{
	*line = (struct plan_line){.plan = part->plan,
		.citizen = part->citizen,
		.state = part->state,
		.version = part->version,
		.term = part->term,
		.worker = part->worker,
		.opened_at = part->opened_at,
		.next_due = part->state == part_state_open ? next_due(q, part->plan) : 0,
		.provisional = part->provisional};
}

enum err lists_plans(struct question *q, const void *query, void *ret_reply)
{
	const struct list_plans *c = query;
	struct plans_reply *reply = ret_reply;
	struct key from = plan_key(c->after);
	size_t limit = page_size(c->limit), looked = 0;
	struct uuid last = UUID_NIL;
	struct plan_part part;
	struct rows rows;
	enum err err = lists_check_actor(q);

	if (err)
		return err;
	reply->plans.at = arena_alloc(q->state.arena, limit * sizeof(*reply->plans.at));
	if (!reply->plans.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	rows_begin(&rows, &q->state, TREE_PART, schema_plan_part(), NULL, &from);
	while (rows_next(&rows, &part)) {
		if (uuid_equal(part.plan, c->after))
			continue;
		if (reply->plans.n == limit || looked++ == LOOKED_AT) {
			reply->next = last;
			break;
		}
		last = part.plan;
		if (is_wanted(q, c, &part))
			fill_line(q, &part, &reply->plans.at[reply->plans.n++]);
	}
	rows_end(&rows);
	return ERR_OK;
}

/* ---- work ------------------------------------------------------------------------------------ */

/* Where the list is walked, soonest due first: of one worker, one team, or all of it. */
static unsigned where_to_look(
	const struct question *q, const struct list_plan_work *c, struct key *ret_prefix)
{
	*ret_prefix = (struct key){0};
	if (c->mine)
		*ret_prefix = plan_key_work_of('w', q->actor.id, NULL);
	else if (c->team.n)
		*ret_prefix = plan_key_work_of('t', c->team, NULL);
	return c->mine || c->team.n ? TREE_WORK_OF : TREE_DUE;
}

/* A citizen's commitment is nobody's work before it is overdue. */
static bool is_work(
	const struct question *q, const struct list_plan_work *c, const struct plan_work_row *row)
{
	if (row->by == side_citizen && row->due >= q->now)
		return false;
	return !c->team.n || text_equal(row->team, c->team);
}

static void fill_work(
	struct question *q, const struct plan_work_row *row, struct plan_work_line *line)
{
	struct plan_commitment commitment;

	*line = (struct plan_work_line){.work = row->work,
		.kind = row->kind,
		.plan = row->plan,
		.citizen = row->citizen,
		.item = row->item,
		.worker = row->worker,
		.team = row->team,
		.due = row->due,
		.opened_at = row->opened_at,
		.overdue = row->due < q->now,
		.by = row->by};
	if (row->kind == plan_work_kind_commitment &&
		item_get(&q->state, TREE_COMMITMENT, ITEM(row->plan, row->item), &commitment))
		line->what = commitment.what;
}

static bool is_due(
	const struct question *q, const struct list_plan_work *c, const struct plan_work_row *row)
{
	return !(c->until && row->due > c->until) && !(c->overdue && row->due >= q->now);
}

enum err lists_work(struct question *q, const void *query, void *ret_reply)
{
	const struct list_plan_work *c = query;
	struct plan_work_reply *reply = ret_reply;
	size_t limit = page_size(c->limit), looked = 0;
	struct plan_work_row row;
	struct key prefix;
	struct rows rows;
	enum err err = lists_check_actor(q);

	if (err)
		return err;
	reply->work.at = arena_alloc(q->state.arena, limit * sizeof(*reply->work.at));
	if (!reply->work.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	unsigned tree = where_to_look(q, c, &prefix);
	rows_begin(&rows, &q->state, tree, NULL, prefix.n ? &prefix : NULL, NULL);
	while (!reply->more && rows_next(&rows, NULL)) {
		reply->more = looked++ == LOOKED_AT;
		struct key key = plan_key_item(
			plan_key_last_but_one(rows.scan.key), plan_key_last(rows.scan.key));
		if (!state_get(&q->state, TREE_WORK, &key, schema_plan_work_row(), &row))
			continue;
		if (!is_due(q, c, &row))
			break;
		if (reply->more || !is_work(q, c, &row))
			continue;
		reply->more = reply->work.n == limit;
		if (!reply->more)
			fill_work(q, &row, &reply->work.at[reply->work.n++]);
	}
	rows_end(&rows);
	return ERR_OK;
}
