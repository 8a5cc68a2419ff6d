/* A small service with the hardest shapes: nested plans, families, consents, erasure, reactions. It
 * exists for the history test only. Touches nothing. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/history_service.h"

#include "common/schema_tables.h"
#include "tests/sim/history.def"
#include "common/schema_undef.h"

enum { TREE_PLAN, TREE_FAMILY, TREE_CONSENT, TREE_COUNT };

static struct key citizen_key(struct uuid citizen)
{
	struct key key = {0};

	key_add_uuid(&key, citizen);
	return key;
}

static struct text say(struct decision *d, const char *what, unsigned who, int64_t n)
{
	char text[120];

	snprintf(text, sizeof(text), "SECRET-%02x %s %lld", who, what, (long long)n);
	return text_of(arena_copy(d->state.arena, text, strlen(text)));
}

/* Persons around a citizen have ids of their own, made from the citizen's. */
struct uuid history_person(struct uuid citizen, uint8_t which)
{
	citizen.b[15] = which;
	return citizen;
}

static bool consent_in_force(struct decision *d, struct uuid citizen, struct uuid *ret)
{
	struct key key = citizen_key(citizen);
	struct h_consent_row row, theirs;
	struct state other = state_replica(&d->state, 0);
	bool own = state_get(&d->state, TREE_CONSENT, &key, schema_h_consent_row(), &row);
	bool there = state_get(&other, TREE_CONSENT, &key, schema_h_consent_row(), &theirs);

	if ((own && row.withdrawn) || (there && theirs.withdrawn))
		return false;
	*ret = own ? row.consent : theirs.consent;
	return own || there;
}

static void decide_plan(struct decision *d, const struct h_act *act)
{
	struct h_step steps[2] = {{text_of("a"), say(d, "step", act->citizen.b[14], act->n)},
		{text_of("b"), TEXT_NONE}};
	struct h_goal goals[2] = {
		{decision_uuid(d), say(d, "goal", act->citizen.b[14], act->n), {2, NULL}},
		{decision_uuid(d), say(d, "other", act->citizen.b[14], act->n), {0, NULL}}};
	struct h_measure measure = {history_person(act->citizen, 7), 0,
		say(d, "phone", act->citizen.b[14], act->n), {1, NULL}};
	struct h_plan_changed plan = {.citizen = act->citizen, .version = act->n + 1};
	struct grant grant = {
		.to = text_of(state_owner_name(&d->state, 0)), .basis = basis_consent};

	measure.goals.at = arena_copy(d->state.arena, &goals[0].goal, sizeof(struct uuid));
	goals[0].steps.at = arena_copy(d->state.arena, steps, sizeof(steps));
	plan.goals.n = 2;
	plan.goals.at = arena_copy(d->state.arena, goals, sizeof(goals));
	plan.measures.n = 1;
	plan.measures.at = arena_copy(d->state.arena, &measure, sizeof(measure));
	decision_emit(d, schema_h_plan_changed(), act->citizen, &plan);
	if (consent_in_force(d, act->citizen, &grant.consent))
		decision_grant(d, &grant);
}

static void decide_family(struct decision *d, const struct h_act *act)
{
	struct h_relation relations[2] = {
		{history_person(act->citizen, 1), say(d, "mother", act->citizen.b[14], act->n),
			say(d, "told", act->citizen.b[14], act->n), {{0}}, TEXT_NONE},
		{history_person(act->citizen, 2), say(d, "son", act->citizen.b[14], act->n),
			TEXT_NONE, history_person(act->citizen, 3),
			say(d, "informant", act->citizen.b[14], act->n)}};
	struct h_family_noted family = {.citizen = act->citizen};

	family.relations.n = 2;
	family.relations.at = arena_copy(d->state.arena, relations, sizeof(relations));
	decision_emit(d, schema_h_family_noted(), act->citizen, &family);
}

