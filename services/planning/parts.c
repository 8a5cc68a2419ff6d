/* Opening, changing and closing the own part; the rows of everybody's. Pure; state through
 * service.h. */
#include "services/planning/parts.h"

#include <string.h>

#include "proto/cpr.h"
#include "services/planning/change.h"
#include "services/planning/commitments.h"
#include "services/planning/conflicts.h"
#include "services/planning/coordination.h"
#include "services/planning/handover.h"
#include "services/planning/reviews.h"
#include "services/planning/work.h"

bool part_get(struct state *state, struct uuid plan, struct plan_part *ret)
{
	struct key key = plan_key(plan);

	return state_get(state, TREE_PART, &key, schema_plan_part(), ret);
}

struct uuid part_plan(struct state *state, struct uuid plan)
{
	struct key key = plan_key(plan);
	struct alias_row alias;

	return state_get(state, TREE_ALIAS, &key, schema_alias_row(), &alias) ? alias.plan : plan;
}

struct uuid part_plan_of(struct state *state, struct uuid citizen)
{
	struct key prefix = plan_key(citizen);
	struct uuid plan = UUID_NIL;
	struct rows rows;

	rows_begin_down(&rows, state, TREE_CITIZEN_PLAN, NULL, &prefix, NULL);
	if (rows_next(&rows, NULL))
		plan = plan_key_last(rows.scan.key);
	rows_end(&rows);
	return plan;
}

void part_extend(struct plan_part *part, const struct part_areas *with, enum life_area *room)
{
	size_t n = part->life_areas.n < PART_AREAS ? part->life_areas.n : PART_AREAS;

	if (n)
		memcpy(room, part->life_areas.at, n * sizeof(room[0]));
	for (size_t i = 0; i < with->n; i++) {
		size_t k = 0;
		while (k < n && room[k] != with->at[i])
			k++;
		if (k == n && n < PART_AREAS)
			room[n++] = with->at[i];
	}
	part->life_areas.at = room;
	part->life_areas.n = n;
}

/* ---- opening --------------------------------------------------------------------------------- */

static enum err check_person(struct decision *d, const struct open_part *c, struct text *ret_number)
{
	struct cpr cpr;

	*ret_number = TEXT_NONE;
	if (!c->number.n && !c->name.n)
		return decision_refuse(d, ERR_INVALID, "number", "number or name is required");
	if (c->number.n && cpr_parse(c->number.p, c->number.n, &cpr, d->reason)) {
		reason_prefix(d->reason, "number", -1);
		return ERR_INVALID;
	}
	if (c->number.n)
		*ret_number = text_of(arena_copy(d->state.arena, cpr.normal, strlen(cpr.normal)));
	return ERR_OK;
}

static enum err check_new(struct decision *d, const struct open_part *c)
{
	struct uuid plan = part_plan(&d->state, c->plan);
	struct plan_part part;

	if (!uuid_is_nil(c->plan) && part_get(&d->state, plan, &part))
		return decision_refuse(d, ERR_CONFLICT, "plan", "is in use by another plan");
	if (uuid_is_nil(c->citizen))
		return ERR_OK;
	plan = part_plan_of(&d->state, c->citizen);
	if (part_get(&d->state, plan, &part) && part.state == part_state_open)
		return decision_refuse(d, ERR_CONFLICT, "citizen",
			"has a plan already in which this department takes part");
	return ERR_OK;
}

enum err parts_decide_open(struct decision *d, const void *command)
{
	const struct open_part *c = command;
	struct text number;
	enum err err = change_check_actor(d);

	if (!err)
		err = check_person(d, c, &number);
	if (!err)
		err = check_new(d, c);
	if (err)
		return err;
	struct plan_part part = {.life_areas = {c->life_areas.n, c->life_areas.at}};
	part.plan = uuid_is_nil(c->plan) ? decision_uuid(d) : c->plan;
	part.citizen = uuid_is_nil(c->citizen) ? decision_uuid(d) : c->citizen;
	struct change change = change_of_node(d, &part);
	const struct opened_for person = {part.citizen, number, c->name};
	const struct part_opened e = {HEAD(&change), .part = decision_uuid(d),
		.department = own_department(&d->state),
		.life_areas = {c->life_areas.n, c->life_areas.at}, .provisional = true,
		.opened_for = arena_copy(d->state.arena, &person, sizeof(person)),
		.worker = d->actor.id};
	change_emit(&change, schema_part_opened(), &e, ABOUT(&part));
	change_emit_party(&change, part_state_open);
	part.part = e.part;
	part.worker = e.worker;
	part.version = e.version;
	plan_work_open_for_worker(d, &part, d->occurred_at);
	return change_done(&change, part.plan);
}

