/* Reporting: facts without identities from the events of the other nodes, and figures from the
 * facts. */
#ifndef SERVICES_REPORTING_REPORTING_H
#define SERVICES_REPORTING_REPORTING_H

#include "common/daemon.h"
#include "common/service.h"

extern const struct service reporting_service;
/* The daemon around it. */
struct daemon_program reporting_program(void);

#endif
