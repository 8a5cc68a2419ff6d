/* Notices: from what happened to a message in the outbox or a task for a person, and what is to be
 * told later.
 *
 * 1. A receipt waits a moment for the date of the talk: one message for one inquiry.
 * 2. What is historical is told to nobody, and so is what its recipient did.
 * 3. A plan's deadlines are those of its row; what is overtaken is planned no more. */
#ifndef SERVICES_NOTIFICATION_NOTICES_H
#define SERVICES_NOTIFICATION_NOTICES_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* What is to be told. */
struct notice {
	const struct known_inquiry *inquiry;
	enum occasion occasion;
	int64_t talk_at;           /* the date it is about; 0: none */
	const struct actor *actor; /* who did it; NULL: nobody */
};

/* Emits message_queued; or a task where the recipient is to be called or has no address; or nothing
 * where nobody can or wishes to be told. */
void notices_tell(struct decision *d, const struct notice *notice);

/* To the queue of the entrance's staff; nothing when the town names no address for it. */
void notices_tell_staff(struct decision *d, const struct notice *notice);

bool notices_plan_get(struct state *state, struct uuid inquiry, struct notice_plan *ret);
/* Emits notices_planned unless it is planned so already. */
void notices_plan(struct decision *d, struct uuid inquiry, const struct notice_plan *plan);

/* Deadlines of an inquiry. */
enum err notices_decide_receipt(struct decision *d, struct uuid inquiry, int64_t due);
enum err notices_decide_day(struct decision *d, struct uuid inquiry, int64_t due);
enum err notices_decide_hour(struct decision *d, struct uuid inquiry, int64_t due);

void notices_apply_planned(struct fold *fold, const struct record *record, const void *event);

/* set_preference: a citizen or representative for themselves only. */
enum err notices_decide_preference(struct decision *d, const void *command);
void notices_apply_preference(struct fold *fold, const struct record *record, const void *event);
/* False, and a row without wishes: the person never said. */
bool notices_preference(struct state *state, struct uuid recipient, struct preference *ret);

#endif
