/* The service of the history test, and its messages. */
#ifndef TESTS_SIM_HISTORY_SERVICE_H
#define TESTS_SIM_HISTORY_SERVICE_H

#include "common/clock.h"
#include "common/service.h"

#include "common/schema_structs.h"
#include "tests/sim/history.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "tests/sim/history.def"
#include "common/schema_undef.h"

extern const struct service history_service;

/* One of the persons around a citizen. */
struct uuid history_person(struct uuid citizen, uint8_t which);

#endif
