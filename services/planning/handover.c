/* One worker in place of another. Pure; state through service.h. */
#include "services/planning/handover.h"

#include <stddef.h>
#include <string.h>

#include "services/planning/change.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { PARTS = 50 };

static bool measure_is_over(const void *row)
{
	enum measure_state state = ((const struct plan_measure *)row)->state;

	return state == measure_state_completed || state == measure_state_cancelled ||
	       state == measure_state_stopped;
}

static bool commitment_is_over(const void *row)
{
	enum commitment_state state = ((const struct plan_commitment *)row)->state;

	return state == commitment_state_kept || state == commitment_state_released;
}

static bool appointment_is_over(const void *row)
{
	return ((const struct plan_appointment *)row)->state != appointment_state_booked;
}

static bool review_is_over(const void *row)
{
	return ((const struct plan_review *)row)->state != review_state_planned;
}

static bool work_is_over(const void *row)
{
	(void)row; /* there is a row only as long as it waits */
	return false;
}

/* Where rows name a worker; what is over stays with whoever had it. */
static const struct named_in {
	unsigned tree;
	schema_fn *row;
	size_t worker;
	bool (*is_over)(const void *row);
} named_in[] = {
	{TREE_MEASURE, schema_plan_measure, offsetof(struct plan_measure, worker), measure_is_over},
	{TREE_COMMITMENT, schema_plan_commitment, offsetof(struct plan_commitment, worker),
		commitment_is_over},
	{TREE_APPOINTMENT, schema_plan_appointment, offsetof(struct plan_appointment, worker),
		appointment_is_over},
	{TREE_REVIEW, schema_plan_review, offsetof(struct plan_review, worker), review_is_over},
	{TREE_WORK, schema_plan_work_row, offsetof(struct plan_work_row, worker), work_is_over},
};
enum { NAMED_IN = sizeof(named_in) / sizeof(named_in[0]) };

static struct text worker_of(const struct named_in *in, const void *row)
{
	struct text worker;

	memcpy(&worker, (const char *)row + in->worker, sizeof(worker));
	return worker;
}

/* ---- who is named where ---------------------------------------------------------------------- */

/* fn returns false to stop; the walk then does, too. */
typedef bool named_fn(void *ctx, const struct named_in *in, void *row);

static bool each_row(struct state *state, struct uuid plan, named_fn *fn, void *ctx)
{
	struct key prefix = plan_key(plan);
	bool go_on = true;
	struct rows rows;

	for (size_t i = 0; i < NAMED_IN && go_on; i++) {
		void *row = arena_alloc(state->arena, named_in[i].row()->size);
		if (!row) {
			store_fail(state->txn, ERR_NO_MEMORY);
			return false;
		}
		rows_begin(&rows, state, named_in[i].tree, named_in[i].row(), &prefix, NULL);
		while (go_on && rows_next(&rows, row))
			go_on = fn(ctx, &named_in[i], row);
		rows_end(&rows);
	}
	return go_on;
}

void handover_note(struct fold *fold, struct text worker, struct uuid plan)
{
	struct key key = plan_key_worker_plan(worker, plan);

	if (worker.n && !fold->replica)
		fold_put(fold, TREE_WORKER, &key, NULL, NULL);
}

void handover_note_item(struct fold *fold, unsigned tree, const void *row)
{
	struct uuid plan;

	memcpy(&plan, row, sizeof(plan)); /* the first field of every row */
	for (size_t i = 0; i < NAMED_IN; i++)
		if (named_in[i].tree == tree)
			handover_note(fold, worker_of(&named_in[i], row), plan);
}

struct noting {
	struct fold *fold;
	struct uuid plan;
};

static bool note_row(void *ctx, const struct named_in *in, void *row)
{
	struct noting *noting = ctx;

	handover_note(noting->fold, worker_of(in, row), noting->plan);
	return true;
}

static bool forget_row(void *ctx, const struct named_in *in, void *row)
{
	struct noting *noting = ctx;
	struct key key = plan_key_worker_plan(worker_of(in, row), noting->plan);

	fold_delete(noting->fold, TREE_WORKER, &key);
	return true;
}

void handover_note_all(struct fold *fold, struct uuid plan)
{
	struct plan_part part;

	if (fold->replica)
		return;
	if (part_get(&fold->state, plan, &part))
		handover_note(fold, part.worker, plan);
	(void)each_row(&fold->state, plan, note_row, &(struct noting){fold, plan});
}

