/* The nodes whose parts are folded, and on which basis something is held. Pure; state through
 * service.h. */
#include "services/planning/sources.h"

#include <string.h>

#include "services/planning/consents.h"
#include "services/planning/settings.h"

enum { HELD_CONSENTS = 32 };

struct text own_department(const struct state *state)
{
	const struct planning_settings *settings = state_settings(state);

	return text_of(settings->department);
}

struct text department_node(struct arena *arena, struct text department)
{
	return text_of(arena_printf(
		arena, PLANNING_NODE "%.*s", (int)department.n, department.p ? department.p : ""));
}

static int compare(struct text a, struct text b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static size_t insert(struct source *sources, size_t n, struct source source)
{
	size_t at = n;

	for (; at > 0 && compare(source.department, sources[at - 1].department) < 0; at--)
		sources[at] = sources[at - 1];
	sources[at] = source;
	return n + 1;
}

size_t sources_collect(struct state *state, int64_t now, struct source ret[SOURCES_MAX])
{
	size_t n =
		insert(ret, 0, (struct source){own_department(state), *state, true, now, UUID_NIL});

	for (unsigned i = 0; i < state_owners(state) && n < SOURCES_MAX; i++) {
		const char *name = state_owner_name(state, i);
		if (strncmp(name, PLANNING_NODE, strlen(PLANNING_NODE)) != 0)
			continue;
		n = insert(ret, n,
			(struct source){text_of(name + strlen(PLANNING_NODE)),
				state_replica(state, i), false, now, UUID_NIL});
	}
	return n;
}

/* ---- on which basis -------------------------------------------------------------------------- */

bool source_shows(
	struct state *state, const struct source *source, struct uuid plan, struct uuid item)
{
	struct key key = plan_key_item(plan, item);
	struct state theirs = source->state;
	struct held_row held;

	if (source->own)
		return true;
	if (!state_get(&theirs, TREE_HELD, &key, schema_held_row(), &held))
		return false;
	if (held.otherwise)
		return true;
	for (size_t i = 0; i < held.consents.n; i++)
		if (!uuid_equal(held.consents.at[i], source->without) &&
			!consent_has_ended(state, held.consents.at[i], source->now))
			return true;
	return false;
}

static void add_consent(struct held_row *held, struct uuid consent)
{
	for (size_t i = 0; i < held->consents.n; i++)
		if (uuid_equal(held->consents.at[i], consent))
			return;
	if (held->consents.n == HELD_CONSENTS) /* the oldest gives way */
		memmove(held->consents.at, held->consents.at + 1,
			--held->consents.n * sizeof(*held->consents.at));
	held->consents.at[held->consents.n++] = consent;
}

void held_note(struct fold *fold, const struct record *record, struct uuid item)
{
	struct key key = plan_key_item(record->entity, item);
	struct uuid room[HELD_CONSENTS];
	struct held_row before = {0}, held = {.plan = record->entity, .consents = {0, room}};

	if (!fold->replica)
		return;
	if (state_get(&fold->state, TREE_HELD, &key, schema_held_row(), &before))
		held.otherwise = before.otherwise;
	for (size_t i = 0; i < before.consents.n; i++)
		add_consent(&held, before.consents.at[i]);
	for (size_t i = 0; i < record->grants.n; i++)
		if (record->grants.at[i].basis == basis_consent)
			add_consent(&held, record->grants.at[i].consent);
		else
			held.otherwise = true;
	fold_put(fold, TREE_HELD, &key, schema_held_row(), &held);
}
