/* Consents as any node knows them: given and withdrawn here, or at a node that is followed. Any
 * withdrawal that is known wins. */
#ifndef PROTO_CONSENT_KNOWN_H
#define PROTO_CONSENT_KNOWN_H

#include "common/service.h"
#include "proto/consent.h"

/* The trees of a service: consent: consent_given, and the consents that were withdrawn. */
struct consent_trees {
	unsigned given, withdrawn;                   /* own */
	unsigned followed_given, followed_withdrawn; /* of a replica */
};

/* state: the node's own. */
bool consent_known_find(struct state *state, const struct consent_trees *trees, struct uuid consent,
	struct consent_given *ret);
bool consent_known_withdrawn(
	struct state *state, const struct consent_trees *trees, struct uuid consent);

/* A citizen withdraws their own consents only; for others their role was checked. */
bool consent_may_withdraw(const struct actor *actor, const struct consent_given *consent);

bool consent_names(const struct text *departments, size_t n, struct text department);

/* The event just emitted is for the departments that the consent names, each once and without self
 * (TEXT_NONE: with all): of the giving on its own basis, of the end as a word to them. */
void consent_grant_named(struct decision *d, const struct consent_given *consent, enum basis basis,
	struct text self);

#endif
