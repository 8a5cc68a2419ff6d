/* What follows from what other nodes did: the rows of the table of followed events. */
#ifndef SERVICES_NOTIFICATION_FOLLOW_H
#define SERVICES_NOTIFICATION_FOLLOW_H

#include "common/service.h"

enum { NOTIFICATION_FOLLOWS = 30 };
extern const struct follow_row notification_follows[NOTIFICATION_FOLLOWS];

#endif
