/* Erasing what this department recorded of a person.
 *
 * 1. What a department recorded is sealed with a key of its own for each person, which only a named
 *    person of that department has destroyed. An erasure at the entrance does not reach it: it
 * makes work here, so that nobody forgets to decide, within the month that an answer may take.
 * 2. The work ends with the erasure, or when somebody says that it was decided otherwise: there may
 *    be a duty to keep. */
#ifndef SERVICES_PLANNING_ERASURE_H
#define SERVICES_PLANNING_ERASURE_H

#include "common/service.h"

/* ERR_CONFLICT naming person while there is an open part of theirs, ERR_NOT_FOUND when there is
 * nothing to erase. */
enum err erasure_decide(struct decision *d, const void *command);

/* Work, when the entrance erased somebody of whom there are texts here. */
enum err erasure_react(struct decision *d, const struct record *record, const void *event);
void erasure_apply_nothing(struct fold *fold, const struct record *record, const void *event);

#endif
