/* How people wish to be told. Pure; state through service.h. */
#include "services/notification/notices.h"

#include "services/notification/mail.h"

bool notices_preference(struct state *state, struct uuid recipient, struct preference *ret)
{
	struct key key = notification_key(recipient);

	return state_get(state, TREE_PREFERENCE, &key, schema_preference(), ret);
}

enum err notices_decide_preference(struct decision *d, const void *command)
{
	const struct set_preference *c = command;
	const struct preference *preference = c->preference;
	bool outside =
		text_is(d->actor.role, "citizen") || text_is(d->actor.role, "representative");
	struct done *reply = d->reply;
	struct uuid self;

	if (outside && (!uuid_parse(d->actor.id.p, d->actor.id.n, &self) ||
			       !uuid_equal(self, preference->recipient)))
		return decision_refuse(d, ERR_DENIED, "preference.recipient",
			"this role sets its own wishes only");
	if (preference->channel == contact_email && preference->address.n &&
		!mail_address_good(preference->address))
		return decision_refuse(d, ERR_INVALID, "preference.address",
			"must be an address of electronic mail");
	const struct preference_set e = {.preference = c->preference};
	decision_emit(d, schema_preference_set(), preference->recipient, &e);
	reply->id = preference->recipient;
	return ERR_OK;
}

void notices_apply_preference(struct fold *fold, const struct record *record, const void *event)
{
	const struct preference_set *e = event;
	struct key key = notification_key(e->preference->recipient);

	(void)record;
	fold_put(fold, TREE_PREFERENCE, &key, schema_preference(), e->preference);
}
