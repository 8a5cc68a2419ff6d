/* Words of a course that nobody ever had: goals, help, promises, what was said on the way
 * (casewords.def). */
#ifndef DEPLOY_DEMO_CASETEXTS_H
#define DEPLOY_DEMO_CASETEXTS_H

#include "deploy/demo/chance.h"
#include "proto/words.h"

enum written {
	WRITTEN_STEP = 1,
	WRITTEN_CITIZEN_DOES,
	WRITTEN_WE_DO,
	WRITTEN_RELEASED,
	WRITTEN_PROGRESS,
	WRITTEN_AGREES,
	WRITTEN_DISAGREES,
	WRITTEN_REVIEW,
	WRITTEN_APPOINTMENT,
	WRITTEN_MOVED,
	WRITTEN_STOPPED,
	WRITTEN_PROPOSAL,
	WRITTEN_REJECTED,
	WRITTEN_CONSENT,
	WRITTEN_ENDS_WELL,
	WRITTEN_ENDS_OTHERWISE
};

/* Each points into a table. kind: one of the six kinds of help. */
const char *casetexts_goal(struct chance *chance, enum life_area area);
const char *casetexts_help(struct chance *chance, enum measure_kind kind);
const char *casetexts_written(struct chance *chance, enum written what);

#endif
