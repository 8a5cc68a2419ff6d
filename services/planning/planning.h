/* A department's part of the citizens' plans: the tables that the engine runs. */
#ifndef SERVICES_PLANNING_PLANNING_H
#define SERVICES_PLANNING_PLANNING_H

#include "common/daemon.h"
#include "common/service.h"

/* Its settings are a struct planning_settings (settings.h). */
extern const struct service planning_service;
/* The daemon around it. */
struct daemon_program planning_program(void);

#endif
