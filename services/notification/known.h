/* What is known from the entrance (inquiries with how to reach whoever asks, citizens, plans that
 * ended) and from the departments (commitments, appointments, work that waits). Replica state; the
 * lookups go over all owners, of which one has the row. */
#ifndef SERVICES_NOTIFICATION_KNOWN_H
#define SERVICES_NOTIFICATION_KNOWN_H

#include "services/notification/trees.h"

/* state: of the service itself. Personal texts come out sealed. */
bool known_inquiry_get(const struct state *state, struct uuid inquiry, struct known_inquiry *ret);
bool known_citizen_get(const struct state *state, struct uuid citizen, struct known_citizen *ret);

/* The newest inquiry in which the citizen asked themselves and said how to be reached; newest by
 * its id, which carries its time. */
bool known_reach_get(const struct state *state, struct uuid citizen, struct known_inquiry *ret);

/* Name of a planning node to that of its department; empty for other nodes. */
struct text known_department(const char *owner);

/* *ret_owner: the number of the department's node. */
bool known_commitment_get(const struct state *state, struct uuid commitment,
	struct known_commitment *ret, unsigned *ret_owner);
bool known_appointment_get(const struct state *state, struct uuid appointment,
	struct known_appointment *ret, unsigned *ret_owner);

/* When the work of that node is due; 0: it waits no more. */
int64_t known_work_due(const struct state *state, const char *owner, struct uuid work);

/* The plan has ended, says the entrance; the part has, says its department. */
bool known_plan_ended(const struct state *state, struct uuid plan);
bool known_part_ended(const struct state *state, unsigned owner, struct uuid plan);

/* Some department waits for the citizen's answer about the plan. */
bool known_answer_awaited(const struct state *state, struct uuid plan);

/* What was recorded under a provisional plan belongs to the settled one: both ids become its. */
void known_plan_settle(
	const struct state *state, unsigned owner, struct uuid *plan, struct uuid *citizen);

void known_apply_registered(struct fold *fold, const struct record *record, const void *event);
void known_apply_number_changed(struct fold *fold, const struct record *record, const void *event);
void known_apply_received(struct fold *fold, const struct record *record, const void *event);
void known_apply_booked(struct fold *fold, const struct record *record, const void *event);
void known_apply_moved(struct fold *fold, const struct record *record, const void *event);
void known_apply_cancelled(struct fold *fold, const struct record *record, const void *event);
void known_apply_held(struct fold *fold, const struct record *record, const void *event);
void known_apply_closed(struct fold *fold, const struct record *record, const void *event);
void known_apply_plan_closed(struct fold *fold, const struct record *record, const void *event);

void known_apply_part_opened(struct fold *fold, const struct record *record, const void *event);
void known_apply_part_joined(struct fold *fold, const struct record *record, const void *event);
void known_apply_part_closed(struct fold *fold, const struct record *record, const void *event);
void known_apply_asked(struct fold *fold, const struct record *record, const void *event);
void known_apply_answered(struct fold *fold, const struct record *record, const void *event);
void known_apply_made(struct fold *fold, const struct record *record, const void *event);
void known_apply_kept(struct fold *fold, const struct record *record, const void *event);
void known_apply_released(struct fold *fold, const struct record *record, const void *event);
void known_apply_overdue(struct fold *fold, const struct record *record, const void *event);
void known_apply_appointment(struct fold *fold, const struct record *record, const void *event);
void known_apply_appointment_moved(
	struct fold *fold, const struct record *record, const void *event);
void known_apply_appointment_cancelled(
	struct fold *fold, const struct record *record, const void *event);
void known_apply_attendance(struct fold *fold, const struct record *record, const void *event);
void known_apply_work_opened(struct fold *fold, const struct record *record, const void *event);
void known_apply_work_done(struct fold *fold, const struct record *record, const void *event);
/* Of events that change nothing here. */
void known_apply_nothing(struct fold *fold, const struct record *record, const void *event);

#endif