/* ---- changing -------------------------------------------------------------------------------- */

enum err parts_decide_assign(struct decision *d, const void *command)
{
	const struct assign_worker *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	const struct worker_assigned e = {
		HEAD(&change), .worker = c->worker.n ? c->worker : d->actor.id, .team = c->team};
	if (!e.worker.n)
		return decision_refuse(d, ERR_INVALID, "worker", "is required");
	change_emit(&change, schema_worker_assigned(), &e, ABOUT_PARTY);
	plan_work_close_kind(
		d, change.head.plan, &(struct work_which){.kind = plan_work_kind_worker});
	return change_done(&change, UUID_NIL);
}

enum err parts_decide_support(struct decision *d, const void *command)
{
	const struct set_expected_support *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	const struct support_expected e = {HEAD(&change), .expected = c->expected,
		.assessed_by = c->assessed_by.n ? c->assessed_by : d->actor.id,
		.assessed_at = c->assessed_at ? c->assessed_at : d->occurred_at};
	if (!e.assessed_by.n)
		return decision_refuse(d, ERR_INVALID, "assessed_by", "is required");
	if (e.assessed_at > d->now)
		return decision_refuse(d, ERR_INVALID, "assessed_at", "lies in the future");
	change_emit(&change, schema_support_expected(), &e, ABOUT(&change.part));
	return change_done(&change, UUID_NIL);
}

enum err parts_decide_close(struct decision *d, const void *command)
{
	const struct close_part *c = command;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err && change.part.provisional)
		err = decision_refuse(
			d, ERR_CONFLICT, "plan", "the entrance has not settled yet whose it is");
	if (!err && c->outcome == outcome_ordinary_support && !c->paragraph.n)
		err = decision_refuse(
			d, ERR_INVALID, "paragraph", "is required with ordinary support");
	if (err)
		return err;
	coordination_end_offers(&change);
	plan_work_close_part(d, change.head.plan);
	const struct part_closed e = {HEAD(&change), .outcome = c->outcome,
		.part = change.part.part, .paragraph = c->paragraph, .words = c->words,
		.department = own_department(&d->state)};
	change_emit(&change, schema_part_closed(), &e, ABOUT(&change.part));
	change_emit_party(&change, part_state_closed);
	conflicts_look_at_end(&change);
	return change_done(&change, UUID_NIL);
}

/* ---- applying -------------------------------------------------------------------------------- */

void part_load(
	struct fold *fold, const struct record *record, const void *event, struct plan_part *ret)
{
	struct event_head head = event_head_of(event);

	if (!part_get(&fold->state, head.plan, ret))
		*ret = (struct plan_part){.plan = head.plan, .citizen = head.citizen};
	if (head.version <= ret->version)
		return;
	ret->version = head.version;
	if (!text_is(record->type, schema_disclosed()->head->name) &&
		plan_happened(record) > ret->changed_at)
		ret->changed_at = plan_happened(record);
}

void part_put(struct fold *fold, const struct plan_part *part)
{
	struct key key = plan_key(part->plan);
	struct key of_citizen = plan_key_item(part->citizen, part->plan);

	fold_put(fold, TREE_PART, &key, schema_plan_part(), part);
	fold_put(fold, TREE_CITIZEN_PLAN, &of_citizen, NULL, NULL);
	if (part->state == part_state_open)
		handover_note(fold, part->worker, part->plan);
}

static bool is_made(struct fold *fold, struct uuid plan, int64_t version)
{
	struct key prefix = plan_key_version(plan, version, TEXT_NONE);
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_VERSION, NULL, &prefix, NULL);
	bool made = rows_next(&rows, NULL);
	rows_end(&rows);
	return made;
}

/* What changed since a version, for those who saw it. What the node itself does beside a version
 * makes no writing stale; at which version that happens is chance. */
