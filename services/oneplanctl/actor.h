/* Who acts, as written on a command line or in an import: role:id, or role:id/department. */
#ifndef SERVICES_ONEPLANCTL_ACTOR_H
#define SERVICES_ONEPLANCTL_ACTOR_H

#include "common/node.h"

/* The parts point into from. Whether the role exists, the node decides. */
enum err actor_parse(struct text from, struct actor *ret, struct reason *reason) MUST_USE;

#endif