static void decide_slots(struct decision *d, const struct h_act *act)
{
	struct h_slot slots[3];
	struct h_slots_offered offered = {{3, NULL}};

	for (int i = 0; i < 3; i++)
		slots[i] = (struct h_slot){d->now + i * MS_PER_HOUR, 30 + i};
	offered.slots.at = arena_copy(d->state.arena, slots, sizeof(slots));
	decision_emit(d, schema_h_slots_offered(), act->citizen, &offered);
}

static enum err decide_act(struct decision *d, const void *command)
{
	const struct h_act *act = command;
	struct h_done *done = d->reply;

	done->n = act->n;
	switch (act->what) {
	case 0:
		decide_plan(d, act);
		return ERR_OK;
	case 1:
		decide_family(d, act);
		return ERR_OK;
	case 2:
		decide_slots(d, act);
		return ERR_OK;
	case 3:
		decision_emit(d, schema_h_consent_given(), act->citizen,
			&(struct h_consent_given){act->citizen, decision_uuid(d)});
		return ERR_OK;
	case 4:
		decision_emit(d, schema_h_consent_withdrawn(), act->citizen,
			&(struct h_consent_withdrawn){act->citizen});
		return ERR_OK;
	case 5:
		decision_emit(d, schema_person_erased(), act->citizen,
			&(struct person_erased){act->citizen, text_of("test"), 0});
		return ERR_OK;
	case 7: /* a bug: an event that its own description does not allow */
		decision_emit(d, schema_h_plan_seen(), act->citizen,
			&(struct h_plan_seen){act->citizen, 0});
		return ERR_OK;
	default:
		decide_slots(d, act); /* what a refused command emitted must leave no trace */
		return decision_refuse(d, ERR_CONFLICT, "what", "is refused on purpose");
	}
}

static void count(struct fold *fold, const struct record *record)
{
	struct h_count_row row = {0};
	struct key key = {0};

	key_add_text(&key, record->type.p, record->type.n);
	state_get(&fold->state, TREE_COUNT, &key, schema_h_count_row(), &row);
	row.n++;
	if (row.last < record->seq)
		row.last = record->seq;
	fold_put(fold, TREE_COUNT, &key, schema_h_count_row(), &row);
}

static void apply_plan(struct fold *fold, const struct record *record, const void *event)
{
	const struct h_plan_changed *plan = event;
	struct key key = citizen_key(plan->citizen);

	fold_put(fold, TREE_PLAN, &key, schema_h_plan_changed(), plan);
	count(fold, record);
}

static void apply_family(struct fold *fold, const struct record *record, const void *event)
{
	const struct h_family_noted *family = event;
	struct key key = citizen_key(family->citizen);

	fold_put(fold, TREE_FAMILY, &key, schema_h_family_noted(), family);
	count(fold, record);
}

static void apply_consent(struct fold *fold, const struct record *record, const void *event)
{
	const struct h_consent_given *given = event;
	struct key key = citizen_key(given->citizen);
	struct h_consent_row row = {0};

	state_get(&fold->state, TREE_CONSENT, &key, schema_h_consent_row(), &row);
	row.consent = given->consent;
	fold_put(fold, TREE_CONSENT, &key, schema_h_consent_row(), &row);
	count(fold, record);
}

static void apply_withdrawn(struct fold *fold, const struct record *record, const void *event)
{
	const struct h_consent_withdrawn *withdrawn = event;
	struct key key = citizen_key(withdrawn->citizen);

	fold_put(fold, TREE_CONSENT, &key, schema_h_consent_row(),
		&(struct h_consent_row){.withdrawn = true});
	if (fold->replica) /* blocked from view at once */
		fold_delete(fold, TREE_PLAN, &key);
	count(fold, record);
}

static void apply_counted(struct fold *fold, const struct record *record, const void *event)
{
	(void)event;
	count(fold, record);
}

bool history_is_hard(int64_t version)
{
	return version % 3 == 0;
}

static enum err react_to_plan(struct decision *d, const struct record *record, const void *event)
{
	const struct h_plan_changed *plan = event;
	const struct history_settings *settings = state_settings(&d->state);
	bool ill = settings && settings->ill && history_is_hard(plan->version);

