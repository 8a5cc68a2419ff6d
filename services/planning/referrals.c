/* Reactions to the entrance's register of plans, and the move of a provisional plan. Pure; state
 * through service.h. */
#include "services/planning/referrals.h"

#include <string.h>

#include "services/planning/appointments.h"
#include "services/planning/change.h"
#include "services/planning/commitments.h"
#include "services/planning/conflicts.h"
#include "services/planning/handover.h"
#include "services/planning/parts.h"
#include "services/planning/reviews.h"
#include "services/planning/work.h"

void referrals_apply_referred(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_referred *e = event;
	struct key key = plan_key(e->plan);

	(void)record;
	fold_put(fold, TREE_REFERRED, &key, schema_plan_referred(), e);
}

void referrals_apply_nothing(struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}

/* ---- referrals ------------------------------------------------------------------------------- */

enum err referrals_react_referred(
	struct decision *d, const struct record *record, const void *event)
{
	const struct plan_referred *e = event;
	enum life_area areas[PART_AREAS];
	struct uuid plan = part_plan(&d->state, e->plan); /* it may have been joined to another */
	struct plan_part part;
	bool known = part_get(&d->state, plan, &part);

	(void)record;
	if (!text_equal(e->department, own_department(&d->state)))
		return ERR_OK;
	if (!known)
		part = (struct plan_part){.plan = plan, .citizen = e->citizen};
	if (known && part.state == part_state_open) {
		part_extend(&part, &(struct part_areas){e->life_areas.n, e->life_areas.at}, areas);
	} else {
		part.life_areas.n = e->life_areas.n;
		part.life_areas.at = e->life_areas.at;
	}
	struct change change = change_of_node(d, &part);
	if (known && part.state == part_state_open) {
		const struct part_extended extended = {HEAD(&change), .inquiry = e->inquiry,
			.life_areas = {e->life_areas.n, e->life_areas.at}};
		change_emit(&change, schema_part_extended(), &extended, ABOUT(&part));
		return ERR_OK;
	}
	const struct part_opened opened = {HEAD(&change),
		.part = uuid_is_nil(e->part) ? decision_uuid(d) : e->part,
		.department = own_department(&d->state), .inquiry = e->inquiry,
		.life_areas = {e->life_areas.n, e->life_areas.at}};
	change_emit(&change, schema_part_opened(), &opened, ABOUT(&part));
	change_emit_party(&change, part_state_open);
	const struct plan_part fresh = {.plan = plan,
		.citizen = opened.citizen,
		.part = opened.part,
		.team = part.team,
		.version = opened.version};
	plan_work_open_for_worker(d, &fresh, plan_happened(record));
	return ERR_OK;
}

/* ---- who coordinates ------------------------------------------------------------------------- */

/* A registration that speaks of an earlier opening came too late: the entrance has heard, or will
 * hear, that it was closed, and somebody else may coordinate by then. */
enum err referrals_react_coordinator(
	struct decision *d, const struct record *record, const void *event)
{
	const struct coordinator_registered *e = event;
	struct plan_part part;

	(void)record;
	if (!part_get(&d->state, part_plan(&d->state, e->plan), &part) ||
		part.state != part_state_open || !uuid_equal(part.part, e->part) ||
		part.term >= e->term || part.gave_up >= e->term)
		return ERR_OK;
	struct change change = change_of_node(d, &part);
	change.head.version = part.version; /* nobody's writing is made stale by it */
	const struct coordination_begun begun = {HEAD(&change), .term = e->term, .part = e->part};
	change_emit(&change, schema_coordination_begun(), &begun, ABOUT_PARTY);
	change.part.term = e->term;
	conflicts_look(&change, &(struct override){0});
	return ERR_OK;
}

/* ---- a provisional plan is settled ----------------------------------------------------------- */

/* An own part in the plan that was closed gives way to the joined one. The entrance may have taken
 * the two for one, and heard of its end: so it is opened anew, and what was registered for the
 * provisional opening counts no more (I14). */
static void announce(struct change *c, struct text department)
{
	const struct part_opened e = {HEAD(c), .part = decision_uuid(c->d),
		.department = department,
		.life_areas = {c->part.life_areas.n, c->part.life_areas.at},
		.opened_for = c->part.opened_for, .worker = c->part.worker};

	change_emit(c, schema_part_opened(), &e, ABOUT(&c->part));
	change_emit_party(c, part_state_open);
}