static void note_version(struct fold *fold, const struct record *record, int64_t version)
{
	struct key key = plan_key_version(record->entity, version, record->type);
	bool by_node = record->actor && text_is(record->actor->role, NODE_ROLE);

	if (!fold->replica && !(by_node && is_made(fold, record->entity, version)))
		fold_put(fold, TREE_VERSION, &key, schema_version_row(),
			&(struct version_row){record->entity, record->type});
}

static void keep(struct fold *fold, const struct record *record, const struct plan_part *part)
{
	part_put(fold, part);
	note_version(fold, record, part->version);
	held_note(fold, record, HELD_PARTY);
}

void part_touch(struct fold *fold, const struct record *record, const void *event)
{
	struct plan_part part;

	part_load(fold, record, event, &part);
	keep(fold, record, &part);
}

/* The part goes on under another id. */
static void keep_of_open(struct plan_part *part, const struct plan_part *before)
{
	part->expected = before->expected;
	part->assessed_by = before->assessed_by;
	part->assessed_at = before->assessed_at;
	if (uuid_is_nil(part->inquiry))
		part->inquiry = before->inquiry;
}

void parts_apply_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_opened *e = event;
	struct plan_part before = {0};
	struct plan_part part = {.plan = e->plan,
		.citizen = e->citizen,
		.part = e->part,
		.life_areas = {e->life_areas.n, e->life_areas.at},
		.version = e->version,
		.state = part_state_open,
		.provisional = e->provisional,
		.inquiry = e->inquiry,
		.worker = e->worker,
		.opened_at = plan_happened(record),
		.opened_for = e->opened_for,
		.changed_at = plan_happened(record)};

	(void)part_get(&fold->state, e->plan, &before);
	part.team = before.team;
	part.weekly_hours = before.weekly_hours;
	part.weekly_hours_at = before.weekly_hours_at;
	if (before.state == part_state_open)
		keep_of_open(&part, &before);
	keep(fold, record, &part);
	held_note(fold, record, UUID_NIL);
	if (fold->replica)
		return;
	handover_note_all(fold, e->plan);
	plan_work_follow(fold, e->plan);
	if (before.state != part_state_closed)
		return;
	commitments_find_due(fold, record, e->plan, record->time);
	reviews_find_work(fold, e->plan);
}

void parts_apply_extended(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_extended *e = event;
	enum life_area areas[PART_AREAS];
	struct plan_part part;

	part_load(fold, record, event, &part);
	part.inquiry = e->inquiry;
	part_extend(&part, &(struct part_areas){e->life_areas.n, e->life_areas.at}, areas);
	keep(fold, record, &part);
	held_note(fold, record, UUID_NIL);
}

void parts_apply_coordination(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_begun *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	part.term = e->term;
	keep(fold, record, &part);
}

void parts_apply_worker(struct fold *fold, const struct record *record, const void *event)
{
	const struct worker_assigned *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	bool of_part = !e->instead_of.n || text_equal(part.worker, e->instead_of);
	if (of_part) {
		part.worker = e->worker;
		part.team = e->team.n ? e->team : part.team;
	}
	keep(fold, record, &part);
	if (of_part && !fold->replica)
		plan_work_follow(fold, e->plan);
	if (e->instead_of.n)
		handover_apply(fold, e);
}

void parts_apply_support(struct fold *fold, const struct record *record, const void *event)
{
	const struct support_expected *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	part.expected = e->expected;
	part.assessed_by = e->assessed_by;
	part.assessed_at = e->assessed_at;
	keep(fold, record, &part);
	held_note(fold, record, UUID_NIL);
}

void parts_apply_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_closed *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	part.state = part_state_closed;
	part.term = 0;
	part.outcome = e->outcome;
	part.paragraph = e->paragraph;
	part.words = e->words;
	part.closed_at = plan_happened(record);
	keep(fold, record, &part);
	held_note(fold, record, UUID_NIL);
	if (fold->replica)
		return;
	commitments_forget_due(fold, e->plan);
	plan_work_forget(fold, e->plan);
	handover_forget(fold, e->plan);
}

void parts_apply_party(struct fold *fold, const struct record *record, const void *event)
{
	const struct party_set *e = event;
	struct plan_part part;

	part_load(fold, record, event, &part);
	part.state = e->state;
	if (e->state == part_state_closed)
		part.term = 0;
	part_put(fold, &part);
	held_note(fold, record, HELD_PARTY);
}
