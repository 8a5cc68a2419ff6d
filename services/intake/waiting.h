/* What waits at the entrance, as queues for operators. */
#ifndef SERVICES_INTAKE_WAITING_H
#define SERVICES_INTAKE_WAITING_H

#include "common/service.h"

enum { INTAKE_QUEUES = 2 };
extern const struct service_queue intake_queues[INTAKE_QUEUES];

#endif