enum err referrals_react_joined(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_joined *e = event;
	bool moves = !uuid_equal(e->plan, e->provisional_plan);
	struct plan_part part, there;

	(void)record;
	if (!part_get(&d->state, e->provisional_plan, &part))
		return ERR_OK;
	struct change change = change_of_node(d, &part);
	change.head = (struct event_head){e->plan, e->citizen, part.version};
	moves = moves && part_get(&d->state, e->plan, &there);
	if (moves && there.version >= part.version)
		change.head.version = there.version + 1;
	if (moves && there.state == part_state_open && there.worker.n) /* it has one, then */
		plan_work_close_kind(d, e->provisional_plan,
			&(struct work_which){.kind = plan_work_kind_worker});
	const struct part_joined joined = {HEAD(&change), .provisional_plan = e->provisional_plan};
	change_emit(&change, schema_part_joined(), &joined, ABOUT_PARTY);
	audience_disclose(d, &part, &change.head);
	if (moves && there.state == part_state_closed && part.state == part_state_open)
		announce(&change, own_department(&d->state));
	return ERR_OK;
}

struct move {
	struct fold *fold;
	struct uuid from, to;
};

static void move_row(const struct move *move, unsigned tree, struct bytes old, void *row)
{
	const struct schema *schema = planning_trees[tree].row();
	struct key from = {0}, to = plan_key(move->to);

	from.n = old.n;
	memcpy(from.b, old.p, old.n);
	memcpy(to.b + to.n, from.b + to.n, from.n - to.n);
	to.n = from.n;
	memcpy(row, &move->to, sizeof(move->to)); /* the plan is the first field of every row */
	fold_put(move->fold, tree, &to, schema, row);
	fold_delete(move->fold, tree, &from);
}

static void move_rows(const struct move *move)
{
	struct key prefix = plan_key(move->from);
	struct rows rows;

	for (unsigned tree = TREE_PART + 1; tree < TREE_PLAN_TREES; tree++) {
		const struct schema *schema = planning_trees[tree].row();
		void *row = arena_alloc(move->fold->state.arena, schema->size);
		if (!row) {
			store_fail(move->fold->state.txn, ERR_NO_MEMORY);
			return;
		}
		rows_begin(&rows, &move->fold->state, tree, schema, &prefix, NULL);
		while (rows_next(&rows, row))
			move_row(move, tree, rows.scan.key, row);
		rows_end(&rows);
	}
}

/* The part under the plan: the moved one, unless an open one was there before. */
static void join_parts(struct fold *fold, const struct part_joined *e)
{
	struct key old = plan_key(e->provisional_plan);
	struct plan_part part, there;

	if (!part_get(&fold->state, e->provisional_plan, &part))
		part = (struct plan_part){.plan = e->plan};
	if (!uuid_equal(e->plan, e->provisional_plan)) {
		struct key of_citizen = plan_key_item(part.citizen, e->provisional_plan);
		struct opened_for *opened_for = part.opened_for;
		fold_delete(fold, TREE_PART, &old);
		fold_delete(fold, TREE_CITIZEN_PLAN, &of_citizen);
		bool found = part_get(&fold->state, e->plan, &there);
		if (found && there.state != part_state_closed)
			part = there;
		part.opened_for = opened_for;
		part.gave_up = found ? there.gave_up : 0; /* terms are counted plan by plan */
	}
	part.plan = e->plan;
	part.citizen = e->citizen;
	part.provisional = false;
	part_put(fold, &part);
}

/* What was written under the id that the citizen had until now stays theirs. */
static void note_name(struct fold *fold, const struct part_joined *e)
{
	struct plan_part part;

	if (fold->replica || !part_get(&fold->state, e->provisional_plan, &part) ||
		uuid_equal(part.citizen, e->citizen))
		return;
	struct key key = plan_key_item(e->citizen, part.citizen);
	fold_put(fold, TREE_NAME, &key, NULL, NULL);
}

void referrals_apply_joined(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_joined *e = event;
	const struct move move = {fold, e->provisional_plan, e->plan};
	struct key key = plan_key(e->provisional_plan);

	note_name(fold, e);
	appointments_forget(fold, e->plan);
	appointments_forget(fold, e->provisional_plan);
	if (!uuid_equal(e->plan, e->provisional_plan)) {
		if (!fold->replica) {
			commitments_forget_due(fold, e->provisional_plan);
			plan_work_unindex(fold, e->provisional_plan);
			handover_forget(fold, e->provisional_plan);
		}
		conflicts_forget_items(fold, e->provisional_plan);
		move_rows(&move);
		fold_put(fold, TREE_ALIAS, &key, schema_alias_row(), &(struct alias_row){e->plan});
	}
	join_parts(fold, e);
	appointments_find(fold, e->plan);
	conflicts_find_items(fold, e->plan);
	part_touch(fold, record, event);
	if (fold->replica)
		return;
	plan_work_follow(fold, e->plan);
	commitments_find_due(fold, record, e->plan, 0);
	reviews_find_work(fold, e->plan);
	handover_note_all(fold, e->plan);
}
