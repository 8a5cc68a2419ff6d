/* What every command of a caseworker goes through. Pure; state through service.h. */
#include "services/planning/change.h"

#include <stdio.h>
#include <string.h>

#include "services/planning/parts.h"
#include "services/planning/pause.h"

enum { CHANGES_NAMED = 8, CHANGES_BYTES = 96 };

enum err change_check_actor(struct decision *d)
{
	if (!text_equal(d->actor.department, own_department(&d->state)))
		return decision_refuse(
			d, ERR_DENIED, "actor.department", "must be this node's department");
	return ERR_OK;
}

/* ---- what was seen --------------------------------------------------------------------------- */

static bool is_named(const char *list, struct text type)
{
	for (const char *at = list; (at = memmem(at, strlen(at), type.p, type.n)) != NULL; at++)
		if ((at == list || at[-1] == ' ') && (at[type.n] == ',' || at[type.n] == '\0'))
			return true;
	return false;
}

/* "goal_stated, measure_added", each once. */
static void name_changes(
	struct state *state, struct uuid plan, int64_t since, char ret[CHANGES_BYTES])
{
	struct key prefix = plan_key(plan), from = plan_key_version(plan, since + 1, TEXT_NONE);
	struct version_row row;
	struct rows rows;
	size_t n = 0;

	ret[0] = '\0';
	rows_begin(&rows, state, TREE_VERSION, schema_version_row(), &prefix, &from);
	while (rows_next(&rows, &row)) {
		if (is_named(ret, row.type))
			continue;
		if (n + row.type.n + 8 > CHANGES_BYTES) {
			snprintf(ret + n, CHANGES_BYTES - n, ", ...");
			break;
		}
		n += (size_t)snprintf(ret + n, CHANGES_BYTES - n, "%s%.*s", n ? ", " : "",
			(int)row.type.n, row.type.p);
	}
	rows_end(&rows);
}

static enum err check_seen(struct decision *d, const struct plan_part *part, int64_t seen)
{
	char changes[CHANGES_BYTES];

	if (seen == part->version || (seen == 0 && d->historical))
		return ERR_OK;
	if (seen == 0)
		return decision_refuse(d, ERR_INVALID, "seen_version", "is required");
	if (seen > part->version)
		return decision_refuse(d, ERR_INVALID, "seen_version",
			"is higher than any there was: it is %lld now", (long long)part->version);
	name_changes(&d->state, part->plan, seen, changes);
	return decision_refuse(d, ERR_STALE, "seen_version", "it is %lld now; since then: %s",
		(long long)part->version, changes);
}

/* ---- beginning ------------------------------------------------------------------------------- */

static struct event_head next_head(const struct plan_part *part, int64_t step)
{
	return (struct event_head){part->plan, part->citizen, part->version + step};
}

struct change change_of_node(struct decision *d, const struct plan_part *part)
{
	return (struct change){.d = d, .part = *part, .head = next_head(part, 1)};
}

enum err change_beside(struct decision *d, struct uuid plan, struct change *ret)
{
	enum err err = change_check_actor(d);

	*ret = (struct change){.d = d};
	if (err)
		return err;
	if (!part_get(&d->state, part_plan(&d->state, plan), &ret->part))
		return decision_refuse(
			d, ERR_NOT_FOUND, "plan", "this department has no part in it");
	if (ret->part.state == part_state_closed)
		return decision_refuse(d, ERR_CONFLICT, "plan", "this department's part is closed");
	ret->head = next_head(&ret->part, 0);
	return ERR_OK;
}

enum err change_begin(
	struct decision *d, struct uuid plan, int64_t seen_version, struct change *ret)
{
	enum err err = change_beside(d, plan, ret);

	if (!err)
		err = check_seen(d, &ret->part, seen_version);
	ret->head = next_head(&ret->part, 1);
	return err;
}

/* ---- its end --------------------------------------------------------------------------------- */

void change_emit(
	struct change *c, const struct schema *event, const void *fields, struct about about)
{
	pause_begin(c);
	fields = item_event_keep(c->d->state.arena, event, fields);
	if (!fields) {
		c->d->err = ERR_NO_MEMORY;
		return;
	}
	decision_emit(c->d, event, c->head.plan, fields);
	audience_grant(c->d, &c->part, about);
}

void change_emit_party(struct change *c, enum part_state state)
{
	const struct party_set e = {HEAD(c), .state = state};

	change_emit(c, schema_party_set(), &e, ABOUT_PARTY);
}

enum err change_done(struct change *c, struct uuid id)
{
	struct changed *reply = c->d->reply;

	if (!reply)
		return ERR_OK;
	reply->id = id;
	reply->plan = c->head.plan;
	reply->version = c->head.version;
	return ERR_OK;
}

struct uuid change_id(struct change *c, struct uuid given)
{
	return uuid_is_nil(given) ? decision_uuid(c->d) : given;
}

enum err change_check_id(
	struct change *c, enum planning_tree tree, const char *field, struct uuid given)
{
	struct key key = plan_key_item(c->head.plan, given);

	if (!uuid_is_nil(given) && state_has(&c->d->state, tree, &key))
		return decision_refuse(c->d, ERR_CONFLICT, field, "is in use already");
	return ERR_OK;
}
