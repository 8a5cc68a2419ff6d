/* A time that becomes free offers itself to whoever waits longest, in the same decision. Live only;
 * a time that has begun is offered to nobody; looks at a bounded number of those who wait. */
#ifndef SERVICES_INTAKE_OFFERS_H
#define SERVICES_INTAKE_OFFERS_H

#include "services/intake/trees.h"

/* All places of n slots that are being published. */
void offers_make(struct decision *d, const struct slot *slots, size_t n);

/* One place of a slot, given back by this decision. */
void offers_make_freed(struct decision *d, struct uuid slot);

#endif
