/* What follows from what departments did in plans, and from the end of one: reactions of the table
 * of followed events (follow.h). */
#ifndef SERVICES_NOTIFICATION_FOLLOW_PLANS_H
#define SERVICES_NOTIFICATION_FOLLOW_PLANS_H

#include "common/service.h"

/* Not historical, and not older than the town calls news. */
bool follow_is_news(struct decision *d, const struct record *record);

enum err follow_commitment_made(struct decision *d, const struct record *record, const void *event);
enum err follow_commitment_kept(struct decision *d, const struct record *record, const void *event);
enum err follow_commitment_released(
	struct decision *d, const struct record *record, const void *event);
enum err follow_commitment_overdue(
	struct decision *d, const struct record *record, const void *event);
enum err follow_answer_asked(struct decision *d, const struct record *record, const void *event);
enum err follow_plan_answered(struct decision *d, const struct record *record, const void *event);
enum err follow_part_closed(struct decision *d, const struct record *record, const void *event);
enum err follow_coordination_begun(
	struct decision *d, const struct record *record, const void *event);
enum err follow_plan_closed(struct decision *d, const struct record *record, const void *event);
enum err follow_appointment_booked(
	struct decision *d, const struct record *record, const void *event);
enum err follow_appointment_moved(
	struct decision *d, const struct record *record, const void *event);
enum err follow_appointment_cancelled(
	struct decision *d, const struct record *record, const void *event);
enum err follow_attendance(struct decision *d, const struct record *record, const void *event);
enum err follow_work_opened(struct decision *d, const struct record *record, const void *event);
enum err follow_work_overdue(struct decision *d, const struct record *record, const void *event);
enum err follow_work_done(struct decision *d, const struct record *record, const void *event);
enum err follow_conflict_found(struct decision *d, const struct record *record, const void *event);
enum err follow_conflict_gone(struct decision *d, const struct record *record, const void *event);

#endif
