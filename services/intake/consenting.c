/* Consents at the entrance: every department that one names hears of it. Pure; state through
 * service.h. */
#include "services/intake/consenting.h"

#include "services/intake/citizens.h"
#include "services/intake/inquiry.h"
#include "services/intake/register.h"

static bool find_consent(struct state *state, struct uuid consent, struct consent_given *ret)
{
	struct key key = intake_key(consent);
	bool found = state_get(state, TREE_CONSENT, &key, schema_consent_given(), ret);

	for (unsigned i = 0; !found && i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		found = state_get(&theirs, REPLICA_CONSENT, &key, schema_consent_given(), ret);
	}
	return found;
}

static bool is_withdrawn(struct state *state, struct uuid consent)
{
	struct key key = intake_key(consent);
	bool withdrawn = state_has(state, TREE_WITHDRAWN, &key);

	for (unsigned i = 0; !withdrawn && i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		withdrawn = state_has(&theirs, REPLICA_WITHDRAWN, &key);
	}
	return withdrawn;
}

static bool is_among(const struct text *names, size_t n, struct text name)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal(names[i], name))
			return true;
	return false;
}

/* The event just emitted is for the departments that the consent names, each once. */
static void grant_named(struct decision *d, const struct consent_given *consent, enum basis basis)
{
	struct grant grant = {.basis = basis};

	if (basis == basis_consent)
		grant.consent = consent->consent;
	for (size_t i = 0; i < consent->from.n + consent->to.n; i++) {
		bool first = i < consent->from.n;
		struct text name =
			first ? consent->from.at[i] : consent->to.at[i - consent->from.n];
		if (!first && is_among(consent->from.at, consent->from.n, name))
			continue;
		grant.to = text_of(
			arena_printf(d->state.arena, PLANNING_NODE "%.*s", (int)name.n, name.p));
		decision_grant(d, &grant);
	}
}

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
	if (!uuid_is_nil(c->consent) && find_consent(&d->state, c->consent, &known))
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
	grant_named(d, &e, basis_consent);
	reply->id = e.consent;
	return ERR_OK;
}

enum err consenting_decide_withdraw(struct decision *d, const void *command)
{
	const struct withdraw_consent *c = command;
	struct consent_given known;
	struct done *reply = d->reply;

	if (!find_consent(&d->state, c->consent, &known))
		return decision_refuse(d, ERR_NOT_FOUND, "consent", "is not known here");
	if (!uuid_is_nil(c->citizen) && !uuid_equal(c->citizen, known.citizen))
		return decision_refuse(d, ERR_CONFLICT, "citizen", "is not the one whose it is");
	reply->id = c->consent;
	if (is_withdrawn(&d->state, c->consent))
		return ERR_OK;
	const struct consent_withdrawn e = {
		.consent = c->consent, .citizen = known.citizen, .words = c->words};
	decision_emit(d, schema_consent_withdrawn(), e.citizen, &e);
	grant_named(d, &known, basis_addressed);
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
