/* Consents as every department knows them. Pure; state through service.h. */
#include "services/planning/consents.h"

#include "proto/consent_known.h"
#include "services/planning/change.h"
#include "services/planning/conflicts.h"
#include "services/planning/disclosure.h"
#include "services/planning/parts.h"
#include "services/planning/pause.h"

/* ---- what is known --------------------------------------------------------------------------- */

/* What is followed lies in the same trees as what is the node's own. */
static const struct consent_trees trees = {
	TREE_CONSENT, TREE_WITHDRAWN, TREE_CONSENT, TREE_WITHDRAWN};

bool consent_has_ended(struct state *state, struct uuid consent, int64_t now)
{
	struct consent_given known;

	if (consent_known_withdrawn(state, &trees, consent))
		return true;
	return consent_known_find(state, &trees, consent, &known) && known.until &&
	       known.until <= now;
}

static bool is_in_force(struct state *state, const struct consent_given *consent, int64_t now)
{
	return (consent->until == 0 || consent->until > now) &&
	       consent_names(consent->from.at, consent->from.n, own_department(state)) &&
	       !consent_known_withdrawn(state, &trees, consent->consent);
}

bool consent_lets_tell(struct state *state, const struct consent_given *consent, int64_t now)
{
	return pause_is_over(state, now) && is_in_force(state, consent, now);
}

bool consent_covers(const struct consent_given *consent, const enum life_area *areas, size_t n)
{
	for (size_t i = 0; i < n && consent->life_areas.n; i++) {
		size_t k = 0;
		while (k < consent->life_areas.n && consent->life_areas.at[k] != areas[i])
			k++;
		if (k == consent->life_areas.n)
			return false;
	}
	return n > 0 || consent->life_areas.n == 0;
}

static void walk_citizen(struct state *state, struct state *where, struct uuid citizen,
	const struct consent_walk *walk)
{
	struct key prefix = plan_key(citizen);
	struct consent_given consent;
	struct rows rows;

	rows_begin(&rows, where, TREE_CITIZEN_CONSENT, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		struct key key = plan_key(plan_key_last(rows.scan.key));
		if (state_get(where, TREE_CONSENT, &key, schema_consent_given(), &consent) &&
			consent_lets_tell(state, &consent, walk->now))
			walk->fn(walk->ctx, &consent);
	}
	rows_end(&rows);
}

void consents_each(
	struct state *state, const struct plan_part *part, const struct consent_walk *walk)
{
	walk_citizen(state, state, part->citizen, walk);
	for (unsigned i = 0; i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		walk_citizen(state, &theirs, part->citizen, walk);
	}
}

/* ---- commands -------------------------------------------------------------------------------- */

void consent_disclose(struct decision *d, const struct consent_given *consent,
	const struct plan_part *part, const struct event_head *head)
{
	disclosure_make(d, &(struct disclosing){.part = part,
				   .head = *head,
				   .to = consent->to.at,
				   .n = consent->to.n,
				   .grant = {.basis = basis_consent, .consent = consent->consent},
				   .consent = consent});
}

/* Every part about the citizen that there is, closed ones too; when sharing resumes, if it has
 * paused. */
static void disclose_all(struct decision *d, const struct consent_given *consent)
{
	struct key prefix = plan_key(consent->citizen);
	bool now = pause_is_over(&d->state, d->now);
	struct plan_part part;
	struct rows rows;

	if (!is_in_force(&d->state, consent, d->now))
		return;

	rows_begin(&rows, &d->state, TREE_CITIZEN_PLAN, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		if (!part_get(&d->state, plan_key_last(rows.scan.key), &part))
			continue;
		struct event_head head = {part.plan, part.citizen, part.version};
		if (now)
			consent_disclose(d, consent, &part, &head);
		else
			pause_begin(&(struct change){.d = d, .part = part, .head = head});
	}
	rows_end(&rows);
}

static enum err check_new(struct decision *d, const struct record_consent *c)
{
	struct consent_given known;

