/* Folds what departments did into what must be known to remind of it; writes replica trees through
 * the fold it is given and touches nothing else. */
#include <string.h>

#include "proto/planning.h"
#include "services/notification/known.h"

#define PLANNING_NODE "planning."

struct text known_department(const char *owner)
{
	bool planning = owner && strncmp(owner, PLANNING_NODE, strlen(PLANNING_NODE)) == 0;

	return planning ? text_of(owner + strlen(PLANNING_NODE)) : TEXT_NONE;
}

/* ---- looking up ------------------------------------------------------------------------------ */

static bool get_of(const struct state *state, unsigned owner, unsigned tree, struct uuid id,
	const struct schema *schema, void *ret)
{
	struct state replica = state_replica(state, owner);
	struct key key = notification_key(id);

	return state_get(&replica, tree, &key, schema, ret);
}

bool known_commitment_get(const struct state *state, struct uuid commitment,
	struct known_commitment *ret, unsigned *ret_owner)
{
	for (*ret_owner = 0; *ret_owner < state_owners(state); ++*ret_owner)
		if (get_of(state, *ret_owner, REPLICA_COMMITMENT, commitment,
			    schema_known_commitment(), ret))
			return true;
	return false;
}

bool known_appointment_get(const struct state *state, struct uuid appointment,
	struct known_appointment *ret, unsigned *ret_owner)
{
	for (*ret_owner = 0; *ret_owner < state_owners(state); ++*ret_owner)
		if (get_of(state, *ret_owner, REPLICA_APPOINTMENT, appointment,
			    schema_known_appointment(), ret))
			return true;
	return false;
}

int64_t known_work_due(const struct state *state, const char *owner, struct uuid work)
{
	struct known_work row;

	for (unsigned i = 0; i < state_owners(state); i++)
		if (strcmp(state_owner_name(state, i), owner) == 0 &&
			get_of(state, i, REPLICA_WORK, work, schema_known_work(), &row))
			return row.due;
	return 0;
}

bool known_part_ended(const struct state *state, unsigned owner, struct uuid plan)
{
	struct known_plan row;

	return get_of(state, owner, REPLICA_PLAN, plan, schema_known_plan(), &row) && row.closed;
}

bool known_plan_ended(const struct state *state, struct uuid plan)
{
	for (unsigned owner = 0; owner < state_owners(state); owner++)
		if (!known_department(state_owner_name(state, owner)).n &&
			known_part_ended(state, owner, plan))
			return true;
	return false;
}

bool known_answer_awaited(const struct state *state, struct uuid plan)
{
	struct known_plan row;

	for (unsigned owner = 0; owner < state_owners(state); owner++)
		if (get_of(state, owner, REPLICA_PLAN, plan, schema_known_plan(), &row) &&
			row.asked)
			return true;
	return false;
}

void known_plan_settle(
	const struct state *state, unsigned owner, struct uuid *plan, struct uuid *citizen)
{
	struct known_plan row;

	if (!get_of(state, owner, REPLICA_PLAN, *plan, schema_known_plan(), &row) ||
		uuid_is_nil(row.joined))
		return;
	*plan = row.joined;
	*citizen = row.citizen;
}

/* ---- plans ----------------------------------------------------------------------------------- */

static void put_plan(struct fold *fold, const struct known_plan *row)
{
	struct key key = notification_key(row->plan);

	fold_put(fold, REPLICA_PLAN, &key, schema_known_plan(), row);
}

void known_apply_plan_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_closed *e = event;

	(void)record;
	put_plan(fold, &(struct known_plan){.plan = e->plan, .closed = true});
}

void known_apply_part_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_opened *e = event;

	(void)record;
	put_plan(fold, &(struct known_plan){.plan = e->plan});
}

void known_apply_part_joined(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_joined *e = event;

	(void)record;
	put_plan(fold, &(struct known_plan){.plan = e->plan});
	if (!uuid_equal(e->plan, e->provisional_plan))
		put_plan(fold, &(struct known_plan){.plan = e->provisional_plan,
				       .joined = e->plan,
				       .citizen = e->citizen});
}

void known_apply_part_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct part_closed *e = event;

	(void)record;
	put_plan(fold, &(struct known_plan){.plan = e->plan, .closed = true});
}

