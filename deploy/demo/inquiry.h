/* One inquiry: who asks, how, about what, and where it stands in its story. */
#ifndef DEPLOY_DEMO_INQUIRY_H
#define DEPLOY_DEMO_INQUIRY_H

#include "deploy/demo/chance.h"
#include "deploy/demo/desks.h"
#include "deploy/demo/persons.h"

enum { AREAS_MAX = 3 };

/* What happens to it next. */
enum step { STEP_RECEIVE, STEP_BOOK, STEP_MOVE, STEP_CANCEL, STEP_HOLD, STEP_CLOSE };

struct inquiry {
	/* whom it is about; stays when they come again */
	struct person_key person;
	struct uuid citizen;  /* nil: nobody knows */
	const char *language; /* NULL: Danish */
	bool interpreter;
	bool had_course;
	/* what is asked */
	struct uuid id;
	uint64_t number;
	struct chance chance;
	int64_t received;
	enum channel channel;
	enum asker asker;
	enum urgency urgency;
	enum life_area area;             /* the main one */
	enum life_area areas[AREAS_MAX]; /* that one first; once received */
	size_t n_areas;
	enum talk_mode prefers;
	/* where it stands */
	enum step next;
	struct booking booking; /* slot nil: none */
	int64_t held_at;
	enum talk_mode held_mode;
	enum closing closing;
	int16_t tries;
	int16_t moves;
};

/* The n-th inquiry of a seed, received on the date; who is known already (citizen not nil) keeps
 * person and language. opening: year. */
struct arrival {
	uint64_t seed;
	uint64_t number;
	int64_t date;
	int16_t opening;
};
void inquiry_begin(struct inquiry *inquiry, const struct arrival *arrival);

/* Who writes the line: role:id; on call when the entrance is closed. */
enum { BY_BYTES = 32 };
void inquiry_actor(const struct inquiry *inquiry, int64_t at, char ret[BY_BYTES]);

/* The line receive_inquiry; at as in struct line. */
void inquiry_add_received(struct inquiry *inquiry, int64_t at, struct lines *lines);

#endif
