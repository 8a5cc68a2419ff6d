/* What reporting follows of the other nodes. */
#ifndef SERVICES_REPORTING_FOLLOWS_H
#define SERVICES_REPORTING_FOLLOWS_H

#include "common/service.h"

enum { REPORTING_FOLLOWS = 29 };
extern const struct follow_row reporting_follows[REPORTING_FOLLOWS];

#endif
