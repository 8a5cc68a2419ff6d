/* A service with deadlines and reactions that go wrong on demand. */
#ifndef TESTS_SIM_ODD_SERVICE_H
#define TESTS_SIM_ODD_SERVICE_H

#include <setjmp.h>

#include "common/service.h"

#include "common/schema_structs.h"
#include "tests/sim/odd.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "tests/sim/odd.def"
#include "common/schema_undef.h"

enum odd_what {
	ODD_PLAIN,
	ODD_PAIR,      /* sets `first` and `second`; what comes of the first clears both */
	ODD_TWINS,     /* sets `left` and `right`, each makes an id */
	ODD_BOMB,      /* sets `bomb`, whose decision cannot be written */
	ODD_POISON,    /* a reaction to it cannot be written, until settings say that it is cured */
	ODD_BUSY,      /* refuses, for now */
	ODD_WORDY,     /* says more than its description allows */
	ODD_PAIR_DONE, /* what the deadlines above emit */
	ODD_SECOND_DONE,
	ODD_LEFT_DONE,
	ODD_RIGHT_DONE,
	ODD_CRASH /* applying it, followed, ends the process */
};

struct odd_settings {
	bool cured;
};

/* Where a crash goes in a test that wants to live on; NULL: the process aborts. */
extern jmp_buf *odd_crash;

/* This is the version that knows the event `later`. */
extern bool odd_later;

extern const struct service odd_service;

#endif
