/* Erasing what this department recorded of a person. Pure; state through service.h. */
#include "services/planning/erasure.h"

#include <string.h>

#include "common/clock.h"
#include "proto/intake.h"
#include "services/planning/change.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { DAYS_TO_DECIDE = 30, NAMES = 64 };

/* The ids under which this department wrote of a person: until the entrance settled whose plan a
 * provisional one is, it had an id of its own for them. */
struct names {
	struct uuid at[NAMES];
	size_t n;
};

static bool is_blank(struct text text)
{
	for (uint32_t i = 0; i < text.n; i++)
		if (text.p[i] != ' ' && text.p[i] != '\t')
			return false;
	return true;
}

static struct uuid work_about(struct uuid person)
{
	return plan_work_id(plan_work_kind_erasure, person, UUID_NIL);
}

static bool has_open_part(struct state *state, struct uuid person)
{
	struct key prefix = plan_key(person);
	struct plan_part part;
	bool open = false;
	struct rows rows;

	rows_begin(&rows, state, TREE_CITIZEN_PLAN, NULL, &prefix, NULL);
	while (!open && rows_next(&rows, NULL))
		open = part_get(state, plan_key_last(rows.scan.key), &part) &&
		       part.state == part_state_open;
	rows_end(&rows);
	return open;
}

/* The person's id, and others under which something can still be read. */
static void find_names(struct state *state, struct uuid person, struct names *ret)
{
	struct key prefix = plan_key(person);
	struct rows rows;

	*ret = (struct names){{person}, 1};
	rows_begin(&rows, state, TREE_NAME, NULL, &prefix, NULL);
	while (ret->n < NAMES && rows_next(&rows, NULL)) {
		struct uuid other = plan_key_last(rows.scan.key);
		if (state_has_texts_of(state, other))
			ret->at[ret->n++] = other;
	}
	rows_end(&rows);
}

static bool has_texts(struct state *state, const struct names *names)
{
	return names->n > 1 || state_has_texts_of(state, names->at[0]);
}

enum err erasure_decide(struct decision *d, const void *command)
{
	const struct erase_person *c = command;
	struct done *reply = d->reply;
	struct names names;
	enum err err = change_check_actor(d);

	if (err)
		return err;
	if (is_blank(c->decided_by))
		return decision_refuse(d, ERR_INVALID, "decided_by", "must name a person");
	if (is_blank(c->why))
		return decision_refuse(d, ERR_INVALID, "why", "must give the reason");
	if (has_open_part(&d->state, c->person))
		return decision_refuse(
			d, ERR_CONFLICT, "person", "has an open part here: close it first");
	find_names(&d->state, c->person, &names);
	if (!has_texts(&d->state, &names))
		return decision_refuse(d, ERR_NOT_FOUND, "person",
			"this department has recorded nothing of them that can be read");
	const struct person_erasure_decided decided = {c->person, c->decided_by, c->why};
	decision_emit(d, schema_person_erasure_decided(), c->person, &decided);
	for (size_t i = 0; i < names.n; i++) {
		const struct person_erased erased = {
			.person = names.at[i], .decided_by = c->decided_by};
		decision_emit(d, schema_person_erased(), names.at[i], &erased);
	}
	plan_work_close(d, work_about(c->person));
	reply->id = c->person;
	return ERR_OK;
}

enum err erasure_react(struct decision *d, const struct record *record, const void *event)
{
	const struct person_erased *e = event;
	struct names names;

	(void)record;
	if (strcmp(d->owner, ENTRANCE_NODE) != 0)
		return ERR_OK;
	find_names(&d->state, e->person, &names);
	if (has_texts(&d->state, &names))
		plan_work_open(d, &(struct work_order){.kind = plan_work_kind_erasure,
					  .item = e->person,
					  .plan = part_plan_of(&d->state, e->person),
					  .citizen = e->person,
					  .due = d->now + DAYS_TO_DECIDE * MS_PER_DAY,
					  .opened_at = d->now});
	return ERR_OK;
}

void erasure_apply_nothing(struct fold *fold, const struct record *record, const void *event)
{
	(void)fold;
	(void)record;
	(void)event;
}
