/* Answers, progress, notes. Pure; state through service.h. */
#include "services/planning/answers.h"

#include "services/planning/goals.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { DAYS_TO_TALK = 5 }; /* working days */

/* The department that keeps the goal, unless it is this one. */
static bool goal_owner(struct change *c, struct uuid goal, struct text *ret)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&c->d->state, 0, sources);
	struct plan_goal row;

	for (size_t i = 0; i < n; i++)
		if (!sources[i].own &&
			item_get(&sources[i].state, TREE_GOAL, ITEM(c->head.plan, goal), &row)) {
			*ret = sources[i].department;
			return true;
		}
	return false;
}

/* The citizen's word about a goal reaches whoever keeps the goal. */
static void address_owner(struct change *c, struct uuid goal)
{
	struct text department;

	if (goal_owner(c, goal, &department))
		audience_address(c->d, department);
}

/* ---- disagreement is work -------------------------------------------------------------------- */

/* Somewhere is an answer about the goal, as late as this one or later, that agrees. */
static bool agreed_since(struct decision *d, const struct plan_answer *answer)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, 0, sources);
	bool agreed = false;
	struct plan_answer row;
	struct rows rows;

	for (size_t i = 0; i < n && !agreed; i++) {
		struct key prefix = plan_key(part_plan(&sources[i].state, answer->plan));
		rows_begin(
			&rows, &sources[i].state, TREE_ANSWER, schema_plan_answer(), &prefix, NULL);
		while (!agreed && rows_next(&rows, &row))
			agreed = row.says == agreement_agrees && row.at >= answer->at &&
				 uuid_equal(row.goal, answer->goal);
		rows_end(&rows);
	}
	return agreed;
}

static void weigh(struct decision *d, const struct plan_answer *answer)
{
	struct uuid plan = part_plan(&d->state, answer->plan);
	struct plan_goal goal;

	if (d->historical || uuid_is_nil(answer->goal) ||
		!item_get(&d->state, TREE_GOAL, ITEM(plan, answer->goal), &goal))
		return;
	if (answer->says == agreement_agrees)
		plan_work_close_kind(d, plan,
			&(struct work_which){plan_work_kind_dissent, answer->goal, answer->at});
	if (answer->says == agreement_disagrees && !agreed_since(d, answer))
		plan_work_open(d, &(struct work_order){.kind = plan_work_kind_dissent,
					  .item = answer->goal,
					  .detail = answer->answer,
					  .plan = plan,
					  .due = plan_working_days_after(answer->at, DAYS_TO_TALK),
					  .opened_at = answer->at});
}

