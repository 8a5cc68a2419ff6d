/* Pauses in sharing on consent. Pure; state through service.h. */
#include "services/planning/pause.h"

#include <string.h>

#include "proto/intake.h"
#include "services/planning/parts.h"
#include "services/planning/settings.h"

enum { LOOK_AGAIN_MS = 60 * 60 * 1000 }; /* each look is a record: outages are rare, plans many */

bool pause_is_over(const struct state *state, int64_t now)
{
	const struct planning_settings *settings = state_settings(state);

	for (unsigned i = 0; i < state_owners(state); i++)
		if (strcmp(state_owner_name(state, i), ENTRANCE_NODE) == 0)
			return state_known_at(state, i) > now - settings->consent_age_ms;
	return false;
}

static bool is_paused(struct state *state, struct uuid plan)
{
	struct key key = plan_key(plan);

	return state_has(state, TREE_PAUSED, &key);
}

void pause_begin(struct change *c)
{
	const struct sharing_paused e = {c->head.plan, c->head.citizen, .version = c->head.version};

	if (c->paused || pause_is_over(&c->d->state, c->d->now) ||
		is_paused(&c->d->state, c->head.plan))
		return;
	c->paused = true;
	decision_emit(c->d, schema_sharing_paused(), c->head.plan, &e);
}

enum err pause_decide_due(struct decision *d, struct uuid plan, int64_t due)
{
	struct plan_part part;

	(void)due;
	if (!part_get(&d->state, plan, &part))
		return ERR_OK;
	const struct sharing_paused paused = {plan, part.citizen, .version = part.version};
	const struct sharing_resumed resumed = {plan, part.citizen, .version = part.version};
	if (!pause_is_over(&d->state, d->now)) {
		decision_emit(d, schema_sharing_paused(), plan, &paused);
		return ERR_OK;
	}
	decision_emit(d, schema_sharing_resumed(), plan, &resumed);
	audience_disclose(d, &part, &(struct event_head){part.plan, part.citizen, part.version});
	return ERR_OK;
}

void pause_apply_paused(struct fold *fold, const struct record *record, const void *event)
{
	const struct sharing_paused *e = event;
	struct key key = plan_key(e->plan);

	fold_put(fold, TREE_PAUSED, &key, NULL, NULL);
	fold_deadline(fold, record, DEADLINE_RESUME, record->time + LOOK_AGAIN_MS);
}

void pause_apply_resumed(struct fold *fold, const struct record *record, const void *event)
{
	const struct sharing_resumed *e = event;
	struct key key = plan_key(e->plan);

	(void)record;
	fold_delete(fold, TREE_PAUSED, &key);
	fold_deadline_clear(fold, e->plan, DEADLINE_RESUME);
}