	if (c->until && c->until <= d->occurred_at)
		return decision_refuse(d, ERR_INVALID, "until", "lies before it was given");
	if (!uuid_is_nil(c->consent) && consent_known_find(&d->state, &trees, c->consent, &known))
		return decision_refuse(d, ERR_CONFLICT, "consent", "is in use already");
	return ERR_OK;
}

enum err consents_decide_record(struct decision *d, const void *command)
{
	const struct record_consent *c = command;
	struct uuid plan = uuid_is_nil(c->plan) ? part_plan_of(&d->state, c->citizen) : c->plan;
	struct done *reply = d->reply;
	struct change change;
	enum err err = change_beside(d, plan, &change);

	if (!err && change.part.provisional)
		err = decision_refuse(
			d, ERR_CONFLICT, "plan", "the entrance has not settled yet whose it is");
	if (!err)
		err = check_new(d, c);
	if (err)
		return err;
	const struct consent_given e = {.consent = change_id(&change, c->consent),
		.citizen = change.head.citizen,
		.plan = change.head.plan,
		.given_by = c->given_by,
		.from = {c->from.n, c->from.at},
		.to = {c->to.n, c->to.at},
		.life_areas = {c->life_areas.n, c->life_areas.at},
		.purpose = c->purpose,
		.until = c->until,
		.given_at = d->occurred_at};
	decision_emit(d, schema_consent_given(), e.plan, &e);
	consent_grant_named(d, &e, basis_consent, own_department(&d->state));
	disclose_all(d, &e);
	reply->id = e.consent;
	return ERR_OK;
}

static bool is_staff(const struct decision *d)
{
	return !text_is(d->actor.role, "citizen") && !text_is(d->actor.role, "representative");
}

enum err consents_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_consent *c = command;
	struct consent_given known;
	struct done *reply = d->reply;
	enum err err = is_staff(d) ? change_check_actor(d) : ERR_OK;

	if (err)
		return err;
	if (!consent_known_find(&d->state, &trees, c->consent, &known))
		return decision_refuse(d, ERR_NOT_FOUND, "consent", "is not known here");
	if (!consent_may_withdraw(&d->actor, &known))
		return decision_refuse(
			d, ERR_DENIED, "actor.id", "is not the one whose consent it is");
	if (!uuid_is_nil(c->citizen) && !uuid_equal(c->citizen, known.citizen))
		return decision_refuse(d, ERR_CONFLICT, "citizen", "is not the one whose it is");
	reply->id = c->consent;
	if (consent_known_withdrawn(&d->state, &trees, c->consent))
		return ERR_OK;
	const struct consent_withdrawn e = {
		.consent = c->consent, .citizen = known.citizen, .words = c->words};
	decision_emit(d, schema_consent_withdrawn(),
		uuid_is_nil(known.plan) ? known.citizen : known.plan, &e);
	consent_grant_named(d, &known, basis_addressed, own_department(&d->state));
	conflicts_look_without(d, known.citizen, c->consent);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

void consents_apply_given(struct fold *fold, const struct record *record, const void *event)
{
	const struct consent_given *e = event;
	struct key key = plan_key(e->consent);
	struct key of_citizen = plan_key_item(e->citizen, e->consent);

	(void)record;
	fold_put(fold, TREE_CONSENT, &key, schema_consent_given(), e);
	fold_put(fold, TREE_CITIZEN_CONSENT, &of_citizen, NULL, NULL);
}

void consents_apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	const struct consent_withdrawn *e = event;
	struct key key = plan_key(e->consent);

	(void)record;
	fold_put(fold, TREE_WITHDRAWN, &key, NULL, NULL);
}

enum err consents_react_given(struct decision *d, const struct record *record, const void *event)
{
	(void)record;
	disclose_all(d, event);
	return ERR_OK;
}

enum err consents_react_withdrawn(
	struct decision *d, const struct record *record, const void *event)
{
	const struct consent_withdrawn *e = event;

	(void)record;
	conflicts_look_without(d, e->citizen, e->consent);
	return ERR_OK;
}
