/* What leaves the node: due messages handed to their channels, and the outcomes brought back as
 * commands of the node itself. */
#ifndef SERVICES_NOTIFICATION_EFFECTS_H
#define SERVICES_NOTIFICATION_EFFECTS_H

#include "common/daemon.h"

extern const struct daemon_effects notification_effects;

#endif