	(void)record;
	decision_emit(d, schema_h_plan_seen(), plan->citizen,
		&(struct h_plan_seen){plan->citizen, ill ? 0 : plan->version});
	return ERR_OK;
}

static enum err show(struct question *q, const void *query, void *ret_reply)
{
	const struct h_show *ask = query;
	struct h_shown *reply = ret_reply;
	struct key key = citizen_key(ask->citizen);
	struct h_plan_changed *plan = arena_alloc(q->state.arena, sizeof(*plan));
	struct h_family_noted *family = arena_alloc(q->state.arena, sizeof(*family));

	if (state_get(&q->state, TREE_PLAN, &key, schema_h_plan_changed(), plan))
		reply->plan = plan;
	if (state_get(&q->state, TREE_FAMILY, &key, schema_h_family_noted(), family))
		reply->family = family;
	return ERR_OK;
}

static enum err show_many(struct question *q, const void *query, void *ret_reply)
{
	const struct h_show_many *ask = query;
	struct h_many_shown *reply = ret_reply;

	reply->citizen.b[0] = 1;
	reply->relations.n = (size_t)ask->n;
	reply->relations.at =
		arena_alloc(q->state.arena, reply->relations.n * sizeof(*reply->relations.at));
	for (size_t i = 0; i < reply->relations.n; i++) {
		reply->relations.at[i].person = (struct uuid){{9, (uint8_t)i, 1}};
		reply->relations.at[i].name = text_of("somebody");
	}
	return ERR_OK;
}

static const struct service_tree trees[] = {
	[TREE_PLAN] = {"plan", 0, schema_h_plan_changed},
	[TREE_FAMILY] = {"family", 0, schema_h_family_noted},
	[TREE_CONSENT] = {"consent", 0, schema_h_consent_row},
	[TREE_COUNT] = {"count", 0, schema_h_count_row},
};
static const struct command_row commands[] = {{schema_h_act, decide_act}};
static const struct apply_row applies[] = {
	{schema_h_plan_changed, apply_plan},
	{schema_h_family_noted, apply_family},
	{schema_h_slots_offered, apply_counted},
	{schema_h_consent_given, apply_consent},
	{schema_h_consent_withdrawn, apply_withdrawn},
	{schema_h_plan_seen, apply_counted},
	{schema_person_erased, apply_counted},
};
static const struct follow_row follows[] = {
	{schema_h_plan_changed, apply_plan, react_to_plan},
	{schema_h_family_noted, apply_family, NULL},
	{schema_h_slots_offered, apply_counted, NULL},
	{schema_h_consent_given, apply_consent, NULL},
	{schema_h_consent_withdrawn, apply_withdrawn, NULL},
	{schema_h_plan_seen, apply_counted, NULL},
};
static const struct query_row queries[] = {{schema_h_show, show}, {schema_h_show_many, show_many}};
static const struct role_name roles[] = {{"client", 1, UINT32_MAX, false}, {"node", 2, 0, false},
	{"portal", PEER_PORTAL, UINT32_MAX, true}};
static const struct role_name actors[] = {{"client", 4, 0, false}, {"self", 1, 0, false},
	{"operator", ACTOR_OPERATOR, 0, false}, {"auditor", ACTOR_AUDITOR, 0, false}};

const struct service history_service = {.role = "node",
	.role_bit = 2,
	.personal_peers = 2 | PEER_PORTAL,
	.import_peers = 1,
	.peer_roles = roles,
	.n_peer_roles = 3,
	.actor_roles = actors,
	.n_actor_roles = 4,
	.own_trees = trees,
	.n_own_trees = 4,
	.replica_trees = trees,
	.n_replica_trees = 4,
	.commands = commands,
	.n_commands = 1,
	.applies = applies,
	.n_applies = sizeof(applies) / sizeof(applies[0]),
	.follows = follows,
	.n_follows = sizeof(follows) / sizeof(follows[0]),
	.queries = queries,
	.n_queries = sizeof(queries) / sizeof(queries[0])};
