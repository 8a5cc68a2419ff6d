/* Rules of telling: when nobody is disturbed, how often, when a person must act, and who is not
 * told because they did it themselves. All pure; times are milliseconds. */
#ifndef SERVICES_NOTIFICATION_RULES_H
#define SERVICES_NOTIFICATION_RULES_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* Quiet hours of one person, local minutes past midnight; from == until: none. */
struct quiet {
	int64_t from, until;
};
struct quiet rules_quiet(
	const struct notification_settings *settings, const struct preference *preference);

/* The end of the quiet hours in which `at` lies; `at` itself outside of them. */
int64_t rules_after_quiet(struct quiet quiet, int64_t at);

/* Only these disturb anybody: a text message and electronic mail make a sound, post does not. */
bool rules_disturbs(enum contact channel);

/* The first moment after the local day of `at` at which a message may go out. */
int64_t rules_next_day(struct quiet quiet, int64_t at);

/* From when on a person must tell it. With a talk: so long before it, and at least in the middle of
 * what time is left; without (talk_at 0): after give_up. */
int64_t rules_act_by(const struct notification_settings *settings, int64_t now, int64_t talk_at);

/* When a person must have told it: before the talk, and within a day. */
int64_t rules_task_due(int64_t now, int64_t useless_after);

/* The pause after the n-th failed try, n from 1; 0: that was the last one. */
int64_t rules_pause(const struct notification_settings *settings, int64_t attempts);

/* When reminders go out for a talk promised now; 0: the promise itself is near enough. */
int64_t rules_day_before(int64_t now, int64_t talk_at);
int64_t rules_hour_before(int64_t now, int64_t talk_at);

/* When the digest of what is gathered now goes out: at its minute of this day, or of the next
 * working day when this is none or the minute has passed. */
int64_t rules_digest_at(const struct notification_settings *settings, int64_t now);

/* When a person is reminded of a commitment made now; 0: its due time is near enough. */
int64_t rules_before_due(int64_t now, int64_t due);

/* The actor is the one whom the message would tell what they did. Compared by id where the actor's
 * id is a UUID, otherwise by role: who acts as the citizen acts on their own inquiry. */
bool rules_did_it(const struct actor *actor, const struct known_inquiry *inquiry);

/* Danish, unless the inquiry names another language: then English. */
enum tongue rules_tongue(struct text language);

#endif
