/* What departments do in a course, as lines of their files.
 *
 * 1. Lines of a part come after what opened it and before its closing, causes before effects.
 * 2. The first department's lines build on the entrance only; the second one's on the first one's
 *    proposal and goal.
 * 3. The first goal is about the main life area alone: the consent covers it, and so the proposal
 *    that serves it.
 * 4. Face-to-face support is expected in a part only of those whose card says so. */
#ifndef DEPLOY_DEMO_CASEWORK_H
#define DEPLOY_DEMO_CASEWORK_H

#include "deploy/demo/directory.h"

/* Failures stay with the directory's lines. */
void casework_write(struct course *course, struct directory *directory);

#endif
