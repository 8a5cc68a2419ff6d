/* Who does what by when: commitments of both sides, appointments, reviews. */
#ifndef DEPLOY_DEMO_PROMISES_H
#define DEPLOY_DEMO_PROMISES_H

#include "deploy/demo/part.h"

void promises_make(struct part *part, int64_t n, int64_t from);
void promises_meet(struct part *part, int64_t n, int64_t from);
void promises_review(struct part *part, int64_t from);

#endif
