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

/* While it is ill, what it makes of hard plans cannot be written. settings may be NULL: well. */
struct history_settings {
	bool ill;
};
bool history_is_hard(int64_t version);

/* One of the persons around a citizen. */
struct uuid history_person(struct uuid citizen, uint8_t which);

#endif
