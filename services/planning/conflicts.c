/* Looks for conflicts after a change and says what is new. Pure; state through service.h. */
#include "services/planning/conflicts.h"

#include <string.h>

#include "services/planning/parts.h"

enum { LOOKED_AT = 32 };

/* ---- one plan -------------------------------------------------------------------------------- */

static bool same_ids(const struct plan_conflict *a, const struct plan_conflict *b)
{
	if (a->items.n != b->items.n)
		return false;
	for (size_t i = 0; i < a->items.n; i++)
		if (!uuid_equal(a->items.at[i], b->items.at[i]))
			return false;
	return true;
}

static bool is_as_said(const struct plan_conflict *said, const struct plan_conflict *found)
{
	return said->since == found->since && said->until == found->until &&
	       said->asked == found->asked && same_ids(said, found);
}

static void say_found(struct change *c, const struct conflict *conflict)
{
	struct key key = plan_key_item(c->part.plan, conflict->row.conflict);
	struct plan_conflict said, *row;
	bool known = state_get(&c->d->state, TREE_CONFLICT, &key, schema_plan_conflict(), &said);

	if (!known && !conflict->own && !c->part.term)
		return;
	if (known && is_as_said(&said, &conflict->row))
		return;
	row = arena_copy(c->d->state.arena, &conflict->row, sizeof(*row));
	if (!row) {
		c->d->err = ERR_NO_MEMORY;
		return;
	}
	const struct conflict_found e = {.plan = c->part.plan,
		.citizen = c->part.citizen,
		.version = c->head.version,
		.conflict = row};
	decision_emit(c->d, schema_conflict_found(), c->part.plan, &e);
}

/* When there were more than could be looked at nothing is said to be gone. */
static bool is_found(const struct conflicts *found, const struct plan_conflict *said)
{
	for (size_t i = 0; i < found->n; i++)
		if (uuid_equal(found->at[i].row.conflict, said->conflict))
			return true;
	return found->full;
}

static void say_gone(struct change *c, const struct conflicts *found)
{
	struct key prefix = plan_key(c->part.plan);
	struct plan_conflict said;
	struct rows rows;

	rows_begin(&rows, &c->d->state, TREE_CONFLICT, schema_plan_conflict(), &prefix, NULL);
	while (rows_next(&rows, &said)) {
		const struct conflict_gone e = {.plan = c->part.plan,
			.citizen = c->part.citizen,
			.version = c->head.version,
			.conflict = said.conflict,
			.kind = said.kind};
		if (!is_found(found, &said))
			decision_emit(c->d, schema_conflict_gone(), c->part.plan, &e);
	}
	rows_end(&rows);
}

static void look_at(struct change *c, const struct override *override)
{
	const struct gathering what = {.state = &c->d->state,
		.plan = c->part.plan,
		.seen_at = c->d->now,
		.override = override};
	struct gathered seen;
	struct conflicts found = {.seen = &seen};

	if (c->part.state != part_state_open)
		return;
	if (!gather(&what, &seen) || !conflicts_find(c->d->state.arena, &found)) {
		c->d->err = ERR_NO_MEMORY;
		return;
	}
	for (size_t i = 0; i < found.n; i++)
		say_found(c, &found.at[i]);
	say_gone(c, &found);
}

/* ---- other plans ----------------------------------------------------------------------------- */

/* Plans of which it was said that the appointment is in a conflict. */
static size_t plans_said(
	struct state *state, struct uuid appointment, struct uuid ret[SEEN_PLANS], size_t n)
{
	struct key prefix = plan_key(appointment);
	struct rows rows;

	rows_begin(&rows, state, TREE_CONFLICT_ITEM, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL) && n < SEEN_PLANS) {
		struct uuid plan = plan_key_last_but_one(rows.scan.key);
		size_t at = 0;
		while (at < n && !uuid_equal(ret[at], plan))
			at++;
		if (at == n)
			ret[n++] = plan;
	}
	rows_end(&rows);
	return n;
}

