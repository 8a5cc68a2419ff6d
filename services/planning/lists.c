/* Pages of the department's own plans and commitments. Pure; state through service.h. */
#include "services/planning/lists.h"

#include "services/planning/commitments.h"
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

enum err lists_work(struct question *q, const void *query, void *ret_reply)
{
	const struct list_plan_work *c = query;
	struct plan_work_reply *reply = ret_reply;
	size_t limit = page_size(c->limit);
	struct rows rows;
	enum err err = lists_check_actor(q);

	if (err)
		return err;
	reply->work.at = arena_alloc(q->state.arena, limit * sizeof(*reply->work.at));
	if (!reply->work.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	rows_begin(&rows, &q->state, TREE_DUE, NULL, NULL, NULL);
	while (rows_next(&rows, NULL)) {
		struct uuid plan = plan_key_last_but_one(rows.scan.key);
		struct uuid id = plan_key_last(rows.scan.key);
		int64_t due = key_time(rows.scan.key.p);
		if ((c->until && due > c->until) || (c->overdue && due >= q->now))
			break;
		if (reply->work.n == limit) {
			reply->more = true;
			break;
		}
		struct plan_commitment row;
		if (!item_get(&q->state, TREE_COMMITMENT, ITEM(plan, id), &row))
			continue;
		reply->work.at[reply->work.n++] = (struct plan_work_line){.work = id,
			.kind = plan_work_kind_commitment,
			.plan = plan,
			.citizen = row.citizen,
			.item = id,
			.worker = row.worker,
			.due = due,
			.opened_at = row.made_at,
			.overdue = due < q->now,
			.by = row.by,
			.what = row.what};
	}
	rows_end(&rows);
	return ERR_OK;
}
