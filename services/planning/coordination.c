/* Offers of the coordination and what becomes of them. Pure; state through service.h. */
#include "services/planning/coordination.h"

#include <string.h>

#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { DAYS_TO_ANSWER = 5 }; /* working days */

/* ---- what is known --------------------------------------------------------------------------- */

static bool get_offer(struct state *where, struct uuid plan, struct offer_row *ret)
{
	struct key key = plan_key(plan);

	return state_get(where, TREE_OFFER, &key, schema_offer_row(), ret);
}

static bool source_of(struct state *state, struct text department, struct source *ret)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(state, 0, sources);

	for (size_t i = 0; i < n; i++)
		if (text_equal(sources[i].department, department)) {
			*ret = sources[i];
			return true;
		}
	return false;
}

/* What the department that has it said to exactly this offer. */
static bool get_answer(struct state *state, const struct offer_row *offer, struct text from,
	struct offer_answer_row *ret)
{
	struct source there;

	if (!source_of(state, offer->to, &there))
		return false;
	struct key key = plan_key_from(part_plan(&there.state, offer->plan), from);
	return state_get(&there.state, TREE_OFFER_ANSWER, &key, schema_offer_answer_row(), ret) &&
	       ret->offer == offer->version;
}

/* Neither withdrawn nor of a term that has ended. */
static bool stands(struct state *where, struct uuid plan, struct offer_row *ret)
{
	struct plan_part part;

	return get_offer(where, plan, ret) && !ret->withdrawn && part_get(where, plan, &part) &&
	       part.state != part_state_closed && part.term == ret->term;
}

bool coordination_offer(
	struct state *state, const struct source *source, struct uuid plan, struct offer_row *ret)
{
	struct state where = source->state;
	struct offer_answer_row answer;

	return stands(&where, plan, ret) && !get_answer(state, ret, source->department, &answer);
}

static bool own_offer(struct decision *d, struct uuid plan, struct offer_row *ret)
{
	const struct source own = {own_department(&d->state), d->state, true, 0, UUID_NIL};

	return coordination_offer(&d->state, &own, plan, ret);
}

/* The offer to this department with the latest term, and whose it is. */
static bool offer_to_us(
	struct decision *d, struct uuid plan, struct offer_row *ret, struct text *ret_from)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, 0, sources);
	struct offer_row offer;
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		struct uuid there = part_plan(&sources[i].state, plan);
		if (sources[i].own || !coordination_offer(&d->state, &sources[i], there, &offer) ||
			!text_equal(offer.to, own_department(&d->state)) ||
			(found && offer.term <= ret->term))
			continue;
		*ret = offer;
		*ret_from = sources[i].department;
		found = true;
	}
	return found;
}

/* Of the work of answering it. */
static struct uuid offer_id(const struct offer_row *offer, struct text from)
{
	uint8_t bytes[sizeof(offer->plan.b) + 8 + 23];
	size_t n = sizeof(offer->plan.b);

	memcpy(bytes, offer->plan.b, n);
	put_u64(bytes + n, (uint64_t)offer->version);
	memcpy(bytes + n + 8, from.p, from.n < 23 ? from.n : 23);
	return uuid_of_hash(
		uuid_time(offer->plan), bytes_of(bytes, n + 8 + (from.n < 23 ? from.n : 23)));
}

static struct uuid offer_work(const struct offer_row *offer, struct text from)
{
	return plan_work_id(plan_work_kind_coordination, offer_id(offer, from), UUID_NIL);
}

/* ---- the one that coordinates ---------------------------------------------------------------- */

/* Does it take part, as far as may be seen here? */
static bool takes_part(struct decision *d, struct uuid plan, struct text department)
{
	struct source there;
	struct plan_part part;

	if (!source_of(&d->state, department, &there))
		return false;
	there.now = d->now;
	plan = part_plan(&there.state, plan);
	return part_get(&there.state, plan, &part) && part.state == part_state_open &&
	       source_shows(&d->state, &there, plan, UUID_NIL);
}