static void look_at_plan(struct decision *d, struct uuid plan, const struct override *override)
{
	struct plan_part part;

	if (!part_get(&d->state, plan, &part))
		return;
	struct change change = change_of_node(d, &part);
	change.head.version = part.version; /* nobody's writing is made stale by it */
	look_at(&change, override);
}

static void look_beside(struct decision *d, const struct plan_appointment *row, struct uuid citizen,
	const struct override *override)
{
	struct uuid plans[SEEN_PLANS];
	size_t n = plans_beside(&d->state, row, citizen, plans);

	n = plans_said(&d->state, row->appointment, plans, n);
	for (size_t i = 0; i < n; i++)
		if (!uuid_equal(plans[i], row->plan))
			look_at_plan(d, plans[i], override);
}

/* Plans, each once, that are to be looked at once in a decision. */
struct plans {
	struct decision *d;
	struct uuid at[LOOKED_AT];
	size_t n;
};

static void add_plan(struct plans *plans, struct uuid plan)
{
	for (size_t i = 0; i < plans->n; i++)
		if (uuid_equal(plans->at[i], plan))
			return;
	if (plans->n < LOOKED_AT)
		plans->at[plans->n++] = plan;
}

/* Of which it was said that an appointment of this plan there is in a conflict. */
static void add_plans_beside(struct plans *plans, struct state *where, struct uuid plan)
{
	struct key prefix = plan_key(plan);
	struct uuid said[SEEN_PLANS];
	struct plan_appointment row;
	struct rows rows;

	rows_begin(&rows, where, TREE_APPOINTMENT, schema_plan_appointment(), &prefix, NULL);
	while (rows_next(&rows, &row)) {
		size_t n = plans_said(&plans->d->state, row.appointment, said, 0);
		for (size_t i = 0; i < n; i++)
			add_plan(plans, said[i]);
	}
	rows_end(&rows);
}

static void look_at_plans(const struct plans *plans, const struct override *override)
{
	for (size_t i = 0; i < plans->n; i++)
		look_at_plan(plans->d, plans->at[i], override);
}

void conflicts_look_at_end(struct change *c)
{
	const struct override override = {.closed = c->part.plan, .closed_at = c->d->occurred_at};
	struct plans plans = {.d = c->d};

	look_at(c, &override);
	add_plans_beside(&plans, &c->d->state, c->part.plan);
	for (size_t i = 0; i < plans.n; i++)
		if (!uuid_equal(plans.at[i], c->part.plan))
			look_at_plan(c->d, plans.at[i], &override);
}

void conflicts_look_without(struct decision *d, struct uuid citizen, struct uuid consent)
{
	const struct override override = {.withdrawn = consent};
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, d->now, sources);
	struct key prefix = plan_key(citizen);
	struct plans plans = {.d = d};
	struct rows rows;

	for (size_t i = 0; i < n; i++) {
		rows_begin(&rows, &sources[i].state, TREE_CITIZEN_PLAN, NULL, &prefix, NULL);
		while (rows_next(&rows, NULL)) {
			struct uuid plan = plan_key_last(rows.scan.key);
			add_plan(&plans, plan);
			add_plans_beside(&plans, &sources[i].state, plan);
		}
		rows_end(&rows);
	}
	look_at_plans(&plans, &override);
}

void conflicts_look(struct change *c, const struct override *override)
{
	struct override will_be = *override;

	will_be.citizen = c->part.citizen;
	look_at(c, &will_be);
	if (override->appointment)
		look_beside(c->d, override->appointment, c->part.citizen, &will_be);
}

/* ---- what others say ------------------------------------------------------------------------- */

/* The appointment that a record is about; nil: it is about none. */
static struct uuid appointment_of(const struct record *record, const void *event)
{
	const struct appointment_booked *booked = event;
	const struct disclosed *disclosed = event;

