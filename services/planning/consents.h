/* Consents: given and withdrawn here, at the entrance or in another department. A consent is in
 * force while its time lasts and no withdrawal is known, wherever either was recorded. */
#ifndef SERVICES_PLANNING_CONSENTS_H
#define SERVICES_PLANNING_CONSENTS_H

#include "services/planning/items.h"

/* state: the node's own. Withdrawn, or past its time. One that was not heard of yet has no end that
 * is known. */
bool consent_has_ended(struct state *state, struct uuid consent, int64_t now);
/* In force then as far as can be known, and this department may tell on it. */
bool consent_lets_tell(struct state *state, const struct consent_given *consent, int64_t now);
/* Does it cover something about these life areas? Of no area: only one for everything does. */
bool consent_covers(const struct consent_given *consent, const enum life_area *areas, size_t n);

/* Discloses an own part on it; head: of the events. */
void consent_disclose(struct decision *d, const struct consent_given *consent,
	const struct plan_part *part, const struct event_head *head);

/* Every consent on which this department may tell of the part now, the own ones first. */
typedef void consent_fn(void *ctx, const struct consent_given *consent);
struct consent_walk {
	int64_t now;
	consent_fn *fn;
	void *ctx;
};
void consents_each(
	struct state *state, const struct plan_part *part, const struct consent_walk *walk);

enum err consents_decide_record(struct decision *d, const void *command);
enum err consents_decide_withdraw(struct decision *d, const void *command);

void consents_apply_given(struct fold *fold, const struct record *record, const void *event);
void consents_apply_withdrawn(struct fold *fold, const struct record *record, const void *event);
/* One that becomes known later: what it covers is disclosed. */
enum err consents_react_given(struct decision *d, const struct record *record, const void *event);
/* What was seen on it is in nobody's way any more. */
enum err consents_react_withdrawn(
	struct decision *d, const struct record *record, const void *event);

#endif
