/* What is wanted, and how far it is. Pure; state through service.h. */
#include "services/planning/goals.h"

#include "services/planning/parts.h"
#include "services/planning/states.h"

enum err goal_require(struct change *c, struct uuid goal, struct plan_goal *ret)
{
	if (!item_find(SIGHT(c->d), TREE_GOAL, ITEM(c->head.plan, goal), ret))
		return decision_refuse(c->d, ERR_NOT_FOUND, "goal", "is none of this plan");
	return ERR_OK;
}

enum err goals_collect_areas(struct change *c, const struct goal_list *goals, struct item_head *ret)
{
	enum life_area *areas = arena_alloc(c->d->state.arena, life_area_end * sizeof(*areas));
	bool seen[life_area_end] = {false};
	struct plan_goal goal;

	if (!areas)
		return decision_refuse(c->d, ERR_BUSY, "", "too much in one turn");
	for (size_t i = 0; i < goals->n; i++) {
		enum err err = goal_require(c, goals->at[i], &goal);
		if (err) {
			(void)reason_set(c->d->reason, err, "", "%s", "is none of this plan");
			reason_prefix(c->d->reason, "goals", (long)i);
			return err;
		}
		for (size_t k = 0; k < goal.life_areas.n; k++)
			seen[goal.life_areas.at[k]] = true;
	}
	ret->life_areas.at = areas;
	ret->life_areas.n = 0;
	for (int area = 1; area < life_area_end; area++)
		if (seen[area])
			areas[ret->life_areas.n++] = (enum life_area)area;
	return ERR_OK;
}

static enum err require_own(struct change *c, struct uuid goal, struct plan_goal *ret)
{
	if (!item_get(&c->d->state, TREE_GOAL, ITEM(c->head.plan, goal), ret))
		return decision_refuse(c->d, ERR_NOT_FOUND, "goal", "is none of this department's");
	return ERR_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

enum err goals_decide_state(struct decision *d, const void *command)
{
	const struct state_goal *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = change_check_id(&change, TREE_GOAL, "goal", c->goal);
	if (err)
		return err;
	struct plan_goal row = {.plan = change.head.plan,
		.citizen = change.head.citizen,
		.goal = change_id(&change, c->goal),
		.life_areas = {c->life_areas.n, c->life_areas.at},
		.words = c->words,
		.stated_by = c->stated_by,
		.priority = c->priority,
		.scale = c->scale,
		.target_on = c->target_on,
		.state = goal_state_proposed,
		.stated_at = d->occurred_at,
		.state_at = d->occurred_at};
	const struct goal_stated e = {HEAD(&change), .goal = &row};
	change_emit(&change, schema_goal_stated(), &e, ABOUT(&row));
	return change_done(&change, row.goal);
}

enum err goals_decide_change(struct decision *d, const void *command)
{
	const struct change_goal *c = command;
	struct plan_goal row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_own(&change, c->goal, &row);
	if (!err && !c->words.n && !c->priority && !c->scale && !c->target_on)
		err = decision_refuse(d, ERR_INVALID, "words", "nothing is to be changed");
	if (err)
		return err;
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct goal_changed e = {HEAD(&change), .goal = c->goal, .words = c->words,
		.priority = c->priority, .scale = c->scale, .target_on = c->target_on};
	change_emit(&change, schema_goal_changed(), &e, ABOUT(&row));
	return change_done(&change, c->goal);
}

enum err goals_decide_set_state(struct decision *d, const void *command)
{
	const struct set_goal_state *c = command;
	struct plan_goal row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_own(&change, c->goal, &row);
	if (err)
		return err;
	if (!goal_may_become(row.state, c->state))
		return decision_refuse(d, ERR_CONFLICT, "state",
			"a goal that is %s cannot become %s",
			enum_word(words_goal_state, row.state),
			enum_word(words_goal_state, c->state));
	const struct goal_state_set e = {
		HEAD(&change), .goal = c->goal, .was = row.state, .state = c->state};
	change_emit(&change, schema_goal_state_set(), &e, ABOUT(&row));
	return change_done(&change, c->goal);
}

enum err goals_decide_add_step(struct decision *d, const void *command)
{
	const struct add_step *c = command;
	struct plan_goal goal;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_own(&change, c->goal, &goal);
	if (!err)
		err = change_check_id(&change, TREE_STEP, "step", c->step);
	if (err)
		return err;
	struct plan_step row = {.plan = change.head.plan,
		.citizen = change.head.citizen,
		.step = change_id(&change, c->step),
		.life_areas = {goal.life_areas.n, goal.life_areas.at},
		.goal = c->goal,
		.words = c->words,
		.due_on = c->due_on};
	const struct step_added e = {HEAD(&change), .step = &row};
	change_emit(&change, schema_step_added(), &e, ABOUT(&row));
	return change_done(&change, row.step);
}

enum err goals_decide_finish_step(struct decision *d, const void *command)
{
	const struct finish_step *c = command;
	struct plan_step row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	if (!item_get(&d->state, TREE_STEP, ITEM(change.head.plan, c->step), &row))
		return decision_refuse(d, ERR_NOT_FOUND, "step", "is none of this department's");
	if (row.finished_at)
		return decision_refuse(d, ERR_CONFLICT, "step", "is finished already");
	const struct step_finished e = {HEAD(&change), .step = c->step, .goal = row.goal};
	change_emit(&change, schema_step_finished(), &e, ABOUT(&row));
	return change_done(&change, c->step);
}

/* ---- applying -------------------------------------------------------------------------------- */

void goals_apply_changed(struct fold *fold, const struct record *record, const void *event)
{
	const struct goal_changed *e = event;
	struct plan_goal row;

	if (item_get(&fold->state, TREE_GOAL, ITEM(e->plan, e->goal), &row)) {
		if (e->words.n)
			row.words = e->words;
		if (e->priority)
			row.priority = e->priority;
		if (e->scale)
			row.scale = e->scale;
		if (e->target_on)
			row.target_on = e->target_on;
		item_put(fold, TREE_GOAL, &row);
		held_note(fold, record, e->goal);
	}
	part_touch(fold, record, event);
}

void goals_apply_state_set(struct fold *fold, const struct record *record, const void *event)
{
	const struct goal_state_set *e = event;
	struct plan_goal row;

	if (item_get(&fold->state, TREE_GOAL, ITEM(e->plan, e->goal), &row)) {
		row.state = e->state;
		row.state_at = plan_happened(record);
		item_put(fold, TREE_GOAL, &row);
		held_note(fold, record, e->goal);
	}
	part_touch(fold, record, event);
}

void goals_apply_step_finished(struct fold *fold, const struct record *record, const void *event)
{
	const struct step_finished *e = event;
	struct plan_step row;

	if (item_get(&fold->state, TREE_STEP, ITEM(e->plan, e->step), &row)) {
		row.finished_at = plan_happened(record);
		item_put(fold, TREE_STEP, &row);
		held_note(fold, record, e->step);
	}
	part_touch(fold, record, event);
}