enum err coordination_decide_offer(struct decision *d, const void *command)
{
	const struct offer_coordination *c = command;
	struct offer_row offer;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (err)
		return err;
	if (change.part.term == 0)
		return decision_refuse(
			d, ERR_CONFLICT, "plan", "is not coordinated by this department");
	if (text_equal(c->to, own_department(&d->state)))
		return decision_refuse(d, ERR_INVALID, "to", "is this department itself");
	if (own_offer(d, change.head.plan, &offer))
		return decision_refuse(d, ERR_CONFLICT, "to",
			"it is offered to %.*s already: withdraw that first", (int)offer.to.n,
			offer.to.p);
	if (!takes_part(d, change.head.plan, c->to))
		return decision_refuse(
			d, ERR_CONFLICT, "to", "takes no part in it, as far as is known here");
	const struct coordination_offered e = {
		HEAD(&change), .term = change.part.term, .to = c->to, .reason = c->reason};
	change_emit(&change, schema_coordination_offered(), &e, ABOUT_PARTY);
	audience_address(d, c->to);
	return change_done(&change, UUID_NIL);
}

static void emit_withdrawn(struct change *c, const struct offer_row *offer)
{
	const struct coordination_withdrawn e = {HEAD(c), .term = offer->term, .to = offer->to};

	change_emit(c, schema_coordination_withdrawn(), &e, ABOUT_PARTY);
	audience_address(c->d, offer->to);
}

enum err coordination_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_coordination *c = command;
	struct offer_row offer;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err && !own_offer(d, change.head.plan, &offer))
		err = decision_refuse(
			d, ERR_CONFLICT, "plan", "its coordination is offered to nobody");
	if (err)
		return err;
	emit_withdrawn(&change, &offer);
	return change_done(&change, UUID_NIL);
}

/* ---- the one that is asked ------------------------------------------------------------------- */

static enum err require_offer(struct change *c, struct offer_row *ret, struct text *ret_from)
{
	if (!offer_to_us(c->d, c->head.plan, ret, ret_from))
		return decision_refuse(c->d, ERR_CONFLICT, "plan",
			"its coordination is not offered to this department");
	return ERR_OK;
}

enum err coordination_decide_accept(struct decision *d, const void *command)
{
	const struct accept_coordination *c = command;
	struct offer_row offer;
	struct change change;
	struct text from;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_offer(&change, &offer, &from);
	if (err)
		return err;
	const struct coordination_accepted e = {HEAD(&change), .term = offer.term, .from = from,
		.part = change.part.part, .offer = offer.version};
	change_emit(&change, schema_coordination_accepted(), &e, ABOUT_PARTY);
	audience_address(d, from);
	plan_work_close(d, offer_work(&offer, from));
	return change_done(&change, UUID_NIL);
}

static void emit_declined(struct change *c, const struct coordination_declined *e)
{
	change_emit(c, schema_coordination_declined(), e, ABOUT_PARTY);
	audience_address(c->d, e->from);
}

enum err coordination_decide_decline(struct decision *d, const void *command)
{
	const struct decline_coordination *c = command;
	struct offer_row offer;
	struct change change;
	struct text from;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require_offer(&change, &offer, &from);
	if (err)
		return err;
	const struct coordination_declined e = {HEAD(&change), .term = offer.term, .from = from,
		.reason = c->reason, .offer = offer.version};
	emit_declined(&change, &e);
	plan_work_close(d, offer_work(&offer, from));
	return change_done(&change, UUID_NIL);
}

void coordination_end_offers(struct change *c)
{
	struct offer_row offer;
	struct text from;

	if (own_offer(c->d, c->head.plan, &offer))
		emit_withdrawn(c, &offer);
	if (!offer_to_us(c->d, c->head.plan, &offer, &from))
		return;
	const struct coordination_declined e = {
		HEAD(c), .term = offer.term, .from = from, .offer = offer.version};
	emit_declined(c, &e);
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_offer(struct fold *fold, const struct offer_row *row)
{
	struct key key = plan_key(row->plan);

	fold_put(fold, TREE_OFFER, &key, schema_offer_row(), row);
}

/* Whoever hears an offer, or that one counts no more, knows which term the department has. */
static void set_term(
	struct fold *fold, const struct record *record, const void *event, int64_t term)
{
	struct plan_part part;

	part_touch(fold, record, event);
	if (!part_get(&fold->state, record->entity, &part))
		return;
	part.term = term;
	part_put(fold, &part);
}

void coordination_apply_offered(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_offered *e = event;

	put_offer(fold, &(struct offer_row){e->plan, e->to, e->term, e->version, false});
	set_term(fold, record, event, e->term);
}

void coordination_apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_withdrawn *e = event;
	struct offer_row offer;

	if (get_offer(&fold->state, e->plan, &offer) && offer.term == e->term) {
		offer.withdrawn = true;
		put_offer(fold, &offer);
	}
	part_touch(fold, record, event);
}

