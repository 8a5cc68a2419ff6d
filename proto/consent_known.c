/* Finds consents in a node's state, and grants records to whom they name. Pure; state through
 * service.h. */
#include "proto/consent_known.h"

#include "proto/planning.h"

static struct key key_of(struct uuid consent)
{
	struct key key = {0};

	key_add_uuid(&key, consent);
	return key;
}

bool consent_known_find(struct state *state, const struct consent_trees *trees, struct uuid consent,
	struct consent_given *ret)
{
	struct key key = key_of(consent);
	bool found = state_get(state, trees->given, &key, schema_consent_given(), ret);

	for (unsigned i = 0; !found && i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		found = state_get(
			&theirs, trees->followed_given, &key, schema_consent_given(), ret);
	}
	return found;
}

bool consent_known_withdrawn(
	struct state *state, const struct consent_trees *trees, struct uuid consent)
{
	struct key key = key_of(consent);
	bool withdrawn = state_has(state, trees->withdrawn, &key);

	for (unsigned i = 0; !withdrawn && i < state_owners(state); i++) {
		struct state theirs = state_replica(state, i);
		withdrawn = state_has(&theirs, trees->followed_withdrawn, &key);
	}
	return withdrawn;
}

bool consent_may_withdraw(const struct actor *actor, const struct consent_given *consent)
{
	struct uuid self;

	return !text_is(actor->role, "citizen") ||
	       (actor->id.n && uuid_parse(actor->id.p, actor->id.n, &self) &&
		       uuid_equal(self, consent->citizen));
}

bool consent_names(const struct text *departments, size_t n, struct text department)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal(departments[i], department))
			return true;
	return false;
}

void consent_grant_named(
	struct decision *d, const struct consent_given *consent, enum basis basis, struct text self)
{
	struct grant grant = {.basis = basis};

	if (basis == basis_consent)
		grant.consent = consent->consent;
	for (size_t i = 0; i < consent->from.n + consent->to.n; i++) {
		bool first = i < consent->from.n;
		struct text name =
			first ? consent->from.at[i] : consent->to.at[i - consent->from.n];
		if (text_equal(name, self) ||
			(!first && consent_names(consent->from.at, consent->from.n, name)))
			continue;
		grant.to = text_of(
			arena_printf(d->state.arena, PLANNING_NODE "%.*s", (int)name.n, name.p));
		decision_grant(d, &grant);
	}
}