	if (text_is(record->type, schema_appointment_booked()->head->name))
		return booked->appointment->appointment;
	if (text_is(record->type, schema_disclosed()->head->name))
		return disclosed->appointment ? disclosed->appointment->appointment : UUID_NIL;
	if (text_is(record->type, schema_appointment_moved()->head->name))
		return ((const struct appointment_moved *)event)->appointment;
	if (text_is(record->type, schema_appointment_cancelled()->head->name))
		return ((const struct appointment_cancelled *)event)->appointment;
	if (text_is(record->type, schema_attendance_recorded()->head->name))
		return ((const struct attendance_recorded *)event)->appointment;
	return UUID_NIL;
}

static bool is_in_nobodys_way(const struct record *record, const void *event)
{
	const struct disclosed *e = event;

	return text_is(record->type, schema_disclosed()->head->name) && !e->part && !e->measure &&
	       !e->appointment && !e->commitment;
}

/* All that it does may be in the way of any plan, or no more. */
static void look_at_part(struct decision *d, struct uuid plan)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, d->now, sources);
	struct plans plans = {.d = d, .at = {plan}, .n = 1};

	for (size_t i = 0; i < n; i++)
		if (text_equal(department_node(d->state.arena, sources[i].department),
			    text_of(d->owner)))
			add_plans_beside(&plans, &sources[i].state, plan);
	look_at_plans(&plans, NULL);
}

enum err conflicts_react(struct decision *d, const struct record *record, const void *event)
{
	struct uuid plan = event_head_of(event).plan, appointment = appointment_of(record, event);
	struct plan_appointment row;

	if (is_in_nobodys_way(record, event))
		return ERR_OK;
	if (text_is(record->type, schema_part_closed()->head->name)) {
		look_at_part(d, plan);
		return ERR_OK;
	}
	look_at_plan(d, plan, NULL);
	if (uuid_is_nil(appointment))
		return ERR_OK;
	if (!item_find(SIGHT(d), TREE_APPOINTMENT, ITEM(plan, appointment), &row))
		row = (struct plan_appointment){.plan = plan, .appointment = appointment};
	look_beside(d, &row, event_head_of(event).citizen, NULL);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void index_items(struct fold *fold, const struct plan_conflict *row, bool put)
{
	for (size_t i = 0; i < row->items.n; i++) {
		struct key key = plan_key_conflict_item(row->items.at[i], row->plan, row->conflict);
		if (put)
			fold_put(fold, TREE_CONFLICT_ITEM, &key, NULL, NULL);
		else
			fold_delete(fold, TREE_CONFLICT_ITEM, &key);
	}
}

static void index_plan(struct fold *fold, struct uuid plan, bool put)
{
	struct key prefix = plan_key(plan);
	struct plan_conflict row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_CONFLICT, schema_plan_conflict(), &prefix, NULL);
	while (rows_next(&rows, &row))
		index_items(fold, &row, put);
	rows_end(&rows);
}

void conflicts_forget_items(struct fold *fold, struct uuid plan)
{
	index_plan(fold, plan, false);
}

void conflicts_find_items(struct fold *fold, struct uuid plan)
{
	index_plan(fold, plan, true);
}

static void forget(struct fold *fold, const struct key *key)
{
	struct plan_conflict was;

	if (!state_get(&fold->state, TREE_CONFLICT, key, schema_plan_conflict(), &was))
		return;
	index_items(fold, &was, false);
	fold_delete(fold, TREE_CONFLICT, key);
}

void conflicts_apply_found(struct fold *fold, const struct record *record, const void *event)
{
	const struct conflict_found *e = event;
	struct key key = plan_key_item(e->plan, e->conflict->conflict);

	(void)record;
	forget(fold, &key);
	fold_put(fold, TREE_CONFLICT, &key, schema_plan_conflict(), e->conflict);
	index_items(fold, e->conflict, true);
}

void conflicts_apply_gone(struct fold *fold, const struct record *record, const void *event)
{
	const struct conflict_gone *e = event;
	struct key key = plan_key_item(e->plan, e->conflict);

	(void)record;
	forget(fold, &key);
}