void handover_forget(struct fold *fold, struct uuid plan)
{
	struct plan_part part;

	if (fold->replica)
		return;
	if (part_get(&fold->state, plan, &part)) {
		struct key key = plan_key_worker_plan(part.worker, plan);
		fold_delete(fold, TREE_WORKER, &key);
	}
	(void)each_row(&fold->state, plan, forget_row, &(struct noting){fold, plan});
}

/* ---- deciding -------------------------------------------------------------------------------- */

static bool is_another(void *ctx, const struct named_in *in, void *row)
{
	const struct text *worker = ctx;

	return in->is_over(row) || !text_equal(worker_of(in, row), *worker);
}

static bool is_named(struct decision *d, const struct plan_part *part, struct text worker)
{
	return text_equal(part->worker, worker) ||
	       !each_row(&d->state, part->plan, is_another, &worker);
}

static bool is_open(struct decision *d, struct uuid plan, struct plan_part *ret)
{
	return part_get(&d->state, plan, ret) && ret->state == part_state_open;
}

static void assign(struct decision *d, const struct hand_over_work *c, const struct plan_part *part)
{
	struct change change = change_of_node(d, part);
	const struct worker_assigned e = {
		HEAD(&change), .worker = c->to, .team = c->team, .instead_of = c->from};

	change_emit(&change, schema_worker_assigned(), &e, ABOUT_PARTY);
}

static void hand_over_parts(
	struct decision *d, const struct hand_over_work *c, struct handed_over *reply)
{
	int64_t limit = c->limit > 0 ? c->limit : PARTS;
	struct key prefix = plan_key_worker(c->from);
	struct plan_part part;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORKER, NULL, &prefix, NULL);
	while (!reply->more && rows_next(&rows, NULL)) {
		if (!is_open(d, plan_key_last(rows.scan.key), &part) ||
			!is_named(d, &part, c->from))
			continue;
		if (reply->parts == limit) {
			reply->more = true;
			break;
		}
		assign(d, c, &part);
		reply->parts++;
	}
	rows_end(&rows);
}

/* Questions and proposals where the department has no open part. */
static void hand_over_the_rest(struct decision *d, const struct hand_over_work *c)
{
	struct key prefix = plan_key_work_of('w', c->from, NULL);
	struct plan_work_row row;
	struct plan_part part;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORK_OF, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		if (!plan_work_find(&d->state, plan_key_last(rows.scan.key), &row) ||
			is_open(d, row.plan, &part))
			continue;
		const struct plan_work_taken e = {.plan = row.plan,
			.citizen = row.citizen,
			.work = row.work,
			.worker = c->to};
		decision_emit(d, schema_plan_work_taken(),
			uuid_is_nil(row.plan) ? row.item : row.plan, &e);
	}
	rows_end(&rows);
}

enum err handover_decide(struct decision *d, const void *command)
{
	const struct hand_over_work *c = command;
	enum err err = change_check_actor(d);

	if (!err && text_equal(c->from, c->to))
		err = decision_refuse(d, ERR_INVALID, "to", "is the same as `from`");
	if (err)
		return err;
	hand_over_parts(d, c, d->reply);
	hand_over_the_rest(d, c);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

struct replacing {
	struct fold *fold;
	const struct worker_assigned *assigned;
};

static bool replace(void *ctx, const struct named_in *in, void *row)
{
	struct replacing *replacing = ctx;

	if (in->tree == TREE_WORK || /* with its indexes, below */
		in->is_over(row) ||
		!text_equal(worker_of(in, row), replacing->assigned->instead_of))
		return true;
	memcpy((char *)row + in->worker, &replacing->assigned->worker, sizeof(struct text));
	item_put(replacing->fold, (enum planning_tree)in->tree, row);
	return true;
}

void handover_apply(struct fold *fold, const struct worker_assigned *assigned)
{
	struct key key = plan_key_worker_plan(assigned->instead_of, assigned->plan);

	(void)each_row(&fold->state, assigned->plan, replace, &(struct replacing){fold, assigned});
	if (fold->replica)
		return;
	plan_work_change_hands(fold, assigned);
	fold_delete(fold, TREE_WORKER, &key);
}
