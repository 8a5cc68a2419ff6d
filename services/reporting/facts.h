/* Facts from the events of intake: one row for each inquiry, one ledger entry for each promise.
 *
 * 1. Each record changes the facts of its own inquiry only, so the order in which different
 * inquiries' events arrive changes nothing.
 * 2. What was said first stands: a second receipt, booking or talk of the same inquiry is not
 * counted again.
 * 3. An event whose receipt has not arrived is kept; it counts once the receipt is there (in r3 at
 * once, as `unknown`).
 * 4. At most one promise of an inquiry stands at a time; whatever makes the next one settles it. */
#ifndef SERVICES_REPORTING_FACTS_H
#define SERVICES_REPORTING_FACTS_H

#include "common/service.h"

typedef void facts_apply(struct fold *fold, const struct record *record, const void *event);

extern facts_apply facts_apply_received, facts_apply_booked, facts_apply_moved,
	facts_apply_cancelled, facts_apply_held, facts_apply_broken, facts_apply_at_risk,
	facts_apply_closed;

#endif
