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

enum { REPORTING_FOLLOWS = 8 };
extern const struct follow_row reporting_follows[REPORTING_FOLLOWS];

#endif