static void put_answer(struct fold *fold, const struct offer_answer_row *row)
{
	struct key key = plan_key_from(row->plan, row->from);

	fold_put(fold, TREE_OFFER_ANSWER, &key, schema_offer_answer_row(), row);
}

void coordination_apply_accepted(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_accepted *e = event;

	put_answer(fold, &(struct offer_answer_row){e->plan, e->from, e->offer, true});
	part_touch(fold, record, event);
}

void coordination_apply_declined(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_declined *e = event;

	put_answer(fold, &(struct offer_answer_row){e->plan, e->from, e->offer, false});
	part_touch(fold, record, event);
}

void coordination_apply_released(struct fold *fold, const struct record *record, const void *event)
{
	const struct coordination_released *e = event;
	struct plan_part part;

	set_term(fold, record, event, 0);
	if (!part_get(&fold->state, record->entity, &part))
		return;
	part.gave_up = e->term;
	part_put(fold, &part);
}

/* ---- reacting -------------------------------------------------------------------------------- */

enum err coordination_react_offered(
	struct decision *d, const struct record *record, const void *event)
{
	const struct coordination_offered *e = event;
	int64_t since = plan_happened(record);
	struct offer_row offer;
	struct text from;

	if (d->historical || !text_equal(e->to, own_department(&d->state)) ||
		!offer_to_us(d, e->plan, &offer, &from) || offer.version != e->version)
		return ERR_OK;
	plan_work_open(d, &(struct work_order){.kind = plan_work_kind_coordination,
				  .item = offer_id(&offer, from),
				  .plan = e->plan,
				  .due = plan_working_days_after(since, DAYS_TO_ANSWER),
				  .opened_at = since});
	return ERR_OK;
}

/* Of whichever department's offer to this one it was: what stands no more is no work. */
enum err coordination_react_ended(
	struct decision *d, const struct record *record, const void *event)
{
	struct source sources[SOURCES_MAX];
	size_t n = sources_collect(&d->state, 0, sources);
	struct uuid plan = event_head_of(event).plan;
	struct offer_row offer;

	(void)record;
	for (size_t i = 0; i < n; i++)
		if (!sources[i].own && get_offer(&sources[i].state, plan, &offer) &&
			text_equal(offer.to, own_department(&d->state)) &&
			!stands(&sources[i].state, plan, &offer))
			plan_work_close(d, offer_work(&offer, sources[i].department));
	return ERR_OK;
}

enum err coordination_react_accepted(
	struct decision *d, const struct record *record, const void *event)
{
	const struct coordination_accepted *e = event;
	struct uuid plan = part_plan(&d->state, e->plan);
	struct offer_answer_row answer;
	struct offer_row offer;
	struct plan_part part;

	(void)record;
	if (!text_equal(e->from, own_department(&d->state)) || !stands(&d->state, plan, &offer) ||
		!get_answer(&d->state, &offer, e->from, &answer) || !answer.accepted ||
		!part_get(&d->state, plan, &part))
		return ERR_OK;
	struct change change = change_of_node(d, &part);
	change.head.version = part.version; /* nobody's writing is made stale by it */
	const struct coordination_released released = {HEAD(&change), .term = part.term,
		.department = e->from, .to = offer.to, .part = part.part};
	change_emit(&change, schema_coordination_released(), &released, ABOUT_PARTY);
	audience_address(d, offer.to);
	return ERR_OK;
}
