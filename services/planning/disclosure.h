/* Disclosure: what there is already, given to departments that may know it from now on; one event
 * an item, as it stands. */
#ifndef SERVICES_PLANNING_DISCLOSURE_H
#define SERVICES_PLANNING_DISCLOSURE_H

#include "services/planning/items.h"

struct disclosing {
	const struct plan_part *part; /* whose items, as they are kept */
	struct event_head head;       /* of the events: another plan, while they move there */
	const struct text *to;        /* departments; this one among them is left out */
	size_t n;
	struct grant grant;                  /* the basis; `to` is filled in */
	const struct consent_given *consent; /* NULL: it covers everything */
};

/* Emits the part, every item that is covered, and how much it was. */
void disclosure_make(struct decision *d, const struct disclosing *disclosing);

/* In own state nothing changes by it. */
void disclosure_apply_own(struct fold *fold, const struct record *record, const void *event);
void disclosure_apply_received(struct fold *fold, const struct record *record, const void *event);

#endif
