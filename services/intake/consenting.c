/* Consents at the entrance: every department that one names hears of it. Pure; state through
 * service.h. */
#include "services/intake/consenting.h"

#include "proto/consent_known.h"
#include "services/intake/citizens.h"
#include "services/intake/inquiry.h"
#include "services/intake/register.h"

static const struct consent_trees trees = {
	TREE_CONSENT, TREE_WITHDRAWN, REPLICA_CONSENT, REPLICA_WITHDRAWN};

/* ---- commands -------------------------------------------------------------------------------- */

static enum err check_new(struct decision *d, const struct record_consent *c)
{
	struct consent_given known;
	struct citizen_view citizen;
	struct intake_inquiry inquiry;

	if (uuid_is_nil(c->citizen))
		return decision_refuse(d, ERR_INVALID, "citizen", "is required");
	if (!citizen_get(&d->state, c->citizen, &citizen) &&
		!inquiry_open_of(&d->state, c->citizen, &inquiry) &&
		uuid_is_nil(register_open_plan(&d->state, c->citizen)))
		return decision_refuse(d, ERR_NOT_FOUND, "citizen", "is not known here");
	if (c->until && c->until <= d->occurred_at)
		return decision_refuse(d, ERR_INVALID, "until", "lies before it was given");
	if (!uuid_is_nil(c->consent) && consent_known_find(&d->state, &trees, c->consent, &known))
		return decision_refuse(d, ERR_CONFLICT, "consent", "is in use already");
	return ERR_OK;
}

enum err consenting_decide_record(struct decision *d, const void *command)
{
	const struct record_consent *c = command;
	struct done *reply = d->reply;
	enum err err = check_new(d, c);

	if (err)
		return err;
	const struct consent_given e = {
		.consent = uuid_is_nil(c->consent) ? decision_uuid(d) : c->consent,
		.citizen = c->citizen,
		.plan = register_open_plan(&d->state, c->citizen),
		.given_by = c->given_by,
		.from = {c->from.n, c->from.at},
		.to = {c->to.n, c->to.at},
		.life_areas = {c->life_areas.n, c->life_areas.at},
		.purpose = c->purpose,
		.until = c->until,
		.given_at = d->occurred_at};
	decision_emit(d, schema_consent_given(), e.citizen, &e);
	consent_grant_named(d, &e, basis_consent, TEXT_NONE);
	reply->id = e.consent;
	return ERR_OK;
}

enum err consenting_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_consent *c = command;
	struct consent_given known;
	struct done *reply = d->reply;

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
	decision_emit(d, schema_consent_withdrawn(), e.citizen, &e);
	consent_grant_named(d, &known, basis_addressed, TEXT_NONE);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_consent(struct fold *fold, unsigned tree, const struct consent_given *e)
{
	struct key key = intake_key(e->consent);

	fold_put(fold, tree, &key, schema_consent_given(), e);
}

static void put_withdrawn(struct fold *fold, unsigned tree, const struct consent_withdrawn *e)
{
	struct key key = intake_key(e->consent);

	fold_put(fold, tree, &key, NULL, NULL);
}

void consenting_apply_given(struct fold *fold, const struct record *record, const void *event)
{
	(void)record;
	put_consent(fold, TREE_CONSENT, event);
}

void consenting_apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	(void)record;
	put_withdrawn(fold, TREE_WITHDRAWN, event);
}

void consenting_apply_told(struct fold *fold, const struct record *record, const void *event)
{
	(void)record;
	put_consent(fold, REPLICA_CONSENT, event);
}

void consenting_apply_told_withdrawn(
	struct fold *fold, const struct record *record, const void *event)
{
	(void)record;
	put_withdrawn(fold, REPLICA_WITHDRAWN, event);
}
