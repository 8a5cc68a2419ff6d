/* Operators' verbs on messages: a row of the table of queues. */
#ifndef SERVICES_NOTIFICATION_MENDING_H
#define SERVICES_NOTIFICATION_MENDING_H

#include "common/service.h"

enum { NOTIFICATION_ACCESS = 1 };
extern const struct queue_access notification_access[NOTIFICATION_ACCESS];

#endif
