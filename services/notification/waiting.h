/* What waits at notification, as queues for operators. */
#ifndef SERVICES_NOTIFICATION_WAITING_H
#define SERVICES_NOTIFICATION_WAITING_H

#include "common/service.h"

enum { NOTIFICATION_QUEUES = 5 };
extern const struct service_queue notification_queues[NOTIFICATION_QUEUES];

#endif
