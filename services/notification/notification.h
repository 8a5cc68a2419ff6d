/* Who is told what: messages queued from what other nodes did, and what became of them. Its
 * settings are struct notification_settings. */
#ifndef SERVICES_NOTIFICATION_NOTIFICATION_H
#define SERVICES_NOTIFICATION_NOTIFICATION_H

#include "common/daemon.h"
#include "common/service.h"

extern const struct service notification_service;
/* The daemon around it. */
struct daemon_program notification_program(void);

#endif
