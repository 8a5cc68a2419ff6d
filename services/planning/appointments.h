/* Appointments: somebody meets somebody. Who must be there is an index over all plans, own and
 * received, so that a parent's two children are found to need them at once.
 *
 *      booked --> kept | missed | cancelled;  while it is booked its time may be moved
 *
 * 1. TREE_ATTENDEE has a key for each person who must be at an appointment: those named, or else
 *    the citizen whose plan it is, under the id that the part has now. */
#ifndef SERVICES_PLANNING_APPOINTMENTS_H
#define SERVICES_PLANNING_APPOINTMENTS_H

#include "services/planning/change.h"

enum { APPOINTMENT_HOURS = 24, TRAVEL_MINUTES = 600 };

enum err appointments_decide_book(struct decision *d, const void *command);
enum err appointments_decide_move(struct decision *d, const void *command);
enum err appointments_decide_cancel(struct decision *d, const void *command);
enum err appointments_decide_attendance(struct decision *d, const void *command);

void appointments_apply_booked(struct fold *fold, const struct record *record, const void *event);
void appointments_apply_moved(struct fold *fold, const struct record *record, const void *event);
void appointments_apply_cancelled(
	struct fold *fold, const struct record *record, const void *event);
void appointments_apply_attendance(
	struct fold *fold, const struct record *record, const void *event);

/* The row, new or changed, with those who must be there. */
void appointment_put(struct fold *fold, const struct plan_appointment *row);

/* Those who must be at the plan's appointments are found no more, or, from the rows, again: around
 * a change of the plan's id or citizen. */
void appointments_forget(struct fold *fold, struct uuid plan);
void appointments_find(struct fold *fold, struct uuid plan);

#endif
