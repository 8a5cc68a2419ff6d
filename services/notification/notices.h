/* Notices to people: from what happened to a message in the outbox or a task for a person, and what
 * is to be told later. Those to staff: staff.h.
 *
 * 1. A receipt waits a moment for the date of the talk: one message for one inquiry.
 * 2. What is historical is told to nobody, and so is what its recipient did.
 * 3. A subject's deadlines are those of its row; what is overtaken is planned no more.
 * 4. News of a plan go to its citizen, whoever else must be there: nobody else's address is known.
 * They are reached by their preference; otherwise as in the newest inquiry in which they asked
 * themselves. A relative's address is never used.
 * 5. The department and the entrance are not heard in one order: what is to be told before it is
 * known how waits for receipt_wait; when it is not known by then a person is asked.
 * 6. Reminders go only where they make a sound: not by post, and nobody is asked to call.
 * 7. When the entrance says that a plan has ended nothing of it is told any more but that. */
#ifndef SERVICES_NOTIFICATION_NOTICES_H
#define SERVICES_NOTIFICATION_NOTICES_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* What is to be told. */
struct notice {
	enum occasion occasion;
	const struct known_inquiry *inquiry; /* about this; NULL: about a plan */
	struct uuid plan, citizen;           /* and whose it is */
	struct uuid item;                    /* what of it: the subject */
	enum talk_mode mode;                 /* where; of an inquiry: as that says */
	int64_t at;                          /* the date it is about; 0: none */
	const struct actor *actor;           /* who did it; NULL: nobody */
	bool waited;                         /* for how to reach the person, in vain */
};

/* Emits message_queued; or a task where the recipient is to be called or has no address; or
 * notice_waits; or nothing where nobody can or wishes to be told. */
void notices_tell(struct decision *d, const struct notice *notice);

/* The subject of what is told of a plan once, however many departments say it. */
struct uuid notices_subject(struct uuid plan, enum occasion occasion);

/* What is to be told to people about the subject and is not yet told is needed no more; returns
 * which occasions it had, as bits 1 << occasion. */
uint32_t notices_overtake(struct decision *d, struct uuid subject, const char *why);
/* The same for what is to be told to somebody who was erased. */
void notices_forget(struct decision *d, struct uuid person);

/* DEADLINE_REACH of a subject. */
enum err notices_decide_reach(struct decision *d, struct uuid subject, int64_t due);
void notices_apply_waits(struct fold *fold, const struct record *record, const void *event);

/* ---- later (later.c) ------------------------------------------------------------------------- */

bool notices_plan_get(struct state *state, struct uuid subject, struct notice_plan *ret);
/* Emits notices_planned unless it is planned so already. */
void notices_plan(struct decision *d, struct uuid subject, const struct notice_plan *plan);
/* The reminders before a talk or an appointment. */
void notices_plan_reminders(struct decision *d, struct uuid subject, int64_t at);

/* Deadlines of a subject. */
enum err notices_decide_receipt(struct decision *d, struct uuid inquiry, int64_t due);
enum err notices_decide_day(struct decision *d, struct uuid subject, int64_t due);
enum err notices_decide_hour(struct decision *d, struct uuid subject, int64_t due);

void notices_apply_planned(struct fold *fold, const struct record *record, const void *event);

/* ---- wishes (preferences.c) ------------------------------------------------------------------ */

/* set_preference: a citizen or representative for themselves only. */
enum err notices_decide_preference(struct decision *d, const void *command);
void notices_apply_preference(struct fold *fold, const struct record *record, const void *event);
/* False, and a row without wishes: the person never said. */
bool notices_preference(struct state *state, struct uuid recipient, struct preference *ret);

#endif
