/* What people are told, in words: one table of occasion x language x channel (templates.def). */
#ifndef SERVICES_NOTIFICATION_TEMPLATES_H
#define SERVICES_NOTIFICATION_TEMPLATES_H

#include "proto/notification.h"

/* What the words are filled with. */
struct template_values {
	struct text reference; /* of an inquiry */
	int64_t talk_at;       /* the date it is about */
	enum talk_mode mode;   /* none: the place is not told */
	const char *sender;
	const char *phone; /* of the entrance; empty: not told */
	/* to staff */
	bool staff;
	struct uuid plan; /* nil: none */
	struct text department;
	enum plan_work_kind work;
	struct text list; /* of a digest */
};

struct rendered {
	struct text subject; /* empty for a text message */
	struct text body;
};

/* False when there is no such template (to staff: of the form for staff, or else that of the
 * channel) or the arena is full. Texts lie in the arena. */
bool template_render(enum occasion occasion, enum tongue tongue, enum contact channel,
	const struct template_values *values, struct arena *arena, struct rendered *ret);

/* The last eight digits of a plan's id, by which staff find it in their list; "-" for none. */
enum { PLAN_TEXT_BYTES = 9 };
void template_plan(struct uuid plan, char ret[PLAN_TEXT_BYTES]);

/* "tirsdag den 24. november 2026 kl. 10.00", "Tuesday 24 November 2026 at 10:00"; local time. */
enum { MOMENT_TEXT_BYTES = 64 };
void template_moment(int64_t ms, enum tongue tongue, char ret[MOMENT_TEXT_BYTES]);

#endif