enum err answers_react_answered(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_answered *e = event;

	(void)record;
	weigh(d, e->answer);
	return ERR_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

static void emit_answer(struct change *c, struct plan_answer *row)
{
	const struct plan_answered e = {HEAD(c), .answer = row};

	row->plan = c->head.plan;
	row->citizen = c->head.citizen;
	row->answer = decision_uuid(c->d);
	row->at = c->d->occurred_at;
	change_emit(c, schema_plan_answered(), &e, ABOUT(row));
	if (!uuid_is_nil(row->goal))
		address_owner(c, row->goal);
	weigh(c->d, row);
}

/* decision_emit copies the event only: what it points at must outlive the decision. */
static struct plan_answer *new_answer(struct change *c, int64_t of_version)
{
	struct plan_answer *row = arena_alloc(c->d->state.arena, sizeof(*row));

	if (row)
		*row = (struct plan_answer){.of_version = of_version};
	else
		c->d->err = ERR_NO_MEMORY;
	return row;
}

static enum err answer_goal(struct change *c, const struct goal_answer *said, int64_t of_version)
{
	struct plan_goal goal;
	enum err err = goal_require(c, said->goal, &goal);
	struct plan_answer *row = new_answer(c, of_version);

	if (err || !row)
		return err;
	row->life_areas.n = goal.life_areas.n;
	row->life_areas.at = goal.life_areas.at;
	row->goal = said->goal;
	row->says = said->says;
	row->words = said->words;
	emit_answer(c, row);
	return ERR_OK;
}

enum err answers_decide_answer(struct decision *d, const void *command)
{
	const struct answer_plan *c = command;
	struct change change;
	enum err err = change_beside(d, c->plan, &change);

	if (err)
		return err;
	int64_t version = c->of_version ? c->of_version : change.part.version;
	if (version > change.part.version)
		return decision_refuse(d, ERR_INVALID, "of_version",
			"is higher than any there was: it is %lld now",
			(long long)change.part.version);
	if (!c->says && !c->goals.n)
		return decision_refuse(d, ERR_INVALID, "says", "nothing was answered");
	struct plan_answer *row = c->says ? new_answer(&change, version) : NULL;
	if (row) {
		row->life_areas.n = change.part.life_areas.n;
		row->life_areas.at = change.part.life_areas.at;
		row->says = c->says;
		row->words = c->words;
		emit_answer(&change, row);
	}
	for (size_t i = 0; i < c->goals.n; i++) {
		err = answer_goal(&change, &c->goals.at[i], version);
		if (err) {
			reason_prefix(d->reason, "goals", (long)i);
			return err;
		}
	}
	return change_done(&change, UUID_NIL);
}

enum err answers_decide_progress(struct decision *d, const void *command)
{
	const struct record_progress *c = command;
	struct plan_goal goal;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = goal_require(&change, c->goal, &goal);
	if (!err && !c->by_citizen && !c->by_worker)
		err = decision_refuse(
			d, ERR_INVALID, "by_citizen", "by_citizen or by_worker is required");
	if (err)
		return err;
	struct plan_progress row = {.plan = change.head.plan,
		.citizen = change.head.citizen,
		.progress = decision_uuid(d),
		.life_areas = {goal.life_areas.n, goal.life_areas.at},
		.goal = c->goal,
		.by_citizen = c->by_citizen,
		.by_worker = c->by_worker,
		.note = c->note,
		.at = d->occurred_at};
	const struct progress_recorded e = {HEAD(&change), .progress = &row};
	change_emit(&change, schema_progress_recorded(), &e, ABOUT(&row));
	address_owner(&change, c->goal);
	return change_done(&change, row.progress);
}

enum err answers_decide_ask(struct decision *d, const void *command)
{
	const struct ask_for_answer *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	change.head.version = change.part.version; /* it is asked about, and stays */
	const struct answer_asked e = {HEAD(&change)};
	decision_emit(d, schema_answer_asked(), change.head.plan, &e);
	return change_done(&change, UUID_NIL);
}

enum err answers_decide_note(struct decision *d, const void *command)
{
	const struct write_note *c = command;
	struct change change;
	enum err err = change_beside(d, c->plan, &change);

	if (err)
		return err;
	const struct note_written e = {HEAD(&change), .note = decision_uuid(d), .words = c->words};
	decision_emit(d, schema_note_written(), change.head.plan, &e);
	return change_done(&change, e.note);
}

/* ---- applying -------------------------------------------------------------------------------- */

void answers_apply_progress(struct fold *fold, const struct record *record, const void *event)
{
	const struct progress_recorded *e = event;
	const struct mark *mark =
		e->progress->by_citizen ? e->progress->by_citizen : e->progress->by_worker;
	struct plan_goal goal;

	items_apply_new(fold, record, event);
	if (!mark || !item_get(&fold->state, TREE_GOAL, ITEM(e->plan, e->progress->goal), &goal))
		return;
	if (!goal.scale) /* none was agreed: the mark stands by itself */
		return;
	struct scale scale = {goal.scale->wanted, goal.scale->start, mark->value};
	goal.scale = &scale;
	item_put(fold, TREE_GOAL, &goal);
}

void answers_apply_note(struct fold *fold, const struct record *record, const void *event)
{
	const struct note_written *e = event;
	struct key key = plan_key_item(e->plan, e->note);
	struct note_view note = {.note = e->note,
		.citizen = e->citizen,
		.words = e->words,
		.by = record->actor ? record->actor->id : TEXT_NONE,
		.at = plan_happened(record)};

	if (fold->replica) /* nobody should ever have sent one */
		return;
	fold_put(fold, TREE_NOTE, &key, schema_note_row(), &(struct note_row){e->plan, &note});
}
