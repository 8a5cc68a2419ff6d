/* The departments of a reporting node: the owners that are called planning. and a department. */
#ifndef SERVICES_REPORTING_DEPARTMENTS_H
#define SERVICES_REPORTING_DEPARTMENTS_H

#include "common/service.h"

enum { DEPARTMENTS_MAX = 64 };

struct departments {
	size_t n;
	const char *names[DEPARTMENTS_MAX]; /* in the order of the alphabet */
	unsigned owners[DEPARTMENTS_MAX];
};

struct departments departments_of(const struct state *state);
/* 1 for the first name; 0: that owner is no department. */
int64_t department_key(const struct departments *departments, unsigned owner);

#endif
