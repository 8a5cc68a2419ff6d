/* Structs and descriptions of what is said to and by notification: see proto/notification.def. */
#ifndef PROTO_NOTIFICATION_H
#define PROTO_NOTIFICATION_H

#include "proto/intake.h"

#include "common/schema_structs.h"
#include "proto/notification.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/notification.def"
#include "common/schema_undef.h"

#endif
