/* The entrance of a town: its citizens, their inquiries, the times for first talks and the promises
 * made. Its settings are struct intake_settings. */
#ifndef SERVICES_INTAKE_INTAKE_H
#define SERVICES_INTAKE_INTAKE_H

#include "common/daemon.h"
#include "common/service.h"

extern const struct service intake_service;
/* The daemon around it. */
struct daemon_program intake_program(void);

#endif