static void set_asked(struct fold *fold, struct uuid plan, bool asked)
{
	struct key key = notification_key(plan);
	struct known_plan row;

	(void)state_get(&fold->state, REPLICA_PLAN, &key, schema_known_plan(), &row);
	row.plan = plan;
	row.asked = asked;
	put_plan(fold, &row);
}

void known_apply_asked(struct fold *fold, const struct record *record, const void *event)
{
	const struct answer_asked *e = event;

	(void)record;
	set_asked(fold, e->plan, true);
}

/* An answer about a goal is none about the plan. */
void known_apply_answered(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_answered *e = event;

	(void)record;
	if (uuid_is_nil(e->answer->goal))
		set_asked(fold, e->plan, false);
}

/* ---- commitments ----------------------------------------------------------------------------- */

void known_apply_made(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_made *e = event;
	struct key key = notification_key(e->commitment->commitment);

	(void)record;
	fold_put(fold, REPLICA_COMMITMENT, &key, schema_known_commitment(),
		&(struct known_commitment){.commitment = e->commitment->commitment,
			.plan = e->plan,
			.citizen = e->citizen,
			.by = e->commitment->by,
			.due = e->commitment->due,
			.state = e->commitment->state});
}

static void end_commitment(struct fold *fold, struct uuid commitment, enum commitment_state state)
{
	struct key key = notification_key(commitment);
	struct known_commitment row;

	if (!state_get(&fold->state, REPLICA_COMMITMENT, &key, schema_known_commitment(), &row))
		return;
	row.state = state;
	fold_put(fold, REPLICA_COMMITMENT, &key, schema_known_commitment(), &row);
}

void known_apply_kept(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_kept *e = event;

	(void)record;
	end_commitment(fold, e->commitment, commitment_state_kept);
}

void known_apply_released(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_released *e = event;

	(void)record;
	end_commitment(fold, e->commitment, commitment_state_released);
}

void known_apply_overdue(struct fold *fold, const struct record *record, const void *event)
{
	const struct commitment_overdue *e = event;

	(void)record;
	end_commitment(fold, e->commitment, commitment_state_overdue);
}

/* ---- appointments ---------------------------------------------------------------------------- */

static void put_appointment(struct fold *fold, const struct known_appointment *row)
{
	struct key key = notification_key(row->appointment);

	fold_put(fold, REPLICA_APPOINTMENT, &key, schema_known_appointment(), row);
}

void known_apply_appointment(struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_booked *e = event;

	(void)record;
	put_appointment(
		fold, &(struct known_appointment){.appointment = e->appointment->appointment,
			      .plan = e->plan,
			      .citizen = e->citizen,
			      .begins = e->appointment->begins,
			      .mode = e->appointment->mode,
			      .state = e->appointment->state});
}

/* begins 0: as before. */
static void change_appointment(
	struct fold *fold, struct uuid appointment, int64_t begins, enum appointment_state state)
{
	struct key key = notification_key(appointment);
	struct known_appointment row;

	if (!state_get(&fold->state, REPLICA_APPOINTMENT, &key, schema_known_appointment(), &row))
		return;
	row.begins = begins ? begins : row.begins;
	row.state = state;
	put_appointment(fold, &row);
}

void known_apply_appointment_moved(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_moved *e = event;

	(void)record;
	change_appointment(fold, e->appointment, e->begins, appointment_state_booked);
}

void known_apply_appointment_cancelled(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_cancelled *e = event;

	(void)record;
	change_appointment(fold, e->appointment, 0, appointment_state_cancelled);
}

void known_apply_attendance(struct fold *fold, const struct record *record, const void *event)
{
	const struct attendance_recorded *e = event;

	(void)record;
	change_appointment(fold, e->appointment, 0,
		e->missed_by ? appointment_state_missed : appointment_state_kept);
}

/* ---- work ------------------------------------------------------------------------------------ */

void known_apply_work_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_opened *e = event;
	struct key key = notification_key(e->work);

	(void)record;
	fold_put(fold, REPLICA_WORK, &key, schema_known_work(),
		&(struct known_work){.work = e->work, .due = e->due});
}

void known_apply_work_done(struct fold *fold, const struct record *record, const void *event)
{
	const struct plan_work_done *e = event;
	struct key key = notification_key(e->work);

	(void)record;
	fold_delete(fold, REPLICA_WORK, &key);
}
