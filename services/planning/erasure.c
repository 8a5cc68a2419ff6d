/* Erasing what this department recorded of a person. Pure; state through service.h. */
#include "services/planning/erasure.h"

#include <string.h>

#include "common/clock.h"
#include "proto/intake.h"
#include "services/planning/change.h"
#include "services/planning/parts.h"
#include "services/planning/work.h"

enum { DAYS_TO_DECIDE = 30 };

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

enum err erasure_decide(struct decision *d, const void *command)
{
	const struct erase_person *c = command;
	struct done *reply = d->reply;
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
	if (!state_has_texts_of(&d->state, c->person))
		return decision_refuse(d, ERR_NOT_FOUND, "person",
			"this department has recorded nothing of them that can be read");
	const struct person_erasure_decided decided = {c->person, c->decided_by, c->why};
	const struct person_erased erased = {.person = c->person, .decided_by = c->decided_by};
	decision_emit(d, schema_person_erasure_decided(), c->person, &decided);
	decision_emit(d, schema_person_erased(), c->person, &erased);
	plan_work_close(d, work_about(c->person));
	reply->id = c->person;
	return ERR_OK;
}

enum err erasure_react(struct decision *d, const struct record *record, const void *event)
{
	const struct person_erased *e = event;

	(void)record;
	if (strcmp(d->owner, ENTRANCE_NODE) == 0 && state_has_texts_of(&d->state, e->person))
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
