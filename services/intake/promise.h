/* The promise: by when a first talk is due, which date was given and why, and the ledger of what
 * became of it.
 *
 *      made --> kept | moved_by_citizen | moved_by_us | broken | lapsed
 *
 * An entry leaves `made` once and for all; what was broken stays broken, also when the talk is held
 * later. */
#ifndef SERVICES_INTAKE_PROMISE_H
#define SERVICES_INTAKE_PROMISE_H

#include "services/intake/settings.h"
#include "services/intake/trees.h"

/* The published limit. acute: the end of the local day; child_concern: after so many hours; the
 * others: when the entrance closes on the n-th working day after the day of receipt. */
int64_t promise_target(
	const struct intake_settings *settings, enum urgency urgency, int64_t received);

/* "Tuesday 24 November 10:00", local time; without the time of day when !minute. */
enum { MOMENT_BYTES = 40 };
void promise_moment(int64_t ms, bool minute, char ret[MOMENT_BYTES]);

/* What just happened, as far as the reason in words depends on it. */
enum promise_occasion {
	PROMISE_ARRIVED,
	PROMISE_ADDED,    /* words were added to an open inquiry */
	PROMISE_IMPORTED, /* an arrival from before */
	PROMISE_BOOKED,   /* or moved */
	PROMISE_CANCELLED
};

/* What the reason of a date is made of: the inquiry as it will stand; slot NULL: no date. */
struct promise_reason {
	const struct inquiry_view *view;
	const struct slot *slot;
	int64_t ahead;
	enum promise_occasion occasion;
};

/* The reason in words for whoever asked, at most 400 bytes; empty when the arena is full. */
struct text promise_why(const struct intake_settings *settings, struct arena *arena,
	const struct promise_reason *reason);

/* ---- the ledger ------------------------------------------------------------------------------ */

/* The newest entry of the inquiry. False: nothing was ever promised. */
bool promise_last(struct state *state, const struct intake_inquiry *row, struct promise_view *ret);

/* A new entry in state made for the talk in row->view; row->promises grows, the caller puts the
 * row. */
void promise_make(struct fold *fold, const struct record *record, struct intake_inquiry *row);

/* What became of the newest entry, if it is still made. */
void promise_end(struct fold *fold, const struct record *record, const struct intake_inquiry *row,
	enum promise_state state);

void promise_apply_broken(struct fold *fold, const struct record *record, const void *event);
void promise_apply_at_risk(struct fold *fold, const struct record *record, const void *event);

#endif
