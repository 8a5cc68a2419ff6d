/* Inquiries: received, words added, closed; the row that all themes share.
 *
 *      received --> talk_booked --> talked --> closed
 *         |  ^          |              ^
 *         |  +-cancel---+              |
 *         +--------- held at once -----+
 *
 * 1. received: a deadline at its target, or an open work item book_talk.
 * 2. talk_booked: a deadline when the promise breaks, or an open work item promise_broken.
 * 3. talked: an open work item triage (of imports: a deadline).
 * 4. Closing ends every deadline and every open work item; with a plan wanted of a department that
 *    has no node, it opens one (refer). */
#ifndef SERVICES_INTAKE_INQUIRY_H
#define SERVICES_INTAKE_INQUIRY_H

#include "services/intake/settings.h"
#include "services/intake/trees.h"

bool inquiry_get(struct state *state, struct uuid inquiry, struct intake_inquiry *ret);

/* ERR_NOT_FOUND naming the field `inquiry`. */
enum err inquiry_require(
	struct decision *d, struct uuid inquiry, struct intake_inquiry *ret) MUST_USE;

/* ERR_CONFLICT naming `inquiry`: in the state it is in, it cannot be `wish` ("moved"). */
enum err inquiry_refuse_state(
	struct decision *d, const struct intake_inquiry *row, const char *wish) MUST_USE;

/* Open inquiries (received or talk_booked) received before this one. Counted up to a limit; beyond
 * it, what was counted when it was received stands. */
int64_t inquiry_ahead(struct state *state, const struct intake_inquiry *row);
/* How many wait, and how many were ever received. */
struct intake_count inquiry_count(struct state *state);

/* The newest inquiry about the citizen that is not closed. */
bool inquiry_open_of(struct state *state, struct uuid citizen, struct intake_inquiry *ret);

void inquiry_put(struct fold *fold, const struct intake_inquiry *row);
/* Moves the inquiry to another state (a new one: from none), with its place in the queue; the
 * caller puts the row. */
void inquiry_enter(struct fold *fold, struct intake_inquiry *row, enum inquiry_state state);

enum err inquiry_decide_close(struct decision *d, const void *command);
/* Emits the closing of an inquiry that is not closed, and what follows from it. plan: the id of a
 * new plan that is opened; nil: any. */
void inquiry_close(struct decision *d, const struct intake_inquiry *row,
	const struct inquiry_closed *e, struct uuid plan);

void inquiry_apply_received(struct fold *fold, const struct record *record, const void *event);
void inquiry_apply_words_added(struct fold *fold, const struct record *record, const void *event);
void inquiry_apply_closed(struct fold *fold, const struct record *record, const void *event);

#endif
