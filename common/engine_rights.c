/* Who may say what: the rows of the descriptions (peers, actors) against the client's role, the
 * actor's role and the department. Touches nothing.
 *
 * 1. A message is only taken from clients of the roles that its description names.
 * 2. A client names only actors for whom its role speaks; one that speaks for others says for whom,
 *    also when it asks, unless the question is everybody's.
 * 3. The actor's role is one that the description names.
 * 4. A client that belongs to a department speaks for people of that department only.
 * 5. Personal fields are open to clients of the service's personal roles, unless they ask for one
 *    who looks after nodes. */
#include "common/engine_private.h"

static const struct role_name *peer_role(const struct service *service, uint32_t bit)
{
	for (size_t i = 0; i < service->n_peer_roles; i++)
		if (service->peer_roles[i].bit == bit)
			return &service->peer_roles[i];
	return NULL;
}

uint32_t engine_actor_bit(const struct service *service, struct text role)
{
	for (size_t i = 0; i < service->n_actor_roles; i++)
		if (text_is(role, service->actor_roles[i].name))
			return service->actor_roles[i].bit;
	return 0;
}

static enum err check_nobody(
	const struct role_name *peer, const struct schema_head *head, struct reason *reason)
{
	if (head->kind == SCHEMA_QUERY && (!peer->for_others || head->actors == ACTOR_EVERYONE))
		return ERR_OK;
	return reason_set(reason, ERR_INVALID, "actor", "is required: who does it");
}

enum err engine_check_rights(const struct engine *engine, const struct request *request,
	const struct schema_head *head, struct reason *reason)
{
	const struct actor *actor = &request->actor;

	if (request->own)
		return ERR_OK;
	const struct role_name *peer = peer_role(engine->service, request->peer);
	if (!peer || !(head->peers & peer->bit))
		return reason_set(
			reason, ERR_DENIED, "", "this client's role may not send %s", head->name);
	if (actor->role.n == 0)
		return check_nobody(peer, head, reason);
	uint32_t bit = engine_actor_bit(engine->service, actor->role);
	if (!(head->actors & bit))
		return reason_set(
			reason, ERR_DENIED, "actor.role", "this role may not %s", head->name);
	if (!(peer->speaks_for & bit))
		return reason_set(reason, ERR_DENIED, "actor.role",
			"this client's role does not speak for it");
	if (request->department.n && !text_equal(request->department, actor->department))
		return reason_set(
			reason, ERR_DENIED, "actor.department", "must be this client's department");
	return ERR_OK;
}

/* Those who look after nodes see nobody's personal data, through whichever client they ask. */
bool engine_may_see_persons(const struct engine *engine, const struct request *request)
{
	uint32_t keepers = ACTOR_KEEPERS | ACTOR_AUDITOR;

	if (request->own)
		return true;
	return request->peer & engine->service->personal_peers &&
	       !(engine_actor_bit(engine->service, request->actor.role) & keepers);
}
